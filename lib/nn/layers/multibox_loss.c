/*
 * MultiBoxLoss (SSD, Liu et al., 2016): the loss of offsets and scores of priors.
 * Bottoms: offsets (N, P S 4), scores (N, P C), priors (1, 2, 4 P) and true boxes
 * (1, 1, G, 8): item, class, instance, left, top, right, bottom (relative),
 * difficult; item -1: none.
 *
 *	(loc_weight sum of f(offset - target) + sum of g(scores, class)) / n
 *
 * over the priors that have a truth, and for g also those chosen as background; f is
 * smooth L1 (of sigma 1) or half the square, g cross entropy of a softmax or of
 * logistic classes, n how many priors have a truth (loss_param.normalization), 1 at
 * least.  Without mining g is over all priors, and LOGISTIC ones without a truth
 * are of no class, not even background.
 *
 * Host code only says what is to be learned (multibox.h): targets, factors that are 0
 * where nothing is, classes and 1 / n.  The loss of these is made of ops.
 */
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "nn/layers/multibox.h"
#include "nn/layers/types.h"

enum { TARGET, FACTOR, CLASS, SHARE, OUTPUTS };
enum { IGNORED = -1 }; /* a class that no loss is of */

static const Caffe__MultiBoxLossParameter none =
    CAFFE__MULTI_BOX_LOSS_PARAMETER__INIT;

static bool
is_logistic(const struct multibox *m)
{
	return m->p->conf_loss_type ==
	    CAFFE__MULTI_BOX_LOSS_PARAMETER__CONF_LOSS_TYPE__LOGISTIC;
}

static bool
is_mined(const struct multibox *m)
{
	return m->mining != CAFFE__MULTI_BOX_LOSS_PARAMETER__MINING_TYPE__NONE;
}

/* Targets of the offsets of a picture; how many priors have a truth. */
static size_t
write_places(const struct multibox_item *it, float *target, float *factor)
{
	const int n = it->m->priors, sets = it->m->sets;
	size_t matches = 0;

	memset(target, 0, (size_t)n * (size_t)sets * 4 * sizeof(*target));
	memset(factor, 0, (size_t)n * (size_t)sets * 4 * sizeof(*factor));
	for (int set = 0; set < sets; set++)
		for (int i = 0; i < n; i++) {
			const size_t at =
			    ((size_t)i * (size_t)sets + (size_t)set) * 4;

			if (it->match[(size_t)set * (size_t)n + (size_t)i] < 0)
				continue;
			multibox_targets(it, set, i, target + at, factor + at);
			matches++;
		}
	return matches;
}

/* The class of prior i: IGNORED where none is to be learned, -2 for no class. */
static int
class_of(const struct multibox_item *it, int i)
{
	int label = IGNORED - 1;

	for (int set = 0; set < it->m->sets; set++) {
		const int t =
		    it->match[(size_t)set * (size_t)it->m->priors + (size_t)i];

		if (t >= 0)
			label = multibox_label(it, t);
	}
	if (label >= 0)
		return label;
	if (it->negative[i] || (!is_mined(it->m) && !is_logistic(it->m)))
		return (int)it->m->p->background_label_id;
	return is_mined(it->m) ? IGNORED : IGNORED - 1;
}

static void
write_classes(const struct multibox_item *it, float *v)
{
	const int n = it->m->classes;

	for (int i = 0; i < it->m->priors; i++) {
		const int label = class_of(it, i);

		if (!is_logistic(it->m)) {
			*v++ = (float)label;
			continue;
		}
		for (int c = 0; c < n; c++)
			*v++ = label == IGNORED ? IGNORED : c == label;
	}
}

static double
divisor(const struct multibox *m, size_t matches)
{
	switch (m->norm) {
	case CAFFE__LOSS_PARAMETER__NORMALIZATION_MODE__FULL:
		return (double)m->items * m->priors;
	case CAFFE__LOSS_PARAMETER__NORMALIZATION_MODE__BATCH_SIZE:
		return m->items;
	case CAFFE__LOSS_PARAMETER__NORMALIZATION_MODE__NONE: return 1;
	default: return matches > 0 ? (double)matches : 1;
	}
}

