/*
 * Layers of nets that find boxes: values worked out by hand, hostile numbers, and
 * whole nets written as the public ones are (tests/golden/detection).
 */
#include <dirent.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/rng.h"
#include "caffe/msg.h"
#include "caffe/upgrade.h"
#include "device/device.h"
#include "file/file.h"
#include "nn/net.h"

static void
must(int rc)
{
	if (rc < 0)
		fail_msg("%s", err_text());
}

struct bench {
	struct net *net;
	struct device *dev;
	struct plan *plan;
};

/* What data layers give here: two pictures and three boxes. */
static int
feed_shape(void *ctx, const struct layer *l, struct shape *top, int ntop)
{
	(void)ctx;
	(void)l;
	top[0] = shape_of(4, 2, 3, 64, 64);
	if (ntop > 1)
		top[1] = shape_of(4, 1, 1, 3, 8);
	return 0;
}

static int
build(struct bench *b, const char *text, Caffe__Phase phase, bool backward)
{
	const struct net_opts o = { .phase = phase, .feed_shape = feed_shape };
	const struct device_opts d = { .threads = 1 };
	const struct plan_opts po = { .precision = PRECISION_FP32 };
	Caffe__NetParameter *np;
	int rc;

	*b = (struct bench){ 0 };
	TRY(caffe_net_parse(&np, text, strlen(text), "net"));
	rc = net_new(&b->net, np, &o);
	caffe_msg_free(np);
	TRY(rc);
	if (backward)
		TRY(net_backward(b->net));
	for (int i = 0; i < b->net->nblobs; i++)
		graph_tensor(b->net->graph, b->net->blobs[i].tensor)->keep =
		    true;
	TRY(device_open(&b->dev, "ref", &d));
	TRY(device_plan(b->dev, &b->plan, b->net->graph, &po));
	return net_fill(b->net, b->plan, 3);
}

static void
close_bench(struct bench *b)
{
	plan_free(b->plan);
	net_free(b->net);
	device_close(b->dev);
}

static int
tensor_of(const struct bench *b, const char *blob)
{
	const struct net_blob *x = net_blob_find(b->net, blob);

	if (x == NULL)
		fail_msg("no blob %s", blob);
	return x->tensor;
}

static void
put(const struct bench *b, const char *blob, const float *v)
{
	must(plan_write(b->plan, tensor_of(b, blob), v));
}

static int
run(const struct bench *b, bool backward)
{
	const struct plan_run r = { .backward = backward };

	return plan_run(b->plan, &r);
}

/* The caller's. */
static float *
get(const struct bench *b, const char *blob, size_t *n)
{
	const int t = tensor_of(b, blob);
	float *v;

	*n = shape_count(graph_shape(b->net->graph, t));
	v = mem_array(float, *n + 1);
	must(plan_read(b->plan, t, v));
	return v;
}

static void
expect(const struct bench *b, const char *blob, const float *want, size_t n)
{
	size_t have;
	float *v = get(b, blob, &have);

	assert_int_equal(have, n);
	for (size_t i = 0; i < n; i++)
		if (!(fabsf(v[i] - want[i]) <= 1e-4f * (1 + fabsf(want[i]))))
			fail_msg("%s: value %zu is %g, not %g", blob, i,
			    (double)v[i], (double)want[i]);
	mem_free(v);
}

/* ---- Proposal ---- */

/* The nine anchors of Faster R-CNN, around the place (20, 20) of a map; offsets of
 * 0 leave them but for the pixel that R-CNN adds to the last edges. */
