/*
 * Boxes: label files of each format, what is wrong with bad ones, and the records
 * that DIGITS's rules make of KITTI's, worked by hand.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <math.h>

#include "base/err.h"
#include "base/mem.h"
#include "dset/boxes/coco.h"
#include "dset/boxes/detect.h"
#include "dset/boxes/yolo.h"
#include "caffe/datum.h"
#include "dset/create.h"
#include "dset/export/export.h"
#include "dset/show.h"
#include "record/lmdb_out.h"
#include "dset/tasks/task.h"
#include "../tmp.h"

/* ---- label files ---- */

typedef int reader(struct dset_boxes *, struct dset_page *);

/* The boxes of text, in a picture of 100x50; the detection that knows them. */
static int
read_text(struct dset_boxes *out, struct dset_detect **d, reader *read,
    const char *text, const char *classes, enum dset_label_format f,
    int64_t *line)
{
	static struct dset_detect_options o;
	struct dset_page p = {
		.text = text, .len = strlen(text), .width = 100, .height = 50
	};
	int rc;

	memset(out, 0, sizeof *out);
	o = (struct dset_detect_options){ .classes = classes };
	assert_int_equal(dset_detect_new(d, &o, NULL), 0);
	dset_detect_use(*d, f);
	p.detect = *d;
	rc = read(out, &p);
	if (line != NULL)
		*line = p.line;
	return rc;
}

static void
is_box(const struct dset_box *b, double l, double t, double r, double m)
{
	assert_true(b->left == l && b->top == t);
	assert_true(b->right == r && b->bottom == m);
}

#define TAIL " 1.5 1.6 3.9 1 2 30.5 -1.25"

static void
kitti(void **state)
{
	struct dset_boxes b;
	struct dset_detect *d;

	(void)state;
	/* Capitals, a score, blanks, an empty line, Windows's ends of lines. */
	assert_int_equal(read_text(&b, &d, dset_kitti_read,
			     "Car 0.25 2 -1.5 2.5 4 12.75 10" TAIL "\r\n\n"
			     "PERSON  0 0 0 0 0 1 1" TAIL " 0.9\n"
			     "Rickshaw 0 0 0 0 0 1 1" TAIL,
			     NULL, LABELS_KITTI, NULL),
	    0);
	assert_int_equal(b.n, 3);
	is_box(&b.v[0], 2.5, 4, 12.75, 10);
	assert_string_equal(d->names[b.v[0].class], "car");
	assert_string_equal(d->names[b.v[1].class], "pedestrian");
	assert_string_equal(d->names[b.v[2].class], "dontcare");
	assert_int_equal(d->others, 1);
	assert_int_equal(b.v[0].occluded, 2);
	assert_true(b.v[0].truncated == .25 && b.v[0].alpha == -1.5);
	assert_true(b.v[0].height == 1.5 && b.v[0].width == 1.6 &&
	    b.v[0].length == 3.9);
	assert_true(b.v[0].x == 1 && b.v[0].y == 2 && b.v[0].z == 30.5 &&
	    b.v[0].rotation_y == -1.25);
	dset_boxes_clear(&b);
	dset_detect_free(d);
}

#define OBJECT(name, more, box)                                                \
	"<object><name>" name "</name>" more "<bndbox>" box "</bndbox></object>"
#define EDGES "<xmin>3</xmin><ymin>1</ymin><xmax>10</xmax><ymax>20.5</ymax>"

static void
voc(void **state)
{
	struct dset_boxes b;
	struct dset_detect *d;
	char **names;
	size_t n;

	(void)state;
	assert_int_equal(
	    read_text(&b, &d, dset_voc_read,
		"<annotation><size><width>100</width><height>50</height>"
		"<depth>3</depth></size>" OBJECT(" b&amp;c ",
		    "<pose>Left</pose><truncated>1</truncated>"
		    "<difficult>1</difficult>",
		    EDGES) OBJECT("a",
		    "<part><name>head</name><bndbox><xmin>9</xmin>"
		    "</bndbox></part>",
		    "\n <ymin>1</ymin><ymax> 50 </ymax><xmax>100</xmax>"
		    "<xmin>1</xmin>") "</annotation>",
		NULL, LABELS_VOC, NULL),
	    0);
	assert_int_equal(b.n, 2);
	/* Pixels from 1, the last one named. */
	is_box(&b.v[0], 2, 0, 10, 20.5);
	is_box(&b.v[1], 0, 0, 100, 50);
	assert_true(b.v[0].aside && !b.v[1].aside);
	assert_true(b.v[0].truncated == 1);
	/* In records they are in the order of their names. */
	dset_detect_end(d, &names, &n);
	assert_int_equal(n, 3);
	assert_string_equal(names[0], "dontcare");
	assert_string_equal(names[1], "a");
	assert_string_equal(names[2], "b&c");
	assert_int_equal(d->rank[b.v[0].class], 2);
	assert_int_equal(d->rank[b.v[1].class], 1);
	dset_labels_free(names, n);
	dset_boxes_clear(&b);
	dset_detect_free(d);
}

