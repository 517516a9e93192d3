/*
 * Functions made for several instruction sets, of which the best is taken when
 * the program is loaded:
 *
 *	CLONES("avx2", "default") void
 *	add(float *p, size_t n)
 *
 * Sanitizers cannot start before the resolvers that this makes, so they get the
 * plain function.  gcc says by a macro that AddressSanitizer is on, clang by a
 * feature: SANITIZED is 1 with either.
 */
#ifndef BASE_CLONES_H
#define BASE_CLONES_H

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

#if defined(__x86_64__) && !SANITIZED
#define CLONES(...) __attribute__((target_clones(__VA_ARGS__)))
#else
#define CLONES(...)
#endif

#endif
