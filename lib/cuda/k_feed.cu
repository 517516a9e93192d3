/*
 * Pictures: bytes as they are stored become the numbers of an INPUT.  Crop,
 * mirror, mean, scale, order of channels, type and layout in one pass, in the
 * order of operations of input/transform.c: (float(byte) - mean) * scale.
 *
 * Where rows allow, a thread makes four neighbours: it loads their bytes at once
 * (from the two words they may lie in, a crop begins anywhere) and stores them
 * at once, so that a warp reads 128 bytes in a row.  With channels last a thread
 * makes all channels of a place: neighbours read along rows, each writes 16
 * bytes.
 */
#include "cuda/wide.cuh"

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

/* Value of channel c at (y, x) of what comes out; 0 in those added to
 * the picture's. */
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
DEVFN floats<RUN>
values(const struct cu_pictures &f, const struct ring_picture &p, size_t c,
    size_t y, size_t x)
{
	const size_t sy = (size_t)p.y + y;
	const size_t sx = (size_t)p.x + (p.mirror ? f.width - RUN - x : x);
	const uint32_t word = load4(bytes_of(f, p) + place(f, p, c, sy, sx));
	floats<RUN> v;

	for (int i = 0; i < RUN; i++) {
		const int k = p.mirror ? RUN - 1 - i : i;

		v.v[i] = ((float)(word >> (8 * k) & 255) -
			     mean_of(f, c, sy, sx + (size_t)k)) *
		    f.scale;
	}
	return v;
}

/* One value a thread, in the order they are stored. */
template <class T>
static int
feed_each(const struct cu_pictures &f, void *stream)
{
	const struct split row = split_by(f.width);
	const struct split plane = split_by(f.height * f.width);
	const struct split image = split_by(f.stored);
	T *out = (T *)f.out;

	return each(stream, f.n * image.d * plane.d, [=] DEV(size_t i) {
		size_t s, k, x;
		const size_t n = f.form.nhwc
		    ? plane.apart(image.apart(i, &k), &s)
		    : image.apart(plane.apart(i, &s), &k);
		const size_t y = row.apart(s, &x);

		store(out, i, value(f, f.list[n], k, y, x));
	});
}

/* Four of a row a thread. */
template <class T>
static int
feed_rows(const struct cu_pictures &f, void *stream)
{
	const struct split row = split_by(f.width / RUN);
	const struct split plane = split_by(f.height);
	const struct split image = split_by(f.stored);
	T *out = (T *)f.out;

	return each(
	    stream, f.n * f.stored * f.height * row.d, [=] DEV(size_t i) {
		    size_t x, y, c;
		    const size_t n =
			image.apart(plane.apart(row.apart(i, &x), &y), &c);

		    put<RUN>(out, i * RUN, values(f, f.list[n], c, y, x * RUN));
	    });
}

/* All channels of a place a thread, eight at a time. */
template <class T>
static int
feed_places(const struct cu_pictures &f, void *stream)
{
	const struct split row = split_by(f.width);
	const struct split plane = split_by(f.height);
	T *out = (T *)f.out;

	return each(stream, f.n * f.height * f.width, [=] DEV(size_t i) {
		size_t x, y;
		const size_t n = plane.apart(row.apart(i, &x), &y);
		const struct ring_picture p = f.list[n];

		for (size_t c = 0; c < f.stored; c += CU_WIDE) {
			floats<CU_WIDE> v;

			for (size_t k = 0; k < CU_WIDE; k++)
				v.v[k] = value(f, p, c + k, y, x);
			put<CU_WIDE>(out, i * f.stored + c, v);
		}
	});
}

template <class T>
static int
feed(const struct cu_pictures *f)
{
	if (f->form.nhwc && f->stored % CU_WIDE == 0)
		return feed_places<T>(*f, f->stream);
	if (f->form.nhwc || f->packed || f->width % RUN != 0)
		return feed_each<T>(*f, f->stream);
	return feed_rows<T>(*f, f->stream);
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
	const struct split picture = split_by(units > 0 ? units : 1);

	return each(f.stream, f.n * units, [=] DEV(size_t i) {
		size_t at;
		const struct ring_picture p = f.list[picture.apart(i, &at)];
		const struct unit *from = (const struct unit *)(f.bytes + p.at);
		struct unit *to =
		    (struct unit *)(f.held + (size_t)p.record * f.room);

		if (p.keep)
			to[at] = from[at];
	});
}
