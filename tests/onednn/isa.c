/*
 * What oneDNN's plans of the standard nets are made of, for each set of
 * instructions that DNNL_MAX_CPU_ISA allows: no plain loops ("ref") but those of
 * a table that says why.  Each set has a process of its own, since oneDNN reads
 * the variable once.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/err.h"
#include "caffe/msg.h"
#include "device/device.h"
#include "nn/nets.h"
#include "nn/use.h"
#include "onednn/onednn.h"
#include "onednn/plan.h"

static const struct set {
	const char *name;
	dnnl_cpu_isa_t isa;
} sets[] = {
	{ "SSE41", dnnl_cpu_isa_sse41 },
	{ "AVX2", dnnl_cpu_isa_avx2 },
	{ "AVX512_CORE", dnnl_cpu_isa_avx512_core },
	{ "AVX512_CORE_BF16", dnnl_cpu_isa_avx512_core_bf16 },
};

/* Plain loops that stay, and why. */
static const struct excuse {
	enum op_kind kind;
	const char *impl;
	const char *most; /* the last set it is for; NULL: all */
	const char *why;
	const char *layer; /* this one alone; NULL: any */
} excuses[] = {
	{ OP_LRN_GRAD, "ref:any", "AVX2",
	    "oneDNN 3 has no other below AVX-512, oneDNN 2 below AVX2" },
	{ OP_CONV_WEIGHT, "simple:any", NULL,
	    "a reorder, of as many numbers as a layer's weights in groups "
	    "have: "
	    "oneDNN 2 has no other from their blocks to the plain layout" },
	{ OP_CONV_WEIGHT, "ref:any", "SSE41",
	    "7x7 windows of 512 channels: no other below AVX2" },
	{ OP_BINARY, "ref:any", "SSE41",
	    "a factor for each item and channel: no other below AVX2" },
	{ OP_LRN, "ref:any", NULL, "of a picture's three channels", "norm" },
	{ OP_SLICE, "simple:any", NULL,
	    "a copy of 24 channels, which are no whole blocks of 16",
	    "backbone.backbone.dark2.1.both" },
	{ OP_PERMUTE, "simple:any", NULL, "of one place's 768 numbers",
	    "classifier.0/last" },
	{ OP_CONCAT, "simple:any", NULL,
	    "copies whole rows; the loops are called ref here" },
};

static bool
excused(size_t set, enum op_kind kind, const char *impl, const char *layer)
{
	for (size_t k = 0; k < LENGTH(excuses); k++) {
		const struct excuse *e = &excuses[k];
		size_t last = 0;

		if (e->kind != kind || strstr(impl, e->impl) == NULL ||
		    (e->layer != NULL && strcmp(e->layer, layer) != 0))
			continue;
		while (e->most != NULL && strcmp(sets[last].name, e->most) != 0)
			last++;
		if (e->most == NULL || set <= last)
			return true;
	}
	return false;
}

/* One net's plan; the number of plain loops without excuse. */
static int
judge(size_t set, struct device *d, const struct net_standard *s, bool train,
    enum precision precision)
{
	struct net_data data = { .batch = 2,
		.classes = s->classes > 0 ? s->classes : 10 };
	const struct plan_opts o = { .precision = precision, .measure = true };
	Caffe__NetParameter *np = NULL;
	struct net *n = NULL;
	struct plan *p = NULL;
	int bad = 0;

	if (net_data_size(&data, s->input) < 0 ||
	    net_standard_read(&np, s->name) < 0 ||
	    net_new_use(&n, np, train ? NET_TRAIN : NET_DEPLOY, &data) < 0 ||
	    (train && net_backward(n) < 0) ||
	    device_plan(d, &p, n->graph, &o) < 0) {
		/* Its labels are lists, which no class number is. */
		bad = !(train && strcmp(s->name, "regression") == 0);
		if (bad)
			fprintf(stderr, "%s: %s: %s\n", sets[set].name, s->name,
			    err_text());
	}
	for (size_t i = 0; p != NULL && i < ((struct od_plan *)p)->nsteps;
	     i++) {
		const struct od_step *t = &((struct od_plan *)p)->steps[i];
		enum op_kind kind;

		if (t->op < 0 || t->impl == NULL ||
		    (strstr(t->impl, "ref") == NULL &&
			strstr(t->impl, "simple:any") == NULL))
			continue;
		kind = graph_op(p->graph, t->op)->kind;
		if (excused(
			set, kind, t->impl, graph_op(p->graph, t->op)->name))
			continue;
		fprintf(stderr, "%s: %s, %s, %s: %s of %s by %s\n",
		    sets[set].name, s->name, train ? "training" : "inference",
		    precision == PRECISION_BF16 ? "bf16" : "fp32",
		    op_defs[kind].name, graph_op(p->graph, t->op)->name,
		    t->impl);
		bad++;
	}
	plan_free(p);
	net_free(n);
	caffe_msg_free(np);
	return bad;
}

/* The status of a process: 0, 1, or 2 where the CPU has less. */
static int
judge_set(size_t set)
{
	const struct net_standard *s;
	struct device *d;
	int bad = 0;

	setenv("DNNL_MAX_CPU_ISA", sets[set].name, 1);
	if (!od_isa(sets[set].isa))
		return 2;
	if (device_open(&d, "cpu", NULL) < 0)
		return 1;
	onednn_keep_bf16(d);
	for (s = net_standards; s->name != NULL; s++)
		for (int k = 0; k < 4; k++)
			if (k < 2 || ((struct od_device *)d)->bf16)
				bad += judge(set, d, s, k % 2 == 1,
				    k < 2 ? PRECISION_FP32 : PRECISION_BF16);
	device_close(d);
	return bad > 0;
}

static void
check_set(size_t set)
{
	int status;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		_exit(judge_set(set));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == 2)
		skip();
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void
sse41(void **state)
{
	(void)state;
	check_set(0);
}

static void
avx2(void **state)
{
	(void)state;
	check_set(1);
}

static void
avx512_core(void **state)
{
	(void)state;
	check_set(2);
}

static void
avx512_core_bf16(void **state)
{
	(void)state;
	check_set(3);
}

/* Of bf16 where it is slower: fp32, unless it is insisted on. */
static void
fastest(void **state)
{
	const struct plan_opts o = { .precision = PRECISION_BF16,
		.measure = true };
	struct shape s = shape_of(4, 2, 16, 8, 8);
	struct graph *g = graph_new();
	struct device *d;
	struct plan *p;
	int x;

	(void)state;
	x = graph_add_tensor(g, TENSOR_INPUT, "x", &s);
	graph_tensor(g, graph_unary(g, x, UNARY_RELU, 0, 0, 0))->keep = true;
	assert_int_equal(device_open(&d, "cpu", NULL), 0);
	if (!((struct od_device *)d)->bf16) {
		device_close(d);
		graph_free(g);
		skip();
	}
	assert_int_equal(device_plan(d, &p, g, &o), 0);
	assert_int_equal(((struct od_plan *)p)->dt,
	    ((struct od_device *)d)->slow ? dnnl_f32 : dnnl_bf16);
	plan_free(p);
	onednn_keep_bf16(d);
	assert_int_equal(device_plan(d, &p, g, &o), 0);
	assert_int_equal(((struct od_plan *)p)->dt, dnnl_bf16);
	plan_free(p);
	device_close(d);
	graph_free(g);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sse41), cmocka_unit_test(avx2),
		cmocka_unit_test(avx512_core),
		cmocka_unit_test(avx512_core_bf16),
		cmocka_unit_test(fastest), /* last: it reads the variable */
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
