/*
 * The view of segmentation: the class of each pixel, in the size of the picture as it
 * was, as shares, pictures and masks; against the masks of a data set pixel accuracy,
 * IoU, Dice, and how well outlines are met.
 */
#include "infer/masks/view.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/num.h"
#include "dset/masks/records.h"
#include "file/file.h"
#include "infer/classes/matrix.h"
#include "infer/classes/figures.h"
#include "infer/classes/summary.h"
#include "infer/report.h"
#include "infer/views/pictures.h"
#include "json/json.h"
#include "nn/score.h"
#include "prog/gate.h"

static struct masks_view *
state_of(struct infer_viewer *v)
{
	if (v->state == NULL)
		v->state = mem_new(struct masks_view);
	return v->state;
}

static bool
is_map(const struct net *net, const struct net_blob *b)
{
	const struct shape *s = graph_shape(net->graph, b->tensor);

	return b->output && s->n == 4 && s->d[2] * s->d[3] > 1 &&
	    s->d[1] <= MASKS_CLASSES;
}

/* The output that is scored, or the last one that is a map; NULL: there is none. */
static const struct net_blob *
find_map(const struct net *net)
{
	const struct net_blob *b = net_score_blob(net);

	if (b != NULL && is_map(net, b))
		return b;
	for (int i = net->nblobs; i-- > 0;)
		if (is_map(net, &net->blobs[i]))
			return &net->blobs[i];
	return NULL;
}

static int
masks_fit(struct infer_viewer *v, const struct net *net,
    const char *blobs[INFER_MORE], int *n)
{
	struct masks_view *m = state_of(v);
	const struct net_blob *b = find_map(net);
	int64_t channels;

	*n = 0;
	if (b == NULL)
		return 0;
	channels = graph_shape(net->graph, b->tensor)->d[1];
	m->classes = channels > 1 ? (size_t)channels : 2;
	m->least = channels > 1               ? -INFINITY
	    : net_blob_is_probability(net, b) ? 0.5F
					      : 0;
	blobs[(*n)++] = b->name;
	return 1;
}

static void
masks_free(struct infer_viewer *v)
{
	struct masks_view *m = v->state;

	if (m == NULL)
		return;
	infer_pictures_free(m->files);
	image_clear(&m->mask);
	mem_free(m->depth);
	segment_clear(&m->figures);
	boundary_clear(&m->boundary);
	mem_free(m);
}

/* What needs truths that are masks, or NULL. */
static const char *
needs_truths(const struct report_opts *o)
{
	return o->confusion != NULL ? "--confusion"
	    : o->require.n > 0      ? "--require"
	    : o->per_class          ? "--per-class"
				    : NULL;
}

static int
no_truths(const struct report_opts *o)
{
	return err_set(ERR_USAGE,
	    "%s needs masks to compare with: -d with a data set for segmentation, or --db",
	    needs_truths(o));
}

void
masks_values(const struct masks_view *m, struct gate_value v[MASKS_FIGURES])
{
	const size_t n = segment_figures(&m->figures, v);

	v[n] = (struct gate_value){ "boundary", boundary_mean(&m->boundary) };
}

static int
check_gates(const struct masks_view *m, const struct report_opts *o)
{
	struct gate_value v[MASKS_FIGURES];
	struct gate g;

	masks_values(m, v);
	for (size_t i = 0; i < o->require.n; i++) {
		TRY(gate_parse(&g, o->require.v[i]));
		if (gate_known(&g, v, MASKS_FIGURES) < 0)
			return err_in(ERR_USAGE, "--require");
	}
	return 0;
}

/* The colours that the model was trained with, from its info.json. */
static int
model_palette(const struct infer *f, uint32_t out[256])
{
	const char *text = model_info_find(&infer_model(f)->info, "palette");
	struct json *j = NULL;
	const struct json *one;
	int n = 0;

	if (text == NULL || json_parse(&j, text, strlen(text), "palette") < 0)
		return 0;
	for (one = json_first(j); one != NULL && n < 256;
	     one = json_next(one)) {
		const char *s = json_text(one);
		char end;

		if (s == NULL ||
		    sscanf(s, "#%6" SCNx32 "%c", &out[n], &end) != 1)
			break;
		n++;
	}
	json_free(j);
	return n;
}