static int
check_priors(const struct multibox *m, const float *prior)
{
	const float *variance = prior + (size_t)m->priors * 4;

	for (int i = 0; i < m->priors; i++) {
		const float *v = prior + (size_t)i * 4;
		const float *s = variance + (size_t)i * 4;

		if (!(v[2] > v[0] && v[3] > v[1] && isfinite(v[2] - v[0]) &&
			isfinite(v[3] - v[1])))
			return err_set(ERR_FORMAT,
			    "prior %d has edges %g %g %g %g: right and bottom must lie behind left and top",
			    i, (double)v[0], (double)v[1], (double)v[2],
			    (double)v[3]);
		if (!(s[0] > 0 && s[1] > 0 && s[2] > 0 && s[3] > 0))
			return err_set(ERR_FORMAT,
			    "prior %d has variances that are not above 0", i);
	}
	return 0;
}

/* One picture into the outputs; how many priors have a truth. */
static size_t
make_item(struct multibox_item *it, int item, float *const *out)
{
	const struct multibox *m = it->m;
	const size_t each = (size_t)m->priors * (size_t)m->sets * 4;
	const size_t scores =
	    (size_t)m->priors * (is_logistic(m) ? (size_t)m->classes : 1);
	size_t matches;

	multibox_match(it);
	memset(it->negative, 0, (size_t)m->priors * sizeof(*it->negative));
	if (is_mined(m) && it->ntruth > 0)
		multibox_mine(it);
	matches = write_places(it, out[TARGET] + (size_t)item * each,
	    out[FACTOR] + (size_t)item * each);
	write_classes(it, out[CLASS] + (size_t)item * scores);
	return matches;
}

static int
forward(void *state, const struct op_env *env, const float *const *in,
    float *const *out)
{
	const struct multibox *m = state;
	const size_t n = (size_t)m->priors;
	struct multibox_truth *truth =
	    mem_array(struct multibox_truth, (size_t)m->rows + 1);
	size_t *begin = mem_array(size_t, (size_t)m->items + 1), matches = 0;
	struct multibox_item it = { .m = m,
		.prior = in[2],
		.variance = in[2] + 4 * n,
		.match = mem_array(int, n *(size_t)m->sets),
		.overlap = mem_array(float, n),
		.negative = mem_array(bool, n) };
	int rc = check_priors(m, in[2]);

	(void)env;
	if (rc >= 0)
		rc = multibox_truths(m, in[3], truth, begin);
	for (int i = 0; i < m->items && rc >= 0; i++) {
		it.loc = in[0] + (size_t)i * n * (size_t)m->sets * 4;
		it.conf = in[1] + (size_t)i * n * (size_t)m->classes;
		it.truth = truth + begin[i];
		it.ntruth = begin[i + 1] - begin[i];
		matches += make_item(&it, i, out);
	}
	out[SHARE][0] = (float)(1 / divisor(m, matches));
	mem_free(it.negative);
	mem_free(it.overlap);
	mem_free(it.match);
	mem_free(begin);
	mem_free(truth);
	return rc;
}

static int
take_mining(struct multibox *m)
{
	const Caffe__MultiBoxLossParameter *p = m->p;

	m->mining = p->mining_type;
	if (p->has_do_neg_mining && !p->has_mining_type && !p->do_neg_mining)
		m->mining = CAFFE__MULTI_BOX_LOSS_PARAMETER__MINING_TYPE__NONE;
	if (p->has_do_neg_mining && p->do_neg_mining != is_mined(m))
		return err_set(ERR_FORMAT,
		    "do_neg_mining and mining_type say different things");
	if (is_mined(m) && m->sets > 1)
		return err_set(
		    ERR_FORMAT, "mining_type needs share_location: true");
	if (is_mined(m) && !(p->neg_pos_ratio > 0))
		return err_set(ERR_FORMAT, "neg_pos_ratio %g is not above 0",
		    (double)p->neg_pos_ratio);
	if (m->mining ==
		CAFFE__MULTI_BOX_LOSS_PARAMETER__MINING_TYPE__HARD_EXAMPLE &&
	    p->sample_size < 1)
		return err_set(ERR_FORMAT, "sample_size %d is not above 0",
		    p->sample_size);
	return 0;
}

