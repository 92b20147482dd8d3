// _Atomic objects and the __atomic and __sync builtins, of every size, also in threads.
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
static _Atomic int counter; static atomic_long big; static _Atomic unsigned char byte = 250; static _Atomic double real = 1.5;
struct pair { int a, b; }; static _Atomic struct pair pairs;
static void *worker(void *p) { for (int i = 0; i < 20000; i++) { counter++; atomic_fetch_add_explicit(&big, 3, memory_order_relaxed); __sync_fetch_and_add((int *)p, 1); } return 0; }
int main(void) {
    int plain = 0; pthread_t t[3];
    for (int i = 0; i < 3; i++) pthread_create(&t[i], 0, worker, &plain);
    for (int i = 0; i < 3; i++) pthread_join(t[i], 0);
    printf("%d %ld %d\n", counter, big, plain);
    byte += 10; real = real * 2; counter ^= 5; printf("%d %g %d\n", byte, real, counter--);
    pairs = (struct pair) { 3, 4 }; struct pair got = pairs; printf("%d %d\n", got.a, got.b);
    long expected = 1; int done = __atomic_compare_exchange_n(&big, &expected, 9, 0, 5, 5); printf("%d %ld\n", done, expected);
    done = atomic_compare_exchange_strong(&big, &expected, 9); printf("%d %ld\n", done, (long)big);
    short s = 7; int a = __atomic_exchange_n(&s, 8, 5), b = __atomic_or_fetch(&s, 3, 5), c = __sync_bool_compare_and_swap(&s, 11, 1); printf("%d %d %d\n", a, b, c);
    atomic_flag flag = ATOMIC_FLAG_INIT; a = atomic_flag_test_and_set(&flag); b = atomic_flag_test_and_set(&flag); printf("%d %d\n", a, b);
    a = __atomic_fetch_nand(&s, 1, 5); printf("%d %d\n", a, s); atomic_thread_fence(memory_order_seq_cst);
    return 0;
}
