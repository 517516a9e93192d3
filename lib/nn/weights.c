/*
 * Weights in and out of a plan: the fillers, caffemodels by layer name
 * (Net::CopyTrainedLayersFrom), and the net with its weights (Net::ToProto).
 */
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/rng.h"
#include "caffe/blob.h"
#include "caffe/model.h"
#include "caffe/msg.h"
#include "caffe/wire.h"
#include "nn/filler.h"
#include "nn/match.h"
#include "nn/net.h"

#define PARAM_MAX ((size_t)16 << 30) /* bytes of one parameter blob */

/* FNV-1a: the stream of random numbers that belongs to a param's name. */
static uint64_t
key_stream(const char *s)
{
	uint64_t h = 0xcbf29ce484222325;

	for (; *s; s++)
		h = (h ^ (unsigned char)*s) * 0x100000001b3;
	return h;
}

static int
fill_one(const struct net_param *q, struct plan *p, uint64_t seed)
{
	struct rng r;
	void *v = NULL;
	int rc;

	rc = mem_take(
	    &v, shape_count(&q->shape), sizeof(float), PARAM_MAX, q->key);
	if (rc < 0)
		return rc;
	rng_init(&r, seed, key_stream(q->key));
	filler_fill(v, &q->shape, q->filler, &r);
	rc = plan_write(p, q->tensor, v);
	mem_free(v);
	return rc;
}

int
net_fill(const struct net *n, struct plan *p, uint64_t seed)
{
	int i;

	for (i = 0; i < n->nparams; i++)
		if (n->params[i].owner == i)
			TRY(fill_one(&n->params[i], p, seed));
	return 0;
}

/* The factor of Caffe's BatchNorm, 0 before its first batch; that of others is a
 * constant. */
int
net_has_statistics(const struct net *n, struct plan *p, bool *has)
{
	*has = true;
	for (int i = 0; i < graph_ops(n->graph) && *has; i++) {
		const struct op *op = graph_op(n->graph, i);
		float factor = 1;

		if (op->kind == OP_BATCHNORM &&
		    graph_tensor(n->graph, op->in[3])->kind == TENSOR_PARAM)
			TRY(plan_read(p, op->in[3], &factor));
		*has = factor != 0;
	}
	return 0;
}

static int
blob_write(struct plan *p, const struct net_param *q, size_t count,
    const Caffe__BlobProto *b)
{
	const float *view = caffe_blob_view(b);
	void *v = NULL;
	int rc;

	if (view != NULL && b->n_data == count)
		return plan_write(p, q->tensor, view);
	TRY(mem_take(&v, count, sizeof(float), PARAM_MAX, q->key));
	rc = caffe_blob_floats(v, count, b);
	if (rc >= 0)
		rc = plan_write(p, q->tensor, v);
	mem_free(v);
	return rc;
}

/* Each channel's own of (C, C, K, K). */
static int
blob_write_own(
    struct plan *p, const struct net_param *q, const Caffe__BlobProto *b)
{
	const size_t c = (size_t)q->shape.d[0];
	const size_t each = shape_count(&q->shape) / c;
	void *v = NULL;
	float *at;
	int rc;

	TRY(mem_take(&v, c * c * each, sizeof(float), PARAM_MAX, q->key));
	at = v;
	rc = caffe_blob_floats(at, c * c * each, b);
	for (size_t i = 1; rc >= 0 && i < c; i++)
		memmove(
		    at + i * each, at + (i * c + i) * each, each * sizeof(*at));
	if (rc >= 0)
		rc = plan_write(p, q->tensor, at);
	mem_free(v);
	return rc;
}

int
net_copy_weights(const struct net *n, struct plan *p,
    const Caffe__NetParameter *weights, struct net_copy_report *report)
{
	struct net_copy_report own = { 0 };
	size_t i;
	int rc;

	if (report == NULL)
		report = &own;
	i = report->n;
	rc = net_match_weights(n, weights, report);
	for (; rc >= 0 && i < report->n; i++) {
		const struct net_copy_row *r = &report->rows[i];
		const struct net_param *q;

		if (r->state != NET_COPIED)
			continue;
		q = &n->params[r->param];
		rc = r->own ? blob_write_own(p, q, r->blob)
			    : blob_write(p, q, shape_count(&q->shape), r->blob);
		if (rc < 0)
			rc = err_in(rc, "layer \"%s\"", r->layer);
	}
	net_copy_report_clear(&own);
	return rc;
}

static int
save_layer(const struct net *n, struct plan *p, const struct layer *l,
    Caffe__LayerParameter *to)
{
	const struct net_param *q;
	Caffe__BlobProto *b;
	int i;

	while (to->n_blobs)
		caffe_msg_free(to->blobs[--to->n_blobs]);
	to->has_line = 0;
	to->has_phase = 1;
	to->phase = n->train ? CAFFE__PHASE__TRAIN : CAFFE__PHASE__TEST;
	for (i = 0; i < l->nparams; i++) {
		q = &n->params[l->param + i];
		b = caffe_blob_new(q->shape.d, q->shape.n, NULL);
		caffe_add(&to->blobs, &to->n_blobs, b);
		TRY(plan_read(p, q->tensor, b->data));
	}
	return 0;
}

/* Appends layer i with its blobs. */
static int
add_layer(Caffe__NetParameter *np, const struct net *n, struct plan *p, int i)
{
	Caffe__LayerParameter *to = caffe_msg_copy(n->layers[i].p);
	int rc;

	caffe_add(&np->layer, &np->n_layer, to);
	rc = save_layer(n, p, &n->layers[i], to);
	return rc < 0 ? err_in(rc, "layer \"%s\"", n->layers[i].name) : 0;
}

int
net_save_weights(const struct net *n, struct plan *p, Caffe__NetParameter **out)
{
	Caffe__NetParameter *np = caffe_new(Caffe__NetParameter, net_parameter);
	int i, rc = 0;

	caffe_set_str(np, "name", n->name);
	for (i = 0; i < n->nlayers && rc >= 0; i++)
		rc = add_layer(np, n, p, i);
	if (rc < 0) {
		caffe_msg_free(np);
		np = NULL;
	}
	*out = np;
	return rc < 0 ? rc : 0;
}

static int
write_whole(const struct net *n, struct plan *p, const char *path, int force)
{
	Caffe__NetParameter *np = NULL;
	int rc;

	TRY(net_save_weights(n, p, &np));
	rc = caffe_weights_write(path, np, force);
	caffe_msg_free(np);
	return rc;
}

int
net_write_weights(
    const struct net *n, struct plan *p, const char *path, int force)
{
	Caffe__NetParameter *np;
	struct caffe_wire_out *o;
	int i, rc = 0;

	if (path_has_ext(path, ".h5"))
		return write_whole(n, p, path, force);
	TRY(caffe_wire_open(&o, path, force));
	for (i = -1; i < n->nlayers && rc >= 0; i++) {
		np = caffe_new(Caffe__NetParameter, net_parameter);
		if (i < 0)
			caffe_set_str(np, "name", n->name);
		else
			rc = add_layer(np, n, p, i);
		if (rc >= 0)
			caffe_wire_put(o, np);
		caffe_msg_free(np);
	}
	return caffe_wire_close(o, rc);
}
