/* How many boxes, and how large; small and large are COCO's: an area below 32 x 32
 * pixels, or from 96 x 96 on. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/num.h"
#include "dset/boxes/rows.h"

static const double small_area = 32 * 32, large_area = 96 * 96;

enum { SMALL, MEDIUM, LARGE, SIZES };

struct class_figures {
	uint64_t part[DSET_PARTS], size[SIZES];
	double width, height; /* sums */
};

struct figures {
	const struct dset *d;
	struct class_figures *v;
	size_t n, cap;
	bool seen[DSET_PARTS];
};

static int
add_row(struct figures *f, int part, const float *row)
{
	int32_t class = dset_row_class(row);
	double w = row[ROW_WIDTH], h = row[ROW_HEIGHT];
	struct class_figures *c;

	if (class < 0)
		return err_set(ERR_FORMAT,
		    "a box of class %g, which does not exist", row[ROW_CLASS]);
	if (f->n <= (size_t) class) {
		mem_grow(&f->v, &f->cap, (size_t) class + 1);
		memset(
		    f->v + f->n, 0, ((size_t) class + 1 - f->n) * sizeof *f->v);
		f->n = (size_t) class + 1;
	}
	c = &f->v[class];
	c->part[part]++;
	c->size[w * h < small_area   ? SMALL
		: w * h < large_area ? MEDIUM
				     : LARGE]++;
	c->width += w;
	c->height += h;
	return 0;
}

static int
add_part(struct figures *f, int part)
{
	struct record_tools tools;
	struct record_db *db;
	struct record r;
	const float *v;
	size_t i, k, n;
	int rc = dset_open_part(&db, f->d, (enum dset_part)part);

	if (rc < 0)
		return rc;
	record_tools_init(&tools);
	for (i = 0; rc >= 0 && i < record_db_count(db); i++) {
		record_key(&r, db, i);
		r.n = 2;
		r.v[RECORD_DATA] = (struct value){ 0 };
		/* Bad records were named when they were counted. */
		if (record_column_get(&r.v[RECORD_LABEL], db, i, RECORD_LABEL,
			&tools.scratch[RECORD_LABEL], 0) < 0)
			continue;
		/* The first that can be read tells for all. */
		if (!f->seen[part] && !dset_rows_are(f->d, &r))
			break;
		f->seen[part] = true;
		n = 0;
		(void)dset_rows(&v, &n, &r);
		for (k = 0; rc == 0 && k < n; k++)
			rc = add_row(f, part, v + k * ROW_NUMBERS);
		if (rc < 0)
			rc = err_in(rc, "%s record %zu",
			    dset_part_name((enum dset_part)part), i);
	}
	record_tools_clear(&tools);
	record_db_close(db);
	return rc;
}

static uint64_t
total(const struct class_figures *c)
{
	return c->size[SMALL] + c->size[MEDIUM] + c->size[LARGE];
}

static const char *
name_of(char number[24], const struct dset *d, size_t class)
{
	const char *name = dset_row_name(d, (int32_t) class);

	snprintf(number, 24, "%zu", class);
	return name != NULL ? name : number;
}

static int
put_json(struct buf *out, const struct figures *f)
{
	static const char *const sizes[] = { "small", "medium", "large" };
	const struct class_figures *c;
	char number[24];
	struct json_w w;
	double n;

	for (size_t i = 0; i < f->n; i++) {
		c = &f->v[i];
		n = (double)total(c);
		json_w_init(&w, out, 0);
		json_w_object(&w);
		json_w_kint(&w, "label", (int64_t)i);
		json_w_kstr(&w, "class", name_of(number, f->d, i));
		for (int part = 0; part < DSET_PARTS; part++)
			if (f->seen[part])
				json_w_kint(&w,
				    dset_part_name((enum dset_part)part),
				    (int64_t)c->part[part]);
		for (int k = 0; k < SIZES; k++)
			json_w_kint(&w, sizes[k], (int64_t)c->size[k]);
		json_w_knum(&w, "mean_width", n > 0 ? c->width / n : 0);
		json_w_knum(&w, "mean_height", n > 0 ? c->height / n : 0);
		json_w_object_end(&w);
		TRY(json_w_end(&w));
		TRY(buf_addc(out, '\n'));
	}
	return 0;
}

/* Both kinds of rows: a cell is wide characters, or ends with a TAB. */
static int
put_count(struct buf *out, uint64_t n, bool tsv)
{
	return buf_printf(out, tsv ? "\t%" PRIu64 : " %9" PRIu64, n);
}

static int
put_head(struct buf *out, const struct figures *f, int wide, bool tsv)
{
	TRY(tsv ? buf_adds(out, "label\tclass")
		: buf_printf(out, "%-*s", wide, "boxes"));
	for (int part = 0; part < DSET_PARTS; part++)
		if (f->seen[part])
			TRY(buf_printf(out, tsv ? "\t%s" : " %9s",
			    dset_part_name((enum dset_part)part)));
	return buf_adds(out,
	    tsv ? "\tsmall\tmedium\tlarge\tmean_width\tmean_height\n"
		: "     small    medium     large   mean size\n");
}

static int
put_rows(struct buf *out, const struct figures *f, bool tsv)
{
	const struct class_figures *c;
	char number[24];
	int wide = 8;
	double n;

	for (size_t i = 0; i < f->n; i++) {
		int len = (int)strlen(name_of(number, f->d, i));

		wide = len > wide && len < 30 ? len : wide;
	}
	TRY(put_head(out, f, wide, tsv));
	for (size_t i = 0; i < f->n; i++) {
		c = &f->v[i];
		n = (double)total(c);
		if (n == 0 && !tsv)
			continue; /* KITTI's has sixteen */
		if (tsv)
			TRY(buf_printf(out, "%zu\t", i));
		TRY(buf_printf(
		    out, "%-*s", tsv ? 0 : wide, name_of(number, f->d, i)));
		for (int part = 0; part < DSET_PARTS; part++)
			if (f->seen[part])
				TRY(put_count(out, c->part[part], tsv));
		for (int k = 0; k < SIZES; k++)
			TRY(put_count(out, c->size[k], tsv));
		n = n > 0 ? n : 1;
		TRY(buf_printf(out, tsv ? "\t%.1f\t%.1f\n" : "  %5.1f x %.1f\n",
		    c->width / n, c->height / n));
	}
	return 0;
}

int
dset_rows_figures(
    struct buf *out, const struct dset *d, int part, enum prog_format format)
{
	struct figures f = { .d = d, .n = 0 };
	bool any = false;
	int p, rc = 0;

	for (p = 0; rc == 0 && p < DSET_PARTS; p++)
		if (d->db_path[p] != NULL && (part < 0 || part == p)) {
			rc = add_part(&f, p);
			any |= f.seen[p];
		}
	/* Names without a box count too. */
	if (rc == 0 && any && f.n < d->nlabels) {
		mem_grow(&f.v, &f.cap, d->nlabels);
		memset(f.v + f.n, 0, (d->nlabels - f.n) * sizeof *f.v);
		f.n = d->nlabels;
	}
	if (rc == 0 && any)
		rc = format == PROG_FMT_JSON
		    ? put_json(out, &f)
		    : put_rows(out, &f, format == PROG_FMT_TSV);
	mem_free(f.v);
	return rc;
}