static void
yolo(void **state)
{
	struct dset_boxes b;
	struct dset_detect *d;

	(void)state;
	assert_int_equal(read_text(&b, &d, dset_yolo_read,
			     "2 0.5 0.5 0.25 0.5\n"
			     "0 .1 .2 .3 .2 .2 .6\n",
			     NULL, LABELS_YOLO, NULL),
	    0);
	assert_int_equal(b.n, 2);
	is_box(&b.v[0], 37.5, 12.5, 62.5, 37.5);
	is_box(&b.v[1], 10, 10, 30, 30); /* around a triangle */
	assert_int_equal(d->n, 4);
	assert_string_equal(d->names[b.v[0].class], "2");
	assert_string_equal(d->names[b.v[1].class], "0");
	dset_boxes_clear(&b);
	dset_detect_free(d);
	/* Six digits of 37/100 and 50/150. */
	assert_int_equal(
	    read_text(&b, &d, dset_yolo_read,
		"0 0.185001 0.5 0.370001 0.333333\n", NULL, LABELS_YOLO, NULL),
	    0);
	assert_true(b.v[0].left == 0 && b.v[0].right == 37);
	assert_true(b.v[0].top > 16.66 && b.v[0].top < 16.67);
	dset_boxes_clear(&b);
	dset_detect_free(d);
	/* Where nobody names the numbers, --classes does. */
	assert_int_equal(
	    read_text(&b, &d, dset_yolo_read, "1 .5 .5 1 1\n2 .5 .5 1 1\n",
		"cat,dog", LABELS_YOLO, NULL),
	    0);
	assert_string_equal(d->names[b.v[0].class], "dog");
	assert_string_equal(d->names[b.v[1].class], "dontcare");
	dset_boxes_clear(&b);
	dset_detect_free(d);
}

static void
yolo_names(void **state)
{
	static const struct {
		const char *text, *names; /* with | between; NULL: refused */
	} cases[] = {
		{ "names: [a, 'b c', \"d\"] # three\n", "a|b c|d" },
		{ "nc: 2\nnames:\n  - x y\n  # no\n  - z # yes\ntrain: t\n",
		    "x y|z" },
		{ "path: p\nnames:\n  1: b\n  0: a\n", "a|b" },
		{ "names: {0: a, 1: b}\n", "a|b" },
		{ "names: [a,\n  b,\n]\n", "a|b" },
		{ "names:\n  0: 'it''s'\n  1: \"a \\\"b\\\"\"\n",
		    "it's|a \"b\"" },
		{ "nc: 2\n", NULL },
		{ "names: []\n", NULL },
		{ "names: [a, b\n", NULL },
		{ "names: ['a\n", NULL },
		{ "names: [\"a\\\nb\", c]\n", NULL },
		{ "names:\n  0: a\n  2: b\n", NULL },
		{ "names:\n  0: a\n  0: b\n", NULL },
		{ "names:\n  99999999: b\n", NULL },
		{ "names: {a: 0}\n", NULL },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		char **names, all[100] = "";
		size_t n;
		int rc = dset_yolo_yaml(&names, &n, cases[i].text);

		if (cases[i].names == NULL) {
			assert_int_equal(rc, ERR_FORMAT);
			continue;
		}
		assert_int_equal(rc, 0);
		for (size_t k = 0; k < n; k++)
			snprintf(all + strlen(all), sizeof all - strlen(all),
			    "%s%s", k ? "|" : "", names[k]);
		assert_string_equal(all, cases[i].names);
		dset_labels_free(names, n);
	}
}