static void
test_anchors(void **state)
{
	static const float want[9][4] = { { -84, -40, 100, 56 },
		{ -176, -88, 192, 104 }, { -360, -184, 376, 200 },
		{ -56, -56, 72, 72 }, { -120, -120, 136, 136 },
		{ -248, -248, 264, 264 }, { -36, -80, 52, 96 },
		{ -80, -168, 96, 184 }, { -168, -344, 184, 360 } };
	static const char *const kinds[] = {
		"type: 'Proposal' proposal_param { nms_thresh: 1 pre_nms_topn: "
		"9 }",
		"type: 'Python' python_param { module: 'rpn.proposal_layer' "
		"layer: 'ProposalLayer' param_str: \"{'feat_stride': 16, "
		"'scales': [8, 16, 32]}\" }",
	};
	const size_t map = 50 * 50, at = 20 * 50 + 20;
	float *s = mem_array(float, 18 * map), *d = mem_array(float, 36 * map);
	const float info[3] = { 1000, 1000, 1 };
	struct bench b;
	char text[1024];

	(void)state;
	for (size_t a = 0; a < 9; a++)
		s[(9 + a) * map + at] = 0.9f - 0.01f * (float)a;
	for (size_t k = 0; k < 2; k++) {
		size_t n;
		float *v;

		snprintf(text, sizeof(text),
		    "input: 's' input_shape { dim: 1 dim: 18 dim: 50 dim: 50 } "
		    "input: 'd' input_shape { dim: 1 dim: 36 dim: 50 dim: 50 } "
		    "input: 'i' input_shape { dim: 1 dim: 3 } "
		    "layer { name: 'p' bottom: 's' bottom: 'd' bottom: 'i' "
		    "top: 'r' top: 'c' %s }",
		    kinds[k]);
		must(build(&b, text, CAFFE__PHASE__TEST, false));
		put(&b, "s", s);
		put(&b, "d", d);
		put(&b, "i", info);
		must(run(&b, false));
		v = get(&b, "r", &n);
		assert_int_equal(n, (k == 0 ? 9 : 300) * 5);
		for (size_t a = 0; a < 9; a++) {
			assert_float_equal(v[5 * a], 0, 0);
			for (size_t i = 0; i < 4; i++)
				if (v[5 * a + 1 + i] !=
				    fmaxf(want[a][i] + 320, 0))
					fail_msg("anchor %zu, edge %zu: %g", a,
					    i, (double)v[5 * a + 1 + i]);
		}
		mem_free(v);
		v = get(&b, "c", &n);
		assert_float_equal(v[8], 0.82, 1e-6);
		mem_free(v);
		close_bench(&b);
	}
	mem_free(s);
	mem_free(d);
}

/*
 * Four places in a row, 16 apart, with one anchor of 16 x 16.  The first is moved
 * by its width onto the second, which is worse: gone.  The third becomes twice as
 * wide and high about its middle, cut at the picture's edge.  The last, half as
 * large, is below min_size.
 */
static void
test_proposal(void **state)
{
	static const float score[8] = { 0, 0, 0, 0, .9f, .5f, .7f, .95f };
	const float two = logf(2), half = logf(0.5f);
	const float move[16] = { 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, two, half, 0, 0,
		two, half };
	const float info[3] = { 20, 64, 1 };
	/* x: 16 .. 32 of 16 pixels and one that R-CNN adds, as it always does */
	static const float want[20] = { 0, 16, 0, 32, 16, 0, 24, 0, 56, 19, -1,
		0, 0, 0, 0, -1, 0, 0, 0, 0 };
	static const float scores[4] = { .9f, .7f, 0, 0 };
	struct bench b;

	(void)state;
	must(build(&b,
	    "input: 's' input_shape { dim: 1 dim: 2 dim: 1 dim: 4 } "
	    "input: 'd' input_shape { dim: 1 dim: 4 dim: 1 dim: 4 } "
	    "input: 'i' input_shape { dim: 1 dim: 3 } "
	    "layer { name: 'p' type: 'Proposal' bottom: 's' bottom: 'd' bottom: "
	    "'i' top: 'r' top: 'c' proposal_param { ratio: 1 scale: 1 "
	    "min_size: 10 } }",
	    CAFFE__PHASE__TEST, false));
	put(&b, "s", score);
	put(&b, "d", move);
	put(&b, "i", info);
	must(run(&b, false));
	expect(&b, "r", want, 20);
	expect(&b, "c", scores, 4);
	close_bench(&b);
}

