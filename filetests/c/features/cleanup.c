// cleanup attributes at the end of blocks, with break, continue, goto, return and in reverse order.
#include <stdio.h>
static void bye(int *p) { printf("bye %d\n", *p); }
#define OWNED __attribute__((cleanup(bye))) int
static int early(int n) { OWNED a = n; { OWNED b = n + 1; if (n > 5) return a + b; } OWNED c = n + 2; if (n == 3) goto out; printf("not out\n"); out: return c; }
int main(void) {
    printf("%d\n", early(1)); printf("%d\n", early(3)); printf("%d\n", early(6));
    for (int i = 0; i < 4; i++) { OWNED x = i * 100; if (i == 1) continue; if (i == 2) break; printf("loop\n"); }
    return 0;
}
