/* Opening a model and running it.  prepare.c has the pictures' way to floats, plan.c
 * the nets that are run. */
#include "infer/infer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/path.h"
#include "caffe/model.h"
#include "caffe/msg.h"
#include "device/device.h"
#include "dset/dset.h"
#include "infer/rcnn.h"
#include "model/imports/prepare.h"
#include "nn/read.h"
#include "nn/score.h"

enum { DEFAULT_BATCH = 16 };

void
infer_close(struct infer *f)
{
	if (f == NULL)
		return;
	for (int i = 0; i < INFER_PLANS; i++)
		infer_plan_close(&f->plans[i]);
	device_close(f->device);
	transform_clear(&f->transform);
	net_copy_report_clear(&f->match);
	dset_labels_free(f->labels, f->nlabels);
	caffe_msg_free(f->deploy);
	caffe_msg_free(f->weights);
	model_close(f->model);
	mem_free(f);
}

static int
read_nets(struct infer *f)
{
	struct model *m = f->model;

	if (m->deploy == NULL)
		return err_set(ERR_MISSING, "no deploy.prototxt");
	if (m->weights == NULL)
		return err_set(ERR_MISSING, "no weights (.caffemodel)");
	TRY(net_read(&f->deploy, m->deploy));
	if (!f->opts.as_stored)
		infer_rcnn_finish(f->deploy);
	TRY(caffe_weights_read(&f->weights, m->weights));
	if (m->labels != NULL)
		TRY(dset_labels_read(&f->labels, &f->nlabels, m->labels));
	return 0;
}

/* Before any picture is read.  A net whose input is still to be given a size
 * (--no-resize, --input) may not be one as it stands: judged when it is run. */
static int
check_trained_early(struct infer *f)
{
	struct net_opts no = { .phase = CAFFE__PHASE__TEST,
		.classes = (int)f->nlabels };
	const char *more[INFER_MORE];
	struct net *net = NULL;
	int rc = 0;

	if (net_new(&net, f->deploy, &no) < 0)
		return 0;
	rc = infer_check_trained(f, net);
	for (size_t k = 0; rc >= 0 && k < f->opts.noutputs; k++)
		rc = infer_output_find(net, f->opts.outputs[k], NULL);
	if (rc >= 0)
		rc = infer_ask_more(f, net, more);
	if (rc >= 0 && f->nlabels > 0 && net_labels_check(net, f->nlabels) < 0)
		log_warn("%s %s", path_base(f->model->labels), err_text());
	net_free(net);
	return rc;
}

/* A preset takes the place of what the folder says; where nothing is known, and no
 * preset is given, that is said. */
static void
settle_preparation(struct infer *f, const char *name)
{
	struct model_info *info = &f->model->info;
	struct model_prepared p;
	static const int in[2];

	if (f->opts.preset > 0) {
		model_prepared_init(&p);
		model_prepared_preset(
		    &p, (enum model_preset)(f->opts.preset - 1));
		model_prepared_info(info, &p, in);
		model_prepared_clear(&p);
	} else if (model_prepared_unknown(info) && !f->opts.unprepared)
		log_warn("%s: %s", name, model_prepared_advice);
}

void
infer_each_untrained(const struct infer *f,
    void (*found)(void *ctx, const char *layer), void *ctx)
{
	net_copy_each_missing(&f->match, found, ctx);
}

int
infer_open(struct infer **out, const char *model, const struct infer_opts *o)
{
	struct infer *f = mem_new(struct infer);
	struct device_opts dopts = { .threads = o->threads,
		.autotune = o->autotune };
	int rc;

	f->opts = *o;
	if (f->opts.batch < 1)
		f->opts.batch = DEFAULT_BATCH;
	rc = model_open(&f->model, model, o->epoch);
	if (rc < 0) { /* which names it */
		infer_close(f);
		return rc;
	}
	rc = read_nets(f);
	if (rc >= 0)
		rc = check_trained_early(f);
	if (rc >= 0)
		rc = device_open(&f->device, o->device, &dopts);
	if (rc >= 0)
		settle_preparation(f, model);
	if (rc >= 0)
		rc = infer_learn_preparation(f);
	if (rc < 0) {
		infer_close(f);
		return err_in(rc, "%s", model);
	}
	*out = f;
	return 0;
}

const struct model *
infer_model(const struct infer *f)
{
	return f->model;
}

const char *const *
infer_labels(const struct infer *f, size_t *n)
{
	*n = f->nlabels;
	return (const char *const *)f->labels;
}

const char *
infer_label(const struct infer *f, int i, char text[24])
{
	if (i >= 0 && (size_t)i < f->nlabels)
		return f->labels[i];
	snprintf(text, 24, "%d", i);
	return text;
}

bool
infer_is_rgb(const struct infer *f)
{
	return f->rgb;
}

int
infer_batch(const struct infer *f)
{
	return f->opts.no_resize ? 1 : f->opts.batch;
}

int
infer_views(const struct infer *f)
{
	return f->opts.crop == INFER_TEN ? 10 : 1;
}

static int
run_plan(struct infer *f, struct infer_plan *p)
{
	struct plan_run run = { .backward = false };

	TRY(plan_run(p->plan, &run));
	for (size_t k = 0; k < p->nout; k++)
		TRY(plan_read(p->plan, p->out[k].tensor, p->out[k].v));
	f->current = p;
	return 0;
}