/* ---- ROIAlign ---- */

/* x is 10 row + column, so that the mean of points is the mean of their places. */
static void
test_roi_align(void **state)
{
	float x[20];
	static const float rois[25] = { 0, .5f, .5f, 2.5f, 2.5f, -1, 9, 9, 9, 9,
		/* a window less than a place wide is a place wide */
		0, 1, 1, 1, 1,
		/* some of its points lie off the map */
		0, 3, 1, 6, 3, 0, NAN, 0, NAN, INFINITY };
	static const float want[20] = { 11, 12, 21, 22, 0, 0, 0, 0, 13.75f,
		14.25f, 18.75f, 19.25f, 18.6875f, 9.5f, 28.6875f, 14.5f, 0, 0,
		0, 0 };
	struct bench b;

	(void)state;
	for (int i = 0; i < 20; i++)
		x[i] = (float)(10 * (i / 5) + i % 5);
	must(build(&b,
	    "input: 'x' input_shape { dim: 1 dim: 1 dim: 4 dim: 5 } "
	    "input: 'r' input_shape { dim: 5 dim: 5 } "
	    "layer { name: 'a' type: 'ROIAlign' bottom: 'x' bottom: 'r' top: "
	    "'y' roi_align_param { pooled_h: 2 pooled_w: 2 sampling_ratio: 2 } "
	    "}",
	    CAFFE__PHASE__TEST, false));
	put(&b, "x", x);
	put(&b, "r", rois);
	must(run(&b, false));
	expect(&b, "y", want, 20);
	close_bench(&b);
}

/* ---- what Faster R-CNN found ---- */

/*
 * Three windows of a picture of 100 x 50 and one that is none.  Of class 1 the
 * second is all but the first and worse; the third is moved right by half its 20
 * pixels.  Class 2 is found once, below the threshold else.
 */
static void
test_rcnn_output(void **state)
{
	static const float rois[20] = { 0, 0, 0, 19, 9, 0, 1, 0, 19, 9, 0, 40,
		10, 59, 29, -1, 0, 0, 9, 9 };
	static const float scores[12] = { .1f, .6f, .3f, .1f, .7f, .01f, .1f,
		.8f, .1f, 0, .9f, .9f };
	static const float shared[32] = { [16 + 4] = 0.5f };
	static const float all[48] = { [24 + 4] = 0.5f };
	static const float info[3] = { 50, 100, 1 };
	static const float want[35] = { 0, 1, .8f, .5f, .2f, .71f, .62f, 0, 1,
		.7f, .01f, 0, .21f, .22f, 0, 2, .3f, 0, 0, .21f, .22f, -1, -1,
		-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1 };
	char text[1024];
	struct bench b;

	(void)state;
	for (int k = 0; k < 2; k++) {
		snprintf(text, sizeof(text),
		    "input: 'r' input_shape { dim: 4 dim: 5 } "
		    "input: 's' input_shape { dim: 4 dim: 3 } "
		    "input: 'o' input_shape { dim: 4 dim: %d } "
		    "input: 'i' input_shape { dim: 1 dim: 3 } "
		    "layer { name: 'a' type: 'RCNNDetectionOutput' bottom: 'r' "
		    "bottom: 's' bottom: 'o' bottom: 'i' top: 'y' "
		    "detection_output_param { keep_top_k: 5 "
		    "confidence_threshold: 0.2 } }",
		    k == 0 ? 8 : 12);
		must(build(&b, text, CAFFE__PHASE__TEST, false));
		put(&b, "r", rois);
		put(&b, "s", scores);
		put(&b, "o", k == 0 ? shared : all);
		put(&b, "i", info);
		must(run(&b, false));
		expect(&b, "y", want, 35);
		close_bench(&b);
	}
}

/* ---- which of them are right ---- */