/* The sentence and the line of each thing that can be wrong. */
static void
bad_files(void **state)
{
	static const struct {
		reader *read;
		const char *text, *says;
		int line;
	} cases[] = {
		{ dset_kitti_read, "\nCar 0 0 0 1 2 3\n", "7 words", 2 },
		{ dset_kitti_read, "Car 0 0.0 0 1 2 3 4" TAIL, "occluded", 1 },
		{ dset_kitti_read, "Car 0 0 0 1 2 nan 4" TAIL, "\"nan\"", 1 },
		{ dset_kitti_read, "Car 0 0 0 1 2 inf 4" TAIL, "\"inf\"", 1 },
		{ dset_kitti_read, "Car 0 0 0 1 2 1 4" TAIL, "0 x 2", 1 },
		{ dset_kitti_read, "Car 0 0 0 5 2 1 4" TAIL, "-4 x 2", 1 },
		{ dset_kitti_read, "Car 0 0 0 100 2 110 4" TAIL,
		    "outside of its picture of 100x50", 1 },
		{ dset_kitti_read, "Car 0 0 0 -9 2 0 4" TAIL, "outside", 1 },
		{ dset_kitti_read, "Car 0 0 0 1 2 1e8 4" TAIL, "1e+08", 1 },
		{ dset_kitti_read, "\1 0 0 0 1 2 3 4" TAIL, "control", 1 },
		{ dset_yolo_read, "0 .5 .5 .1\n", "4 words", 1 },
		{ dset_yolo_read, "0 .5 .5 .1 .1 .9\n", "6 words", 1 },
		{ dset_yolo_read, "cat .5 .5 .1 .1\n", "number of a class", 1 },
		{ dset_yolo_read, "-1 .5 .5 .1 .1\n", "number of a class", 1 },
		{ dset_yolo_read, "0 50 50 10 10\n", "not a share", 1 },
		{ dset_yolo_read, "0 .5 .5 0 .1\n", "0 x 5", 1 },
		{ dset_yolo_read, "0 nan .5 .1 .1\n", "\"nan\"", 1 },
		{ dset_voc_read, "", "not XML", 1 },
		{ dset_voc_read, "<annotation>\n<object>", "not XML", 2 },
		{ dset_voc_read, "<html></html>", "<annotation>", 1 },
		{ dset_voc_read, "<!DOCTYPE a [<!ENTITY b 'c'>]><annotation/>",
		    "DOCTYPE", 1 },
		{ dset_voc_read, "<annotation>&b;</annotation>", "not XML", 1 },
		{ dset_voc_read,
		    "<annotation>\n" OBJECT(
			"a", "", "<xmin>1</xmin>") "</annotation>",
		    "an object without ymin", 2 },
		{ dset_voc_read,
		    "<annotation><object><bndbox>" EDGES
		    "</bndbox></object></annotation>",
		    "without name", 1 },
		{ dset_voc_read,
		    "<annotation>" OBJECT(
			"a", "", "<xmin>x</xmin>") "</annotation>",
		    "xmin is \"x\"", 1 },
		{ dset_voc_read,
		    "<annotation><size><width>10</width><height>50</height>"
		    "</size></annotation>",
		    "10x50 pixels, and it has 100x50", 1 },
	};
	struct dset_boxes b;
	struct dset_detect *d;
	int64_t line;

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		assert_int_equal(read_text(&b, &d, cases[i].read, cases[i].text,
				     NULL, LABELS_VOC, &line),
		    ERR_FORMAT);
		if (strstr(err_text(), cases[i].says) == NULL)
			fail_msg("%s: %s", cases[i].text, err_text());
		assert_int_equal(line, cases[i].line);
		dset_boxes_clear(&b);
		dset_detect_free(d);
	}
}

