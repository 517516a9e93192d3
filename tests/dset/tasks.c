/*
 * A task of this test's own, through everything that data sets can do: a picture
 * with a vector and a mask.  What is in lib/dset/tasks is tried by create.c and
 * the tests of the programs.
 */
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
#include "base/path.h"
#include "dset/check.h"
#include "dset/create.h"
#include "dset/export/export.h"
#include "dset/show.h"
#include "dset/survey.h"
#include "dset/table.h"
#include "dset/tasks/task.h"
#include "../tmp.h"

enum { SIDE = 4, PICTURES = 9, VECTOR = 2, MASK = 2 };

/* ---- the task ---- */

static int
is_folder(const char *where)
{
	return file_is_dir(where);
}

/* N.ppm, with N.vec (two numbers) and N.pgm (the mask) beside it. */
static int
scan_folder(
    struct dset_scan *s, const char *where, const struct dset_source_options *o)
{
	char **names, *path, *mask;
	struct buf text;
	size_t i, n;

	(void)o;
	TRY(file_list(&names, &n, where));
	for (i = 0; i < n; i++) {
		float v[VECTOR];
		struct value values[] = { { .kind = VALUE_NUMBERS,
					      .channels = VECTOR,
					      .height = 1,
					      .width = 1,
					      .floats = v },
			{ .kind = VALUE_IMAGE } };

		if (!path_has_ext(names[i], ".ppm"))
			continue;
		path = mem_printf("%s/%.1s.vec", where, names[i]);
		buf_init(&text, 100);
		assert_int_equal(file_read(&text, path), 0);
		assert_int_equal(
		    sscanf(buf_str(&text), "%f %f", &v[0], &v[1]), 2);
		buf_clear(&text);
		mem_free(path);
		path = path_join(where, names[i]);
		mask = mem_printf("%s/%.1s.pgm", where, names[i]);
		values[1].file = mask;
		dset_list_add(&s->list, path, 0, values, 2);
		mem_free(mask);
		mem_free(path);
	}
	file_list_free(names, n);
	return 0;
}

static int
two_columns(struct record_column *out, const struct dset_plan *p,
    const struct record_column *picture)
{
	(void)p;
	out[0] = (struct record_column){ .name = "label",
		.kind = VALUE_NUMBERS,
		.channels = VECTOR,
		.height = 1,
		.width = 1 };
	out[1] = *picture;
	out[1].name = "mask";
	out[1].channels = 1;
	out[1].encoding = IMAGE_PNG;
	return 2;
}

/* The mask grows with its picture, each pixel as it is. */
static int
fit_mask(struct value *out, struct dset_fit *f, const struct dset_sample *s)
{
	int w = f->picture->width, h = f->picture->height, x, y;
	struct image im;
	uint8_t *p;

	out[0] = s->values[0];
	image_init(&im);
	if (image_read(&im, s->values[1].file, 0) < 0)
		return err_in(ERR_FORMAT, "mask");
	if (im.width != f->from_width || im.height != f->from_height) {
		image_clear(&im);
		return err_set(ERR_FORMAT, "%s: the mask has another size",
		    s->values[1].file);
	}
	p = buf_room(&f->room[1], (size_t)w * (size_t)h);
	for (y = 0; y < h; y++)
		for (x = 0; x < w; x++)
			p[y * w + x] = im.data[y * im.height / h * im.width +
			    x * im.width / w];
	out[1] = (struct value){ .kind = VALUE_IMAGE,
		.channels = 1,
		.height = h,
		.width = w,
		.data = p };
	image_clear(&im);
	return 0;
}

static int
summary(
    struct buf *out, const struct dset_created *made, enum prog_format format)
{
	(void)format;
	return buf_printf(out, "%d masks\n", (int)made->count[DSET_TRAIN]);
}

/* The vector's first number as the first pixel. */
static int
draw(struct image *im, const struct record *r, const struct dset *d)
{
	assert_string_equal(d->task, "vision");
	memset(im->data, (int)r->v[1].floats[0], 3);
	return 0;
}

static const struct dset_source source = {
	.name = "triples",
	.what = "a folder of pictures with vectors and masks",
	.fits = is_folder,
	.scan = scan_folder,
};
static const struct dset_source *const sources[] = { &source, NULL };

