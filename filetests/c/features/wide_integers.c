// __int128: arithmetic, division, shifts, comparisons, conversions, calls.
// skip on i686: it has no such type
#include <stdio.h>
typedef __int128 wide; typedef unsigned __int128 uwide;
static void show(uwide v) { printf("%016lx%016lx\n", (unsigned long)(v >> 64), (unsigned long)v); }
static wide mix(int a, wide b, long c, uwide d) { return a * b - c + d; }
int main(void) {
    volatile wide a = (wide)0x123456789abcdef0 << 50 | 77, b = -12345678901234567; uwide c = ~(uwide)0 / 7; volatile int n = 70;
    show((uwide)a * b); show(a / b); show(a % b); show(c / 1000000007); show(c % 0xffffffffffffUL); show(a << n); show(a >> n); show(b >> n); show((uwide)b >> n);
    show(-a); show(~b); show(a ^ c); show(mix(3, a, 4, c)); show(a++); show(a); show((wide)1e30); show((wide)-1.5e25f);
    printf("%d %d %d %d %d %d\n", a < b, b < 0, (uwide)b > c, a == a, !a, a != b);
    printf("%g %Lg %g\n", (double)a, (long double)b, (float)c); printf("%d %ld\n", (int)a, (long)b);
    return 0;
}
