using Colibri.Text.Pipeline;
using Colibri.Text.Unicode;

namespace Colibri.Text.Normalizers;

/// <summary>NFC, NFD, NFKC, NFKD.</summary>
/// <param name="compatible">Whether compatibility characters are decomposed too (the K forms).</param>
/// <param name="composes">Whether the result is composed (the C forms).</param>
internal sealed class UnicodeNormalizer(bool compatible, bool composes) : Normalizer
{
    /// <inheritdoc/>
    public override void Apply(NormalizedText text)
    {
        var bytes = text.Bytes;
        if (!bytes.ContainsAnyExceptInRange((byte)0, (byte)0x7F))
        {
            return;
        }

        text.Begin();
        var window = new Window(compatible, composes, text);
        for (var i = 0; i < bytes.Length;)
        {
            // ASCII never changes. Its last character may take a mark that follows, so it opens the next window.
            var run = bytes[i..].IndexOfAnyExceptInRange((byte)0, (byte)0x7F);
            run = run < 0 ? bytes.Length - i : run;
            if (run > 1)
            {
                window.Flush();
                text.Copy(run - 1);
                i += run - 1;
            }

            window.Add(Utf8Text.Read(bytes, i, out var size));
            i += size;
        }

        window.Flush();
        text.Commit();
    }

    // Characters from one starter to the next, with how each came about: 0 replaces a character of the text, 1 is new,
    // -n swallows n more (NormalizedText.Emit).
    private sealed class Window(bool compatible, bool composes, NormalizedText text)
    {
        private readonly List<int> parts = [];
        private readonly List<(int CodePoint, int Class, int Change)> characters = [];

        public void Add(int codePoint)
        {
            parts.Clear();
            Normalization.Decompose(codePoint, compatible, parts);
            for (var i = 0; i < parts.Count; i++)
            {
                var combining = Normalization.CombiningClass(parts[i]);
                if (combining == 0 && !Interacts(parts[i]))
                {
                    Flush();
                }

                Insert(parts[i], combining, i == 0 ? 0 : 1);
            }
        }

        public void Flush()
        {
            if (composes)
            {
                Compose();
            }

            foreach (var (codePoint, _, change) in characters)
            {
                text.Emit(codePoint, change);
            }

            characters.Clear();
        }

        // A starter that may compose with the one before stays in the window: vowels and trails of Hangul, and the few
        // second parts that are starters.
        private bool Interacts(int starter)
        {
            if (!composes || characters.Count == 0)
            {
                return false;
            }

            var last = characters[^1];
            return last.Class == 0 && Normalization.Compose(LastStarter(), starter) >= 0;
        }

        // What the characters so far compose to where only starters are concerned.
        private int LastStarter()
        {
            var starter = characters[0].CodePoint;
            for (var i = 1; i < characters.Count; i++)
            {
                var joined = Normalization.Compose(starter, characters[i].CodePoint);
                starter = joined >= 0 ? joined : characters[i].Class == 0 ? characters[i].CodePoint : starter;
            }

            return starter;
        }

        // Canonical order: a mark moves before those of a higher class.
        private void Insert(int codePoint, int combining, int change)
        {
            var at = characters.Count;
            if (combining > 0)
            {
                while (at > 0 && characters[at - 1].Class > combining)
                {
                    at--;
                }
            }

            characters.Insert(at, (codePoint, combining, change));
        }

        private void Compose()
        {
            var starter = -1;
            var lastClass = -1;
            for (var i = 0; i < characters.Count; i++)
            {
                var (codePoint, combining, change) = characters[i];
                if (starter >= 0 && (lastClass < combining || lastClass < 0))
                {
                    var joined = Normalization.Compose(characters[starter].CodePoint, codePoint);
                    if (joined >= 0)
                    {
                        characters[starter] = (joined, 0, characters[starter].Change + change - 1);
                        characters.RemoveAt(i--);
                        continue;
                    }
                }

                if (combining == 0)
                {
                    starter = i;
                    lastClass = -1;
                }
                else
                {
                    lastClass = combining;
                }
            }
        }
    }
}
