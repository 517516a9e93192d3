/*
 * Which outputs of detectors are boxes, and where those are: nets of
 * ../shared/golden/onnx, on the outputs that onnxruntime gave, against what their
 * documents make of these.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/err.h"
#include "base/mem.h"
#include "file/file.h"
#include "file/npy.h"
#include "nn/boxes/layout.h"
#include "nn/net.h"
#include "onnx/import.h"

#define GOLDEN "../shared/golden/onnx/"

/* A net, and the blobs that were found in it. */
struct found {
	struct onnx_file *file;
	struct onnx_net *onnx;
	struct net *net;
	struct boxes_form form;
	const char *blobs[BOXES_BLOBS];
};

static void
find(struct found *f, const char *name, enum boxes_layout layout)
{
	const struct net_opts o = { .phase = CAFFE__PHASE__TEST };
	const struct onnx_opts none = { 0 };
	char *path = mem_printf(GOLDEN "%s/model.onnx", name);

	memset(f, 0, sizeof(*f));
	if (!file_exists(path)) {
		mem_free(path);
		skip();
	}
	if (onnx_file_open(&f->file, path) < 0 ||
	    onnx_import(&f->onnx, f->file, &none) < 0 ||
	    net_new(&f->net, f->onnx->net, &o) < 0)
		fail_msg("%s", err_text());
	mem_free(path);
	assert_int_equal(
	    boxes_layout_find(&f->form, f->net, layout, 0, f->blobs), 1);
}

static void
clear(struct found *f)
{
	boxes_form_clear(&f->form);
	net_free(f->net);
	onnx_net_free(f->onnx);
	onnx_file_close(f->file);
}

/* The file of an output, as the folder has it. */
static float *
load(const char *name, int k, const char *blob)
{
	char *path = mem_printf(GOLDEN "%s/output_%d_%s.npy", name, k, blob);
	struct npy a;
	float *v;

	if (npy_read(&a, path, (size_t)1 << 28) < 0)
		fail_msg("%s", err_text());
	v = mem_array(float, a.count + 1);
	npy_floats(v, &a);
	npy_clear(&a);
	mem_free(path);
	return v;
}

static void
kinds(void **state)
{
	static const struct {
		const char *name;
		enum boxes_layout layout;
		int classes;
	} v[] = {
		{ "real/yolox_nano", BOXES_YOLOX, 80 },
		{ "real/ultraface-RFB-320", BOXES_SSD, 2 },
		{ "families/det_yolo_bins", BOXES_YOLOV8, 5 },
		{ "families/det_yolo_end2end", BOXES_END2END, 1 },
		{ "families/det_deformable_detr", BOXES_DETR, 4 },
		{ "families/det_fcos_topk", BOXES_LISTED, 0 },
		{ "families/det_centernet", BOXES_LISTED, 0 },
		{ "families/det_ssd_nms", BOXES_LISTED, 0 },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(v); i++) {
		struct found f;

		find(&f, v[i].name, BOXES_AUTO);
		print_message("# %s\n", v[i].name);
		assert_int_equal(f.form.layout, v[i].layout);
		assert_int_equal(f.form.classes, v[i].classes);
		clear(&f);
	}
}

struct want {
	int class;
	double score, box[4];
};

/* The boxes of at least that score are those, scaled by `by` each way. */
static void
same(struct net_boxes *b, double least, double by_x, double by_y,
    const struct want *w, size_t n)
{
	size_t have = 0;

	while (have < b->n && b->v[have].score >= least)
		have++;
	assert_int_equal(have, n);
	for (size_t i = 0; i < n; i++) {
		const struct net_box *x = &b->v[i];

		assert_int_equal(x->class, w[i].class);
		assert_true(fabs(x->score - w[i].score) < 1e-3);
		assert_true(fabs(x->box.left * by_x - w[i].box[0]) < 1);
		assert_true(fabs(x->box.top * by_y - w[i].box[1]) < 1);
		assert_true(fabs(x->box.right * by_x - w[i].box[2]) < 1);
		assert_true(fabs(x->box.bottom * by_y - w[i].box[3]) < 1);
	}
}

