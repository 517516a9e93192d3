/*
 * How fast pictures are decoded, resized and encoded, on one core: this
 * library, and libjpeg-turbo alone as the limit.
 *
 *	image make DIR     write the pictures that are measured into DIR
 *	image run DIR      measure; lines "name<TAB>milliseconds per picture"
 *
 * The pictures are made here, so that they are the same everywhere and belong
 * to nobody: slopes and waves with noise, about as large as photographs are
 * at that size and quality.  A figure is the median of seven rounds, in time of
 * the processor, so that others on the machine count little.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <turbojpeg.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/rng.h"
#include "file/file.h"
#include "image/image.h"

enum { ROUNDS = 7, TO = 256 };

struct subject {
	struct buf bytes, out;
	struct image whole, small, scratch, decoded;
	unsigned char *pixels;
	tjhandle tj;
	int hint;
};

static void
must(int rc)
{
	if (rc >= 0)
		return;
	fprintf(stderr, "image: %s\n", err_text());
	exit(1);
}

static double
now(void)
{
	struct timespec t;

	/* What this process used: others may share the machine. */
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Slopes, waves that get finer to one corner, noise. */
static void
paint(struct image *im, int w, int h, double noise)
{
	struct rng r;
	uint8_t *p;

	must(image_resize_buffer(im, w, h, 3));
	rng_init(&r, 1, 2);
	p = im->data;
	for (int y = 0; y < h; y++)
		for (int x = 0; x < w; x++) {
			double u = (double)x / w, v = (double)y / h;
			double wave = 40 * sin(60 * u * u + 9 * v) +
			    30 * sin(80 * v * v * u);
			double grain = noise * rng_normal(&r);

			for (int c = 0; c < 3; c++) {
				double s = 128 + 40 * (u - v) +
				    wave * (c - 0.4) + grain;

				*p++ = (uint8_t)fmin(255, fmax(0, s));
			}
		}
}

static void
make(const char *dir)
{
	static const struct {
		const char *name;
		int w, h;
		double noise;
	} files[] = {
		{ "photo.jpg", 500, 375, 9 },
		{ "large.jpg", 3000, 2000, 5 },
		{ "small.png", 256, 256, 6 },
		{ "digit.png", 28, 28, 0 },
		{ "photo.ppm", 500, 375, 9 },
	};
	struct image im;
	struct buf b;

	image_init(&im);
	for (size_t i = 0; i < LENGTH(files); i++) {
		char *path = path_join(dir, files[i].name);

		paint(&im, files[i].w, files[i].h, files[i].noise);
		buf_init(&b, 1 << 28);
		if (path_has_ext(path, ".jpg"))
			must(image_encode_jpeg(&b, &im, 85));
		else if (path_has_ext(path, ".png")) {
			if (im.width == 28)
				must(image_channels(&im, 1));
			must(image_encode_png(&b, &im, 6));
		} else
			must(image_encode_pnm(&b, &im));
		must(file_write(path, b.data, b.len, 1));
		buf_clear(&b);
		mem_free(path);
	}
	image_clear(&im);
}

static void
decode_turbo(struct subject *s)
{
	if (tjDecompress2(s->tj, (unsigned char *)s->bytes.data, s->bytes.len,
		s->pixels, s->whole.width, 0, s->whole.height, TJPF_RGB,
		0) != 0)
		exit(1);
}

static void
decode(struct subject *s)
{
	must(image_decode(&s->decoded, s->bytes.data, s->bytes.len, "it", 0,
	    s->hint, s->hint));
}

static void
fit(struct subject *s)
{
	must(image_fit(
	    &s->small, &s->whole, TO, TO, IMAGE_SQUASH, 0, &s->scratch));
}

static void
decode_fit(struct subject *s)
{
	decode(s);
	must(image_fit(
	    &s->small, &s->decoded, TO, TO, IMAGE_SQUASH, 0, &s->scratch));
}

