// switch: ranges, sparse, dense, long and negative values, fall-through, default in the middle, nested, Duff's device.
#include <stdio.h>
static int classify(long long v) { switch (v) { case -5 ... -1: return 1; case 0: return 2; case 1 ... 1000000: return 3; default: return 4; case 1LL << 40: return 5; case 2000000: case 2000001: return 6; } }
static int dense(unsigned char c) { int r = 0; switch (c) { case 'a': r++; case 'b': r += 2; break; case 'c': case 'd': r = 9; break; default: r = -1; case 'e': r *= 2; case 'f': r += 5; } return r; }
static void copy(char *to, const char *from, int count) { int n = (count + 3) / 4; switch (count % 4) { case 0: do { *to++ = *from++; case 3: *to++ = *from++; case 2: *to++ = *from++; case 1: *to++ = *from++; } while (--n > 0); } *to = 0; }
int main(void) {
    static const long long values[] = { -6, -5, -1, 0, 1, 1000000, 1000001, 1LL << 40, 2000000, 2000001, -1LL << 63 };
    for (unsigned i = 0; i < sizeof values / sizeof *values; i++) printf("%d ", classify(values[i]));
    for (int c = '`'; c < 'i'; c++) printf("%d ", dense(c));
    char buffer[20]; copy(buffer, "hello world", 11); puts(buffer);
    for (int i = 0; i < 4; i++) switch (i) { int hidden; case 1: hidden = 4; switch (hidden) { case 4: printf("in "); continue; } case 2: printf("two "); break; default: printf("d "); }
    switch (3) { } puts(""); return 0;
}
