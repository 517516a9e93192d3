/* Many records as one picture, or on several pages. */
#include <inttypes.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/path.h"
#include "dset/export/draw.h"
#include "dset/export/export.h"
#include "dset/export/pass.h"
#include "dset/masks/records.h"
#include "dset/targets/records.h"
#include "file/file.h"
#include "image/drawing/legend.h"
#include "image/drawing/sheet.h"
#include "image/image.h"

enum { COUNT = 64 };
enum { SMALL = 64, CELL_MAX = 128, CELL_DRAWN = 320, NUMBERS = 3, WORDS = 13 };

struct montage {
	struct image *pictures; /* most of them, n in use */
	char **captions;
	size_t n, most;
	bool drawn;              /* there is something upon them to be seen */
	bool class[MASK_VALUES]; /* those of their masks */
	/* Where pages go; NULL: there is but one, which is not written. */
	const char *path;
	int force;
	uint64_t page;
};

static void
montage_init(struct montage *m, const struct dset_pick *pick)
{
	*m = (struct montage){ .most = MONTAGE_PAGE };
	if (pick->page > 0 && pick->page < m->most)
		m->most = pick->page;
	m->pictures = mem_array(struct image, m->most);
	m->captions = mem_array(char *, m->most);
}

/* For the next page. */
static void
montage_empty(struct montage *m)
{
	for (size_t i = 0; i < m->n; i++) {
		image_clear(&m->pictures[i]);
		mem_free(m->captions[i]);
		m->captions[i] = NULL;
	}
	memset(m->class, 0, sizeof(m->class));
	m->n = 0;
}

static void
montage_clear(struct montage *m)
{
	montage_empty(m);
	mem_free(m->captions);
	mem_free(m->pictures);
}

/* FILE.png, FILE-2.png, ...; the caller's. */
static char *
page_path(const char *path, uint64_t page)
{
	const char *ext = path_ext(path);
	const int stem = (int)(strlen(path) - strlen(ext));

	if (page == 1)
		return mem_strdup(path);
	return mem_printf("%.*s-%" PRIu64 "%s", stem, path, page, ext);
}

/* The classes of masks beside their colours.  What is not counted is not drawn. */
static int
add_legend(struct image *out, const struct montage *m, const struct dset *d)
{
	uint32_t colour[MASK_IGNORED] = { 0 };
	char *name[MASK_IGNORED] = { NULL };
	size_t n = 0;
	int rc = 0;

	for (int i = 1; i < MASK_IGNORED; i++)
		if (m->class[i]) {
			colour[n] =
			    dset_mask_colour(d->palette, d->npalette, i);
			name[n++] = (size_t)i < d->nlabels
			    ? mem_strdup(d->labels[i])
			    : mem_printf("%d", i);
		}
	if (n > 0)
		rc = image_legend(out, colour, name, n, WORDS, 0);
	while (n > 0)
		mem_free(name[--n]);
	return rc;
}

static int
draw_page_of(const struct montage *m, struct image *out, const struct dset *d)
{
	const struct image **v = mem_array(const struct image *, m->n);
	int rc;

	for (size_t i = 0; i < m->n; i++)
		v[i] = &m->pictures[i];
	rc = image_sheet(
	    out, v, m->captions, m->n, 0, m->drawn ? CELL_DRAWN : CELL_MAX);
	mem_free(v);
	return rc < 0 ? rc : add_legend(out, m, d);
}

static int
write_page(struct montage *m, const struct dset *d)
{
	char *path = page_path(m->path, ++m->page);
	struct image im;
	int rc;

	image_init(&im);
	rc = draw_page_of(m, &im, d);
	if (rc == 0)
		rc = image_write(path, &im, m->force);
	montage_empty(m);
	image_clear(&im);
	mem_free(path);
	return rc;
}

/* Its class, or the first numbers that it has; the caller's. */
static char *
caption_of(const struct record *r, const struct dset *d)
{
	const struct value *v = &r->v[RECORD_LABEL];
	const size_t n = r->n > RECORD_LABEL ? value_count(v) : 0;
	char number[NUM_TEXT_MAX], *text;
	struct buf b;

	if (r->n <= RECORD_LABEL || dset_draws(d, r))
		return mem_strdup("");
	if (v->kind == VALUE_CLASS)
		return r->label >= 0 && (size_t)r->label < d->nlabels
		    ? mem_strdup(d->labels[r->label])
		    : mem_printf("%d", r->label);
	if (v->floats == NULL)
		return mem_strdup("");
	buf_init(&b, 1 << 12);
	for (size_t i = 0; i < n && i < NUMBERS; i++)
		buf_printf(&b, "%s%s", i > 0 ? ", " : "",
		    num_float_text(number, v->floats[i]));
	if (n > NUMBERS)
		buf_printf(&b, ", …");
	text = mem_strdup(buf_str(&b));
	buf_clear(&b);
	return text;
}

