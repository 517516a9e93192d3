/* Ways to resize, side by side: see modes.h. */
#include "dset/look/modes.h"

#include <math.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/path.h"
#include "dset/list.h"
#include "dset/sources/source.h"
#include "file/file.h"
#include "image/drawing/sheet.h"

enum { MODES = IMAGE_CORNER + 1, COLUMNS = MODES + 1 };

/* One picture and what becomes of it. */
struct row {
	struct image im[COLUMNS];
	char *caption[COLUMNS];
};

/* im[0] is as it is, but not larger than the others, so that it sets no scale. */
static int
shrink(struct image *im, int w, int h)
{
	const double by = fmin((double)w / im->width, (double)h / im->height);
	struct image small;
	int rc;

	if (by >= 1)
		return 0;
	image_init(&small);
	rc = image_resize(&small, im, (int)fmax(1, round(im->width * by)),
	    (int)fmax(1, round(im->height * by)), NULL);
	image_clear(im);
	*im = small;
	return rc;
}

static int
make_row(struct row *r, const char *path, int w, int h)
{
	TRY(image_read(&r->im[0], path, 0));
	r->caption[0] = mem_printf(
	    "%s, %dx%d", path_base(path), r->im[0].width, r->im[0].height);
	for (int m = 0; m < MODES; m++) {
		TRY(image_fit(&r->im[m + 1], &r->im[0], w, h,
		    (enum image_mode)m, 0, NULL));
		r->caption[m + 1] = mem_strdup(m == IMAGE_HALF_CROP
			? "half-crop"
			: image_mode_name((enum image_mode)m));
	}
	return shrink(&r->im[0], w, h);
}

static int
draw_rows(struct image *out, const struct dset_list *l, size_t n, int w, int h)
{
	struct row *rows = mem_array(struct row, n);
	const struct image *im[MODES_PICTURES * COLUMNS];
	char *caption[MODES_PICTURES * COLUMNS];
	int rc = 0;

	for (size_t i = 0; i < n; i++)
		for (int k = 0; k < COLUMNS; k++)
			image_init(&rows[i].im[k]);
	for (size_t i = 0; i < n && rc >= 0; i++)
		rc = make_row(&rows[i], l->v[i].path, w, h);
	for (size_t i = 0; i < n; i++)
		for (int k = 0; k < COLUMNS; k++) {
			im[i * COLUMNS + (size_t)k] = &rows[i].im[k];
			caption[i * COLUMNS + (size_t)k] = rows[i].caption[k];
		}
	if (rc >= 0)
		rc = image_sheet(
		    out, im, caption, n * COLUMNS, COLUMNS, MODES_SIDE);
	for (size_t i = 0; i < n; i++)
		for (int k = 0; k < COLUMNS; k++) {
			image_clear(&rows[i].im[k]);
			mem_free(rows[i].caption[k]);
		}
	mem_free(rows);
	return rc;
}

int
dset_modes_draw(struct image *out, const char *path, int w, int h)
{
	struct dset_list l;
	int rc = 0;

	dset_list_init(&l);
	if (file_is_dir(path))
		rc = dset_source_walk(&l, path);
	else
		dset_list_add(&l, path, 0, NULL, 0);
	if (rc >= 0 && l.n == 0)
		rc = err_set(ERR_MISSING, "%s: no pictures", path);
	if (rc >= 0)
		rc = draw_rows(
		    out, &l, l.n < MODES_PICTURES ? l.n : MODES_PICTURES, w, h);
	dset_list_clear(&l);
	return rc;
}
