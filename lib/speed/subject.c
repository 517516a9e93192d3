/* A net on a device, run again and again: see subject.h. */
#include "speed/subject.h"

#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "speed/inputs.h"
#include "device/device.h"
#include "train/metrics.h"
#include "train/solver.h"

struct tensor_io {
	int tensor;
	float *v;
};

struct subject {
	const struct speed_model *m;
	struct device *device;
	struct net *net;
	struct plan *plan;
	struct solver *solver;
	struct metrics *metrics;
	struct tensor_io *in, *out;
	size_t nin, nout;
	uint64_t it;
};

void
subject_close(struct subject *s)
{
	if (s == NULL)
		return;
	for (size_t i = 0; i < s->nin; i++)
		mem_free(s->in[i].v);
	for (size_t i = 0; i < s->nout; i++)
		mem_free(s->out[i].v);
	mem_free(s->in);
	mem_free(s->out);
	metrics_free(s->metrics);
	plan_free(s->plan);
	solver_free(s->solver);
	net_free(s->net);
	device_close(s->device);
	mem_free(s);
}

/* Pictures for all places of a batch, from the first on again. */
static int
fill_pictures(struct subject *s, float *v, size_t count, int t)
{
	const struct speed_model *m = s->m;
	const size_t size = m->picture_size;

	if (size == 0 || count % size != 0)
		return err_set(ERR_FORMAT,
		    "%s: its input takes no pictures of %zu numbers",
		    graph_tensor(s->net->graph, t)->name, size);
	for (size_t i = 0; i < count / size; i++)
		memcpy(v + i * size, m->pictures + i % m->npictures * size,
		    size * sizeof(*v));
	return 0;
}

static int
make_input(struct subject *s, int t)
{
	const size_t count = shape_count(graph_shape(s->net->graph, t));
	struct tensor_io *io = &s->in[s->nin++];
	void *v;

	io->tensor = t;
	TRY(mem_take(
	    &v, count + 1, sizeof(float), SIZE_MAX, "an input of the net"));
	io->v = v;
	if (s->m->pictures != NULL && !speed_is_label(s->net, t))
		return fill_pictures(s, v, count, t);
	speed_fill(v, count, s->net, t, 1);
	return 0;
}

static int
make_inputs(struct subject *s)
{
	const int n = graph_tensors(s->net->graph);

	s->in = mem_array(struct tensor_io, (size_t)n + 1);
	for (int t = 0; t < n; t++)
		if (graph_tensor(s->net->graph, t)->kind == TENSOR_INPUT)
			TRY(make_input(s, t));
	return s->nin > 0 ? 0
			  : err_set(ERR_FORMAT, "%s has no input", s->m->name);
}

/* All that the net puts out is read, as an answer needs it. */
static int
make_outputs(struct subject *s)
{
	s->out = mem_array(struct tensor_io, (size_t)s->net->nblobs + 1);
	for (int i = 0; i < s->net->nblobs; i++) {
		const struct net_blob *b = &s->net->blobs[i];
		struct tensor *x = graph_tensor(s->net->graph, b->tensor);
		const size_t count = shape_count(&x->shape);
		void *v;

		if (!b->output || x->kind == TENSOR_INPUT)
			continue;
		x->keep = true;
		TRY(mem_take(&v, count + 1, sizeof(float), SIZE_MAX, b->name));
		s->out[s->nout++] =
		    (struct tensor_io){ .tensor = b->tensor, .v = v };
	}
	return 0;
}

static int
make_plan(struct subject *s, const struct speed_setting *o)
{
	const struct plan_opts po = { .precision = o->precision };

	if (s->m->train) {
		TRY(net_backward(s->net));
		TRY(solver_new(&s->solver, s->net, s->m->solver));
	} else {
		TRY(make_outputs(s));
	}
	TRY(device_plan(s->device, &s->plan, s->net->graph, &po));
	TRY(net_fill(s->net, s->plan, 1));
	if (s->m->weights != NULL)
		TRY(net_copy_weights(s->net, s->plan, s->m->weights, NULL));
	if (s->m->train)
		return metrics_new(&s->metrics, s->net, s->plan, false);
	return 0;
}

int
subject_open(struct subject **out, const struct speed_model *m,
    const struct speed_setting *o)
{
	const struct device_opts dopts = { .threads = o->threads,
		.autotune = o->autotune };
	struct net_data d = m->data;
	struct subject *s = mem_new(struct subject);
	int rc;

	s->m = m;
	d.batch = o->batch;
	rc = device_open(&s->device, o->device, &dopts);
	if (rc >= 0)
		rc = net_new_use(&s->net, m->net, m->use, &d);
	if (rc >= 0)
		rc = make_inputs(s);
	if (rc >= 0)
		rc = make_plan(s, o);
	if (rc < 0) {
		subject_close(s);
		return err_in(rc, "%s", m->name);
	}
	*out = s;
	return 0;
}

/* The learning rate is nothing, so that random weights stay what they are; the
 * arithmetic of the update is the same. */
static int
train_once(struct subject *s)
{
	struct plan_step step = { .run = { .backward = true,
				      .iteration = s->it },
		.update = solver_update(s->solver, s->it, 0) };
	bool full = false;
	int steps;

	s->it++;
	TRY(metrics_step(s->metrics, &step, &full));
	return metrics_fetch(s->metrics, &steps);
}

int
subject_run(struct subject *s)
{
	const struct plan_run run = { .backward = false, .iteration = s->it };

	for (size_t i = 0; i < s->nin; i++)
		TRY(plan_write(s->plan, s->in[i].tensor, s->in[i].v));
	if (s->m->train)
		return train_once(s);
	s->it++;
	TRY(plan_run(s->plan, &run));
	for (size_t i = 0; i < s->nout; i++)
		TRY(plan_read(s->plan, s->out[i].tensor, s->out[i].v));
	return 0;
}

const char *
subject_device(const struct subject *s)
{
	return s->device->name;
}

const struct shape *
subject_input(const struct subject *s)
{
	return graph_shape(s->net->graph, s->in[0].tensor);
}

double
subject_macs(const struct subject *s)
{
	double macs = 0;

	for (int i = 0; i < graph_ops(s->net->graph); i++)
		if (graph_op(s->net->graph, i)->stage == STAGE_FORWARD)
			macs += (double)graph_op_macs(s->net->graph, i);
	return macs;
}

uint64_t
subject_bytes(const struct subject *s)
{
	struct plan_memory m;

	plan_memory(s->plan, &m);
	return m.params + m.values + m.workspace;
}

struct plan *
subject_plan(struct subject *s)
{
	return s->plan;
}
