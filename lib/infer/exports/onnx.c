/* A model folder's net, weights and notes into a file of ONNX: see onnx.h. */
#include "infer/exports/onnx.h"

#include <stdlib.h>
#include <string.h>

#include "base/alias.h"
#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/path.h"
#include "base/tidy.h"
#include "caffe/model.h"
#include "caffe/msg.h"
#include "dset/dset.h"
#include "file/file.h"
#include "infer/exports/check.h"
#include "infer/exports/notes.h"
#include "infer/inside.h"
#include "nn/read.h"
#include "onnx/export/export.h"

/* How much the numbers of an output may be off in --check, of the largest. */
#define LIMIT      1e-4
#define HALF_LIMIT 0.05

static void
fixed(void *ctx, int64_t items)
{
	(void)ctx;
	log_warn(
	    "the file takes %s at a time: the net is not the same for any number of them",
	    NUM_COUNTED(items, "item"));
}

/* The part of the mean image that the net sees: the middle. */
static float *
middle(const struct transform *t, int h, int w)
{
	const int top = (t->height - h) / 2, left = (t->width - w) / 2;
	float *v, *to;

	if (t->mean == NULL)
		return NULL;
	to = v =
	    mem_array(float, (size_t)t->channels *(size_t)h *(size_t)w + 1);
	for (int c = 0; c < t->channels; c++)
		for (int y = 0; y < h; y++, to += w)
			memcpy(to,
			    t->mean +
				((size_t)c * (size_t)t->height +
				    (size_t)(top + y)) *
				    (size_t)t->width +
				left,
			    (size_t)w * sizeof(*to));
	return v;
}

/* *image is the caller's. */
static int
preparation(const struct infer *f, struct onnx_preparation *p, float **image)
{
	const struct transform *t = &f->transform;
	int h, w;

	*p = (struct onnx_preparation){ .channels = f->channels,
		.height = f->in_h,
		.width = f->in_w,
		.rgb = f->rgb,
		.whiten = t->augment.whiten,
		.scale = t->scale };
	if (f->channels == 0)
		return 0;
	transform_size(t, &h, &w);
	if (h != f->in_h || w != f->in_w)
		return err_set(ERR_UNSUPPORTED,
		    "pictures are prepared as %dx%d, the net takes %dx%d: there are no nodes for that",
		    w, h, f->in_w, f->in_h);
	for (int c = 0; c < 4; c++) {
		const double d = t->augment.std[c < f->channels ? c : 0];

		p->deviation[c] = d > 0 ? (float)d : 1;
		p->mean[c] = t->nmean_value == 0
		    ? 0
		    : t->mean_value[t->nmean_value > 1 ? c : 0];
	}
	p->mean_image = *image = middle(t, h, w);
	return 0;
}

/* The mean image as what is subtracted from pixels that have been scaled; NULL: there
 * is none, or what comes behind it must not come before.  The caller's. */
static float *
scaled_mean(const struct infer *f)
{
	const size_t plane = (size_t)f->in_h * (size_t)f->in_w;
	struct onnx_preparation p;
	float *image = NULL;

	if (f->transform.mean == NULL || f->transform.augment.whiten ||
	    preparation(f, &p, &image) < 0 || image == NULL)
		return NULL;
	for (size_t i = 0; i < (size_t)p.channels * plane; i++)
		image[i] *= p.scale / p.deviation[i / plane];
	return image;
}

/* The same into a folder of its own, where it is read again. */
static int
check(const struct infer *f, const struct infer_onnx *o,
    const struct onnx_export *x)
{
	const char *tmp = getenv("TMPDIR");
	char *dir, *file;
	int rc;

	dir = mem_printf("%s/.nnutils-onnx-XXXXXX",
	    tmp != NULL && tmp[0] != '\0' ? tmp : "/tmp");
	rc = file_tmp_folder(dir);
	if (rc < 0) {
		mem_free(dir);
		return rc;
	}
	file = path_join(dir, "model.onnx");
	alias_add(file, "the file");
	rc = onnx_export(x, file, 0);
	if (rc >= 0)
		rc = infer_onnx_check(f, file, x, o->half ? HALF_LIMIT : LIMIT);
	if (file_remove_tree(dir) < 0 && rc >= 0)
		rc = ERR_IO;
	tidy_drop(dir);
	alias_drop(file);
	mem_free(file);
	mem_free(dir);
	return rc;
}

static int
write_file(const struct infer *f, const struct infer_onnx *o, const char *path,
    int force)
{
	struct onnx_preparation p;
	struct onnx_export x = { .net = f->deploy,
		.weights = f->weights,
		.classes = (int)f->nlabels,
		.opset = o->opset,
		.half = o->half,
		.fold_batchnorm = o->fold_batchnorm,
		.prepare = o->prepare ? &p : NULL,
		.version = NNUTILS_VERSION };
	struct infer_notes notes = { 0 };
	float *image = NULL;
	int rc = 0;

	if (o->prepare)
		rc = preparation(f, &p, &image);
	else
		x.mean_image = image = scaled_mean(f);
	if (rc >= 0)
		rc = infer_notes_make(
		    &notes, f, o->prepare, x.mean_image != NULL);
	x.notes = notes.v;
	x.nnotes = notes.n;
	if (rc >= 0 && o->check)
		rc = check(f, o, &x);
	x.fixed = fixed;
	if (rc >= 0)
		rc = onnx_export(&x, path, force);
	infer_notes_clear(&notes);
	mem_free(image);
	return rc;
}

int
infer_export_onnx(const struct model *m, const struct infer_onnx *o,
    const char *path, int force)
{
	struct model model = *m;
	struct infer f = { .model = &model };
	int rc;

	if (m->deploy == NULL)
		return err_set(ERR_MISSING,
		    "%s: no deploy.prototxt, the net for use", m->dir);
	if (m->weights == NULL)
		return err_set(
		    ERR_MISSING, "%s: no weights (.caffemodel)", m->dir);
	rc = net_read(&f.deploy, m->deploy);
	if (rc >= 0)
		rc = caffe_weights_read(&f.weights, m->weights);
	if (rc >= 0 && m->labels != NULL)
		rc = dset_labels_read(&f.labels, &f.nlabels, m->labels);
	if (rc >= 0)
		rc = infer_learn_preparation(&f);
	if (rc >= 0)
		rc = write_file(&f, o, path, force);
	dset_labels_free(f.labels, f.nlabels);
	transform_clear(&f.transform);
	caffe_msg_free(f.deploy);
	caffe_msg_free(f.weights);
	return rc;
}
