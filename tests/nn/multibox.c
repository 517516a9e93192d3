/*
 * MultiBoxLoss: a case worked out by hand, random cases against multibox.py, which
 * follows the paper in another way, and gradients by differences.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <cmocka.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/rng.h"
#include "caffe/msg.h"
#include "caffe/upgrade.h"
#include "device/device.h"
#include "nn/net.h"
#include "../tmp.h"

enum { N = 2, P = 14, C = 4, G = 7 };

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
	int loc, conf;
};

static int
build(struct bench *b, const char *more, int items, int priors, int classes,
    int sets, int truths)
{
	const struct net_opts o = { .phase = CAFFE__PHASE__TRAIN,
		.force_backward = true };
	const struct device_opts d = { .threads = 1 };
	const struct plan_opts po = { .precision = PRECISION_FP32 };
	Caffe__NetParameter *np;
	char text[2048];
	int rc;

	*b = (struct bench){ 0 };
	snprintf(text, sizeof(text),
	    "input: 'loc' input_shape { dim: %d dim: %d } "
	    "input: 'conf' input_shape { dim: %d dim: %d } "
	    "input: 'prior' input_shape { dim: 1 dim: 2 dim: %d } "
	    "input: 'truth' input_shape { dim: 1 dim: 1 dim: %d dim: 8 } "
	    "layer { name: 'm' type: 'MultiBoxLoss' bottom: 'loc' bottom: "
	    "'conf' bottom: 'prior' bottom: 'truth' top: 'y' %s }",
	    items, priors * sets * 4, items, priors * classes, priors * 4,
	    truths, more);
	TRY(caffe_net_parse(&np, text, strlen(text), "net"));
	rc = net_new(&b->net, np, &o);
	caffe_msg_free(np);
	TRY(rc);
	TRY(net_backward(b->net));
	TRY(device_open(&b->dev, "ref", &d));
	TRY(device_plan(b->dev, &b->plan, b->net->graph, &po));
	b->loc = net_blob_find(b->net, "loc")->tensor;
	b->conf = net_blob_find(b->net, "conf")->tensor;
	return 0;
}

static void
close_bench(struct bench *b)
{
	plan_free(b->plan);
	net_free(b->net);
	device_close(b->dev);
}

static void
put(const struct bench *b, const char *blob, const float *v)
{
	must(plan_write(b->plan, net_blob_find(b->net, blob)->tensor, v));
}

static double
loss_of(const struct bench *b, bool backward)
{
	const struct plan_run r = { .backward = backward };
	double loss;

	must(plan_run(b->plan, &r));
	must(net_loss(b->net, b->plan, &loss));
	return loss;
}

/*
 * Two priors, of which the first is the true box, and offsets of 0 but for a step of
 * 2 to the right: smooth L1 of 2 is 1.5.  Scores of 0 cost log 2 each; one negative
 * of three would be taken, one there is.  One match: n = 1.
 */
static void
test_by_hand(void **state)
{
	static const float loc[8] = { 2, 0, 0, 0, 0, 0, 0, 0 };
	static const float conf[4] = { 0, 0, 0, 0 };
	static const float prior[16] = { 0, 0, .5f, .5f, .5f, .5f, 1, 1, .1f,
		.1f, .2f, .2f, .1f, .1f, .2f, .2f };
	static const float truth[16] = { 0, 1, 0, 0, 0, .5f, .5f, 0, -1, 0, 0,
		0, 0, 0, 0, 0 };
	const double ln2 = log(2);
	float dloc[8], dconf[4];
	struct bench b;

	(void)state;
	must(build(&b,
	    "multibox_loss_param { num_classes: 2 loc_weight: 2 "
	    "code_type: CENTER_SIZE mining_type: MAX_NEGATIVE }",
	    1, 2, 2, 1, 2));
	put(&b, "loc", loc);
	put(&b, "conf", conf);
	put(&b, "prior", prior);
	put(&b, "truth", truth);
	assert_float_equal(loss_of(&b, true), 2 * 1.5 + 2 * ln2, 1e-5);
	must(plan_read(b.plan, graph_tensor(b.net->graph, b.loc)->grad, dloc));
	must(
	    plan_read(b.plan, graph_tensor(b.net->graph, b.conf)->grad, dconf));
	assert_float_equal(dloc[0], 2, 1e-6);
	for (int i = 1; i < 8; i++)
		assert_float_equal(dloc[i], 0, 0);
	assert_float_equal(dconf[0], .5, 1e-6);
	assert_float_equal(dconf[1], -.5, 1e-6);
	assert_float_equal(dconf[2], -.5, 1e-6);
	assert_float_equal(dconf[3], .5, 1e-6);
	close_bench(&b);
}

