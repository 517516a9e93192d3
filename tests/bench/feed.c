/*
 * For tests/bench/feed.sh: how fast batches of pictures are made for a GPU, by
 * the feed itself, up to the copy over the bus.
 *
 *	feed DIR N    LMDBs of N records 256x256x3 in DIR, raw and JPEG; then a
 *	              table: pictures/s and GB/s by one thread and by all, beside
 *	              what memcpy does with as many bytes; and pictures for each
 *	              second of processor time, which says what more cores would
 *	              do and is true on a busy machine too
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/path.h"
#include "base/queue.h"
#include "base/rng.h"
#include "base/stop.h"
#include "caffe/datum.h"
#include "caffe/msg.h"
#include "caffe/upgrade.h"
#include "file/file.h"
#include "image/image.h"
#include "input/feed.h"
#include "nn/net.h"
#include "record/lmdb_out.h"

enum { SIDE = 256, BYTES = 3 * SIDE * SIDE, BATCH = 256 };

/* Smooth shapes with some noise, which JPEG makes 20 to 30 KB of. */
static int
draw(struct image *im, uint64_t seed)
{
	struct rng r;

	rng_init(&r, seed, 0);
	TRY(image_resize_buffer(im, SIDE, SIDE, 3));
	for (int i = 0; i < BYTES; i++) {
		const int x = i / 3 % SIDE, y = i / 3 / SIDE;

		im->data[i] =
		    (uint8_t)(((x + (int)seed) / 37 + y / 29) % 3 * 70 +
			(x * y >> 9) % 60 + (int)rng_below(&r, 12));
	}
	return 0;
}

static int
add(struct record_lmdb_out *out, size_t i, bool jpeg)
{
	struct caffe_datum d = {
		.channels = 3, .height = SIDE, .width = SIDE, .has_label = true
	};
	struct buf b, record;
	struct image im;
	char key[24];
	int rc;

	image_init(&im);
	buf_init(&b, 1 << 24);
	buf_init(&record, 1 << 24);
	rc = draw(&im, i);
	if (rc >= 0 && jpeg)
		rc = image_encode_jpeg(&b, &im, 90);
	d.encoded = jpeg;
	d.data = jpeg ? (const uint8_t *)b.data : im.data;
	d.ndata = jpeg ? b.len : BYTES;
	snprintf(key, sizeof(key), "%08zu", i);
	if (rc >= 0)
		rc = caffe_datum_add(&record, &d);
	if (rc >= 0)
		rc = record_lmdb_put(out, key, 8, record.data, record.len);
	image_clear(&im);
	buf_clear(&b);
	buf_clear(&record);
	return rc;
}

static int
make(const char *dir, size_t n, bool jpeg)
{
	struct record_lmdb_out *out = NULL;
	int rc;

	TRY(file_mkdirs(dir));
	TRY(record_lmdb_create(&out, dir));
	for (size_t i = 0; i < n; i++) {
		rc = add(out, i, jpeg);
		if (rc < 0) {
			record_lmdb_abort(&out);
			return rc;
		}
	}
	return record_lmdb_finish(&out);
}

/* Pictures a second, by the clock and by the processors', of the best pass. */
struct rate {
	double clock, cpu;
};

struct watch {
	double clock, cpu;
};

static double
cpu_clock(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static struct watch
begin(void)
{
	return (struct watch){ stop_clock(), cpu_clock() };
}

static void
end(const struct watch *w, size_t n, struct rate *best)
{
	const double clock = (double)n / (stop_clock() - w->clock);
	const double cpu = (double)n / (cpu_clock() - w->cpu);

	best->clock = clock > best->clock ? clock : best->clock;
	best->cpu = cpu > best->cpu ? cpu : best->cpu;
}

static int
measure(const char *dir, size_t n, int threads, struct rate *rate)
{
	const struct feed_opts fo = {
		.train = true, .shuffle = true, .threads = threads
	};
	struct feeds feeds;
	struct net_opts no = { .phase = CAFFE__PHASE__TRAIN,
		.feed_shape = feeds_shape,
		.feed_ctx = &feeds };
	char *text = mem_printf("layer { name: 'd' type: 'Data' top: 'data' "
				"top: 'label' data_param { batch_size: %d "
				"source: '%s' } transform_param { "
				"crop_size: 224 mirror: true } }",
	    BATCH, dir);
	struct feed_pictures b = { .room = BYTES };
	Caffe__NetParameter *np = NULL;
	struct net *net = NULL;
	float label[BATCH], *top[FEED_TOPS] = { NULL, label };
	int rc;

	feeds_init(&feeds, &fo);
	rc = caffe_net_parse(&np, text, strlen(text), "net");
	if (rc >= 0)
		rc = net_new(&net, np, &no);
	if (rc >= 0)
		rc = feeds_start(&feeds, net);
	b.list = mem_array(struct ring_picture, BATCH);
	b.bytes = mem_array(uint8_t, (size_t)BATCH * BYTES);
	*rate = (struct rate){ 0, 0 };
	for (int pass = 0; pass < 3 && rc >= 0; pass++) {
		const struct watch w = begin();
		size_t made = 0;

		for (; made < n && rc >= 0; made += BATCH) {
			b.n = 0;
			rc = feeds.v[0]->type->pictures(
			    feeds.v[0], made + (uint64_t)pass * n, top, &b);
		}
		end(&w, made, rate);
	}
	mem_free(b.list);
	mem_free(b.bytes);
	mem_free(text);
	net_free(net);
	feeds_clear(&feeds);
	caffe_msg_free(np);
	return rc;
}

static struct rate
copying(size_t n)
{
	uint8_t *from = mem_array(uint8_t, n * BYTES);
	uint8_t *to = mem_array(uint8_t, (size_t)BATCH * BYTES);
	struct rate best = { 0, 0 };

	memset(from, 1, n * BYTES);
	memset(to, 1, (size_t)BATCH * BYTES);
	for (int pass = 0; pass < 3; pass++) {
		const struct watch w = begin();

		for (size_t i = 0; i < n; i++)
			memcpy(to + i % BATCH * BYTES, from + i * BYTES, BYTES);
		end(&w, n, &best);
	}
	mem_free(from);
	mem_free(to);
	return best;
}

static void
row(const char *what, const struct rate *r, const struct rate *limit)
{
	printf("%-30s %9.0f %9.2f %12.0f %6.0f%%\n", what, r->clock,
	    r->clock * BYTES / 1e9, r->cpu, 100 * r->cpu / limit->cpu);
}

int
main(int argc, char **argv)
{
	static const char *const names[] = { "raw", "jpeg" };
	int64_t n;
	struct rate limit, rate;
	char *dir, what[64];
	int rc = 0;

	if (argc != 3 || num_int(&n, argv[2], BATCH, 1 << 20) < 0)
		return 2;
	limit = copying((size_t)n);
	row("memcpy, 1 thread", &limit, &limit);
	for (int k = 0; k < 2 && rc >= 0; k++) {
		dir = path_join(argv[1], names[k]);
		rc = make(dir, (size_t)n, k == 1);
		for (int all = 0; all < 2 && rc >= 0; all++) {
			rc = measure(
			    dir, (size_t)n, all ? queue_cpus() : 1, &rate);
			snprintf(what, sizeof(what),
			    "%s 256x256x3, %d thread%s", names[k],
			    all ? queue_cpus() : 1, all ? "s" : "");
			if (rc >= 0)
				row(what, &rate, &limit);
		}
		mem_free(dir);
	}
	if (rc < 0)
		fprintf(stderr, "%s\n", err_text());
	return rc < 0;
}
