// vector_size: element-wise operators, comparisons, conversions, shuffles, subscripts, calls, initializers.
#include <stdio.h>
typedef int v4 __attribute__((vector_size(16))); typedef float f4 __attribute__((vector_size(16))); typedef unsigned char b16 __attribute__((vector_size(16))); typedef long l2 __attribute__((vector_size(16)));
static v4 mix(v4 a, v4 b, int n) { return a * b + n - (a > b); }
static f4 half(f4 x) { return x / 2 + (f4){ 1 }; }
int main(void) {
    v4 a = { 1, -2, 3, 100 }, b = { 5, -6, 2 }; v4 c = mix(a, b, 10); f4 f = half((f4){ 1, 2, 3, 4 }); b16 d = { 250, 1 }; l2 l = { -1, 5 };
    for (int i = 0; i < 4; i++) printf("%d %g %d %d ", c[i], f[i], (a < b)[i], (a << 2 ^ ~b)[i]); puts("");
    d += 10; l *= 7; a[2] = 50; a %= 7; b = __builtin_shuffle(a, (v4){ 3, 2, 1, 0 }); printf("%d %d %ld %d %d\n", d[0], d[1], l[0], a[3], b[1]);
    v4 *p = &b; (*p)[0]++; b16 bytes = (b16)a; printf("%d %d %d %zu\n", b[0], bytes[0], (-a)[1], sizeof(v4)); b >>= (v4){ 1, 0, 1, 0 }; printf("%d\n", b[0] + b[2]); return 0;
}
