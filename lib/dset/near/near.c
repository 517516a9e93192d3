/* Looking at all pictures of a data set: see near.h. */
#include "dset/near/near.h"

#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "dset/export/export.h"
#include "dset/near/near_int.h"
#include "dset/walk.h"
#include "file/file.h"
#include "file/lines.h"
#include "prog/gate.h"

/* What a worker leaves of a record. */
struct seen {
	struct look look;
	struct dset_fingerprint print;
};

struct telling {
	struct near_set *s;
	enum dset_part part;
};

static int
look(void *ctx, const struct record *r, void *user)
{
	const struct value *v = &r->v[RECORD_DATA];
	struct image im[3];
	struct seen *s = user;
	int rc;

	(void)ctx;
	for (size_t i = 0; i < LENGTH(im); i++)
		image_init(&im[i]);
	rc = dset_value_image(&im[0], v);
	if (rc >= 0) {
		s->print = dset_fingerprint_of(im[0].data,
		    (size_t)im[0].width * (size_t)im[0].height *
			(size_t)im[0].channels);
		rc = look_at(&s->look, &im[0], im + 1);
	}
	for (size_t i = 0; i < LENGTH(im); i++)
		image_clear(&im[i]);
	return rc;
}

static int
tell(void *ctx, const struct record *r, void *user, const char *why)
{
	struct telling *t = ctx;
	struct near_set *s = t->s;
	const struct seen *seen = user;

	if (why != NULL)
		return dset_bad_tell(
		    s->o->bad, dset_part_name(t->part), (int64_t)r->index, why);
	mem_grow(&s->v, &s->cap, s->n + 1);
	s->v[s->n++] = (struct near_item){ .look = seen->look,
		.print = seen->print,
		.key = r->key != NULL ? mem_strndup(r->key, r->key_len) : NULL,
		.index = (uint32_t)r->index,
		.label = r->label,
		.part = (uint8_t)t->part };
	s->classes = r->v[RECORD_LABEL].kind == VALUE_CLASS;
	return 0;
}

/* PART.txt has a line "path label" for each record, where dset-create made it of
 * files. */
static int
read_names(struct near_set *s, enum dset_part part, size_t records)
{
	char *file = mem_printf("%s.txt", dset_part_name(part));
	char *path = mem_printf("%s/%s", s->d->path, file);
	int rc = 0;

	if (file_exists(path))
		rc = lines_read(
		    &s->names[part], &s->nnames[part], path, "pictures");
	if (rc == ERR_RANGE || rc == ERR_FORMAT)
		rc = 0; /* too many, or none */
	if (s->nnames[part] != records) {
		lines_free(s->names[part], s->nnames[part]);
		s->names[part] = NULL;
		s->nnames[part] = 0;
	}
	for (size_t i = 0; i < s->nnames[part]; i++) {
		char *blank = strrchr(s->names[part][i], ' ');

		if (blank != NULL)
			*blank = '\0';
	}
	mem_free(path);
	mem_free(file);
	return rc;
}

static int
look_at_part(struct near_set *s, enum dset_part part)
{
	struct telling t = { s, part };
	struct dset_walk w = { .ctx = &t,
		.threads = s->o->threads,
		.user_size = sizeof(struct seen),
		.work = look,
		.tell = tell };
	struct record_db *db;
	int rc;

	TRY(dset_open_part(&db, s->d, part));
	rc = dset_walk_run(&w, db, dset_part_name(part));
	if (rc >= 0)
		rc = read_names(s, part, record_db_count(db));
	record_db_close(db);
	return rc;
}

static size_t
gate_values(struct gate_value v[5], const struct near_set *s)
{
	struct near_figures f;

	near_count(&f, s);
	v[0] = (struct gate_value){ "groups", (double)s->ngroups };
	v[1] = (struct gate_value){ "near", (double)f.near };
	v[2] = (struct gate_value){ "equal", (double)f.equal };
	v[3] = (struct gate_value){ "leaks", (double)f.leaks };
	v[4] = (struct gate_value){ "conflicts", (double)f.conflicts };
	return 5;
}

/* before: only whether they name figures. */
static int
try_gates(const struct near_set *s, bool before)
{
	struct gate_value v[5];
	const size_t n = gate_values(v, s);

	for (size_t i = 0; i < s->o->require->n; i++) {
		struct gate g;

		TRY(gate_parse(&g, s->o->require->v[i]));
		TRY(gate_known(&g, v, n));
		if (!before && gate_met(&g, v, n) == 0)
			return err_set(ERR_GATE, "--require %s is not met",
			    s->o->require->v[i]);
	}
	return 0;
}

static void
clear(struct near_set *s)
{
	for (size_t i = 0; i < s->n; i++)
		mem_free(s->v[i].key);
	for (size_t i = 0; i < s->ngroups; i++)
		mem_free(s->group[i].item);
	for (int p = 0; p < DSET_PARTS; p++)
		lines_free(s->names[p], s->nnames[p]);
	mem_free(s->group);
	mem_free(s->v);
}

int
near_show(struct buf *out, const struct dset *d, const struct near_options *o)
{
	struct near_set s = { .d = d, .o = o };
	int rc = try_gates(&s, true), parts = 0;

	for (int p = 0; p < DSET_PARTS && rc >= 0; p++) {
		if (d->db_path[p] == NULL || (o->part >= 0 && o->part != p))
			continue;
		parts++;
		rc = look_at_part(&s, (enum dset_part)p);
	}
	if (rc >= 0 && parts == 0)
		rc = err_set(ERR_MISSING, "%s has no %s part", d->path,
		    dset_part_name((enum dset_part)o->part));
	if (rc >= 0)
		rc = near_join(&s);
	if (rc >= 0)
		rc = near_say(out, &s);
	if (rc >= 0)
		rc = try_gates(&s, false);
	clear(&s);
	return rc;
}
