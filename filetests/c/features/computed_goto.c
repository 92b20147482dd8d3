// Labels as values: a static table, differences of labels, an interpreter loop; local labels in statement expressions.
#include <stdio.h>
static int run(const unsigned char *code) {
    static void *const table[] = { &&add, &&sub, &&mul, &&halt };
    static const int offsets[] = { &&add - &&add, &&halt - &&add };
    int acc = 1;
    goto *table[*code];
add: acc += *++code; goto *table[*++code];
sub: acc -= *++code; goto *table[*++code];
mul: acc *= *++code; goto *table[*++code];
halt: return acc + (offsets[0] == 0) + (offsets[1] != 0);
}
int main(void) {
    static const unsigned char code[] = { 0, 9, 2, 5, 1, 3, 0, 100, 3 };
    printf("%d\n", run(code));
    for (int i = 0; i < 3; i++)
        printf("%d\n", ({ __label__ out; int r = i; if (i == 1) goto out; r *= 10; out: r + 1; }));
    return 0;
}