static const struct dset_task task = {
	.name = "vision",
	.sources = sources,
	.columns = two_columns,
	.fit = fit_mask,
	.summary = summary,
	.draw = draw,
};

/* ---- its data ---- */

static void
write_text(const char *name, char *text)
{
	assert_int_equal(file_write(tmp_path(name), text, strlen(text), 0), 0);
	mem_free(text);
}

/* Pictures of 2x2.  7 is 0 again with another mask, 8 is 1 again wholly. */
static int
setup(void **state)
{
	char name[32];
	int i, k, rc = tmp_setup(state);

	if (rc < 0 || file_mkdirs(tmp_path("src")) < 0)
		return -1;
	for (i = 0; i < PICTURES; i++) {
		k = i >= 7 ? i - 7 : i;
		snprintf(name, sizeof name, "src/%d.ppm", i);
		write_text(name,
		    mem_printf("P3 2 2 255 %d 1 2 3 4 5 6 7 8 9 "
			       "9 9\n",
			20 * k));
		snprintf(name, sizeof name, "src/%d.vec", i);
		write_text(name, mem_printf("%d.5 -%d\n", k, k));
		snprintf(name, sizeof name, "src/%d.pgm", i);
		write_text(name,
		    mem_printf("P2 2 2 255 %d 1 2 %d\n", k, i == 7 ? 9 : 3));
	}
	return 0;
}

static int
create(const char *name, const char *backend, struct dset_create_options *more,
    struct dset_created *made)
{
	static char from[256];
	static const char *source_dir = from;
	struct dset_create_options o =
	    more ? *more : (struct dset_create_options){ 0 };

	snprintf(from, sizeof from, "%s", tmp_path("src"));
	o.plan.sources = &source_dir;
	o.plan.nsources = 1;
	o.plan.task = &task;
	o.plan.percent[DSET_VAL] = 25;
	o.plan.shuffle = true;
	o.out = tmp_path(name);
	o.form = (struct record_form){ .width = SIDE,
		.height = SIDE,
		.channels = 3,
		.encoding = more ? more->form.encoding : IMAGE_RAW,
		.quality = 90,
		.level = -1 };
	o.mean = true;
	o.threads = 2;
	assert_int_equal(record_backend_find(&o.backend, backend), 0);
	return dset_create(made, &o);
}

static struct dset *
open_set(const char *name)
{
	struct dset *d;

	assert_int_equal(dset_open(&d, tmp_path(name)), 0);
	assert_string_equal(d->task, "vision");
	assert_null(d->kind); /* of this test alone */
	d->kind = &task;
	return d;
}

/* ---- what is tried ---- */

/* Each record has what its picture came with, in both kinds of database. */
static void
records(void **state)
{
	static const char *const backends[] = { "lmdb", "hdf5" };
	struct dset_created made;
	struct record_tools t;
	struct record_db *db;
	struct record r;
	struct dset *d;

	(void)state;
	record_tools_init(&t);
	for (int k = 0; k < 2; k++) {
		struct dset_verified sum;
		int seen = 0;

		assert_int_equal(
		    create(backends[k], backends[k], NULL, &made), 0);
		assert_int_equal(made.count[DSET_TRAIN], 7);
		assert_int_equal(made.count[DSET_VAL], 2);
		assert_int_equal(made.nlabels, 0);
		/* 7 and 8 are 0 and 1 again; one of them says otherwise. */
		assert_int_equal(made.duplicates, 2);
		assert_int_equal(made.conflicts, 1);
		dset_created_clear(&made);
		d = open_set(backends[k]);
		assert_int_equal(d->ncolumns, 2);
		assert_string_equal(d->columns[1].name, "mask");
		assert_int_equal(d->columns[1].kind, VALUE_IMAGE);
		assert_int_equal(d->columns[1].width, SIDE);
		assert_null(d->labels);
		for (int part = 0; part < 2; part++) {
			assert_int_equal(
			    dset_open_part(&db, d, (enum dset_part)part), 0);
			for (size_t i = 0; i < record_db_count(db); i++) {
				const struct value *v = r.v;
				int id;

				assert_int_equal(
				    record_read(&r, db, i, &t, 0), 0);
				assert_int_equal(r.n, 3);
				assert_int_equal(v[1].kind, VALUE_NUMBERS);
				id = (int)v[1].floats[0];
				assert_true(v[1].floats[0] == (float)id + .5f);
				assert_true(v[1].floats[1] == (float)-id);
				assert_int_equal(v[2].width, SIDE);
				assert_int_equal(v[2].channels, 1);
				if (v[2].data) { /* 0 1 / 2 3, each twice */
					assert_int_equal(v[2].data[1], id);
					assert_int_equal(v[2].data[2], 1);
					assert_int_equal(v[2].data[9], 2);
				} else {
					assert_true(v[2].floats[1] == id);
					assert_true(v[2].floats[9] == 2);
				}
				seen |= 1 << id;
			}
			record_db_close(db);
		}
		assert_int_equal(seen, 0x7f);
		assert_int_equal(dset_verify(&sum, d, -1, 2, NULL), 0);
		assert_int_equal(sum.records, 9);
		assert_int_equal(sum.bad, 0);
		assert_int_equal(sum.digests, 2);
		dset_close(d);
	}
	record_tools_clear(&t);
}

