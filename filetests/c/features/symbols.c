// weak, alias, constructor and destructor order, section, visibility, used; tentative definitions; inline.
#include <stdio.h>
#include <stdlib.h>
extern int missing(void) __attribute__((weak)); int real(void) { return 3; } int other(void) __attribute__((alias("real")));
__attribute__((weak)) int soft = 4; int tentative; int tentative; extern int tentative;
static int order; __attribute__((constructor(102))) static void second(void) { order = order * 10 + 2; } __attribute__((constructor(101))) static void one(void) { order = order * 10 + 1; }
__attribute__((constructor)) static void last(void) { order = order * 10 + 3; } __attribute__((destructor)) static void bye(void) { puts("bye"); }
__attribute__((section("own_data"), used)) static int placed = 6; extern int __start_own_data[], __stop_own_data[];
static inline int small(int x) { return x * x; } __attribute__((noinline)) static int big(int x) { return small(x) + 1; } extern inline __attribute__((gnu_inline)) int only_inline(void) { return 9; }
__attribute__((noreturn)) static void leave(void) { puts("leave"); fflush(stdout); exit(0); }
int main(void) { printf("%d %d %d %d %d %d %td %d\n", missing == 0, other(), soft, tentative, order, placed, __stop_own_data - __start_own_data, big(4)); leave(); }