/*
 * Picture 0 has two boxes of class 1, the second difficult, picture 1 one of class 2.
 * Found: the first (.9), it again (.8: wrong), the difficult one (no account), one of
 * class 2 that is not there (wrong); in picture 1 one that overlaps by a third (wrong).
 */
static void
test_evaluate(void **state)
{
	static const float found[42] = { 0, 1, .8f, 0, 0, .4f, .4f, 0, 1, .9f,
		0, 0, .4f, .4f, 0, 1, .7f, .5f, .5f, 1, 1, 0, 2, .6f, 0, 0, .4f,
		.4f, 1, 2, .5f, .2f, 0, .6f, .4f, -1, -1, -1, -1, -1, -1, -1 };
	static const float truth[32] = { 0, 1, 0, 0, 0, .4f, .4f, 0, 0, 1, 1,
		.5f, .5f, 1, 1, 1, 1, 2, 0, 0, 0, .4f, .4f, 0, -1, -1, -1, -1,
		-1, -1, -1, -1 };
	static const float want[40] = { -1, 1, 1, -1, -1, -1, 2, 1, -1, -1, 0,
		1, .9f, 1, 0, 0, 1, .8f, 0, 1, 0, 1, .7f, 0, 0, 0, 2, .6f, 0, 1,
		1, 2, .5f, 0, 1, -1, -1, -1, -1, -1 };
	struct bench b;

	(void)state;
	must(build(&b,
	    "input: 'f' input_shape { dim: 1 dim: 1 dim: 6 dim: 7 } "
	    "input: 't' input_shape { dim: 1 dim: 1 dim: 4 dim: 8 } "
	    "layer { name: 'e' type: 'DetectionEvaluate' bottom: 'f' bottom: "
	    "'t' top: 'y' detection_evaluate_param { num_classes: 3 "
	    "evaluate_difficult_gt: false } }",
	    CAFFE__PHASE__TEST, false));
	put(&b, "f", found);
	put(&b, "t", truth);
	must(run(&b, false));
	expect(&b, "y", want, 40);
	close_bench(&b);
}

/* ---- YOLO ---- */

#define LN2 0.6931472f
#define LN3 1.0986123f

/* x, y, w, h, object, two classes at two places. */
static const float yolo[14] = { 0, 0, 0, 0, 0, 0, LN2, LN2, 0, 0, LN3, 0, 0,
	LN3 };

/*
 * Version 2: an anchor of 1 x 0.5 places, twice as high: half the picture wide and as
 * high as it; of classes 3 : 1, with an object of 1/2.
 */
static void
test_yolo2(void **state)
{
	static const char *const kinds[] = {
		"type: 'YoloDetectionOutput' yolo_detection_output_param { "
		"num_classes: 2 num_box: 1 biases: 1 biases: 0.5 }",
		"type: 'RegionOutput' region_output_param { classes: 2 biases: 1 "
		"biases: 0.5 }",
	};
	static const float want[14] = { 0, 1, .375f, 0, 0, .5f, 1, 0, 2, .375f,
		.5f, 0, 1, 1 };
	char text[512];
	struct bench b;

	(void)state;
	for (size_t k = 0; k < LENGTH(kinds); k++) {
		snprintf(text, sizeof(text),
		    "input: 'x' input_shape { dim: 1 dim: 7 dim: 1 dim: 2 } "
		    "layer { name: 'd' bottom: 'x' top: 'y' %s }",
		    kinds[k]);
		must(build(&b, text, CAFFE__PHASE__TEST, false));
		put(&b, "x", yolo);
		must(run(&b, false));
		expect(&b, "y", want, 14);
		close_bench(&b);
	}
}

/*
 * Version 3: an anchor of 16 x 8 pixels in a net of 64 x 32; the second picture has no
 * object.  Both classes of a place are rows until suppression takes the lesser.
 */