static void
limits_and_duplicates(void **state)
{
	struct dset_create_options o = { .plan = { .max = { 5, 0, 0 } } };
	struct dset_created made;
	struct dset *d;
	struct buf out;

	(void)state;
	assert_int_equal(create("few", "lmdb", &o, &made), 0);
	assert_int_equal(made.count[DSET_TRAIN] + made.count[DSET_VAL], 5);
	buf_init(&out, 1 << 16);
	o.plan.task = &task;
	o.out = "few";
	assert_int_equal(dset_table_created(&out, &made, &o, PROG_TEXT), 0);
	assert_non_null(strstr(buf_str(&out), "4 masks\nfew: 4 train, 1 val"));
	dset_created_clear(&made);
	o.plan.max[0] = 0;
	o.on_duplicate = DSET_DROP;
	assert_int_equal(create("once", "lmdb", &o, &made), 0);
	assert_int_equal(made.count[DSET_TRAIN] + made.count[DSET_VAL], 7);
	assert_int_equal(made.dropped, 2);
	dset_created_clear(&made);
	/* Lists: the numbers, and where the mask was. */
	d = open_set("once");
	buf_reset(&out);
	assert_int_equal(file_read(&out, tmp_path("once/val.txt")), 0);
	assert_non_null(strstr(buf_str(&out), ".5 -"));
	assert_non_null(strstr(buf_str(&out), ".pgm\n"));
	dset_close(d);
	buf_clear(&out);
}

static void
shown(void **state)
{
	struct dset_show_options o = { .part = -1, .pixels = true };
	struct dset_pick pick = { .part = DSET_TRAIN, .label = -1, .count = 7 };
	struct dset_created made;
	struct image im;
	struct dset *d;
	struct buf out;
	uint64_t pages;
	int found = 0;

	(void)state;
	assert_int_equal(create("shown", "lmdb", NULL, &made), 0);
	dset_created_clear(&made);
	d = open_set("shown");
	buf_init(&out, 1 << 16);
	assert_int_equal(dset_show_summary(&out, d, &o), 0);
	assert_non_null(strstr(buf_str(&out), "shown: vision"));
	assert_non_null(strstr(buf_str(&out), "label     numbers  2x1x1\n"));
	assert_non_null(strstr(buf_str(&out), "mask      image  1x4x4\n"));
	assert_null(strstr(buf_str(&out), "class"));
	buf_reset(&out);
	o.format = PROG_FMT_JSON;
	assert_int_equal(dset_show_summary(&out, d, &o), 0);
	assert_non_null(
	    strstr(buf_str(&out), "\"name\": \"mask\", \"kind\": \"image\""));
	/* Drawn: a pixel of the vector's number, not of the picture's. */
	assert_int_equal(
	    dset_montage(&pages, d, tmp_path("m.png"), 0, &pick), 0);
	assert_int_equal(pages, 1);
	image_init(&im);
	assert_int_equal(image_read(&im, tmp_path("m.png"), 0), 0);
	for (int i = 0; i < im.width * im.height; i++)
		found |= im.data[3 * i] < 7 && im.data[3 * i + 1] < 7 &&
		    im.data[3 * i + 2] < 7 &&
		    im.data[3 * i] == im.data[3 * i + 2];
	assert_true(found);
	image_clear(&im);
	buf_clear(&out);
	dset_close(d);
}

