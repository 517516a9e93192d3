/*
 * Many tensors into other forms, in one launch: parameters before a run, their
 * gradients behind it.  A table on the device says what each group of threads
 * does: a piece of a tensor as it lies, or a piece that changes between plain
 * and channels last, which passes through shared memory so that both sides are
 * gone along.  What comes out is what cu_convert gives.
 */
#include "cuda/wide.cuh"

/* Elements of a piece, most places that a channel of a turned one has (what is
 * written in a row is shorter the more there are), channels for all. */
enum { PIECE = 4096, PLACES_MAX = 256, WIDE = 8 };

/*
 * n elements.  Where it turns, they are `channels` of `places` each, of one item
 * (or all channels of several): together on the plain side, in rows of channels
 * that begin every `stride` on the other.
 */
struct piece {
	const void *from;
	void *to;
	unsigned n, stride, pitch;
	struct split places, channels;
	enum cu_type from_type, to_type;
	bool turns, to_nhwc, scaled;
};

static bool
turns(const struct cu_arg *x, const struct cu_arg *y)
{
	return x->form.nhwc != y->form.nhwc;
}

extern "C" bool
cu_cast_takes(const struct shape *s, struct cu_form from, struct cu_form to)
{
	if (from.type != CU_F32 && to.type != CU_F32)
		return false;
	return from.nhwc == to.nhwc || count_axes(s, 2, s->n) <= PLACES_MAX;
}

static struct piece
piece_of(const struct cu_arg *x, const struct cu_arg *y, bool scaled,
    size_t from, size_t to, size_t n)
{
	struct piece p;

	memset(&p, 0, sizeof(p));
	p.from = (const char *)x->p + from * (x->form.type == CU_F32 ? 4 : 2);
	p.to = (char *)y->p + to * (y->form.type == CU_F32 ? 4 : 2);
	p.n = (unsigned)n;
	p.from_type = x->form.type;
	p.to_type = y->form.type;
	p.turns = turns(x, y);
	p.to_nhwc = y->form.nhwc;
	p.scaled = scaled;
	return p;
}

static size_t
cut_straight(const struct cu_arg *x, const struct cu_arg *y, bool scaled,
    struct piece *out)
{
	const size_t total = count(x), most = PIECE;
	size_t n = 0;

	for (size_t at = 0; at < total; at += most, n++)
		if (out != NULL)
			out[n] = piece_of(x, y, scaled, at, at,
			    total - at < most ? total - at : most);
	return n;
}

/* Items while they fit, else channels of one. */
static size_t
cut_turned(const struct cu_arg *x, const struct cu_arg *y, bool scaled,
    struct piece *out)
{
	const struct lay l = lay_of(x->s, x->form);
	const size_t items = (size_t)x->s->d[0], item = l.c * l.s;
	const size_t by = item < PIECE ? PIECE / item : 1;
	const size_t most = item <= PIECE ? l.c : PIECE / l.s;
	size_t n = 0;

	for (size_t i = 0; i < items; i += by) {
		const size_t m = items - i < by ? items - i : by;

		for (size_t c = 0; c < l.c; c += most, n++) {
			const size_t cs = l.c - c < most ? l.c - c : most;
			const size_t plain = i * item + c * l.s;
			const size_t nhwc = i * item + c;

			if (out == NULL)
				continue;
			out[n] =
			    piece_of(x, y, scaled, x->form.nhwc ? nhwc : plain,
				y->form.nhwc ? nhwc : plain, m * cs * l.s);
			out[n].stride = (unsigned)l.c;
			out[n].pitch = (unsigned)l.s | 1;
			out[n].places = split_by(l.s);
			out[n].channels = split_by(cs);
		}
	}
	return n;
}

extern "C" size_t
cu_cast_cut(const struct cu_call *c, void *table, size_t *size)
{
	const struct cu_casts *q = (const struct cu_casts *)c->extra;
	struct piece *out = (struct piece *)table;
	size_t n = 0;

	for (int i = 0; i < c->nin; i++) {
		const struct cu_arg *x = &c->in[i], *y = &c->out[i];
		struct piece *at = out != NULL ? out + n : NULL;

		n += turns(x, y) ? cut_turned(x, y, q->scaled[i], at)
				 : cut_straight(x, y, q->scaled[i], at);
	}
	*size = n * sizeof(struct piece);
	return n;
}

/* A thread takes what it puts, as a gradient may lie where it goes. */
template <class A, class B>
DEVFN void
straight(const struct piece &p, const struct group &g, float by)
{
	const A *x = (const A *)p.from;
	B *y = (B *)p.to;
	const size_t wide = p.n / WIDE;

	for (size_t i = g.tid; i < wide; i += g.size)
		put(y, i * WIDE, map(take<WIDE>(x, i * WIDE), [=](float v) {
			return v * by;
		}));
	for (size_t i = wide * WIDE + g.tid; i < p.n; i += g.size)
		store(y, i, load(x, i) * by);
}

/* Element e in the order of channels last: where it lies there, and in the
 * room. */
DEVFN size_t
place(const struct piece &p, size_t e, size_t *room)
{
	size_t channel, at;
	const size_t row = p.channels.apart(e, &channel);
	const size_t item = p.places.apart(row, &at);

	*room = (item * p.channels.d + channel) * p.pitch + at;
	return row * p.stride + channel;
}

/* The same in plain order, where it lies at e. */
DEVFN size_t
plain_place(const struct piece &p, size_t e)
{
	size_t at;
	const size_t row = p.places.apart(e, &at);

	return row * p.pitch + at;
}

/* An odd pitch keeps the banks of the room apart. */
template <class A, class B>
DEVFN void
turned(const struct piece &p, const struct group &g, float by)
{
	const A *x = (const A *)p.from;
	B *y = (B *)p.to;
	float *room = g.room<float>();
	size_t in_room;

	for (size_t e = g.tid; e < p.n; e += g.size) {
		if (p.to_nhwc) {
			room[plain_place(p, e)] = load(x, e);
		} else {
			const size_t at = place(p, e, &in_room);

			room[in_room] = load(x, at);
		}
	}
	g.sync();
	for (size_t e = g.tid; e < p.n; e += g.size) {
		if (p.to_nhwc) {
			const size_t at = place(p, e, &in_room);

			store(y, at, room[in_room] * by);
		} else {
			store(y, e, room[plain_place(p, e)] * by);
		}
	}
}

template <class A, class B>
DEVFN void
cast(const struct piece &p, const struct group &g, float by)
{
	if (p.turns)
		turned<A, B>(p, g, by);
	else
		straight<A, B>(p, g, by);
}

extern "C" int
cu_cast(const struct cu_call *c)
{
	const struct cu_casts *q = (const struct cu_casts *)c->extra;
	const struct piece *table = (const struct piece *)q->table;
	const struct cu_env *env = c->env;

	/* Most room: three floats where a channel has two places. */
	return groups_of(c->stream, q->n, BLOCK, PIECE / 2 * 3 * sizeof(float),
	    [=] DEV(size_t i, const struct group &g) {
		    const struct piece p = table[i];
		    const float by = p.scaled ? 1 / env->scale : 1;

		    if (p.to_type == CU_BF16)
			    cast<float, bf16_t>(p, g, by);
		    else if (p.to_type == CU_F16)
			    cast<float, f16_t>(p, g, by);
		    else if (p.from_type == CU_BF16)
			    cast<bf16_t, float>(p, g, by);
		    else if (p.from_type == CU_F16)
			    cast<f16_t, float>(p, g, by);
		    else
			    cast<float, float>(p, g, by);
	    });
}
