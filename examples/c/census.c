/* A small program with a bit of everything: queens on a board, a game of life, a word count with a hash table, and a
 * least-squares line. Try:
 *
 *     lathe run -O1 -lm examples/c/census.c
 *     lathe run -O1 -lm examples/c/census.c 10 the quick brown fox the lazy dog the end
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- queens: bit masks and recursion ---- */

static unsigned long solutions(unsigned all, unsigned columns, unsigned left, unsigned right) {
    if (columns == all)
        return 1;
    unsigned long found = 0;
    for (unsigned free = all & ~(columns | left | right); free; free &= free - 1) {
        unsigned queen = free & -free;
        found += solutions(all, columns | queen, (left | queen) << 1, (right | queen) >> 1);
    }
    return found;
}

/* ---- life: a glider crosses a board whose edges meet ---- */

enum { ROWS = 8, COLUMNS = 24 };
typedef unsigned char board[ROWS][COLUMNS];

static void generation(board now, board next) {
    for (int row = 0; row < ROWS; row++)
        for (int column = 0; column < COLUMNS; column++) {
            int neighbours = -now[row][column];
            for (int dr = -1; dr <= 1; dr++)
                for (int dc = -1; dc <= 1; dc++)
                    neighbours += now[(row + dr + ROWS) % ROWS][(column + dc + COLUMNS) % COLUMNS];
            next[row][column] = neighbours == 3 || (neighbours == 2 && now[row][column]);
        }
}

static void life(int generations) {
    board boards[2] = {{[0] = {[1] = 1}, [1] = {[2] = 1}, [2] = {1, 1, 1}}};
    for (int i = 0; i < generations; i++)
        generation(boards[i % 2], boards[(i + 1) % 2]);
    for (int row = 0; row < ROWS; row++) {
        for (int column = 0; column < COLUMNS; column++)
            putchar(boards[generations % 2][row][column] ? '#' : '.');
        putchar('\n');
    }
}

/* ---- words: a growing hash table on the heap ---- */

struct entry {
    const char *word;
    unsigned count;
};

struct table {
    struct entry *entries;
    size_t capacity, used;
};

static size_t hash(const char *word) {
    size_t h = 14695981039346656037u;
    while (*word)
        h = (h ^ (unsigned char)*word++) * 1099511628211u;
    return h;
}

static struct entry *slot(struct table *table, const char *word) {
    size_t i = hash(word) & (table->capacity - 1);
    while (table->entries[i].word && strcmp(table->entries[i].word, word) != 0)
        i = (i + 1) & (table->capacity - 1);
    return &table->entries[i];
}

static void count(struct table *table, const char *word) {
    if (table->used * 2 >= table->capacity) {
        struct table larger = {.capacity = table->capacity ? table->capacity * 2 : 8, .used = table->used};
        larger.entries = calloc(larger.capacity, sizeof *larger.entries);
        if (!larger.entries)
            exit(1);
        for (size_t i = 0; i < table->capacity; i++)
            if (table->entries[i].word)
                *slot(&larger, table->entries[i].word) = table->entries[i];
        free(table->entries);
        *table = larger;
    }
    struct entry *entry = slot(table, word);
    table->used += entry->word == NULL;
    entry->word = word;
    entry->count++;
}

static int by_count(const void *a, const void *b) {
    const struct entry *x = a, *y = b;
    if (x->count != y->count)
        return x->count < y->count ? 1 : -1;
    return strcmp(x->word ? x->word : "", y->word ? y->word : "");
}

/* ---- a line through points ---- */

struct line {
    double slope, intercept, error;
};

static struct line fit(const double *y, int n) {
    double sx = 0, sy = 0, sxx = 0, sxy = 0, error = 0;
    for (int x = 0; x < n; x++)
        sx += x, sy += y[x], sxx += (double)x * x, sxy += x * y[x];
    double slope = (n * sxy - sx * sy) / (n * sxx - sx * sx), intercept = (sy - slope * sx) / n;
    for (int x = 0; x < n; x++)
        error += pow(y[x] - (slope * x + intercept), 2);
    return (struct line){slope, intercept, sqrt(error / n)};
}

int main(int argc, char **argv) {
    int size = argc > 1 ? atoi(argv[1]) : 8;
    if (size < 1 || size > 14) {
        fprintf(stderr, "usage: %s [SIZE 1..14] [WORD...]\n", argv[0]);
        return 2;
    }
    double growth[14];
    for (int n = 1; n <= size; n++) {
        unsigned long found = solutions((1u << n) - 1, 0, 0, 0);
        growth[n - 1] = log(1 + found);
        printf("%2d queens: %lu\n", n, found);
    }
    struct line line = fit(growth, size);
    printf("log(1 + solutions) = %.3f n %+.3f, off by %.3f\n\n", line.slope, line.intercept, line.error);
    life(40);

    struct table table = {0};
    static const char *fallback[] = {"a", "rose", "is", "a", "rose", "is", "a", "rose"};
    const char **words = argc > 2 ? (const char **)argv + 2 : fallback;
    int number = argc > 2 ? argc - 2 : (int)(sizeof fallback / sizeof *fallback);
    for (int i = 0; i < number; i++)
        count(&table, words[i]);
    qsort(table.entries, table.capacity, sizeof *table.entries, by_count);
    putchar('\n');
    for (size_t i = 0; i < table.used; i++)
        printf("%-8s %u\n", table.entries[i].word, table.entries[i].count);
    free(table.entries);
    return 0;
}
