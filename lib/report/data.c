/* The data set of a training, for a page: parts, classes, some pictures, the mean. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/num.h"
#include "dset/export/export.h"
#include "dset/survey.h"
#include "image/draw.h"
#include "report/inside.h"

enum {
	SAMPLES = 48,
	MONTAGE_SIDE = 1000, /* pixels, more are shrunk */
	BARS_MOST = 200,     /* classes that get a bar */
	ROW = 18,
	NAMES = 150,
	LONGEST = 420,
	FONT = 12,
	INK = 0x222222
};

struct counts {
	uint64_t *v; /* of the classes */
	size_t n;
	uint64_t records;
};

static void
count(struct counts *c, const struct dset *d, enum dset_part part)
{
	struct dset_survey_options o = { .part = part, .threads = 1 };
	struct dset_survey s = { .records = 0 };
	struct record_db *db;

	if (d->db_path[part] == NULL || dset_open_part(&db, d, part) < 0)
		return;
	if (dset_survey_make(&s, db, &o) >= 0) {
		c->records = s.records;
		c->n = s.nlabels;
		c->v = mem_array(uint64_t, s.nlabels + 1);
		memcpy(c->v, s.per_label, s.nlabels * sizeof(*c->v));
	}
	dset_survey_clear(&s);
	record_db_close(db);
}

static uint64_t
of(const struct counts *c, size_t class)
{
	return class < c->n ? c->v[class] : 0;
}

/* One bar a class: train, behind it the others. */
static int
bars(struct buf *b, const struct report_all *a,
    const struct counts c[DSET_PARTS], size_t classes)
{
	struct draw *d;
	uint64_t most = 1;

	for (size_t i = 0; i < classes; i++) {
		uint64_t sum = 0;

		for (int k = 0; k < DSET_PARTS; k++)
			sum += of(&c[k], i);
		most = sum > most ? sum : most;
	}
	TRY(draw_svg(
	    &d, NAMES + LONGEST + 160, ROW * (double)(classes + 2), 1));
	for (size_t i = 0; i < classes; i++) {
		const double y = ROW * (double)i + 2;
		double x = NAMES + 8;
		char number[24], text[3 * 24 + 8] = "";
		char *name = draw_text_cut(
		    d, FONT, NAMES - 4, report_class(a, i, number));

		draw_text(
		    d, NAMES, y + ROW * 0.66, FONT, DRAW_RIGHT, INK, name);
		mem_free(name);
		for (int k = 0; k < DSET_PARTS; k++) {
			const double w =
			    LONGEST * (double)of(&c[k], i) / (double)most;
			size_t at = strlen(text);

			if (c[k].records == 0)
				continue;
			draw_fill(
			    d, x, y, w, ROW - 5, draw_safe_colour((unsigned)k));
			x += w;
			snprintf(text + at, sizeof(text) - at, "%s%" PRIu64,
			    at > 0 ? " + " : "", of(&c[k], i));
		}
		draw_text(d, x + 6, y + ROW * 0.66, FONT, DRAW_LEFT, INK, text);
	}
	for (int k = 0, x = NAMES + 8; k < DSET_PARTS; k++) {
		if (c[k].records == 0)
			continue;
		draw_fill(d, x, ROW * (double)classes + ROW * 0.6, 12, 12,
		    draw_safe_colour((unsigned)k));
		draw_text(d, x + 17, ROW * (double)classes + ROW * 0.6 + 11,
		    FONT, DRAW_LEFT, INK, dset_part_name((enum dset_part)k));
		x += 70;
	}
	return draw_svg_end(b, &d);
}

static void
histogram(struct page *p, const struct report_all *a,
    const struct counts c[DSET_PARTS])
{
	size_t classes = a->dset->nlabels;
	struct buf b;
	int rc;

	for (int k = 0; k < DSET_PARTS; k++)
		classes = c[k].n > classes ? c[k].n : classes;
	if (classes < 2 || strcmp(a->dset->task, "classification") != 0)
		return;
	if (classes > BARS_MOST) {
		page_line(p, "%zu classes, of which the first %d are shown.",
		    classes, BARS_MOST);
		classes = BARS_MOST;
	}
	buf_init(&b, 1 << 24);
	rc = bars(&b, a, c, classes);
	if (rc >= 0)
		page_drawing(p, &b, true, "Images of each class",
		    "Images of each class");
	else if (p->rc >= 0)
		p->rc = rc;
	buf_clear(&b);
}

static void
montage(struct page *p, const struct report_all *a)
{
	const struct dset_pick pick = { .part = DSET_TRAIN,
		.label = -1,
		.count = SAMPLES,
		.threads = a->o->threads };
	struct image im, small, scratch;
	double by;

	image_init(&im);
	image_init(&small);
	image_init(&scratch);
	if (a->dset->db_path[DSET_TRAIN] != NULL &&
	    dset_montage_image(&im, a->dset, &pick) >= 0) {
		by = fmin(1, (double)MONTAGE_SIDE / im.width);
		if (by < 1 &&
		    image_resize(&small, &im, MONTAGE_SIDE,
			(int)fmax(1, im.height * by), &scratch) >= 0)
			page_picture(p, &small, true, 1,
			    "records of the train part",
			    "The first records of the train part");
		else
			page_picture(p, &im, false, 1,
			    "records of the train part",
			    "The first records of the train part");
	}
	image_clear(&scratch);
	image_clear(&small);
	image_clear(&im);
}

static void
mean(struct page *p, const struct report_all *a)
{
	char *path = mem_printf("%s/mean.png", a->dset->path);
	struct image im;

	image_init(&im);
	if (image_read(&im, path, 0) >= 0 && im.width <= MONTAGE_SIDE)
		page_picture(p, &im, false, im.width <= 64 ? 2 : 1,
		    "mean of all pictures", "Their mean");
	image_clear(&im);
	mem_free(path);
}

void
report_data(struct page *p, const struct report_all *a)
{
	const struct dset *d = a->dset;
	struct counts c[DSET_PARTS] = { { .n = 0 } };

	page_section(p, "Data");
	if (d == NULL) {
		page_line(p, "Not shown: %s.", a->why_no_dset);
		page_section_end(p);
		return;
	}
	page_pairs(p);
	page_pair(p, "Folder", "%s", d->path);
	page_pair(p, "Task", "%s", d->task);
	if (d->width > 0)
		page_pair(p, "Pictures", "%d x %d, %s", d->width, d->height,
		    d->channels == 1 ? "gray" : "colour");
	for (int k = 0; k < DSET_PARTS; k++) {
		count(&c[k], d, (enum dset_part)k);
		if (c[k].records > 0)
			page_pair(p, dset_part_name((enum dset_part)k), "%s",
			    NUM_COUNTED(c[k].records, "record"));
	}
	page_pairs_end(p);
	histogram(p, a, c);
	montage(p, a);
	mean(p, a);
	page_section_end(p);
	for (int k = 0; k < DSET_PARTS; k++)
		mem_free(c[k].v);
}
