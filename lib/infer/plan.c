/*
 * Nets compiled for pictures of a size, some of which are kept; and which of their
 * blobs are answers.
 */
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/path.h"
#include "device/device.h"
#include "infer/rcnn.h"
#include "nn/score.h"

void
infer_plan_close(struct infer_plan *p)
{
	plan_free(p->plan);
	net_free(p->net);
	for (size_t k = 0; k < p->nout; k++)
		mem_free(p->out[k].v);
	mem_free(p->out);
	memset(p, 0, sizeof(*p));
}

int
infer_output_find(
    const struct net *net, const char *name, const struct net_blob **out)
{
	const struct net_blob *b = net_blob_find(net, name);
	const struct layer *l = net_layer_find(net, name);

	/* a layer that works in place makes no blob of its name */
	if (b == NULL && l != NULL && l->ntop > 0)
		b = net_blob_find(net, net_top_name(net, l, 0));
	if (out != NULL)
		*out = b;
	return b != NULL
	    ? 0
	    : err_set(ERR_MISSING, "no blob or layer \"%s\" in the net", name);
}

int
infer_check_trained(struct infer *f, const struct net *net)
{
	int rc;

	if (f->judged)
		return 0;
	f->judged = true;
	rc = net_match_weights(net, f->weights, &f->match);
	if (rc >= 0 && !f->opts.allow_missing && net_copy_whole(&f->match) < 0)
		rc = err_set(ERR_FORMAT,
		    "%s; --allow-missing runs it all the same", err_text());
	return rc < 0 ? err_in(rc, "%s", path_base(f->model->weights)) : 0;
}

int
infer_ask_more(
    const struct infer *f, const struct net *net, const char *v[INFER_MORE])
{
	int n =
	    f->opts.more != NULL ? f->opts.more(f->opts.more_ctx, net, v) : 0;

	for (int i = 0; i < n; i++)
		TRY(infer_output_find(net, v[i], NULL));
	return n;
}

static int
add_output(struct infer_plan *p, const struct net_blob *b)
{
	struct infer_out *o = &p->out[p->nout++];
	void *v;

	*o = (struct infer_out){ .name = b->name, .tensor = b->tensor };
	o->shape = *graph_shape(p->net->graph, b->tensor);
	if (net_blob_is_probability(p->net, b))
		o->classes = net_blob_classes(p->net, b);
	TRY(mem_take(
	    &v, shape_count(&o->shape) + 1, sizeof(float), SIZE_MAX, b->name));
	o->v = v;
	graph_tensor(p->net->graph, b->tensor)->keep = true;
	return 0;
}

/* The place of a blob among the outputs, which it is added to if need be. */
static int
need_output(struct infer_plan *p, const struct net_blob *b, size_t *at)
{
	for (*at = 0; *at < p->nout; ++*at)
		if (p->out[*at].tensor == b->tensor)
			return 0;
	return add_output(p, b);
}

/* Those that opts.more names, behind all others. */
static int
choose_more(struct infer *f, struct infer_plan *p)
{
	const char *more[INFER_MORE];
	const struct net_blob *b;

	p->nmore = infer_ask_more(f, p->net, more);
	TRY(p->nmore);
	for (int i = 0; i < p->nmore; i++) {
		TRY(infer_output_find(p->net, more[i], &b));
		TRY(need_output(p, b, &p->more[i]));
	}
	return 0;
}

/* Which blobs are answers: those asked for, and behind them, where it is none of
 * these, the output that the net scores. */
static int
choose_outputs(struct infer *f, struct infer_plan *p)
{
	const struct net_blob *score = net_score_blob(p->net);
	size_t named = f->opts.noutputs;

	if (score == NULL)
		return err_set(ERR_FORMAT, "the net has no output");
	p->out = mem_array(struct infer_out, named + 1 + INFER_MORE);
	p->score = named;
	p->list = net_blob_classes(p->net, score) > 1;
	for (size_t k = 0; k < named; k++) {
		const struct net_blob *b;

		TRY(infer_output_find(p->net, f->opts.outputs[k], &b));
		if (b == score)
			p->score = k;
		TRY(add_output(p, b));
		p->out[k].name = f->opts.outputs[k];
	}
	if (p->score == named)
		TRY(add_output(p, score));
	return choose_more(f, p);
}

int
infer_plan_open(
    struct infer *f, struct infer_plan *p, const struct net_input *inputs)
{
	struct net_opts no = { .phase = CAFFE__PHASE__TEST,
		.inputs = inputs,
		.classes = (int)f->nlabels };
	struct plan_opts po = { .precision = f->opts.precision };

	TRY(net_new(&p->net, f->deploy, &no));
	TRY(infer_check_trained(f, p->net));
	TRY(choose_outputs(f, p));
	TRY(device_plan(f->device, &p->plan, p->net->graph, &po));
	TRY(net_fill(p->net, p->plan, 0));
	return net_copy_weights(p->net, p->plan, f->weights, NULL);
}

int
infer_plan_for(
    struct infer *f, int n, int c, int h, int w, struct infer_plan **out)
{
	struct net_input inputs[3] = { { f->input,
	    f->last ? shape_of(4, n, h, w, c) : shape_of(4, n, c, h, w) } };
	struct infer_plan *p = &f->plans[0];
	int rc;

	for (int i = 0; i < INFER_PLANS; i++) {
		struct infer_plan *q = &f->plans[i];

		if (q->plan != NULL &&
		    shape_same(&q->input, &inputs[0].shape)) {
			q->used = ++f->clock;
			*out = q;
			return 0;
		}
		if (q->used < p->used)
			p = q;
	}
	infer_plan_close(p);
	infer_rcnn_input(&inputs[1], f, n);
	p->input = inputs[0].shape;
	p->used = ++f->clock;
	*out = p;
	rc = infer_plan_open(f, p, inputs);
	if (rc < 0)
		infer_plan_close(p);
	return rc;
}
