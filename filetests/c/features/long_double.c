// long double: arithmetic, conversions to and from integers, comparisons, constants, calls.
#include <math.h>
#include <stdio.h>
static long double scale(int n, long double x, double y) { return x * n + y; }
int main(void) {
    long double x = 1.1L, y = 0x1.fffffffffffffffep3L; volatile long double v = -7.75L;
    printf("%.20Lg %La %Lg %Lg\n", x * y, y, x / 3, v - x);
    printf("%d %lld %llu %llu %d\n", (int)v, (long long)(y * 1e17L), (unsigned long long)1.8e19L, (unsigned long long)y, (unsigned char)200.9L);
    printf("%.20Lg %.20Lg %.20Lg\n", (long double)0xffffffffffffffffUL, (long double)-5L, (long double)3000000000u);
    printf("%d %d %d %d %d\n", x < y, v >= x, x != x, !v, v == -7.75);
    printf("%.18Lg %g %g %Lg\n", scale(3, x, 0.5), (double)x, (float)y, -v);
    long double nan = __builtin_nanl(""); printf("%d %d %d %d\n", nan == nan, nan < 1, isnan(nan), isgreater(nan, 1));
    x += 1; x++; --y; x *= 2.0; printf("%.18Lg %.18Lg %Lg %Lg\n", x, y, fabsl(v), sqrtl(2 * 8));
    long double a[3] = { 1, 2, 3 }; struct { char c; long double d; } s = { 'a', 4 }; printf("%Lg %zu\n", a[1] + s.d, sizeof s);
    return 0;
}
