/* LMDB files without liblmdb: ours, Caffe's, and damaged ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/rng.h"
#include "record/db.h"
#include "record/mdb.h"
#include "../tmp.h"
#include "make.h"

static const char golden[] = "../shared/golden/data";

static void
ours(void **state)
{
	static const size_t counts[] = { 0, 1, 2, 50, 5000 };
	struct record_mdb *m;
	struct record_mdb_record r;
	char key[48];
	size_t i, k, at;
	uint64_t quick;

	(void)state;
	for (k = 0; k < LENGTH(counts); k++) {
		file_remove_tree(tmp_path("o"));
		assert_int_equal(
		    make_lmdb(tmp_path("o"), counts[k], k == 3 ? 90 : 6, 0), 0);
		assert_false(file_exists(tmp_path("o/lock.mdb")));
		assert_int_equal(record_mdb_open(&m, tmp_path("o")), 0);
		assert_int_equal(record_mdb_count(m), counts[k]);
		for (i = 0; i < counts[k]; i++) {
			snprintf(key, sizeof key, "%08zu_%zu", i, i);
			record_mdb_get(&r, m, i);
			assert_int_equal(r.key_len, strlen(key));
			assert_memory_equal(r.key, key, r.key_len);
			assert_int_equal(
			    record_mdb_find(&at, m, key, strlen(key)), 0);
			assert_int_equal(at, i);
		}
		assert_int_equal(
		    record_mdb_find(&at, m, "0000", 4), ERR_MISSING);
		record_mdb_close(m);
		assert_int_equal(
		    record_mdb_count_quick(&quick, tmp_path("o/data.mdb")), 0);
		assert_int_equal(quick, counts[k]);
	}
}

/* What convert_imageset made, byte for byte. */
static void
caffes(void **state)
{
	static const char *const names[] = { "lmdb_raw_64x48", "lmdb_raw_256",
		"lmdb_gray_64x48" };
	static const int sizes[][3] = { { 3, 48, 64 }, { 3, 256, 256 },
		{ 1, 48, 64 } };
	struct record_scratch s;
	struct record_item it;
	struct record_db *db;
	struct buf want;
	char path[256];
	size_t i, k;

	(void)state;
	if (!file_is_dir(golden))
		skip();
	record_scratch_init(&s);
	buf_init(&want, 1 << 20);
	for (k = 0; k < LENGTH(names); k++) {
		snprintf(path, sizeof path, "%s/%s", golden, names[k]);
		assert_int_equal(record_db_open(&db, path), 0);
		assert_int_equal(record_db_count(db), 8);
		for (i = 0; i < 8; i++) {
			record_db_ahead(db, i + 64); /* also past the end */
			assert_int_equal(record_db_get(&it, db, i, &s, 0), 0);
			assert_int_equal(it.label, 3 * i);
			assert_int_equal(it.channels, sizes[k][0]);
			assert_int_equal(it.height, sizes[k][1]);
			assert_int_equal(it.width, sizes[k][2]);
			snprintf(path, sizeof path, "%s/%s_%zu.u8", golden,
			    names[k], i);
			buf_reset(&want);
			assert_int_equal(file_read(&want, path), 0);
			assert_int_equal(
			    want.len, it.channels * it.height * it.width);
			assert_memory_equal(it.data, want.data, want.len);
		}
		record_db_close(db);
	}
	buf_clear(&want);
	record_scratch_clear(&s);
}

