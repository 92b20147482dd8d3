/* Dense matrix product in double precision, twice: row by row, and with the second matrix transposed. */
#include <stdio.h>
#include <stdlib.h>

enum { N = 320 };

static void product(const double *a, const double *b, double *c) {
    for (int i = 0; i < N; i++)
        for (int k = 0; k < N; k++) {
            double x = a[i * N + k];
            for (int j = 0; j < N; j++)
                c[i * N + j] += x * b[k * N + j];
        }
}

static double transposed(const double *a, const double *bt) {
    double trace = 0;
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) {
            double sum = 0;
            for (int k = 0; k < N; k++)
                sum += a[i * N + k] * bt[j * N + k];
            trace += sum * ((i + j) % 3 - 1);
        }
    return trace;
}

int main(void) {
    double *a = malloc(sizeof(double) * N * N), *b = malloc(sizeof(double) * N * N);
    double *c = calloc(N * N, sizeof(double));
    for (int i = 0; i < N * N; i++) {
        a[i] = (i * 7 % 19) / 8.0;
        b[i] = (i * 5 % 23) / 16.0 - 0.5;
    }
    double sum = 0;
    for (int round = 0; round < 7; round++) {
        product(a, b, c);
        sum += transposed(c, a);
    }
    printf("%.6g %.6g %.6g\n", c[0], c[N * N - 1], sum);
    free(a), free(b), free(c);
    return 0;
}
