/*
 * Gradients of a net that answers: its graph gets the ops that lead from the score of
 * a class back to the input, or to the output of a layer.  Where they begin is an
 * INPUT of the graph, so that the class is chosen when the scores are known.
 */
#include <math.h>

#include "base/err.h"
#include "base/mem.h"
#include "infer/layers/layers.h"
#include "infer/saliency/saliency.h"
#include "nn/score.h"

static const char seed_name[] = "gradient of the score";

/* The scores: what goes into a Softmax, whose outputs hardly move where it is sure. */
static int
score_tensor(const struct net *net)
{
	const struct net_blob *b = net_score_blob(net);
	const struct layer *l = &net->layers[b->layer];

	return l->type->role == LAYER_ANSWER && l->nbottom == 1 ? l->bottom[0]
								: b->tensor;
}

size_t
saliency_classes(const struct net *net)
{
	const struct net_blob *b = net_score_blob(net);

	return b != NULL ? net_blob_classes(net, b) : 0;
}

static int
input_tensor(const struct net *net)
{
	for (int i = 0; i < net->nlayers; i++)
		if (net->layers[i].type->role == LAYER_INPUT)
			return net_input_find(
			    net, net_top_name(net, &net->layers[i], 0));
	return -1;
}

/* The output of a layer, as the last one left it that works on it in place. */
static int
output_of(const struct net *net, const struct layer *l)
{
	const struct net_blob *b = net_blob_find(net, net_top_name(net, l, 0));

	return b != NULL &&
		shape_same(graph_shape(net->graph, b->tensor),
		    graph_shape(net->graph, l->top[0]))
	    ? b->tensor
	    : l->top[0];
}

/* Has its output places, and, where it was not asked for, has it filters? */
static bool
can_be_seen(const struct net *net, const struct layer *l, bool asked)
{
	const struct shape *s =
	    l->ntop > 0 ? graph_shape(net->graph, l->top[0]) : NULL;

	if (s == NULL || s->n != 4 || s->d[2] * s->d[3] < 2 ||
	    l->type->role == LAYER_INPUT)
		return false;
	return asked || (l->nparams > 0 && net->params[l->param].shape.n == 4);
}

static bool
same_places(const struct net *net, const struct layer *a, const struct layer *b)
{
	const struct shape *s = graph_shape(net->graph, a->top[0]);
	const struct shape *t = graph_shape(net->graph, b->top[0]);

	return s->d[2] == t->d[2] && s->d[3] == t->d[3];
}

/* What comes of the last filters before places are brought together: a sum or a row
 * of them, where they are a branch among others. */
static const struct layer *
joined(const struct net *net, const struct layer *filters)
{
	const struct layer *last = filters;

	for (int i = filters->index + 1; i < net->nlayers; i++) {
		const struct layer *l = &net->layers[i];

		if (can_be_seen(net, l, true) && same_places(net, l, filters) &&
		    output_of(net, l) != output_of(net, last))
			last = l;
	}
	return last;
}

const struct layer *
saliency_layer(const struct net *net, const char *list)
{
	for (int i = net->nlayers; i-- > 0;) {
		const struct layer *l = &net->layers[i];

		if (can_be_seen(net, l, list != NULL) &&
		    layer_is_asked(list, net, l))
			return list != NULL ? l : joined(net, l);
	}
	return NULL;
}

