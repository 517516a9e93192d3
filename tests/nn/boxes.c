/* Boxes that nets put out: lists, grids, rows. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "caffe/msg.h"
#include "caffe/upgrade.h"
#include "nn/boxes/cluster.h"
#include "nn/boxes/figures.h"
#include "nn/boxes/form.h"
#include "nn/score.h"

static struct net_box
box(int class, double score, double l, double t, double r, double b,
    size_t piece)
{
	return (struct net_box){ class, score, { l, t, r, b }, piece };
}

static void
add(struct net_boxes *v, struct net_box b)
{
	net_boxes_add(v, &b);
}

static void
test_sort_and_suppress(void **state)
{
	struct net_boxes v = { 0 };

	(void)state;
	add(&v, box(1, 0.5, 0, 0, 10, 10, 0));
	add(&v, box(1, 0.9, 1, 0, 11, 10, 0)); /* IoU 9 / 11 with that */
	add(&v, box(2, 0.8, 0, 0, 10, 10, 0)); /* another class */
	add(&v, box(1, 0.9, 50, 50, 60, 60, 0));
	net_boxes_sort(&v);
	assert_float_equal(v.v[0].box.left, 1, 0); /* the first of equals */
	net_boxes_suppress(&v, 0.9);
	assert_int_equal(v.n, 4);
	net_boxes_suppress(&v, 0.8);
	assert_int_equal(v.n, 3);
	assert_int_equal(v.v[2].class, 2);
	net_boxes_clear(&v);
}

/* A part of an object that a piece's edge cut off lies in the whole one. */
static void
test_suppress_pieces(void **state)
{
	struct net_boxes v = { 0 };

	(void)state;
	add(&v, box(1, 0.9, 0, 0, 100, 100, 0));
	add(&v, box(1, 0.8, 80, 0, 100, 100, 1)); /* IoU 0.2 */
	net_boxes_suppress(&v, 0.5);
	assert_int_equal(v.n, 1);
	v.v[v.n++].piece = 0;
	net_boxes_suppress(&v, 0.5);
	assert_int_equal(v.n, 2);
	net_boxes_clear(&v);
}

/* Two cells of one object, one of another, one without cover, one of no box. */
static void
test_cluster(void **state)
{
	const struct cluster c = {
		.rows = 1, .columns = 5, .cell = 10, .least = 0.5, .merge = 0.5
	};
	const float cover[5] = { 0.6f, 0.9f, 0.1f, 0.7f, 0.8f };
	const float boxes[4][5] = {
		{ 0, -10, 0, 0, 9 },  /* left: 0 0 . 30 49 */
		{ 0, 0, 0, 2, 0 },    /* top */
		{ 20, 13, 0, 10, 2 }, /* right: 20 23 . 40 42 */
		{ 10, 10, 0, 8, 5 },  /* bottom */
	};
	struct net_boxes v = { 0 };

	(void)state;
	cluster_grid(&v, &c, cover, &boxes[0][0], 7);
	assert_int_equal(v.n, 2);
	assert_float_equal(v.v[0].score, 0.9, 1e-6);
	assert_float_equal(v.v[0].box.left, 0, 1e-6);
	assert_float_equal(v.v[0].box.right, (0.9 * 23 + 0.6 * 20) / 1.5, 1e-5);
	assert_int_equal(v.v[0].class, 7);
	assert_float_equal(v.v[1].box.left, 30, 1e-6);
	assert_float_equal(v.v[1].box.bottom, 8, 1e-6);
	net_boxes_clear(&v);
}

/* A cell at the rim of a large object: its box is not that of the middle one, but lies
 * on what all of these become. */
static void
test_cluster_rim(void **state)
{
	const struct cluster c = {
		.rows = 1, .columns = 3, .cell = 10, .least = 0.5, .merge = 0.5
	};
	const float cover[3] = { 0.6f, 0.9f, 0.8f };
	float boxes[4][3] = { { 0, -10, -20 }, { 0, 0, 0 }, { 30, 90, 40 },
		{ 10, 10, 10 } };
	struct net_boxes v = { 0 };

	(void)state;
	/* 0..60 joins 0..100, which become 0..81; 0..30 is another object. */
	cluster_grid(&v, &c, cover, &boxes[0][0], 0);
	assert_int_equal(v.n, 2);
	net_boxes_clear(&v);
	/* 0..45 is less than half of 0..100, but more of 0..81. */
	boxes[2][0] = 45;
	cluster_grid(&v, &c, cover, &boxes[0][0], 0);
	assert_int_equal(v.n, 1);
	assert_float_equal(v.v[0].score, 0.9, 1e-6);
	assert_float_equal(v.v[0].box.right, 138 / 1.7, 1e-4);
	net_boxes_clear(&v);
}

