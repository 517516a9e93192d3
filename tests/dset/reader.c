/* The stream of records: order, shards, resuming, threads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../tmp.h"
#include "base/err.h"
#include "dset/reader.h"
#include "make.h"

enum { N = 103, SIDE = 5, LONG = 3 * N + 17 };

static struct dset_db *dbs[2]; /* raw, encoded */

static int
setup(void **state)
{
	if (tmp_setup(state) < 0)
		return -1;
	if (make_lmdb(tmp_path("raw"), N, SIDE, 0) < 0 ||
	    make_lmdb(tmp_path("png"), N, SIDE, 1) < 0)
		return -1;
	return dset_db_open(&dbs[0], tmp_path("raw")) < 0 ||
		dset_db_open(&dbs[1], tmp_path("png")) < 0
	    ? -1
	    : 0;
}

static int
teardown(void **state)
{
	dset_db_close(dbs[0]);
	dset_db_close(dbs[1]);
	return tmp_teardown(state);
}

/* n records of the stream, in batches, as their labels; pixels are checked. */
static void
take(int *out, struct dset_reader *r, size_t n, size_t batch)
{
	struct dset_item items[64];
	size_t i, k, m, at = 0;

	while (at < n) {
		m = n - at < batch ? n - at : batch;
		assert_int_equal(dset_reader_next(r, items, m), 0);
		for (i = 0; i < m; i++) {
			assert_int_equal(items[i].width, SIDE);
			assert_int_equal(items[i].channels, 1);
			assert_int_equal(items[i].index, items[i].label);
			for (k = 0; k < SIDE * SIDE; k++)
				assert_int_equal(items[i].data[k],
				    (uint8_t)((size_t)items[i].label + k));
			out[at++] = items[i].label;
		}
	}
}

static void
stream(int *out, int db, const struct dset_reader_options *o, uint64_t from,
    size_t n)
{
	struct dset_reader *r;

	assert_int_equal(dset_reader_open(&r, dbs[db], o), 0);
	dset_reader_seek(r, from);
	take(out, r, n, o->batch);
	assert_int_equal(dset_reader_tell(r), from + n);
	dset_reader_close(r);
}

static void
in_order(void **state)
{
	struct dset_reader_options o = { .batch = 10 };
	int got[LONG], i;

	(void)state;
	stream(got, 0, &o, 0, LONG);
	for (i = 0; i < LONG; i++)
		assert_int_equal(got[i], i % N);
}

/* Every epoch is a permutation, no two are the same, the seed decides. */
static void
shuffled(void **state)
{
	struct dset_reader_options o = {
		.batch = 10, .shuffle = true, .seed = 7
	};
	int a[3 * N], b[3 * N], e, i, seen[N];

	(void)state;
	stream(a, 0, &o, 0, 3 * N);
	for (e = 0; e < 3; e++) {
		memset(seen, 0, sizeof seen);
		for (i = 0; i < N; i++)
			seen[a[e * N + i]]++;
		for (i = 0; i < N; i++)
			assert_int_equal(seen[i], 1);
	}
	assert_memory_not_equal(a, a + N, N * sizeof *a);
	assert_memory_not_equal(a + N, a + 2 * N, N * sizeof *a);
	stream(b, 0, &o, 0, 3 * N);
	assert_memory_equal(a, b, sizeof a);
	o.seed = 8;
	stream(b, 0, &o, 0, 3 * N);
	assert_memory_not_equal(a, b, sizeof a);
}

/* From any place the stream is the same: what resuming relies on. */
static void
resumed(void **state)
{
	struct dset_reader_options o = { .batch = 16, .shuffle = true };
	int whole[LONG], rest[LONG];
	size_t from;

	(void)state;
	stream(whole, 0, &o, 0, LONG);
	for (from = 0; from < LONG; from += 29) {
		stream(rest, 0, &o, from, LONG - from);
		assert_memory_equal(
		    rest, whole + from, (LONG - from) * sizeof *rest);
	}
}

