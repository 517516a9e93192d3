/*
 * Channels added: few channels (a picture's three) become as many as tensor cores
 * take at a time, the new ones zeros, with channels last.  The way back is
 * cu_convert, which leaves out what its output has no room for.
 */
#include "cuda/wide.cuh"

/* A thread makes all channels of a place: what it reads lies in planes, where
 * its neighbours read theirs; what it writes is 16 bytes. */
template <class T>
static int
widen(const struct cu_call *c)
{
	const struct lay from = lay_of(c->in[0].s, c->in[0].form);
	const size_t wide = (size_t)c->out[0].s->d[1];
	const size_t places = (size_t)c->in[0].s->d[0] * from.s;
	const float *x = (const float *)c->in[0].p;
	T *y = (T *)c->out[0].p;

	return each(c->stream, places, [=] DEV(size_t i) {
		const size_t n = i / from.s, s = i % from.s;

		for (size_t ch = 0; ch < wide; ch += CU_WIDE) {
			floats<CU_WIDE> f;

			for (size_t k = 0; k < CU_WIDE; k++)
				f.v[k] = ch + k < from.c
				    ? x[from.at(n, ch + k, s)]
				    : 0;
			put<CU_WIDE>(y, i * wide + ch, f);
		}
	});
}

extern "C" int
cu_widen(const struct cu_call *c)
{
	return BY_TYPE(c, widen);
}
