/* What a file of ONNX says beside its graph: see notes.h. */
#include "infer/exports/notes.h"

#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/num.h"
#include "caffe/msg.h"
#include "nn/boxes/form.h"
#include "nn/read.h"
#include "nn/score.h"

enum { VALUE_MAX = 16 << 20 };

void
infer_notes_clear(struct infer_notes *n)
{
	for (size_t i = 0; i < n->n; i++) {
		mem_free((char *)(uintptr_t)n->v[i].key);
		mem_free((char *)(uintptr_t)n->v[i].value);
	}
	mem_free(n->v);
	*n = (struct infer_notes){ 0 };
}

/* value becomes the list's. */
static void
add(struct infer_notes *n, const char *key, char *value)
{
	mem_grow(&n->v, &n->cap, n->n + 1);
	n->v[n->n++] =
	    (struct onnx_note){ mem_printf("nnutils.%s", key), value };
}

static void
add_text(struct infer_notes *n, const char *key, const char *value)
{
	if (value != NULL && value[0] != '\0')
		add(n, key, mem_strdup(value));
}

static char *
numbers(const float *v, int n)
{
	char text[NUM_TEXT_MAX];
	struct buf b;

	buf_init(&b, VALUE_MAX);
	for (int i = 0; i < n; i++) {
		(void)buf_adds(&b, i > 0 ? "," : "");
		(void)buf_adds(&b, num_float_text(text, v[i]));
	}
	return buf_steal(&b);
}

/* One a line, as in labels.txt. */
static int
add_labels(struct infer_notes *n, const struct infer *f)
{
	struct buf b;
	int rc = 0;

	if (f->nlabels == 0)
		return 0;
	buf_init(&b, VALUE_MAX);
	for (size_t i = 0; i < f->nlabels && rc >= 0; i++) {
		rc = buf_adds(&b, i > 0 ? "\n" : "");
		if (rc >= 0)
			rc = buf_adds(&b, f->labels[i]);
	}
	if (rc >= 0)
		add(n, "labels", buf_steal(&b));
	buf_clear(&b);
	return rc;
}

static void
add_mean(struct infer_notes *n, const struct infer *f)
{
	const struct transform *t = &f->transform;
	const size_t plane = (size_t)t->height * (size_t)t->width;
	float mean[4] = { 0 };

	if (t->nmean_value > 0) {
		add(n, "mean", numbers(t->mean_value, t->nmean_value));
		return;
	}
	if (t->mean == NULL || t->channels > 4)
		return;
	for (int c = 0; c < t->channels; c++) {
		double sum = 0;

		for (size_t i = 0; i < plane; i++)
			sum += (double)t->mean[(size_t)c * plane + i];
		mean[c] = (float)(sum / (double)plane);
	}
	add(n, "mean", numbers(mean, t->channels));
	add_text(n, "mean_image", "averaged");
}

static void
add_std(struct infer_notes *n, const struct infer *f)
{
	const double *std = f->transform.augment.std;
	float v[4];

	if (f->channels > 4 || !(std[0] > 0))
		return;
	for (int c = 0; c < f->channels; c++)
		v[c] = (float)std[c];
	add(n, "std", numbers(v, f->channels));
}

/* How a picture becomes the input. */
static void
add_preparation(
    struct infer_notes *n, const struct infer *f, bool prepared, bool mean)
{
	char scale[NUM_TEXT_MAX];

	if (f->channels != 1 && f->channels != 3)
		return;
	add_text(n, "input", prepared ? "image" : f->input);
	add_text(n, "channels",
	    f->channels == 1         ? "gray"
		: prepared || f->rgb ? "RGB"
				     : "BGR");
	add(n, "size", mem_printf("%dx%d", f->in_w, f->in_h));
	add(n, "resize_to", mem_printf("%dx%d", f->fit_w, f->fit_h));
	add_text(n, "resize", image_mode_name(f->mode));
	if (f->filter != IMAGE_BILINEAR)
		add_text(n, "interpolation", image_filter_name(f->filter));
	if (f->middle)
		add_text(n, "middle", "torchvision");
	if (f->pad_w > 0)
		add(n, "pad_to", mem_printf("%dx%d", f->pad_w, f->pad_h));
	add_text(n, "prepared", prepared ? "inside" : "outside");
	if (prepared)
		return;
	if (mean)
		add_text(n, "mean_image", "inside");
	else
		add_mean(n, f);
	if (f->transform.scale != 1)
		add_text(n, "scale", num_float_text(scale, f->transform.scale));
	add_std(n, f);
	if (f->transform.augment.whiten)
		add_text(n, "whiten", "true");
}

