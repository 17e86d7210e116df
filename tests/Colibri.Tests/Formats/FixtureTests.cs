using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Colibri.Formats;
using Xunit;

namespace Colibri.Tests.Formats;

/// <summary>
/// 256 values of two kinds in every block format, as ggml writes them (<c>ggml_quantize_chunk</c> without an importance
/// matrix, commit d99724f, compiled for plain x86-64 like the library that llama-quantize uses), and the first 16 digits of the
/// SHA-256 of the float32 values that its <c>dequantize_row</c> functions give.
/// </summary>
public class FixtureTests
{
    public static TheoryData<string, string, string, string> Blocks => new()
    {
        {
            "Q4_0", nameof(Inputs.Plain), "c9e0fdfa73341d5b",
            "d82cbdb4ec9b4ba63ab2556bc79898cae099472caf16a04885f429e518d676eb9ab0ae669cacd7b8b48e999657bafd38"
            + "f9456e80648678ad790bf826897c06998b862fbdd5bdaa7289ad940867fa97ef8238a8a85779b88788cc712c6592a663"
            + "3640747c857988b58b0a8a7a2aada7a285ab70933383b777b993b56f5ef7c52da997b780d568546785a95a46d6a9aa63"
        },
        {
            "Q4_0", nameof(Inputs.Odd), "703bd7f1f61fbce5",
            "00808888888888888888888888888888888800ae00000000000000000000000000000000bdae63544756778764685287"
            + "555075647868a12d5745537727064875358487287677566600002c499459cdb9b0878a85796e98857995e4d4b6a7aa95"
            + "62f69bacc6bfbd785d079c326c3b88887788888088888888889888898888003600000000000000000000000000000000"
        },
        {
            "Q4_1", nameof(Inputs.Plain), "0f62edb16783541c",
            "9d2cd8b8bdc4fc9b4ca64bc2566bc8a8a9caf099792c47b8af16903775f428d417d666db99b0ad659f2c0db828474b71"
            + "6669a84502c716ba917f9b79af2d31b996f408d97684f9667479d0532a42568d822dcbb86bf7980568007dc75757a886"
            + "47787733412b71b876b2c8744840948fa79baae6ae0cac9c262d7db8585d7a548f6ccc7c4888466c4990a108e72cc5b9"
            + "cbb8d890f6796478a5ca6c57f7cabb74"
        },
        {
            "Q4_1", nameof(Inputs.Odd), "e9474b47bcdda4cf",
            "00000000000000000000000000000000000000000000003a00000000000000000000000000000000212b541f49677264"
            + "210238305c01556f26472050dd29a1b99d7aa5ee3d0b8fea59f7fd3fdbed9bbc000000802d4a9459cec9c0888b858a7f"
            + "99857a96ec5457e04958556a9d09745339404287a3f863cd45386cc7edeeddedeee0eedeefeeeefeefefeeef000000c2"
            + "00000000000000000000000000000000"
        },
        {
            "Q5_0", nameof(Inputs.Plain), "ce4cdb989f569955",
            "d8285dbaaffc5967d725873c7565abc57f303173c01247284158a57a4f2d307ffbf952c92facddc734705ccb9ca89817"
            + "bf85af6f691b121cbd75e961d29adcf0c90d78a9b36d947bd317ff4c03e80d33071d4f5aba6a54e489a9aadb79f32800"
            + "cdd41ede03703151bef2600f1078712880f6065dca143db67d70e7d80bf2007b160404f42aa90864ab9d4e54fb56f025"
            + "65065dfe63365bde9bdec52901661f73522d6e009abfb7ce1941b49b9d5133c6"
        },
        {
            "Q5_0", nameof(Inputs.Odd), "35171ddf276f84a7",
            "0080ffffffff0000000000000000000000000000000000aa0000000000000000000000000000000000000000bdaa8080"
            + "2000c6988e9cef0ec7d0b3ffbba0dab8efb0a129400800009e7aa5ef3d0c80fa5af7fe30ecee9ccc00003b5d74b34873"
            + "28a27a6270ff0509e3dd200be21be4d0c45eef476c4e4429b4ec16379d7e5af0990d38556c37d2ff7bff0f00ff0f0100"
            + "00f0011000100101000100320000000000000000000000000000000000000000"
        },
        {
            "Q5_1", nameof(Inputs.Plain), "3563e2c8f900d2b1",
            "7728d8b85dbeaffc7b88f937895d7685bcd790514295f033542847b84158a57a4e2c307ffbf952c92facddc733705bcb"
            + "78280db865e8405a509f86e3dcd3418a058e1c6522ff36f2802931b94c926b842ce800b3fc18f2ccf8e2b0a54595ab1b"
            + "5529cbb85524860cc6ff311ad010ec8ebe9e410c8ff0ef76052771b894f6c6dffc6580e89090291f5e2754dd5c094929"
            + "fb287db8f79b5062b19bf4a90fda9af991008cc994205310be28c5b9a7661f73a660b130fcd2d9f14b95d8aeef9577f8"
        },
        {
            "Q5_1", nameof(Inputs.Odd), "9eaf4f5dbd8bc337",
            "0000000000000000000000000000000000000000000000000000003a0000000000000000000000000000000000000000"
            + "e626541f4109000084dff3d842147060a812aacf5c9f4190ac25a1b9fbfdcdf63be44ace7a070fd5a3eeeb7fb7cc3779"
            + "00000080bb5df4b74a8438b39c839010161a04ef321bf42cc35057e03ba110b883a1bad54b13d8b76270950f65f1c7aa"
            + "22346cc7dfffffffccccbbdbded0ddcdceedddfdcfcfddce000000c20000000000000000000000000000000000000000"
        },
        {
            "Q8_0", nameof(Inputs.Plain), "aa4c361181ad1b77",
            "e11c49b93a2837df25a6d529f4fd041b810f2a2f6410bf19b730d3e13a181738610b501c74e482f9d7c60ecafbdee736"
            + "1c815dd91f8e1bb9f97aa8619553e961163726e2a51c0a063aa7ed2415dcb6f9ed32a37f381ab4d2d0fbf6f729cb904d"
            + "99391a042204831de9c80521eac31ae8ca198ab230b0e36118788761ff0c7feafcf860d6abd0db10951d3d0215e11092"
            + "66fefcfa13ef030a03c2f07f2098f79afd48e8d92a0bcd03fac87a1cce9ee6b2e683bb43d810ffd530201e20e20919d9"
            + "b8baf2e803f50335058101f4341d106028d37f56554f160deb4f2892a90ee3d904db0cf45201d50acdecd81b3696d01d"
            + "10e9f381cffabcf1ca091ddce60a19b4270f2fff4bd9d7e20523d7c5482418e4"
        },
        {
            "Q8_0", nameof(Inputs.Odd), "df838c951a12b1c6",
            "000000000000000000000000000000000000000000000000000000000000000000000c1e7f7f7f7f7f7f7f7f7f7f7f7f"
            + "7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7fcb1e503e0f23091044016309297f3240050123343d3410041d1a2904"
            + "2a3116261227ac1defd2abf7eadefdd3cdbbedfddcf0dce3cbbad1f29c81c2f6a9fafa9ceff1ccdd00004315be0f510d"
            + "81f724c9146604d412d6a1bc0cd0383237fb02fff4e61100f308ee442213e0355d1fcdc5188fb302b816c35bcde0e2f1"
            + "2795f8e6bdc9d609377feb567b2bfbfdf7f90581020306ff010108090007fefdf701020100fcfd05ff0afcfe00ff0c26"
            + "8181818181818181818181818181818181818181818181818181818181818181"
        },
        {
            "Q2_K", nameof(Inputs.Plain), "1c102432021c52fe",
            "da69bc9a9ca9decececfb8c9bcbbfb585f55a3875766ab554a97166a8a336ce69ad21be164aef05e407dc67e2a6a7ba5"
            + "e6b2aa157ab077bd69eddab9aecece6d995bae58e524392a59a91a1ed9a1b9092927272a"
        },
        {
            "Q2_K", nameof(Inputs.Odd), "26ca06cb26214a49",
            "00000000000000000000fedf00000000ec5c0cdccc8cec4c6c0cdcfc9cec8c8cacbcbcfc5c0cacdc6cccec7cdcec9cec"
            + "3b3a353a3f0a34363a31363b3639363d141506252b231716162616391a1e161e6a4e2d51"
        },
        {
            "Q3_K", nameof(Inputs.Plain), "873f9ef623b25e5d",
            "9714994f15801bb416fdf5133ff1f269102268965fdcf7c8bb7da2bc3c5c7cbfce8e2271debb71d9a34d1c68b441ecfc"
            + "de2eec4b03032f660e354667df4a5c047ad43d1b8c119b28bc0451ecf4347486bcf0473f088bb08e2181a3f83290e082"
            + "06e48987c89c162ecc3300cf0d9e"
        },
        {
            "Q3_K", nameof(Inputs.Odd), "227f519d06b02e86",
            "707044787434485470445078506054646060702810747078703c682050586050d0a00030c08020809040f000a0e080c0"
            + "a090c0107000a02050001050f020b0d006050e080f040808050205030407090f181535323e0e02241828070319100714"
            + "0000c00000000000aaaaba8aec44"
        },
        {
            "Q4_K", nameof(Inputs.Plain), "11936ee10cc39c50",
            "bf15be21f2b3f5fff3efacfa3b18f8f6ed630c7b5c468b42755b67b8980ad0599b1b9f3974fa23db15c66cda9abcaf69"
            + "67478a91654998644296053aa12e6ad892f404d67686f963707bd05a284759876b27884588004ef777b6a866e7c8c7c3"
            + "76bfc9704640978ca594aae8a407a693b88d89046f9c4c8c58a8b57c79a0b148c5a4d794f7666c77a4c76355f4c8ba70"
        },
        {
            "Q4_K", nameof(Inputs.Odd), "43c6eb4988c32d1e",
            "3f3d5b4800c0000000c0000000ff1000f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0"
            + "daa852e4d1b2f8a09c71d5ffb6e8b1c09476a7e6320184e355f1f536d3e592b59c8954a9cd8940378a04297e288539c5"
            + "425459659b0b6b5838384776a9e857c80e0e0d0d0f000e0e0f0e0e0e0f0f0e0f0e0e0d0e0e0e0e0e0e0f0e0f0e0e0e0e"
        },
        {
            "Q5_K", nameof(Inputs.Plain), "8dc9fe0ebb54030e",
            "9111cb21f3b2f4fff5f0edf85d1829f6d7c0f50971c45fe040e9b1476bb5a66dabb9b389c00b6c33a0e63937a7c3e729"
            + "ebd709f7b99d2695fbc7d0714205b0b347283f73f8f557c83badd9c534795fc3c08ff633cc7321ca852d0c55535fb6b2"
            + "25e908befd0df4c8e0e8b196429fa31fc75f018a01009cfeee7e41dccfa09fa60c6f83e19d912e185b3954d0580f4e37"
            + "610b1409cf2a9a19b1508ce9f4507380ab6abf3af0ddd9ff4990d8acf99276f1"
        },
        {
            "Q5_K", nameof(Inputs.Odd), "25d3bd6069715804",
            "cd38734800c0000000c0000000ff10007e7a427a7a3a4e5a7e425a5e5a6a5a6a4a425a4a72525a5a525a4a627a7a4a7a"
            + "f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0b34fa4d8a274f04038e2bafe7ccf7180"
            + "28ed4fcc740107d6aae1ea7cb5c934793a14b863bc338070260a54ff522b74bb84b8b3db4918e9b061819f0e63f1cfa2"
            + "0c0c0b0b0e000d0d0e0d0d0d0f0f0d0e0c0c0b0d0d0d0d0c0c0e0d0f0c0c0d0c"
        },
        {
            "Q6_K", nameof(Inputs.Plain), "33b136cc37cc01bb",
            "d2ee2f6a5e78b999252a5d4f711720a4a33121fbd4d8c7110e6a2e09891ea21dad19109ea60174a21f770abed7a087a6"
            + "a82ee98302d007571c2a86b75ac296c8c28166b705a0aecfbfde56cb61c361ce7450185a32ca810e363a16ad4d8f021e"
            + "43a7d90c49e0fec1362470759c2868d8f9a2c6060e1f1ddae11d219d110160cd5f5492b666559a6475a62519ba025cd6"
            + "451dd41d9b512f918eb208b1e5a4a469974256214640034d5599aa455ababa181658299722d3f6a45a66d9d91a617a86"
            + "9557a15b69a78f7a977b9f9b729e804bc989"
        },
        {
            "Q6_K", nameof(Inputs.Odd), "5138db8bdb821248",
            "c000c070e0c0f00070e060003000f000e050005080e01030b0e0a07050c070c0a0f000d08030f0f0d06090f030a03050"
            + "30e040c0700000d0a0e0f070c0c03070f1f5eff41583001e1902050a212505155089b4c0b3c1f3de91102c17b6701c43"
            + "c9c5c7cfcac8c2c0c7c1cbc0ccc6cfc9cdc8c8c4c6cbc2c6c1cecbcec2c0c5ca40101050505040200010504050505060"
            + "400040401010505000504000504050401b1a141a2f0a24252a21222b2229222d28283a19171f1b292e1a290526222922"
            + "00000000000000000000758002000101e130"
        },
        {
            "IQ4_NL", nameof(Inputs.Plain), "9656310f3d935907",
            "221dbdb3ec9b3ca53bb2455bc7a8a8cae099791caf16a03775f429e417e566ecaac0be55959cd7c7c38e999556cbfd29"
            + "fa346e805486659d6a0cf7158a7d06aa8c961fbee4ceba61579d930856fb96ff8128a8b84679c88788cd6e1c5491a652"
            + "3630736d857988c48c0b8a7b169da6b185bc70922282b677caa2b56f4ef7d31db996c780d457535784b95a35d6b9aa62"
        },
        {
            "IQ4_NL", nameof(Inputs.Odd), "abb3d609185a9fcf",
            "000088888888888888888888888888888888cc1effffffffffffffffffffffffffffffffb69e52433745678653685187"
            + "454064536758a81d463442771605387424737618657745550080e3d67dc742474f89858c96a1788b967b03c5c5a6ab94"
            + "52f59cacd6cfbd784d06ac227b2b87887787888088888888889889898889cca6ffffffffffffffffffffffffffffffff"
        },
        {
            "IQ4_XS", nameof(Inputs.Plain), "b4508bdf390b8600",
            "d389f03374e98d0cbdb3ec9b3ca53bc2455bc7a8a8cae099af16a03775f429e417d566ecaac0be65d7c7c38e9a9556cb"
            + "fd29fa346e8053866a0cf7158a7d06aa8c961fbde4ceba61930856fb96ff8128a8b84679c88788cd5491a6523630736d"
            + "857988c48c0b8a7ba6b185bc70922282b677caa2b56f4ef7b996c780d457535784b95a35d6b9aa62"
        },
        {
            "IQ4_XS", nameof(Inputs.Odd), "e81651f1e502106b",
            "0331aaa20000000088888888888888888888888888888888888888888888888888888888888888888888888888888888"
            + "88888888888888888888888888888888888888888888888888888888888888888888888888888888c5a6ab9452f59cac"
            + "d6cfbd784d06ac228888888888888888888888888888888888888888888888888888888888888888"
        },
    };

