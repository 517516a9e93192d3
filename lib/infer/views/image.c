/*
 * The view of pictures: an output (N, 1 or 3, H, W) is one, as those of autoencoders and
 * of nets that enlarge, clean or colour.  Probabilities are 0 to 255 as shares of that,
 * other values as they are; --range LOW,HIGH says what black and white are instead.
 * Against the pictures of a data set the mean squared error of bytes, and
 *
 *	PSNR = 10 log10(255^2 / MSE)
 *
 * both over all pictures.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/num.h"
#include "dset/export/export.h"
#include "infer/report.h"
#include "infer/views/pictures.h"
#include "infer/views/view.h"
#include "json/line.h"
#include "nn/score.h"
#include "prog/gate.h"
#include "prog/line.h"

struct image_view {
	double low, high; /* what is black and white */
	bool asked;       /* as --range says */
	struct image im;
	uint64_t cut; /* values outside of these */
	double error; /* of the picture at work; NaN: not known */
	double squares;
	uint64_t n, pictures; /* values compared, and the pictures of them */
	uint64_t others;      /* truths of another shape */
};

enum { FIGURES = 2 };

static struct image_view *
state_of(struct infer_viewer *v)
{
	if (v->state == NULL) {
		struct image_view *s = mem_new(struct image_view);

		image_init(&s->im);
		v->state = s;
	}
	return v->state;
}

static bool
is_picture(const struct net *net, const struct net_blob *b)
{
	const struct shape *s = graph_shape(net->graph, b->tensor);

	return b->output && s->n == 4 && s->d[2] * s->d[3] > 1 &&
	    (s->d[1] == 1 || s->d[1] == 3);
}

static int
image_fits(struct infer_viewer *v, const struct net *net,
    const char *blobs[INFER_MORE], int *n)
{
	const struct net_blob *b = net_score_blob(net);
	struct image_view *s = state_of(v);

	*n = 0;
	for (int i = net->nblobs;
	     (b == NULL || !is_picture(net, b)) && i-- > 0;)
		b = &net->blobs[i];
	if (b == NULL || !is_picture(net, b))
		return 0;
	if (!s->asked) {
		s->low = 0;
		s->high = net_blob_is_probability(net, b) ? 1 : 255;
	}
	blobs[(*n)++] = b->name;
	return 1;
}

/* --range LOW,HIGH */
static int
take_range(struct image_view *s, const char *text)
{
	const size_t n = strcspn(text, ",");
	char *low = mem_strndup(text, n);
	int rc = 0;

	if (text[n] == '\0' || num_double(&s->low, low, -1e30, 1e30) < 0 ||
	    num_double(&s->high, text + n + 1, -1e30, 1e30) < 0 ||
	    !(s->low < s->high))
		rc = err_set(ERR_USAGE,
		    "--range %s: two numbers LOW,HIGH, the second of them greater",
		    text);
	s->asked = true;
	mem_free(low);
	return rc;
}

static void
image_values(const struct image_view *s, struct gate_value v[FIGURES])
{
	const double mse = s->n > 0 ? s->squares / (double)s->n : (double)NAN;

	v[0] = (struct gate_value){ "mse", mse };
	v[1] = (struct gate_value){ "psnr", 10 * log10(255.0 * 255.0 / mse) };
}

static int
image_begin(struct infer_viewer *v)
{
	struct gate_value values[FIGURES];
	struct gate g;

	if (v->o->range != NULL)
		TRY(take_range(state_of(v), v->o->range));
	if (v->o->per_class)
		return err_set(ERR_USAGE,
		    "--per-class is about classes: --view image shows pictures");
	if (v->o->require.n > 0 && v->stream->db == NULL)
		return err_set(ERR_USAGE,
		    "--require needs pictures to compare with: -d with a data set of pictures");
	image_values(state_of(v), values);
	for (size_t i = 0; i < v->o->require.n; i++) {
		TRY(gate_parse(&g, v->o->require.v[i]));
		if (gate_known(&g, values, FIGURES) < 0)
			return err_in(ERR_USAGE, "--require");
	}
	return 0;
}

static void
image_free(struct infer_viewer *v)
{
	struct image_view *s = v->state;

	if (s == NULL)
		return;
	image_clear(&s->im);
	mem_free(s);
}

static uint8_t
byte_of(struct image_view *s, float v)
{
	const double b = 255 * ((double)v - s->low) / (s->high - s->low);

	if (!(b > -0.5 && b < 255.5))
		s->cut++;
	return b > 0 ? (uint8_t)fmin(floor(b + 0.5), 255) : 0;
}

/* Outputs for a page, where nobody was asked what is white: 1 if all of the first
 * picture's are about 0 to 1, as those of nets are whose targets are scaled so. */
static void
guess_range(struct image_view *s, const float *p, size_t n)
{
	static const float slack = 0.5F;

	s->asked = true;
	for (size_t i = 0; i < n; i++)
		if (!(p[i] > -slack && p[i] < 1 + slack))
			return;
	s->low = 0;
	s->high = 1;
}

static int
make_picture(struct infer_viewer *v, const float *p, const struct shape *shape)
{
	struct image_view *s = v->state;
	const int c = (int)shape->d[shape->n - 3];
	const int h = (int)shape->d[shape->n - 2];
	const int w = (int)shape->d[shape->n - 1];
	const size_t plane = (size_t)h * (size_t)w;
	const bool rgb = infer_is_rgb(v->infer);

	TRY(image_resize_buffer(&s->im, w, h, c));
	for (int k = 0; k < c; k++)
		for (size_t i = 0; i < plane; i++)
			s->im.data[i * (size_t)c + (size_t)k] = byte_of(
			    s, p[(size_t)(rgb ? k : c - 1 - k) * plane + i]);
	return 0;
}