static const char *const box_words[][2] = {
	[BOXES_ROWS] = { "boxes: item, class, score, left, top, right, bottom, as shares of the picture; item -1 is none" },
	[BOXES_GRID] = { "coverage of each cell, of each class",
	    "boxes of each cell: left, top, right, bottom, from its corner, in pixels" },
};

/* Which lines of the labels the classes of boxes are: of rows that of class 0, of a
 * grid that of each map. */
static void
add_classes(
    struct infer_notes *n, const struct infer *f, struct boxes_form *form)
{
	Caffe__NetParameter *np = NULL;
	struct buf b;

	if (f->model->train_val != NULL &&
	    net_read(&np, f->model->train_val) < 0)
		np = NULL;
	boxes_form_classes(form, np, f->nlabels);
	caffe_msg_free(np);
	if (form->kind == BOXES_ROWS)
		add_text(n, "class_0", form->shifted ? "none" : "0");
	if (form->kind != BOXES_GRID || form->class_of == NULL)
		return;
	buf_init(&b, VALUE_MAX);
	for (int i = 0; i < form->classes; i++)
		(void)buf_printf(
		    &b, "%s%d", i > 0 ? "," : "", form->class_of[i]);
	add(n, "maps", buf_steal(&b));
}

/* The outputs that are boxes; how many. */
static int
add_boxes(struct infer_notes *n, const struct infer *f, const struct net *net)
{
	const char *blobs[BOXES_BLOBS];
	struct boxes_form form = { 0 };
	int k = 0;

	if (boxes_form_find(&form, net, false, false, blobs) > 0 &&
	    (form.kind == BOXES_ROWS || form.kind == BOXES_GRID)) {
		for (; k < form.blobs && k < 2; k++) {
			char *key = mem_printf("output.%s", blobs[k]);

			add_text(n, key, box_words[form.kind][k]);
			mem_free(key);
		}
		add_classes(n, f, &form);
		if (form.kind == BOXES_GRID && form.cell > 0)
			add(n, "cell", mem_printf("%g", form.cell));
	}
	boxes_form_clear(&form);
	return k;
}

/* Of the output that the net scores. */
static void
add_scores(struct infer_notes *n, const struct infer *f, const struct net *net)
{
	const char *task = f->model->info.task;
	const struct net_blob *b = net_score_blob(net);
	const struct shape *s =
	    b != NULL ? graph_shape(net->graph, b->tensor) : NULL;
	const bool sure = b != NULL && net_blob_is_probability(net, b);
	char *key;

	if (b == NULL)
		return;
	key = mem_printf("output.%s", b->name);
	if (net_blob_classes(net, b) > 1)
		add_text(n, key,
		    sure ? "probability of each class" : "score of each class");
	else if (sure && s->n == 4)
		add_text(n, key,
		    s->d[1] > 1 ? "probability of each class, of each pixel"
				: "probability of class 1, of each pixel");
	else if (task != NULL && strcmp(task, "segmentation") == 0)
		add_text(n, key, "score of each class, of each pixel");
	mem_free(key);
}

int
infer_notes_make(
    struct infer_notes *n, const struct infer *f, bool prepared, bool mean)
{
	const struct net_opts no = { .phase = CAFFE__PHASE__TEST,
		.classes = (int)f->nlabels };
	struct net *net = NULL;

	add_text(n, "task", f->model->info.task);
	add_preparation(n, f, prepared, mean);
	TRY(add_labels(n, f));
	TRY(net_new(&net, f->deploy, &no));
	if (add_boxes(n, f, net) == 0)
		add_scores(n, f, net);
	net_free(net);
	return 0;
}