static int
take_param(struct multibox *m, const struct layer *l)
{
	const Caffe__MultiBoxLossParameter *p = m->p;
	const Caffe__LossParameter *loss = l->p->loss_param;
	const struct shape *truth = layer_shape(l, 3);

	m->norm = CAFFE__LOSS_PARAMETER__NORMALIZATION_MODE__VALID;
	if (loss != NULL && loss->has_normalization)
		m->norm = (int)loss->normalization;
	else if (loss != NULL && loss->has_normalize && !loss->normalize)
		m->norm = CAFFE__LOSS_PARAMETER__NORMALIZATION_MODE__BATCH_SIZE;
	TRY(layer_prior_shapes(l, p->num_classes, p->share_location, &m->items,
	    &m->priors, &m->classes));
	m->sets = p->share_location ? 1 : m->classes;
	if (p->background_label_id >= (uint32_t)m->classes)
		return err_set(ERR_FORMAT,
		    "background_label_id %u is none of %d classes",
		    p->background_label_id, m->classes);
	if (p->map_object_to_agnostic &&
	    p->background_label_id + 1 >= (uint32_t)m->classes)
		return err_set(ERR_FORMAT,
		    "map_object_to_agnostic needs a class behind the background");
	if (truth->n < 1 || truth->d[truth->n - 1] != MULTIBOX_ROW)
		return err_set(ERR_FORMAT,
		    "its fourth bottom must be true boxes (1, 1, N, %d)",
		    MULTIBOX_ROW);
	m->rows = (int64_t)shape_count(truth) / MULTIBOX_ROW;
	return take_mining(m);
}

/* The op that says what is to be learned; its number, and o its outputs. */
static int
add_targets(struct layer *l, struct multibox *m, int o[OUTPUTS])
{
	union op_attr a = { .custom = { .nin = 4,
				.nout = OUTPUTS,
				.forward = forward,
				.state = m } };
	const int64_t places = (int64_t)m->priors * m->sets * 4;
	int in[4];

	for (int i = 0; i < 4; i++)
		TRY(in[i] = layer_stop_gradient(l, l->bottom[i]));
	a.custom.shape[TARGET] = shape_of(2, m->items, places);
	a.custom.shape[FACTOR] = a.custom.shape[TARGET];
	a.custom.shape[CLASS] = is_logistic(m)
	    ? shape_of(3, m->items, m->priors, m->classes)
	    : shape_of(2, m->items, m->priors);
	a.custom.shape[SHARE] = (struct shape){ 0 };
	TRY(graph_add(l->graph, OP_CUSTOM, &a, in, 4));
	memcpy(o, graph_last(l->graph)->out, OUTPUTS * sizeof(*o));
	return 0;
}

static int
place_sum(struct layer *l, const struct multibox *m, const int o[OUTPUTS])
{
	const struct shape s = *graph_shape(l->graph, o[TARGET]);
	const struct shape scalar = { 0 };
	struct graph *g = l->graph;
	const bool square = m->p->loc_loss_type ==
	    CAFFE__MULTI_BOX_LOSS_PARAMETER__LOC_LOSS_TYPE__L2;
	int y;

	TRY(y = graph_reshape(g, l->bottom[0], &s));
	TRY(y = graph_binary(g, y, o[FACTOR], BINARY_MUL));
	TRY(y = graph_binary(g, y, o[TARGET], BINARY_SUB));
	if (square)
		TRY(y = graph_reduce(g, y, REDUCE_SUMSQ, 3, 0.5f));
	else {
		TRY(y = layer_smooth_l1(g, y, 1));
		TRY(y = graph_reduce(g, y, REDUCE_SUM, 3, 1));
	}
	return graph_reshape(g, y, &scalar);
}

static int
class_sum(struct layer *l, const struct multibox *m, const int o[OUTPUTS])
{
	const struct shape s = shape_of(3, m->items, m->priors, m->classes);
	union op_attr a = { .loss = { .fn = is_logistic(m) ? LOSS_SIGMOID
							   : LOSS_SOFTMAX,
				.norm = NORM_NONE,
				.axis = 2,
				.has_ignore = true,
				.ignore = IGNORED } };
	int in[2];

	TRY(in[0] = graph_reshape(l->graph, l->bottom[1], &s));
	in[1] = o[CLASS];
	return graph_add(l->graph, OP_LOSS, &a, in, 2);
}

static int
emit(struct layer *l)
{
	struct multibox *m = mem_new(struct multibox);
	float coeff[2] = { 1, 1 };
	int o[OUTPUTS], sum[2], y;

	l->state = m;
	m->p = LAYER_PARAM(l, multibox_loss_param, &none);
	coeff[0] = m->p->loc_weight;
	TRY(take_param(m, l));
	TRY(add_targets(l, m, o));
	TRY(sum[0] = place_sum(l, m, o));
	TRY(sum[1] = class_sum(l, m, o));
	TRY(y = graph_sum(l->graph, sum, 2, coeff));
	return layer_top(l, 0, graph_binary(l->graph, y, o[SHARE], BINARY_MUL));
}

static void
release(struct layer *l)
{
	mem_free(l->state);
}

const struct layer_type layer_multibox_loss = { "MultiBoxLoss", 4, 4, 1, 1,
	.emit = emit, .loss_weight = 1, .no_grad = 0xc, .free = release };
