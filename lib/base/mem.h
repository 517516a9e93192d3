/*
 * Memory by lifetime.
 *
 * Small and fixed: mem_new and friends, which abort when memory is exhausted.
 * Sized by input: mem_take, which checks a stated cap and reports ERR_RANGE,
 * or ERR_IO when the system has no more.  Many with one lifetime: an arena.
 */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stdarg.h>
#include <stddef.h>

/* Zeroed memory for n elements of size bytes; aborts on exhaustion, overflow. */
void *mem_calloc(size_t n, size_t size);
/* As realloc; new bytes are not zeroed.  Aborts on exhaustion, overflow. */
void *mem_realloc(void *p, size_t n, size_t size);
char *mem_strdup(const char *s);            /* aborts; NULL gives NULL */
char *mem_strndup(const char *s, size_t n); /* aborts */
char *mem_printf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
char *
mem_vprintf(const char *fmt, va_list ap) __attribute__((format(printf, 1, 0)));
void mem_free(void *p); /* accepts NULL */

#define mem_new(type)      ((type *)mem_calloc(1, sizeof(type)))
#define mem_array(type, n) ((type *)mem_calloc((n), sizeof(type)))
#define LENGTH(a)          (sizeof(a) / sizeof((a)[0]))

/*
 * Grow the array *p (of elements of size bytes, *cap allocated) so that it
 * holds at least need elements; doubles.  Aborts on exhaustion.
 *	mem_grow(&v, &cap, n + 1);
 */
#define mem_grow(p, cap, need)                                                 \
	mem_grow_((void **)(p), (cap), (need), sizeof(**(p)))
void mem_grow_(void **p, size_t *cap, size_t need, size_t size);

/*
 * n * size bytes for data whose size came from outside.  what names it in the
 * error ("image a.png"); cap is in bytes.  Not zeroed, 64-byte aligned; free
 * with mem_free.  ERR_RANGE past the cap, ERR_IO when there is no memory.
 */
int mem_take(void **out, size_t n, size_t size, size_t cap, const char *what);

/* a * b (+ c) into *out; 0, or -1 on overflow, leaving *out alone. */
int mem_mul(size_t *out, size_t a, size_t b);
int mem_add(size_t *out, size_t a, size_t b);

/* An arena: growing blocks, freed all at once.  Not thread-safe. */
struct arena;
struct arena *arena_new(void);
void *arena_take(struct arena *a, size_t bytes); /* zeroed, 64-byte aligned */
char *arena_strdup(struct arena *a, const char *s);
void arena_free(struct arena *a); /* accepts NULL */

#endif
