#include <stdarg.h>
#include <stddef.h>

typedef unsigned char u8; typedef int v4si __attribute__((vector_size(16))); typedef float v4sf __attribute__((vector_size(16)));
struct anon { int a; union { int b; struct { short c, d; }; }; int tail[]; };
struct anon fl = { 1, { .c = 2, .d = 3 }, { 1, 2, 3 } };
int arr[] = { [3] = 1, 2, [0 ... 1] = 7, [10] = 5 };
_Static_assert(sizeof arr == 11 * sizeof(int), "len");
char str[] = "hello" " world"; char str2[3] = "abc"; wchar_t ws[] = L"wide";
const char *names[] = { "a", "b", [5] = "f" };
struct bf { unsigned a:3, b:5; int :0; _Bool c:1; long d:40; } bf = { 1, 2, 1, -5 };
union u { int i; float f; char c[8]; } uu = { .f = 1.5f }, u2 = { .c = "xyz" };
int *p = &arr[3], *q = arr + 2; long diff = &arr[5] - &arr[2];
void *vp = &fl.tail[1]; size_t off = offsetof(struct anon, d); size_t off2 = __builtin_offsetof(struct anon, tail[2]);
double d1 = 1.0 / 3, d2 = -0.0, d3 = 1e308 * 10; float f1 = 0.1; long double ld = 1.0L / 3;
int (*fp)(const char *, ...) ; int (*fparr[3])(int), *(*ff(int))(char);
enum E { A, B = 10, C, D = -1 }; enum big { X = 1ULL << 40 };
static inline int sq(int x) { return x * x; }
extern inline __attribute__((gnu_inline)) int gi(int x) { return x; }
_Noreturn void die(void);
__thread int tls = 3; _Thread_local static int tls2;
_Complex double cd = 1.0 + 2.0i; int _Complex ci = 3 + 4i;
int kr(a, b, c) char a; float b; { return a + b + c; }
typedef int fn_t(int); fn_t sq2; int sq2(int x) { return x; }
int vla(int n, int a[static n], int m, int b[n][m]) {
  int x[n][m]; typedef int row[m]; row r; int (*pr)[m] = x; 
  int s = sizeof x + sizeof(int[n]) + sizeof r + sizeof *pr; pr++; x[1][2] = b[0][1];
  return s + sizeof(int[n++]);
}
int va(int n, ...) { va_list ap, ap2; va_start(ap, n); va_copy(ap2, ap); int s = va_arg(ap, int); double d = va_arg(ap2, double); struct bf b = va_arg(ap, struct bf); va_end(ap); va_end(ap2); return s + d + b.a; }
int vp2(va_list ap) { return va_arg(ap, int); }
int stmts(int x) {
  __label__ l1; static void *tab[] = { &&l1, &&l2, &&l3 }; static int rel[] = { &&l2 - &&l1, &&l3 - &&l1 };
  goto *tab[x]; l1: x++; l2: x--; l3:;
  int y = ({ int t = x; if (t) t++; t * 2; }); y = x ?: y; 
  do { if (x) continue; else break; } while (0);
  switch (y) { case 1 ... 5: case 'a': y = 2; break; default: ; }
  for (int i = 0, j = 1; i < 10; i++, j--) { if (i == 5) goto out; }
  out: ; int z = _Generic(x, int: 1, default: 2) + _Generic((char)1, char: 3, int: 4) + _Generic("a", char *: 1, const char *: 2);
  __auto_type w = 3.5; typeof(w) w2 = w; __typeof__(int *) ip = &x; *ip += 3; (*ip)++; --*ip;
  { int x = sizeof(struct { int a; char b; }); y += x; }
  asm volatile ("nop" : "=r"(y), "+m"(x) : "r"(z), "0"(y), [foo] "i"(3) : "memory", "cc"); asm("" ::: "memory"); asm goto ("jmp %l0" :::: end);
  if (__builtin_expect(x > 0, 1)) __builtin_unreachable(); int c = __builtin_clz(y) + __builtin_popcountll(z) + __builtin_bswap32(x);
  _Bool ov = __builtin_add_overflow(x, y, &z) || __builtin_mul_overflow_p(x, y, (long)0); int sov; ov |= __builtin_sadd_overflow(1,2,&sov);
  void *al = __builtin_alloca(x); __builtin_memcpy(al, &y, sizeof y); int len = __builtin_strlen("abc");
  int at = __atomic_fetch_add(&x, 1, __ATOMIC_SEQ_CST) + __sync_fetch_and_add(&x, 2) + __atomic_load_n(&x, 0); int exp = 0; __atomic_compare_exchange_n(&x, &exp, 1, 0, 5, 5); __sync_synchronize();
  _Atomic int ai = 0; ai++; ai += 2; int av = ai; _Atomic(int) ai2; volatile int vol; vol; vol = vol + vol;
  v4si v = {1,2,3,4}, v2 = v + 1, v3 = v < v2; v3 = __builtin_shuffle(v, v2); v[2] = 5; int e0 = v[0]; v4sf vf = __builtin_convertvector(v, v4sf); v3 = (v4si)vf; v = -v & v2;
  double _Complex cc = cd * 2 + 1.0i; double re = __real__ cc, im = __imag__ cc; __real__ cc = 2; cc = ~cc; cc += 1; ci = ci * ci;
  struct bf b2 = (struct bf){ .a = 1 }; b2.a++; b2.d += 3; int *cl = (int[]){1,2,3}; b2 = bf; struct bf *pb = &b2; pb->a |= 3;
  __int128 big = (__int128)1 << 100; unsigned __int128 ub = big; big /= 3; 
  int isn = __builtin_isnan(1.0) + __builtin_signbit(-1.0f) + __builtin_isgreater(1.0, 2.0f) + __builtin_fpclassify(0,1,2,3,4,1.0); double inf = __builtin_inf() + __builtin_huge_val() + __builtin_nan("");
  const char *fn = __func__; int tc = __builtin_types_compatible_p(int, typeof(x)), ce = __builtin_choose_expr(1, 2, "x"), cp = __builtin_constant_p(3);
  int (*fpp)(int) = sq; x = fpp(1) + (*fpp)(2) + (**fpp)(3) + (&sq)(4); char ch = 'a' + '\n'; x = -x + ~x + !x + +x; x <<= 2; x >>= 1; x %= 3; x = x && y || z; x = (1, 2, x);

  return y + z + (x > 0 ? 1 : 2.5) + ((void)0, 3);
  end: return 0;
}