static void
choose_colours(struct masks_view *m)
{
	const struct dset *d = m->v->stream->dset;
	uint32_t own[256];
	const int nown = model_palette(m->v->infer, own);
	const int n = d != NULL && d->npalette > 0 ? d->npalette : nown;
	const uint32_t *from = d != NULL && d->npalette > 0 ? d->palette : own;

	for (int i = 0; i < nown && i < n && (size_t)i < m->classes; i++)
		if (own[i] != from[i]) {
			log_warn(
			    "class %d has another colour in %s than in the model: the data set's are used",
			    i, d->path);
			break;
		}
	for (int i = 0; i < 256; i++)
		m->colour[i] = dset_mask_colour(from, n, i);
}

static int
masks_begin(struct infer_viewer *v)
{
	struct masks_view *m = state_of(v);

	m->v = v;
	image_init(&m->mask);
	if (needs_truths(v->o) != NULL && v->stream->db == NULL)
		return no_truths(v->o);
	TRY(check_gates(m, v->o));
	choose_colours(m);
	return v->o->masks != NULL ? infer_pictures_new(&m->files, v->o->masks)
				   : 0;
}

/* Bytes as the integers that metrics take; the caller's. */
static int32_t *
labels_of(const struct image *im)
{
	const size_t n = (size_t)im->width * (size_t)im->height;
	int32_t *v = mem_array(int32_t, n + 1);

	for (size_t i = 0; i < n; i++)
		v[i] = im->data[i];
	return v;
}

/* With the first mask: the net may be made with the first picture only. */
static int
begin_counting(struct masks_view *m)
{
	m->counting = true;
	TRY(segment_init(
	    &m->figures, m->classes, MASKS_NONE, m->v->o->confusion != NULL));
	return boundary_init(&m->boundary, m->classes, MASKS_NONE);
}

/* The mean, over the classes that one of the masks has, of one picture. */
static double
iou_of(const int32_t *truth, const int32_t *answer, size_t n)
{
	uint64_t both[MASKS_CLASSES] = { 0 }, any[MASKS_CLASSES] = { 0 };
	double sum = 0;
	int classes = 0;

	for (size_t i = 0; i < n; i++) {
		const int32_t t = truth[i], a = answer[i];

		if (t < 0 || t >= MASKS_CLASSES)
			continue;
		any[t]++;
		both[t] += t == a;
		if (a != t && a >= 0 && a < MASKS_CLASSES)
			any[a]++;
	}
	for (int i = 0; i < MASKS_CLASSES; i++)
		if (any[i] > 0) {
			sum += (double)both[i] / (double)any[i];
			classes++;
		}
	return classes > 0 ? sum / classes : NAN;
}

static int
compare(struct masks_view *m, const struct image *truth)
{
	const struct image *mask = &m->mask;
	int32_t *t, *a;
	int rc;

	if (truth->width != mask->width || truth->height != mask->height)
		return err_set(ERR_FORMAT,
		    "its mask has %dx%d pixels, and the picture %dx%d",
		    truth->width, truth->height, mask->width, mask->height);
	if (!m->counting)
		TRY(begin_counting(m));
	t = labels_of(truth);
	a = labels_of(mask);
	segment_add(
	    &m->figures, t, a, (size_t)mask->width * (size_t)mask->height);
	m->iou = iou_of(t, a, (size_t)mask->width * (size_t)mask->height);
	rc = boundary_add(&m->boundary, t, a, mask->width, mask->height,
	    boundary_tolerance(mask->width, mask->height));
	mem_free(t);
	mem_free(a);
	return rc;
}

/* Against the mask that the record has. */
static int
count_answer(struct masks_view *m, const struct answer *a)
{
	struct record r = { .n = RECORD_LABEL + 1 };
	struct image truth;
	int rc;

	if (a->label == NULL || a->label->kind != VALUE_IMAGE)
		return needs_truths(m->v->o) != NULL ? no_truths(m->v->o) : 0;
	r.v[RECORD_LABEL] = *a->label;
	image_init(&truth);
	rc = dset_mask_image(&truth, &r);
	if (rc >= 0)
		rc = compare(m, &truth);
	image_clear(&truth);
	return rc == ERR_FORMAT ? prog_bad(a->name, a->record, err_text(), 0)
				: rc;
}