static void
exported(void **state)
{
	struct dset_pick pick = { .part = -1, .label = -1 };
	struct dset_created made;
	struct dset *d;
	struct buf text;
	struct image im;
	FILE *f = tmpfile();
	char head[512];

	(void)state;
	assert_int_equal(create("out", "lmdb", NULL, &made), 0);
	dset_created_clear(&made);
	d = open_set("out");
	assert_int_equal(dset_export(d, tmp_path("files"), 0, &pick), 0);
	assert_true(file_exists(tmp_path("files/train/000000000.png")));
	assert_true(file_exists(tmp_path("files/train/000000006.label.npy")));
	image_init(&im);
	assert_int_equal(
	    image_read(&im, tmp_path("files/val/000000001.mask.png"), 0), 0);
	assert_int_equal(im.width, SIDE);
	assert_int_equal(im.data[15], 3 + 6 * (im.data[15] == 9));
	image_clear(&im);
	buf_init(&text, 1 << 16);
	assert_int_equal(file_read(&text, tmp_path("files/val.txt")), 0);
	assert_non_null(strstr(buf_str(&text), "val/000000000.png\t"));
	buf_clear(&text);
	assert_non_null(f);
	pick.part = DSET_VAL;
	assert_int_equal(dset_cat(d, f, &pick), 0);
	rewind(f);
	assert_int_equal(fread(head, 1, 512, f), 512);
	assert_string_equal(head, "000000000.png");
	fclose(f);
	dset_close(d);
}

/* Another mask of one picture is found, and which column it is. */
static void
compared(void **state)
{
	struct dset_create_options o = { .form = { .encoding = IMAGE_PNG } };
	struct dset_difference sum;
	struct dset_created made;
	struct dset *a, *b;
	struct buf out;

	(void)state;
	assert_int_equal(create("a", "lmdb", NULL, &made), 0);
	dset_created_clear(&made);
	assert_int_equal(create("b", "lmdb", &o, &made), 0);
	dset_created_clear(&made);
	a = open_set("a");
	b = open_set("b");
	buf_init(&out, 1 << 16);
	assert_int_equal(dset_diff(&sum, &out, a, b, -1, PROG_TEXT), 0);
	assert_int_equal(sum.same, 9);
	assert_int_equal(sum.encoding, 9);
	dset_close(b);
	write_text("src/3.pgm.new", mem_strdup("P2 2 2 255 3 1 2 200\n"));
	assert_int_equal(
	    rename(tmp_path("src/3.pgm.new"), tmp_path("src/3.pgm")), 0);
	assert_int_equal(create("c", "lmdb", NULL, &made), 0);
	dset_created_clear(&made);
	b = open_set("c");
	assert_int_equal(dset_diff(&sum, &out, a, b, -1, PROG_TEXT), 0);
	assert_int_equal(sum.same, 8);
	assert_int_equal(sum.differ, 1);
	assert_non_null(strstr(buf_str(&out), "\tmask\n"));
	dset_close(b);
	dset_close(a);
	buf_clear(&out);
}

static int
hear(const char *path, int64_t record, const char *reason, uint64_t total)
{
	static char said[512];

	(void)record;
	(void)total;
	snprintf(said, sizeof said, "%s: %s", path, reason);
	assert_non_null(strstr(said, "4.ppm: "));
	assert_non_null(strstr(said, "4.pgm: the mask has another size"));
	return 0;
}

/* A mask that cannot be used makes its picture one bad item. */
static void
bad_values(void **state)
{
	struct dset_create_options o = { .bad = hear };
	struct dset_created made;

	(void)state;
	write_text("src/4.pgm.new", mem_strdup("P2 1 1 255 3\n"));
	assert_int_equal(
	    rename(tmp_path("src/4.pgm.new"), tmp_path("src/4.pgm")), 0);
	assert_int_equal(create("bad", "lmdb", &o, &made), 0);
	assert_int_equal(made.count[DSET_TRAIN] + made.count[DSET_VAL], 8);
	assert_int_equal(made.skipped, 1);
	dset_created_clear(&made);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(records),
		cmocka_unit_test(limits_and_duplicates),
		cmocka_unit_test(shown),
		cmocka_unit_test(exported),
		cmocka_unit_test(compared),
		cmocka_unit_test(bad_values),
	};

	return cmocka_run_group_tests(tests, setup, tmp_teardown);
}