/* More than a record may have; and much depth. */
static void
too_much(void **state)
{
	static const char one[] = "0 .5 .5 .1 .1\n";
	struct dset_boxes b;
	struct dset_detect *d;
	struct buf text;
	int64_t line;
	int i;

	(void)state;
	buf_init(&text, 1 << 24);
	for (i = 0; i < 1000000; i++)
		assert_int_equal(buf_adds(&text, one), 0);
	assert_int_equal(read_text(&b, &d, dset_yolo_read, buf_str(&text), NULL,
			     LABELS_YOLO, &line),
	    ERR_RANGE);
	assert_int_equal(line, BOXES_MAX + 1);
	dset_boxes_clear(&b);
	dset_detect_free(d);
	buf_reset(&text);
	assert_int_equal(buf_adds(&text, "<annotation>"), 0);
	for (i = 0; i < 100000; i++)
		assert_int_equal(buf_adds(&text, "<a>"), 0);
	assert_int_equal(read_text(&b, &d, dset_voc_read, buf_str(&text), NULL,
			     LABELS_VOC, &line),
	    ERR_FORMAT);
	assert_non_null(strstr(err_text(), "deep"));
	dset_boxes_clear(&b);
	dset_detect_free(d);
	buf_clear(&text);
}

/* ---- COCO ---- */

static char heard[4096];

static int
hear(void *ctx, const char *path, int64_t record, const char *reason)
{
	(void)ctx;
	(void)record;
	snprintf(heard + strlen(heard), sizeof heard - strlen(heard),
	    "%s: %s\n", path, reason);
	return 0;
}

static int
parse_coco(struct dset_list *l, struct dset_detect *d, const char *text)
{
	const struct dset_bad bad = { .fn = hear };

	return dset_coco_parse(l, text, strlen(text), "x.json", "dir", d, &bad);
}

static int
read_coco(struct dset_list *l, struct dset_detect **d, const char *text)
{
	static const struct dset_detect_options o;

	heard[0] = '\0';
	dset_list_init(l);
	assert_int_equal(dset_detect_new(d, &o, NULL), 0);
	dset_detect_use(*d, LABELS_COCO);
	return parse_coco(l, *d, text);
}

static void
end_coco(struct dset_list *l, struct dset_detect *d)
{
	dset_list_clear(l);
	dset_detect_free(d);
}

static void
coco(void **state)
{
	const struct dset_box *b;
	struct dset_list l;
	struct dset_detect *d;

	(void)state;
	/* Annotations first, ids with gaps and out of order, a crowd, brackets
	 * in a string, a picture without boxes. */
	assert_int_equal(
	    read_coco(&l, &d,
		"{\"info\": {\"a\": \"]}\\\"\"}, \"annotations\": [\n"
		"{\"image_id\": 70, \"category_id\": 90, \"iscrowd\": 0,"
		" \"bbox\": [10, 20.5, 30, 40], \"segmentation\": [[1, 2]]},"
		"{\"image_id\": 7, \"category_id\": 3, \"iscrowd\": 1,"
		" \"bbox\": [0, 0, 1, 1], \"segmentation\": {\"counts\": [1]}},"
		"{\"image_id\": 70, \"category_id\": 3,"
		" \"bbox\": [1, 2, 3, 4]}],\n"
		"\"images\": [{\"id\": 70, \"file_name\": \"s/b.jpg\","
		" \"width\": 100, \"height\": 80},"
		"{\"id\": 7, \"file_name\": \"a.jpg\"},"
		"{\"id\": 8, \"file_name\": \"c.jpg\"}],"
		"\"categories\": [{\"id\": 90, \"name\": \"z\"},"
		" {\"id\": 3, \"name\": \"y\"}]}"),
	    0);
	assert_string_equal(heard, "");
	assert_int_equal(l.n, 3);
	assert_string_equal(l.v[0].path, "dir/s/b.jpg");
	assert_int_equal(l.v[0].values[0].width, 100);
	assert_int_equal(l.v[0].values[0].blob_len, 2 * sizeof *b);
	b = (const struct dset_box *)(const void *)l.v[0].values[0].blob;
	is_box(&b[0], 10, 20.5, 40, 60.5);
	is_box(&b[1], 1, 2, 4, 6);
	assert_false(b[0].aside);
	/* By the numbers of their categories. */
	assert_int_equal(b[0].class, 2);
	assert_int_equal(b[1].class, 1);
	assert_string_equal(d->names[1], "y");
	assert_string_equal(d->names[2], "z");
	b = (const struct dset_box *)(const void *)l.v[1].values[0].blob;
	assert_true(b->aside);
	assert_int_equal(l.v[2].values[0].blob_len, 0);
	end_coco(&l, d);
}

