/*
 * Detection: any number of boxes for each picture.  A record has them as DIGITS
 * writes them, (1, most + 1, 16) floats, where most is the greatest number of boxes
 * of any picture of its part.  Row 0 is the number of boxes, 16, and zeros; then
 * come the boxes, that with the greatest z first, and rows of zeros:
 *
 *	left top width height alpha class aside rotation_y
 *	truncated occluded length width height x y z
 *
 * in pixels of the record.  Smaller boxes of the validation than --min-box, as
 * they were before resizing, have the class of "dontcare".  So have boxes that
 * are marked as difficult or a crowd; aside, 0 in DIGITS, is then their class.
 */
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/num.h"
#include "dset/boxes/detect.h"
#include "dset/create.h"
#include "dset/plan/plan.h"
#include "dset/sources/source.h"
#include "dset/table.h"
#include "dset/tasks/task.h"
#include "file/quote.h"

enum { SLIP = 2 }; /* boxes of fewer pixels are hardly meant */

static const struct dset_source *const sources[] = { &dset_source_boxes, NULL };

static const struct dset_box *
boxes_of(size_t *n, const struct dset_sample *s)
{
	*n = s->values[0].blob_len / sizeof(struct dset_box);
	return (const struct dset_box *)(const void *)s->values[0].blob;
}

static bool
too_small(
    const struct dset_detect *d, enum dset_part part, const struct dset_box *b)
{
	int least = d->o->min_box;

	return part != DSET_TRAIN &&
	    (b->right - b->left < least || b->bottom - b->top < least);
}

static int32_t
class_of(
    const struct dset_detect *d, enum dset_part part, const struct dset_box *b)
{
	if ((b->aside && !d->o->difficult) || too_small(d, part, b))
		return d->rank[d->dontcare];
	return d->rank[b->class];
}

/* Classes that were asked for, by a name that no box has. */
static void
warn_empty(const struct dset_plan *p)
{
	const struct dset_detect *d = p->detect;
	bool *seen = mem_array(bool, d->n);
	const struct dset_box *v;
	size_t n, i, k;

	for (int part = 0; part < DSET_PARTS; part++)
		for (i = 0; i < p->n[part]; i++) {
			v = boxes_of(&n, &p->part[part][i]);
			for (k = 0; k < n; k++)
				seen[v[k].class] = true;
		}
	for (i = 0; i < d->n; i++)
		if (!seen[i] && (int32_t)i != d->dontcare)
			log_warn("no box is of class \"%s\"", d->names[i]);
	mem_free(seen);
}

/* Boxes to be learnt of a pixel or so.  Losses that make objects equal by their size
 * give one of these the weight of hundreds. */
static void
warn_slips(const struct dset_plan *p)
{
	const struct dset_detect *d = p->detect;
	const char *first = NULL;
	uint64_t slips = 0;

	for (size_t i = 0; i < p->n[DSET_TRAIN]; i++) {
		const struct dset_sample *s = &p->part[DSET_TRAIN][i];
		size_t n;
		const struct dset_box *v = boxes_of(&n, s);

		for (size_t k = 0; k < n; k++) {
			if (class_of(d, DSET_TRAIN, &v[k]) ==
				d->rank[d->dontcare] ||
			    (v[k].right - v[k].left >= SLIP &&
				v[k].bottom - v[k].top >= SLIP))
				continue;
			first = slips++ == 0 ? s->path : first;
		}
	}
	if (slips > 0)
		log_warn(
		    "%s: %llu %s for training %s less than %d pixels wide or high, the first in this picture",
		    first, (unsigned long long)slips,
		    num_plural(slips, "box", "boxes"),
		    num_plural(slips, "is", "are"), (int)SLIP);
}

/* Names, and how many rows the records of each part have. */
static int
boxes_settle(struct dset_plan *p, const struct dset_plan_options *o)
{
	struct dset_detect *d = p->detect;
	const struct dset_box *v;
	uint64_t small = 0;
	size_t n, i, k, most = 0;
	int part;

	(void)o;
	dset_detect_end(d, &p->labels, &p->nlabels);
	for (part = 0; part < DSET_PARTS; part++)
		for (i = 0; i < p->n[part]; i++) {
			v = boxes_of(&n, &p->part[part][i]);
			d->rows[part] = n > d->rows[part] ? n : d->rows[part];
			most = n > most ? n : most;
			for (k = 0; k < n; k++)
				small +=
				    too_small(d, (enum dset_part)part, &v[k]);
		}
	for (part = 0; d->o->same_rows && part < DSET_PARTS; part++)
		d->rows[part] = most;
	if (most == 0)
		log_warn("none of the pictures has a box");
	else if (d->o->classes != NULL)
		warn_empty(p);
	if (small > 0)
		log_warn(
		    "%llu %s for validation %s smaller than %d pixels and so dontcare (--min-box)",
		    (unsigned long long)small,
		    num_plural(small, "box", "boxes"),
		    num_plural(small, "is", "are"), d->o->min_box);
	warn_slips(p);
	return 0;
}

