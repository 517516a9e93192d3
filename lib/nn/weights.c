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

const char *
net_copy_state_name(enum net_copy_state s)
{
	static const char *const names[] = { "copied", "skipped", "mismatch",
		"missing" };

	return names[s];
}

/* What a file says, as far as it fits a struct shape. */
static struct shape
file_shape(const struct caffe_shape *c)
{
	struct shape s = { 0 };
	int i;

	for (i = 0; i < c->ndim && i < SHAPE_MAX; i++)
		s.d[s.n++] = c->dim[i];
	return s;
}

static void
report_add(struct net_copy_report *r, const char *layer, int index,
    enum net_copy_state state, const struct shape *have,
    const struct shape *want)
{
	static const struct shape none;

	if (!r)
		return;
	mem_grow(&r->rows, &r->cap, r->n + 1);
	r->rows[r->n++] = (struct net_copy_row){
		mem_strdup(layer),
		index,
		state,
		have ? *have : none,
		want ? *want : none,
	};
}

void
net_copy_report_clear(struct net_copy_report *r)
{
	size_t i;

	for (i = 0; i < r->n; i++)
		mem_free(r->rows[i].layer);
	mem_free(r->rows);
	memset(r, 0, sizeof(*r));
}

/* Equal but for axes of 1: (1, 1, 500, 800) is (500, 800). */
static bool
shapes_agree(const struct caffe_shape *a, const struct shape *b)
{
	int i = 0, j = 0;

	for (;;) {
		while (i < a->ndim && a->dim[i] == 1)
			i++;
		while (j < b->n && b->d[j] == 1)
			j++;
		if (i == a->ndim || j == b->n)
			return i == a->ndim && j == b->n;
		if (a->dim[i++] != b->d[j++])
			return false;
	}
}

static int
blob_write(struct plan *p, const struct net_param *q, size_t count,
    const Caffe__BlobProto *b)
{
	const float *view = caffe_blob_view(b);
	void *v = NULL;
	int rc;

	if (view && b->n_data == count)
		return plan_write(p, q->tensor, view);
	TRY(mem_take(&v, count, sizeof(float), PARAM_MAX, q->key));
	rc = caffe_blob_floats(v, count, b);
	if (rc >= 0)
		rc = plan_write(p, q->tensor, v);
	mem_free(v);
	return rc;
}

static int
copy_blob(const struct net_param *q, struct plan *p,
    const Caffe__LayerParameter *from, struct net_copy_report *report)
{
	char have[SHAPE_TEXT_MAX], want[SHAPE_TEXT_MAX];
	const Caffe__BlobProto *b = from->blobs[q->index];
	struct caffe_shape cs;
	struct shape s;

	TRY(caffe_blob_shape(&cs, b));
	s = file_shape(&cs);
	/* HDF5 files leave shared blobs empty: the owner has the values. */
	if (q->share && cs.legacy && cs.count == 0)
		return 0;
	if (!shapes_agree(&cs, &q->shape)) {
		report_add(
		    report, from->name, q->index, NET_MISMATCH, &s, &q->shape);
		return err_set(ERR_FORMAT,
		    "blob %d is %s in the weights and %s in the net; to start "
		    "this layer afresh, rename it in the net",
		    q->index, shape_text(have, &s),
		    shape_text(want, &q->shape));
	}
	TRY(blob_write(p, q, shape_count(&q->shape), b));
	report_add(report, from->name, q->index, NET_COPIED, &s, &q->shape);
	return 0;
}

static int
copy_layer(const struct net *n, struct plan *p, const struct layer *l,
    const Caffe__LayerParameter *from, struct net_copy_report *report)
{
	int i;

	if ((int)from->n_blobs != l->nparams)
		return err_set(ERR_FORMAT,
		    "%zu blobs in the weights and %d in the net; to start this "
		    "layer afresh, rename it in the net",
		    from->n_blobs, l->nparams);
	for (i = 0; i < l->nparams; i++)
		TRY(copy_blob(&n->params[l->param + i], p, from, report));
	return 0;
}

static void
report_skipped(const Caffe__LayerParameter *from, struct net_copy_report *r)
{
	struct caffe_shape cs;
	struct shape s;
	size_t i;

	for (i = 0; r && i < from->n_blobs; i++) {
		if (caffe_blob_shape(&cs, from->blobs[i]) < 0)
			continue;
		s = file_shape(&cs);
		report_add(r, from->name, (int)i, NET_SKIPPED, &s, NULL);
	}
}

static void
report_missing(const struct net *n, const bool *done, struct net_copy_report *r)
{
	const struct net_param *q;
	int i;

	for (i = 0; r && i < n->nparams; i++) {
		q = &n->params[i];
		if (!done[q->layer])
			report_add(r, n->layers[q->layer].name, q->index,
			    NET_MISSING, NULL, &q->shape);
	}
}

int
net_copy_weights(const struct net *n, struct plan *p,
    const Caffe__NetParameter *weights, struct net_copy_report *report)
{
	bool *done = mem_array(bool, (size_t)n->nlayers + 1);
	const Caffe__LayerParameter *from;
	const struct layer *l;
	size_t i;
	int rc = 0;

	for (i = 0; i < weights->n_layer && rc >= 0; i++) {
		from = weights->layer[i];
		l = from->name ? net_layer_find(n, from->name) : NULL;
		if (!l) {
			report_skipped(from, report);
			continue;
		}
		/* Files name layers without params too, or leave them out. */
		if (from->n_blobs == 0 && l->nparams == 0)
			continue;
		if (from->n_blobs == 0)
			continue;
		rc = copy_layer(n, p, l, from, report);
		if (rc < 0)
			rc = err_in(rc, "layer \"%s\"", from->name);
		done[l->index] = true;
	}
	if (rc >= 0)
		report_missing(n, done, report);
	mem_free(done);
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