    /// <summary>
    /// Over 16,384 values of each of <see cref="Inputs.Kinds"/>: the first 16 digits of the SHA-256 of ggml's blocks and of the
    /// values they decode to. Its k-quants and IQ4 give other bytes when compiled with fused multiply-add; these are without.
    /// </summary>
    public static TheoryData<string, string, string> Many => new()
    {
        { "Q4_0", "59f087947f85320f", "6433b241cc9aa557" },
        { "Q4_1", "3734c983aa88ad3f", "58ef04a5a41a015e" },
        { "Q5_0", "ab0be4968967bd35", "06fec7097ed0de25" },
        { "Q5_1", "5c11815aad29222e", "7225552855a56878" },
        { "Q8_0", "c43902554d2ba7a6", "f8c8782e77252844" },
        { "Q2_K", "9227c26f3d5809f1", "d879ea0c10da4e64" },
        { "Q3_K", "2c77a44a1a708362", "aa24a1c515ef293e" },
        { "Q4_K", "c8705924ca782151", "161268f8f0e75619" },
        { "Q5_K", "eeb1f11c621f2b02", "8541c43c685dcc14" },
        { "Q6_K", "6553c17ae7299bb9", "75a975896fc622cc" },
        { "IQ4_NL", "a4a747f10a448789", "0f64291d93870a4e" },
        { "IQ4_XS", "9505545ac924505b", "2e3d160257bf9370" },
    };

