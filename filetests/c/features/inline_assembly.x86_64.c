// Inline assembly: operands by register, memory, number, match and name; flags; clobbers; asm goto; asm names.
#include <stdio.h>
static unsigned long add(unsigned long a, unsigned long b) { unsigned char carry; asm("addq %[b], %[a]\n\tsetc %[c]" : [a] "+r"(a), [c] "=q"(carry) : [b] "rm"(b) : "cc"); return a + carry; }
static int bit(unsigned v) { int r; asm("bsfl %1, %0" : "=r"(r) : "rm"(v) : "cc"); return r; }
static int jumps(int v) { asm goto("testl %0, %0\n\tjs %l[negative]" : : "r"(v) : "cc" : negative); return 1; negative: return -1; }
static void identify(unsigned leaf, unsigned *a, unsigned *d) { unsigned b, c; asm volatile("cpuid" : "=a"(*a), "=b"(b), "=c"(c), "=d"(*d) : "0"(leaf), "2"(0)); }
int renamed(void) asm("other_name"); int renamed(void) { return 5; } int other_name(void);
asm(".globl from_asm\nfrom_asm: movl $99, %eax\n ret"); int from_asm(void);
int main(void) {
    printf("%lu %lu %d %d %d\n", add(3, 4), add(~0ul, 5), bit(64), jumps(3), jumps(-3));
    unsigned a = 0, d = 0; identify(0, &a, &d); printf("%d\n", a > 0);
    int x = 1, y = 2; asm("xchgl %0, %1" : "+r"(x), "+r"(y)); printf("%d %d\n", x, y);
    asm volatile("movl %1, %0" : "=m"(x) : "i"(77)); int z; asm("leal (%1,%1,4), %0" : "=&r"(z) : "r"(x)); printf("%d %d\n", x, z);
    double f = 2; asm("sqrtsd %1, %0" : "=x"(f) : "x"(f)); printf("%.6f %d %d\n", f, other_name(), from_asm());
    char buffer[6] = "aaaaa"; char *to = buffer; unsigned long n = 3; asm volatile("rep stosb" : "+D"(to), "+c"(n) : "a"('z') : "memory"); puts(buffer);
    return 0;
}
