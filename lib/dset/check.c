/* dset-show --verify and --diff. */
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/stop.h"
#include "dset/check.h"
#include "dset/walk.h"
#include "file/file.h"
#include "json/json.h"
#include "record/digest.h"

struct verify {
	struct record_db *db;
	struct record_digest *digest;
	struct dset_verified *out;
	const struct dset_bad *bad;
	const char *part;
	uint64_t bad_here;
};

static int
look(void *ctx, const struct record *r, void *user)
{
	struct verify *v = ctx;

	return record_print_read(user, v->db, r->index, r->v);
}

static int
tell_difference(void *ctx, const struct record *r, void *user, const char *why)
{
	struct verify *v = ctx;

	v->out->records++;
	if (why != NULL) {
		v->out->bad++;
		v->bad_here++;
		return dset_bad_tell(v->bad, v->part, (int64_t)r->index, why);
	}
	record_digest_add(v->digest, user);
	return 0;
}

/* The digest that dataset.json has for the part; *out: caller's, or NULL. */
static int
promised(char **out, const struct dset *d, const char *part)
{
	char *path = path_join(d->path, "dataset.json");
	const struct json *parts, *one;
	struct json *j = NULL;
	int rc = file_exists(path) ? json_read(&j, path) : 0;

	*out = NULL;
	parts = j != NULL ? json_find(j, "parts") : NULL;
	one = parts != NULL ? json_find(parts, part) : NULL;
	if (one != NULL)
		*out = mem_strdup(json_str(one, "digest", NULL));
	json_free(j);
	mem_free(path);
	return rc;
}

static int
verify_part(struct dset_verified *out, const struct dset *d, int part,
    int threads, const struct dset_bad *bad)
{
	const char *name = dset_part_name((enum dset_part)part);
	struct verify v = { .out = out, .bad = bad, .part = name };
	struct dset_walk w = { .ctx = &v,
		.threads = threads,
		.user_size = sizeof(struct record_print),
		.work = look,
		.tell = tell_difference };
	char got[DIGEST_MAX], *want;
	int rc = promised(&want, d, name);

	v.digest = record_digest_new();
	if (rc == 0)
		rc = dset_open_part(&v.db, d, (enum dset_part)part);
	if (rc == 0)
		rc = dset_walk_run(&w, v.db, name);
	record_digest_text(v.digest, got);
	if (rc == 0 && want != NULL && v.bad_here == 0) {
		out->digests++;
		if (strcmp(got, want) != 0)
			rc = err_set(ERR_REFUSED,
			    "%s: %s: the records have digest %s, dataset.json says %s",
			    d->path, name, got, want);
	}
	record_digest_free(v.digest);
	record_db_close(v.db);
	mem_free(want);
	return rc;
}

int
dset_verify(struct dset_verified *out, const struct dset *d, int part,
    int threads, const struct dset_bad *bad)
{
	int i, seen = 0;

	memset(out, 0, sizeof *out);
	for (i = 0; i < DSET_PARTS; i++) {
		if (d->db_path[i] == NULL || (part >= 0 && part != i))
			continue;
		seen++;
		TRY(verify_part(out, d, i, threads, bad));
	}
	if (seen == 0)
		return err_set(ERR_MISSING, "%s: no %s database", d->path,
		    dset_part_name((enum dset_part)part));
	return 0;
}

/* Two databases side by side. */
struct pair {
	struct record_db *a, *b;
	struct record_tools ta, tb;
	struct buf *out;
	struct dset_difference *sum;
	const char *part;
	enum prog_format format;
};

static int
difference_line(struct pair *p, const char *key, size_t len, const char *what)
{
	struct json_w w;
	char *text = mem_strndup(key, len);
	int rc;

	if (p->format == PROG_FMT_JSON) {
		json_w_init(&w, p->out, 0);
		json_w_object(&w);
		json_w_kstr(&w, "part", p->part);
		json_w_kstr(&w, "key", text);
		json_w_kstr(&w, "difference", what);
		json_w_object_end(&w);
		rc = json_w_end(&w);
		if (rc == 0)
			rc = buf_addc(p->out, '\n');
	} else {
		rc = buf_printf(p->out, "%s\t%s\t%s\n", p->part, text, what);
	}
	mem_free(text);
	return rc;
}

/* What differs between two values; NULL: nothing. */
static const char *
compare(const struct value *x, const struct value *y)
{
	size_t n = value_count(x);

	if (x->kind == VALUE_CLASS && y->kind == VALUE_CLASS)
		return x->label != y->label ? "label" : NULL;
	if (x->channels != y->channels || x->height != y->height ||
	    x->width != y->width)
		return "shape";
	if ((x->data == NULL) != (y->data == NULL) ||
	    (x->floats == NULL) != (y->floats == NULL) ||
	    (x->kind == VALUE_TEXT) != (y->kind == VALUE_TEXT))
		return "type";
	if (x->kind == VALUE_TEXT && x->floats == NULL)
		return x->blob_len != y->blob_len ||
			(x->blob_len > 0 &&
			    memcmp(x->blob, y->blob, x->blob_len) != 0)
		    ? "text"
		    : NULL;
	if (x->data != NULL)
		return memcmp(x->data, y->data, n) != 0 ? "pixels" : NULL;
	if (x->floats != NULL)
		return memcmp(x->floats, y->floats, n * sizeof(float)) != 0
		    ? "pixels"
		    : NULL;
	return x->label != y->label ? "label" : NULL;
}