static void
yolox(void **state)
{
	static const struct want want[] = {
		{ 17, 0.936, { 210.5, 77.6, 419.7, 371.3 } },
		{ 16, 0.876, { 142.7, 204.4, 198.0, 344.7 } },
		{ 0, 0.850, { 263.8, 11.0, 356.0, 234.4 } },
		{ 0, 0.803, { 428.8, 125.2, 449.1, 178.1 } },
		{ 7, 0.718, { 0.5, 101.2, 131.8, 195.2 } },
	};
	const struct shape s = { 3, { 1, 3549, 85 } };
	struct net_boxes b = { 0 };
	struct found f;
	float *v;

	(void)state;
	find(&f, "real/yolox_nano", BOXES_AUTO);
	v = load("real/yolox_nano", 0, "output");
	boxes_layout_read(
	    &b, &f.form, (const float *const[]){ v }, &s, 0, 416, 416, 0.3);
	net_boxes_sort(&b);
	net_boxes_suppress(&b, f.form.nms);
	/* the picture is 500 wide */
	same(&b, 0.7, 500 / 416.0, 500 / 416.0, want, LENGTH(want));
	net_boxes_clear(&b);
	mem_free(v);
	clear(&f);
}

static void
ssd(void **state)
{
	static const struct want want = { 0, 1.0,
		{ 144.1, 50.7, 269.9, 214.5 } };
	const struct shape s[2] = { { 3, { 1, 4420, 4 } },
		{ 3, { 1, 4420, 2 } } };
	struct net_boxes b = { 0 };
	struct found f;
	float *v[2];

	(void)state;
	find(&f, "real/ultraface-RFB-320", BOXES_AUTO);
	assert_string_equal(f.blobs[0], "boxes");
	v[0] = load("real/ultraface-RFB-320", 1, "boxes");
	v[1] = load("real/ultraface-RFB-320", 0, "scores");
	boxes_layout_read(&b, &f.form, (const float *const[]){ v[0], v[1] }, s,
	    0, 240, 320, 0.7);
	net_boxes_sort(&b);
	net_boxes_suppress(&b, 0.3);
	/* a picture of 353 x 500 squashed to 320 x 240 */
	same(&b, 0.7, 353 / 320.0, 500 / 240.0, &want, 1);
	net_boxes_clear(&b);
	mem_free(v[0]);
	mem_free(v[1]);
	clear(&f);
}

static void
others(void **state)
{
	struct found f;
	const struct shape s8 = { 3, { 1, 6, 2 } }, s6 = { 3, { 1, 2, 6 } };
	/* columns: cx, cy, w, h, two classes */
	const float v8[] = { 10, 30, 20, 30, 4, 6, 8, 10, 0.1f, 0.9f, 0.8f,
		0.2f };
	const float v6[] = { 1, 2, 3, 4, 0.5f, 7, 0, 0, 0, 0, 0, 0 };
	struct net_boxes b = { 0 };

	(void)state;
	memset(&f.form, 0, sizeof(f.form));
	f.form.kind = BOXES_LAYOUT;
	f.form.blobs = 1;
	f.form.classes = 2;
	f.form.layout = BOXES_YOLOV8;
	boxes_layout_read(
	    &b, &f.form, (const float *const[]){ v8 }, &s8, 0, 64, 64, 0.3);
	assert_int_equal(b.n, 2);
	assert_int_equal(b.v[0].class, 1);
	assert_true(b.v[0].box.left == 8 && b.v[0].box.bottom == 24);
	assert_int_equal(b.v[1].class, 0);
	b.n = 0;
	f.form.layout = BOXES_END2END;
	boxes_layout_read(
	    &b, &f.form, (const float *const[]){ v6 }, &s6, 0, 64, 64, 0);
	assert_int_equal(b.n, 1);
	assert_int_equal(b.v[0].class, 7);
	net_boxes_clear(&b);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(kinds),
		cmocka_unit_test(yolox),
		cmocka_unit_test(ssd),
		cmocka_unit_test(others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
