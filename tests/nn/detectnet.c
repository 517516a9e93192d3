/*
 * DetectNetTransformation: maps worked out by hand and, of random boxes, by
 * detectnet.py; and under augmentation boxes that stay around what they were drawn
 * around.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/rng.h"
#include "caffe/msg.h"
#include "caffe/upgrade.h"
#include "device/device.h"
#include "nn/net.h"
#include "../tmp.h"

enum {
	W = 96,
	H = 64,
	ROWS = 3,
	STRIDE = 16,
	GW = W / STRIDE,
	GH = H / STRIDE
};

static void
must(int rc)
{
	if (rc < 0)
		fail_msg("%s", err_text());
}

struct machine {
	struct net *net;
	struct device *dev;
	struct plan *plan;
	int picture, label, x, y;
	struct shape sx, sy;
};

#define NET                                                                    \
	"input: 'p' input_shape { dim: 1 dim: 3 dim: 64 dim: 96 } "            \
	"input: 'l' input_shape { dim: 1 dim: 1 dim: 3 dim: 16 } "             \
	"layer { name: 't' type: 'DetectNetTransformation' bottom: 'p' "       \
	"bottom: 'l' top: 'x' top: 'y' "

static void
open_machine(struct machine *m, const char *text, Caffe__Phase phase)
{
	const struct net_opts o = { .phase = phase };
	const struct device_opts d = { .threads = 1 };
	const struct plan_opts po = { .seed = 7 };
	Caffe__NetParameter *np;

	must(caffe_net_parse(&np, text, strlen(text), "net"));
	must(net_new(&m->net, np, &o));
	caffe_msg_free(np);
	m->picture = net_blob_find(m->net, "p")->tensor;
	m->label = net_blob_find(m->net, "l")->tensor;
	m->x = net_blob_find(m->net, "x")->tensor;
	m->y = net_blob_find(m->net, "y")->tensor;
	graph_tensor(m->net->graph, m->x)->keep = true;
	graph_tensor(m->net->graph, m->y)->keep = true;
	m->sx = *graph_shape(m->net->graph, m->x);
	m->sy = *graph_shape(m->net->graph, m->y);
	must(device_open(&m->dev, "ref", &d));
	must(device_plan(m->dev, &m->plan, m->net->graph, &po));
}

static void
close_machine(struct machine *m)
{
	plan_free(m->plan);
	net_free(m->net);
	device_close(m->dev);
}

static int
run_machine(struct machine *m, const float *picture, const float *label,
    uint64_t iteration, float *x, float *y)
{
	const struct plan_run once = { .iteration = iteration };

	must(plan_write(m->plan, m->picture, picture));
	must(plan_write(m->plan, m->label, label));
	TRY(plan_run(m->plan, &once));
	must(plan_read(m->plan, m->x, x));
	must(plan_read(m->plan, m->y, y));
	return 0;
}

static float picture[3 * H * W], x[3 * H * W], y[16 * GH * GW];

static float
at(int channel, int row, int column)
{
	return y[(channel * GH + row) * GW + column];
}

/* A box of 40x30 at (20, 10): half of it, 20x15 about (40, 25), covers columns 1
 * to 3 and rows 1 and 2. */
static void
maps_by_hand(void **state)
{
	float label[ROWS * 16] = { 1, 16 };
	struct machine m;

	(void)state;
	for (int i = 0; i < 3 * H * W; i++)
		picture[i] = (float)(i % 251);
	memcpy(
	    label + 16, (float[]){ 20, 10, 40, 30, 0, 2 }, 6 * sizeof(float));
	open_machine(&m,
	    NET "detectnet_groundtruth_param { stride: 16 scale_cvg: 0.5 "
		"image_size_x: 96 image_size_y: 64 obj_norm: true "
		"object_class { src: 1 dst: 0 } object_class { src: 2 dst: 1 "
		"} } transform_param { mean_value: 100 } }",
	    CAFFE__PHASE__TEST);
	assert_int_equal(m.sy.d[1], 10);
	must(run_machine(&m, picture, label, 0, x, y));
	for (int i = 0; i < 3 * H * W; i++)
		assert_true(x[i] == picture[i] - 100);
	for (int r = 0; r < GH; r++)
		for (int c = 0; c < GW; c++)
			assert_true(at(0, r, c) ==
			    (r >= 1 && r <= 2 && c >= 1 && c <= 3));
	assert_float_equal(at(1, 1, 2), 20 - 32, 1e-6);
	assert_float_equal(at(2, 1, 2), 10 - 16, 1e-6);
	assert_float_equal(at(3, 1, 2), 60 - 32, 1e-6);
	assert_float_equal(at(4, 1, 2), 40 - 16, 1e-6);
	assert_float_equal(at(5, 1, 2), 1.0 / 40, 1e-6);
	assert_float_equal(at(6, 1, 2), 1.0 / 30, 1e-6);
	assert_float_equal(at(7, 1, 2), 256.0 / (20 * 15), 1e-6);
	assert_true(at(8, 1, 2) == 0 && at(9, 1, 2) == 1);
	/* what no object_class names is not found */
	label[16 + 5] = 3;
	must(run_machine(&m, picture, label, 0, x, y));
	for (int i = 0; i < 10 * GH * GW; i++)
		assert_true(y[i] == 0);
	label[0] = ROWS;
	assert_int_equal(run_machine(&m, picture, label, 0, x, y), ERR_FORMAT);
	close_machine(&m);
}