/* Labels first: each of the same name in both, and none of one alone. */
static const char *
compare_records(
    const struct pair *p, const struct record *x, const struct record *y)
{
	const struct record_column *a, *b;
	int n = record_columns(&a, p->a), m = record_columns(&b, p->b), k, j;

	if (x->label != y->label)
		return "label";
	for (k = RECORD_LABEL; k < n; k++) {
		j = record_column_find(p->b, a[k].name);
		if (n != m || j < 0 || compare(&x->v[k], &y->v[j]) != NULL)
			return a[k].name;
	}
	return compare(&x->v[RECORD_DATA], &y->v[RECORD_DATA]);
}

static int
diff_record(struct pair *p, size_t i, size_t j)
{
	const struct record_column *columns;
	const void *va, *vb;
	size_t na, nb;
	struct record x, y;
	const char *what;
	char number[24];

	/* The labels may be in databases of their own. */
	if (record_columns(&columns, p->a) == 2 &&
	    columns[RECORD_LABEL].kind == VALUE_CLASS &&
	    record_db_value(&va, &na, p->a, i) == 0 &&
	    record_db_value(&vb, &nb, p->b, j) == 0 && na == nb &&
	    memcmp(va, vb, na) == 0) {
		p->sum->same++;
		return 0;
	}
	TRY(record_read(&x, p->a, i, &p->ta, 0));
	TRY(record_read(&y, p->b, j, &p->tb, 0));
	what = compare_records(p, &x, &y);
	if (what == NULL) {
		p->sum->same++;
		if (x.key != NULL && y.key != NULL) {
			TRY(record_db_value(&va, &na, p->a, i));
			TRY(record_db_value(&vb, &nb, p->b, j));
			p->sum->encoding += na != nb || memcmp(va, vb, na) != 0;
		}
		return 0;
	}
	p->sum->differ++;
	if (x.key != NULL)
		return difference_line(p, x.key, x.key_len, what);
	snprintf(number, sizeof number, "%zu", i);
	return difference_line(p, number, strlen(number), what);
}

/* The record of db with the same key as record i of of; by number without. */
static int
partner(size_t *out, const struct record_db *db, struct record_db *of, size_t i,
    struct record *r)
{
	int keyed = strcmp(record_db_backend(db), "lmdb") == 0;

	record_key(r, of, i);
	*out = i;
	if (r->key != NULL && keyed)
		return record_db_find(out, db, r->key, r->key_len) == 0;
	return i < record_db_count(db);
}

static int
diff_part(struct pair *p)
{
	struct record r;
	size_t i, j;
	int rc;

	for (i = 0; i < record_db_count(p->a); i++) {
		if (stop_asked())
			return err_set(
			    ERR_STOPPED, "stopped by %s", stop_reason());
		rc = partner(&j, p->b, p->a, i, &r);
		if (rc < 0)
			return rc;
		if (rc > 0) {
			TRY(diff_record(p, i, j));
			continue;
		}
		p->sum->only_a++;
		TRY(difference_line(
		    p, r.key ? r.key : "", r.key_len, "only in the first"));
	}
	for (j = 0; j < record_db_count(p->b); j++) {
		rc = partner(&i, p->a, p->b, j, &r);
		if (rc < 0)
			return rc;
		if (rc > 0)
			continue;
		p->sum->only_b++;
		TRY(difference_line(
		    p, r.key ? r.key : "", r.key_len, "only in the second"));
	}
	return 0;
}

/* A part that one of them does not have at all. */
static int
diff_missing(struct pair *p, const struct dset *has, int part, int first)
{
	struct record_db *db;

	TRY(dset_open_part(&db, has, (enum dset_part)part));
	*(first ? &p->sum->only_a : &p->sum->only_b) += record_db_count(db);
	record_db_close(db);
	return difference_line(p, "", 0,
	    first ? "part only in the first" : "part only in the second");
}

int
dset_diff(struct dset_difference *sum, struct buf *out, const struct dset *a,
    const struct dset *b, int part, enum prog_format format)
{
	struct pair p = { .out = out, .sum = sum, .format = format };
	int i, rc = 0;

	memset(sum, 0, sizeof *sum);
	record_tools_init(&p.ta);
	record_tools_init(&p.tb);
	for (i = 0; rc == 0 && i < DSET_PARTS; i++) {
		if (part >= 0 && part != i)
			continue;
		p.part = dset_part_name((enum dset_part)i);
		if (a->db_path[i] == NULL && b->db_path[i] == NULL)
			continue;
		if (a->db_path[i] == NULL || b->db_path[i] == NULL) {
			rc = diff_missing(&p, a->db_path[i] != NULL ? a : b, i,
			    a->db_path[i] != NULL);
			continue;
		}
		rc = dset_open_part(&p.a, a, (enum dset_part)i);
		if (rc == 0)
			rc = dset_open_part(&p.b, b, (enum dset_part)i);
		if (rc == 0)
			rc = diff_part(&p);
		record_db_close(p.a);
		record_db_close(p.b);
		p.a = p.b = NULL;
	}
	record_tools_clear(&p.ta);
	record_tools_clear(&p.tb);
	return rc;
}
