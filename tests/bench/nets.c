/*
 * Speed of the standard nets on a device, for scripts/bench.
 *
 *	nets [-a] [-d DEVICE] [-t THREADS] [-p PRECISION] [-s SECONDS]
 *	     NET:BATCH:USE...	-a: engines are measured, as with --autotune
 *
 *	nets -w FOLDER NET...	writes the nets for the peers: NET-train.prototxt,
 *				NET-deploy.prototxt and NET-deploy.caffemodel
 *
 * USE is infer (stage deploy) or train (forward, backward and a momentum
 * update, their losses noted and fetched now and then, as model-train does).
 * One line each: net, batch, use, images/s (the best of several rounds), GFLOP/s
 * (two per multiplication; training is counted as three times forward), its
 * share of the peak of the CPU's fused multiply-adds, which the first line
 * gives, MiB of the plan on its device, ms of the process's CPUs for an image
 * (the least of the rounds: what others do on the machine is not in it), and the
 * MiB by which the process grew.
 */
#include <math.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/rng.h"
#include "caffe/model.h"
#include "caffe/text.h"
#include "device/device.h"
#include "nn/net.h"
#include "nn/nets.h"
#include "train/metrics.h"

#include "cost.h"

enum { PARAMS_MAX = 1024 };
/* Lists of boxes. */
enum { BOX = 16, BOX_ROWS = 16 };

struct bench {
	struct device *device;
	enum precision precision;
	double seconds, peak;
	int classes;
};

struct feed {
	int batch, classes;
	struct shape image;
	bool masks; /* labels are those of pixels, else lists of boxes */
};

static int
feed_shape(void *ctx, const struct layer *l, struct shape *top, int ntop)
{
	const struct feed *f = ctx;

	top[0] = f->image;
	top[0].d[0] = f->batch;
	if (ntop == 1 && layer_gives_labels(l->p)) {
		top[0].d[1] = 1;
		if (!f->masks)
			top[0] =
			    shape_of(4, f->batch, 1, (int)BOX_ROWS, (int)BOX);
		return 0;
	}
	if (ntop > 1)
		top[1] = shape_of(1, f->batch);
	return 0;
}

static int
make(struct net **net, const struct net_standard *s, struct feed *f, bool train)
{
	const char *const stages[] = { train ? "train" : "deploy", NULL };
	struct net_input in[2] = { { "data", f->image }, { NULL, { 0 } } };
	struct net_opts o = { .phase = train ? CAFFE__PHASE__TRAIN
					     : CAFFE__PHASE__TEST,
		.stages = stages,
		.inputs = in,
		.feed_shape = feed_shape,
		.feed_ctx = f,
		.classes = f->classes };
	Caffe__NetParameter *np = NULL;
	int rc;

	in[0].shape.d[0] = f->batch;
	TRY(net_standard_read(&np, s->name));
	rc = net_new(net, np, &o);
	caffe__net_parameter__free_unpacked(np, NULL);
	if (rc == 0 && train)
		rc = net_backward(*net);
	return rc;
}

/* Lists of boxes, as DIGITS has them: all but one row of each, anywhere. */
static void
fill_boxes(float *v, size_t lists, int side, int classes, struct rng *r)
{
	for (size_t i = 0; i < lists; i++, v += BOX_ROWS * BOX) {
		v[0] = BOX_ROWS - 2;
		v[1] = BOX;
		for (int k = 1; k < BOX_ROWS; k++) {
			float *row = v + (size_t)k * BOX;

			for (int j = 0; j < 4; j++)
				row[j] = (float)(rng_uniform(r) * side / 2);
			row[5] =
			    (float)(1 + rng_below(r, (uint64_t)classes - 1));
		}
	}
}

static int
write_inputs(const struct net *n, struct plan *p, const struct feed *f)
{
	const int classes = f->classes;
	struct rng r;
	int t, rc = 0;

	rng_init(&r, 1, 0);
	for (t = 0; t < graph_tensors(n->graph) && rc == 0; t++) {
		const struct tensor *x = graph_tensor(n->graph, t);
		size_t i, c = shape_count(&x->shape);
		float *v;

		if (x->kind != TENSOR_INPUT)
			continue;
		v = mem_array(float, c);
		if (x->shape.n == 4 && x->shape.d[3] == BOX) {
			fill_boxes(v, (size_t)x->shape.d[0], (int)f->image.d[2],
			    classes, &r);
			c = 0;
		}
		for (i = 0; i < c; i++)
			v[i] =
			    x->shape.n == 1 || (f->masks && x->shape.d[1] == 1)
			    ? (float)rng_below(&r, (uint64_t)classes)
			    : (float)(rng_uniform(&r) - 0.5);
		rc = plan_write(p, t, v);
		mem_free(v);
	}
	return rc;
}

