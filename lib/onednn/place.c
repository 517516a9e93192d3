/*
 * The memory plan: buffers whose lives do not meet share bytes of one arena.
 *
 * Largest first, each at the lowest offset where no buffer that lives at the
 * same time lies.  Quadratic in the number of buffers, which is some hundreds.
 */
#include "onednn/plan.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define ALIGN    ((size_t)64)
#define HUGEPAGE ((size_t)2 << 20)
#define PLAN_MAX ((size_t)1 << 40) /* bytes a plan may take */

static void
lives(struct od_plan *p)
{
	size_t i;
	int k;

	for (i = 0; i < p->nsteps; i++) {
		const struct od_step *s = &p->steps[i];

		for (k = 0; k < s->nuse; k++) {
			struct od_buf *b;

			if (s->use[k] == OD_NONE)
				continue;
			b = &p->bufs[s->use[k]];
			if (b->first > (int)i)
				b->first = (int)i;
			if (b->last < (int)i)
				b->last = (int)i;
		}
		if (p->scratch_size < s->scratch)
			p->scratch_size = s->scratch;
	}
}

static int
larger(const void *a, const void *b)
{
	const struct od_buf *x = *(struct od_buf *const *)a;
	const struct od_buf *y = *(struct od_buf *const *)b;

	if (x->size != y->size)
		return x->size < y->size ? 1 : -1;
	return (x > y) - (x < y);
}

static int
lower(const void *a, const void *b)
{
	const struct od_buf *x = *(struct od_buf *const *)a;
	const struct od_buf *y = *(struct od_buf *const *)b;

	return (x->offset > y->offset) - (x->offset < y->offset);
}

static bool
meet(const struct od_buf *a, const struct od_buf *b)
{
	return a->first <= b->last && b->first <= a->last;
}

/* The lowest offset for b among the n placed, which are near[] after sorting. */
static void
put(struct od_buf *b, struct od_buf **placed, size_t n, struct od_buf **near)
{
	size_t i, m = 0, at = 0;

	for (i = 0; i < n; i++)
		if (meet(b, placed[i]))
			near[m++] = placed[i];
	qsort(near, m, sizeof(*near), lower);
	for (i = 0; i < m; i++) {
		size_t end = near[i]->offset + near[i]->size;

		if (near[i]->offset >= at + b->size)
			break;
		if (end > at)
			at = (end + ALIGN - 1) / ALIGN * ALIGN;
	}
	b->offset = at;
}

static void
offsets(struct od_plan *p)
{
	struct od_buf **all = mem_array(struct od_buf *, p->nbufs + 1);
	struct od_buf **near = mem_array(struct od_buf *, p->nbufs + 1);
	size_t i, n = 0;

	for (i = 0; i < p->nbufs; i++) {
		struct od_buf *b = &p->bufs[i];

		if (b->fixed && !b->borrowed) {
			b->offset = p->fixed_size;
			p->fixed_size += (b->size + ALIGN - 1) / ALIGN * ALIGN;
		} else if (!b->fixed && b->first != INT_MAX) {
			all[n++] = b;
		}
	}
	qsort(all, n, sizeof(*all), larger);
	for (i = 0; i < n; i++) {
		put(all[i], all, i, near);
		if (p->block_size < all[i]->offset + all[i]->size)
			p->block_size = all[i]->offset + all[i]->size;
	}
	mem_free(all);
	mem_free(near);
}

/* Zeroed, on large pages where that pays. */
static int
take(void **out, size_t size, const char *what)
{
	size_t align = size >= HUGEPAGE ? HUGEPAGE : ALIGN;

	*out = NULL;
	if (size == 0)
		size = 1;
	if (size > PLAN_MAX)
		return err_set(ERR_RANGE, "%s needs %zu bytes", what, size);
	size = (size + align - 1) / align * align;
	*out = aligned_alloc(align, size);
	if (*out == NULL)
		return err_set(
		    ERR_IO, "no memory for %s (%zu bytes)", what, size);
	if (align == HUGEPAGE)
		madvise(*out, size, MADV_HUGEPAGE);
	memset(*out, 0, size);
	return 0;
}

static int
point(struct od_plan *p, struct od_step *s)
{
	int k;

	for (k = 0; k < s->nuse; k++)
		if (s->use[k] != OD_NONE)
			s->ptr[k] = p->bufs[s->use[k]].ptr;
	for (k = 0; k < s->nargs; k++)
		TRY(od_status(
		    od_memory(&s->args[k].memory, &s->md[k], p->dev->engine,
			k < s->nuse ? s->ptr[k] : p->scratch),
		    "memory"));
	return 0;
}

int
od_place(struct od_plan *p)
{
	size_t i;

	lives(p);
	offsets(p);
	if (p->measure)
		return 0;
	TRY(take(&p->fixed, p->fixed_size, "parameters and gradients"));
	TRY(take(&p->block, p->block_size, "the net's values"));
	TRY(take(&p->scratch, p->scratch_size, "the net's scratch"));
	for (i = 0; i < p->nbufs; i++) {
		struct od_buf *b = &p->bufs[i];

		if (!b->borrowed)
			b->ptr = (char *)(b->fixed ? p->fixed : p->block) +
			    b->offset;
	}
	for (i = 0; i < p->nsteps; i++)
		TRY(point(p, &p->steps[i]));
	return 0;
}
