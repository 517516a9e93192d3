/*
 * Label files of boxes.  The first byte says which: k KITTI, v VOC, y YOLO, c COCO,
 * n the names of a data.yaml.  What is read is boxes, as many as there may be.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "dset/boxes/coco.h"
#include "dset/boxes/detect.h"
#include "dset/boxes/yolo.h"
#include "dset/list.h"
#include "fuzz.h"

enum { WIDTH = 640, HEIGHT = 480 };

static void
check_boxes(const struct dset_box *v, size_t n, const struct dset_detect *d)
{
	if (n > BOXES_MAX)
		abort();
	for (; n > 0; n--, v++)
		if (!(v->right > v->left && v->bottom > v->top) ||
		    !isfinite(v->left + v->right + v->top + v->bottom) ||
		    !isfinite(v->x + v->y + v->z) || v->class < 0 ||
		    (size_t)v->class >= d->n)
			abort();
}

static void
read_coco(const char *text, size_t n, struct dset_detect *d)
{
	struct dset_list l;
	size_t i;

	dset_list_init(&l);
	dset_detect_use(d, LABELS_COCO);
	if (dset_coco_parse(&l, text, n, "input", "dir", d, NULL) == 0)
		for (i = 0; i < l.n; i++)
			check_boxes((const void *)l.v[i].values[0].blob,
			    l.v[i].values[0].blob_len / sizeof(struct dset_box),
			    d);
	dset_list_clear(&l);
}

static void
read_names(const char *text)
{
	char **names;
	size_t n, i;

	if (dset_yolo_yaml(&names, &n, text) < 0)
		return;
	if (n == 0)
		abort();
	for (i = 0; i < n; i++)
		if (names[i] == NULL)
			abort();
	dset_labels_free(names, n);
}

static void
read_page(int kind, const char *text, size_t n, struct dset_detect *d)
{
	struct dset_page p = { .text = text,
		.len = n,
		.width = WIDTH,
		.height = HEIGHT,
		.detect = d };
	struct dset_boxes b = { 0 };
	int rc;

	dset_detect_use(d,
	    kind == 'k'       ? LABELS_KITTI
		: kind == 'v' ? LABELS_VOC
			      : LABELS_YOLO);
	rc = kind == 'k'  ? dset_kitti_read(&b, &p)
	    : kind == 'v' ? dset_voc_read(&b, &p)
			  : dset_yolo_read(&b, &p);
	if (rc < 0 && p.line == 0)
		abort();
	check_boxes(b.v, b.n, d);
	dset_boxes_clear(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct dset_detect_options o,
	    chosen = { .classes = "car,dontcare,dog" };
	struct dset_detect *d;
	char **names, *text;
	size_t n;

	if (size == 0)
		return 0;
	text = mem_calloc(size, 1);
	memcpy(text, data + 1, size - 1);
	for (int i = 0; i < 2; i++) {
		if (dset_detect_new(&d, i ? &chosen : &o, NULL) < 0)
			abort();
		if (*data == 'c')
			read_coco(text, size - 1, d);
		else if (*data == 'n')
			read_names(text);
		else
			read_page(*data, text, size - 1, d);
		dset_detect_end(d, &names, &n);
		dset_labels_free(names, n);
		dset_detect_free(d);
	}
	mem_free(text);
	return 0;
}

void
fuzz_seed(void (*add)(const void *p, size_t n))
{
	static const char *const seeds[] = {
		"kCar 0.00 0 -1.5 2.00 4.00 12.00 10.00 1.5 1.6 3.9 1 2 30.5 -1.25\n"
		"Pedestrian 0.25 2 0.5 20.5 3 30 9 1.8 0.6 0.9 4 5 40.25 0.75\n",
		"v<annotation><size><width>640</width><height>480</height></size>"
		"<object><name>a&amp;b</name><difficult>1</difficult><bndbox>"
		"<xmin>1</xmin><ymin>2</ymin><xmax>30</xmax><ymax>40</ymax>"
		"</bndbox><part><name>c</name></part></object></annotation>",
		"v<!DOCTYPE a [<!ENTITY b \"c\">]><annotation>&b;</annotation>",
		"y0 0.5 0.5 0.25 0.5\n1 .1 .2 .3 .2 .2 .6\n",
		"c{\"images\": [{\"id\": 1, \"file_name\": \"a.jpg\", \"width\": 9,"
		" \"height\": 9}], \"categories\": [{\"id\": 3, \"name\": \"x\"}],"
		" \"annotations\": [{\"image_id\": 1, \"category_id\": 3,"
		" \"bbox\": [1, 2, 3, 4], \"iscrowd\": 1}]}",
		"nnames:\n  0: a\n  1: 'b''c'\n",
		"nnc: 2\nnames: [a, \"b\\\"\", c] # d\n",
		"nnames: {0: a, 1: b}\n",
	};

	for (size_t i = 0; i < LENGTH(seeds); i++)
		add(seeds[i], strlen(seeds[i]));
}