static int
note_classes(struct montage *m, const struct record *r)
{
	uint64_t n[MASK_VALUES];

	TRY(dset_mask_count(n, r));
	for (int i = 0; i < MASK_VALUES; i++)
		m->class[i] |= n[i] > 0;
	return 0;
}

static int
montage_record(struct dset_pass *p, const struct record *r)
{
	struct montage *m = p->montage;
	struct image *im;

	if (m->n == m->most)
		TRY(write_page(m, p->d));
	im = &m->pictures[m->n];
	image_init(im);
	m->captions[m->n++] = caption_of(r, p->d);
	TRY(dset_value_image(im, &r->v[RECORD_DATA]));
	if (dset_draws(p->d, r)) {
		m->drawn = true;
		if (dset_masks_are(p->d, r))
			TRY(note_classes(m, r));
		TRY(dset_draw(im, r, p->d));
	}
	/* what is drawn has its words; a target stands beside its picture */
	if (!dset_draws(p->d, r))
		TRY(image_sheet_enlarge(im, SMALL));
	else if (dset_targets_are(p->d, r))
		TRY(image_sheet_enlarge(im, 2 * SMALL));
	p->full = m->path == NULL && m->n == m->most;
	return 0;
}

static int
take_records(struct montage *m, const struct dset *d, const struct dset_pick *o)
{
	struct dset_pass p;
	int part, rc;

	dset_pass_init(&p, d, o);
	p.record = montage_record;
	p.flags = 0;
	p.montage = m;
	rc = dset_pass_check(&p);
	for (part = 0; rc == 0 && part < DSET_PARTS; part++) {
		p.part = dset_part_name((enum dset_part)part);
		if (dset_pass_wants(&p, part))
			rc = dset_pass_part(&p, part);
	}
	if (rc == 0 && m->n == 0)
		rc = err_set(ERR_MISSING, "%s: no such pictures", d->path);
	dset_pass_clear(&p);
	return rc;
}

/* Not all records, unless they may go on several pages. */
static struct dset_pick
counted(const struct dset_pick *o)
{
	struct dset_pick pick = *o;

	if (pick.count == 0 && pick.page == 0)
		pick.count = COUNT;
	return pick;
}

int
dset_montage_image(
    struct image *out, const struct dset *d, const struct dset_pick *pick)
{
	struct montage m;
	const struct dset_pick some = counted(pick);
	int rc;

	montage_init(&m, &some);
	rc = take_records(&m, d, &some);
	if (rc == 0)
		rc = draw_page_of(&m, out, d);
	montage_clear(&m);
	return rc;
}

/* Is one of the pages that there may be there already? */
static int
prove_pages(const struct dset *d, const char *out, int force,
    const struct dset_pick *pick, size_t page_size)
{
	struct record_db *db;
	uint64_t n = 0, most;
	int rc = 0;

	for (int part = 0; part < DSET_PARTS; part++) {
		if (d->db_path[part] == NULL ||
		    (pick->part >= 0 && pick->part != part))
			continue;
		TRY(dset_open_part(&db, d, (enum dset_part)part));
		most = record_db_count(db);
		n += pick->count > 0 && pick->count < most ? pick->count : most;
		record_db_close(db);
	}
	for (uint64_t page = 2; rc >= 0 && (page - 1) * page_size < n; page++) {
		char *path = page_path(out, page);

		if (!force && file_exists(path))
			rc = file_out_prove(path, force);
		mem_free(path);
	}
	return rc;
}

int
dset_montage(uint64_t *pages, const struct dset *d, const char *out, int force,
    const struct dset_pick *pick)
{
	const struct dset_pick some = counted(pick);
	struct montage m;
	int rc;

	montage_init(&m, &some);
	m.path = out;
	m.force = force;
	rc = prove_pages(d, out, force, &some, m.most);
	if (rc >= 0)
		rc = take_records(&m, d, &some);
	if (rc == 0)
		rc = write_page(&m, d);
	*pages = m.page;
	montage_clear(&m);
	return rc;
}