/* ---- random cases ---- */

/* What a case sets; the rest is as caffe.proto has it. */
struct option {
	const char *loc, *conf, *match, *mining, *code, *norm;
	bool share, by_prior, difficult, in_target, agnostic, ignore, inside;
	bool nms_prior;
	double nms;
};

static const struct option options[] = {
	{ "SMOOTH_L1", "SOFTMAX", "PER_PREDICTION", "MAX_NEGATIVE",
	    "CENTER_SIZE", "VALID", .share = true, .by_prior = true,
	    .difficult = true },
	{ "SMOOTH_L1", "SOFTMAX", "PER_PREDICTION", "MAX_NEGATIVE", "CORNER",
	    "FULL", .share = true, .by_prior = true },
	{ "L2", "SOFTMAX", "BIPARTITE", "NONE", "CORNER_SIZE", "BATCH_SIZE",
	    .share = true, .by_prior = true, .in_target = true },
	{ "L2", "LOGISTIC", "PER_PREDICTION", "MAX_NEGATIVE", "CENTER_SIZE",
	    "NONE", .share = true, .by_prior = true, .difficult = true },
	{ "SMOOTH_L1", "LOGISTIC", "BIPARTITE", "NONE", "CENTER_SIZE", "VALID",
	    .by_prior = true, .difficult = true },
	{ "SMOOTH_L1", "SOFTMAX", "PER_PREDICTION", "NONE", "CENTER_SIZE",
	    "VALID", .difficult = true, .in_target = true },
	{ "SMOOTH_L1", "SOFTMAX", "PER_PREDICTION", "HARD_EXAMPLE",
	    "CENTER_SIZE", "VALID", .share = true, .by_prior = true,
	    .difficult = true },
	{ "L2", "LOGISTIC", "PER_PREDICTION", "HARD_EXAMPLE", "CENTER_SIZE",
	    "VALID", .share = true, .difficult = true, .nms = 0.5 },
	{ "SMOOTH_L1", "SOFTMAX", "PER_PREDICTION", "MAX_NEGATIVE",
	    "CENTER_SIZE", "VALID", .share = true, .by_prior = true,
	    .difficult = true, .nms = 0.3, .nms_prior = true },
	{ "SMOOTH_L1", "SOFTMAX", "PER_PREDICTION", "MAX_NEGATIVE", "CORNER",
	    "VALID", .share = true, .by_prior = true, .ignore = true,
	    .difficult = true },
	{ "SMOOTH_L1", "SOFTMAX", "PER_PREDICTION", "MAX_NEGATIVE",
	    "CENTER_SIZE", "VALID", .share = true, .by_prior = true,
	    .difficult = true, .agnostic = true },
	{ "L2", "SOFTMAX", "PER_PREDICTION", "MAX_NEGATIVE", "CENTER_SIZE",
	    "VALID", .share = true, .by_prior = true, .difficult = true,
	    .inside = true },
	{ "SMOOTH_L1", "SOFTMAX", "PER_PREDICTION", "MAX_NEGATIVE",
	    "CENTER_SIZE", "VALID", .share = true, .difficult = true,
	    .inside = true },
};

static const char *
yes(bool v)
{
	return v ? "true" : "false";
}

