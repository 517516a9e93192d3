/*
 * Pictures: bytes as they are stored become the numbers of an INPUT.  Crop,
 * mirror, mean, scale, order of channels, type and layout in one pass, in the
 * order of operations of dset/transform.c: (float(byte) - mean) * scale.
 *
 * Where rows allow, a thread makes four neighbours: it loads their bytes at once
 * (from the two words they may lie in, a crop begins anywhere) and stores them
 * at once, so that a warp reads 128 bytes in a row.
 */
#include "cuda/each.cuh"

enum { RUN = 4 };

DEVFN const uint8_t *
bytes_of(const struct cu_pictures &f, const struct ring_picture &p)
{
	return p.held ? f.held + (size_t)p.record * f.room : f.bytes + p.at;
}

/* Place (y, x) of channel c, in the picture's own rows and columns. */
DEVFN size_t
place(const struct cu_pictures &f, const struct ring_picture &p, size_t c,
    size_t y, size_t x)
{
	const size_t w = (size_t)p.width;

	if (f.packed)
		return (y * w + x) * f.channels + (f.channels - 1 - c);
	return (c * (size_t)p.height + y) * w + x;
}

DEVFN float
mean_of(const struct cu_pictures &f, size_t c, size_t y, size_t x)
{
	if (f.mean != NULL)
		return f.mean[(c * f.mean_height + y) * f.mean_width + x];
	if (f.nmean_value == 0)
		return 0;
	return f.mean_value[f.nmean_value == 1 ? 0 : c];
}

/* Value of channel c at (y, x) of what comes out; 0 in channels that are there
 * for the sake of alignment. */
DEVFN float
value(const struct cu_pictures &f, const struct ring_picture &p, size_t c,
    size_t y, size_t x)
{
	const size_t sy = (size_t)p.y + y;
	const size_t sx = (size_t)p.x + (p.mirror ? f.width - 1 - x : x);

	if (c >= f.channels)
		return 0;
	return ((float)bytes_of(f, p)[place(f, p, c, sy, sx)] -
		   mean_of(f, c, sy, sx)) *
	    f.scale;
}

/* Four bytes from anywhere; no word is touched that has none of them. */
DEVFN uint32_t
load4(const uint8_t *p)
{
	const uint32_t off = (uint32_t)((uintptr_t)p & 3);
	const uint32_t *q = (const uint32_t *)(p - off);
	const uint64_t low = q[0], high = off != 0 ? q[1] : 0;

	return (uint32_t)((high << 32 | low) >> (8 * off));
}

/* The values at x … x + 3 of a picture in planes. */
DEVFN void
values(const struct cu_pictures &f, const struct ring_picture &p, size_t c,
    size_t y, size_t x, float v[RUN])
{
	const size_t sy = (size_t)p.y + y;
	const size_t sx = (size_t)p.x + (p.mirror ? f.width - RUN - x : x);
	uint32_t word;

	if (c >= f.channels) {
		v[0] = v[1] = v[2] = v[3] = 0;
		return;
	}
	word = load4(bytes_of(f, p) + place(f, p, c, sy, sx));
	for (int i = 0; i < RUN; i++) {
		const int k = p.mirror ? RUN - 1 - i : i;

		v[i] = ((float)(word >> (8 * k) & 255) -
			   mean_of(f, c, sy, sx + (size_t)k)) *
		    f.scale;
	}
}

template <class T, int N> struct alignas(sizeof(T) * 4) pack {
	T v[N];
};

/* One value a thread, in the order they are stored. */
template <class T>
static int
feed_each(const struct cu_pictures &f, void *stream)
{
	const size_t plane = f.height * f.width, c = f.padded;
	T *out = (T *)f.out;

	return each(stream, f.n * c * plane, [=] DEV(size_t i) {
		const size_t s = f.form.nhwc ? i / c % plane : i % plane;
		const size_t k = f.form.nhwc ? i % c : i / plane % c;
		const struct ring_picture p = f.list[i / plane / c];

		store(out, i, value(f, p, k, s / f.width, s % f.width));
	});
}

/* Four of a row a thread. */
template <class T>
static int
feed_rows(const struct cu_pictures &f, void *stream)
{
	const size_t runs = f.width / RUN, c = f.padded;
	pack<T, RUN> *out = (pack<T, RUN> *)f.out;

	return each(stream, f.n * c * f.height * runs, [=] DEV(size_t i) {
		const size_t row = i / runs, image = row / f.height;
		const struct ring_picture p = f.list[image / c];
		pack<T, RUN> four;
		float v[RUN];

		values(f, p, image % c, row % f.height, i % runs * RUN, v);
		for (int k = 0; k < RUN; k++)
			store(four.v, (size_t)k, v[k]);
		out[i] = four;
	});
}

/* Four places of a row with all their channels. */
template <class T, int C>
static int
feed_places(const struct cu_pictures &f, void *stream)
{
	const size_t runs = f.width / RUN;
	pack<T, RUN *C> *out = (pack<T, RUN * C> *)f.out;

	return each(stream, f.n * f.height * runs, [=] DEV(size_t i) {
		const size_t row = i / runs;
		const struct ring_picture p = f.list[row / f.height];
		pack<T, RUN * C> four;
		float v[RUN];

		for (int c = 0; c < C; c++) {
			values(
			    f, p, (size_t)c, row % f.height, i % runs * RUN, v);
			for (int k = 0; k < RUN; k++)
				store(four.v, (size_t)(k * C + c), v[k]);
		}
		out[i] = four;
	});
}

template <class T>
static int
feed(const struct cu_pictures *f)
{
	if (f->packed || f->width % RUN != 0)
		return feed_each<T>(*f, f->stream);
	if (!f->form.nhwc)
		return feed_rows<T>(*f, f->stream);
	if (f->padded == 3)
		return feed_places<T, 3>(*f, f->stream);
	if (f->padded == 4)
		return feed_places<T, 4>(*f, f->stream);
	if (f->padded == 8)
		return feed_places<T, 8>(*f, f->stream);
	return feed_each<T>(*f, f->stream);
}

extern "C" int
cu_feed(const struct cu_pictures *f)
{
	return BY_TYPE(f, feed);
}

struct alignas(RING_ALIGN) unit {
	uint32_t word[RING_ALIGN / 4];
};

/* Sixteen bytes a thread, of pictures that are to stay. */
extern "C" int
cu_hold(const struct cu_pictures *pictures)
{
	const struct cu_pictures f = *pictures;
	const size_t units = f.room / RING_ALIGN;

	return each(f.stream, f.n * units, [=] DEV(size_t i) {
		const struct ring_picture p = f.list[i / units];
		const struct unit *from = (const struct unit *)(f.bytes + p.at);
		struct unit *to =
		    (struct unit *)(f.held + (size_t)p.record * f.room);

		if (p.keep)
			to[i % units] = from[i % units];
	});
}