/* Average the views of each picture, in place. */
static void
average(struct infer_out *o, int n, int views)
{
	size_t each = shape_count(&o->shape) / (size_t)(n * views);

	for (int i = 0; i < n; i++)
		for (size_t e = 0; e < each; e++) {
			double sum = 0;

			for (int v = 0; v < views; v++)
				sum += o->v[(size_t)(i * views + v) * each + e];
			o->v[(size_t)i * each + e] = (float)(sum / views);
		}
}

/* Prepared views of each numbers (C, H, W), in the order of the net's axes. */
static void
copy_views(const struct infer *f, float *to, const struct infer_input *in,
    int views, size_t each)
{
	const size_t c = (size_t)in->c, plane = each / c;

	if (!f->last) {
		memcpy(to, in->v, (size_t)views * each * sizeof(*to));
		return;
	}
	for (size_t v = 0; v < (size_t)views; v++)
		for (size_t k = 0; k < c; k++)
			for (size_t i = 0; i < plane; i++)
				to[v * each + i * c + k] =
				    in->v[v * each + k * plane + i];
}

int
infer_run(struct infer *f, struct infer_input *const *in, int n)
{
	int views = infer_views(f), room = n == 1 ? 1 : infer_batch(f);
	size_t each = (size_t)in[0]->c * (size_t)in[0]->h * (size_t)in[0]->w *
	    (size_t)views;
	struct infer_plan *p;
	void *v = NULL;
	int rc;

	TRY(infer_plan_for(f, room * views, in[0]->c, in[0]->h, in[0]->w, &p));
	rc = mem_take(
	    &v, (size_t)room * each, sizeof(float), SIZE_MAX, "a batch");
	if (rc < 0)
		return rc;
	for (int i = 0; i < room; i++)
		if (i < n)
			copy_views(f, (float *)v + (size_t)i * each, in[i],
			    views, each / (size_t)views);
		else
			memset((float *)v + (size_t)i * each, 0,
			    each * sizeof(float));
	rc = plan_write(p->plan, net_input_find(p->net, f->input), v);
	mem_free(v);
	if (rc >= 0)
		rc = infer_rcnn_write(f, p, room * views);
	if (rc >= 0)
		rc = run_plan(f, p);
	f->pictures = room;
	for (size_t k = 0; rc >= 0 && views > 1 && k < p->nout; k++)
		average(&p->out[k], room, views);
	return rc;
}

const float *
infer_scores(const struct infer *f, int k, int i, size_t *count)
{
	const struct infer_out *o = &f->current->out[k];

	*count = shape_count(&o->shape) /
	    (size_t)(f->pictures * (f->whole ? 1 : infer_views(f)));
	return o->v + (size_t)i * *count;
}

const float *
infer_more(const struct infer *f, size_t j, struct shape *s)
{
	const struct infer_out *o = &f->current->out[f->current->more[j]];

	*s = o->shape;
	return o->v;
}

const float *
infer_more_of(const struct infer *f, size_t j, int i, struct shape *s)
{
	const float *v = infer_more(f, j, s);

	s->n--;
	memmove(s->d, s->d + 1, (size_t)s->n * sizeof(s->d[0]));
	return v + (size_t)i * shape_count(s);
}

struct shape
infer_output_shape(const struct infer *f, int k)
{
	struct shape s = f->current->out[k].shape;

	if (f->whole || s.n == 0)
		return s;
	s.n--;
	memmove(s.d, s.d + 1, (size_t)s.n * sizeof(s.d[0]));
	return s;
}

size_t
infer_outputs(const struct infer *f)
{
	return f->opts.noutputs > 0 ? f->opts.noutputs : 1;
}

int
infer_score_output(const struct infer *f)
{
	return (int)f->current->score;
}

bool
infer_scores_are_list(const struct infer *f)
{
	return f->current->list;
}

size_t
infer_output_classes(const struct infer *f, int k)
{
	return f->whole ? 0 : f->current->out[k].classes;
}

const char *
infer_output_name(const struct infer *f, int k)
{
	return f->current->out[k].name;
}

const struct net *
infer_net(const struct infer *f)
{
	return f->current->net;
}

int
infer_read(const struct infer *f, int tensor, float *v)
{
	return plan_read(f->current->plan, tensor, v);
}

int
infer_run_backward(
    struct infer *f, const struct infer_input *in, int seed, const float *v)
{
	const struct infer_plan *p = f->current;
	const struct plan_run run = { .backward = true };

	if (f->last)
		return err_set(ERR_UNSUPPORTED,
		    "gradients of pixels are for nets whose input is (N, C, H, W)");
	TRY(plan_write(p->plan, net_input_find(p->net, f->input), in->v));
	TRY(plan_write(p->plan, seed, v));
	return plan_run(p->plan, &run);
}

int
infer_run_tensors(struct infer *f, const struct infer_tensor *in, size_t n)
{
	struct net_input *inputs = mem_array(struct net_input, n + 1);
	struct infer_plan *p = &f->plans[0];
	int rc;

	for (size_t i = 0; i < n; i++)
		inputs[i] = (struct net_input){ in[i].name, in[i].shape };
	infer_plan_close(p);
	rc = infer_plan_open(f, p, inputs);
	for (size_t i = 0; rc >= 0 && i < n; i++) {
		int t = net_input_find(p->net, in[i].name);

		if (t < 0)
			rc = err_set(ERR_USAGE, "the net has no input \"%s\"",
			    in[i].name);
		else
			rc = plan_write(p->plan, t, in[i].v);
	}
	f->pictures = 1;
	f->whole = true;
	if (rc >= 0)
		rc = run_plan(f, p);
	mem_free(inputs);
	return rc;
}
