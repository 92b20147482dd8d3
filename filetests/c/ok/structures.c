// Structures by value, unions, arrays of them, function pointers, recursion.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct point { double x, y; };
struct named { int id; char name[12]; struct point at; };
union number { int i; float f; unsigned char bytes[4]; };
typedef struct node { struct node *left, *right; int key; } node;

static struct named make(int id, const char *name, double x)
{
    struct named result = {.id = id, .at = {x, -x}};
    strcpy(result.name, name);
    return result;
}

static double length(struct point p) { return p.x * p.x + p.y * p.y; }
static struct point add(struct point a, struct point b) { return (struct point){a.x + b.x, a.y + b.y}; }

static node *insert(node *tree, int key)
{
    if (!tree) {
        tree = calloc(1, sizeof *tree);
        tree->key = key;
    } else if (key < tree->key)
        tree->left = insert(tree->left, key);
    else
        tree->right = insert(tree->right, key);
    return tree;
}

static int height(const node *tree)
{
    if (!tree)
        return 0;
    int a = height(tree->left), b = height(tree->right);
    return 1 + (a > b ? a : b);
}

static int twice(int x) { return 2 * x; }
static int square(int x) { return x * x; }

int main(void)
{
    struct named list[2] = {make(1, "first", 1.5), make(2, "second", 2)};
    for (int i = 0; i < 2; i++)
        printf("%d %s %g %g\n", list[i].id, list[i].name, list[i].at.x, length(list[i].at));
    struct point sum = add(list[0].at, list[1].at);
    printf("%g %g\n", sum.x, sum.y);
    union number n = {.f = 1.0f};
    printf("%x %d\n", n.i, n.bytes[3]);
    int (*table[])(int) = {twice, square};
    for (int i = 0; i < 2; i++)
        printf("%d ", table[i](7));
    puts("");
    node *tree = NULL;
    unsigned seed = 1;
    for (int i = 0; i < 1000; i++) {
        seed = seed * 1103515245u + 12345u;
        tree = insert(tree, seed >> 8);
    }
    printf("%d\n", height(tree));
    int size = 5, total = 0;
    int grid[size][size];
    for (int i = 0; i < size; i++)
        for (int j = 0; j < size; j++)
            grid[i][j] = i * j;
    for (int i = 0; i < size; i++)
        total += grid[i][i];
    printf("%d %zu\n", total, sizeof grid);
    void *labels[] = {&&one, &&two};
    goto *labels[total > 10];
one:
    puts("one");
    return 1;
two:
    puts("two");
    return 0;
}
// prints: 1 first 1.5 4.5
// prints: 2 second 2 8
// prints: 3.5 -3.5
// prints: 3f800000 63
// prints: 14 49
// prints: 22
// prints: 30 100
// prints: two
