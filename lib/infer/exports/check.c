/* The model and its file, side by side: see check.h. */
#include "infer/exports/check.h"

#include <math.h>
#include <string.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/rng.h"
#include "device/device.h"
#include "onnx/import.h"

enum { INPUTS_MAX = 64 };

struct side {
	struct net *net;
	struct plan *plan;
};

struct pair {
	struct side ours, file;
	struct onnx_net *read;
	struct rng rng;
	const struct onnx_preparation *p;
	const float *mean; /* of the first input; or NULL */
	double limit;
};

static void
side_close(struct side *s)
{
	plan_free(s->plan);
	net_free(s->net);
}

static int
input_of(const struct side *s, const char *name)
{
	const int t = net_input_find(s->net, name);

	return t >= 0 ? t
		      : err_set(ERR_FORMAT, "there is no input \"%s\"", name);
}

/* Is it the one that takes pictures? */
static bool
is_picture(const struct pair *q, size_t i)
{
	return q->p != NULL && i == 0;
}

/* The model's own, of the shapes that the file's net has. */
static int
open_ours(struct pair *q, const struct infer *f)
{
	struct net_input in[INPUTS_MAX + 1] = { { NULL } };
	const struct net_opts no = { .phase = CAFFE__PHASE__TEST,
		.inputs = in,
		.classes = (int)f->nlabels };
	const struct onnx_port *port = q->read->inputs;
	struct net_input *to = in;
	int t;

	for (size_t i = 0; i < q->read->ninputs && i < INPUTS_MAX; i++) {
		const struct shape *s;

		if (!port[i].used)
			continue;
		TRY(t = input_of(&q->file, port[i].blob));
		s = graph_shape(q->file.net->graph, t);
		to->shape = *s;
		to->name = is_picture(q, i) ? f->input : port[i].name;
		if (is_picture(q, i))
			to->shape = shape_of(4, (int)s->d[0], q->p->channels,
			    q->p->height, q->p->width);
		to++;
	}
	return net_new(&q->ours.net, f->deploy, &no);
}

static int
start(struct side *s, struct device *d, const Caffe__NetParameter *weights)
{
	const struct plan_opts po = { .precision = PRECISION_FP32 };

	TRY(device_plan(d, &s->plan, s->net->graph, &po));
	if (s->net->nparams == 0)
		return 0;
	return net_copy_weights(s->net, s->plan, weights, NULL);
}

static int
output_of(const struct side *s, const char *name)
{
	const struct net_blob *b = net_blob_find(s->net, name);

	return b != NULL
	    ? b->tensor
	    : err_set(ERR_FORMAT, "there is no output \"%s\"", name);
}

/* They may be read after a run. */
static int
keep_outputs(struct pair *q)
{
	for (size_t i = 0; i < q->read->noutputs; i++) {
		const struct onnx_port *port = &q->read->outputs[i];
		int a, b;

		TRY(a = output_of(&q->ours, port->name));
		TRY(b = output_of(&q->file, port->blob));
		graph_tensor(q->ours.net->graph, a)->keep = true;
		graph_tensor(q->file.net->graph, b)->keep = true;
	}
	return 0;
}

/* ---- inputs ---- */

/* Bytes (N, H, W, C) of R G B as the net takes them, (N, C, H, W). */
static void
prepare(const struct onnx_preparation *p, const float *from, float *to,
    size_t items)
{
	const size_t plane = (size_t)p->height * (size_t)p->width;
	const size_t channels = (size_t)p->channels;

	for (size_t i = 0; i < items * channels * plane; i++) {
		const size_t at = i % plane, c = i / plane % channels;
		const size_t item = i / plane / channels;
		const size_t source =
		    p->rgb || channels != 3 ? c : channels - 1 - c;
		const float mean = p->mean_image != NULL
		    ? p->mean_image[c * plane + at]
		    : p->mean[c];

		to[i] = (from[(item * plane + at) * channels + source] - mean) *
		    p->scale / p->deviation[c];
	}
}