static void
test_yolo3(void **state)
{
	static const float want[2][28] = {
		{ 0, 1, .375f, .125f, .25f, .375f, .75f, 0, 2, .375f, .625f,
		    .25f, .875f, .75f, 0, 1, .25f, .625f, .25f, .875f, .75f, 0,
		    2, .25f, .125f, .25f, .375f, .75f },
		{ 0, 1, .375f, .125f, .25f, .375f, .75f, 0, 2, .375f, .625f,
		    .25f, .875f, .75f, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
		    -1, -1, -1, -1 },
	};
	float x[28];
	char text[512];
	struct bench b;

	(void)state;
	memcpy(x, yolo, sizeof(yolo));
	memcpy(x + 14, yolo, sizeof(yolo));
	x[14 + 8] = x[14 + 9] = -20;
	for (int k = 0; k < 2; k++) {
		float all[56];

		snprintf(text, sizeof(text),
		    "input: 'x' input_shape { dim: 2 dim: 7 dim: 1 dim: 2 } "
		    "layer { name: 'd' type: 'Yolov3DetectionOutput' bottom: 'x' "
		    "top: 'y' yolov3_detection_output_param { num_classes: 2 "
		    "num_box: 1 biases: 9 biases: 9 biases: 16 biases: 8 "
		    "anchors_scale: 32 mask_group_num: 1 mask: 1 nms_threshold: "
		    "%g } }",
		    k == 0 ? 1 : 0.45);
		must(build(&b, text, CAFFE__PHASE__TEST, false));
		put(&b, "x", x);
		must(run(&b, false));
		for (int i = 0; i < 56; i++)
			all[i] = i < 28 ? want[k][i] : -1;
		expect(&b, "y", all, 56);
		close_bench(&b);
	}
}

static void
test_region(void **state)
{
	static const float stays[14] = { .5f, .5f, .5f, .5f, 0, 0, LN2, LN2,
		.5f, .5f, .75f, .25f, .25f, .75f };
	static const float together[14] = { 0, 0, 0, LN2, .5f, .75f, .25f, 0, 0,
		0, LN2, .5f, .25f, .75f };
	static const char *const params[] = { "num: 1",
		"boxes_of_each_grid: 1 softmax: true" };
	char text[512];
	struct bench b;

	(void)state;
	for (int k = 0; k < 2; k++) {
		snprintf(text, sizeof(text),
		    "input: 'x' input_shape { dim: 1 dim: 7 dim: 1 dim: 2 } "
		    "layer { name: 'r' type: 'Region' bottom: 'x' top: 'y' "
		    "region_param { classes: 2 coords: 4 %s } }",
		    params[k]);
		must(build(&b, text, CAFFE__PHASE__TEST, false));
		put(&b, "x", yolo);
		must(run(&b, false));
		expect(&b, "y", k == 0 ? stays : together, 14);
		close_bench(&b);
	}
}

/* ---- numbers that nobody should give ---- */

