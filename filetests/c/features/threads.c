// Thread-local storage: initialized, zero, static in functions, addresses, in several threads.
#include <pthread.h>
#include <stdio.h>
__thread int own = 5; static _Thread_local long zero[4]; _Thread_local struct { char c; int v; } record = { 'r', 8 };
static int next(void) { static __thread int n = 10; return ++n; }
static void *worker(void *p) { own += 1; zero[2] += own; record.v *= 2; next(); *(long *)p = own * 10000 + zero[2] * 1000 + record.v * 10 + next() - 10; return &own; }
int main(void) {
    long r[2]; void *address; pthread_t t;
    for (int i = 0; i < 2; i++) { pthread_create(&t, 0, worker, &r[i]); pthread_join(t, &address); printf("%ld %d\n", r[i], address != &own); }
    printf("%d %ld %c %d %d\n", own, zero[2], record.c, record.v, next()); return 0;
}
