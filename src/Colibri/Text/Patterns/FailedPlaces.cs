namespace Colibri.Text.Patterns;

/// <summary>Places (step and position) from which an attempt has failed: a hash set that is cheap to empty and bounded.</summary>
internal sealed class FailedPlaces
{
    private const int MostPlaces = 1 << 21;

    private ulong[] slots = [];
    private int count;

    /// <summary>Empties the set.</summary>
    public void Clear()
    {
        if (count == 0)
        {
            return;
        }

        count = 0;
        if (slots.Length > 1 << 14)
        {
            slots = [];
        }
        else
        {
            Array.Clear(slots);
        }
    }

    /// <summary>Notes a place.</summary>
    /// <returns>Whether it is new; always where the set is full.</returns>
    public bool Add(int step, int position)
    {
        if (count * 2 >= slots.Length)
        {
            if (count >= MostPlaces)
            {
                return true;
            }

            Grow();
        }

        return Insert((((ulong)(uint)step << 32) | (uint)position) + 1);
    }

    private bool Insert(ulong key)
    {
        var mask = slots.Length - 1;
        for (var slot = (int)((key * 0x9E3779B97F4A7C15UL) >> 40) & mask; ; slot = (slot + 1) & mask)
        {
            if (slots[slot] == key)
            {
                return false;
            }

            if (slots[slot] == 0)
            {
                slots[slot] = key;
                count++;
                return true;
            }
        }
    }

    private void Grow()
    {
        var old = slots;
        slots = new ulong[Math.Max(1024, old.Length * 2)];
        count = 0;
        foreach (var key in old)
        {
            if (key != 0)
            {
                Insert(key);
            }
        }
    }
}
