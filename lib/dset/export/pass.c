/* Passes over records: see pass.h. */
#include "dset/export/pass.h"

#include <errno.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/progress.h"
#include "base/stop.h"
#include "dset/boxes/rows.h"
#include "dset/masks/records.h"
#include "file/file.h"

enum { FILE_MAX_BYTES = 1 << 30 };

bool
dset_pass_wants(const struct dset_pass *p, int part)
{
	return p->d->db_path[part] != NULL &&
	    (p->pick->part < 0 || p->pick->part == part);
}

static bool
mask_has(const struct record *r, int class)
{
	uint64_t n[MASK_VALUES];

	return class < MASK_VALUES && dset_mask_count(n, r) == 0 &&
	    n[class] > 0;
}

/* The label that is asked for: the record's, or that of one of its boxes or
 * pixels. */
static bool
picked(const struct dset_pass *p, const struct record *r)
{
	const float *v;
	size_t n, i;

	if (p->pick->label < 0)
		return true;
	if (dset_masks_are(p->d, r))
		return mask_has(r, p->pick->label);
	if (!dset_rows_are(p->d, r) || !dset_rows(&v, &n, r))
		return r->label == p->pick->label;
	for (i = 0; i < n; i++)
		if (dset_row_class(v + i * ROW_NUMBERS) == p->pick->label)
			return true;
	return false;
}

int
dset_pass_part(struct dset_pass *p, int part)
{
	struct record_db *db = NULL;
	struct record r;
	size_t i, taken = 0;
	int rc = dset_open_part(&db, p->d, (enum dset_part)part);

	if (rc < 0)
		return rc;
	record_columns(&p->columns, db);
	progress_begin(p->part, record_db_count(db), "records");
	for (i = 0; rc == 0 && i < record_db_count(db); i++) {
		if (stop_asked())
			rc = err_set(
			    ERR_STOPPED, "stopped by %s", stop_reason());
		else
			rc = record_read(&r, db, i, &p->tools, p->flags);
		progress_add(1);
		if (rc < 0 || !picked(p, &r))
			continue;
		if (p->pick->count > 0 && taken == p->pick->count)
			break;
		if (p->full)
			break;
		taken++;
		rc = p->record(p, &r);
	}
	progress_end();
	record_db_close(db);
	return rc;
}

int
dset_pass_key(struct buf *b, const struct record *r)
{
	size_t i, n = r->key_len;

	buf_reset(b);
	if (r->key == NULL || n > 200)
		return buf_printf(b, "%08zu", r->index);
	/* Caffe's keys may hold a path: "00000000_dir/1.jpg". */
	for (i = 0; i < n; i++) {
		unsigned char c = (unsigned char)r->key[i];

		TRY(buf_addc(b,
		    c <= ' ' || c >= 0x7f || c == '/' || c == '\\' || c == '.'
			? '-'
			: (char)c));
	}
	return n > 0 ? 0 : buf_printf(b, "%08zu", r->index);
}

int
dset_file_new(const char *path, const struct buf *b)
{
	char *dir = path_dir(path);
	int rc = file_is_dir(dir) ? 0 : file_mkdirs(dir);
	FILE *f;
	bool bad;

	mem_free(dir);
	if (rc < 0)
		return rc;
	f = fopen(path, "wbx");
	bad = f == NULL;
	if (f == NULL && errno == EEXIST)
		return err_set(ERR_FORMAT, "two records would be %s", path);
	if (f != NULL && fwrite(buf_str(b), 1, b->len, f) != b->len)
		bad = true;
	if (f != NULL && fclose(f) != 0)
		bad = true;
	return bad ? err_sys("write %s", path) : 0;
}

void
dset_pass_init(
    struct dset_pass *p, const struct dset *d, const struct dset_pick *pick)
{
	int part;

	memset(p, 0, sizeof *p);
	p->d = d;
	p->pick = pick;
	p->flags = RECORD_KEEP;
	record_tools_init(&p->tools);
	image_init(&p->im);
	buf_init(&p->file, FILE_MAX_BYTES);
	buf_init(&p->name, 4096);
	for (part = 0; part < DSET_PARTS; part++)
		p->parts += dset_pass_wants(p, part);
}

void
dset_pass_clear(struct dset_pass *p)
{
	record_tools_clear(&p->tools);
	image_clear(&p->im);
	buf_clear(&p->file);
	buf_clear(&p->name);
}

int
dset_pass_check(const struct dset_pass *p)
{
	if (p->parts > 0)
		return 0;
	return err_set(ERR_MISSING, "%s: no %s database", p->d->path,
	    dset_part_name((enum dset_part)p->pick->part));
}
