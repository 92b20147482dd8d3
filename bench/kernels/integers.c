/* Integers and memory: a sieve, a hash table with open addressing, a sort. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LIMIT = 16000000, SLOTS = 1 << 21, KEYS = 1200000 };

static uint32_t state = 12345;

static uint32_t next(void) {
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return state;
}

static long sieve(void) {
    unsigned char *composite = calloc(LIMIT + 1, 1);
    long count = 0;
    for (int64_t i = 2; i <= LIMIT; i++) {
        if (composite[i])
            continue;
        count++;
        for (int64_t j = i * i; j <= LIMIT; j += i)
            composite[j] = 1;
    }
    free(composite);
    return count;
}

static long probe(void) {
    uint32_t *table = calloc(SLOTS, sizeof *table);
    long steps = 0;
    for (int i = 0; i < KEYS; i++) {
        uint32_t key = next() | 1, slot = key * 2654435761u >> 11;
        while (table[slot] && table[slot] != key) {
            slot = (slot + 1) & (SLOTS - 1);
            steps++;
        }
        table[slot] = key;
    }
    free(table);
    return steps;
}

static int compare(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

int main(void) {
    uint32_t *values = malloc(KEYS * sizeof *values), check = 0;
    for (int i = 0; i < KEYS; i++)
        values[i] = next();
    qsort(values, KEYS, sizeof *values, compare);
    for (int i = 0; i < KEYS; i++)
        check = check * 31 + values[i];
    printf("%ld %ld %u\n", sieve(), probe(), check);
    free(values);
    return 0;
}
