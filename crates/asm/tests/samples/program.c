#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int counter;
int shared = 5;
static const char *const names[] = {"zero", "one", "two", "three"};
__thread int local_state;
double weights[16] = {1.5, 2.5, -3.25};

struct point {
    long x, y;
    float w;
};

static int classify(int c) {
    switch (c) {
    case 0: return 3;
    case 1: return counter++;
    case 2: return shared;
    case 3: return -1;
    case 4: return c << 3;
    case 5: return c * 1000;
    case 9: return (int)weights[2];
    default: return 77;
    }
}

double mean(const double *v, size_t n) {
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += v[i] * 0.5 + (double)i;
    return n ? sum / (double)n : 0.0;
}

struct point scale(struct point p, float f) {
    p.x = (long)((float)p.x * f);
    p.y = (long)((double)p.y * f);
    p.w = p.w > f ? p.w : f;
    return p;
}

int total(int n, ...) {
    va_list list;
    va_start(list, n);
    int sum = 0;
    while (n-- > 0)
        sum += va_arg(list, int);
    va_end(list);
    return sum;
}

unsigned long long mix(unsigned long long a, unsigned b) {
    a ^= a >> 33;
    a *= 0xff51afd7ed558ccdULL;
    a = (a << (b & 63)) | (a >> (64 - (b & 63)));
    return a / (b | 1) + a % 10;
}

int main(int argc, char **argv) {
    char buffer[64];
    local_state = argc;
    struct point p = scale((struct point){argc, 2, 1.0f}, 1.5f);
    snprintf(buffer, sizeof buffer, "%s %ld %f", names[argc & 3], p.x + p.y, mean(weights, 16));
    puts(buffer);
    long double big = (long double)mix(argc, 7) * 1.25L;
    printf("%d %Lf %zu\n", classify(argc) + total(3, 1, 2, 3), big, strlen(argv[0]));
    return __atomic_fetch_add(&counter, 1, __ATOMIC_SEQ_CST) + local_state;
}
