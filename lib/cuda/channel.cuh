/*
 * Walks over a tensor by channels, for the .cu files: blocks of threads that
 * have a few channels each, so that what belongs to a channel is read once, and
 * sums over the rest are made in a fixed order.
 *
 * With channels last a block is tx threads along the channels (W channels each,
 * 16 bytes) times ty along the places; plain, it has one channel, tx threads
 * along its plane and ty along the items.  Places (or items) are cut into
 * pieces, enough to fill the largest device; sums of pieces go to scratch and
 * are added up by a second launch: one sum of `pieces` numbers for each
 * channel.
 */
#ifndef CUDA_CHANNEL_H
#define CUDA_CHANNEL_H

#include "cuda/wide.cuh"

/* Blocks of BLOCK threads that fill the device, and rows that make a thread
 * worth its while. */
enum { FIELD_BLOCKS = 132 * 8, FIELD_ROWS = 8, PIECES_MAX = FIELD_BLOCKS };

struct field {
	bool last;            /* channels last */
	size_t c, s;          /* channels, places of a plane */
	size_t rows;          /* n s, or n */
	unsigned inner;       /* vectors of a row of channels, or of a plane */
	unsigned chunks;      /* of the channels */
	unsigned pieces, per; /* rows of each */
	unsigned tx, ty;
};

/* What one thread has of it: lanes k of channel ch + k (last) or of ch, at
 * `at` + i step + k jump for i < count, k < across. */
struct run {
	bool last;
	size_t ch, at, step, jump;
	unsigned count, across;
	unsigned x, y; /* the thread */
	unsigned piece, rows;
};

/* A tensor as items, channels, places. */
struct extent {
	size_t n, c, s;
	bool last;
};

static inline struct extent
extent_of(const struct shape *s, struct cu_form form)
{
	const struct lay l = lay_of(s, form);

	return (struct extent){ (size_t)s->d[0], l.c, l.s, l.nhwc || l.s == 1 };
}

static inline size_t
cut_up(size_t n, size_t by)
{
	return (n + by - 1) / by;
}

static inline struct field
field_of(const struct extent &e, int w)
{
	const size_t inner = (e.last ? e.c : e.s) / (size_t)w;
	struct field q;
	size_t per, chunks = e.c;

	q.last = e.last;
	q.c = e.c;
	q.s = e.s;
	q.rows = e.last ? e.n * e.s : e.n;
	q.inner = (unsigned)inner;
	if (q.last) {
		chunks = cut_up(inner, 32);
		q.tx = (unsigned)cut_up(inner, chunks);
	} else {
		for (q.tx = 1; q.tx < inner && q.tx < BLOCK;)
			q.tx *= 2;
	}
	q.ty = BLOCK / q.tx;
	per = cut_up(q.rows, cut_up(FIELD_BLOCKS, chunks));
	if (q.last && per < (size_t)q.ty * FIELD_ROWS)
		per = (size_t)q.ty * FIELD_ROWS;
	q.chunks = (unsigned)chunks;
	q.per = (unsigned)per;
	q.pieces = (unsigned)cut_up(q.rows, per);
	return q;
}

/* Can rows (or planes) be taken w at a time? */
static inline bool
is_wide(const struct extent &e, int w)
{
	return (e.last ? e.c : e.s) % (size_t)w == 0;
}

/* Which of n go to k when `of` take turns: how many. */
DEVFN unsigned
part_of(unsigned n, unsigned k, unsigned of)
{
	return n > k ? (n - k + of - 1) / of : 0;
}

template <int W>
DEVFN struct run
run_of(const struct field &q, unsigned block, unsigned tid)
{
	const unsigned piece = block / q.chunks;
	const unsigned chunk = block - piece * q.chunks;
	const size_t first = (size_t)piece * q.per;
	unsigned x;
	struct run r;

	r.last = q.last;
	r.piece = piece;
	r.rows = q.rows - first < q.per ? (unsigned)(q.rows - first) : q.per;
	r.y = tid / q.tx;
	r.x = tid - r.y * q.tx;
	r.count = r.y < q.ty ? part_of(r.rows, r.y, q.ty) : 0;
	x = (q.last ? chunk * q.tx : 0) + r.x;
	if (x >= q.inner)
		r.count = 0;
	if (q.last) {
		r.ch = (size_t)x * W;
		r.at = (first + r.y) * q.c + r.ch;
		r.step = q.ty * q.c;
		r.across = 1;
		r.jump = 0;
	} else {
		r.ch = chunk;
		r.at = ((first + r.y) * q.c + chunk) * q.s + (size_t)x * W;
		r.step = q.ty * q.c * q.s;
		r.across = part_of(q.inner, r.x, q.tx);
		r.jump = (size_t)q.tx * W;
	}
	return r;
}

/* f(at) for all that a thread has. */
template <class F>
DEVFN void
walk(const struct run &r, const F &f)
{
	if (r.across == 1) {
#ifndef CU_HOST
#pragma unroll 4
#endif
		for (unsigned i = 0; i < r.count; i++)
			f(r.at + i * r.step);
		return;
	}
	for (unsigned i = 0; i < r.count; i++)
#ifndef CU_HOST
#pragma unroll 4
#endif
		for (unsigned k = 0; k < r.across; k++)
			f(r.at + i * r.step + k * r.jump);
}

/* Numbers of the channels of a run; none: v. */
template <int W>
DEVFN floats<W>
of_channels(const float *p, const struct run &r, float v)
{
	if (p == NULL)
		return same_for_all<W>(v);
	if (!r.last)
		return same_for_all<W>(p[r.ch]);
	return fetch<W>(p, r.ch);
}