/* GRIDBOX_MIN: no less than min_cvg_len, and no more than the box. */
static void
least_cover(void **state)
{
	float label[ROWS * 16] = { 2, 16 };
	struct machine m;

	(void)state;
	/* of the first 12 of 16, of the second all 8 are covered */
	memcpy(label + 16, (float[]){ 0, 0, 16, 16, 0, 1 }, 6 * sizeof(float));
	memcpy(label + 32, (float[]){ 48, 32, 8, 8, 0, 1 }, 6 * sizeof(float));
	open_machine(&m,
	    NET "detectnet_groundtruth_param { stride: 16 scale_cvg: 0.1 "
		"gridbox_type: GRIDBOX_MIN min_cvg_len: 12 "
		"image_size_x: 96 image_size_y: 64 } }",
	    CAFFE__PHASE__TEST);
	must(run_machine(&m, picture, label, 0, x, y));
	assert_true(at(0, 0, 0) == 1 && at(0, 0, 1) == 0 && at(0, 2, 3) == 1);
	/* without obj_norm no less than 1 */
	assert_float_equal(at(7, 0, 0), 256.0 / 144, 1e-5);
	assert_float_equal(at(7, 2, 3), 256.0 / 64, 1e-5);
	close_machine(&m);
}

enum { MANY = 8, TRIALS = 24 };

/* A case for the script and its label for the net, in quarters of pixels, which
 * floats hold; some boxes reach out of the picture, and of class 3 is no mapping. */
static void
random_label(float label[MANY * 16], FILE *f, struct rng *r)
{
	const int n = (int)rng_below(r, MANY);

	label[0] = (float)n;
	label[1] = 16;
	fprintf(f, "%d", n);
	for (int i = 1; i <= n; i++) {
		float *v = label + (size_t)i * 16;

		v[0] = (float)rng_below(r, 4 * W) / 4 - 10;
		v[1] = (float)rng_below(r, 4 * H) / 4 - 10;
		v[2] = (float)rng_below(r, 200) / 4;
		v[3] = (float)rng_below(r, 160) / 4;
		v[5] = (float)(1 + rng_below(r, 3));
		fprintf(f, " %g %g %g %g %g", v[0], v[1], v[2], v[3], v[5]);
	}
	fprintf(f, "\n");
}

/* The maps that the script makes of the case. */
static void
ask_script(float *want, int count)
{
	char command[400];
	FILE *f;
	int n = 0;

	snprintf(command, sizeof(command), "python3 tests/nn/detectnet.py <%s",
	    tmp_path("case"));
	f = popen(command, "r");
	assert_non_null(f);
	while (n < count && fscanf(f, "%f", &want[n]) == 1)
		n++;
	assert_int_equal(pclose(f), 0);
	assert_int_equal(n, count);
}

/* Of each kind of coverage, with and without obj_norm and crop_bboxes. */
static void
maps_by_script(void **state)
{
	static const char *const kinds[] = { "GRIDBOX_MAX", "GRIDBOX_MIN" };
	static const double shares[] = { 0.25, 0.5, 1 };
	float want[10 * GH * GW];
	int covered = 0;
	struct rng r;

	(void)state;
	rng_init(&r, 8, 0);
	for (int k = 0; k < TRIALS; k++) {
		float label[MANY * 16] = { 0 };
		const int norm = k / 2 % 2, crop = k / 4 % 2;
		const int least = 6 + 4 * (k % 3), most = 12 + 9 * (k % 3);
		char text[1000];
		struct machine m;
		FILE *f = fopen(tmp_path("case"), "w");

		assert_non_null(f);
		fprintf(f, "%d %d %d %g %s %d %d %d %d 2 1 0 2 1 ", W, H,
		    STRIDE, shares[k % 3], kinds[k % 2], least, most, norm,
		    crop);
		random_label(label, f, &r);
		assert_int_equal(fclose(f), 0);
		ask_script(want, 10 * GH * GW);
		snprintf(text, sizeof(text),
		    "input: 'p' input_shape { dim: 1 dim: 3 dim: 64 dim: 96 } "
		    "input: 'l' input_shape { dim: 1 dim: 1 dim: %d dim: 16 } "
		    "layer { name: 't' type: 'DetectNetTransformation' "
		    "bottom: 'p' bottom: 'l' top: 'x' top: 'y' "
		    "detectnet_groundtruth_param { stride: 16 scale_cvg: %g "
		    "gridbox_type: %s min_cvg_len: %d max_cvg_len: %d "
		    "image_size_x: 96 image_size_y: 64 obj_norm: %d "
		    "crop_bboxes: %d object_class { src: 1 dst: 0 } "
		    "object_class { src: 2 dst: 1 } } }",
		    MANY, shares[k % 3], kinds[k % 2], least, most, norm, crop);
		open_machine(&m, text, CAFFE__PHASE__TEST);
		must(run_machine(&m, picture, label, 0, x, y));
		for (int i = 0; i < 10 * GH * GW; i++) {
			if (!(fabsf(y[i] - want[i]) <=
				1e-6f * fmaxf(1, want[i])))
				fail_msg("case %d: channel %d, cell %d: %g, by "
					 "the script %g",
				    k, i / (GH * GW), i % (GH * GW), y[i],
				    want[i]);
			covered += i < GH * GW && want[i] > 0;
		}
		close_machine(&m);
	}
	assert_in_range(covered, TRIALS, TRIALS * GH * GW / 2);
}

