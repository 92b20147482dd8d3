// Inline assembly of i686: registers, memory, numbers, pairs, byte registers, flags, asm goto, asm names.
#include <stdio.h>
static unsigned add(unsigned a, unsigned b) { unsigned char carry; asm("addl %[b], %[a]\n\tsetc %[c]" : [a] "+r"(a), [c] "=q"(carry) : [b] "rm"(b) : "cc"); return a + carry; }
static unsigned long long wide(unsigned a, unsigned b) { unsigned long long r; asm("mull %2" : "=A"(r) : "a"(a), "r"(b) : "cc"); return r; }
static int jumps(int v) { asm goto("testl %0, %0\n\tjs %l[negative]" : : "r"(v) : "cc" : negative); return 1; negative: return -1; }
static int zero(int v) { int z; asm("testl %1, %1" : "=@ccz"(z) : "r"(v)); return z; }
int renamed(void) asm("other_name"); int renamed(void) { return 5; } int other_name(void);
asm(".globl from_asm\nfrom_asm: movl $99, %eax\n ret"); int from_asm(void);
int main(void) {
    printf("%u %u %llu %d %d %d %d\n", add(3, 4), add(~0u, 5), wide(3000000000u, 5), jumps(3), jumps(-3), zero(0), zero(2));
    int x = 1, y = 2; asm("xchgl %0, %1" : "+r"(x), "+r"(y)); printf("%d %d\n", x, y);
    asm volatile("movl %1, %0" : "=m"(x) : "i"(77)); int z; asm("leal (%1,%1,4), %0" : "=&r"(z) : "r"(x)); printf("%d %d\n", x, z);
    double f = 2; asm("sqrtsd %1, %0" : "=x"(f) : "x"(f)); printf("%.6f %d %d\n", f, other_name(), from_asm());
    char buffer[6] = "aaaaa"; char *to = buffer; unsigned n = 3; asm volatile("rep stosb" : "+D"(to), "+c"(n) : "a"('z') : "memory"); puts(buffer);
    unsigned short low; asm("movb $1, %b0\n\tmovb $2, %h0" : "=Q"(low) : : "cc"); printf("%u\n", low);
    return 0;
}
