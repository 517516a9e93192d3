/*
 * Masks of a data set for segmentation: what dset-create reads of a file, and how
 * a mask goes along with its picture in each way of resizing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/err.h"
#include "base/mem.h"
#include "dset/masks/masks.h"
#include "dset/tasks/task.h"
#include "dset/plan/plan.h"
#include "../tmp.h"

static const char *
write_text(const char *name, const char *text)
{
	assert_int_equal(file_write(tmp_path(name), text, strlen(text), 1), 0);
	return tmp_path(name);
}

static int
decode(struct image *im, const struct dset_masks *m, const char *text)
{
	return dset_masks_decode(im, m, text, strlen(text), "mask");
}

static void
colours(void **state)
{
	struct dset_masks_options o = { .limit = 4 };
	char *file = mem_strdup(write_text(
	    "map", "0 0 0 a\n10 10 10\n\n8 8 8 ignore\n# no\n0 0 255 d\n"));
	struct dset_masks *m;
	struct image im;

	(void)state;
	o.colormap = file;
	assert_int_equal(dset_masks_new(&m, &o), 0);
	assert_int_equal(m->ncolours, 4);
	assert_int_equal(m->nlabels, 3);
	assert_string_equal(m->labels[1], "1");
	image_init(&im);
	/* 9 is as near to 10 as to 8: the first; 6 is nearest to 8; 4 to 0. */
	assert_int_equal(decode(&im, m, "P2 6 1 255 0 10 8 9 6 4"), 0);
	assert_int_equal(im.channels, 1);
	assert_memory_equal(im.data, "\0\1\377\1\377\0", 6);
	assert_int_equal(decode(&im, m, "P3 2 1 255 4 0 251 0 0 255"), 0);
	assert_memory_equal(im.data, "\2\2", 2);
	/* 5 off in one channel is too far, however near the others are. */
	assert_int_equal(decode(&im, m, "P3 1 1 255 5 0 255"), ERR_FORMAT);
	assert_non_null(strstr(err_text(), "0,0 is 5 0 255"));
	image_clear(&im);
	dset_masks_free(m);
	mem_free(file);
}

static void
numbers(void **state)
{
	struct dset_masks_options o = { 0 };
	struct dset_masks *m;
	struct image im;

	(void)state;
	image_init(&im);
	assert_int_equal(dset_masks_new(&m, &o), 0);
	assert_int_equal(decode(&im, m, "P2 3 1 255 0 255 254"), 0);
	assert_memory_equal(im.data, "\0\377\376", 3);
	assert_int_equal(decode(&im, m, "P3 1 1 255 0 0 0"), ERR_FORMAT);
	assert_int_equal(decode(&im, m, "P2 1 1 65535 256"), ERR_FORMAT);
	assert_non_null(strstr(err_text(), "16 bits"));
	dset_masks_free(m);
	o.labels = write_text("labels", "a\nb\n");
	assert_int_equal(dset_masks_new(&m, &o), 0);
	assert_int_equal(decode(&im, m, "P2 3 1 255 0 255 1"), 0);
	assert_int_equal(decode(&im, m, "P2 2 1 255 0 2"), ERR_FORMAT);
	assert_non_null(strstr(err_text(), "1,0 has class 2"));
	dset_masks_free(m);
	image_clear(&im);
}

/* A mask of 4x2 as a record of w x h has it. */
static const uint8_t *
fitted(struct dset_fit *f, int w, int h, enum image_mode mode,
    uint32_t tally[DSET_TALLY])
{
	static struct image picture;
	struct value of_sample = { .kind = VALUE_IMAGE }, out;
	struct dset_sample s = { .nvalues = 1, .values = &of_sample };

	of_sample.file = write_text("mask.pgm", "P2 4 2 255 1 2 3 4 5 6 7 8");
	picture.width = w;
	picture.height = h;
	f->picture = &picture;
	f->from_width = 4;
	f->from_height = 2;
	f->mode = mode;
	f->tally = tally;
	memset(tally, 0, DSET_TALLY * sizeof *tally);
	buf_reset(&f->room[0]);
	assert_int_equal(dset_task_fit(&out, &dset_task_segment, f, &s), 0);
	assert_int_equal(out.width, w);
	assert_int_equal(out.height, h);
	assert_int_equal(out.channels, 1);
	return out.data;
}

static void
moves_with_its_picture(void **state)
{
	struct dset_masks_options o = { 0 };
	struct dset_plan plan = { 0 };
	struct dset_fit f = { .plan = &plan };
	uint32_t tally[DSET_TALLY];

	(void)state;
	assert_int_equal(dset_masks_new(&plan.masks, &o), 0);
	buf_init(&f.room[0], 1 << 16);
	assert_memory_equal(
	    fitted(&f, 4, 2, IMAGE_SQUASH, tally), "\1\2\3\4\5\6\7\10", 8);
	assert_memory_equal(
	    fitted(&f, 2, 4, IMAGE_SQUASH, tally), "\2\4\2\4\6\10\6\10", 8);
	assert_int_equal(tally[2], 2);
	assert_int_equal(tally[1], 0);
	/* The middle; and all of it between two rows of nothing. */
	assert_memory_equal(fitted(&f, 2, 2, IMAGE_CROP, tally), "\2\3\6\7", 4);
	assert_memory_equal(fitted(&f, 4, 4, IMAGE_FILL, tally),
	    "\377\377\377\377\1\2\3\4\5\6\7\10\377\377\377\377", 16);
	assert_int_equal(tally[255], 8);
	assert_memory_equal(fitted(&f, 4, 4, IMAGE_LETTERBOX, tally),
	    "\377\377\377\377\1\2\3\4\5\6\7\10\377\377\377\377", 16);
	buf_clear(&f.room[0]);
	dset_masks_free(plan.masks);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(colours),
		cmocka_unit_test(numbers),
		cmocka_unit_test(moves_with_its_picture),
	};

	return cmocka_run_group_tests(tests, tmp_setup, tmp_teardown);
}