static const char *const hostile[] = {
	"input: 's' input_shape { dim: 2 dim: 18 dim: 5 dim: 6 } "
	"input: 'd' input_shape { dim: 2 dim: 36 dim: 5 dim: 6 } "
	"input: 'i' input_shape { dim: 2 dim: 3 } "
	"layer { name: 'p' type: 'Proposal' bottom: 's' bottom: 'd' bottom: "
	"'i' top: 'y' top: 'c' }",
	"input: 'x' input_shape { dim: 2 dim: 4 dim: 5 dim: 6 } "
	"input: 'r' input_shape { dim: 20 dim: 5 } "
	"layer { name: 'a' type: 'ROIAlign' bottom: 'x' bottom: 'r' top: 'y' "
	"roi_align_param { pooled_h: 2 pooled_w: 3 } }",
	"input: 'x' input_shape { dim: 2 dim: 4 dim: 5 dim: 6 } "
	"input: 'r' input_shape { dim: 20 dim: 5 } "
	"layer { name: 'a' type: 'ROIPooling' bottom: 'x' bottom: 'r' top: 'y' "
	"roi_pooling_param { pooled_h: 2 pooled_w: 3 } }",
	"input: 'x' input_shape { dim: 2 dim: 4 dim: 5 dim: 6 } "
	"input: 'r' input_shape { dim: 20 dim: 5 } "
	"layer { name: 'a' type: 'PSROIPooling' bottom: 'x' bottom: 'r' top: "
	"'y' psroi_pooling_param { output_dim: 1 group_size: 2 } }",
	"input: 'r' input_shape { dim: 20 dim: 5 } "
	"input: 's' input_shape { dim: 20 dim: 3 } "
	"input: 'o' input_shape { dim: 20 dim: 12 } "
	"input: 'i' input_shape { dim: 2 dim: 3 } "
	"layer { name: 'a' type: 'RCNNDetectionOutput' bottom: 'r' bottom: 's' "
	"bottom: 'o' bottom: 'i' top: 'y' }",
	"input: 'f' input_shape { dim: 1 dim: 1 dim: 20 dim: 7 } "
	"input: 't' input_shape { dim: 1 dim: 1 dim: 10 dim: 8 } "
	"layer { name: 'e' type: 'DetectionEvaluate' bottom: 'f' bottom: 't' "
	"top: 'y' detection_evaluate_param { num_classes: 3 } }",
	"input: 'x' input_shape { dim: 2 dim: 14 dim: 3 dim: 4 } "
	"layer { name: 'd' type: 'YoloDetectionOutput' bottom: 'x' top: 'y' "
	"yolo_detection_output_param { num_classes: 2 num_box: 2 biases: 1 "
	"biases: 1 biases: 2 biases: 2 } }",
	"input: 'x' input_shape { dim: 2 dim: 14 dim: 3 dim: 4 } "
	"layer { name: 'd' type: 'Yolov3DetectionOutput' bottom: 'x' top: 'y' "
	"yolov3_detection_output_param { num_classes: 2 num_box: 2 biases: 1 "
	"biases: 1 biases: 2 biases: 2 anchors_scale: 32 mask_group_num: 1 "
	"mask: 0 mask: 1 } }",
	"input: 'l' input_shape { dim: 2 dim: 80 } "
	"input: 'c' input_shape { dim: 2 dim: 60 } "
	"input: 'p' input_shape { dim: 1 dim: 2 dim: 80 } "
	"layer { name: 'a' type: 'DetectionOutput' bottom: 'l' bottom: 'c' "
	"bottom: 'p' top: 'y' detection_output_param { num_classes: 3 "
	"code_type: CENTER_SIZE nms_param { nms_threshold: 0.4 eta: 0.5 } } }",
};

static float
nasty(struct rng *r)
{
	static const float v[] = { 0, -1, 1, NAN, INFINITY, -INFINITY, 1e30f,
		-1e30f, 1e-30f, 0.5f, 100, -100, 3.4e38f, 1.5f };

	return v[rng_below(r, LENGTH(v))];
}

/* Whatever stands in the inputs, a run ends, with or without an error. */
static void
test_hostile(void **state)
{
	struct bench b;
	struct rng r;

	(void)state;
	rng_init(&r, 4, 2);
	for (size_t k = 0; k < LENGTH(hostile); k++) {
		must(build(&b, hostile[k], CAFFE__PHASE__TEST, false));
		for (int turn = 0; turn < 200; turn++) {
			for (int t = 0; t < graph_tensors(b.net->graph); t++) {
				const size_t n =
				    shape_count(graph_shape(b.net->graph, t));
				float *v;

				if (graph_tensor(b.net->graph, t)->kind !=
				    TENSOR_INPUT)
					continue;
				v = mem_array(float, n + 1);
				for (size_t i = 0; i < n; i++)
					v[i] = turn % 3 == 2 && i % 5 == 0
					    ? 0
					    : nasty(&r);
				must(plan_write(b.plan, t, v));
				mem_free(v);
			}
			run(&b, false);
		}
		close_bench(&b);
	}
}

