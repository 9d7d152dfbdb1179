#include "detmath.h"

#include <math.h> /* sqrt, frexp, ldexp: exact or correctly rounded everywhere */

/* ln 2 in two parts, the first with zeros at its end: k * ln2_high is exact. */
static const double ln2_high = 6.93147180369123816490e-01, ln2_low = 1.90821492927058770002e-10;

double det_sqrt(double x) { return sqrt(x); }

/* x = 2^k * m with sqrt(1/2) <= m < sqrt(2); log m = 2 atanh((m - 1) / (m + 1)) by its series, whose
 * argument is below 0.172 in magnitude. */
double det_log(double x)
{
    int k;
    double m = frexp(x, &k);
    if (m < 0.70710678118654752440) {
        m *= 2;
        k--;
    }
    double s = (m - 1) / (m + 1), z = s * s, sum = 0;
    for (int n = 21; n >= 3; n -= 2)
        sum = (sum + 1.0 / n) * z;
    double log_m = 2 * s + 2 * s * sum;
    return k * ln2_high + (log_m + k * ln2_low);
}

/* e^x = 2^k * e^r with |r| <= ln 2 / 2, by Taylor's series. */
double det_exp(double x)
{
    if (x < -745)
        return 0;
    if (x > 709.8)
        return HUGE_VAL;
    double k = x / 0.69314718055994530942;
    k = (double)(long)(k < 0 ? k - 0.5 : k + 0.5);
    double r = (x - k * ln2_high) - k * ln2_low, sum = 0;
    for (int n = 14; n >= 1; n--)
        sum = (sum + 1) * (r / n);
    return ldexp(1 + sum, (int)k);
}

double det_pow(double x, double y)
{
    if (x == 0)
        return 0;
    return det_exp(y * det_log(x));
}

double det_lgamma(double x)
{
    static const double c[] = {0.99999999999980993,  676.5203681218851,     -1259.1392167224028,
                               771.32342877765313,   -176.61502916214059,   12.507343278686905,
                               -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7};
    if (x < 0.5) /* by the reflection's neighbour: gamma(x) = gamma(x + 1) / x */
        return det_lgamma(x + 1) - det_log(x);
    double sum = c[0], t = x + 6.5;
    for (int i = 1; i < 9; i++)
        sum += c[i] / (x - 1 + i);
    return 0.91893853320467274178 + (x - 0.5) * det_log(t) - t + det_log(sum);
}

static double ratio(const double *num, const double *den, double r)
{
    double a = num[7], b = den[7];
    for (int i = 6; i >= 0; i--) {
        a = a * r + num[i];
        b = b * r + den[i];
    }
    return a / b;
}

/* M. J. Wichura, Algorithm AS 241, Applied Statistics 37 (1988): PPND16. */
double det_normal_quantile(double p)
{
    static const double a[] = {3.3871328727963666080e0, 1.3314166789178437745e+2,
                               1.9715909503065514427e+3, 1.3731693765509461125e+4,
                               4.5921953931549871457e+4, 6.7265770927008700853e+4,
                               3.3430575583588128105e+4, 2.5090809287301226727e+3};
    static const double b[] = {1.0, 4.2313330701600911252e+1, 6.8718700749205790830e+2,
                               5.3941960214247511077e+3, 2.1213794301586595867e+4,
                               3.9307895800092710610e+4, 2.8729085735721942674e+4,
                               5.2264952788528545610e+3};
    static const double c[] = {1.42343711074968357734e0, 4.63033784615654529590e0,
                               5.76949722146069140550e0, 3.64784832476320460504e0,
                               1.27045825245236838258e0, 2.41780725177450611770e-1,
                               2.27238449892691845833e-2, 7.74545014278341407640e-4};
    static const double d[] = {1.0, 2.05319162663775882187e0, 1.67638483018380384940e0,
                               6.89767334985100004550e-1, 1.48103976427480074590e-1,
                               1.51986665636164571966e-2, 5.47593808499534494600e-4,
                               1.05075007164441684324e-9};
    static const double e[] = {6.65790464350110377720e0, 5.46378491116411436990e0,
                               1.78482653991729133580e0, 2.96560571828504891230e-1,
                               2.65321895265761230930e-2, 1.24266094738807843860e-3,
                               2.71155556874348757815e-5, 2.01033439929228813265e-7};
    static const double f[] = {1.0, 5.99832206555887937690e-1, 1.36929880922735805310e-1,
                               1.48753612908506148525e-2, 7.86869131145613259100e-4,
                               1.84631831751005468180e-5, 1.42151175831644588870e-7,
                               2.04426310338993978564e-15};
    double q = p - 0.5;
    if (fabs(q) <= 0.425)
        return q * ratio(a, b, 0.180625 - q * q);
    double r = det_sqrt(-det_log(q < 0 ? p : 1 - p));
    double x = r <= 5 ? ratio(c, d, r - 1.6) : ratio(e, f, r - 5);
    return q < 0 ? -x : x;
}
