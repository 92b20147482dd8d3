// Arguments whose bit-fields straddle eightbytes: each eightbyte that they touch travels in a register.
#include <stdio.h>
struct straddle { int a; long long b : 37; } __attribute__((packed)); struct tail { int a; unsigned char b; unsigned c : 27; } __attribute__((packed));
__attribute__((noinline)) static void take(struct straddle s, float f, struct tail t, long l) { printf("%d %lld %g %d %d %u %ld\n", s.a, (long long)s.b, f, t.a, t.b, t.c, l); }
int main(void) { take((struct straddle){ 1, -0xabcdef012LL }, 2.5f, (struct tail){ 3, 200, 0x7654321 }, 9); return 0; }
