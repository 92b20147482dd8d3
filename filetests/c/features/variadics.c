// Variadic functions: many of each class, structs, long double, va_copy, passing the list on, K&R definitions.
#include <stdarg.h>
#include <stdio.h>
struct small { int a; float b; }; struct large { long v[5]; }; struct fl { double x, y; };
static void all(const char *kinds, ...) {
    va_list ap, again; va_start(ap, kinds); va_copy(again, ap);
    for (int pass = 0; pass < 2; pass++) {
        va_list *l = pass ? &again : &ap;
        for (const char *k = kinds; *k; k++) switch (*k) {
            case 'i': printf("%d ", va_arg(*l, int)); break;
            case 'l': printf("%ld ", va_arg(*l, long)); break;
            case 'd': printf("%g ", va_arg(*l, double)); break;
            case 'L': printf("%Lg ", va_arg(*l, long double)); break;
            case 's': { struct small s = va_arg(*l, struct small); printf("{%d %g} ", s.a, s.b); break; }
            case 'b': printf("[%ld] ", va_arg(*l, struct large).v[4]); break;
            case 'f': { struct fl f = va_arg(*l, struct fl); printf("<%g %g> ", f.x, f.y); break; }
        }
        puts("");
    }
    va_end(again); va_end(ap);
}
static int log_to(char *out, const char *format, ...) { va_list ap; va_start(ap, format); int n = vsprintf(out, format, ap); va_end(ap); return n; }
static int old(a, c, f) int a; char c; float f; { return a + c + (int)f; }
int main(void) {
    struct small s = { 1, 2.5f }; struct large b = { { 1, 2, 3, 4, 5 } }; struct fl f = { 6, 7 };
    all("iiiiiiidddddddddLsbf", 1, 2, 3, 4, 5, 6, 7, 1., 2., 3., 4., 5., 6., 7., 8., 9., 10.L, s, b, f);
    all("sfLblid", s, f, 1.5L, b, -1L, 3, 0.5); char text[99]; printf("%d ", log_to(text, "%s-%d-%.2f-%c", "x", 5, 1.25, 'y')); puts(text);
    printf("%d\n", old(1, 'a', 2.9)); return 0;
}
