/* Forms and views: where a tensor lies, in which type and order, and the
 * conversions between. */
#include "cuda/plan.h"

static const struct cu_form plain32 = { CU_F32, false };

/* Channels last means nothing without channels or places. */
struct cu_form
cu_canon(const struct shape *s, struct cu_form f)
{
	if (f.nhwc &&
	    (s->n < 3 || s->d[1] == 1 || shape_count_axes(s, 2, s->n) == 1))
		f.nhwc = false;
	return f;
}

static bool
same_form(struct cu_form a, struct cu_form b)
{
	return a.type == b.type && a.nhwc == b.nhwc;
}

size_t
cu_form_size(const struct shape *s, struct cu_form f)
{
	const size_t n = shape_count(s);

	return (n > 0 ? n : 1) * (f.type == CU_F32 ? 4 : 2);
}

int
cu_buf_new(struct cu_plan *p, size_t size, bool fixed)
{
	struct cu_buf *b;

	mem_grow(&p->bufs, &p->capbufs, p->nbufs + 1);
	b = &p->bufs[p->nbufs];
	*b = (struct cu_buf){ .ptr = NULL };
	place_init(&b->at, size);
	b->at.fixed = fixed;
	return (int)p->nbufs++;
}

int
cu_home(struct cu_plan *p, int t, struct cu_view *v)
{
	struct cu_val *q = &p->vals[t];

	if (q->home.buf == CU_NONE) {
		q->home.form = plain32;
		q->home.buf =
		    cu_buf_new(p, cu_form_size(cu_shape(p, t), plain32), true);
	}
	*v = q->home;
	return 0;
}

static int
convert_form(struct cu_plan *p, int t, const struct cu_view *from,
    const struct cu_view *to, bool scaled)
{
	struct cu_step *s;

	if (cu_cast_take(p, t, from, to, scaled))
		return 0;
	s = cu_step_new(p, cu_convert, 1, from, &t, 1, to, &t);
	s->call.scaled = scaled;
	s->call.op = NULL;
	s->prologue = lower_once(&p->low, t);
	return 0;
}

/* An INPUT in a form that a conversion in each run would make: it is fed so. */
static bool
fed(const struct cu_plan *p, int t, struct cu_form f)
{
	return graph_tensor(p->base.graph, t)->kind == TENSOR_INPUT &&
	    !same_form(f, plain32);
}

int
cu_want(struct cu_plan *p, int t, struct cu_form f, struct cu_view *v)
{
	struct cu_val *q = &p->vals[t];
	const bool direct =
	    fed(p, t, cu_canon(cu_shape(p, t), f)) && q->nalt < CU_ALTS;

	f = cu_canon(cu_shape(p, t), f);
	cu_cast_read(p, t);
	if (!direct)
		TRY(cu_home(p, t, v));
	if (!direct && same_form(cu_canon(cu_shape(p, t), v->form), f))
		return 0;
	for (int i = 0; i < q->nalt; i++) {
		if (same_form(q->alt[i].form, f)) {
			*v = q->alt[i];
			return 0;
		}
	}
	v->form = f;
	v->buf = cu_buf_new(p, cu_form_size(cu_shape(p, t), f),
	    direct || lower_once(&p->low, t));
	if (!direct)
		TRY(convert_form(p, t, &q->home, v, false));
	if (q->nalt < CU_ALTS)
		q->alt[q->nalt++] = *v;
	return 0;
}

/* A value is its own home; what lives on is made in passing, then brought
 * home. */
int
cu_out(struct cu_plan *p, int t, struct cu_form f, struct cu_view *v)
{
	const struct tensor *x = graph_tensor(p->base.graph, t);
	struct cu_val *q = &p->vals[t];

	f = cu_canon(&x->shape, f);
	if (x->kind == TENSOR_VALUE) {
		q->home.form = f;
		q->home.buf = cu_buf_new(
		    p, cu_form_size(&x->shape, f), lower_once(&p->low, t));
		*v = q->home;
		return 0;
	}
	TRY(cu_home(p, t, v));
	if (same_form(f, v->form))
		return 0;
	v->form = f;
	v->buf = cu_buf_new(p, cu_form_size(&x->shape, f), false);
	return 0;
}

int
cu_finish_out(struct cu_plan *p, int t, const struct cu_view *v)
{
	const struct tensor *x = graph_tensor(p->base.graph, t);
	const struct cu_view home = p->vals[t].home;

	if (x->kind == TENSOR_VALUE)
		return 0;
	if (v->buf == home.buf && !p->vals[t].scaled)
		return 0;
	return convert_form(p, t, v, &home, p->vals[t].scaled);
}

static const struct shape *
widened(struct cu_plan *p, int t)
{
	struct shape *s = arena_take(p->mem, sizeof(*s));

	*s = *cu_shape(p, t);
	s->d[1] = CU_WIDE;
	return s;
}

int
cu_want_wide(struct cu_plan *p, int t, struct cu_form f, struct cu_view *v,
    const struct shape **shape)
{
	struct cu_val *q = &p->vals[t];
	struct cu_view plain;
	struct cu_step *s;

	*shape = widened(p, t);
	*v = q->wide;
	if (v->buf != CU_NONE)
		return 0;
	if (fed(p, t, f)) {
		v->form = f;
		v->buf = cu_buf_new(p, cu_form_size(*shape, f), true);
		q->wide = *v;
		return 0;
	}
	TRY(cu_want(p, t, plain32, &plain));
	v->form = f;
	v->buf = cu_buf_new(p, cu_form_size(*shape, f), lower_once(&p->low, t));
	s = cu_step_new(p, cu_widen, 1, &plain, &t, 1, v, &t);
	s->call.out[0].s = *shape;
	s->call.form = f;
	s->call.op = NULL;
	s->prologue = lower_once(&p->low, t);
	p->vals[t].wide = *v;
	return 0;
}

int
cu_out_wide(struct cu_plan *p, int t, struct cu_form f, struct cu_view *v,
    const struct shape **shape)
{
	*shape = widened(p, t);
	v->form = f;
	v->buf = cu_buf_new(p, cu_form_size(*shape, f), false);
	return 0;
}

int
cu_finish_wide(struct cu_plan *p, int t, const struct cu_view *v,
    const struct shape *shape)
{
	struct cu_view home;
	struct cu_step *s;

	TRY(cu_out(p, t, plain32, &home));
	s = cu_step_new(p, cu_convert, 1, v, &t, 1, &home, &t);
	s->call.in[0].s = shape;
	s->call.scaled = p->vals[t].scaled &&
	    graph_tensor(p->base.graph, t)->kind != TENSOR_VALUE;
	s->call.op = NULL;
	return 0;
}
