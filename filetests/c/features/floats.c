// float and double: conversions of every integer kind, NaN, infinities, signed zero, rounding, constants, comparisons.
#include <float.h>
#include <math.h>
#include <stdio.h>
int main(void) {
    volatile double d = 1e19, n = -3.99, z = -0.0; volatile float f = 16777217; volatile unsigned long u = ~0ul; volatile unsigned w = ~0u; volatile long l = -5;
    printf("%lu %ld %d %u %d %d\n", (unsigned long)(d / 1e10), (long)n, (int)n, (unsigned)3e9, (short)n, (signed char)(f / 1e6f));
    printf("%.17g %.17g %.9g %.9g %.17g\n", (double)u, (double)w, (float)u, (float)w, (double)l);
    printf("%g %g %d %d %g\n", 1 / z, -z, z == 0, signbit(z) != 0, (double)f);
    double nan = NAN; printf("%d %d %d %d %d %d\n", nan == nan, nan != nan, nan < 1, !(nan >= 1), isunordered(nan, 1), nan ? 1 : 0);
    printf("%g %g %g %a %a\n", INFINITY, -INFINITY, FLT_MAX * 10, DBL_MIN, 0x1.8p-3); float sum = 0; for (int i = 0; i < 1000; i++) sum += 0.1f; printf("%.9g\n", sum);
    printf("%d %d %.17g %g\n", (int)lrint(2.5), n > l, fmod(10, 3.3), copysign(2, z)); d++; f--; f += 0.5; d /= f; printf("%.17g\n", d); return 0;
}
