/*
 * Antialiased resizing: Pillow's BILINEAR and BICUBIC, bit for bit.
 *
 * Horizontally then vertically, each pass rounded to 8 bits.  A line of the
 * first pass is made when the second needs it and kept in a ring of as many
 * lines as the second has taps, so that the work stays in the first-level
 * cache.  A pass that would change nothing is skipped, as Pillow does.
 *
 * Formulas: a triangle of half-width max(1, scale), or a cubic of twice that, around the centre of the
 * output pixel, sampled at the centres of the input pixels, normalised in
 * double, rounded to 22 bits (Pillow 9, src/libImaging/Resample.c).
 */
#include "image/resize/resize.h"

#include <limits.h>
#include <math.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "image/codec.h"

static void
taps_clear(struct resize_taps *t)
{
	mem_free(t->first);
	mem_free(t->weights);
	mem_free(t->packed);
}

/* What a pixel at a distance of x weighs; the filter's half-width. */
static double
filter_at(enum image_filter filter, double x)
{
	x = fabs(x);
	if (filter == IMAGE_BILINEAR)
		return 1.0 - x > 0 ? 1.0 - x : 0;
	if (x < 1)
		return ((-0.5 + 2.0) * x - (-0.5 + 3.0)) * x * x + 1;
	return x < 2 ? (((x - 5) * x + 8) * x - 4) * -0.5 : 0;
}

static double
filter_width(enum image_filter filter)
{
	return filter == IMAGE_BILINEAR ? 1.0 : 2.0;
}

/* Weights of one output into w; returns how many, *first is the sample of the
 * first, which is never before that of the output before.  Zeros at either end are
 * dropped, but not the leading ones of a cubic, which is 0 inside, too.  by: how many samples are one of the
 * filter's. */
static int
taps_of(enum image_filter filter, double centre, double by, int samples,
    int32_t *w, int *first)
{
	double reach = filter_width(filter) * by, sum = 0;
	int lo = (int)(centre - reach + 0.5), hi = (int)(centre + reach + 0.5);
	int n = 0, skip = 0;

	if (lo < 0)
		lo = 0;
	if (hi > samples)
		hi = samples;
	/* Pillow multiplies by the inverse: so must we. */
	double inverse = 1.0 / by;

	for (int i = lo; i < hi; i++)
		sum += filter_at(filter, (i - centre + 0.5) * inverse);
	for (int i = lo; i < hi; i++) {
		double v = filter_at(filter, (i - centre + 0.5) * inverse) /
		    sum * (1 << RESIZE_BITS);
		int32_t q = (int32_t)(v < 0 ? v - 0.5 : v + 0.5);

		if (q == 0 && n == 0 && filter == IMAGE_BILINEAR)
			skip++;
		else
			w[n++] = q;
	}
	while (n > 1 && w[n - 1] == 0)
		n--;
	*first = lo + skip;
	return n;
}

/*
 * The taps of outputs from..from+n-1 of total, made of a line of samples whose
 * first size (a fraction is possible) are the picture.
 */
static int
taps_init(struct resize_taps *t, enum image_filter filter, int samples,
    double size, int total, int from, int n, int multiple)
{
	double scale = size / total, by = scale < 1 ? 1 : scale;
	int most = (int)ceil(filter_width(filter) * by) * 2 + 1;
	int32_t *line;
	void *p;

	*t = (struct resize_taps){ .n = n };
	/* What is needed at most, to the multiple; cut down below. */
	if (most > samples)
		most = samples;
	t->count = (most + multiple - 1) / multiple * multiple;
	TRY(mem_take(&p, (size_t)n * (size_t)t->count, sizeof(*t->weights),
	    (size_t)1 << 30, "the weights of a resize"));
	t->weights = p;
	t->first = mem_array(int, (size_t)n);
	memset(p, 0, (size_t)n * (size_t)t->count * sizeof(*t->weights));
	line = t->weights;
	most = 1;
	for (int i = 0; i < n; i++, line += t->count) {
		int m = taps_of(filter, (from + i + 0.5) * scale, by, samples,
		    line, &t->first[i]);

		if (m > most)
			most = m;
	}
	most = (most + multiple - 1) / multiple * multiple;
	for (int i = 0; i < n && most < t->count; i++)
		memmove(t->weights + (size_t)i * (size_t)most,
		    t->weights + (size_t)i * (size_t)t->count,
		    (size_t)most * sizeof(*t->weights));
	t->count = most;
	/* Near the end, begin earlier with zeros rather than read past it. */
	for (int i = 0; i < n; i++) {
		int back = t->first[i] + most - samples;
		int32_t *w = t->weights + (size_t)i * (size_t)most;

		if (back > t->first[i])
			back = t->first[i];
		if (back <= 0)
			continue;
		memmove(w + back, w, (size_t)(most - back) * sizeof(*w));
		memset(w, 0, (size_t)back * sizeof(*w));
		t->first[i] -= back;
	}
	return 0;
}

