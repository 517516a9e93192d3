/*
 * What is asked of cuDNN, answered by the library itself for a GPU that is not
 * here (rt_open_like): every convolution of the standard nets and odd ones has an
 * engine, in every precision and direction, and the fused ones are in store.
 *
 *	dnn                    what make check does
 *	dnn BATCH NET...       lists every convolution of the nets, with its
 *	                       engine and work space (-vv of plans)
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/module.h"
#include "base/num.h"
#include "cuda/rt.h"
#include "device/device.h"
#include "nn/net.h"
#include "nn/nets.h"

enum { DEFAULT_BATCH = 64 };

static int batch = DEFAULT_BATCH;

/* The doors of the module; NULL: it was not built. */
static struct doors {
	int (*open_like)(struct cu_rt **, const char *, char *);
	void (*close)(struct cu_rt *);
	int (*make)(struct cu_rt *, const struct dnn_conv *, struct dnn_plan **,
	    size_t *);
	void (*say)(const struct dnn_plan *, char *, size_t);
	void (*free)(struct dnn_plan *);
} cuda;

static bool
find(void *out, const char *symbol)
{
	void *p = NULL;

	if (module_symbol(&p, "cuda", symbol) < 0)
		return false;
	memcpy(out, &p, sizeof(p));
	return true;
}

static int
good(int rc)
{
	if (rc < 0)
		fail_msg("%s", err_text());
	return rc;
}

static const struct precision_form {
	const char *name;
	enum cu_type type;
	bool nhwc, tf32;
} forms[] = {
	{ "fp32", CU_F32, false, false },
	{ "tf32", CU_F32, true, true },
	{ "bf16", CU_BF16, true, true },
	{ "fp16", CU_F16, true, true },
};

static const struct shape_case {
	const char *name;
	int nd;
	int64_t x[5], w[5];
	int stride, pad, dilation;
} cases[] = {
	{ "first layer", 2, { 64, 3, 224, 224 }, { 64, 3, 7, 7 }, 2, 3, 1 },
	{ "AlexNet's first", 2, { 64, 3, 227, 227 }, { 96, 3, 11, 11 }, 4, 0,
	    1 },
	{ "1x1", 2, { 64, 256, 56, 56 }, { 64, 256, 1, 1 }, 1, 0, 1 },
	{ "1x1, stride 2", 2, { 64, 256, 56, 56 }, { 512, 256, 1, 1 }, 2, 0,
	    1 },
	{ "3x3", 2, { 256, 64, 56, 56 }, { 64, 64, 3, 3 }, 1, 1, 1 },
	{ "3x3, stride 2", 2, { 1, 128, 56, 56 }, { 128, 128, 3, 3 }, 2, 1, 1 },
	{ "dilated", 2, { 4, 512, 28, 28 }, { 512, 512, 3, 3 }, 1, 2, 2 },
	{ "two groups", 2, { 64, 96, 27, 27 }, { 256, 48, 5, 5 }, 1, 2, 1 },
	{ "depthwise", 2, { 64, 32, 56, 56 }, { 32, 1, 3, 3 }, 1, 1, 1 },
	{ "LeNet's first", 2, { 64, 1, 28, 28 }, { 20, 1, 5, 5 }, 1, 0, 1 },
	{ "LeNet's second", 2, { 64, 20, 12, 12 }, { 50, 20, 5, 5 }, 1, 0, 1 },
	{ "one row", 2, { 8, 4, 1, 100 }, { 6, 4, 1, 5 }, 1, 2, 1 },
	{ "volume", 3, { 4, 16, 16, 28, 28 }, { 32, 16, 3, 3, 3 }, 1, 1, 1 },
	{ "odd numbers", 2, { 3, 5, 9, 9 }, { 7, 5, 3, 3 }, 1, 1, 1 },
	{ "whole picture", 2, { 64, 512, 7, 7 }, { 4096, 512, 7, 7 }, 1, 0, 1 },
};

static struct dnn_conv
conv_of(const struct shape_case *s, const struct precision_form *f,
    enum dnn_kind kind)
{
	struct dnn_conv c = { .kind = kind,
		.nd = s->nd,
		.type = f->type,
		.nhwc = f->nhwc,
		.tf32 = f->tf32 };

