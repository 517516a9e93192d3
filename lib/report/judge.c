/*
 * What the best net of a training answers about pictures that it did not learn from:
 * counted, with the scores for curves, and the pictures of the worst mistakes.
 */
#include <math.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "infer/report.h"
#include "infer/stream.h"
#include "metric/top.h"
#include "report/inside.h"

enum {
	SCORES_MOST = 1 << 26, /* numbers that are kept */
	TOP = 5,
	THUMB = 128 /* pixels of a picture's longer side */
};

struct asking {
	struct report_answers *r;
	struct infer *infer;
	struct image scratch;
};

/* No larger than a thumb, RGB or grey. */
static int
thumb(struct image *out, const struct image *im, struct image *scratch)
{
	const int longer = im->width > im->height ? im->width : im->height;
	const double by = longer > THUMB ? (double)THUMB / longer : 1;
	const int w = (int)fmax(1, im->width * by);
	const int h = (int)fmax(1, im->height * by);

	return by < 1 ? image_resize(out, im, w, h, scratch)
		      : image_copy(out, im);
}

/* Where it belongs among them. */
static size_t
place_of(const struct report_answers *r, double confidence)
{
	size_t at = r->nshown;

	while (at > 0 && !(r->shown[at - 1].confidence >= confidence))
		at--;
	return at;
}

bool
report_shows(const struct report_answers *r, double confidence, size_t most)
{
	return place_of(r, confidence) < most;
}

static void
shown_clear(struct report_shown *s)
{
	mem_free(s->name);
	mem_free(s->words);
	image_clear(&s->im);
}

void
report_show(struct report_answers *r, struct report_shown *s, size_t most)
{
	const size_t at = place_of(r, s->confidence);

	if (at >= most) {
		shown_clear(s);
		return;
	}
	if (r->nshown == most)
		shown_clear(&r->shown[--r->nshown]);
	memmove(
	    r->shown + at + 1, r->shown + at, (r->nshown - at) * sizeof(*s));
	r->shown[at] = *s;
	r->nshown++;
}

static int
keep_mistake(struct asking *g, const struct answer *a, int answer)
{
	struct report_answers *r = g->r;
	const double confidence = (double)a->scores[answer];
	struct report_shown s = {
		.truth = a->truth, .answer = answer, .confidence = confidence
	};
	int rc;

	if (!report_shows(r, confidence, LENGTH(r->shown)) ||
	    a->picture == NULL)
		return 0;
	image_init(&s.im);
	rc = thumb(&s.im, a->picture, &g->scratch);
	if (rc < 0) {
		image_clear(&s.im);
		return rc;
	}
	s.name = mem_strdup(a->name);
	report_show(r, &s, LENGTH(r->shown));
	return 0;
}

static void
keep_scores(struct report_answers *r, const struct answer *a)
{
	const size_t c = r->confusion.classes;

	if (r->too_many || a->truth < 0 || (size_t)a->truth >= c)
		return;
	if ((r->n + 1) * c > SCORES_MOST) {
		r->too_many = true;
		return;
	}
	mem_grow(&r->scores, &r->cap, (r->n + 1) * c);
	mem_grow(&r->truth, &r->cap_truth, r->n + 1);
	memcpy(r->scores + r->n * c, a->scores, c * sizeof(*r->scores));
	r->truth[r->n++] = a->truth;
}

static int
on_answer(void *ctx, const struct answer *a)
{
	struct asking *g = ctx;
	struct report_answers *r = g->r;
	int order[TOP] = { 0 };
	size_t n;

	if (a->truth < 0 || a->n < 2 || !infer_scores_are_list(g->infer)) {
		r->other = true;
		return 0;
	}
	if (r->confusion.classes == 0)
		TRY(confusion_init(&r->confusion, a->n, true));
	if (r->confusion.classes != a->n)
		return err_set(ERR_FORMAT, "pictures of several sizes");
	n = top_indices(order, TOP, a->scores, a->n);
	keep_scores(r, a);
	if (confusion_add(&r->confusion, a->truth, order, n) &&
	    order[0] != a->truth)
		return keep_mistake(g, a, order[0]);
	return 0;
}

static int
on_bad(void *ctx, const char *name, int64_t record, const char *reason)
{
	struct asking *g = ctx;

	(void)name;
	(void)record;
	(void)reason;
	g->r->bad++; /* dset-show --verify names them */
	return 0;
}

int
report_ask(struct report_answers *r, const struct report_all *a)
{
	const struct html_report *o = a->o;
	const struct infer_opts io = {
		.epoch = a->best ? MODEL_BEST : MODEL_NEWEST,
		.device = o->device,
		.threads = o->threads,
	};
	struct asking g = { .r = r };
	struct stream s = { .threads = o->threads,
		.pictures = true,
		.context = -1,
		.answer = on_answer,
		.bad = on_bad,
		.ctx = &g };
	const char *const *labels;
	size_t nlabels;
	int rc;

	r->part = a->dset->db_path[DSET_TEST] != NULL ? DSET_TEST : DSET_VAL;
	s.db = a->dset->db_path[r->part];
	s.dset = a->dset;
	if (s.db == NULL)
		return err_set(ERR_MISSING,
		    "%s has neither a test nor a val part", a->dset->path);
	image_init(&g.scratch);
	rc = infer_open(&g.infer, o->model, &io);
	s.infer = g.infer;
	if (rc >= 0) {
		labels = infer_labels(g.infer, &nlabels);
		rc = report_same_classes(a->dset, labels, nlabels);
	}
	if (rc >= 0)
		rc = stream_run(&s);
	infer_close(g.infer);
	image_clear(&g.scratch);
	return rc;
}

void
report_answers_clear(struct report_answers *r)
{
	for (size_t i = 0; i < r->nshown; i++)
		shown_clear(&r->shown[i]);
	confusion_clear(&r->confusion);
	mem_free(r->scores);
	mem_free(r->truth);
}