int
saliency_prepare(const struct net *net, bool cam, const char *list)
{
	const struct layer *l = cam ? saliency_layer(net, list) : NULL;
	struct graph_seed seed = { .weight = 1 };
	struct shape s;
	int want;

	if (saliency_classes(net) == 0)
		return 0;
	if (cam && l == NULL)
		return list != NULL
		    ? err_set(ERR_USAGE,
			  "--layer %s: the net has no layer of that name whose output has places (net-show lists them)",
			  list)
		    : err_set(ERR_USAGE,
			  "--view gradcam: the net has no filters whose output has places: --layer names another layer, --view saliency needs none");
	want = cam ? output_of(net, l) : input_tensor(net);
	seed.tensor = score_tensor(net);
	s = *graph_shape(net->graph, seed.tensor);
	if (cam)
		graph_tensor(net->graph, want)->keep = true;
	TRY(seed.grad =
		graph_add_tensor(net->graph, TENSOR_INPUT, seed_name, &s));
	TRY(graph_backward(net->graph, &seed, 1, &want, 1));
	if (graph_tensor(net->graph, want)->grad < 0)
		return err_set(ERR_USAGE,
		    "the scores do not depend on %s: there is no gradient",
		    cam ? l->name : "the input");
	return 1;
}

/* Forward and backward, from a 1 at the score of the class. */
static int
run_backward(struct infer *f, const struct infer_input *in, int class)
{
	const struct net *net = infer_net(f);
	const int seed = graph_find(net->graph, seed_name);
	const size_t n = shape_count(graph_shape(net->graph, seed));
	float *v = mem_array(float, n);
	int rc;

	v[class] = 1;
	rc = infer_run_backward(f, in, seed, v);
	mem_free(v);
	return rc;
}

static int
read_tensor(float **out, struct infer *f, int tensor)
{
	void *v = NULL;
	int rc;

	TRY(mem_take(&v, shape_count(graph_shape(infer_net(f)->graph, tensor)),
	    sizeof(float), SIZE_MAX, "a gradient"));
	rc = infer_read(f, tensor, v);
	if (rc < 0)
		mem_free(v);
	else
		*out = v;
	return rc;
}

int
saliency_gradient(struct saliency_map *m, struct infer *f,
    const struct infer_input *in, int class)
{
	const struct net *net = infer_net(f);
	const size_t plane = (size_t)in->h * (size_t)in->w;
	float *g = NULL;

	TRY(run_backward(f, in, class));
	TRY(read_tensor(
	    &g, f, graph_tensor(net->graph, input_tensor(net))->grad));
	if (saliency_map_begin(m, in->h, in->w) < 0) {
		mem_free(g);
		return ERR_RANGE;
	}
	for (size_t i = 0; i < plane * (size_t)in->c; i++)
		m->v[i % plane] = fmaxf(m->v[i % plane], fabsf(g[i]));
	mem_free(g);
	return 0;
}

/* max(0, sum_k a_k A_k) over planes of n places. */
static void
weigh(float *map, const float *a, const float *grad, size_t channels, size_t n)
{
	double *sum = mem_array(double, n);

	for (size_t k = 0; k < channels; k++) {
		double weight = 0;

		for (size_t i = 0; i < n; i++)
			weight += (double)grad[k * n + i];
		weight /= (double)n;
		for (size_t i = 0; i < n; i++)
			sum[i] += weight * (double)a[k * n + i];
	}
	for (size_t i = 0; i < n; i++)
		map[i] = sum[i] > 0 ? (float)sum[i] : 0;
	mem_free(sum);
}

int
saliency_cam(struct saliency_map *m, struct infer *f,
    const struct infer_input *in, int class, const char *list)
{
	const struct net *net = infer_net(f);
	const int t = output_of(net, saliency_layer(net, list));
	const struct shape s = *graph_shape(net->graph, t);
	float *a = NULL, *g = NULL;
	int rc = run_backward(f, in, class);

	if (rc >= 0)
		rc = read_tensor(&a, f, t);
	if (rc >= 0)
		rc = read_tensor(&g, f, graph_tensor(net->graph, t)->grad);
	if (rc >= 0)
		rc = saliency_map_begin(m, (int)s.d[2], (int)s.d[3]);
	if (rc >= 0)
		weigh(m->v, a, g, (size_t)s.d[1], (size_t)(s.d[2] * s.d[3]));
	mem_free(a);
	mem_free(g);
	return rc;
}
