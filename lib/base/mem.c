/*
 * Allocation with the three reactions of mem.h: abort, refuse, arena.
 * Everything here ends in malloc, so that sanitizers and valgrind see each
 * block; arena blocks too.
 */
#include "base/mem.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"

enum { ALIGN = 64, BLOCK = 64 << 10 };

struct block {
	struct block *next;
	size_t used, size; /* of the bytes behind the header */
	char *data;        /* 64-byte aligned */
};

struct arena {
	struct block *blocks; /* the newest first; only it has room */
};

static void
die(void)
{
	static const char words[] = "out of memory\n";

	fwrite(words, 1, sizeof(words) - 1, stderr);
	abort();
}

void *
mem_calloc(size_t n, size_t size)
{
	void *p = calloc(n > 0 ? n : 1, size > 0 ? size : 1);

	if (p == NULL)
		die();
	return p;
}

void *
mem_realloc(void *p, size_t n, size_t size)
{
	size_t bytes;

	if (mem_mul(&bytes, n, size) < 0)
		die();
	p = realloc(p, bytes > 0 ? bytes : 1);
	if (p == NULL)
		die();
	return p;
}

char *
mem_strdup(const char *s)
{
	return s == NULL ? NULL : mem_strndup(s, strlen(s));
}

char *
mem_strndup(const char *s, size_t n)
{
	size_t len = strnlen(s, n);
	char *p = mem_calloc(len + 1, 1);

	memcpy(p, s, len);
	return p;
}

char *
mem_vprintf(const char *fmt, va_list ap)
{
	char *p;

	if (vasprintf(&p, fmt, ap) < 0)
		die();
	return p;
}

char *
mem_printf(const char *fmt, ...)
{
	va_list ap;
	char *p;

	va_start(ap, fmt);
	p = mem_vprintf(fmt, ap);
	va_end(ap);
	return p;
}

void
mem_free(void *p)
{
	free(p);
}

void
mem_grow_(void **p, size_t *cap, size_t need, size_t size)
{
	size_t n = *cap > 0 ? *cap : 8;

	if (need <= *cap)
		return;
	while (n < need)
		n = n > SIZE_MAX / 2 ? need : n * 2;
	*p = mem_realloc(*p, n, size);
	*cap = n;
}

int
mem_take(void **out, size_t n, size_t size, size_t cap, const char *what)
{
	size_t bytes;

	*out = NULL;
	if (mem_mul(&bytes, n, size) < 0 || bytes > cap)
		return err_set(ERR_RANGE,
		    "%s: %zu x %zu bytes are more than the %zu allowed", what,
		    n, size, cap);
	/* aligned_alloc wants a multiple of the alignment. */
	if (bytes > SIZE_MAX - ALIGN ||
	    (*out = aligned_alloc(ALIGN, bytes / ALIGN * ALIGN + ALIGN)) ==
		NULL)
		return err_set(
		    ERR_IO, "%s: no memory for %zu bytes", what, bytes);
	return 0;
}

int
mem_mul(size_t *out, size_t a, size_t b)
{
	size_t r;

	if (__builtin_mul_overflow(a, b, &r))
		return -1;
	*out = r;
	return 0;
}

int
mem_add(size_t *out, size_t a, size_t b)
{
	size_t r;

	if (__builtin_add_overflow(a, b, &r))
		return -1;
	*out = r;
	return 0;
}

struct arena *
arena_new(void)
{
	return mem_new(struct arena);
}

static struct block *
block_new(struct arena *a, size_t need)
{
	size_t size = need > BLOCK ? need : BLOCK;
	struct block *b = mem_new(struct block);

	if (size > SIZE_MAX - ALIGN)
		die();
	b->data = aligned_alloc(ALIGN, size / ALIGN * ALIGN + ALIGN);
	if (b->data == NULL)
		die();
	b->size = size;
	b->next = a->blocks;
	a->blocks = b;
	return b;
}

void *
arena_take(struct arena *a, size_t bytes)
{
	struct block *b = a->blocks;
	size_t start = b == NULL ? 0 : (b->used + ALIGN - 1) / ALIGN * ALIGN;
	void *p;

	if (b == NULL || start > b->size || bytes > b->size - start) {
		b = block_new(a, bytes);
		start = 0;
	}
	p = b->data + start;
	b->used = start + bytes;
	memset(p, 0, bytes);
	return p;
}

char *
arena_strdup(struct arena *a, const char *s)
{
	size_t n = strlen(s) + 1;

	return memcpy(arena_take(a, n), s, n);
}

void
arena_free(struct arena *a)
{
	struct block *b, *next;

	if (a == NULL)
		return;
	for (b = a->blocks; b != NULL; b = next) {
		next = b->next;
		free(b->data);
		free(b);
	}
	free(a);
}