/* The plain loops: they define the result. */

static int
always(void)
{
	return 1;
}

static uint8_t
round_clip(int32_t sum)
{
	int32_t v = sum >> RESIZE_BITS;

	return (uint8_t)(v > 255 ? 255 : v < 0 ? 0 : v);
}

static void
plain_line(
    uint8_t *to, const uint8_t *row, const struct resize_taps *t, int channels)
{
	const int32_t *w = t->weights;

	for (int i = 0; i < t->n; i++, w += t->count)
		for (int c = 0; c < channels; c++) {
			const uint8_t *p =
			    row + (size_t)t->first[i] * (size_t)channels + c;
			int32_t sum = RESIZE_ROUND;

			for (int k = 0; k < t->count; k++, p += channels)
				if (w[k] != 0)
					sum += w[k] * *p;
			*to++ = round_clip(sum);
		}
}

static void
plain_column(uint8_t *to, const uint8_t *const *rows,
    const struct resize_taps *t, int i, size_t n)
{
	const int32_t *w = t->weights + (size_t)i * (size_t)t->count;

	for (size_t x = 0; x < n; x++) {
		int32_t sum = RESIZE_ROUND;

		for (int k = 0; k < t->count; k++)
			sum += w[k] * rows[k][x];
		to[x] = round_clip(sum);
	}
}

const struct resize_kernels resize_plain = {
	.name = "plain",
	.usable = always,
	.multiple = 1,
	.line = plain_line,
	.column = plain_column,
};

const struct resize_kernels *
resize_best(void)
{
	static const struct resize_kernels *const kinds[] = {
#if defined(__x86_64__)
		&resize_vnni,
		&resize_avx2,
#endif
		&resize_plain,
	};
	size_t i = 0;

	while (!kinds[i]->usable())
		i++;
	return kinds[i];
}

/* One resize under way. */
struct job {
	const struct image *in;
	const struct resize_kernels *kernels;
	const struct resize_window *win;
	struct resize_taps across, down;
	int do_across, do_down;
	uint8_t *ring; /* (slots, ring_pitch) lines of the first pass */
	size_t ring_pitch;
	int slots,
	    made;      /* lines made so far: the last slots of them are kept */
	uint8_t *tail; /* a copy of an input line with slack behind it */
	size_t line_need; /* bytes that the line loop may touch from a line */
};

/* The input line y, with enough readable bytes behind it. */
static const uint8_t *
job_input(struct job *j, int y)
{
	size_t pitch = (size_t)j->in->width * (size_t)j->in->channels;
	size_t left = (size_t)(j->in->height - y) * pitch;
	const uint8_t *p = j->in->data + (size_t)y * pitch;

	if (left >= j->line_need)
		return p;
	memcpy(j->tail, p, pitch);
	return j->tail;
}

/* The first pass's line y: in the ring, or the input's own. */
static const uint8_t *
job_line(struct job *j, int y)
{
	size_t c = (size_t)j->in->channels;
	uint8_t *to;

	if (!j->do_across)
		return j->in->data +
		    ((size_t)y * (size_t)j->in->width + (size_t)j->win->x) * c;
	to = j->ring + (size_t)(y % j->slots) * j->ring_pitch;
	if (y >= j->made) {
		j->kernels->line(
		    to, job_input(j, y), &j->across, j->in->channels);
		j->made = y + 1;
	}
	return to;
}

