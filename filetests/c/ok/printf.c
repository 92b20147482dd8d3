// The printf family: flags, widths, precisions, lengths, floats of every size.
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static void twice(const char *format, ...)
{
    va_list list, copy;
    va_start(list, format);
    va_copy(copy, list);
    vprintf(format, list);
    vprintf(format, copy);
    va_end(list);
    va_end(copy);
}

int main(void)
{
    printf("%5d|%-5d|%05d|%+d|% d|%x|%X|%#x|%o|%#o|%u\n", 42, 42, 42, 42, 42, 255, 255, 255, 8, 8, -1);
    printf("%hhd %hd %ld %lld %zu %jd %td\n", (char)-3, (short)-300, -5L, -6LL, sizeof(int), (intmax_t)7, (ptrdiff_t)8);
    printf("%f %.0f %.3f %10.2f|%-10.2f|%+.1f\n", 3.14159, 2.5, 1.0005, 2.345, 2.345, 1.25);
    printf("%e %.2E %g %g %g %g %G\n", 12345.678, 0.00012, 100000.0, 1000000.0, 0.0001, 0.00001, 1e-10);
    printf("%a %a %.2a %A\n", 1.0, 0.1, 3.99, -2.5);
    printf("%Lf %Le %Lg %.20Lf\n", 3.5L, 1e4000L, 0.1L, 0.1L);
    printf("%s|%10s|%-10s|%.2s|%c|%%\n", "abc", "abc", "abc", "abc", 'z');
    printf("%*d %-*d| %.*f\n", 6, 42, 6, 42, 2, 3.14159);
    printf("%f %f %e\n", 1.0 / 0.0, -1.0 / 0.0, 0.0);
    printf("%.15g %.17g %g\n", 0.1, 0.1, 123456789.0);
    twice("%d-%s-%g;", 1, "two", 3.0);
    puts("");
    char buffer[64];
    int n = snprintf(buffer, 10, "hello %d world", 42);
    printf("%d %s\n", n, buffer);
    n = sprintf(buffer, "%s%n", "four", &n);
    printf("%d %zu\n", n, strlen(buffer));
    return 0;
}
// prints:    42|42   |00042|+42| 42|ff|FF|0xff|10|010|4294967295
// prints: -3 -300 -5 -6 4 7 8
// prints: 3.141590 2 1.000       2.35|2.35      |+1.2
// prints: 1.234568e+04 1.20E-04 100000 1e+06 0.0001 1e-05 1E-10
// prints: 0x1p+0 0x1.999999999999ap-4 0x1.ffp+1 -0X1.4P+1
// prints: 3.500000 1.000000e+4000 0.1 0.10000000000000000000
// prints: abc|       abc|abc       |ab|z|%
// prints:     42 42    | 3.14
// prints: inf -inf 0.000000e+00
// prints: 0.1 0.10000000000000001 1.23457e+08
// prints: 1-two-3;1-two-3;
// prints: 14 hello 42
// prints: 4 4