/* One annotation after another that is wrong: each is told, pictures are out. */
static void
coco_bad_boxes(void **state)
{
	struct dset_list l;
	struct dset_detect *d;

	(void)state;
	assert_int_equal(
	    read_coco(&l, &d,
		"{\"images\": [{\"id\": 1, \"file_name\": \"a.png\"},\n"
		"{\"id\": 2, \"file_name\": \"b.png\"},\n"
		"{\"id\": 3, \"file_name\": \"../c.png\"},\n"
		"{\"id\": 4.5, \"file_name\": \"d.png\"}],\n"
		"\"categories\": [{\"id\": 1, \"name\": \"x\"}],\n"
		"\"annotations\": [\n"
		"{\"image_id\": 9, \"category_id\": 1, \"bbox\": [1,1,1,1]},\n"
		"{\"image_id\": 2, \"category_id\": 2, \"bbox\": [1,1,1,1]},\n"
		"{\"image_id\": 2, \"category_id\": 1, \"bbox\": [1,1,0,1]},\n"
		"{\"image_id\": 1, \"category_id\": 1, \"bbox\": [1,1,5,5]},\n"
		"{\"image_id\": 3, \"category_id\": 1, \"bbox\": [1,1,5,5]}\n"
		"]}"),
	    0);
	assert_string_equal(heard,
	    "x.json: line 3: images[2]: file_name \"../c.png\" is not below a folder\n"
	    "x.json: line 4: images[3]: id is 4.5, not a whole number\n"
	    "x.json: line 7: annotations[0]: image_id 9 is not among the images\n"
	    "x.json: line 8: annotations[1]: b.png: category_id 2 is not among the categories\n");
	assert_int_equal(l.n, 1);
	assert_string_equal(l.v[0].path, "dir/a.png");
	end_coco(&l, d);
}

/* Boxes of classes that are not asked for are counted, over all files; names alone
 * are none. */
static void
coco_others(void **state)
{
#define PARTS                                                                  \
	"{\"images\": [{\"id\": 1, \"file_name\": \"a\"}], \"categories\": ["  \
	"{\"id\": 1, \"name\": \"car\"}, {\"id\": 2, \"name\": \"dog\"},"      \
	"{\"id\": 3, \"name\": \"cat\"}], \"annotations\": ["
#define BOX_OF(id)                                                             \
	"{\"image_id\": 1, \"category_id\": " id ", \"bbox\": [1,1,5,5]}"
	static const struct dset_detect_options o = { .classes = "car" };
	struct dset_list l;
	struct dset_detect *d;

	(void)state;
	dset_list_init(&l);
	assert_int_equal(dset_detect_new(&d, &o, NULL), 0);
	assert_int_equal(
	    parse_coco(&l, d, PARTS BOX_OF("3") "," BOX_OF("3") "]}"), 0);
	assert_int_equal(d->others, 2);
	assert_string_equal(buf_str(&d->other_names), "cat");
	assert_int_equal(parse_coco(&l, d, PARTS BOX_OF("1") "]}"), 0);
	assert_int_equal(d->others, 2);
	end_coco(&l, d);
}

static void
coco_bad_files(void **state)
{
#define IMAGES "\"images\": [{\"id\": 1, \"file_name\": \"a\"}]"
#define KINDS  "\"categories\": [{\"id\": 1, \"name\": \"a\"}]"
	static const struct {
		const char *text, *says;
	} cases[] = {
		{ "", "no JSON object" },
		{ "[]", "no JSON object" },
		{ "{}", "no images" },
		{ "{\"images\": 5}", "images is no array" },
		{ "{" IMAGES "}", "no categories" },
		{ "{" IMAGES ", " KINDS "}", "no annotations" },
		{ "{" IMAGES, "comma" },
		{ "{\"images\": [{\"id\": 1", "too early" },
		{ "{\"images\": [{\"id\": 1}, ", "too early" },
		{ "{\"images\": [1 2]}", "comma" },
		{ "{\"images\": [{\"id\": \"x}", "within a string" },
		{ "{\"images\": [], " KINDS ", \"annotations\": []}",
		    "images: none" },
		{ "{\"images\": [{\"id\": 1, \"file_name\": \"a\"},"
		  "{\"id\": 1, \"file_name\": \"b\"}], " KINDS
		  ", \"annotations\": []}",
		    "two images have the id 1 (a and b)" },
		{ "{" IMAGES ", \"categories\": [{\"id\": 1, \"name\": \"a\"},"
		  "{\"id\": 1, \"name\": \"b\"}], \"annotations\": []}",
		    "two categories have the id 1" },
		{ "{" IMAGES ", " KINDS ",\n\"annotations\": [\n{\"a\": 1 1}]}",
		    "line 3: annotations[0] is not JSON" },
	};
	struct dset_list l;
	struct dset_detect *d;

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		assert_int_equal(read_coco(&l, &d, cases[i].text), ERR_FORMAT);
		if (strstr(err_text(), cases[i].says) == NULL)
			fail_msg("%s: %s", cases[i].text, err_text());
		end_coco(&l, d);
	}
}

