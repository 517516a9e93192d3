/*
 * Boxes, masks and pictures that the best net of a training makes of pictures that it
 * did not learn from, beside the true ones: the views of model-infer, whose drawings
 * are kept where they are worst.
 */
#include <math.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/num.h"
#include "dset/boxes/rows.h"
#include "dset/export/draw.h"
#include "dset/masks/records.h"
#include "dset/targets/records.h"
#include "image/drawing/sheet.h"
#include "infer/report.h"
#include "infer/stream.h"
#include "infer/views/view.h"
#include "report/inside.h"

enum {
	MOST = 12,  /* pictures that are shown */
	SMALL = 96, /* small ones are enlarged up to this */
	PARTS = 3   /* of one */
};

/* In the order of INFER_VIEWS. */
enum { VIEW_BOXES = 1, VIEW_MASKS, VIEW_IMAGE };

struct task {
	const char *name;
	int view;
	int side;           /* pixels of each part */
	const char *beside; /* what stands where */
};

static const struct task tasks[] = {
	{ "detection", VIEW_BOXES, 300,
	    "Left the true boxes, right those that were found" },
	{ "segmentation", VIEW_MASKS, 220,
	    "Left the true classes, right those that were found" },
	{ "image", VIEW_IMAGE, 144,
	    "From left to right what was shown to the net, what should come out, and what did" },
};

struct looking {
	struct report_answers *r;
	const struct dset *d;
	const struct task *task;
	struct infer_viewer viewer;
};

/* What the data set is for, or NULL. */
static const struct task *
task_of(const struct report_all *a)
{
	for (size_t i = 0; i < LENGTH(tasks); i++)
		if (strcmp(a->dset->task, tasks[i].name) == 0)
			return &tasks[i];
	return NULL;
}

bool
report_looks(const struct report_all *a)
{
	return task_of(a) != NULL;
}

/* What is true of the picture at the size of im, the drawing of what was found: boxes
 * are moved along, so that they are drawn as those are. */
static int
draw_boxes(struct image *out, const struct looking *g, const struct answer *a,
    const struct image *im)
{
	struct record r = { .n = RECORD_LABEL + 1 };
	struct value *v = &r.v[RECORD_LABEL];
	const double by = (double)im->width / a->picture->width;
	const size_t n = value_count(a->label);
	float *rows;
	int rc;

	if (a->label->floats == NULL)
		return image_copy(out, im);
	rows = mem_array(float, n + 1);
	memcpy(rows, a->label->floats, n * sizeof(*rows));
	for (size_t i = ROW_NUMBERS; i < n; i++)
		if (i % ROW_NUMBERS <= ROW_HEIGHT)
			rows[i] *= (float)by;
	*v = *a->label;
	v->floats = rows;
	rc = by > 1
	    ? image_enlarge(out, a->picture, (int)by)
	    : image_resize(out, a->picture, im->width, im->height, NULL);
	if (rc >= 0)
		rc = dset_draw(out, &r, g->d);
	mem_free(rows);
	return rc;
}

static int
draw_masks(struct image *out, const struct looking *g, const struct answer *a)
{
	struct record r = { .n = RECORD_LABEL + 1 };

	r.v[RECORD_LABEL] = *a->label;
	TRY(image_copy(out, a->picture));
	return dset_draw(out, &r, g->d);
}

static int
copy_target(struct image *out, const struct answer *a)
{
	struct record r = { .n = RECORD_LABEL + 1 };

	r.v[RECORD_LABEL] = *a->label;
	return dset_target_image(out, &r);
}

/* What is true, and what was made of it, beside each other: n pictures. */
static int
side_by_side(struct image *out, struct looking *g, const struct answer *a,
    const struct image *im)
{
	struct image part[PARTS];
	const struct image *v[PARTS];
	int n = 0, rc;

	for (int i = 0; i < PARTS; i++) {
		image_init(&part[i]);
		v[i] = &part[i];
	}
	switch (g->task->view) {
	case VIEW_BOXES: rc = draw_boxes(&part[n++], g, a, im); break;
	case VIEW_MASKS: rc = draw_masks(&part[n++], g, a); break;
	default:
		rc = image_copy(&part[n++], a->picture);
		if (rc >= 0)
			rc = copy_target(&part[n++], a);
	}
	if (rc >= 0)
		rc = image_copy(&part[n++], im);
	for (int i = 0; i < n && rc >= 0; i++)
		rc = image_sheet_enlarge(&part[i], SMALL);
	if (rc >= 0)
		rc = image_sheet(out, v, NULL, (size_t)n, n, g->task->side);
	for (int i = 0; i < PARTS; i++)
		image_clear(&part[i]);
	return rc;
}