/* Encoded by Caffe: PNG gives the pixels of the raw one. */
static void
caffes_encoded(void **state)
{
	struct record_scratch s, t;
	struct record_item raw, png, jpg;
	struct record_db *a, *b, *c;
	char path[256];
	size_t i;

	(void)state;
	if (!file_is_dir(golden))
		skip();
	record_scratch_init(&s);
	record_scratch_init(&t);
	snprintf(path, sizeof path, "%s/lmdb_raw_64x48", golden);
	assert_int_equal(record_db_open(&a, path), 0);
	snprintf(path, sizeof path, "%s/lmdb_png_64x48", golden);
	assert_int_equal(record_db_open(&b, path), 0);
	snprintf(path, sizeof path, "%s/lmdb_encoded_asis", golden);
	assert_int_equal(record_db_open(&c, path), 0);
	for (i = 0; i < 8; i++) {
		assert_int_equal(record_db_get(&raw, a, i, &s, 0), 0);
		assert_int_equal(record_db_get(&png, b, i, &t, 0), 0);
		assert_true(png.encoded);
		assert_int_equal(png.channels, 3);
		assert_memory_equal(raw.data, png.data, 3 * 48 * 64);
		assert_int_equal(record_db_get(&jpg, c, i, &t, RECORD_GREY), 0);
		assert_int_equal(jpg.channels, 1);
		assert_int_equal(record_db_get(&jpg, c, i, &t, RECORD_KEEP), 0);
		assert_non_null(jpg.blob);
		assert_null(jpg.data);
	}
	record_db_close(a);
	record_db_close(b);
	record_db_close(c);
	record_scratch_clear(&s);
	record_scratch_clear(&t);
}

/* Read everything of a file that may be anything. */
static int
read_all(const char *path)
{
	struct record_scratch s;
	struct record_item it;
	struct record_db *db;
	size_t i;
	int rc = record_db_open(&db, path), good = 0;

	if (rc < 0)
		return rc;
	record_scratch_init(&s);
	for (i = 0; i < record_db_count(db); i++)
		good += record_db_get(&it, db, i, &s, 0) == 0;
	record_scratch_clear(&s);
	record_db_close(db);
	return good;
}

