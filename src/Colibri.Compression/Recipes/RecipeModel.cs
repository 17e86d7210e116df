namespace Colibri.Compression.Recipes;

/// <summary>What a recipe must know about the model as a whole.</summary>
/// <param name="Blocks">Transformer blocks.</param>
/// <param name="QueriesPerKey">Query heads that share a key/value head.</param>
/// <param name="TiedHead">Whether the table of tokens is the output layer too.</param>
public sealed record RecipeModel(int Blocks, int QueriesPerKey, bool TiedHead);
