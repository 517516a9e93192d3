/*
 * The gradients of nets from ONNX files are those of PyTorch: tests/golden/onnx-train
 * has figures of them (make.py there says how they were made), the nets are in
 * ../shared/golden/onnx.  Weights are told by their numbers, as they have other names
 * here.
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
#include "base/path.h"
#include "caffe/msg.h"
#include "caffe/upgrade.h"
#include "device/device.h"
#include "file/file.h"
#include "file/npy.h"
#include "nn/net.h"
#include "onnx/import.h"

#define CASES  "../shared/golden/onnx/families"
#define GOLDEN "tests/golden/onnx-train"

enum { WEIGHTS_MAX = 200 };

/* What PyTorch says of a weight. */
struct want {
	int64_t n;
	double first, last, sum, norm, at[4];
	bool found;
};

struct run {
	const char *name;
	double loss;
	struct want want[WEIGHTS_MAX];
	int nwant;
	struct onnx_net *onnx;
	struct npy x;
	struct net *net;
	struct device *dev;
	struct plan *plan;
};

static void
must(int rc)
{
	if (rc < 0)
		fail_msg("%s", err_text());
}

static void
read_golden(struct run *r)
{
	char *path = path_join(GOLDEN, r->name), line[512];
	FILE *f = fopen(path, "r");
	struct want *w;

	if (f == NULL || fgets(line, sizeof(line), f) == NULL ||
	    sscanf(line, "loss %lf", &r->loss) != 1)
		fail_msg("%s: cannot be read", path);
	while (fgets(line, sizeof(line), f) != NULL) {
		assert_true(r->nwant < WEIGHTS_MAX);
		w = &r->want[r->nwant++];
		assert_int_equal(
		    sscanf(line, "%ld %lf %lf %lf %lf %lf %lf %lf %lf", &w->n,
			&w->first, &w->last, &w->sum, &w->norm, &w->at[0],
			&w->at[1], &w->at[2], &w->at[3]),
		    9);
	}
	fclose(f);
	mem_free(path);
}

/* The net with a loss behind its only output. */
static void
add_loss(Caffe__NetParameter *np, const char *scores, int n)
{
	char *text = mem_printf(
	    "layer { name: \"label\" type: \"Input\" top: \"label\" input_param { shape { dim: %d } } }"
	    "layer { name: \"loss\" type: \"SoftmaxWithLoss\" bottom: \"%s\" bottom: \"label\" top: \"loss\" }",
	    n, scores);
	Caffe__NetParameter *more;

	must(caffe_net_parse(&more, text, strlen(text), "loss"));
	for (size_t i = 0; i < more->n_layer; i++)
		caffe_add(
		    &np->layer, &np->n_layer, caffe_msg_copy(more->layer[i]));
	caffe_msg_free(more);
	mem_free(text);
}

static void
open_net(struct run *r, const char *device)
{
	const struct device_opts d = { .threads = 1 };
	const struct plan_opts p = { .precision = PRECISION_FP32 };
	const int n = (int)r->x.dim[0];
	const struct net_input in[] = {
		{ r->onnx->inputs[0].blob,
		    shape_of(4, n, (int)r->x.dim[1], (int)r->x.dim[2],
			(int)r->x.dim[3]) },
		{ 0 },
	};
	const struct net_opts o = { .phase = CAFFE__PHASE__TRAIN,
		.inputs = in };
	Caffe__NetParameter *np = caffe_msg_copy(r->onnx->net);
	float label[16];

	add_loss(np, r->onnx->outputs[0].blob, n);
	must(net_new(&r->net, np, &o));
	must(net_backward(r->net));
	must(device_open(&r->dev, device, &d));
	must(device_plan(r->dev, &r->plan, r->net->graph, &p));
	must(net_fill(r->net, r->plan, 1));
	must(net_copy_weights(r->net, r->plan, r->onnx->net, NULL));
	must(plan_write(r->plan, net_input_find(r->net, in[0].name),
	    (const float *)r->x.data));
	for (int i = 0; i < n; i++)
		label[i] = (float)i;
	must(plan_write(r->plan, net_input_find(r->net, "label"), label));
	caffe_msg_free(np);
}

static bool
near(double a, double b, double scale)
{
	return fabs(a - b) <= 1e-4 * scale + 1e-7;
}