    [Theory]
    [MemberData(nameof(Many))]
    public void EncodeAndDecode_ManyValuesOfEveryKind_GiveWhatTheReferenceGives(string format, string blocks, string values)
    {
        var parsed = TensorFormat.Parse(format);
        var source = Inputs.Kinds.SelectMany((kind, i) => Inputs.Of(kind, 64 * 256, (uint)i + 1)).ToArray();
        var encoded = new byte[parsed.BytesFor(source.Length)];
        parsed.Encode(source, encoded);
        Assert.Equal(blocks, Hash(encoded));
        parsed.Decode(encoded, source);
        Assert.Equal(values, Hash(MemoryMarshal.AsBytes<float>(source)));
    }

    [Theory]
    [MemberData(nameof(Blocks))]
    public void Encode_KnownValues_GivesTheBytesOfTheReference(string format, string input, string values, string blocks)
    {
        Assert.Equal(16, values.Length);
        var actual = new byte[blocks.Length / 2];
        TensorFormat.Parse(format).Encode(input == nameof(Inputs.Odd) ? Inputs.Odd() : Inputs.Plain(), actual);
        Assert.Equal(blocks, Convert.ToHexStringLower(actual));
    }

    [Theory]
    [MemberData(nameof(Blocks))]
    public void Decode_KnownBlocks_GivesTheValuesOfTheReference(string format, string input, string values, string blocks)
    {
        Assert.NotEmpty(input);
        var actual = new float[256];
        TensorFormat.Parse(format).Decode(Convert.FromHexString(blocks), actual);
        Assert.Equal(values, Hash(MemoryMarshal.AsBytes<float>(actual)));
    }

    [Fact]
    public void Blocks_CoverEveryBlockFormat()
    {
        var covered = Blocks.Select(row => (string)row[0]).Distinct();

        // Grouped 4-bit integers are our own layout: GroupedNibblesTests spells their blocks out.
        Assert.Equal(TensorFormat.All.Where(f => f.ValuesPerBlock > 1 && f.GgufType is not null).Select(f => f.Name).Order(), covered.Order());
    }

    private static string Hash(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes))[..16];
}
