// Bit-fields: widths, signs, neighbours, packed, zero width, in unions; assignment, ++, compound.
#include <stdio.h>
#include <string.h>
struct plain { unsigned a : 3; int b : 5; unsigned : 0; long long c : 40; _Bool d : 1; unsigned char e : 7; };
struct __attribute__((packed)) tight { char tag; unsigned long long wide : 37; int s : 11; short t; };
union both { struct { unsigned low : 4, high : 4; }; unsigned char byte; };
static struct plain global = { 5, -3, 1LL << 38, 1, 100 };
int main(void) {
    struct plain p = global;
    p.a += 6; p.b--; p.c = -p.c; p.d = 42; p.e ^= 0x7f;
    printf("%u %d %lld %d %d %zu\n", p.a, p.b, (long long)p.c, p.d, p.e, sizeof p);
    struct tight t; memset(&t, 0xff, sizeof t);
    t.wide = 0x123456789aUL; t.s = -700; t.t = 7; t.tag = 'x';
    printf("%c %lx %d %d %zu\n", t.tag, (unsigned long)t.wide, t.s, t.t, sizeof t);
    int old = t.s++; t.wide <<= 3;
    printf("%d %d %lx %d\n", old, t.s, (unsigned long)t.wide, (p.a = 15));
    union both u = { .byte = 0xa5 };
    printf("%u %u\n", u.low, u.high); u.high = 3; printf("%x\n", u.byte);
    return 0;
}