/* A picture scaled to the output: so are its boxes. */
static void
scaled_in_test(void **state)
{
	float label[ROWS * 16] = { 1, 16 };
	float *small = mem_array(float, 3 * 32 * 48);
	struct machine m;

	(void)state;
	memcpy(
	    label + 16, (float[]){ 20, 10, 40, 30, 0, 1 }, 6 * sizeof(float));
	for (int i = 0; i < 3 * H * W; i++)
		picture[i] = 50;
	open_machine(&m,
	    NET "detectnet_groundtruth_param { stride: 16 image_size_x: 48 "
		"image_size_y: 32 } }",
	    CAFFE__PHASE__TEST);
	must(run_machine(&m, picture, label, 0, small, y));
	for (int i = 0; i < 3 * 32 * 48; i++)
		assert_float_equal(small[i], 50, 1e-3);
	/* (3, 2) cells: right edge 30, in the second column */
	assert_float_equal(y[(3 * 2 + 0) * 3 + 1], 30 - 16, 1e-5);
	assert_float_equal(y[(5 * 2 + 0) * 3 + 1], 1.0 / 20, 1e-6);
	mem_free(small);
	close_machine(&m);
}

/* What encloses the bright part of the output. */
static void
bright_part(float out[4])
{
	out[0] = W;
	out[1] = H;
	out[2] = out[3] = 0;
	for (int i = 0; i < H; i++)
		for (int k = 0; k < W; k++)
			if (x[i * W + k] > 100) {
				out[0] = fminf(out[0], (float)k);
				out[1] = fminf(out[1], (float)i);
				out[2] = fmaxf(out[2], (float)k + 1);
				out[3] = fmaxf(out[3], (float)i + 1);
			}
}

static void
boxes_follow(void **state)
{
	float label[ROWS * 16] = { 1, 16 }, part[4];
	int covered = 0, moved = 0, flipped = 0;
	struct machine m;

	(void)state;
	memset(picture, 0, sizeof(picture));
	for (int c = 0; c < 3; c++)
		for (int i = 20; i < 44; i++)
			for (int k = 30; k < 62; k++)
				picture[(c * H + i) * W + k] =
				    k < 40 ? 250 : 200;
	memcpy(
	    label + 16, (float[]){ 30, 20, 32, 24, 0, 1 }, 6 * sizeof(float));
	open_machine(&m,
	    NET "detectnet_groundtruth_param { stride: 16 scale_cvg: 0.5 "
		"image_size_x: 96 image_size_y: 64 } "
		"detectnet_augmentation_param { crop_prob: 1 shift_x: 20 "
		"shift_y: 12 flip_prob: 0.5 scale_prob: 0.7 scale_min: 0.8 "
		"scale_max: 1.1 rotation_prob: 0 hue_rotation_prob: 0.5 "
		"desaturation_prob: 0.5 } }",
	    CAFFE__PHASE__TRAIN);
	for (uint64_t step = 0; step < 60; step++) {
		must(run_machine(&m, picture, label, step, x, y));
		bright_part(part);
		for (int r = 0; r < GH; r++)
			for (int c = 0; c < GW; c++) {
				if (at(0, r, c) == 0)
					continue;
				covered++;
				for (int k = 0; k < 4; k++) {
					float edge = at(1 + k, r, c) +
					    (float)(STRIDE * (k & 1 ? r : c));

					if (fabsf(edge - part[k]) > 1.01f)
						fail_msg("step %d: edge %d of "
							 "the box is %g, of "
							 "the picture %g",
						    (int)step, k, edge,
						    part[k]);
				}
			}
		moved += part[0] != 30 || part[1] != 20;
		flipped += x[(int)(part[1] + 4) * W + (int)part[0] + 4] < 225;
	}
	assert_true(covered > 120 && moved > 40);
	assert_true(flipped > 15 && flipped < 45);
	close_machine(&m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(maps_by_hand),
		cmocka_unit_test(least_cover),
		cmocka_unit_test(maps_by_script),
		cmocka_unit_test(scaled_in_test),
		cmocka_unit_test(boxes_follow),
	};

	return cmocka_run_group_tests(tests, tmp_setup, tmp_teardown);
}
