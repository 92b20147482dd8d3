// _Generic, typeof, __auto_type, _Static_assert, _Alignof, __builtin_types_compatible_p, choose_expr, usual conversions.
#include <stdio.h>
#include <limits.h>
#define NAME(x) _Generic((x), char: "char", signed char: "schar", int: "int", unsigned: "uint", long: "long", unsigned long: "ulong", float: "float", double: "double", long double: "ldouble", char *: "char*", const char *: "cchar*", int (*)(void): "fn", default: "other")
static int fn(void) { return 0; }
_Static_assert(sizeof(long) == sizeof(void *), "LP64 or ILP32");
int main(void) {
    short s = -1; unsigned char c = 200; unsigned u = 1; const char *cs = ""; float f = 1;
    printf("%s %s %s %s %s %s\n", NAME(s + c), NAME(s + u), NAME(1L + u), NAME('a'), NAME(fn), NAME("x"));
    printf("%s %s %s %s %s\n", NAME(cs), NAME(f * 2), NAME(f * 2.0), NAME(f + 1.0L), NAME(sizeof 0));
    printf("%s %s %s %s\n", NAME(0x7fffffff), NAME(0x80000000), NAME(2147483648), NAME(1 ? 1u : -1L));
    typeof(c) d = 300; __auto_type e = 3.5; typeof(int *) q = 0;
    printf("%d %g %d %zu %d\n", d, e, q == 0, _Alignof(long double), __builtin_types_compatible_p(typeof(s), short));
    printf("%d %d %d\n", -1 < 1u, (short)-1 < (unsigned short)1, (signed char)c >> 1);
    printf("%d %u %d %d\n", INT_MIN / -1L == 2147483648L, -1u / 2, -7 / 2, -7 % 3);
    printf("%ld %d\n", __builtin_choose_expr(1, 5L, "no"), (int)(unsigned char)~0);
    return 0;
}
