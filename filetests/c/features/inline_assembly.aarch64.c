// Inline assembly of AArch64: registers, widths, memory, numbers, vectors, flags, asm goto, register variables, asm names.
#include <stdio.h>
static long add(long a, long b) { long r; asm("add %0, %1, %2" : "=r"(r) : "r"(a), "rI"(b)); return r; }
static int half(int v) { int r; asm("asr %w0, %w1, #1" : "=r"(r) : "r"(v)); return r; }
static int jumps(int v) { asm goto("tbnz %w0, #31, %l[negative]" : : "r"(v) : : negative); return 1; negative: return -1; }
static int less(long a, long b) { int r; asm("cmp %1, %2" : "=@cclt"(r) : "r"(a), "r"(b)); return r; }
static double root(double d) { double r; asm("fsqrt %d0, %d1" : "=w"(r) : "w"(d)); return r; }
static unsigned long fixed(unsigned long v) { register unsigned long x9 asm("x9") = v; asm("lsl %0, %0, #4" : "+r"(x9)); return x9; }
static int load(int *p) { int r; asm("ldr %w0, %1" : "=r"(r) : "m"(*p)); return r; }
static int exchange(int *p, int v) { int old, failed; asm volatile("1: ldaxr %w0, %2\n\tstlxr %w1, %w3, %2\n\tcbnz %w1, 1b" : "=&r"(old), "=&r"(failed), "+Q"(*p) : "r"(v) : "memory"); return old; }
int renamed(void) asm("other_name"); int renamed(void) { return 5; } int other_name(void);
asm(".globl from_asm\n.type from_asm, %function\nfrom_asm: mov w0, #99\n ret"); int from_asm(void);
int main(void) {
    int x = 31, out; printf("%ld %ld %d %d %d %d %d\n", add(3, 4), add(3, 4095), half(-9), jumps(3), jumps(-3), less(1, 2), less(2, 1));
    printf("%.6f %lu %d %d\n", root(2), fixed(3), load(&x), exchange(&x, 8)); printf("%d %d %d\n", x, other_name(), from_asm());
    asm("mov %w0, %w1" : "=r"(out) : "i"(77)); printf("%d\n", out); asm("mov %w0, %w1" : "=r"(out) : "rZ"(0)); printf("%d\n", out);
    long low, high; asm("umulh %1, %2, %3\n\tmul %0, %2, %3" : "=&r"(low), "=&r"(high) : "r"(1L << 62), "r"(12L)); printf("%ld %ld\n", low, high);
    float a[4] = { 1, 2, 3, 4 }, sum; asm("ld1 {v3.4s}, [%1]\n\tfaddp v3.4s, v3.4s, v3.4s\n\tfaddp %s0, v3.2s" : "=w"(sum) : "r"(a), "m"(a) : "v3"); printf("%g\n", sum);
    return 0;
}
