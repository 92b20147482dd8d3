/* Escape times of the Mandelbrot set: a tight loop of double arithmetic and a compare. */
#include <stdio.h>

static int escape(double cr, double ci, int limit) {
    double r = 0, i = 0;
    int n = 0;
    while (n < limit && r * r + i * i < 4.0) {
        double t = r * r - i * i + cr;
        i = 2 * r * i + ci;
        r = t;
        n++;
    }
    return n;
}

int main(void) {
    enum { SIZE = 500, LIMIT = 1600 };
    long total = 0, inside = 0;
    for (int y = 0; y < SIZE; y++)
        for (int x = 0; x < SIZE; x++) {
            int n = escape(3.0 * x / SIZE - 2.2, 3.0 * y / SIZE - 1.5, LIMIT);
            total += n;
            inside += n == LIMIT;
        }
    printf("%ld %ld\n", total, inside);
    return 0;
}