/* History of each learned param. */
static int
solver(struct net *n, struct update_param *q)
{
	int i, k = 0;

	for (i = 0; i < n->nparams && k < PARAMS_MAX; i++) {
		const struct net_param *w = &n->params[i];
		struct shape s;
		char name[256];

		if (!w->learn || w->owner != i ||
		    graph_tensor(n->graph, w->tensor)->grad < 0)
			continue;
		snprintf(name, sizeof(name), "%s.h", w->key);
		q[k].param = w->tensor;
		q[k].grad = graph_tensor(n->graph, w->tensor)->grad;
		s = *graph_shape(n->graph, w->tensor);
		TRY(q[k].history[0] =
			graph_add_tensor(n->graph, TENSOR_STATE, name, &s));
		q[k].history[1] = -1;
		q[k].lr_mult = w->lr_mult;
		q[k++].decay_mult = w->decay_mult;
	}
	return k;
}

/* What is run: u and metrics are those of a training, else NULL. */
struct work {
	const struct net *net;
	struct plan *plan;
	struct update *u;
	struct metrics *metrics;
	uint64_t it;
};

static int
iterate(struct work *w)
{
	struct plan_step s = { .run = { .backward = w->u != NULL,
				   .iteration = w->it++ },
		.update = w->u };
	bool full = false;
	int steps;

	if (w->u == NULL)
		return plan_run(w->plan, &s.run);
	w->u->iteration = s.run.iteration;
	TRY(metrics_step(w->metrics, &s, &full));
	return full ? metrics_fetch(w->metrics, &steps) : 0;
}

/* Devices run behind: reading one number waits for all that was asked. */
static int
settle(struct work *w)
{
	const struct net *n = w->net;
	struct plan *p = w->plan;
	double loss;
	float *v;
	int t, rc;

	if (w->u != NULL)
		return metrics_fetch(w->metrics, &t);
	if (n->nparams == 0)
		return net_loss(n, p, &loss);
	t = n->params[n->nparams - 1].tensor;
	v = mem_array(float, shape_count(graph_shape(n->graph, t)) + 1);
	rc = plan_read(p, t, v);
	mem_free(v);
	return rc;
}

struct speed {
	double rate; /* images/s */
	double cpu;  /* seconds of CPUs for an image */
};

static int
speed(const struct bench *b, struct work *w, int batch, struct speed *out)
{
	double t, cpu, start = now();
	int n = 1, i, round = 0;

	/* packs the weights, touches memory; a GPU records the second run */
	for (i = 0; i < 3; i++)
		TRY(iterate(w));
	TRY(settle(w));
	for (*out = (struct speed){ 0, INFINITY };
	     round < 3 || now() - start < b->seconds; round++) {
		t = now();
		cpu = used();
		for (i = 0; i < n; i++)
			TRY(iterate(w));
		TRY(settle(w));
		t = now() - t;
		cpu = used() - cpu;
		out->rate = fmax(out->rate, (double)n * batch / t);
		out->cpu = fmin(out->cpu, cpu / n / batch);
		if (t < 0.1)
			n *= 2;
	}
	return 0;
}

/* A standard net's batch and classes as feed says, and its input's shape. */
static int
describe(const char *name, const struct net_standard **s, struct feed *f)
{
	int c, h, w;

	*s = net_standard_find(name);
	if (*s == NULL)
		return err_set(ERR_MISSING, "net %s", name);
	if (sscanf((*s)->input, "%dx%dx%d", &c, &h, &w) != 3)
		return err_set(
		    ERR_FORMAT, "net %s: input %s", name, (*s)->input);
	f->image = shape_of(4, f->batch, c, h, w);
	f->classes = (*s)->classes > 0 ? (*s)->classes : 10;
	f->masks = strstr((*s)->text, "type: \"SoftmaxWithLoss\"") != NULL;
	return 0;
}

/* Weights drawn as for training. */
static int
write_weights(const struct bench *b, const struct net *n, const char *path)
{
	Caffe__NetParameter *w = NULL;
	struct plan *p = NULL;
	int rc = device_plan(b->device, &p, n->graph, NULL);

	if (rc >= 0)
		rc = net_fill(n, p, 1);
	if (rc >= 0)
		rc = net_save_weights(n, p, &w);
	if (rc >= 0)
		rc = caffe_weights_write(path, w, 1);
	plan_free(p);
	if (w != NULL)
		caffe__net_parameter__free_unpacked(w, NULL);
	return rc;
}

/* Peers want the number of classes written out. */
static void
set_classes(Caffe__NetParameter *np, int classes)
{
	size_t i;

	for (i = 0; i < np->n_layer; i++) {
		Caffe__InnerProductParameter *ip =
		    np->layer[i]->inner_product_param;
		Caffe__ConvolutionParameter *conv =
		    np->layer[i]->convolution_param;

		if (ip != NULL && !ip->has_num_output) {
			ip->has_num_output = 1;
			ip->num_output = (uint32_t)classes;
		}
		if (conv != NULL && !conv->has_num_output) {
			conv->has_num_output = 1;
			conv->num_output = (uint32_t)classes;
		}
	}
}