	memcpy(c.x, s->x, sizeof(c.x));
	memcpy(c.w, s->w, sizeof(c.w));
	c.y[0] = c.x[0];
	c.y[1] = c.w[0];
	for (int i = 0; i < s->nd; i++) {
		const bool flat = s->x[2 + i] == 1;

		c.stride[i] = s->stride;
		c.pad[i] = flat ? 0 : s->pad;
		c.dilation[i] = s->dilation;
		c.y[2 + i] = (c.x[2 + i] + 2 * c.pad[i] -
				 s->dilation * (c.w[2 + i] - 1) - 1) /
			s->stride +
		    1;
	}
	return c;
}

static struct cu_rt *
open_h200(void)
{
	struct cu_rt *rt = NULL;
	char name[96];

	if (cuda.make == NULL)
		skip();
	good(cuda.open_like(&rt, "H200", name));
	assert_non_null(strstr(name, "H200"));
	return rt;
}

/* The engine of a convolution, or NULL; scratch is checked against the cap. */
static bool
has_engine(struct cu_rt *rt, const struct dnn_conv *c, char *text, size_t size)
{
	struct dnn_plan *p = NULL;
	size_t scratch = 0;

	good(cuda.make(rt, c, &p, &scratch));
	if (p == NULL)
		return false;
	cuda.say(p, text, size);
	cuda.free(p);
	assert_true(scratch <= DNN_WORKSPACE);
	return true;
}

static void
every_direction_has_an_engine(void **state)
{
	static const char *const kinds[] = { "forward", "data", "weight" };
	struct cu_rt *rt = open_h200();
	char text[160];

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		for (size_t k = 0; k < LENGTH(forms) * 3; k++) {
			const struct precision_form *f = &forms[k / 3];
			const struct dnn_conv c =
			    conv_of(&cases[i], f, (enum dnn_kind)(k % 3));

			if (!has_engine(rt, &c, text, sizeof(text)))
				fail_msg("%s, %s, %s: no engine", cases[i].name,
				    kinds[k % 3], f->name);
		}
	}
	cuda.close(rt);
}

/* With a bias they need no compiling: what this machine, which has no driver,
 * could not do. */
static void
fused_engines_are_in_store(void **state)
{
	struct cu_rt *rt = open_h200();
	char text[160];

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		for (size_t k = 0; k < LENGTH(forms) * 4; k++) {
			struct dnn_conv c =
			    conv_of(&cases[i], &forms[k / 4], DNN_FORWARD);

			c.bias = true;
			c.sum = (k & 1) != 0;
			c.relu = (k & 2) != 0;
			if (!has_engine(rt, &c, text, sizeof(text)))
				fail_msg("%s, %s, fused %d: no engine",
				    cases[i].name, forms[k / 4].name,
				    (int)k % 4);
		}
	}
	cuda.close(rt);
}

static void
plain_floats_stay_floats(void **state)
{
	struct cu_rt *rt = open_h200();
	char text[160];

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		struct dnn_conv c = conv_of(&cases[i], &forms[0], DNN_FORWARD);

		assert_true(has_engine(rt, &c, text, sizeof(text)));
		assert_null(strstr(text, "tensor"));
		assert_null(strstr(text, "rounded"));
	}
	/* and where they may be rounded, they are */
	const struct dnn_conv c = conv_of(&cases[4], &forms[1], DNN_FORWARD);

	assert_true(has_engine(rt, &c, text, sizeof(text)));
	assert_non_null(strstr(text, "tensor cores"));
	cuda.close(rt);
}

static void
deterministic_engines_add_in_order(void **state)
{
	struct cu_rt *rt = open_h200();
	char text[160];

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		for (size_t k = 0; k < LENGTH(forms) * 2; k++) {
			struct dnn_conv c = conv_of(&cases[i], &forms[k / 2],
			    k % 2 != 0 ? DNN_WEIGHT : DNN_DATA);

			c.deterministic = true;
			if (!has_engine(rt, &c, text, sizeof(text)))
				fail_msg("%s, %s: no engine", cases[i].name,
				    forms[k / 2].name);
			assert_null(strstr(text, "any order"));
		}
	}
	cuda.close(rt);
}