static int
on_drawn(void *ctx, const struct answer *a, const struct image *im,
    double right, const char *words)
{
	struct looking *g = ctx;
	struct report_shown s = { .confidence = isnan(right) ? 0 : 1 - right };
	int rc;

	g->r->seen++;
	if (a->picture == NULL || a->label == NULL ||
	    !report_shows(g->r, s.confidence, MOST))
		return 0;
	image_init(&s.im);
	rc = side_by_side(&s.im, g, a, im);
	if (rc < 0) {
		image_clear(&s.im);
		return rc;
	}
	s.name = mem_strdup(a->name);
	s.words = mem_strdup(words);
	report_show(g->r, &s, MOST);
	return 0;
}

static int
on_answer(void *ctx, const struct answer *a)
{
	struct looking *g = ctx;

	return infer_viewer_answer(&g->viewer, a);
}

static int
on_bad(void *ctx, const char *name, int64_t record, const char *reason)
{
	struct looking *g = ctx;

	(void)name;
	(void)record;
	(void)reason;
	g->r->bad++; /* dset-show --verify names them */
	return 0;
}

static int
run(struct looking *g, struct stream *s)
{
	struct infer_viewer *v = &g->viewer;

	v->infer = s->infer;
	v->labels = infer_labels(v->infer, &v->nlabels);
	TRY(report_same_classes(g->d, v->labels, v->nlabels));
	TRY(infer_viewer_begin(v));
	return stream_run(s);
}

int
report_look(struct report_answers *r, const struct report_all *a)
{
	const struct task *task = task_of(a);
	struct report_opts ro = {
		.summary = true, .threshold = -1, .view = task->view
	};
	struct looking g = { .r = r, .d = a->dset, .task = task };
	struct infer_opts io = { .epoch = a->best ? MODEL_BEST : MODEL_NEWEST,
		.device = a->o->device,
		.threads = a->o->threads,
		.more = infer_viewer_blobs,
		.more_ctx = &g.viewer };
	struct stream s = { .threads = a->o->threads,
		.pictures = true,
		.labels = true,
		.context = -1,
		.dset = a->dset,
		.answer = on_answer,
		.bad = on_bad,
		.ctx = &g };
	int rc;

	r->part = a->dset->db_path[DSET_TEST] != NULL ? DSET_TEST : DSET_VAL;
	s.db = a->dset->db_path[r->part];
	if (s.db == NULL)
		return err_set(ERR_MISSING,
		    "%s has neither a test nor a val part", a->dset->path);
	g.viewer = (struct infer_viewer){ .o = &ro,
		.stream = &s,
		.drawn = on_drawn,
		.drawn_ctx = &g,
		.side = task->side };
	rc = infer_open(&s.infer, a->o->model, &io);
	if (rc >= 0)
		rc = run(&g, &s);
	infer_viewer_clear(&g.viewer);
	infer_close(s.infer);
	return rc;
}

/* The colours of masks, but for what is left as it is. */
static void
legend(struct page *p, const struct dset *d)
{
	page_put(p, "<p class=\"key\">");
	for (size_t i = 1; i < d->nlabels && i < MASK_IGNORED; i++) {
		page_put(p, "<span><i style=\"background:#%06x\"></i>",
		    (unsigned)dset_mask_colour(
			d->palette, d->npalette, (int)i));
		page_text(p, d->labels[i]);
		page_put(p, "</span> ");
	}
	page_put(p, "</p>\n");
}

void
report_pictures(
    struct page *p, const struct report_all *a, const struct report_answers *r)
{
	const struct task *task = task_of(a);

	if (task == NULL || r->nshown == 0)
		return;
	page_put(p, "<h3>");
	page_text(p, r->seen > r->nshown ? "Worst pictures" : "Pictures");
	page_put(p, "</h3>\n");
	page_line(p, "%s; of the %s of the %s part%s.", task->beside,
	    NUM_COUNTED(r->seen, "picture"), dset_part_name(r->part),
	    a->best ? ", by the best snapshot" : "");
	if (r->bad > 0)
		page_line(p, "%s could not be read.",
		    NUM_COUNTED(r->bad, "other record"));
	if (task->view == VIEW_MASKS)
		legend(p, a->dset);
	page_put(p, "<div>\n");
	for (size_t i = 0; i < r->nshown; i++) {
		const struct report_shown *s = &r->shown[i];
		char *alt = mem_printf("record %s, true and found", s->name);

		page_picture(p, &s->im, true, 1, alt, s->words);
		mem_free(alt);
	}
	page_put(p, "</div>\n");
}