static const struct {
	const char *text, *says;
} bad[] = {
	{ "input: 's' input_shape { dim: 1 dim: 18 dim: 2 dim: 2 } "
	  "input: 'd' input_shape { dim: 1 dim: 24 dim: 2 dim: 2 } "
	  "input: 'i' input_shape { dim: 1 dim: 3 } "
	  "layer { name: 'p' type: 'Proposal' bottom: 's' bottom: 'd' bottom: "
	  "'i' top: 'r' }",
	    "9 boxes at each place need offsets (N, 36, H, W)" },
	{ "input: 's' input_shape { dim: 1 dim: 12 dim: 2 dim: 2 } "
	  "input: 'd' input_shape { dim: 1 dim: 24 dim: 2 dim: 2 } "
	  "input: 'i' input_shape { dim: 1 dim: 2 } "
	  "layer { name: 'p' type: 'Proposal' bottom: 's' bottom: 'd' bottom: "
	  "'i' top: 'r' proposal_param { scale: 1 scale: 2 } }",
	    "height, width and scale of each picture" },
	{ "input: 's' input_shape { dim: 1 dim: 18 dim: 2 dim: 2 } "
	  "input: 'd' input_shape { dim: 1 dim: 36 dim: 2 dim: 2 } "
	  "input: 'i' input_shape { dim: 1 dim: 3 } "
	  "layer { name: 'p' type: 'Python' bottom: 's' bottom: 'd' bottom: "
	  "'i' top: 'r' python_param { module: 'rpn.proposal_layer' layer: "
	  "'ProposalLayer' param_str: \"'feat_stride': 16\\n'phase': 2\" } }",
	    "\"phase\" is not known here" },
	{ "input: 'x' input_shape { dim: 1 dim: 7 dim: 2 dim: 2 } "
	  "layer { name: 'p' type: 'Yolov3DetectionOutput' bottom: 'x' top: 'y' "
	  "yolov3_detection_output_param { num_classes: 2 num_box: 1 } }",
	    "1 bottoms need mask_group_num 1" },
	{ "input: 'x' input_shape { dim: 1 dim: 7 dim: 2 dim: 2 } "
	  "layer { name: 'p' type: 'Yolov3DetectionOutput' bottom: 'x' top: 'y' "
	  "yolov3_detection_output_param { num_classes: 2 num_box: 1 biases: 1 "
	  "biases: 1 anchors_scale: 32 mask_group_num: 1 mask: 4000000000 } }",
	    "no anchor 4000000000" },
	{ "input: 'x' input_shape { dim: 1 dim: 8 dim: 2 dim: 2 } "
	  "layer { name: 'p' type: 'YoloDetectionOutput' bottom: 'x' top: 'y' "
	  "yolo_detection_output_param { num_classes: 2 num_box: 1 biases: 1 "
	  "biases: 1 } }",
	    "need a bottom (N, 7, H, W)" },
	{ "input: 'x' input_shape { dim: 1 dim: 7 dim: 2 dim: 2 } "
	  "layer { name: 'p' type: 'YoloDetectionOutput' bottom: 'x' top: 'y' "
	  "yolo_detection_output_param { num_classes: 2 num_box: 1 biases: 0 "
	  "biases: 1 } }",
	    "has no size" },
	{ "input: 'x' input_shape { dim: 1 dim: 1 dim: 2 dim: 2 } "
	  "input: 'r' input_shape { dim: 1 dim: 4 } "
	  "layer { name: 'p' type: 'ROIAlign' bottom: 'x' bottom: 'r' top: 'y' "
	  "roi_align_param { pooled_h: 1 pooled_w: 1 } }",
	    "windows (R, 5)" },
	{ "input: 'x' input_shape { dim: 1 dim: 1 dim: 2 dim: 2 } "
	  "input: 'r' input_shape { dim: 1 dim: 5 } "
	  "layer { name: 'p' type: 'ROIAlign' bottom: 'x' bottom: 'r' top: 'y' "
	  "}",
	    "sides are 1 to 4096" },
};

