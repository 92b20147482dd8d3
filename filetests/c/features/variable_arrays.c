// Variable-length arrays: sizes evaluated once, two dimensions, sizeof, loops that free the stack, parameters.
#include <stdio.h>
static int calls;
static int count(void) { calls++; return 3 + calls; }
static int total(int n, int m, int a[n][m]) { int s = 0; for (int i = 0; i < n; i++) for (int j = 0; j < m; j++) s += a[i][j]; return s; }
int main(void) {
    int a[count()][5];
    for (int i = 0; i < 4; i++) for (int j = 0; j < 5; j++) a[i][j] = i * j;
    printf("%zu %zu %d %d\n", sizeof a, sizeof a[0], calls, total(4, 5, a));
    long sum = 0;
    for (int i = 1; i < 20000; i++) { char block[i % 1000 + 1]; block[0] = i; block[i % 1000] += 1; sum += block[0]; if (i % 3) continue; }
    printf("%ld\n", sum);
    int n = 6; typedef short row[n]; n = 100; row r; printf("%zu\n", sizeof r);
    int (*p)[n] = __builtin_alloca(sizeof *p * 2); p[1][3] = 9; printf("%zu %d\n", sizeof *p, p[1][3]);
    return 0;
}