static void
nonsense_is_refused(void **state)
{
	struct cu_rt *rt = open_h200(), *none = NULL;
	struct dnn_conv c = conv_of(&cases[4], &forms[0], DNN_FORWARD);
	char text[160];

	(void)state;
	c.y[2]++;
	assert_false(has_engine(rt, &c, text, sizeof(text)));
	assert_true(cuda.open_like(&none, "Riva 128", text) < 0);
	assert_null(none);
	cuda.close(rt);
}

static int
feed_shape(void *ctx, const struct layer *l, struct shape *top, int ntop)
{
	(void)l;
	top[0] = *(const struct shape *)ctx;
	for (int i = 1; i < ntop; i++)
		top[i] = shape_of(1, batch);
	return 0;
}

/* The training plan of a standard net on a described H200. */
static void
measure(struct device *d, const char *name, enum precision precision)
{
	static const char *const stages[] = { "train", NULL };
	const struct net_standard *s = net_standard_find(name);
	const struct plan_opts po = { .precision = precision, .measure = true };
	struct shape image;
	struct net_opts o = { .phase = CAFFE__PHASE__TRAIN,
		.stages = stages,
		.feed_shape = feed_shape,
		.feed_ctx = &image };
	Caffe__NetParameter *np = NULL;
	struct plan_memory m;
	struct net *n = NULL;
	struct plan *p = NULL;
	int c, h, w, rc;

	if (s == NULL || sscanf(s->input, "%dx%dx%d", &c, &h, &w) != 3)
		fail_msg("no standard net %s", name);
	image = shape_of(4, batch, c, h, w);
	o.classes = s->classes > 0 ? s->classes : 10;
	good(net_standard_read(&np, s->name));
	rc = net_new(&n, np, &o);
	caffe__net_parameter__free_unpacked(np, NULL);
	if (rc < 0) { /* wants other labels than one a picture */
		print_message("%s: %s\n", name, err_text());
		return;
	}
	good(net_backward(n));
	good(device_plan(d, &p, n->graph, &po));
	plan_memory(p, &m);
	log_debug("%s, %s, batch %d: %.1f MiB of values, %.1f of work space",
	    name, precision_name(precision), batch, (double)m.values / 1048576,
	    (double)m.workspace / 1048576);
	assert_true(m.values > 0 && m.workspace <= DNN_WORKSPACE);
	plan_free(p);
	net_free(n);
}

static void
nets_are_measured_for_it(void **state)
{
	static const enum precision precisions[] = { PRECISION_BF16,
		PRECISION_TF32 };
	const char **names = *(const char ***)*state;
	struct device *d = NULL;

	if (cuda.make == NULL)
		skip();
	good(device_open(&d, "like:h200", NULL));
	for (; *names != NULL; names++)
		for (size_t k = 0; k < LENGTH(precisions); k++)
			measure(d, *names, precisions[k]);
	device_close(d);
}

int
main(int argc, char **argv)
{
	static const char *few[] = { "lenet", "alexnet", "googlenet",
		"resnet50", NULL };
	const char **names = few;
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_direction_has_an_engine),
		cmocka_unit_test(fused_engines_are_in_store),
		cmocka_unit_test(plain_floats_stay_floats),
		cmocka_unit_test(deterministic_engines_add_in_order),
		cmocka_unit_test(nonsense_is_refused),
		cmocka_unit_test_prestate(nets_are_measured_for_it, &names),
	};
	const struct CMUnitTest list[] = {
		cmocka_unit_test_prestate(nets_are_measured_for_it, &names),
	};
	int64_t n;

	if (!find(&cuda.open_like, "rt_open_like") ||
	    !find(&cuda.close, "rt_close") || !find(&cuda.say, "dnn_say") ||
	    !find(&cuda.free, "dnn_free") || !find(&cuda.make, "dnn_make"))
		print_message("no GPU module: %s\n", err_text());
	if (argc > 2) {
		if (num_int(&n, argv[1], 1, 1 << 20) < 0) {
			fprintf(stderr, "%s\n", err_text());
			return 2;
		}
		batch = (int)n;
		names = (const char **)argv + 2;
		log_init(argv[0], LOG_DEBUG);
		return cmocka_run_group_tests(list, NULL, NULL);
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