static int
job_init(struct job *j, struct image *scratch)
{
	const struct image *in = j->in;
	int c = in->channels, m = j->kernels->multiple;
	double w = in->width, h = in->height;
	size_t pitch = (size_t)in->width * (size_t)c, ring, slack;

	if (in->full_width > 0) {
		/* Decoded at 1/d: the last pixel may be part padding. */
		int d = 1;

		while ((in->full_width + d - 1) / d > in->width)
			d *= 2;
		w = (double)in->full_width / d;
		h = (double)in->full_height / d;
	}
	j->do_across = w < in->width || in->width != j->win->full_w;
	j->do_down = h < in->height || in->height != j->win->full_h;
	if (j->do_across) {
		TRY(taps_init(&j->across, j->win->filter, in->width, w,
		    j->win->full_w, j->win->x, j->win->w, m));
		if (j->kernels->pack != NULL)
			j->kernels->pack(&j->across, c);
	}
	if (j->do_down) {
		TRY(taps_init(&j->down, j->win->filter, in->height, h,
		    j->win->full_h, j->win->y, j->win->h, m));
		if (j->kernels->pack != NULL)
			j->kernels->pack(&j->down, 0);
	}
	j->slots = j->do_down ? j->down.count : 1;
	j->ring_pitch = ((size_t)j->win->w * (size_t)c + 2 * RESIZE_SLACK - 1) /
	    RESIZE_SLACK * RESIZE_SLACK;
	slack = (size_t)j->across.count * (size_t)c + RESIZE_SLACK;
	j->line_need = pitch + slack;
	ring = (size_t)j->slots * j->ring_pitch;
	if (scratch->cap < ring + pitch + slack) {
		void *p;

		image_clear(scratch);
		TRY(mem_take(&p, ring + pitch + slack, 1, (size_t)2 << 30,
		    "the lines of a resize"));
		scratch->data = p;
		scratch->cap = ring + pitch + slack;
	}
	j->ring = scratch->data;
	j->tail = scratch->data + ring;
	memset(j->tail, 0, pitch + slack);
	return 0;
}

static int
job_run(struct job *j, struct image *out)
{
	size_t pitch = (size_t)out->width * (size_t)out->channels;
	const uint8_t **rows;
	int n = j->do_down ? j->down.count : 1;

	rows = mem_array(const uint8_t *, (size_t)n);
	for (int y = 0; y < out->height; y++) {
		uint8_t *to = out->data + (size_t)y * pitch;

		if (!j->do_down) {
			memcpy(to, job_line(j, j->win->y + y), pitch);
			continue;
		}
		for (int k = 0; k < n; k++) {
			int at = j->down.first[y] + k;

			/* Taps past the last line weigh nothing. */
			rows[k] = job_line(
			    j, at < j->in->height ? at : j->in->height - 1);
		}
		j->kernels->column(to, rows, &j->down, y, pitch);
	}
	mem_free(rows);
	return 0;
}

int
resize_window(struct image *out, const struct image *in,
    const struct resize_window *win, struct image *scratch,
    const struct resize_kernels *k)
{
	struct job j = { .in = in, .kernels = k, .win = win };
	struct image own;
	int rc;

	if (win->filter != IMAGE_BILINEAR)
		j.kernels = &resize_plain;
	image_init(&own);
	TRY(image_resize_buffer(out, win->w, win->h, in->channels));
	rc = job_init(&j, scratch != NULL ? scratch : &own);
	if (rc >= 0)
		rc = job_run(&j, out);
	taps_clear(&j.across);
	taps_clear(&j.down);
	image_clear(&own);
	return rc;
}

int
image_resize(struct image *out, const struct image *in, int w, int h,
    struct image *scratch)
{
	struct resize_window win = { .full_w = w, .full_h = h, .w = w, .h = h };

	TRY(image_check_size((uint64_t)w, (uint64_t)h));
	if (w == in->width && h == in->height && in->full_width == 0)
		return image_copy(out, in);
	return resize_window(out, in, &win, scratch, resize_best());
}
