/* Looking at a model's files: see check.h. */
#include "model/check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/path.h"
#include "caffe/blob.h"
#include "caffe/model.h"
#include "caffe/msg.h"
#include "caffe/upgrade.h"

enum { LABELS_MAX = 64 << 20 };

struct check {
	void (*problem)(void *ctx, const char *file, const char *what);
	void *ctx;
	int n;
};

static void
report(struct check *c, const char *path, const char *what)
{
	c->n++;
	c->problem(c->ctx, path_base(path), what);
}

static Caffe__NetParameter *
net_check(struct check *c, const char *path)
{
	Caffe__NetParameter *net = NULL;

	if (path == NULL)
		return NULL;
	if (caffe_net_read(&net, path) < 0)
		report(c, path, err_text());
	return net;
}

static int
has_layer(const Caffe__NetParameter *net, const char *name)
{
	size_t i;

	for (i = 0; i < net->n_layer; i++)
		if (net->layer[i]->name != NULL && name != NULL &&
		    strcmp(net->layer[i]->name, name) == 0)
			return 1;
	return 0;
}

/* Weights of another net would load, silently using none of it. */
static void
weights_check(
    struct check *c, const struct model *m, const Caffe__NetParameter *net)
{
	Caffe__NetParameter *w = NULL;
	size_t i, blobs = 0, shared = 0;

	if (m->weights == NULL) {
		if (m->info.snapshot_file != NULL)
			report(c, m->info.snapshot_file, "is missing");
		return;
	}
	if (caffe_weights_read(&w, m->weights) < 0) {
		report(c, m->weights, err_text());
		return;
	}
	for (i = 0; i < w->n_layer; i++) {
		if (w->layer[i]->n_blobs == 0)
			continue;
		blobs++;
		shared +=
		    net != NULL && (size_t)has_layer(net, w->layer[i]->name);
	}
	if (blobs == 0)
		report(c, m->weights, "has no weights");
	else if (net != NULL && shared == 0)
		report(c, m->weights, "none of its layers is one of the net's");
	caffe_msg_free(w);
}

static void
mean_check(struct check *c, const struct model *m)
{
	Caffe__BlobProto *mean = NULL;

	if (m->mean != NULL && caffe_mean_read(&mean, m->mean) < 0)
		report(c, m->mean, err_text());
	caffe_msg_free(mean);
}

static void
labels_check(struct check *c, const struct model *m)
{
	struct buf b;

	if (m->labels == NULL)
		return;
	buf_init(&b, LABELS_MAX);
	if (file_read(&b, m->labels) < 0)
		report(c, m->labels, err_text());
	else if (b.len == 0)
		report(c, m->labels, "is empty");
	buf_clear(&b);
}

int
model_check(const struct model *m,
    void (*problem)(void *ctx, const char *file, const char *what), void *ctx)
{
	struct check c = { problem, ctx, 0 };
	Caffe__NetParameter *deploy, *trained, *original;

	if (m->info.framework != NULL &&
	    strcmp(m->info.framework, "caffe") != 0)
		return 0;
	deploy = net_check(&c, m->deploy);
	trained = net_check(&c, m->train_val);
	original = net_check(&c, m->original);
	weights_check(&c, m,
	    deploy != NULL        ? deploy
		: trained != NULL ? trained
				  : original);
	mean_check(&c, m);
	labels_check(&c, m);
	caffe_msg_free(deploy);
	caffe_msg_free(trained);
	caffe_msg_free(original);
	return c.n;
}

static void
measure(struct model_stats *s)
{
	double sum = 0, square = 0, d;
	size_t i, zeros = 0;

	s->min = INFINITY;
	s->max = -INFINITY;
	s->finite = 1;
	for (i = 0; i < s->count; i++) {
		double v = (double)s->values[i];

		if (!isfinite(v))
			s->finite = 0;
		sum += v;
		zeros += s->values[i] == 0;
		s->min = v < s->min ? v : s->min;
		s->max = v > s->max ? v : s->max;
	}
	s->mean = s->count > 0 ? sum / (double)s->count : 0;
	for (i = 0; i < s->count; i++) {
		d = (double)s->values[i] - s->mean;
		square += d * d;
	}
	s->std = s->count > 0 ? sqrt(square / (double)s->count) : 0;
	s->zeros = s->count > 0 ? (double)zeros / (double)s->count : 0;
}

static int
blob_stats(struct model_stats *s, const Caffe__BlobProto *b,
    int (*found)(void *ctx, const struct model_stats *s), void *ctx)
{
	char text[CAFFE_SHAPE_TEXT];
	struct caffe_shape shape;
	float *copy = NULL;
	int rc;

	TRY(caffe_blob_shape(&shape, b));
	s->shape = caffe_shape_text(text, &shape);
	s->count = shape.count;
	s->values = caffe_blob_view(b);
	if (s->values == NULL || b->n_data != shape.count) {
		TRY(mem_take((void **)&copy, shape.count, sizeof(*copy),
		    (size_t)8 << 30, "a layer's weights"));
		rc = caffe_blob_floats(copy, shape.count, b);
		if (rc < 0) {
			mem_free(copy);
			return rc;
		}
		s->values = copy;
	}
	measure(s);
	rc = found(ctx, s);
	mem_free(copy);
	return rc;
}

int
model_weights_stats(const char *path,
    int (*found)(void *ctx, const struct model_stats *s), void *ctx)
{
	Caffe__NetParameter *net = NULL;
	size_t i, j;
	int rc;

	TRY(caffe_weights_read(&net, path));
	for (i = 0, rc = 0; i < net->n_layer && rc == 0; i++) {
		const Caffe__LayerParameter *l = net->layer[i];

		for (j = 0; j < l->n_blobs && rc == 0; j++) {
			struct model_stats s = {
				.layer = l->name,
				.type = l->type,
				.blob = (int)j,
			};

			rc = blob_stats(&s, l->blobs[j], found, ctx);
			if (rc < 0)
				rc = err_in(rc, "%s: layer %s", path, s.layer);
		}
	}
	caffe_msg_free(net);
	return rc;
}
