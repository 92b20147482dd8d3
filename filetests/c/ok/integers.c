// Integer conversions, shifts, division, bit-fields, 128-bit numbers.
// skip on i686: it has neither 128-bit integers nor 64-bit long
#include <stdio.h>
#include <limits.h>

struct bits { unsigned a : 3; int b : 5; unsigned long c : 40; _Bool d : 1; };
typedef unsigned __int128 u128;

static u128 power(u128 base, int n)
{
    u128 result = 1;
    while (n--)
        result *= base;
    return result;
}

int main(void)
{
    volatile int seven = 7, minus = -7;
    printf("%d %d %d %d\n", minus / 2, minus % 2, seven / -2, seven % -2);
    printf("%u %u\n", (unsigned)minus / 2, (unsigned)minus % 2);
    volatile signed char c = 200;
    volatile unsigned char u = 200;
    printf("%d %d %d\n", c, u, c + u);
    volatile long big = LONG_MAX;
    printf("%lu %ld\n", (unsigned long)big + 1, big >> 62);
    printf("%d %d\n", minus >> 1, (unsigned)minus >> 28);
    struct bits bits = {9, 15, 1UL << 39, 2};
    bits.b++;
    printf("%u %d %lu %d %zu\n", bits.a, bits.b, (unsigned long)bits.c, bits.d, sizeof bits);
    u128 p = power(10, 30);
    printf("%lu %lu %d\n", (unsigned long)(p / 1000000000000000000ULL), (unsigned long)(p % 1000000007), (int)(p >> 99));
    printf("%d %d\n", __builtin_popcount(0xff0f), __builtin_clz(1));
    printf("%d\n", (int)(3.99 + seven));
    printf("%.1f %.1f\n", (double)(unsigned long)-1, (float)minus);
    enum { A = -1, B = 5 } e = A;
    printf("%d %d\n", e < B, (signed char)e == -1);
    return 0;
}
// prints: -3 -1 -3 1
// prints: 2147483644 1
// prints: -56 200 144
// prints: 9223372036854775808 1
// prints: -4 15
// prints: 1 -16 549755813888 1 8
// prints: 1000000000000 999657007 1
// prints: 12 31
// prints: 10
// prints: 18446744073709551616.0 -7.0
// prints: 1 1