static int
draw_answer(
    struct infer_viewer *v, struct masks_view *m, const struct answer *a)
{
	char words[32];
	struct image drawn;
	int rc;

	image_init(&drawn);
	rc = masks_draw(&drawn, m, a->picture);
	if (isnan(m->iou))
		words[0] = '\0';
	else
		snprintf(
		    words, sizeof(words), "mean IoU %.1f %%", 100 * m->iou);
	if (rc >= 0)
		rc = infer_viewer_drawn(v, a, &drawn, m->iou, words);
	image_clear(&drawn);
	return rc;
}

/* The mask as a PNG of indices. */
static int
write_mask(struct masks_view *m, const struct answer *a)
{
	uint8_t rgb[3 * IMAGE_COLOURS];
	char *path = NULL;
	struct buf b;
	int rc;

	for (int i = 0; i < 3 * IMAGE_COLOURS; i++)
		rgb[i] = (uint8_t)(m->colour[i / 3] >> (16 - 8 * (i % 3)));
	buf_init(&b, SIZE_MAX);
	rc = image_encode_indexed(&b, &m->mask, rgb, IMAGE_COLOURS);
	if (rc >= 0)
		rc = infer_pictures_path(
		    &path, m->files, NULL, a->name, "", ".png");
	if (rc >= 0)
		rc = file_write(path, b.data, b.len, 0);
	buf_clear(&b);
	mem_free(path);
	return rc;
}

static bool
has_nan(const float *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (isnan(v[i]))
			return true;
	return false;
}

static int
masks_answer(struct infer_viewer *v, const struct answer *a)
{
	struct masks_view *m = v->state;
	struct shape s;
	const float *scores = infer_more_of(v->infer, 0, a->place, &s);

	TRY(masks_take(m, a, scores, (int)s.d[s.n - 2], (int)s.d[s.n - 1]));
	m->nan = (a->piece > 0 && m->nan) || has_nan(scores, shape_count(&s));
	if (a->piece + 1 < a->pieces)
		return 0;
	m->nans += m->nan;
	m->iou = NAN;
	TRY(count_answer(m, a));
	if (!v->o->summary)
		TRY(masks_print(m, a));
	if (m->files != NULL)
		TRY(write_mask(m, a));
	return infer_viewer_draws(v) ? draw_answer(v, m, a) : 0;
}

static int
write_matrix(const struct masks_view *m)
{
	const struct summary s = { .o = m->v->o,
		.infer = m->v->infer,
		.confusion = m->figures.pixels };

	return summary_write_files(&s);
}

static int
masks_finish(struct infer_viewer *v)
{
	struct masks_view *m = v->state;
	struct gate_value values[MASKS_FIGURES];

	if (m->nans > 0)
		log_warn(
		    "the net's scores are no numbers (NaN) in %s: the classes of such pixels say nothing",
		    NUM_COUNTED(m->nans, "picture"));
	if (!m->counting && needs_truths(v->o) != NULL)
		return no_truths(v->o);
	TRY(infer_pictures_commit(m->files));
	if (!m->counting)
		return 0;
	if (m->figures.pixels.outside > 0)
		log_warn(
		    "not counted, as the model does not have their class: %s",
		    NUM_COUNTED(m->figures.pixels.outside, "pixel"));
	TRY(masks_print_figures(m));
	TRY(write_matrix(m));
	masks_values(m, values);
	return report_gates(v->o, values, MASKS_FIGURES);
}

const struct infer_view infer_view_segmentation = {
	.name = "segmentation",
	.fits = masks_fit,
	.wants = "a map of classes",
	.pieces = true,
	.draws = true,
	.labels = true,
	.options =
	    "batch output opacity line confusion top masks legend contour tile overlap",
	.begin = masks_begin,
	.answer = masks_answer,
	.finish = masks_finish,
	.free = masks_free,
};