static void
encode_jpeg(struct subject *s)
{
	buf_reset(&s->out);
	must(image_encode_jpeg(&s->out, &s->small, 90));
}

static void
encode_png(struct subject *s)
{
	buf_reset(&s->out);
	must(image_encode_png(&s->out, &s->small, -1));
}

static void
decode_fit_png(struct subject *s)
{
	decode_fit(s);
	encode_png(s);
}

static void
decode_fit_jpeg(struct subject *s)
{
	decode_fit(s);
	encode_jpeg(s);
}

static int
by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void
measure(const char *name, struct subject *s, void (*step)(struct subject *))
{
	double t[ROUNDS], begin, one;
	int n;

	step(s);
	begin = now();
	step(s);
	one = now() - begin;
	/* Rounds of about a twentieth of a second. */
	n = (int)(0.05 / (one + 1e-9)) + 1;
	for (int i = 0; i < ROUNDS; i++) {
		begin = now();
		for (int k = 0; k < n; k++)
			step(s);
		t[i] = (now() - begin) / n;
	}
	qsort(t, ROUNDS, sizeof(t[0]), by_size);
	printf("%s\t%.4f\n", name, t[ROUNDS / 2] * 1e3);
	fflush(stdout);
}

static void
load(struct subject *s, const char *dir, const char *name)
{
	char *path = path_join(dir, name);

	buf_reset(&s->bytes);
	must(file_read(&s->bytes, path));
	must(image_decode(
	    &s->whole, s->bytes.data, s->bytes.len, name, 0, 0, 0));
	must(image_fit(&s->small, &s->whole, TO, TO, IMAGE_SQUASH, 0, NULL));
	mem_free(s->pixels);
	s->pixels =
	    mem_calloc((size_t)s->whole.width * (size_t)s->whole.height, 3);
	s->hint = 0;
	mem_free(path);
}

static void
run(const char *dir)
{
	struct subject s = { .tj = tjInitDecompress() };

	buf_init(&s.bytes, 1 << 28);
	buf_init(&s.out, 1 << 28);
	load(&s, dir, "photo.jpg");
	measure("jpeg 500x375: libjpeg-turbo alone", &s, decode_turbo);
	measure("jpeg 500x375: decode", &s, decode);
	measure("resize 500x375 to 256x256", &s, fit);
	measure("jpeg 500x375: decode, resize", &s, decode_fit);
	measure(
	    "jpeg 500x375: decode, resize, encode jpeg", &s, decode_fit_jpeg);
	measure("jpeg 500x375: decode, resize, encode png", &s, decode_fit_png);
	measure("encode jpeg 256x256", &s, encode_jpeg);
	measure("encode png 256x256", &s, encode_png);
	load(&s, dir, "large.jpg");
	measure("jpeg 3000x2000: libjpeg-turbo alone", &s, decode_turbo);
	measure("jpeg 3000x2000: decode, resize, every pixel", &s, decode_fit);
	s.hint = TO;
	measure("jpeg 3000x2000: decode, resize", &s, decode_fit);
	load(&s, dir, "small.png");
	measure("png 256x256: decode", &s, decode);
	load(&s, dir, "digit.png");
	measure("png 28x28 grey: decode", &s, decode);
	load(&s, dir, "photo.ppm");
	measure("ppm 500x375: decode, resize", &s, decode_fit);
	tjDestroy(s.tj);
	buf_clear(&s.bytes);
	buf_clear(&s.out);
	image_clear(&s.whole);
	image_clear(&s.small);
	image_clear(&s.scratch);
	image_clear(&s.decoded);
	mem_free(s.pixels);
}

int
main(int argc, char **argv)
{
	if (argc == 3 && strcmp(argv[1], "make") == 0)
		make(argv[2]);
	else if (argc == 3 && strcmp(argv[1], "run") == 0)
		run(argv[2]);
	else {
		fprintf(stderr, "usage: image make|run DIR\n");
		return 2;
	}
	return 0;
}
