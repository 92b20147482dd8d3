/* Arrays indexed by narrow and wide counters, forwards and backwards, by rows and columns. */
#include <stdio.h>
#include <string.h>
struct record { int key; short tag[3]; double weight; char name[11]; };
static int table[12][7];
static struct record records[20];
__attribute__((noinline)) static long rows(int n, int m) {
    long sum = 0;
    for (int i = 0; i < n; i++)
        for (int j = 0; j < m; j++)
            sum += table[i][j] * (j - i);
    return sum;
}
__attribute__((noinline)) static long columns(int n, int m) {
    long sum = 0;
    for (int j = m - 1; j >= 0; j--)
        for (int i = n - 1; i >= 0; i -= 2)
            sum = sum * 3 + table[i][j];
    return sum;
}
__attribute__((noinline)) static double weights(struct record *r, int from, int to, int skip) {
    double sum = 0;
    for (int i = from; i < to; i++) {
        if (i % 4 == skip) continue;
        sum += r[i].weight * r[i].key + r[i].tag[1] - r[i + 1].tag[2];
    }
    return sum;
}
__attribute__((noinline)) static unsigned hash(const char *s, unsigned n) {
    unsigned h = n;
    for (unsigned i = 0; i < n; i++) h = h * 31 + s[i] + s[n - 1 - i];
    for (unsigned char c = 250; c != 4; c++) h ^= c << (c & 7);
    for (short k = -3; k <= 3; k++) h += (unsigned)s[k + 3] << (k + 3);
    return h;
}
__attribute__((noinline)) static int search(const int *v, int n, const int *limit) {
    int found = -1;
    for (int i = 0; i < n; i++) {
        if (v[i] > *limit) { found = i; break; }
        if (v[i] == -1) return -2;
    }
    return found;
}
__attribute__((noinline)) static int overlap(int *p, int *q, int n) {
    int sum = 0;
    for (int i = 0; i < n; i++) { p[i] += *q; sum += p[i]; }
    return sum;
}
__attribute__((noinline)) static int local(int n, int at) {
    int a[8] = {0}, sum = 0;
    a[0] = 1;
    a[at] = 5;
    for (int i = 0; i < n; i++) { sum += a[0]; a[i & 7] += i; }
    return sum + a[0];
}
int main(void) {
    for (int i = 0; i < 12; i++)
        for (int j = 0; j < 7; j++) table[i][j] = i * 100 + j * 7 - 300;
    for (int i = 0; i < 20; i++) {
        records[i].key = i * 3;
        for (int k = 0; k < 3; k++) records[i].tag[k] = i - k * 11;
        records[i].weight = i / 4.0;
        snprintf(records[i].name, sizeof records[i].name, "r%d", i);
    }
    for (int n = 0; n <= 12; n += 3) printf("%ld %ld\n", rows(n, 7), columns(n, 5));
    for (int n = 0; n < 19; n += 5) printf("%g %g\n", weights(records, 1, n, 2), weights(records, n, 19, 9));
    printf("%u %u\n", hash("some text to hash", 17), hash("seven..", 7));
    printf("%d %d\n", search(table[5], 7, &table[0][3]), search(table[0], 7, &table[9][0]));
    int v[9] = {1, 2, 3, 4, 5, 6, 7, 8, 9};
    printf("%d\n", overlap(v, v + 4, 9));
    printf("%d\n", overlap(v, &v[8], 8));
    for (int k = 0; k < 8; k += 3) printf("%d\n", local(20, k));
    return 0;
}