static int
build_case(struct bench *b, const struct option *o)
{
	char text[1024], nms[64] = "";

	if (o->nms > 0)
		snprintf(nms, sizeof(nms), "nms_param { nms_threshold: %g }",
		    o->nms);
	snprintf(text, sizeof(text),
	    "loss_param { normalization: %s } multibox_loss_param { "
	    "num_classes: %d loc_weight: 1.5 loc_loss_type: %s conf_loss_type: "
	    "%s match_type: %s mining_type: %s code_type: %s share_location: "
	    "%s use_prior_for_matching: %s use_difficult_gt: %s "
	    "encode_variance_in_target: %s map_object_to_agnostic: %s "
	    "ignore_cross_boundary_bbox: %s bp_inside: %s use_prior_for_nms: "
	    "%s neg_pos_ratio: 1.5 neg_overlap: 0.4 overlap_threshold: 0.4 "
	    "sample_size: 5 %s }",
	    o->norm, o->agnostic ? 2 : C, o->loc, o->conf, o->match, o->mining,
	    o->code, yes(o->share), yes(o->by_prior), yes(o->difficult),
	    yes(o->in_target), yes(o->agnostic), yes(o->ignore), yes(o->inside),
	    yes(o->nms_prior), nms);
	return build(b, text, N, P, o->agnostic ? 2 : C, o->share ? 1 : C, G);
}

static void
write_list(FILE *f, const char *name, const float *v, int n)
{
	fprintf(f, "\"%s\": [", name);
	for (int i = 0; i < n; i++)
		fprintf(f, "%s%.9g", i > 0 ? ", " : "", (double)v[i]);
	fprintf(f, "], ");
}

struct sample {
	float loc[N * P * C * 4], conf[N * P * C], prior[2 * P * 4],
	    truth[G * 8];
	int nloc, nconf;
};

static void
write_case(const struct option *o, const struct sample *s)
{
	FILE *f = fopen(tmp_path("case"), "w");

	assert_non_null(f);
	fprintf(f, "{");
	write_list(f, "loc", s->loc, s->nloc);
	write_list(f, "conf", s->conf, s->nconf);
	write_list(f, "prior", s->prior, 2 * P * 4);
	write_list(f, "truth", s->truth, G * 8);
	fprintf(f,
	    "\"items\": %d, \"priors\": %d, \"classes\": %d, \"option\": "
	    "{\"normalization\": \"%s\", \"loc_loss_type\": \"%s\", "
	    "\"conf_loss_type\": \"%s\", \"match_type\": \"%s\", "
	    "\"mining_type\": \"%s\", \"code_type\": \"%s\", "
	    "\"share_location\": %s, \"use_prior_for_matching\": %s, "
	    "\"use_difficult_gt\": %s, \"encode_variance_in_target\": %s, "
	    "\"map_object_to_agnostic\": %s, \"ignore_cross_boundary_bbox\": "
	    "%s, \"bp_inside\": %s, \"use_prior_for_nms\": %s, \"nms\": %g, "
	    "\"loc_weight\": 1.5, \"neg_pos_ratio\": 1.5, \"neg_overlap\": "
	    "0.4, \"overlap_threshold\": 0.4, \"sample_size\": 5, "
	    "\"background_label_id\": 0}}\n",
	    N, P, o->agnostic ? 2 : C, o->norm, o->loc, o->conf, o->match,
	    o->mining, o->code, yes(o->share), yes(o->by_prior),
	    yes(o->difficult), yes(o->in_target), yes(o->agnostic),
	    yes(o->ignore), yes(o->inside), yes(o->nms_prior), o->nms);
	assert_int_equal(fclose(f), 0);
}

static float
draw(struct rng *r, float from, float to)
{
	return from + (to - from) * (float)rng_below(r, 1 << 20) / (1 << 20);
}

/* A box about a place, partly beyond the edge. */
static void
draw_box(struct rng *r, float *v)
{
	const float x = draw(r, 0, 1), y = draw(r, 0, 1);
	const float w = draw(r, .1f, .3f), h = draw(r, .1f, .3f);

	v[0] = x - w;
	v[1] = y - h;
	v[2] = x + w;
	v[3] = y + h;
}

static void
draw_case(struct rng *r, const struct option *o, struct sample *s)
{
	const int classes = o->agnostic ? 2 : C;

	s->nloc = N * P * (o->share ? 1 : C) * 4;
	s->nconf = N * P * classes;
	for (int i = 0; i < s->nloc; i++)
		s->loc[i] = draw(r, -2, 2);
	for (int i = 0; i < s->nconf; i++)
		s->conf[i] = draw(r, -2, 2);
	for (int i = 0; i < P; i++) {
		draw_box(r, &s->prior[4 * i]);
		for (int k = 0; k < 4; k++)
			s->prior[4 * (P + i) + k] = k < 2 ? .1f : .2f;
	}
	for (int i = 0; i < G; i++) {
		float *t = &s->truth[8 * i];

		/* the last two rows are none; sometimes a picture has no box */
		t[0] = i >= G - 2 ? -1 : (float)(rng_below(r, N));
		t[1] = (float)(1 + rng_below(r, C - 1));
		t[2] = (float)i;
		draw_box(r, &t[3]);
		t[7] = rng_below(r, 4) == 0;
	}
}

