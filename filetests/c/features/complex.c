// _Complex of three sizes: arithmetic, parts, conjugates, comparison, calls.
#include <complex.h>
#include <stdio.h>
static double complex twice(double complex z, float complex w) { return z * 2 + w; }
static long double complex wide(long double complex z) { return z / (1 + 2i); }
int main(void) {
    double complex z = 3 + 4i; float complex w = 1.5f - 2.5if; volatile double complex v = z;
    printf("%g %g %g %g\n", creal(z * w), cimag(z * w), creal(z / w), cimag(z / w));
    double complex t = twice(z, w); printf("%g %g %g\n", creal(t), cimag(t), cabs(v));
    long double complex l = wide(5 - 5i); printf("%Lg %Lg\n", creall(l), cimagl(l));
    printf("%d %d %g %g\n", z == v, z != w, creal(~z), cimag(~z));
    __real__ z = 9; __imag__ z += 1; z -= 1; z *= z; printf("%g %g %d\n", creal(z), cimag(z), !z);
    double complex a[2] = { 1, 2i }; printf("%g %g %zu\n", creal(a[0] + a[1]), cimag(a[1]), sizeof w);
    return 0;
}
