/* Where buffers lie: those of the arena by graph/place.h, the fixed ones one after
 * the other. */
#include "onednn/plan.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define ALIGN    ((size_t)64)
#define HUGEPAGE ((size_t)2 << 20)
#define PLAN_MAX ((size_t)1 << 40) /* bytes a plan may take */

/* Who lives from which step to which, and what scratch the steps share. */
static void
find_lives(struct od_plan *p)
{
	for (size_t i = 0; i < p->nsteps; i++) {
		const struct od_step *s = &p->steps[i];

		for (int k = 0; k < s->nuse; k++)
			if (s->use[k] != OD_NONE)
				place_use(&p->bufs[s->use[k]].at, (int)i);
		if (p->scratch_size < s->scratch)
			p->scratch_size = s->scratch;
	}
}

static void
find_offsets(struct od_plan *p)
{
	struct place_block **all =
	    mem_array(struct place_block *, p->nbufs + 1);

	for (size_t i = 0; i < p->nbufs; i++) {
		struct od_buf *b = &p->bufs[i];

		all[i] = &b->at;
		if (!b->at.fixed || b->borrowed)
			continue;
		b->at.offset = p->fixed_size;
		p->fixed_size += (b->at.size + ALIGN - 1) / ALIGN * ALIGN;
	}
	p->block_size = place_arena(all, p->nbufs, ALIGN);
	mem_free(all);
}

/* Zeroed, on large pages where that pays. */
static int
take_pages(void **out, size_t size, const char *what)
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
point_args(struct od_plan *p, struct od_step *s)
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

	find_lives(p);
	find_offsets(p);
	if (p->measure)
		return 0;
	TRY(take_pages(&p->fixed, p->fixed_size, "parameters and gradients"));
	TRY(take_pages(&p->block, p->block_size, "the net's values"));
	TRY(take_pages(&p->scratch, p->scratch_size, "the net's scratch"));
	for (i = 0; i < p->nbufs; i++) {
		struct od_buf *b = &p->bufs[i];

		if (!b->borrowed && b->at.offset != SIZE_MAX)
			b->ptr = (char *)(b->at.fixed ? p->fixed : p->block) +
			    b->at.offset;
	}
	for (i = 0; i < p->nsteps; i++)
		TRY(point_args(p, &p->steps[i]));
	return 0;
}
