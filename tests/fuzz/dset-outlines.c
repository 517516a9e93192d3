/*
 * Outlines of masks.  The first byte says which: c COCO's file, y YOLO's label file,
 * r the text of run lengths.  What is read is painted, of the classes there are.
 */
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "dset/masks/coco.h"
#include "dset/masks/outlines.h"
#include "fuzz.h"

enum { SIDE = 64, RUNS = 4096 };

static void
paint(const struct value *v, const struct dset_masks *m)
{
	struct image im;

	image_init(&im);
	if (v->width <= SIDE && v->height <= SIDE && v->width > 0 &&
	    image_resize_buffer(&im, v->width, v->height, 1) == 0 &&
	    dset_outlines_paint(&im, v->blob, v->blob_len) == 0)
		for (int i = 0; i < v->width * v->height; i++)
			if (im.data[i] != MASK_IGNORED && im.data[i] > 0 &&
			    im.data[i] >= m->nlabels)
				abort();
	image_clear(&im);
}

static void
read_coco(const char *text, size_t n, struct dset_masks *m)
{
	struct dset_list l;

	dset_list_init(&l);
	if (dset_masks_coco_parse(&l, text, n, "input", "dir", m, NULL) == 0)
		for (size_t i = 0; i < l.n; i++)
			paint(&l.v[i].values[0], m);
	dset_list_clear(&l);
}

static void
read_yolo(const char *text, size_t n, struct dset_masks *m)
{
	struct value v = { .width = SIDE, .height = SIDE };
	struct buf b;
	int64_t line;

	buf_init(&b, 1 << 24);
	if (dset_masks_yolo(&b, text, n, SIDE, SIDE, NULL, 0, m, &line) == 0) {
		v.blob = (const uint8_t *)b.data;
		v.blob_len = b.len;
		paint(&v, m);
	}
	buf_clear(&b);
}

/* What is read and written is read as the same again. */
static void
read_runs(const char *text)
{
	uint32_t run[RUNS], again[RUNS];
	struct buf b;
	size_t n, k;

	if (dset_runs_read(run, &n, RUNS, text) < 0)
		return;
	buf_init(&b, 1 << 20);
	if (dset_runs_write(&b, run, n) < 0 ||
	    dset_runs_read(again, &k, RUNS, buf_str(&b)) < 0 || k != n ||
	    memcmp(run, again, n * sizeof *run) != 0)
		abort();
	buf_clear(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct dset_masks_options o;
	struct dset_masks *m;
	char *text;

	if (size == 0 || dset_masks_new(&m, &o) < 0)
		return 0;
	text = mem_strndup((const char *)data + 1, size - 1);
	if (*data == 'c')
		read_coco(text, strlen(text), m);
	else if (*data == 'y')
		read_yolo(text, strlen(text), m);
	else
		read_runs(text);
	mem_free(text);
	dset_masks_free(m);
	return 0;
}

void
fuzz_seed(void (*add)(const void *p, size_t n))
{
	static const char *const seeds[] = {
		"c{\"images\": [{\"id\": 7, \"file_name\": \"a\", \"width\": 3, \"height\": 2}],"
		"\"categories\": [{\"id\": 3, \"name\": \"y\"}], \"annotations\": ["
		"{\"image_id\": 7, \"category_id\": 3, \"iscrowd\": 1, \"segmentation\":"
		" {\"size\": [2, 3], \"counts\": [0, 2, 4]}}, {\"image_id\": 7,"
		" \"category_id\": 3, \"segmentation\": [[0, 0, 2.5, 1, 1, 2]]}, {\"image_id\":"
		" 7, \"category_id\": 3, \"segmentation\": {\"size\": [2, 3], \"counts\":"
		" \"042\"}}]}",
		"y1 .1 .1 .9 .1 .5 .8\n0 0 0 1 0 1 1 0 1\n",
		"r012m0Un0RO",
	};

	for (size_t i = 0; i < LENGTH(seeds); i++)
		add(seeds[i], strlen(seeds[i]));
}
