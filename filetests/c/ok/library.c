// Strings, sorting, number parsing, memory, jumps out of functions.
// args: one two
// exits: 7
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int compare(const void *a, const void *b) { return *(const int *)a - *(const int *)b; }

static jmp_buf place;
static int depth(int n)
{
    if (n == 0)
        longjmp(place, 5);
    return depth(n - 1) + 1;
}

int main(int argc, char **argv)
{
    int numbers[] = {5, 3, 9, -2, 7, 0};
    qsort(numbers, 6, sizeof *numbers, compare);
    for (int i = 0; i < 6; i++)
        printf("%d ", numbers[i]);
    int key = 7;
    int *found = bsearch(&key, numbers, 6, sizeof *numbers, compare);
    printf("| %d\n", (int)(found - numbers));

    int jumped = setjmp(place);
    if (!jumped)
        depth(10);
    printf("jumped %d\n", jumped);

    int x, y;
    char word[20], rest[20];
    double d;
    float f;
    long l;
    int n = sscanf("12 abc 3.5 0x1f -7 2.25", "%d %19s %lf %i %ld %f", &x, word, &d, &y, &l, &f);
    printf("%d: %d %s %g %d %ld %g\n", n, x, word, d, y, l, f);
    n = sscanf("key=value;rest", "%[^=]=%[a-z]%n", word, rest, &x);
    printf("%d %s %s %d\n", n, word, rest, x);
    printf("%ld %ld %lu %g %d\n", strtol("  -123abc", NULL, 10), strtol("0x7f", NULL, 0), strtoul("777", NULL, 8),
           strtod("1.5e3xyz", NULL), atoi("99x"));
    printf("%.10f %.10f %.10f %.10f %.6f\n", sin(1), cos(1), sqrt(2), pow(2, 0.5), fmod(10.5, 3));

    char *text = malloc(100);
    strcpy(text, "tok1,tok2;tok3");
    for (char *token = strtok(text, ",;"); token; token = strtok(NULL, ",;"))
        printf("[%s]", token);
    puts("");
    text = realloc(text, 1000);
    memset(text, 'x', 999);
    text[999] = 0;
    printf("%zu\n", strlen(text));
    free(text);

    srand(42);
    x = rand();
    y = rand();
    printf("%d %d\n", x, y);
    printf("%d %d %d %c\n", isalpha('a') != 0, isdigit('x') != 0, isspace('\n') != 0, toupper('q'));
    errno = 0;
    FILE *file = fopen("/nonexistent/x", "r");
    printf("%d %d %s\n", file == NULL, errno, strerror(errno));
    div_t q = div(17, 5);
    ldiv_t r = ldiv(-17, 5);
    printf("%d %d %ld %ld\n", q.quot, q.rem, r.quot, r.rem);
    printf("%d %s %s\n", argc, argv[1], argv[2]);
    double whole;
    int exponent;
    d = frexp(48.0, &exponent);
    printf("%g %d %g ", d, exponent, ldexp(0.75, 6));
    d = modf(3.75, &whole);
    printf("%g %g\n", d, whole);
    return 7;
}
// prints: -2 0 3 5 7 9 | 4
// prints: jumped 5
// prints: 6: 12 abc 3.5 31 -7 2.25
// prints: 2 key value 9
// prints: -123 127 511 1500 99
// prints: 0.8414709848 0.5403023059 1.4142135624 1.4142135624 1.500000
// prints: [tok1][tok2][tok3]
// prints: 999
// prints: 71876166 708592740
// prints: 1 0 1 Q
// prints: 1 2 No such file or directory
// prints: 3 2 -3 -2
// prints: 3 one two
// prints: 0.75 6 48 0.75 3
