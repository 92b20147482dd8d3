/* <stddef.h>: C11 7.19. The C library asks for single types with __need_ macros. */
#if !defined __need_wchar_t && !defined __need_size_t && !defined __need_ptrdiff_t \
    && !defined __need_NULL && !defined __need_wint_t
#define __lathe_stddef_all 1
#endif

#if (defined __lathe_stddef_all || defined __need_ptrdiff_t) && !defined __lathe_have_ptrdiff_t
#define __lathe_have_ptrdiff_t 1
#define _PTRDIFF_T
#define _PTRDIFF_T_
#define _PTRDIFF_T_DECLARED
#define _PTRDIFF_T_DEFINED
typedef __PTRDIFF_TYPE__ ptrdiff_t;
#endif
#undef __need_ptrdiff_t

#if (defined __lathe_stddef_all || defined __need_size_t) && !defined __lathe_have_size_t
#define __lathe_have_size_t 1
/* What other headers test before they define the type themselves. */
#define __size_t__
#define __size_t
#define __SIZE_T
#define __SIZE_T__
#define _SIZE_T
#define _SIZE_T_
#define _SIZE_T_DEFINED
#define _SIZE_T_DECLARED
#define _GCC_SIZE_T
typedef __SIZE_TYPE__ size_t;
#endif
#undef __need_size_t

#if (defined __lathe_stddef_all || defined __need_wchar_t) && !defined __lathe_have_wchar_t
#define __lathe_have_wchar_t 1
#define __wchar_t__
#define __WCHAR_T
#define __WCHAR_T__
#define _WCHAR_T
#define _WCHAR_T_
#define _WCHAR_T_DEFINED
#define _WCHAR_T_DECLARED
#define _GCC_WCHAR_T
typedef __WCHAR_TYPE__ wchar_t;
#endif
#undef __need_wchar_t

#if defined __need_wint_t && !defined _WINT_T
#define _WINT_T
typedef __WINT_TYPE__ wint_t;
#endif
#undef __need_wint_t

#if defined __lathe_stddef_all || defined __need_NULL
#undef NULL
#define NULL ((void *)0)
#endif
#undef __need_NULL

#ifdef __lathe_stddef_all
#undef __lathe_stddef_all
#ifndef _STDDEF_H
#define _STDDEF_H
#define _STDDEF_H_
#define _ANSI_STDDEF_H
#define offsetof(type, member) __builtin_offsetof(type, member)
#if (defined __STDC_VERSION__ && __STDC_VERSION__ >= 201112L) || !defined __STRICT_ANSI__
#ifndef _GCC_MAX_ALIGN_T
#define _GCC_MAX_ALIGN_T
typedef struct {
    long long __lathe_max_align_integer __attribute__((__aligned__(__alignof__(long long))));
    long double __lathe_max_align_float __attribute__((__aligned__(__alignof__(long double))));
#ifdef __i386__
    /* The psABI aligns long double to 4, but SSE types need 16. */
    __float128 __lathe_max_align_quad __attribute__((__aligned__(__alignof(__float128))));
#endif
} max_align_t;
#endif
#endif
#if defined __STDC_VERSION__ && __STDC_VERSION__ > 201710L
typedef __typeof__(nullptr) nullptr_t;
#define unreachable() (__builtin_unreachable())
#define __STDC_VERSION_STDDEF_H__ 202311L
#endif
#endif
#endif
