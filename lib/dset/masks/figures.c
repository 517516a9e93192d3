/* How many pixels each class has, and which share of the part's that is.  Those
 * that are not counted, 255, have no share. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "dset/masks/records.h"
#include "dset/tasks/task.h"
#include "dset/walk.h"

struct figures {
	const struct dset *d;
	uint64_t n[DSET_PARTS][MASK_VALUES];
	bool seen[DSET_PARTS];
	int part;
};

static int
count_one(void *ctx, const struct record *r, void *user)
{
	const struct figures *f = ctx;

	if (dset_masks_are(f->d, r))
		return dset_mask_count(user, r);
	memset(user, 0, MASK_VALUES * sizeof(uint64_t));
	return 0;
}

static int
add_one(void *ctx, const struct record *r, void *user, const char *why)
{
	struct figures *f = ctx;
	const uint64_t *n = user;

	(void)r;
	/* Bad records were named when they were counted. */
	for (int i = 0; why == NULL && i < MASK_VALUES; i++) {
		f->n[f->part][i] += n[i];
		f->seen[f->part] |= n[i] > 0;
	}
	return 0;
}

/* Without the notes of dset-create: is it worth while to look at them all? */
static bool
first_is(const struct dset *d, struct record_db *db)
{
	struct record_tools tools;
	struct record r;
	bool is;

	record_tools_init(&tools);
	is = record_read(&r, db, 0, &tools, RECORD_KEEP) == 0 &&
	    dset_masks_are(d, &r);
	record_tools_clear(&tools);
	return is;
}

static int
add_part(struct figures *f, int threads)
{
	struct dset_walk w = { .ctx = f,
		.threads = threads,
		.flags = RECORD_KEEP,
		.user_size = MASK_VALUES * sizeof(uint64_t),
		.work = count_one,
		.tell = add_one };
	struct record_db *db;
	int rc = dset_open_part(&db, f->d, (enum dset_part)f->part);

	if (rc < 0)
		return rc;
	if (f->d->kind == &dset_task_segment || first_is(f->d, db))
		rc = dset_walk_run(
		    &w, db, dset_part_name((enum dset_part)f->part));
	record_db_close(db);
	return rc;
}

static double
share(const struct figures *f, int part, int class)
{
	uint64_t all = 0;

	for (int i = 0; i < MASK_IGNORED; i++)
		all += f->n[part][i];
	return all > 0 ? (double)f->n[part][class] / (double)all : 0;
}

static const char *
name_of(char number[24], const struct dset *d, int class)
{
	if (class == MASK_IGNORED)
		return "ignored";
	if ((size_t) class < d->nlabels)
		return d->labels[class];
	snprintf(number, 24, "%d", class);
	return number;
}

static int
put_json(struct buf *out, const struct figures *f, int i)
{
	char number[24], key[32];
	struct json_w w;

	json_w_init(&w, out, 0);
	json_w_object(&w);
	json_w_kint(&w, "label", i);
	json_w_kstr(&w, "class", name_of(number, f->d, i));
	for (int part = 0; part < DSET_PARTS; part++) {
		const char *name = dset_part_name((enum dset_part)part);

		if (!f->seen[part])
			continue;
		json_w_kint(&w, name, (int64_t)f->n[part][i]);
		snprintf(key, sizeof key, "%s_share", name);
		if (i != MASK_IGNORED)
			json_w_knum(&w, key, share(f, part, i));
	}
	json_w_object_end(&w);
	TRY(json_w_end(&w));
	return buf_addc(out, '\n');
}

static int
put_row(struct buf *out, const struct figures *f, int i, int wide, bool tsv)
{
	char number[24];

	if (tsv)
		TRY(buf_printf(out, "%d\t%s", i, name_of(number, f->d, i)));
	else
		TRY(buf_printf(out, "%-*s", wide, name_of(number, f->d, i)));
	for (int part = 0; part < DSET_PARTS; part++) {
		if (!f->seen[part])
			continue;
		TRY(buf_printf(
		    out, tsv ? "\t%" PRIu64 : " %12" PRIu64, f->n[part][i]));
		if (i == MASK_IGNORED)
			TRY(buf_adds(out, tsv ? "\t" : "       -"));
		else
			TRY(buf_printf(out, tsv ? "\t%.4f" : " %6.2f%%",
			    share(f, part, i) * (tsv ? 1 : 100)));
	}
	return buf_addc(out, '\n');
}

static int
put_head(struct buf *out, const struct figures *f, int wide, bool tsv)
{
	TRY(tsv ? buf_adds(out, "label\tclass")
		: buf_printf(out, "%-*s", wide, "pixels"));
	for (int part = 0; part < DSET_PARTS; part++) {
		const char *name = dset_part_name((enum dset_part)part);

		if (f->seen[part])
			TRY(tsv ? buf_printf(out, "\t%s\t%s_share", name, name)
				: buf_printf(out, " %12s   share", name));
	}
	return buf_addc(out, '\n');
}

static int
put(struct buf *out, const struct figures *f, enum prog_format format)
{
	const bool tsv = format == PROG_FMT_TSV;
	char number[24];
	bool show[MASK_VALUES] = { false };
	int wide = 8, len;

	for (int i = 0; i < MASK_VALUES; i++) {
		show[i] = (size_t)i < f->d->nlabels;
		for (int part = 0; part < DSET_PARTS; part++)
			show[i] |= f->n[part][i] > 0;
		len = (int)strlen(name_of(number, f->d, i));
		if (show[i] && len > wide && len < 30)
			wide = len;
	}
	if (format != PROG_FMT_JSON)
		TRY(put_head(out, f, wide, tsv));
	for (int i = 0; i < MASK_VALUES; i++)
		if (show[i])
			TRY(format == PROG_FMT_JSON
				? put_json(out, f, i)
				: put_row(out, f, i, wide, tsv));
	return 0;
}

int
dset_masks_figures(struct buf *out, const struct dset *d, int part, int threads,
    enum prog_format format)
{
	struct figures *f = mem_new(struct figures);
	bool any = false;
	int p, rc = 0;

	f->d = d;
	for (p = 0; rc == 0 && p < DSET_PARTS; p++)
		if (d->db_path[p] != NULL && (part < 0 || part == p)) {
			f->part = p;
			rc = add_part(f, threads);
			any |= f->seen[p];
		}
	if (rc == 0 && any)
		rc = put(out, f, format);
	mem_free(f);
	return rc;
}