static void
test_rows(void **state)
{
	const float v[4][7] = {
		{ 0, 1, 0.9f, 0, 0, 0.5f, 0.5f },
		{ 1, 2, 0.8f, 0.25f, 0.5f, 0.75f, 1 },
		{ 1, 3, 0.1f, 0, 0, 1, 1 },
		{ -1, -1, -1, -1, -1, -1, -1 },
	};
	const struct shape s = shape_of(4, 1, 1, 4, 7);
	const float *blob = &v[0][0];
	struct boxes_form f = { .kind = BOXES_ROWS, .blobs = 1 };
	const struct boxes_reading how = { .least = 0.5 };
	struct net_boxes out = { 0 };

	(void)state;
	boxes_form_read(&out, &f, &blob, &s, 1, 100, 200, &how);
	assert_int_equal(out.n, 1);
	assert_int_equal(out.v[0].class, 2);
	assert_float_equal(out.v[0].box.left, 50, 1e-4);
	assert_float_equal(out.v[0].box.top, 50, 1e-4);
	assert_float_equal(out.v[0].box.bottom, 100, 1e-4);
	f.background = true;
	f.classes = 4;
	boxes_form_classes(&f, NULL, 3);
	out.n = 0;
	boxes_form_read(&out, &f, &blob, &s, 1, 100, 200, &how);
	assert_int_equal(out.v[0].class, 1);
	boxes_form_classes(&f, NULL, 4);
	out.n = 0;
	boxes_form_read(&out, &f, &blob, &s, 1, 100, 200, &how);
	assert_int_equal(out.v[0].class, 2);
	net_boxes_clear(&out);
	boxes_form_clear(&f);
}

/* A truth, one that is difficult, and a place where nobody cares. */
static void
test_figures(void **state)
{
	const float rows[3][16] = {
		{ 0, 0, 10, 10, 0, 1 },
		{ 20, 0, 10, 10, 0, 0, 1 },
		{ 50, 0, 40, 40, 0, 0 },
	};
	struct net_boxes v = { 0 };
	struct boxes_figures f;
	double out[BOXES_FIGURES];

	(void)state;
	assert_int_equal(boxes_figures_init(&f, 3, 0, 0.5), 0);
	add(&v, box(1, 0.9, 0, 0, 10, 10, 0));
	add(&v, box(1, 0.95, 20, 0, 30, 10, 0)); /* counts for nothing, */
	add(&v, box(2, 0.8, 60, 5, 70, 15, 0));  /* and so does this */
	add(&v, box(1, 0.97, 60, 5, 70, 15, 0));
	add(&v, box(9, 0.8, 60, 5, 70, 15, 0)); /* no class */
	add(&v, box(1, 0.4, 0, 20, 10, 30, 0)); /* wrong, not shown */
	assert_int_equal(boxes_figures_add(&f, &rows[0][0], 3, &v), 0);
	boxes_figures_batch(&f);
	boxes_figures_values(&f, 3, out);
	assert_float_equal(out[BOXES_AP50], 1, 1e-9);
	assert_float_equal(out[BOXES_AP], 1, 1e-9);
	assert_float_equal(out[BOXES_PRECISION], 1, 1e-9);
	assert_float_equal(out[BOXES_RECALL], 1, 1e-9);
	/* DIGITS counts each of the three of class 1 that are shown. */
	assert_float_equal(out[BOXES_DIGITS_PRECISION], 1.0 / 3, 1e-9);
	assert_float_equal(out[BOXES_DIGITS_RECALL], 1, 1e-9);
	assert_int_equal(f.outside, 1);
	assert_int_equal(f.truths[1], 1);
	boxes_figures_values(&f, 2, out);
	assert_true(isnan(out[BOXES_AP50]));
	boxes_figures_clear(&f);
	net_boxes_clear(&v);
}

/* The maps of a grid are the classes to be found: labels.txt may have more names, as
 * "dontcare", but not fewer.  Without boxes beside them maps are all the classes. */
static void
test_names_of_maps(void **state)
{
	static const char text[] =
	    "input: 'x' input_shape { dim: 1 dim: 3 dim: 8 dim: 8 } "
	    "layer { name: 'c' type: 'Convolution' bottom: 'x' top: 'c' "
	    "convolution_param { num_output: 3 kernel_size: 1 } } "
	    "layer { name: 's' type: 'Sigmoid' bottom: 'c' top: 'coverage' } "
	    "layer { name: 'b' type: 'Convolution' bottom: 'x' top: '%s' "
	    "convolution_param { num_output: 4 kernel_size: 1 } } ";
	static const char *const second[] = { "bboxes", "others" };
	const struct net_opts o = { .phase = CAFFE__PHASE__TEST };

	(void)state;
	for (int i = 0; i < 2; i++) {
		Caffe__NetParameter *p;
		struct net *net;
		char s[sizeof(text) + 8];

		snprintf(s, sizeof(s), text, second[i]);
		assert_int_equal(caffe_net_parse(&p, s, strlen(s), "net"), 0);
		assert_int_equal(net_new(&net, p, &o), 0);
		assert_int_equal(net_labels_check(net, 3), 0);
		assert_int_equal(
		    net_labels_check(net, 4), i == 0 ? 0 : ERR_FORMAT);
		assert_int_equal(net_labels_check(net, 2), ERR_FORMAT);
		assert_string_equal(err_text(),
		    "has 2 lines, the net has 3 outputs (coverage)");
		net_free(net);
		caffe_msg_free(p);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sort_and_suppress),
		cmocka_unit_test(test_suppress_pieces),
		cmocka_unit_test(test_cluster),
		cmocka_unit_test(test_cluster_rim),
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_figures),
		cmocka_unit_test(test_names_of_maps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