/* Loss and gradients of multibox.py; false: there is no Python. */
static bool
ask(double *out, int n)
{
	char command[512];
	int got = 0, rc;
	FILE *f;

	snprintf(command, sizeof(command), "python3 tests/nn/multibox.py %s",
	    tmp_path("case"));
	f = popen(command, "r");
	assert_non_null(f);
	while (got < n && fscanf(f, "%lf", &out[got]) == 1)
		got++;
	rc = pclose(f);
	if (WIFEXITED(rc) && WEXITSTATUS(rc) == 127)
		return false;
	assert_int_equal(rc, 0);
	assert_int_equal(got, n);
	return true;
}

static void
check_gradient(const struct bench *b, int option, const char *what, int t,
    const double *want, int n)
{
	float *g = mem_array(float, (size_t)n);

	must(plan_read(b->plan, graph_tensor(b->net->graph, t)->grad, g));
	for (int i = 0; i < n; i++)
		if (fabs((double)g[i] - want[i]) > 1e-4 * (1 + fabs(want[i])))
			fail_msg("option %d: gradient %d of %s is %g, not %g",
			    option, i, what, (double)g[i], want[i]);
	mem_free(g);
}

/* A loss that is found by changing one number a little. */
static void
check_differences(const struct bench *b, int option, int t, float *v, int n)
{
	const float h = 1.f / 256;
	float *g = mem_array(float, (size_t)n);

	loss_of(b, true);
	must(plan_read(b->plan, graph_tensor(b->net->graph, t)->grad, g));
	for (int i = 0; i < n; i += 3) {
		const float keep = v[i];
		double up, down;

		v[i] = keep + h;
		must(plan_write(b->plan, t, v));
		up = loss_of(b, false);
		v[i] = keep - h;
		must(plan_write(b->plan, t, v));
		down = loss_of(b, false);
		v[i] = keep;
		must(plan_write(b->plan, t, v));
		if (fabs((up - down) / (2 * h) - (double)g[i]) > 5e-3)
			fail_msg("option %d: gradient %d is %g, differences "
				 "say %g",
			    option, i, (double)g[i], (up - down) / (2 * h));
	}
	mem_free(g);
}

static void
test_random(void **state)
{
	static struct sample s;
	double want[1 + N * P * C * 5];
	struct rng r;

	(void)state;
	rng_init(&r, 7, 3);
	for (size_t i = 0; i < LENGTH(options); i++)
		for (int turn = 0; turn < 2; turn++) {
			struct bench b;
			double loss;

			must(build_case(&b, &options[i]));
			draw_case(&r, &options[i], &s);
			put(&b, "loc", s.loc);
			put(&b, "conf", s.conf);
			put(&b, "prior", s.prior);
			put(&b, "truth", s.truth);
			write_case(&options[i], &s);
			if (!ask(want, 1 + s.nloc + s.nconf)) {
				print_message("# skipped: no python3\n");
				close_bench(&b);
				skip();
			}
			loss = loss_of(&b, true);
			if (fabs(loss - want[0]) > 1e-4 * (1 + want[0]))
				fail_msg("option %zu: the loss is %g, not %g",
				    i, loss, want[0]);
			check_gradient(
			    &b, (int)i, "the offsets", b.loc, want + 1, s.nloc);
			check_gradient(&b, (int)i, "the scores", b.conf,
			    want + 1 + s.nloc, s.nconf);
			close_bench(&b);
		}
}

static void
test_differences(void **state)
{
	static struct sample s;
	struct rng r;

	(void)state;
	rng_init(&r, 2, 9);
	for (size_t i = 0; i < LENGTH(options); i++) {
		struct bench b;

		must(build_case(&b, &options[i]));
		draw_case(&r, &options[i], &s);
		put(&b, "loc", s.loc);
		put(&b, "conf", s.conf);
		put(&b, "prior", s.prior);
		put(&b, "truth", s.truth);
		check_differences(&b, (int)i, b.loc, s.loc, s.nloc);
		check_differences(&b, (int)i, b.conf, s.conf, s.nconf);
		close_bench(&b);
	}
}

