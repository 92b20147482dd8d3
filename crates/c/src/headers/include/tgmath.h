/* <tgmath.h>: C11 7.25, by _Generic over the type that the arguments have together. */
#ifndef _TGMATH_H
#define _TGMATH_H
#include <complex.h>
#include <math.h>

/* Integers count as double. */
#define __lathe_tg_real1(f, x) \
    _Generic((x), float: f##f, long double: f##l, default: f)
#define __lathe_tg_real2(f, x, y) \
    _Generic(__lathe_tg_type(x) + __lathe_tg_type(y), float: f##f, long double: f##l, default: f)
#define __lathe_tg_real3(f, x, y, z) \
    _Generic(__lathe_tg_type(x) + __lathe_tg_type(y) + __lathe_tg_type(z), \
             float: f##f, long double: f##l, default: f)
#define __lathe_tg_type(x) \
    _Generic((x), float: 0.0f, long double: 0.0L, _Complex float: (_Complex float)0, \
             _Complex double: (_Complex double)0, _Complex long double: (_Complex long double)0, default: 0.0)
#define __lathe_tg_complex1(f, c, x) \
    _Generic((x), float: f##f, long double: f##l, _Complex float: c##f, _Complex double: c, \
             _Complex long double: c##l, default: f)
#define __lathe_tg_cast1(c, x) \
    _Generic((x), float: c##f, long double: c##l, _Complex float: c##f, _Complex long double: c##l, default: c)

#undef acos
#define acos(x) (__lathe_tg_complex1(acos, cacos, x)(x))
#undef asin
#define asin(x) (__lathe_tg_complex1(asin, casin, x)(x))
#undef atan
#define atan(x) (__lathe_tg_complex1(atan, catan, x)(x))
#undef acosh
#define acosh(x) (__lathe_tg_complex1(acosh, cacosh, x)(x))
#undef asinh
#define asinh(x) (__lathe_tg_complex1(asinh, casinh, x)(x))
#undef atanh
#define atanh(x) (__lathe_tg_complex1(atanh, catanh, x)(x))
#undef cos
#define cos(x) (__lathe_tg_complex1(cos, ccos, x)(x))
#undef sin
#define sin(x) (__lathe_tg_complex1(sin, csin, x)(x))
#undef tan
#define tan(x) (__lathe_tg_complex1(tan, ctan, x)(x))
#undef cosh
#define cosh(x) (__lathe_tg_complex1(cosh, ccosh, x)(x))
#undef sinh
#define sinh(x) (__lathe_tg_complex1(sinh, csinh, x)(x))
#undef tanh
#define tanh(x) (__lathe_tg_complex1(tanh, ctanh, x)(x))
#undef exp
#define exp(x) (__lathe_tg_complex1(exp, cexp, x)(x))
#undef log
#define log(x) (__lathe_tg_complex1(log, clog, x)(x))
#undef sqrt
#define sqrt(x) (__lathe_tg_complex1(sqrt, csqrt, x)(x))
#undef fabs
#define fabs(x) (__lathe_tg_complex1(fabs, cabs, x)(x))
#undef pow
#define pow(x, y) \
    (_Generic(__lathe_tg_type(x) + __lathe_tg_type(y), float: powf, long double: powl, _Complex float: cpowf, \
              _Complex double: cpow, _Complex long double: cpowl, default: pow)(x, y))
#undef cbrt
#define cbrt(x) (__lathe_tg_real1(cbrt, x)(x))
#undef ceil
#define ceil(x) (__lathe_tg_real1(ceil, x)(x))
#undef erf
#define erf(x) (__lathe_tg_real1(erf, x)(x))
#undef erfc
#define erfc(x) (__lathe_tg_real1(erfc, x)(x))
#undef exp2
#define exp2(x) (__lathe_tg_real1(exp2, x)(x))
#undef expm1
#define expm1(x) (__lathe_tg_real1(expm1, x)(x))
#undef floor
#define floor(x) (__lathe_tg_real1(floor, x)(x))
#undef ilogb
#define ilogb(x) (__lathe_tg_real1(ilogb, x)(x))
#undef lgamma
#define lgamma(x) (__lathe_tg_real1(lgamma, x)(x))
#undef llrint
#define llrint(x) (__lathe_tg_real1(llrint, x)(x))
#undef llround
#define llround(x) (__lathe_tg_real1(llround, x)(x))
#undef log10
#define log10(x) (__lathe_tg_real1(log10, x)(x))
#undef log1p
#define log1p(x) (__lathe_tg_real1(log1p, x)(x))
#undef log2
#define log2(x) (__lathe_tg_real1(log2, x)(x))
#undef logb
#define logb(x) (__lathe_tg_real1(logb, x)(x))
#undef lrint
#define lrint(x) (__lathe_tg_real1(lrint, x)(x))
#undef lround
#define lround(x) (__lathe_tg_real1(lround, x)(x))
#undef nearbyint
#define nearbyint(x) (__lathe_tg_real1(nearbyint, x)(x))
#undef rint
#define rint(x) (__lathe_tg_real1(rint, x)(x))
#undef round
#define round(x) (__lathe_tg_real1(round, x)(x))
#undef tgamma
#define tgamma(x) (__lathe_tg_real1(tgamma, x)(x))
#undef trunc
#define trunc(x) (__lathe_tg_real1(trunc, x)(x))
#undef atan2
#define atan2(x, y) (__lathe_tg_real2(atan2, x, y)(x, y))
#undef copysign
#define copysign(x, y) (__lathe_tg_real2(copysign, x, y)(x, y))
#undef fdim
#define fdim(x, y) (__lathe_tg_real2(fdim, x, y)(x, y))
#undef fmax
#define fmax(x, y) (__lathe_tg_real2(fmax, x, y)(x, y))
#undef fmin
#define fmin(x, y) (__lathe_tg_real2(fmin, x, y)(x, y))
#undef fmod
#define fmod(x, y) (__lathe_tg_real2(fmod, x, y)(x, y))
#undef hypot
#define hypot(x, y) (__lathe_tg_real2(hypot, x, y)(x, y))
#undef nextafter
#define nextafter(x, y) (__lathe_tg_real2(nextafter, x, y)(x, y))
#undef remainder
#define remainder(x, y) (__lathe_tg_real2(remainder, x, y)(x, y))
#undef fma
#define fma(x, y, z) (__lathe_tg_real3(fma, x, y, z)(x, y, z))
#undef remquo
#define remquo(x, y, quotient) (__lathe_tg_real2(remquo, x, y)(x, y, quotient))
#undef frexp
#define frexp(x, exponent) (__lathe_tg_real1(frexp, x)(x, exponent))
#undef ldexp
#define ldexp(x, exponent) (__lathe_tg_real1(ldexp, x)(x, exponent))
#undef scalbn
#define scalbn(x, n) (__lathe_tg_real1(scalbn, x)(x, n))
#undef scalbln
#define scalbln(x, n) (__lathe_tg_real1(scalbln, x)(x, n))
#undef nexttoward
#define nexttoward(x, y) (__lathe_tg_real1(nexttoward, x)(x, y))
#undef carg
#define carg(x) (__lathe_tg_cast1(carg, x)(x))
#undef cimag
#define cimag(x) (__lathe_tg_cast1(cimag, x)(x))
#undef conj
#define conj(x) (__lathe_tg_cast1(conj, x)(x))
#undef cproj
#define cproj(x) (__lathe_tg_cast1(cproj, x)(x))
#undef creal
#define creal(x) (__lathe_tg_cast1(creal, x)(x))
#endif