static void
test_bad(void **state)
{
	struct bench b;

	(void)state;
	for (size_t i = 0; i < LENGTH(bad); i++) {
		if (build(&b, bad[i].text, CAFFE__PHASE__TEST, false) >= 0)
			fail_msg("net %zu is taken", i);
		if (strstr(err_text(), bad[i].says) == NULL)
			fail_msg("net %zu: \"%s\" does not say \"%s\"", i,
			    err_text(), bad[i].says);
		close_bench(&b);
	}
}

/* ---- whole nets ---- */

#define FOLDER "tests/golden/detection"

/* Random pictures; im_info says how large they are; labels hold boxes. */
static void
fill(const struct bench *b, struct rng *r)
{
	for (int t = 0; t < graph_tensors(b->net->graph); t++) {
		const struct tensor *x = graph_tensor(b->net->graph, t);
		const struct shape s = x->shape;
		const size_t n = shape_count(&s);
		float *v;

		if (x->kind != TENSOR_INPUT)
			continue;
		v = mem_array(float, n + 1);
		for (size_t i = 0; i < n; i++)
			v[i] = (float)rng_below(r, 256) - 128;
		if (strcmp(x->name, "im_info") == 0)
			memcpy(v, (const float[]){ 96, 128, 1 }, 12);
		for (size_t i = 0; s.n == 4 && s.d[3] == 8 && i < n; i += 8)
			memcpy(&v[i],
			    (const float[]){ (float)(i / 8 % 2),
				1 + (float)(i / 8 % 2), 0, .1f, .2f, .5f, .8f,
				0 },
			    32);
		must(plan_write(b->plan, t, v));
		mem_free(v);
	}
}

static void
check_outputs(const struct bench *b, const char *name)
{
	for (int i = 0; i < b->net->nblobs; i++) {
		size_t n;
		float *v;

		if (!b->net->blobs[i].output)
			continue;
		v = get(b, b->net->blobs[i].name, &n);
		for (size_t k = 0; k < n; k++)
			if (!isfinite(v[k]))
				fail_msg("%s: value %zu of %s is %g", name, k,
				    b->net->blobs[i].name, (double)v[k]);
		mem_free(v);
	}
}

static void
run_net(const char *name, struct rng *r)
{
	const bool train = strstr(name, "_train.") != NULL;
	char path[512];
	struct bench b;
	struct buf text;

	snprintf(path, sizeof(path), FOLDER "/%s", name);
	buf_init(&text, 1 << 20);
	must(file_read(&text, path));
	if (build(&b, buf_str(&text),
		train ? CAFFE__PHASE__TRAIN : CAFFE__PHASE__TEST, train) < 0)
		fail_msg("%s: %s", name, err_text());
	fill(&b, r);
	if (run(&b, train) < 0)
		fail_msg("%s: %s", name, err_text());
	check_outputs(&b, name);
	close_bench(&b);
	buf_clear(&text);
}

static void
test_nets(void **state)
{
	DIR *d = opendir(FOLDER);
	struct dirent *e;
	struct rng r;
	int n = 0;

	(void)state;
	assert_non_null(d);
	rng_init(&r, 1, 1);
	while ((e = readdir(d)) != NULL)
		if (strstr(e->d_name, ".prototxt") != NULL) {
			run_net(e->d_name, &r);
			n++;
		}
	closedir(d);
	assert_true(n >= 7);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_anchors),
		cmocka_unit_test(test_proposal),
		cmocka_unit_test(test_roi_align),
		cmocka_unit_test(test_rcnn_output),
		cmocka_unit_test(test_evaluate),
		cmocka_unit_test(test_yolo2),
		cmocka_unit_test(test_yolo3),
		cmocka_unit_test(test_region),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_nets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