/* Does a weight of the net, of n numbers, have the figures? */
static void
compare(struct run *r, const float *w, const float *g, int64_t n)
{
	double sum = 0, norm = 0, top;
	struct want *want = NULL;

	for (int i = 0; i < r->nwant; i++)
		if (r->want[i].n == n && !r->want[i].found &&
		    near(w[0], r->want[i].first, 1e-2) &&
		    near(w[n - 1], r->want[i].last, 1e-2))
			want = &r->want[i];
	if (want == NULL)
		return;
	want->found = true;
	for (int64_t i = 0; i < n; i++) {
		sum += (double)g[i];
		norm += (double)g[i] * (double)g[i];
	}
	norm = sqrt(norm);
	/* of numbers that cancel each other less is left than they have digits */
	top = want->norm * sqrt((double)n) + r->loss * 1e-2;
	if (!near(norm, want->norm, want->norm + r->loss * 1e-2) ||
	    !near(sum, want->sum, top))
		fail_msg("%s: a weight of %ld: norm %g, sum %g; not %g, %g",
		    r->name, n, norm, sum, want->norm, want->sum);
	for (int k = 0; k < 4; k++) {
		const int64_t at = k == 3 ? n - 1 : k * n / 3;

		if (!near(g[at], want->at[k], want->norm + r->loss * 1e-2))
			fail_msg("%s: a weight of %ld, at %ld: %g, not %g",
			    r->name, n, at, (double)g[at], want->at[k]);
	}
}

static void
compare_all(struct run *r)
{
	for (int i = 0; i < r->net->nparams; i++) {
		const int t = r->net->params[i].tensor;
		const int d = graph_tensor(r->net->graph, t)->grad;
		const size_t n = shape_count(graph_shape(r->net->graph, t));
		float *w, *g;

		if (d < 0 || r->net->params[i].owner != i || n == 0)
			continue;
		w = mem_array(float, n);
		g = mem_array(float, n);
		must(plan_read(r->plan, t, w));
		must(plan_read(r->plan, d, g));
		compare(r, w, g, (int64_t)n);
		mem_free(w);
		mem_free(g);
	}
}

/* share: of the weights that PyTorch has, at least so many are weights here. */
static void
check(const char *name, const char *device, double share)
{
	const struct plan_run run = { .backward = true };
	const struct onnx_opts oo = { { 0 } };
	struct run r = { .name = name };
	char *path = mem_printf(CASES "/%s/model.onnx", name);
	char *input = mem_printf(CASES "/%s/input_0_input.npy", name);
	struct onnx_file *f;
	double loss;
	int found = 0;

	if (!file_exists(path)) {
		mem_free(path);
		mem_free(input);
		skip();
	}
	read_golden(&r);
	must(onnx_file_open(&f, path));
	must(onnx_import(&r.onnx, f, &oo));
	must(npy_read(&r.x, input, (size_t)1 << 24));
	open_net(&r, device);
	must(plan_run(r.plan, &run));
	must(net_loss(r.net, r.plan, &loss));
	if (!near(loss, r.loss, r.loss))
		fail_msg("%s: the loss is %g, not %g", name, loss, r.loss);
	compare_all(&r);
	for (int i = 0; i < r.nwant; i++)
		found += r.want[i].found;
	if (found < share * r.nwant)
		fail_msg("%s: %d of %d weights are here", name, found, r.nwant);
	plan_free(r.plan);
	device_close(r.dev);
	net_free(r.net);
	npy_clear(&r.x);
	onnx_net_free(r.onnx);
	onnx_file_close(f);
	mem_free(path);
	mem_free(input);
}

#define CASE(name, share)                                                      \
	static void name##_ref(void **state)                                   \
	{                                                                      \
		(void)state;                                                   \
		check(#name, "ref", share);                                    \
	}                                                                      \
	static void name##_cpu(void **state)                                   \
	{                                                                      \
		(void)state;                                                   \
		check(#name, "cpu", share);                                    \
	}

CASE(tv_resnet_basic, 1)
CASE(timm_repvgg, 1)
CASE(tv_mobilenet_v3, 1)
CASE(tv_vit, 0.8)
CASE(tv_convnext, 0.9)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tv_resnet_basic_ref),
		cmocka_unit_test(tv_resnet_basic_cpu),
		cmocka_unit_test(timm_repvgg_ref),
		cmocka_unit_test(timm_repvgg_cpu),
		cmocka_unit_test(tv_mobilenet_v3_ref),
		cmocka_unit_test(tv_mobilenet_v3_cpu),
		cmocka_unit_test(tv_vit_ref),
		cmocka_unit_test(tv_vit_cpu),
		cmocka_unit_test(tv_convnext_ref),
		cmocka_unit_test(tv_convnext_cpu),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