static int
boxes_columns(struct record_column *out, const struct dset_plan *p,
    const struct record_column *picture)
{
	const size_t *rows = p->detect->rows;
	bool same = true;

	(void)picture;
	for (int part = 1; part < DSET_PARTS; part++)
		same &= p->n[part] == 0 || rows[part] == rows[DSET_TRAIN];
	*out = (struct record_column){ .name = "label", .kind = VALUE_BOXES };
	if (same) {
		out->channels = 1;
		out->height = (int)rows[DSET_TRAIN] + 1;
		out->width = BOX_NUMBERS;
	}
	return 1;
}

/* From the pixels of the file to those of the record. */
static struct image_place
place_of(const struct dset_fit *f)
{
	return image_fit_place(f->pad_width, f->pad_height, f->picture->width,
	    f->picture->height, f->mode);
}

static void
put_row(float *row, const struct dset_box *b, const struct image_place *p,
    const struct dset_detect *d, enum dset_part part)
{
	const double v[BOX_NUMBERS] = { b->left * p->scale_x + p->left,
		b->top * p->scale_y + p->top, (b->right - b->left) * p->scale_x,
		(b->bottom - b->top) * p->scale_y, b->alpha,
		class_of(d, part, b),
		b->aside && !d->o->difficult ? d->rank[b->class] : 0,
		b->rotation_y, b->truncated, b->occluded, b->length, b->width,
		b->height, b->x, b->y, b->z };

	for (int i = 0; i < BOX_NUMBERS; i++)
		row[i] = (float)v[i];
}

struct ordered {
	const struct dset_box *box;
	size_t at;
};

/* The greatest z first; those alike as they stand in the file. */
static int
by_depth(const void *a, const void *b)
{
	const struct ordered *x = a, *y = b;

	if (x->box->z != y->box->z)
		return x->box->z > y->box->z ? -1 : 1;
	return (x->at > y->at) - (x->at < y->at);
}

static int
boxes_fit(struct value *out, struct dset_fit *f, const struct dset_sample *s)
{
	const struct dset_detect *d = f->plan->detect;
	const struct image_place place = place_of(f);
	size_t n, i, rows = d->rows[f->part] + 1;
	size_t bytes = rows * BOX_NUMBERS * sizeof(float);
	const struct dset_box *v = boxes_of(&n, s);
	struct ordered *order;
	float *row;

	row = buf_room(&f->room[0], bytes);
	if (row == NULL)
		return ERR_RANGE;
	memset(row, 0, bytes);
	row[0] = (float)n;
	row[1] = BOX_NUMBERS;
	order = mem_array(struct ordered, n + 1);
	for (i = 0; i < n; i++)
		order[i] = (struct ordered){ &v[i], i };
	qsort(order, n, sizeof *order, by_depth);
	for (i = 0; i < n; i++)
		put_row(row + (i + 1) * BOX_NUMBERS, order[i].box, &place, d,
		    f->part);
	mem_free(order);
	out[0] = (struct value){ .kind = VALUE_BOXES,
		.channels = 1,
		.height = (int)rows,
		.width = BOX_NUMBERS,
		.floats = row };
	return 0;
}

/* The label file, where there is one. */
static int
boxes_list(struct buf *out, const struct dset_sample *s)
{
	const char *file = s->values[0].file;

	if (file == NULL)
		return 0;
	TRY(buf_addc(out, '\t'));
	return quote_name(out, file);
}

static void
boxes_count(uint64_t *per_class, const struct dset_plan *p, enum dset_part part,
    const struct dset_sample *s)
{
	size_t n, i;
	const struct dset_box *v = boxes_of(&n, s);

	for (i = 0; i < n; i++)
		per_class[class_of(p->detect, part, &v[i])]++;
}

static int
boxes_summary(
    struct buf *out, const struct dset_created *made, enum prog_format format)
{
	if (made->per_class[DSET_TRAIN] == NULL)
		return 0;
	return dset_table_classes(
	    out, "boxes", made->labels, made->nlabels, made->per_class, format);
}

const struct dset_task dset_task_detect = {
	.name = "detection",
	.labels_from = "boxes",
	.sources = sources,
	.settle = boxes_settle,
	.columns = boxes_columns,
	.fit = boxes_fit,
	.list = boxes_list,
	.count = boxes_count,
	.summary = boxes_summary,
};
