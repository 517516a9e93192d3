/* AveragePrecision: what it counts of rows and of grids, batch by batch. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "caffe/msg.h"
#include "caffe/upgrade.h"
#include "device/device.h"
#include "metric/tally.h"
#include "nn/net.h"

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
	struct tally *tally;
	const struct layer *layer;
};

#define LABEL "input: 'label' input_shape { dim: 2 dim: 1 dim: 3 dim: 16 } "
#define DATA  "input: 'data' input_shape { dim: 2 dim: 3 dim: 40 dim: 80 } "
#define ROWS  "input: 'rows' input_shape { dim: 1 dim: 1 dim: 4 dim: 7 } "
#define LAYER                                                                  \
	"layer { name: 'ap' type: 'AveragePrecision' bottom: 'label' "         \
	"bottom: 'data' top: 'ap50' "

static int
open_machine(struct machine *m, const char *text)
{
	static const char *const names[] = { "dontcare", "car", "van" };
	const struct net_opts o = { .phase = CAFFE__PHASE__TEST };
	const struct device_opts d = { .threads = 1 };
	const struct plan_opts po = { .seed = 7 };
	Caffe__NetParameter *np;
	int rc;

	memset(m, 0, sizeof(*m));
	must(caffe_net_parse(&np, text, strlen(text), "net"));
	rc = net_new(&m->net, np, &o);
	caffe_msg_free(np);
	if (rc < 0)
		return rc;
	must(device_open(&m->dev, "ref", &d));
	must(device_plan(m->dev, &m->plan, m->net->graph, &po));
	m->layer = net_layer_find(m->net, "ap");
	must(m->layer->type->tally(m->layer, names, 3, &m->tally));
	return 0;
}

static void
close_machine(struct machine *m)
{
	tally_free(m->tally);
	plan_free(m->plan);
	net_free(m->net);
	device_close(m->dev);
}

static void
write_blob(struct machine *m, const char *name, const float *v)
{
	must(plan_write(m->plan, net_input_find(m->net, name), v));
}

/* One batch, into the tally. */
static void
run_batch(struct machine *m)
{
	const struct plan_run once = { .iteration = 0 };
	struct tally_counts c[LAYER_COUNTS];
	int tensor[LAYER_COUNTS];
	const int n = layer_counts(m->layer, tensor);

	assert_int_equal(n, 2);
	must(plan_run(m->plan, &once));
	for (int i = 0; i < n; i++) {
		float *v;

		c[i].n = shape_count(graph_shape(m->net->graph, tensor[i]));
		v = mem_array(float, c[i].n);
		must(plan_read(m->plan, tensor[i], v));
		c[i].v = v;
	}
	must(tally_add(m->tally, c, (size_t)n));
	for (int i = 0; i < n; i++)
		mem_free((float *)(uintptr_t)c[i].v);
}

static double
figure(const struct machine *m, const char *name)
{
	struct gate_value v[32];
	const size_t n = tally_figures(m->tally, v, LENGTH(v));

	for (size_t i = 0; i < n; i++)
		if (strcmp(v[i].name, name) == 0)
			return v[i].value;
	fail_msg("no figure \"%s\"", name);
	return 0;
}

/* A car in each of two pictures, the second with a van. */
static const float label[2][3][16] = {
	{ { 1, 16 }, { 0, 0, 20, 20, 0, 1 } },
	{ { 2, 16 }, { 40, 20, 20, 20, 0, 1 }, { 0, 0, 10, 10, 0, 2 } },
};

static void
test_rows(void **state)
{
	/* right; wrong; nothing of the second picture */
	static const float some[4][7] = {
		{ 0, 1, 0.9f, 0, 0, 0.25f, 0.5f },
		{ 1, 1, 0.8f, 0, 0, 0.1f, 0.1f },
		{ -1, -1, -1, -1, -1, -1, -1 },
		{ -1, -1, -1, -1, -1, -1, -1 },
	};
	static const float all[4][7] = {
		{ 0, 1, 0.9f, 0, 0, 0.25f, 0.5f },
		{ 1, 1, 0.8f, 0.5f, 0.5f, 0.75f, 1 },
		{ 1, 2, 0.7f, 0, 0, 0.125f, 0.25f },
		{ -1, -1, -1, -1, -1, -1, -1 },
	};
	struct machine m;

	(void)state;
	must(open_machine(&m, LABEL DATA ROWS LAYER "bottom: 'rows' }"));
	assert_true(isnan(figure(&m, "ap50")));
	write_blob(&m, "label", &label[0][0][0]);
	write_blob(&m, "rows", &some[0][0]);
	run_batch(&m);
	/* half of the cars, as 51 of 101 points say; no van */
	assert_float_equal(figure(&m, "ap50/car"), 51.0 / 101, 1e-9);
	assert_float_equal(figure(&m, "ap50/van"), 0, 1e-9);
	assert_float_equal(figure(&m, "ap50"), 51.0 / 202, 1e-9);
	tally_reset(m.tally);
	assert_true(isnan(figure(&m, "ap50")));
	write_blob(&m, "rows", &all[0][0]);
	run_batch(&m);
	run_batch(&m);
	assert_float_equal(figure(&m, "ap50"), 1, 1e-9);
	assert_float_equal(figure(&m, "ap"), 1, 1e-9);
	close_machine(&m);
}

/* Cells of 20 pixels; two of the first picture say the same car. */
static void
test_grid(void **state)
{
	float cover[2][1][2][4] = { { { { 0.9f, 0.5f } } },
		{ { { 0 }, { 0, 0, 0.8f } } } };
	float boxes[2][4][2][4] = { 0 };
	struct machine m;

	(void)state;
	boxes[0][2][0][0] = 20; /* 0 to 20, both ways */
	boxes[0][3][0][0] = 20;
	boxes[0][0][0][1] = -20;
	boxes[0][3][0][1] = 20;
	boxes[1][2][1][2] = 20;
	boxes[1][3][1][2] = 20;
	must(open_machine(&m,
	    LABEL DATA
	    "input: 'c' input_shape { dim: 2 dim: 1 dim: 2 dim: 4 } "
	    "input: 'b' input_shape { dim: 2 dim: 4 dim: 2 dim: 4 } " LAYER
	    "bottom: 'c' bottom: 'b' }"));
	write_blob(&m, "label", &label[0][0][0]);
	write_blob(&m, "c", &cover[0][0][0][0]);
	write_blob(&m, "b", &boxes[0][0][0][0]);
	run_batch(&m);
	assert_float_equal(figure(&m, "ap50/car"), 1, 1e-9);
	assert_float_equal(figure(&m, "ap75"), 0.5, 1e-9);
	close_machine(&m);
}

static void
expect_refused(const char *text, const char *why)
{
	struct machine m;

	assert_int_equal(open_machine(&m, text), ERR_FORMAT);
	assert_non_null(strstr(err_text(), why));
}

static void
test_refused(void **state)
{
	(void)state;
	expect_refused(
	    "input: 'label' input_shape { dim: 2 dim: 1 dim: 3 dim: 5 } " DATA
		ROWS LAYER "bottom: 'rows' }",
	    "lists of boxes");
	expect_refused(LABEL DATA LAYER "bottom: 'data' }", "(1, 1, K, 7)");
	expect_refused(
	    LABEL DATA LAYER "bottom: 'data' bottom: 'data' }", "(N, 4, H, W)");
	expect_refused(LABEL
	    "input: 'data' input_shape { dim: 3 dim: 3 dim: 4 dim: 4 } " ROWS
		LAYER "bottom: 'rows' }",
	    "must be the pictures");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_grid),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
