// setjmp and longjmp, with volatile locals, through several frames; __builtin_setjmp is left to others.
#include <setjmp.h>
#include <stdio.h>
static jmp_buf target;
static void deep(int n) { char pad[100]; pad[n] = 1; if (n == 0) longjmp(target, 7); deep(n - 1); printf("%d", pad[n]); }
int main(void) {
    volatile int tries = 0; int code = setjmp(target); printf("code %d\n", code);
    tries++; if (tries < 4) deep(tries * 3);
    printf("%d\n", tries); return 0;
}
