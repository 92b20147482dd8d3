// Designated, nested, range, overriding and compound-literal initializers; strings; flexible arrays; static and automatic.
#include <stdio.h>
#include <stddef.h>
struct point { int x, y; };
struct line { struct point from, to; char name[8]; const char *text; };
static struct line lines[] = { [1] = { .to.y = 4, .to = { 5, .y = 6 }, "name" }, { { 1, 2 }, 3, 4, .text = "t" }, [0].from.y = 11 };
static int ranges[] = { [0 ... 3] = 7, [2] = 1, [8] = 2, 3 };
struct flexible { int n; short tail[]; };
static struct flexible flex = { 3, { 1, 2, 3 } };
static struct point *pointer = &(struct point) { 8, 9 };
static char text[] = { "abc" "\0d" }, exact[3] = "xyz", *const strings[] = { "one", [2] = "three" };
static int *address = &ranges[4], distance = &lines[2].to.y - &lines[0].from.x;
union u { int i; double d; } un = { .d = 2.5 };
int main(void) {
    for (int i = 0; i < 3; i++) printf("%d %d %d %d %s %s\n", lines[i].from.x, lines[i].from.y, lines[i].to.x, lines[i].to.y, lines[i].name, lines[i].text ? lines[i].text : "-");
    for (unsigned i = 0; i < sizeof ranges / sizeof *ranges; i++) printf("%d ", ranges[i]);
    printf("%d %d %d %zu\n", flex.tail[2], pointer->y, exact[2], sizeof text);
    printf("%s %d %s %td %d %g\n", strings[0], !strings[1], strings[2], address - ranges, distance, un.d);
    int k = 3; struct point p[] = { { k, k++ }, { .y = k } }; int z[5] = { [3] = k };
    printf("%d %d %d %d\n", p[1].x, p[1].y, z[2], z[3]);
    struct line copy = lines[2]; copy = (struct line) { .name = "lit", .from = p[0] }; printf("%s %d %p\n", copy.name, copy.from.x, (void *)copy.text);
    return 0;
}