/* ---- classes ---- */

static void
classes(void **state)
{
	static const struct {
		const char *classes, *names; /* with | between; NULL: refused */
		int dontcare;
	} cases[] = {
		{ "Car", "dontcare|Car", 0 },
		{ " a , b", "dontcare|a|b", 0 },
		{ "DontCare,a", "DontCare|a", 0 },
		{ "a,dontcare", "a|dontcare", 1 },
		{ "a,A", NULL, 0 },
		{ "a,,b", NULL, 0 },
		{ "", NULL, 0 },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		struct dset_detect_options o = { .classes = cases[i].classes };
		struct dset_detect *d;
		char all[100] = "";
		int32_t class;

		if (cases[i].names == NULL) {
			assert_int_equal(
			    dset_detect_new(&d, &o, NULL), ERR_USAGE);
			continue;
		}
		assert_int_equal(dset_detect_new(&d, &o, NULL), 0);
		dset_detect_use(d, LABELS_KITTI);
		for (size_t k = 0; k < d->n; k++)
			snprintf(all + strlen(all), sizeof all - strlen(all),
			    "%s%s", k ? "|" : "", d->names[k]);
		assert_string_equal(all, cases[i].names);
		assert_int_equal(d->dontcare, cases[i].dontcare);
		assert_int_equal(dset_detect_class(&class, d, "other"), 1);
		assert_int_equal(class, cases[i].dontcare);
		dset_detect_free(d);
	}
}

/* ---- records ---- */

static void
write_text(const char *name, const char *text)
{
	assert_int_equal(file_write(tmp_path(name), text, strlen(text), 0), 0);
}

/* A Datum as protobuf writes it: channels, height, width, and float_data (field 6)
 * one by one. */
static size_t
datum(uint8_t *out, int rows, const float *v)
{
	uint8_t *p = out;

	*p++ = 0x08;
	*p++ = 1;
	*p++ = 0x10;
	*p++ = (uint8_t)rows;
	*p++ = 0x18;
	*p++ = 16;
	for (int i = 0; i < rows * 16; i++) {
		*p++ = 0x35;
		memcpy(p, &v[i], 4);
		p += 4;
	}
	return (size_t)(p - out);
}

static void
is_record(struct dset *d, enum dset_part part, const char *key, int rows,
    const float *v)
{
	char *dir = dset_column_path(d, part, "labels");
	struct record_db *db;
	uint8_t want[4096];
	const void *p;
	size_t i, n;

	assert_int_equal(record_db_open(&db, dir), 0);
	assert_int_equal(record_db_find(&i, db, key, strlen(key)), 0);
	assert_int_equal(record_db_value(&p, &n, db, i), 0);
	assert_int_equal(n, datum(want, rows, v));
	assert_memory_equal(p, want, n);
	record_db_close(db);
	mem_free(dir);
}

/*
 * A picture of 30x10, padded to 40x20 and squashed to 20x20: across half as much,
 * downwards as it is.  In validation a box of 25x9 is too low, one of 26x10 not.
 */