/* Decoded by any number of threads, in batches of any size. */
static void
threads(void **state)
{
	struct dset_reader_options o = { .batch = 16, .shuffle = true };
	int want[LONG], got[LONG], t;
	size_t batch;

	(void)state;
	stream(want, 0, &o, 0, LONG);
	for (t = 0; t < 5; t++) {
		for (batch = 1; batch <= 64; batch *= 4) {
			o.threads = t;
			o.batch = batch;
			stream(got, 1, &o, 0, LONG);
			assert_memory_equal(want, got, sizeof want);
			stream(got, 0, &o, 5, LONG - 5);
			assert_memory_equal(
			    want + 5, got, sizeof want - 5 * sizeof *want);
		}
	}
}

/* Seeking back and forth in one reader, with items on their way. */
static void
seeking(void **state)
{
	struct dset_reader_options o = {
		.batch = 8, .threads = 3, .shuffle = true
	};
	struct dset_reader *r;
	int want[LONG], got[40], i;
	uint64_t epoch, place;

	(void)state;
	stream(want, 1, &o, 0, LONG);
	assert_int_equal(dset_reader_open(&r, dbs[1], &o), 0);
	for (i = 0; i < 30; i++) {
		size_t at = (size_t)(i * 53) % (LONG - 40);

		dset_reader_seek(r, at);
		take(got, r, 40, 8);
		assert_memory_equal(got, want + at, sizeof got);
	}
	dset_reader_seek(r, N + 4);
	dset_reader_where(r, &epoch, &place);
	assert_int_equal(epoch, 1);
	assert_int_equal(place, 4);
	dset_reader_close(r);
}

/* Three readers share the stream without gap or overlap. */
static void
shards(void **state)
{
	struct dset_reader_options o = { .batch = 7, .shuffle = true };
	int whole[LONG], part[LONG];
	size_t i, k;

	(void)state;
	stream(whole, 0, &o, 0, LONG);
	o.shards = 3;
	for (k = 0; k < 3; k++) {
		o.shard = k;
		stream(part, 0, &o, 0, LONG / 3);
		for (i = 0; i < LONG / 3; i++)
			assert_int_equal(part[i], whole[3 * i + k]);
	}
}

/* A record that is no Datum stops the stream with its key. */
static void
damaged(void **state)
{
	struct dset_reader_options o = { .batch = 4 };
	struct dset_lmdb_out *out;
	struct dset_item items[4];
	struct dset_reader *r;
	struct dset_db *db;

	(void)state;
	assert_int_equal(file_mkdirs(tmp_path("bad")), 0);
	assert_int_equal(dset_lmdb_create(&out, tmp_path("bad")), 0);
	assert_int_equal(dset_lmdb_put(out, "00000000_0", 10,
			     "\x08\x01\x10\x01\x18\x01\"\x01x", 9),
	    0);
	assert_int_equal(dset_lmdb_put(out, "00000001_0", 10,
			     "\x08\x01\x10\x02\x18\x01\"\x01x", 9),
	    0);
	assert_int_equal(dset_lmdb_finish(&out), 0);
	assert_int_equal(dset_db_open(&db, tmp_path("bad")), 0);
	for (o.threads = 0; o.threads < 2; o.threads++) {
		assert_int_equal(dset_reader_open(&r, db, &o), 0);
		assert_int_equal(dset_reader_next(r, items, 1), 0);
		assert_int_equal(dset_reader_next(r, items, 4), ERR_FORMAT);
		assert_non_null(strstr(err_text(), "record 00000001_0"));
		assert_int_equal(dset_reader_next(r, items, 5), ERR_RANGE);
		dset_reader_close(r);
	}
	dset_db_close(db);
}

static void
empty(void **state)
{
	struct dset_reader_options o = { .batch = 4 };
	struct dset_reader *r;
	struct dset_db *db;

	(void)state;
	assert_int_equal(make_lmdb(tmp_path("none"), 0, 1, 0), 0);
	assert_int_equal(dset_db_open(&db, tmp_path("none")), 0);
	assert_int_equal(dset_db_count(db), 0);
	assert_int_equal(dset_reader_open(&r, db, &o), ERR_FORMAT);
	dset_db_close(db);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(in_order),
		cmocka_unit_test(shuffled),
		cmocka_unit_test(resumed),
		cmocka_unit_test(threads),
		cmocka_unit_test(seeking),
		cmocka_unit_test(shards),
		cmocka_unit_test(damaged),
		cmocka_unit_test(empty),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