/* ---- what cannot be ---- */

static const struct {
	int at;
	float v;
	const char *says;
} rows[] = {
	{ 0, 2, "box 0 is of picture 2; there are 2" },
	{ 0, NAN, "box 0 is of picture nan" },
	{ 1, 4, "box 0 is of class 4; num_classes is 4" },
	{ 1, 0, "box 0 is of class 0, which is the background" },
	{ 5, 0, "right and bottom must lie behind left and top" },
	{ 3, NAN, "box 0 has edges nan" },
	{ 6, INFINITY, "box 0 has edges" },
};

static void
test_bad_truth(void **state)
{
	static struct sample s;
	const struct plan_run once = { 0 };
	struct bench b;
	struct rng r;

	(void)state;
	rng_init(&r, 2, 9);
	must(build_case(&b, &options[0]));
	draw_case(&r, &options[0], &s);
	put(&b, "loc", s.loc);
	put(&b, "conf", s.conf);
	put(&b, "prior", s.prior);
	for (size_t i = 0; i < LENGTH(rows); i++) {
		memcpy(s.truth,
		    (const float[]){ 0, 1, 0, .1f, .1f, .5f, .5f, 0 },
		    8 * sizeof(float));
		s.truth[rows[i].at] = rows[i].v;
		put(&b, "truth", s.truth);
		assert_true(plan_run(b.plan, &once) < 0);
		if (strstr(err_text(), rows[i].says) == NULL)
			fail_msg("\"%s\" does not say \"%s\"", err_text(),
			    rows[i].says);
	}
	close_bench(&b);
}

/* Numbers that are none in the predictions do not stop a run. */
static void
test_hostile(void **state)
{
	static const float v[] = { NAN, INFINITY, -INFINITY, 1e30f, -1e30f, 0,
		100 };
	static struct sample s;
	const struct plan_run once = { .backward = true };
	struct rng r;

	(void)state;
	rng_init(&r, 5, 9);
	for (size_t i = 0; i < LENGTH(options); i++) {
		struct bench b;

		must(build_case(&b, &options[i]));
		draw_case(&r, &options[i], &s);
		for (int k = 0; k < s.nloc; k++)
			s.loc[k] = v[rng_below(&r, LENGTH(v))];
		for (int k = 0; k < s.nconf; k++)
			s.conf[k] = v[rng_below(&r, LENGTH(v))];
		put(&b, "loc", s.loc);
		put(&b, "conf", s.conf);
		put(&b, "prior", s.prior);
		put(&b, "truth", s.truth);
		must(plan_run(b.plan, &once));
		close_bench(&b);
	}
}

static const struct {
	const char *param, *says;
} bad[] = {
	{ "multibox_loss_param { }", "num_classes is not given" },
	{ "multibox_loss_param { num_classes: 3 }",
	    "14 priors of 3 classes do not match the scores" },
	{ "multibox_loss_param { num_classes: 4 share_location: false "
	  "mining_type: NONE }",
	    "14 priors do not match the locations" },
	{ "multibox_loss_param { num_classes: 4 background_label_id: 4 }",
	    "background_label_id 4 is none of 4 classes" },
	{ "multibox_loss_param { num_classes: 4 neg_pos_ratio: 0 }",
	    "neg_pos_ratio 0 is not above 0" },
	{ "multibox_loss_param { num_classes: 4 do_neg_mining: false "
	  "mining_type: HARD_EXAMPLE }",
	    "do_neg_mining and mining_type say different things" },
};

static void
test_bad_param(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(bad); i++) {
		struct bench b;

		assert_true(build(&b, bad[i].param, N, P, C, 1, G) < 0);
		if (strstr(err_text(), bad[i].says) == NULL)
			fail_msg("\"%s\" does not say \"%s\"", err_text(),
			    bad[i].says);
		close_bench(&b);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_by_hand),
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_differences),
		cmocka_unit_test(test_bad_truth),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_bad_param),
	};

	return cmocka_run_group_tests(tests, tmp_setup, tmp_teardown);
}
