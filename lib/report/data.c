/* The data set of a training, for a page: parts, classes, some pictures, the mean. */
#include <math.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/num.h"
#include "dset/export/export.h"
#include "dset/show.h"
#include "plot/bars.h"
#include "record/db.h"
#include "report/inside.h"

enum {
	SAMPLES = 48,
	MONTAGE_SIDE = 1000, /* pixels, more are shrunk */
	BARS_MOST = 200      /* classes that get a bar */
};

/* The rows of classes of the summary: records, boxes or pixels. */
static int
histogram(struct buf *out, size_t *classes, const struct dset *d, int threads)
{
	static const char *const parts[] = { "train", "val", "test", NULL };
	const struct dset_show_options o = {
		.part = -1, .threads = threads, .format = PROG_FMT_TSV
	};
	struct bars b = { .n = 0 };
	struct buf text;
	int rc;

	buf_init(&text, 1 << 28);
	rc = dset_show_summary(&text, d, &o);
	if (rc >= 0)
		rc = bars_table(&b, buf_str(&text), "class", parts);
	*classes = b.n;
	if (rc >= 0) {
		b.n = b.n > BARS_MOST ? BARS_MOST : b.n;
		rc = bars_inline(out, &b);
		b.n = *classes;
	}
	bars_clear(&b);
	buf_clear(&text);
	return rc;
}

static void
put_histogram(struct page *p, const struct report_all *a)
{
	size_t classes;
	struct buf b;

	buf_init(&b, 1 << 26);
	if (histogram(&b, &classes, a->dset, a->o->threads) >= 0) {
		if (classes > BARS_MOST)
			page_line(p,
			    "%zu classes, of which the first %d are shown.",
			    classes, BARS_MOST);
		page_drawing(p, &b, true, "How many there are of each class",
		    "How many there are of each class");
	}
	buf_clear(&b);
}

static size_t
records(const struct dset *d, enum dset_part part)
{
	struct record_db *db;
	size_t n = 0;

	if (d->db_path[part] != NULL && dset_open_part(&db, d, part) >= 0) {
		n = record_db_count(db);
		record_db_close(db);
	}
	return n;
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
		const size_t n = records(d, (enum dset_part)k);

		if (n > 0)
			page_pair(p, dset_part_name((enum dset_part)k), "%s",
			    NUM_COUNTED(n, "record"));
	}
	page_pairs_end(p);
	put_histogram(p, a);
	montage(p, a);
	mean(p, a);
	page_section_end(p);
}
