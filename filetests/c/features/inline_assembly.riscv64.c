// Inline assembly of RISC-V: registers, memory, numbers, floats, atomics, asm goto, register variables, asm names.
#include <stdio.h>
static long add(long a, long b) { long r; asm("add %0, %1, %2" : "=r"(r) : "r"(a), "r"(b)); return r; }
static long more(long a) { long r; asm("addi %0, %1, %2" : "=r"(r) : "r"(a), "I"(-2048)); return r; }
static int jumps(int v) { asm goto("bltz %0, %l[negative]" : : "r"(v) : : negative); return 1; negative: return -1; }
static double root(double d) { double r; asm("fsqrt.d %0, %1" : "=f"(r) : "f"(d)); return r; }
static unsigned long fixed(unsigned long v) { register unsigned long a3 asm("a3") = v; asm("slli %0, %0, 4" : "+r"(a3)); return a3; }
static int load(int *p) { int r; asm("lw %0, %1" : "=r"(r) : "m"(*p)); return r; }
static int fetch(int *p, int v) { int old; asm volatile("amoadd.w.aqrl %0, %2, %1" : "=r"(old), "+A"(*p) : "r"(v) : "memory"); return old; }
static long zero(long v) { long r; asm("add %0, %1, %z2" : "=r"(r) : "r"(v), "rJ"(0)); return r; }
int renamed(void) asm("other_name"); int renamed(void) { return 5; } int other_name(void);
asm(".globl from_asm\n.type from_asm, @function\nfrom_asm: li a0, 99\n ret"); int from_asm(void);
int main(void) {
    int x = 31; printf("%ld %ld %d %d %.6f %lu %d\n", add(3, 4), more(5000), jumps(3), jumps(-3), root(2), fixed(3), load(&x));
    printf("%d %d %d %d %ld\n", fetch(&x, 8), x, other_name(), from_asm(), zero(4));
    long low, high; asm("mulhu %1, %2, %3\n\tmul %0, %2, %3" : "=&r"(low), "=&r"(high) : "r"(1L << 62), "r"(12L)); printf("%ld %ld\n", low, high);
    asm volatile("sw %1, %0" : "=m"(x) : "r"(123)); printf("%d\n", x);
    asm("la %0, other_name" : "=r"(low)); printf("%d\n", low == (long)renamed);
    return 0;
}
