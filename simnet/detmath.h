/* Elementary functions made of + - * / alone, so that every machine and compiler gives the same bits
 * (with -ffp-contract=off), which the C library's do not promise. What a simulation draws goes
 * through these. Errors are below 1e-14 relative. C11 alone. */
#ifndef PREACHES_SIMNET_DETMATH_H
#define PREACHES_SIMNET_DETMATH_H

double det_log(double x);              /* x > 0 and finite */
double det_exp(double x);              /* 0 below -745, infinite above 709.8 */
double det_pow(double x, double y);    /* x >= 0; 0 for x = 0 */
double det_sqrt(double x);             /* x >= 0; the correctly rounded root */
double det_lgamma(double x);           /* x > 0; Lanczos' approximation (g = 7, 9 terms) */
double det_normal_quantile(double p);  /* 0 < p < 1; Wichura's AS 241 */

#endif