static int
write_input(struct pair *q, const struct infer *f, size_t i)
{
	const struct onnx_port *port = &q->read->inputs[i];
	const char *name = is_picture(q, i) ? f->input : port->name;
	const int b = net_input_find(q->file.net, port->blob);
	const int a = net_input_find(q->ours.net, name);
	const size_t n = shape_count(graph_shape(q->file.net->graph, b));
	float *v, *ours;
	int rc;

	if (a < 0)
		return err_set(ERR_FORMAT, "there is no input \"%s\"", name);
	v = mem_array(float, n + 1);
	ours = mem_array(float, n + 1);
	for (size_t k = 0; k < n; k++)
		v[k] = is_picture(q, i) ? (float)rng_below(&q->rng, 256)
					: (float)rng_uniform(&q->rng);
	memcpy(ours, v, n * sizeof(*v));
	if (is_picture(q, i))
		prepare(q->p, v, ours,
		    (size_t)graph_shape(q->ours.net->graph, a)->d[0]);
	for (size_t k = 0; i == 0 && q->mean != NULL && k < n; k++)
		ours[k] -= q->mean[k %
		    shape_count_axes(graph_shape(q->ours.net->graph, a), 1, 4)];
	rc = plan_write(q->file.plan, b, v);
	if (rc >= 0)
		rc = plan_write(q->ours.plan, a, ours);
	mem_free(v);
	mem_free(ours);
	return rc;
}

/* ---- outputs ---- */

static int
compare(struct pair *q, const struct onnx_port *port, const float *a,
    const float *b, size_t n)
{
	double most = 0, off = 0;

	for (size_t i = 0; i < n; i++) {
		const double x = (double)a[i], y = (double)b[i];

		if (isfinite(x))
			most = fmax(most, fabs(x));
		if (isfinite(x) && isfinite(y))
			off = fmax(off, fabs(x - y));
		else if (x != y && !(isnan(x) && isnan(y)))
			off = INFINITY;
	}
	log_info(
	    "check: %s is off by %.3g of %.3g at most", port->name, off, most);
	if (!(off <= q->limit * most + 1e-30))
		return err_set(ERR_FORMAT,
		    "output \"%s\" is off by %.3g of %.3g", port->name, off,
		    most);
	return 0;
}

static int
compare_output(struct pair *q, const struct onnx_port *port)
{
	const int a = output_of(&q->ours, port->name);
	const int b = output_of(&q->file, port->blob);
	const size_t n = shape_count(graph_shape(q->ours.net->graph, a));
	float *x, *y;
	int rc;

	if (n != shape_count(graph_shape(q->file.net->graph, b)))
		return err_set(ERR_FORMAT,
		    "output \"%s\" is not of the same size", port->name);
	x = mem_array(float, n + 1);
	y = mem_array(float, n + 1);
	rc = plan_read(q->ours.plan, a, x);
	if (rc >= 0)
		rc = plan_read(q->file.plan, b, y);
	if (rc >= 0)
		rc = compare(q, port, x, y, n);
	mem_free(x);
	mem_free(y);
	return rc;
}

/* ---- both ---- */

static int
run(struct pair *q, const struct infer *f, struct device *d)
{
	const struct plan_run once = { .backward = false };
	const struct net_opts no = { .phase = CAFFE__PHASE__TEST };

	TRY(net_new(&q->file.net, q->read->net, &no));
	TRY(open_ours(q, f));
	TRY(keep_outputs(q));
	TRY(start(&q->file, d, q->read->net));
	TRY(start(&q->ours, d, f->weights));
	for (size_t i = 0; i < q->read->ninputs; i++)
		if (q->read->inputs[i].used)
			TRY(write_input(q, f, i));
	TRY(plan_run(q->file.plan, &once));
	TRY(plan_run(q->ours.plan, &once));
	for (size_t i = 0; i < q->read->noutputs; i++)
		TRY(compare_output(q, &q->read->outputs[i]));
	return 0;
}

int
infer_onnx_check(const struct infer *f, const char *path,
    const struct onnx_export *o, double limit)
{
	const struct onnx_opts opts = { .size = { 0 } };
	const struct device_opts dopts = { .threads = 0 };
	struct pair q = {
		.p = o->prepare, .mean = o->mean_image, .limit = limit
	};
	struct onnx_file *file = NULL;
	struct device *d = NULL;
	int rc;

	rng_init(&q.rng, 0, 0);
	rc = onnx_file_open(&file, path);
	if (rc >= 0)
		rc = onnx_import(&q.read, file, &opts);
	if (rc >= 0)
		rc = device_open(&d, "cpu", &dopts);
	if (rc >= 0)
		rc = run(&q, f, d);
	side_close(&q.ours);
	side_close(&q.file);
	device_close(d);
	onnx_net_free(q.read);
	onnx_file_close(file);
	return rc < 0 ? err_in(rc, "--check") : 0;
}
