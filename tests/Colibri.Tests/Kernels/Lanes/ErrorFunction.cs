namespace Colibri.Tests.Kernels.Lanes;

/// <summary>The error function in float64, which .NET lacks: its series near zero, elsewhere a continued fraction.</summary>
internal static class ErrorFunction
{
    public static double Of(double x)
    {
        var magnitude = Math.Abs(x);
        return Math.CopySign(magnitude < 2.5 ? Series(magnitude) : 1 - Complement(magnitude), x);
    }

    // Abramowitz and Stegun 7.1.6: all terms positive, so nothing cancels.
    private static double Series(double x)
    {
        double term = x, sum = x;
        for (var n = 1; term > sum * 1e-17; n++)
        {
            term *= 2 * x * x / (2 * n + 1);
            sum += term;
        }

        return 2 / Math.Sqrt(Math.PI) * Math.Exp(-x * x) * sum;
    }

    // Abramowitz and Stegun 7.1.14, from far inside outwards.
    private static double Complement(double x)
    {
        var fraction = x;
        for (var n = 60; n > 0; n--)
        {
            fraction = x + n / 2.0 / fraction;
        }

        return Math.Exp(-x * x) / Math.Sqrt(Math.PI) / fraction;
    }
}
