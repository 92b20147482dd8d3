/* Locals of scopes that are never open together have the same memory; nothing else may show. */
#include <stdio.h>
#include <string.h>
struct big { char b[64]; };
static int g(char *p, int k) { memset(p, k, 64); return p[k & 63]; }
__attribute__((noinline)) static int h(struct big *b) { int s = 0; for (int i = 0; i < 64; i++) s += b->b[i]; return s; }
static int inl(int k) { struct big b; memset(&b, k, sizeof b); return h(&b); }
int f(int n) {
  int s = 0;
  for (int i = 0; i < n; i++) {
    { char a[64]; s += g(a, i); if (s > 1000) continue; s += a[3]; }
    { char b[100]; s += g(b, i + 1); if (s == 77) break; s += b[4]; }
    switch (i & 3) { case 0: { struct big q; g(q.b, 3); s += h(&q); break; } case 1: ; char z[32]; z[0] = i; s += z[0]; break; default: { struct big w; g(w.b, 4); s -= h(&w); } }
  }
  s += inl(3) + inl(4);
  return s;
}
int main(void) { for (int i = 0; i < 9; i++) printf("%d\n", f(i * 3)); return 0; }
