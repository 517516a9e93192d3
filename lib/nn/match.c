/* Weights and nets that belong together, and those that do not: see match.h. */
#include "nn/match.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/num.h"
#include "caffe/blob.h"
#include "nn/net.h"

enum { NAMES_SHOWN = 12 };

#define BLOB_MAX ((size_t)16 << 30) /* bytes of one blob as floats */

const char *
net_copy_state_name(enum net_copy_state s)
{
	static const char *const names[] = { "copied", "skipped", "mismatch",
		"missing" };

	return names[s];
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

static struct net_copy_row *
report_add(struct net_copy_report *r, const char *layer, int index,
    enum net_copy_state state)
{
	struct net_copy_row *row;

	mem_grow(&r->rows, &r->cap, r->n + 1);
	row = &r->rows[r->n++];
	memset(row, 0, sizeof(*row));
	row->layer = mem_strdup(layer != NULL ? layer : "");
	row->index = index;
	row->state = state;
	row->param = -1;
	return row;
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

size_t
net_first_infinite(const float *v, size_t n)
{
	size_t i, k;

	for (i = 0; i < n; i = k) {
		int bad = 0;

		/* a block without branches, which compilers make wide */
		for (k = i; k < n && k < i + 1024; k++)
			bad |= !(fabsf(v[k]) <= 3.4028235e38f);
		if (!bad)
			continue;
		for (k = i; isfinite(v[k]); k++)
			;
		return k;
	}
	return n;
}

static int
finite_check(const Caffe__BlobProto *b, size_t count, int index)
{
	const float *view = caffe_blob_view(b);
	void *copy = NULL;
	size_t bad;
	int rc = 0;

	if (view == NULL || b->n_data != count) {
		TRY(mem_take(
		    &copy, count, sizeof(float), BLOB_MAX, "a layer's blob"));
		rc = caffe_blob_floats(copy, count, b);
		view = copy;
	}
	bad = rc >= 0 ? net_first_infinite(view, count) : count;
	if (bad < count)
		rc = err_set(ERR_FORMAT,
		    "blob %d is not fit for use: value %zu of %zu is %s", index,
		    bad, count, isnan(view[bad]) ? "NaN" : "infinite");
	mem_free(copy);
	return rc;
}

int
net_layer_finite(const Caffe__LayerParameter *l)
{
	struct caffe_shape cs;
	size_t i;
	int rc = 0;

	for (i = 0; i < l->n_blobs && rc >= 0; i++) {
		rc = caffe_blob_shape(&cs, l->blobs[i]);
		/* empty where HDF5 has values that are shared */
		if (rc >= 0 && !(cs.legacy && cs.count == 0))
			rc = finite_check(l->blobs[i], cs.count, (int)i);
	}
	return rc < 0
	    ? err_in(rc, "layer \"%s\"", l->name != NULL ? l->name : "")
	    : 0;
}

/* (C, C, K, K) for (C, 1, K, K), and 0 but for each channel's own: 1, 0, or an error. */
static int
only_own(const struct caffe_shape *have, const struct shape *want,
    const Caffe__BlobProto *b)
{
	const size_t c = have->ndim == 4 ? (size_t)have->dim[0] : 0;
	size_t each, other = 0;
	void *v = NULL;
	int rc;

	if (have->ndim != 4 || want->n != 4 || have->dim[1] != have->dim[0] ||
	    want->d[0] != have->dim[0] || want->d[1] != 1 ||
	    want->d[2] != have->dim[2] || want->d[3] != have->dim[3])
		return 0;
	each = (size_t)have->dim[2] * (size_t)have->dim[3];
	TRY(mem_take(&v, have->count, sizeof(float), BLOB_MAX, "a blob"));
	rc = caffe_blob_floats(v, have->count, b);
	for (size_t i = 0; rc >= 0 && i < c * c; i++)
		for (size_t k = 0; i / c != i % c && k < each; k++)
			other += ((const float *)v)[i * each + k] != 0;
	mem_free(v);
	return rc < 0 ? rc : other == 0;
}

static int
match_blob(const struct net *n, int param, const Caffe__LayerParameter *from,
    struct net_copy_report *report)
{
	char have[SHAPE_TEXT_MAX], want[SHAPE_TEXT_MAX];
	const struct net_param *q = &n->params[param];
	const Caffe__BlobProto *b = from->blobs[q->index];
	struct net_copy_row *row;
	struct caffe_shape cs;
	bool agree;
	int own;

	TRY(caffe_blob_shape(&cs, b));
	/* HDF5 files leave shared blobs empty: the owner has the values. */
	if (q->share != NULL && cs.legacy && cs.count == 0)
		return 0;
	agree = shapes_agree(&cs, &q->shape);
	own = agree ? 0 : only_own(&cs, &q->shape, b);
	TRY(own);
	agree |= own > 0;
	row = report_add(
	    report, from->name, q->index, agree ? NET_COPIED : NET_MISMATCH);
	row->have = file_shape(&cs);
	row->want = q->shape;
	row->param = param;
	row->own = own > 0;
	row->blob = b;
	if (!agree)
		return err_set(ERR_FORMAT,
		    "blob %d is %s in the weights and %s in the net; to start this layer afresh, rename it in the net",
		    q->index, shape_text(have, &row->have),
		    shape_text(want, &row->want));
	return finite_check(b, cs.count, q->index);
}

static int
match_layer(const struct net *n, const struct layer *l,
    const Caffe__LayerParameter *from, struct net_copy_report *report)
{
	int i;

	if ((int)from->n_blobs != l->nparams)
		return err_set(ERR_FORMAT,
		    "%s in the weights and %d in the net%s; to start this layer afresh, rename it in the net",
		    NUM_COUNTED(from->n_blobs, "blob"), l->nparams,
		    from->n_blobs == 1 && l->nparams == 2
			? ": the bias is missing"
			: "");
	for (i = 0; i < l->nparams; i++)
		TRY(match_blob(n, l->param + i, from, report));
	return 0;
}

static void
report_skipped(const Caffe__LayerParameter *from, struct net_copy_report *r)
{
	struct net_copy_row *row;
	struct caffe_shape cs;
	size_t i;

	for (i = 0; i < from->n_blobs; i++) {
		if (caffe_blob_shape(&cs, from->blobs[i]) < 0)
			continue;
		row = report_add(r, from->name, (int)i, NET_SKIPPED);
		row->have = file_shape(&cs);
		row->blob = from->blobs[i];
	}
}

/* Has the owner of this param weights?  Its own place: done by itself. */
static bool
param_is_done(const struct net *n, const bool *done, int i)
{
	const struct net_param *q = &n->params[i];

	return done[q->layer] || done[n->params[q->owner].layer];
}

static void
report_missing(const struct net *n, const bool *done, struct net_copy_report *r)
{
	struct net_copy_row *row;
	int i, k;

	for (i = 0; i < n->nlayers; i++) {
		const struct layer *l = &n->layers[i];
		bool own = false, missing = false;

		for (k = l->param; k < l->param + l->nparams; k++) {
			own = own || n->params[k].owner == k;
			if (param_is_done(n, done, k))
				continue;
			missing = true;
			row = report_add(
			    r, l->name, n->params[k].index, NET_MISSING);
			row->want = n->params[k].shape;
			row->param = k;
		}
		r->layers += own || missing;
		r->filled += own && !missing;
	}
}

/* The layer of the net for this one of the file: the k-th of a name for the k-th
 * of it that is left. */
static const struct layer *
layer_for(const struct net *n, const bool *done, const char *name)
{
	const struct layer *first = NULL;
	int i;

	for (i = 0; i < n->nlayers; i++) {
		const struct layer *l = &n->layers[i];

		if (l->nparams == 0 || strcmp(l->name, name) != 0)
			continue;
		if (!done[i])
			return l;
		first = first != NULL ? first : l;
	}
	return first;
}

static bool
name_is_in(const struct net *n, const char *name)
{
	return net_layer_find(n, name) != NULL;
}

/* Not one layer is the net's. */
static int
another_net(const struct net *n, const Caffe__NetParameter *w)
{
	const char *file = NULL, *net = NULL;
	size_t i, holders = 0;
	int k;

	for (i = w->n_layer; i-- > 0;)
		if (w->layer[i]->n_blobs > 0) {
			holders++;
			file = w->layer[i]->name;
		}
	for (k = n->nlayers; k-- > 0;)
		if (n->layers[k].nparams > 0)
			net = n->layers[k].name;
	if (holders == 0)
		return err_set(ERR_FORMAT, "holds no weights");
	return err_set(ERR_FORMAT,
	    "is another net's: of its %zu %s with weights (\"%s\", …) none is one of this net's (\"%s\", …)",
	    holders, num_plural(holders, "layer", "layers"),
	    file != NULL ? file : "", net != NULL ? net : "");
}

int
net_match_weights(const struct net *n, const Caffe__NetParameter *weights,
    struct net_copy_report *report)
{
	bool *done = mem_array(bool, (size_t)n->nlayers + 1);
	const Caffe__LayerParameter *from;
	const struct layer *l;
	size_t i, before = report->filled;
	int rc = 0;

	for (i = 0; i < weights->n_layer && rc >= 0; i++) {
		const char *name;

		from = weights->layer[i];
		name = from->name != NULL ? from->name : "";
		/* Files name layers without params too, or leave them out. */
		if (from->n_blobs == 0)
			continue;
		l = layer_for(n, done, name);
		if (l == NULL && !name_is_in(n, name)) {
			report_skipped(from, report);
			continue;
		}
		rc = match_layer(
		    n, l != NULL ? l : net_layer_find(n, name), from, report);
		if (rc < 0)
			rc = err_in(rc, "layer \"%s\"", name);
		else if (l != NULL)
			done[l->index] = true;
	}
	if (rc >= 0) {
		report_missing(n, done, report);
		if (report->filled == before && n->nparams > 0)
			rc = another_net(n, weights);
	}
	mem_free(done);
	return rc;
}

void
net_copy_each_missing(const struct net_copy_report *r,
    void (*found)(void *ctx, const char *layer), void *ctx)
{
	const char *last = NULL;
	size_t i;

	for (i = 0; i < r->n; i++) {
		const struct net_copy_row *row = &r->rows[i];

		if (row->state != NET_MISSING)
			continue;
		if (last == NULL || row->index == 0 ||
		    strcmp(last, row->layer) != 0)
			found(ctx, row->layer);
		last = row->layer;
	}
}

struct names {
	struct buf *b;
	size_t n;
};

static void
name_add(void *ctx, const char *layer)
{
	struct names *a = ctx;

	if (a->n < NAMES_SHOWN)
		buf_printf(a->b, "%s%s", a->n > 0 ? ", " : "", layer);
	a->n++;
}

void
net_copy_missing_text(struct buf *b, const struct net_copy_report *r)
{
	struct names a = { b, 0 };

	net_copy_each_missing(r, name_add, &a);
	if (a.n > NAMES_SHOWN)
		buf_printf(b, ", … and %zu more", a.n - NAMES_SHOWN);
}

int
net_copy_whole(const struct net_copy_report *r)
{
	struct buf b;
	int rc = 0;

	if (r->filled == r->layers)
		return 0;
	buf_init(&b, ERR_TEXT_MAX);
	net_copy_missing_text(&b, r);
	rc = err_set(ERR_FORMAT, "has no weights for %zu of %s: %s",
	    r->layers - r->filled, NUM_COUNTED(r->layers, "layer"),
	    buf_str(&b));
	buf_clear(&b);
	return rc;
}
