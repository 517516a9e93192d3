/*
 * For tests/bench/dset.sh: pictures to make data sets of, and the limit that
 * libjpeg-turbo's decoding sets.
 *
 *	dset make DIR N [W H]   N JPEGs (quality 90, 500x375) in DIR/a … DIR/d
 *	dset decode DIR         decode them all on all CPUs: pictures/s
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <turbojpeg.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/queue.h"
#include "base/rng.h"
#include "base/stop.h"
#include "file/file.h"
#include "image/image.h"

static const char photos[] =
    "../shared/data/detection/voc_chuanqi305/voc2007_jpegs";

/* A photograph, or something with edges and noise where there is none. */
static int
source(struct image *im, char **names, size_t n, size_t i)
{
	struct rng rng;
	char *path;
	int rc, x, y;

	if (n > 0) {
		path = path_join(photos, names[i % n]);
		rc = image_read(im, path, 0);
		mem_free(path);
		return rc < 0 ? rc : image_channels(im, 3);
	}
	rng_init(&rng, i, 0);
	TRY(image_resize_buffer(im, 600, 450, 3));
	for (y = 0; y < 450; y++)
		for (x = 0; x < 600 * 3; x++)
			im->data[y * 1800 + x] =
			    (uint8_t)((x / 97 + y / 53) % 3 * 80 +
				rng_below(&rng, 24));
	return 0;
}

/* As file_write, without waiting for the disk. */
static int
put(const char *path, const struct buf *b)
{
	FILE *f = fopen(path, "wb");
	int bad = f == NULL || fwrite(b->data, 1, b->len, f) != b->len;

	if (f != NULL && fclose(f) != 0)
		bad = 1;
	return bad ? err_sys("write %s", path) : 0;
}

/* Picture i: a photograph at another size and place for each. */
static int
make_one(const char *path, char **names, size_t n, size_t i, int w, int h)
{
	struct image im, big, out;
	struct buf b;
	int dx = (int)(i * 7 % 41), dy = (int)(i * 13 % 37), rc;

	image_init(&im);
	image_init(&big);
	image_init(&out);
	buf_init(&b, 64 << 20);
	rc = source(&im, names, n, i);
	if (rc == 0)
		rc = image_resize(&big, &im, w + 41, h + 37, NULL);
	if (rc == 0)
		rc = image_crop(&out, &big, dx, dy, w, h);
	if (rc == 0) /* no two the same */
		out.data[i % 1000] ^= (uint8_t)(1 + i / 1000);
	if (rc == 0)
		rc = image_encode_jpeg(&b, &out, 90);
	if (rc == 0)
		rc = put(path, &b);
	image_clear(&im);
	image_clear(&big);
	image_clear(&out);
	buf_clear(&b);
	return rc;
}

static int
make(const char *dir, size_t count, int w, int h)
{
	char **names = NULL, *path;
	size_t n = 0, i;
	int rc = 0;

	if (file_is_dir(photos))
		rc = file_list(&names, &n, photos);
	for (i = 0; rc == 0 && i < count; i++) {
		path = mem_printf("%s/%c", dir, (int)('a' + i % 4));
		rc = file_mkdirs(path);
		mem_free(path);
		path =
		    mem_printf("%s/%c/%05zu.jpg", dir, (int)('a' + i % 4), i);
		if (rc == 0)
			rc = make_one(path, names, n, i, w, h);
		mem_free(path);
	}
	file_list_free(names, n);
	return rc;
}

struct decoding {
	struct buf *files;
	tjhandle *tj; /* one per thread */
	unsigned char **rgb;
	int bad;
};

static void
decode(void *ctx, size_t i, int thread)
{
	struct decoding *d = ctx;
	const unsigned char *p = (unsigned char *)d->files[i].data;
	int w, h, sub, space;

	if (tjDecompressHeader3(
		d->tj[thread], p, d->files[i].len, &w, &h, &sub, &space) < 0 ||
	    tjDecompress2(d->tj[thread], p, d->files[i].len, d->rgb[thread], w,
		0, h, TJPF_RGB, 0) < 0)
		d->bad = 1;
}

static int
run_decode(const char *dir)
{
	struct decoding d = { 0 };
	struct pool *pool;
	char **names, *sub, *path;
	size_t n = 0, cap = 0, k, m;
	int threads = queue_cpus(), t;
	double start;

	for (int c = 'a'; c <= 'd'; c++) {
		sub = mem_printf("%s/%c", dir, c);
		TRY(file_list(&names, &m, sub));
		for (k = 0; k < m; k++) {
			mem_grow(&d.files, &cap, n + 1);
			buf_init(&d.files[n], 64 << 20);
			path = path_join(sub, names[k]);
			TRY(file_read(&d.files[n++], path));
			mem_free(path);
		}
		file_list_free(names, m);
		mem_free(sub);
	}
	TRY(pool_new(&pool, threads));
	d.tj = mem_array(tjhandle, (size_t)threads);
	d.rgb = mem_array(unsigned char *, (size_t)threads);
	for (t = 0; t < threads; t++) {
		d.tj[t] = tjInitDecompress();
		d.rgb[t] = mem_array(unsigned char, 64 << 20);
	}
	pool_for(pool, n, decode, &d);
	start = stop_clock();
	pool_for(pool, n, decode, &d);
	printf("%.0f\n", (double)n / (stop_clock() - start));
	pool_free(pool);
	return d.bad ? err_set(ERR_FORMAT, "a JPEG cannot be decoded") : 0;
}

int
main(int argc, char **argv)
{
	int rc = -1;

	if (argc >= 4 && strcmp(argv[1], "make") == 0)
		rc = make(argv[2], strtoul(argv[3], NULL, 10),
		    argc > 5 ? (int)strtol(argv[4], NULL, 10) : 500,
		    argc > 5 ? (int)strtol(argv[5], NULL, 10) : 375);
	else if (argc == 3 && strcmp(argv[1], "decode") == 0)
		rc = run_decode(argv[2]);
	if (rc < 0)
		fprintf(stderr, "dset: %s\n", err_text());
	return rc < 0;
}
