// Loops, comma, conditional with omitted operand, short circuits, recursion, goto into blocks, struct returns.
#include <stdio.h>
#include <string.h>
struct big { int v[10]; char s[6]; }; struct two { char c; short s; };
static struct big make(int n) { struct big b; for (int i = 0; i < 10; i++) b.v[i] = i * n; strcpy(b.s, "made"); return b; }
static struct two swap(struct two t) { struct two r = { (char)t.s, t.c }; return r; } static int side; static int touch(int r) { side++; return r; }
static int ackermann(int m, int n) { return m == 0 ? n + 1 : n == 0 ? ackermann(m - 1, 1) : ackermann(m - 1, ackermann(m, n - 1)); }
int main(void) {
    printf("%d %s %d\n", make(3).v[7], make(1).s, swap((struct two){ 1, 2 }).c); struct big a = make(2), b; b = a; a.v[1] = 99; printf("%d %d\n", b.v[1], (a, b).v[2]);
    printf("%d ", touch(0) && touch(1)); printf("%d ", touch(1) || touch(0)); printf("%d ", touch(5) ?: 8); printf("%d\n", side); int i = 0, j; do { if (i == 3) goto middle; j = i; continue; middle: j = -1; } while (i++ < 5);
    printf("%d %d %d\n", i, j, ackermann(2, 5)); int x = 5; printf("%d\n", (x > 0) + !x); for (int k = 0, m = 10; k < m; k += 3, m--) printf("%d,%d ", k, m); puts("");
    const char *p = "abc"; while (*p) putchar(*p++ + 1); puts(""); unsigned u = 1u << 31; printf("%u %d %x\n", u >> 31, (int)u >> 31, u << 1 | u >> 31); if (0) { dead: puts("jumped"); return 0; } goto dead;
}