static int
write_net(const struct bench *b, const char *name, const char *folder)
{
	static const char *const uses[] = { "deploy", "train" };
	const struct net_standard *s;
	struct feed f = { .batch = 1 };
	struct net *n;
	char path[4096];
	int i, rc;

	TRY(describe(name, &s, &f));
	for (i = 0; i < 2; i++) {
		TRY(make(&n, s, &f, i == 1));
		snprintf(path, sizeof(path), "%s/%s-%s.prototxt", folder, name,
		    uses[i]);
		set_classes(n->p, f.classes);
		rc = caffe_text_write(path, n->p, 1);
		snprintf(path, sizeof(path), "%s/%s-%s.caffemodel", folder,
		    name, uses[i]);
		if (rc >= 0 && i == 0)
			rc = write_weights(b, n, path);
		net_free(n);
		TRY(rc);
	}
	return 0;
}

static int
measure(const struct bench *b, const char *name, int batch, bool train)
{
	const struct net_standard *s;
	struct update_param *q = mem_array(struct update_param, PARAMS_MAX);
	struct plan_opts o = { .precision = b->precision };
	struct update u = { .fn = UPDATE_SGD,
		.rate = 1e-5f,
		.momentum = 0.9f,
		.weight_decay = 0.0005f,
		.iter_size = 1,
		.params = q };
	struct feed f = { .batch = batch };
	struct plan_memory m;
	struct net *n = NULL;
	struct plan *p = NULL;
	struct work w = { .u = train ? &u : NULL };
	struct speed v;
	double macs = 0, flops, before;
	int i, rc;

	most_memory();
	before = most_memory();
	rc = describe(name, &s, &f);
	if (rc == 0)
		rc = make(&n, s, &f, train);
	if (rc == 0 && train)
		rc = u.n = solver(n, q);
	if (rc >= 0)
		rc = device_plan(b->device, &p, n->graph, &o);
	if (rc >= 0)
		rc = net_fill(n, p, 1);
	if (rc >= 0)
		rc = write_inputs(n, p, &f);
	w.net = n;
	w.plan = p;
	if (rc >= 0 && train)
		rc = metrics_new(&w.metrics, n, p, false);
	if (rc >= 0)
		rc = speed(b, &w, batch, &v);
	if (rc < 0)
		goto done;
	for (i = 0; i < graph_ops(n->graph); i++)
		if (graph_op(n->graph, i)->stage == STAGE_FORWARD)
			macs += (double)graph_op_macs(n->graph, i);
	flops = 2e-9 * macs / batch * v.rate * (train ? 3 : 1);
	plan_memory(p, &m);
	printf("%s\t%d\t%s\t%.3g\t%.1f\t%.2f\t%.0f\t%.4g\t%.0f\n", name, batch,
	    train ? "train" : "infer", v.rate, flops, flops / b->peak,
	    (double)(m.params + m.values + m.workspace) / 1048576, v.cpu * 1e3,
	    most_memory() - before);
	fflush(stdout);
done:
	metrics_free(w.metrics);
	plan_free(p);
	net_free(n);
	mem_free(q);
	return rc;
}

static int
fail(const char *what)
{
	log_error("%s: %s", what, err_text());
	return 1;
}

int
main(int argc, char **argv)
{
	struct bench b = { .seconds = 3 };
	struct device_opts o = { .threads = 0 };
	const char *device = "cpu", *folder = NULL;
	int c, failed = 0, verbose = 0;
	bool list = false;

	while ((c = getopt(argc, argv, "ad:lt:p:s:w:v")) != -1) {
		switch (c) {
		case 'a': o.autotune = true; break;
		case 'd': device = optarg; break;
		case 'l': list = true; break;
		case 't': o.threads = (int)strtol(optarg, NULL, 10); break;
		case 's': b.seconds = strtod(optarg, NULL); break;
		case 'w': folder = optarg; break;
		case 'v': verbose++; break;
		case 'p':
			if (precision_find(&b.precision, optarg) < 0)
				return fail("nets");
			break;
		default: return 2;
		}
	}
	log_init("nets", verbose);
	if (list)
		return device_list(stdout, PROG_FMT_TSV) < 0 ? fail("nets") : 0;
	if (device_open(&b.device, device, &o) < 0)
		return fail(device);
	for (; folder != NULL && optind < argc; optind++)
		if (write_net(&b, argv[optind], folder) < 0)
			failed = fail(argv[optind]);
	if (folder != NULL)
		goto done;
	b.peak = peak(o.threads > 0 ? o.threads : omp_get_num_procs());
	printf("# %s, fp32 FMA peak %.0f GFLOP/s\n", b.device->name, b.peak);
	for (; optind < argc; optind++) {
		char name[64], use[16];
		int batch;

		if (sscanf(argv[optind], "%63[^:]:%d:%15s", name, &batch,
			use) != 3 ||
		    batch < 1)
			return 2;
		if (measure(&b, name, batch, strcmp(use, "train") == 0) < 0)
			failed = fail(argv[optind]);
	}
done:
	device_close(b.device);
	return failed;
}