template <int W, class F>
static int
run_all(void *stream, const struct extent &e, const F &f)
{
	const struct field q = field_of(e, W);

	return groups_of(stream, (size_t)q.chunks * q.pieces, BLOCK, 0,
	    [=] DEV(size_t i, const struct group &b) {
		    const struct run r =
			run_of<W>(q, (unsigned)i, (unsigned)b.tid);

		    if (r.count > 0)
			    f(width<W>(), r);
	    });
}

/* f(width, run) for every thread; aligned: all it takes W at a time is. */
template <class T, class F>
static int
by_channel(void *stream, const struct extent &e, bool aligned, const F &f)
{
	if (e.n * e.c * e.s == 0)
		return 0;
	if (aligned && is_wide(e, full<T>::n))
		return run_all<full<T>::n>(stream, e, f);
	return run_all<1>(stream, e, f);
}

/* Two numbers for each lane of a thread. */
template <int W> struct sums {
	floats<W> a, b;
};

/* What folding sums takes of a block's room. */
static inline size_t
fold_room(int w)
{
	return 2 * (size_t)BLOCK * (size_t)w * sizeof(float);
}

template <int W>
DEVFN void
lay_out(
    const struct run &r, const struct field &q, const sums<W> &v, float *room)
{
	if (r.y >= q.ty)
		return;
	put(room, (r.y * q.tx + r.x) * W, v.a);
	put(room, BLOCK * W + (r.y * q.tx + r.x) * W, v.b);
}

/* The threads of a block that have the same channels, in the order of their y:
 * part[(piece C + ch) 2 + 0, 1]. */
template <int W>
DEVFN void
fold_sums(const struct field &q, const struct run &r, const struct group &g,
    const sums<W> &v, float *part)
{
	const unsigned across = q.tx * W, tid = (unsigned)g.tid;
	const size_t ch = q.last ? r.ch - r.x * W + tid : r.ch;
	float *room = g.room<float>();
	float a = 0, b = 0;

	if (q.last) {
		lay_out<W>(r, q, v, room);
		g.sync();
		for (unsigned y = 0; y < q.ty && tid < across; y++) {
			a += room[y * across + tid];
			b += room[BLOCK * W + y * across + tid];
		}
	} else {
		for (int k = 0; k < W; k++) {
			a += v.a.v[k];
			b += v.b.v[k];
		}
		a = g.sum(a);
		b = g.sum(b);
	}
	if (tid < (q.last ? across : 1) && ch < q.c) {
		part[(r.piece * q.c + ch) * 2] = a;
		part[(r.piece * q.c + ch) * 2 + 1] = b;
	}
}

template <int W, class F>
static int
sum_pieces(void *stream, const struct field &q, float *part, const F &f)
{
	return groups_of(stream, (size_t)q.chunks * q.pieces, BLOCK,
	    fold_room(W), [=] DEV(size_t i, const struct group &g) {
		    const struct run r =
			run_of<W>(q, (unsigned)i, (unsigned)g.tid);
		    sums<W> v = { same_for_all<W>(0), same_for_all<W>(0) };

		    if (r.count > 0)
			    f(width<W>(), r, &v);
		    fold_sums<W>(q, r, g, v, part);
	    });
}

/* part = the sums that f(width, run, &sums) makes, in pieces; which *q tells.
 * */
template <class T, class F>
static int
sum_by_channel(void *stream, const struct extent &e, bool aligned, float *part,
    struct field *q, const F &f)
{
	if (aligned && is_wide(e, full<T>::n)) {
		*q = field_of(e, full<T>::n);
		return sum_pieces<full<T>::n>(stream, *q, part, f);
	}
	*q = field_of(e, 1);
	return sum_pieces<1>(stream, *q, part, f);
}

/* Channels and threads for each in a block that adds up pieces. */
enum { FINISH_X = 8, FINISH_Y = BLOCK / FINISH_X };

/* f(ch, a, b) with the sums over all pieces. */
template <class F>
static int
finish_sums(void *stream, const struct field &q, const float *part, const F &f)
{
	const size_t c = q.c;
	const unsigned pieces = q.pieces;

	return groups_of(stream, cut_up(c, FINISH_X), BLOCK, fold_room(1),
	    [=] DEV(size_t i, const struct group &g) {
		    const size_t x = g.tid % FINISH_X, ch = i * FINISH_X + x;
		    float *room = g.room<float>();
		    float a = 0, b = 0;

		    for (unsigned p = (unsigned)g.tid / FINISH_X;
			 p < pieces && ch < c; p += FINISH_Y) {
			    a += part[(p * c + ch) * 2];
			    b += part[(p * c + ch) * 2 + 1];
		    }
		    room[g.tid] = a;
		    room[BLOCK + g.tid] = b;
		    g.sync();
		    if (g.tid >= FINISH_X || ch >= c)
			    return;
		    for (size_t y = 1; y < FINISH_Y; y++) {
			    a += room[y * FINISH_X + x];
			    b += room[BLOCK + y * FINISH_X + x];
		    }
		    f(ch, a, b);
	    });
}

/* The most that part takes, for a tensor of c channels and m places: floats. */
static inline size_t
part_size(size_t c, size_t m)
{
	const size_t most = cut_up(FIELD_BLOCKS, cut_up(c, 256));

	return 2 * c * (m < most ? m : most);
}

#endif