/* With the picture that the record says should come out. */
static int
compare(struct image_view *s, const struct value *label)
{
	struct image truth;
	size_t n;
	int rc;

	if (label == NULL || label->kind != VALUE_IMAGE)
		return 0;
	image_init(&truth);
	rc = label->blob != NULL
	    ? image_decode(&truth, label->blob, label->blob_len, "the target",
		  IMAGE_NO_EXIF, 0, 0)
	    : dset_value_image(&truth, label);
	n = (size_t)s->im.width * (size_t)s->im.height * (size_t)s->im.channels;
	if (rc >= 0 &&
	    (truth.width != s->im.width || truth.height != s->im.height ||
		truth.channels != s->im.channels)) {
		s->others++;
	} else if (rc >= 0) {
		double squares = 0;

		for (size_t i = 0; i < n; i++) {
			const double d = (double)truth.data[i] - s->im.data[i];

			squares += d * d;
		}
		s->error = sqrt(squares / (double)n);
		s->squares += squares;
		s->n += n;
		s->pictures++;
	}
	image_clear(&truth);
	return rc;
}

static int
print_answer(const struct image_view *s, const struct answer *a)
{
	struct line l = { stdout, prog_options()->format == PROG_FMT_TSV, 0 };
	struct json_line line;
	struct json_w *w;

	if (prog_options()->format != PROG_FMT_JSON) {
		line_cell(&l, "%s", a->name);
		line_cell(&l, "%d", s->im.width);
		line_cell(&l, "%d", s->im.height);
		line_end(&l);
		return 0;
	}
	w = json_line_begin(&line);
	json_w_kstr(w, "path", a->name);
	json_w_kint(w, "width", s->im.width);
	json_w_kint(w, "height", s->im.height);
	json_w_kint(w, "channels", s->im.channels);
	return json_line_end(&line, stdout);
}

static int
image_answer(struct infer_viewer *v, const struct answer *a)
{
	struct image_view *s = v->state;
	struct shape shape;
	const float *p = infer_more_of(v->infer, 0, a->place, &shape);
	char words[32];
	int rc;

	s->error = NAN;
	if (v->drawn != NULL && !s->asked)
		guess_range(s, p, shape_count(&shape));
	TRY(make_picture(v, p, &shape));
	rc = compare(s, a->label);
	if (rc == ERR_FORMAT) /* the target's fault; the others go on */
		rc = prog_bad(a->name, a->record, err_text(), 0);
	TRY(rc);
	if (!v->o->summary)
		TRY(print_answer(s, a));
	if (isnan(s->error))
		words[0] = '\0';
	else
		snprintf(words, sizeof(words), "RMSE %.1f of 255", s->error);
	return infer_viewer_draws(v)
	    ? infer_viewer_drawn(v, a, &s->im, 1 - s->error / 255, words)
	    : 0;
}

static int
print_figures(const struct image_view *s, const struct gate_value v[FIGURES])
{
	struct line l = { stdout, prog_options()->format == PROG_FMT_TSV, 0 };
	struct json_line line;
	struct json_w *w;

	if (prog_options()->format != PROG_FMT_JSON) {
		if (!l.tsv)
			line_cell(&l, "%s", NUM_COUNTED(s->pictures, "image"));
		for (size_t i = 0; i < FIGURES; i++) {
			if (!l.tsv) {
				line_cell(&l, "%s %.6g", v[i].name, v[i].value);
				continue;
			}
			line_cell(&l, "%s", v[i].name);
			line_cell(&l, "%.6g", v[i].value);
			line_end(&l);
		}
		if (!l.tsv)
			line_end(&l);
		return 0;
	}
	w = json_line_begin(&line);
	json_w_key(w, "summary");
	json_w_object(w);
	json_w_kint(w, "images", (int64_t)s->pictures);
	for (size_t i = 0; i < FIGURES; i++)
		json_w_knum(w, v[i].name, v[i].value);
	json_w_object_end(w);
	return json_line_end(&line, stdout);
}

static int
image_finish(struct infer_viewer *v)
{
	struct image_view *s = v->state;
	struct gate_value values[FIGURES];

	if (s->cut > 0)
		log_warn(
		    "cut off: %s outside of %g to %g, which are black and white (--range LOW,HIGH says others)",
		    NUM_COUNTED(s->cut, "value"), s->low, s->high);
	if (s->others > 0)
		log_warn(
		    "not compared, as the net's pictures have another shape: %s",
		    NUM_COUNTED(s->others, "target"));
	image_values(s, values);
	if (s->pictures > 0)
		TRY(print_figures(s, values));
	else if (v->o->require.n > 0)
		return err_set(ERR_USAGE,
		    "--require: there was no picture to compare with");
	return report_gates(v->o, values, FIGURES);
}

const struct infer_view infer_view_image = {
	.name = "image",
	.fits = image_fits,
	.wants = "a picture of 1 or 3 channels",
	.draws = true,
	.labels = true,
	.options = "batch output range",
	.begin = image_begin,
	.answer = image_answer,
	.finish = image_finish,
	.free = image_free,
};