static void
digits_records(void **state)
{
	static const float train[3 * 16] = { 2, 16, 0, 0, 0, 0, 0, 0, 0, 0, 0,
		0, 0, 0, 0, 0,
		/* z 40.25 comes before 30.5 */
		10.25f, 3, 4.75f, 6, .5f, 8, 0, .75f, .25f, 2, .9f, .6f, 1.8f,
		4, 5, 40.25f, /* */
		1, 4, 5, 6, -1.5f, 1, 0, -1.25f, 0, 0, 3.9f, 1.6f, 1.5f, 1, 2,
		30.5f };
	static const float val[5 * 16] = { 3, 16, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
		0, 0, 0, 0, /* alike in z: as in the file */
		0, 0, 13, 10, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,   /* */
		0, 0, 12.5f, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, /* */
		.5f, 0, 13, 10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, /* */
		0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 };
	static char images[2][256];
	struct dset_detect_options d = { .min_box = 10 };
	const char *from = images[0];
	struct dset_create_options o = {
		.plan = { .task = &dset_task_detect, .detect = &d,
		    .sources = &from, .nsources = 1, },
		.form = { .width = 20, .height = 20, .channels = 3,
		    .level = -1 },
		.backend = &record_backend_lmdb,
		.pad = { 40, 20 },
		.threads = 2,
	};
	static char labels[2][256];
	struct dset_created made;
	struct image im;
	struct dset *set;

	(void)state;
	image_init(&im);
	assert_int_equal(image_resize_buffer(&im, 30, 10, 3), 0);
	memset(im.data, 200, 30 * 10 * 3);
	for (int i = 0; i < 2; i++) {
		const char *part = i ? "val" : "train";

		snprintf(images[i], 256, "%s/images", tmp_path(part));
		snprintf(labels[i], 256, "%s/labels", tmp_path(part));
		assert_int_equal(file_mkdirs(images[i]), 0);
		assert_int_equal(file_mkdirs(labels[i]), 0);
	}
	assert_int_equal(
	    image_write(tmp_path("train/images/a.png"), &im, 0), 0);
	assert_int_equal(image_write(tmp_path("val/images/b.png"), &im, 0), 0);
	assert_int_equal(image_write(tmp_path("val/images/c.png"), &im, 0), 0);
	write_text("train/labels/a.txt",
	    "Car 0.00 0 -1.5 2.00 4.00 12.00 10.00 1.5 1.6 3.9 1.0 2.0 30.5 -1.25\n"
	    "Pedestrian 0.25 2 0.5 20.5 3 30 9 1.8 0.6 0.9 4 5 40.25 0.75\n");
	write_text("val/labels/b.txt",
	    "car 0 0 0 0 0 26 10 0 0 0 0 0 0 0\n"
	    "car 0 0 0 0 0 25 9 0 0 0 0 0 0 0\n"
	    "unheard-of 0 0 0 1 0 27 10 0 0 0 0 0 0 0\n");
	write_text("val/labels/c.txt",
	    "car 0 0 0 0 0 26 10 0 0 0 0 0 0 0\n"
	    "car 0 0 0 0 0 26 10 0 0 0 0 0 0 0\n"
	    "car 0 0 0 0 0 26 10 0 0 0 0 0 0 0\n"
	    "car 0 0 0 0 0 26 10 0 0 0 0 0 0 0\n");
	d.from[DSET_TRAIN].images = images[0];
	d.from[DSET_TRAIN].labels = labels[0];
	d.from[DSET_VAL].images = o.plan.part_folder[DSET_VAL] = images[1];
	d.from[DSET_VAL].labels = labels[1];
	o.on_duplicate = DSET_IGNORE;
	o.out = tmp_path("set");
	assert_int_equal(dset_create(&made, &o), 0);
	assert_int_equal(made.nlabels, 16);
	assert_int_equal(made.per_class[DSET_TRAIN][1], 1);
	assert_int_equal(made.per_class[DSET_TRAIN][8], 1);
	assert_int_equal(made.per_class[DSET_VAL][1], 5);
	assert_int_equal(made.per_class[DSET_VAL][0], 2);
	dset_created_clear(&made);
	assert_int_equal(dset_open(&set, tmp_path("set")), 0);
	is_record(set, DSET_TRAIN, "000000000", 3, train);
	is_record(set, DSET_VAL, "000000000", 5, val);
	dset_close(set);
	image_clear(&im);
}