/* As file_write, but without waiting for the disk 5,000 times. */
static void
put(const char *path, const void *p, size_t n)
{
	FILE *f = fopen(path, "wb");

	assert_non_null(f);
	assert_int_equal(fwrite(p, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
}

/* 5,000 files with flipped bits, overwritten words, cut ends. */
static void
mutations(void **state)
{
	const char *path = tmp_path("m.mdb");
	struct buf file;
	struct rng r;
	uint8_t *p;
	size_t n, k, flips;
	int i, refused = 0;

	(void)state;
	buf_init(&file, 1 << 20);
	assert_int_equal(make_lmdb(tmp_path("base"), 300, 10, 1), 0);
	assert_int_equal(file_read(&file, tmp_path("base/data.mdb")), 0);
	p = mem_array(uint8_t, file.len);
	rng_init(&r, 1, 0);
	for (i = 0; i < 5000; i++) {
		memcpy(p, file.data, file.len);
		n = file.len;
		flips = 1 + rng_below(&r, 4);
		for (k = 0; k < flips; k++) {
			/* Half of them in the headers of pages. */
			size_t at = rng_below(&r, 2)
			    ? rng_below(&r, n)
			    : rng_below(&r, n / 4096) * 4096 +
				rng_below(&r, 160);

			if (rng_below(&r, 2))
				p[at] ^= (uint8_t)(1 << rng_below(&r, 8));
			else
				p[at] = (uint8_t)rng_u64(&r);
		}
		if (rng_below(&r, 10) == 0)
			n = rng_below(&r, n);
		put(path, p, n);
		refused += read_all(path) < 0;
	}
	assert_true(refused > 500);
	mem_free(p);
	buf_clear(&file);
}

/* A tree that leads back into itself ends in an error, not in a hang. */
static void
circle(void **state)
{
	struct buf file;
	uint8_t *root;
	uint64_t pgno;
	size_t i;

	(void)state;
	buf_init(&file, 1 << 24);
	assert_int_equal(make_lmdb(tmp_path("c"), 3000, 10, 0), 0);
	assert_int_equal(file_read(&file, tmp_path("c/data.mdb")), 0);
	for (i = 0; i < 2; i++) {
		memcpy(&pgno, file.data + i * 4096 + 128, 8);
		if (pgno >= file.len / 4096)
			continue;
		root = (uint8_t *)file.data + pgno * 4096;
		if (root[10] == 1) { /* a branch: its second child is itself */
			uint16_t at;

			memcpy(&at, root + 18, 2);
			memcpy(root + at, &pgno, 6);
		}
	}
	assert_int_equal(
	    file_write(tmp_path("c.mdb"), file.data, file.len, 1), 0);
	assert_int_equal(read_all(tmp_path("c.mdb")), ERR_FORMAT);
	buf_clear(&file);
}

/* Number and first record are there before the walk, the rest after it; what is
 * damaged further on is found by the walk. */
static void
begun(void **state)
{
	struct record_scratch s;
	struct record_item it;
	struct record_db *db;
	struct buf file;

	(void)state;
	record_scratch_init(&s);
	buf_init(&file, 1 << 24);
	assert_int_equal(make_lmdb(tmp_path("f"), 3000, 10, 0), 0);
	assert_int_equal(record_db_begin(&db, tmp_path("f")), 0);
	assert_int_equal(record_db_count(db), 3000);
	assert_int_equal(record_db_get(&it, db, 0, &s, 0), 0);
	assert_int_equal(it.label, 0);
	assert_memory_equal(it.key, "00000000_0", it.key_len);
	assert_int_equal(record_db_walk(db), 0);
	assert_int_equal(record_db_walk(db), 0);
	assert_int_equal(record_db_count(db), 3000);
	assert_int_equal(record_db_get(&it, db, 2999, &s, 0), 0);
	assert_int_equal(it.label, 2999);
	record_db_close(db);
	assert_int_equal(file_read(&file, tmp_path("f/data.mdb")), 0);
	/* leaves of no kind, but the first ones */
	for (size_t i = 3; i < file.len / 4096; i++) {
		uint8_t *page = (uint8_t *)file.data + i * 4096;

		if (page[10] == 2 && i > 40)
			page[10] = 0x10;
	}
	assert_int_equal(
	    file_write(tmp_path("g.mdb"), file.data, file.len, 1), 0);
	assert_int_equal(record_db_begin(&db, tmp_path("g.mdb")), 0);
	assert_int_equal(record_db_get(&it, db, 0, &s, 0), 0);
	assert_int_equal(record_db_walk(db), ERR_FORMAT);
	record_db_close(db);
	assert_int_equal(record_db_open(&db, tmp_path("g.mdb")), ERR_FORMAT);
	assert_null(db);
	buf_clear(&file);
	record_scratch_clear(&s);
}

static void
no_lmdb(void **state)
{
	struct record_mdb *m;
	char page[8192] = { 0 };

	(void)state;
	assert_int_equal(record_mdb_open(&m, tmp_path("nowhere")), ERR_MISSING);
	assert_int_equal(file_write(tmp_path("e.mdb"), "", 0, 1), 0);
	assert_int_equal(record_mdb_open(&m, tmp_path("e.mdb")), ERR_FORMAT);
	assert_int_equal(
	    file_write(tmp_path("z.mdb"), page, sizeof page, 1), 0);
	assert_int_equal(record_mdb_open(&m, tmp_path("z.mdb")), ERR_FORMAT);
	memcpy(page + 12, "\xde\xc0\xef\xbe", 4); /* where 32 bits put it */
	assert_int_equal(
	    file_write(tmp_path("y.mdb"), page, sizeof page, 1), 0);
	assert_int_equal(
	    record_mdb_open(&m, tmp_path("y.mdb")), ERR_UNSUPPORTED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ours),
		cmocka_unit_test(caffes),
		cmocka_unit_test(caffes_encoded),
		cmocka_unit_test(mutations),
		cmocka_unit_test(circle),
		cmocka_unit_test(begun),
		cmocka_unit_test(no_lmdb),
	};

	return cmocka_run_group_tests(tests, tmp_setup, tmp_teardown);
}
