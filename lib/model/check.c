/* Looking at a model's files: see check.h. */
#include "model/check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/path.h"
#include "caffe/blob.h"
#include "caffe/model.h"
#include "caffe/msg.h"
#include "file/file.h"
#include "nn/read.h"

struct check {
	void (*problem)(void *ctx, const char *file, const char *what);
	void *ctx;
	int n;
};

static void
report_file(struct check *c, const char *path, const char *what)
{
	c->n++;
	c->problem(c->ctx, path_base(path), what);
}

/* The sentence of a failure, without the file's name that report gives. */
static void
report_failure(struct check *c, const char *path)
{
	const char *text = err_text(), *base = path_base(path);
	size_t n = strlen(path), k = strlen(base);

	if (strncmp(text, path, n) == 0 && strncmp(text + n, ": ", 2) == 0)
		text += n + 2;
	else if (strncmp(text, base, k) == 0 && strncmp(text + k, ": ", 2) == 0)
		text += k + 2;
	report_file(c, path, text);
}

static Caffe__NetParameter *
net_check(struct check *c, const char *path)
{
	Caffe__NetParameter *net = NULL;

	if (path != NULL && net_read(&net, path) < 0)
		report_failure(c, path);
	return net;
}

static void
untrained(void *ctx, const char *file, const char *layer)
{
	char *what = mem_printf("has no weights for layer \"%s\"", layer);

	report_file(ctx, file, what);
	mem_free(what);
}

/* Weights of another net would load, silently using none of it. */
static void
weights_check(struct check *c, const struct model *m)
{
	if (m->weights == NULL && m->info.snapshot_file != NULL)
		report_file(c, m->info.snapshot_file, "is missing");
	else if (model_judge(m, untrained, c) < 0)
		report_failure(c, m->weights);
}

static void
mean_check(struct check *c, const struct model *m)
{
	Caffe__BlobProto *mean = NULL;

	if (m->mean != NULL && caffe_mean_read(&mean, m->mean) < 0)
		report_failure(c, m->mean);
	caffe_msg_free(mean);
}

static void
labels_check(struct check *c, const struct model *m)
{
	if (model_labels_judge(m) < 0)
		report_failure(c, m->labels);
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
	/* a net that is none was reported */
	if (m->deploy != NULL ? deploy != NULL
		: m->train_val != NULL
		? trained != NULL
		: m->original == NULL || original != NULL)
		weights_check(&c, m);
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