/* The picture is at the top left of its padding, and that is black. */
static void
padded_picture(void **state)
{
	struct record_scratch s;
	struct record_db *db;
	struct dset *set;
	struct value v;

	(void)state;
	record_scratch_init(&s);
	assert_int_equal(dset_open(&set, tmp_path("set")), 0);
	assert_int_equal(dset_open_part(&db, set, DSET_TRAIN), 0);
	assert_int_equal(record_column_get(&v, db, 0, RECORD_DATA, &s, 0), 0);
	assert_int_equal(v.width, 20);
	assert_int_equal(v.height, 20);
	assert_int_equal(v.data[9 * 20 + 13], 200);
	assert_int_equal(v.data[9 * 20 + 16], 0);
	assert_int_equal(v.data[10 * 20], 0);
	record_db_close(db);
	dset_close(set);
	record_scratch_clear(&s);
}

/* A set as DIGITS makes it, of one picture with these two boxes. */
static void
digits_set(const char *name, const float *boxes)
{
	float rows[3 * 16] = { 2, 16 };
	static uint8_t pixels[64];
	struct caffe_datum d[2] = { { .channels = 1,
					.height = 8,
					.width = 8,
					.data = pixels,
					.ndata = 64 },
		{ .channels = 1,
		    .height = 3,
		    .width = 16,
		    .floats = rows,
		    .nfloats = 48 } };
	static const char *const folders[] = { "features", "labels" };
	struct record_lmdb_out *o = NULL;
	char *dir;
	struct buf b;

	memcpy(rows + 16, boxes, 2 * 16 * sizeof *rows);
	buf_init(&b, 1 << 16);
	for (int i = 0; i < 2; i++) {
		dir = mem_printf("%s/train_db/%s", tmp_path(name), folders[i]);
		buf_reset(&b);
		assert_int_equal(file_mkdirs(dir), 0);
		assert_int_equal(record_lmdb_create(&o, dir), 0);
		assert_int_equal(caffe_datum_add(&b, &d[i]), 0);
		assert_int_equal(
		    record_lmdb_put(o, "000000000", 9, b.data, b.len), 0);
		assert_int_equal(record_lmdb_finish(&o), 0);
		mem_free(dir);
	}
	buf_clear(&b);
}

/* Rows that are no boxes: not drawn, and not exported. */
static void
damaged_rows(void **state)
{
	static const float bad[][4] = { { 1, 1, NAN, 4 }, { 1, 1, 0, 4 },
		{ 1, INFINITY, 4, 4 }, { 1e30f, 1, 4, 4 } };
	struct dset_pick pick = {
		.part = -1, .label = -1, .label_format = LABELS_VOC
	};
	struct dset_show_options o = { .part = -1 };
	uint64_t pages;
	float rows[32] = { 2, 2, 3, 3, 0, 1 };
	struct buf out;
	struct dset *d;
	char name[16];

	(void)state;
	buf_init(&out, 1 << 16);
	for (size_t i = 0; i <= LENGTH(bad); i++) {
		rows[16 + 5] = i < LENGTH(bad) ? 1 : -1;
		memcpy(rows + 16, bad[i % LENGTH(bad)], sizeof bad[0]);
		snprintf(name, sizeof name, "bad%zu", i);
		digits_set(name, rows);
		assert_int_equal(dset_open(&d, tmp_path(name)), 0);
		assert_int_equal(
		    dset_montage(&pages, d, tmp_path("bad.png"), i > 0, &pick),
		    0);
		assert_int_equal(
		    dset_export(d, tmp_path("bad.voc"), 0, &pick), ERR_FORMAT);
		assert_non_null(
		    strstr(err_text(), "record 0 of train: box 1 is none"));
		assert_false(file_exists(tmp_path("bad.voc")));
		assert_int_equal(dset_show_summary(&out, d, &o),
		    i < LENGTH(bad) ? 0 : ERR_FORMAT);
		dset_close(d);
	}
	assert_non_null(
	    strstr(err_text(), "train record 0: a box of class -1"));
	buf_clear(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kitti),
		cmocka_unit_test(voc),
		cmocka_unit_test(yolo),
		cmocka_unit_test(yolo_names),
		cmocka_unit_test(bad_files),
		cmocka_unit_test(too_much),
		cmocka_unit_test(coco),
		cmocka_unit_test(coco_bad_boxes),
		cmocka_unit_test(coco_others),
		cmocka_unit_test(coco_bad_files),
		cmocka_unit_test(classes),
		cmocka_unit_test(digits_records),
		cmocka_unit_test(padded_picture),
		cmocka_unit_test(damaged_rows),
	};

	return cmocka_run_group_tests(tests, tmp_setup, tmp_teardown);
}
