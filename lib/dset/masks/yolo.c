/* Outlines of YOLO's label files: see coco.h. */
#include <stdio.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/num.h"
#include "dset/boxes/boxes.h"
#include "dset/boxes/yolo.h"
#include "dset/masks/coco.h"
#include "dset/masks/outlines.h"

struct reading {
	struct buf *out;
	struct dset_masks *m;
	struct dset_yolo_words *words;
};

/* The class of a number: that of its name, or without names its number, and one
 * more for class 0, what is no object. */
static int
class_of(
    int32_t *class, const struct dset_page *p, struct dset_masks *m, int64_t n)
{
	char number[NUM_TEXT_MAX];
	int rc = 1;

	if (p->names == NULL)
		for (int64_t i = 0; rc > 0 && i <= n; i++) {
			snprintf(number, sizeof number, "%lld", (long long)i);
			rc = dset_masks_class(class, m, number);
		}
	else
		rc = dset_masks_class(class, m, p->names[n]);
	if (rc == 0) {
		dset_masks_other(m, p->names != NULL ? p->names[n] : number);
		*class = MASK_IGNORED;
	}
	return rc < 0 ? rc : 0;
}

static int
read_line(struct dset_boxes *none, struct dset_page *p, char *line, void *ctx)
{
	const struct reading *r = ctx;
	struct dset_yolo_words *w = r->words;
	int32_t class = 0;
	int64_t number;

	(void)none;
	TRY(dset_yolo_line(w, line));
	if (w->n == 0)
		return 0;
	if (w->n == 4)
		return err_set(ERR_FORMAT,
		    "a box, where a mask wants the points of a polygon");
	TRY(dset_yolo_number(&number, p, w->word[0]));
	TRY(class_of(&class, p, r->m, number));
	for (size_t i = 0; i < w->n; i++)
		w->v[i] *= i % 2 == 0 ? p->width : p->height;
	return dset_outline_polygon(
	    r->out, class, false, w->v, w->n / 2, p->width, p->height);
}

int
dset_masks_yolo(struct buf *out, const char *text, size_t len, int w, int h,
    char *const *names, size_t nnames, struct dset_masks *m, int64_t *line)
{
	struct dset_page p = { .text = text,
		.len = len,
		.width = w,
		.height = h,
		.names = names,
		.nnames = nnames,
		.line = -1 };
	struct reading r = { out, m, dset_yolo_words_new() };
	int rc = dset_page_lines(NULL, &p, read_line, &r);

	dset_yolo_words_free(r.words);
	*line = p.line;
	return rc;
}
