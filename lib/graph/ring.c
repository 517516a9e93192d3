/* Rings: how a slot is laid out, and rings of plain memory for backends that
 * have none of their own. */
#include "graph/ring.h"

#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "graph/backend.h"

enum { ALIGN = 256 };

bool
ring_pictures(const struct device *d)
{
	return d != NULL && d->backend->ring != NULL;
}

static int
grow_ring(size_t *at, size_t n, size_t size)
{
	size_t bytes;

	if (mem_mul(&bytes, n, size) < 0 || bytes > SIZE_MAX / 2 - *at - ALIGN)
		return err_set(ERR_RANGE, "a step's inputs are too large");
	*at += (bytes + ALIGN - 1) / ALIGN * ALIGN;
	return 0;
}

/* Floats and lists first: they are copied each time. */
static int
lay_out(struct ring *r)
{
	for (int i = 0; i < r->n; i++) {
		struct ring_lay *l = &r->lay[i];

		l->at = r->size;
		if (l->in.rule != NULL)
			TRY(grow_ring(&r->size, (size_t)l->in.shape.d[0],
			    sizeof(struct ring_picture)));
		else
			TRY(grow_ring(&r->size, shape_count(&l->in.shape) + 1,
			    sizeof(float)));
	}
	r->head = r->size;
	for (int i = 0; i < r->n; i++) {
		struct ring_lay *l = &r->lay[i];

		l->bytes = r->size;
		if (l->in.rule == NULL)
			continue;
		l->room =
		    (l->in.bytes + RING_ALIGN - 1) / RING_ALIGN * RING_ALIGN;
		TRY(grow_ring(&r->size, (size_t)l->in.shape.d[0] + 1, l->room));
	}
	return 0;
}

static int
plain_slots(struct ring *r)
{
	for (int k = 0; k < r->depth; k++) {
		TRY(mem_take(
		    &r->slot[k], r->size + 1, 1, SIZE_MAX, "a step's inputs"));
		memset(r->slot[k], 0, r->size);
	}
	return 0;
}

int
ring_new(struct ring **out, struct device *d, const struct ring_input *in,
    int n, int depth)
{
	struct ring *r = mem_new(struct ring);
	int rc;

	*out = NULL;
	r->device = d;
	r->ops = d != NULL ? d->backend->ring : NULL;
	r->n = n;
	r->depth = depth;
	r->slot = mem_array(void *, (size_t)depth);
	r->lay = mem_array(struct ring_lay, (size_t)n + 1);
	r->fresh = mem_array(size_t, (size_t)depth * (size_t)n + 1);
	for (int i = 0; i < n; i++) {
		r->lay[i].in = in[i];
		if (in[i].rule == NULL)
			continue;
		r->lay[i].rule = *in[i].rule;
		r->lay[i].in.rule = &r->lay[i].rule;
	}
	rc = lay_out(r);
	if (rc >= 0)
		rc = r->ops != NULL ? r->ops->open(r) : plain_slots(r);
	if (rc < 0) {
		ring_free(r);
		return rc;
	}
	*out = r;
	return 0;
}

void
ring_free(struct ring *r)
{
	if (r == NULL)
		return;
	if (r->ops != NULL)
		r->ops->close(r);
	for (int k = 0; r->ops == NULL && k < r->depth; k++)
		mem_free(r->slot[k]);
	mem_free(r->slot);
	mem_free(r->lay);
	mem_free(r->fresh);
	mem_free(r);
}

int
ring_wait(struct ring *r, int slot)
{
	return r->ops != NULL ? r->ops->wait(r, slot) : 0;
}

static void *
slot_place(const struct ring *r, int slot, size_t at)
{
	return (char *)r->slot[slot] + at;
}

float *
ring_floats(struct ring *r, int slot, int input)
{
	return slot_place(r, slot, r->lay[input].at);
}

struct ring_picture *
ring_list(struct ring *r, int slot, int input)
{
	return slot_place(r, slot, r->lay[input].at);
}

uint8_t *
ring_bytes(struct ring *r, int slot, int input)
{
	return slot_place(r, slot, r->lay[input].bytes);
}

size_t
ring_room(const struct ring *r, int input)
{
	return r->lay[input].room;
}

bool
ring_holds(const struct ring *r, int input, size_t *bytes)
{
	const struct ring_lay *l = &r->lay[input];

	*bytes = l->held ? l->in.records * l->room : 0;
	return l->held;
}

void
ring_set_new(struct ring *r, int slot, int input, size_t n)
{
	r->fresh[(size_t)slot * (size_t)r->n + (size_t)input] = n;
}

int
ring_mark(struct ring *r)
{
	return r->ops != NULL ? r->ops->mark(r) : 0;
}

int
plan_feed(struct plan *p, struct ring *r, int slot, const int *tensors)
{
	if (r->ops != NULL)
		return r->ops->feed(p, r, slot, tensors);
	for (int i = 0; i < r->n; i++)
		if (tensors[i] >= 0)
			TRY(plan_write(p, tensors[i], ring_floats(r, slot, i)));
	return 0;
}

double
ring_idle(struct ring *r)
{
	return r->ops != NULL ? r->ops->idle(r) : -1;
}
