/* Databases that are there: see adopt.h. */
#include "dset/adopt.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/stop.h"
#include "dset/notes.h"
#include "dset/product.h"
#include "dset/walk.h"
#include "file/file.h"
#include "record/digest.h"

/* What is learnt of one record. */
struct seen {
	struct record_print print;
	int shape[2]
		 [3]; /* of the picture and of the label, 0: not to be told */
	int32_t label;
};

struct adoption {
	const struct dset_adopt_options *o;
	const char *dir;
	struct dset_created *out;
	struct dset_adopted notes;
	struct record_db *db;
	struct record_digest *digest;
	const char *part; /* the one that is looked at */
	int columns;
	bool begun, differ[2];
	uint64_t *count; /* records of each class */
	size_t classes, cap;
};

/* The shape of a value; of an encoded picture what its file says. */
static void
shape_of(int shape[3], const struct value *v)
{
	struct image_info info;

	shape[0] = v->channels;
	shape[1] = v->height;
	shape[2] = v->width;
	if (v->blob == NULL)
		return;
	memset(shape, 0, 3 * sizeof *shape);
	if (image_probe(&info, v->blob, v->blob_len, "picture") == 0) {
		shape[0] = info.channels < 3 ? 1 : 3;
		shape[1] = info.height;
		shape[2] = info.width;
	}
}

static int
look(void *ctx, const struct record *r, void *user)
{
	struct adoption *a = ctx;
	struct seen *s = user;

	memset(s, 0, sizeof *s);
	s->label = r->label;
	shape_of(s->shape[0], &r->v[RECORD_DATA]);
	if (r->n > RECORD_LABEL && r->v[RECORD_LABEL].kind != VALUE_CLASS)
		shape_of(s->shape[1], &r->v[RECORD_LABEL]);
	return record_print_read(&s->print, a->db, r->index, r->v);
}

/* One more record has this shape; k: of the picture, of the label. */
static int
take_shape(struct adoption *a, const struct seen *s, int k, size_t index)
{
	int *all = a->notes.shape[k];
	const int *one = s->shape[k];

	if (!a->begun)
		memcpy(all, one, sizeof s->shape[k]);
	if (memcmp(all, one, sizeof s->shape[k]) == 0 || a->differ[k])
		return 0;
	if (a->o->same_shape)
		return err_set(ERR_FORMAT,
		    "%s record %zu: %s of %dx%dx%d, where the first has %dx%dx%d (--no-same-shape takes them as they are)",
		    a->part, index, k == 0 ? "a picture" : "a label", one[0],
		    one[1], one[2], all[0], all[1], all[2]);
	a->differ[k] = true;
	return 0;
}

static int
tell(void *ctx, const struct record *r, void *user, const char *why)
{
	struct adoption *a = ctx;
	const struct seen *s = user;

	if (why != NULL)
		return err_set(ERR_FORMAT, "%s", why);
	for (int k = 0; k < 2; k++)
		TRY(take_shape(a, s, k, r->index));
	a->begun = true;
	record_digest_add(a->digest, &s->print);
	if (a->columns > 0)
		return 0;
	if (s->label < 0 || s->label >= LABELS_MAX)
		return err_set(ERR_FORMAT, "%s record %zu: the class is %d",
		    a->part, r->index, s->label);
	if ((size_t)s->label >= a->classes) {
		mem_grow(&a->count, &a->cap, (size_t)s->label + 1);
		memset(a->count + a->classes, 0,
		    ((size_t)s->label + 1 - a->classes) * sizeof *a->count);
		a->classes = (size_t)s->label + 1;
	}
	a->count[s->label]++;
	return 0;
}

/* A second name for the file, or a copy. */
static int
give_name(const char *from, const char *dir)
{
	char *in =
	    file_is_dir(from) ? path_join(from, "data.mdb") : mem_strdup(from);
	char *to = path_join(dir, "data.mdb");
	int rc = file_exists(in)
	    ? file_mkdirs(dir)
	    : file_absent(from, "%s: no LMDB: there is no data.mdb", from);

	if (rc == 0 && link(in, to) < 0) {
		log_info("%s is copied: %s", in, strerror(errno));
		rc = file_copy(in, to);
	}
	mem_free(in);
	mem_free(to);
	return rc;
}

/* What records have, by the first of the training. */
static void
learn_columns(struct adoption *a)
{
	const struct record_column *c;
	int n = record_columns(&c, a->db);

	a->columns =
	    n > RECORD_LABEL && c[RECORD_LABEL].kind != VALUE_CLASS ? 1 : 0;
	if (a->columns == 0)
		return;
	a->notes.kind = c[RECORD_LABEL].kind;
	if (c[RECORD_LABEL].kind == VALUE_IMAGE)
		a->notes.task = a->o->masks ? "segmentation" : "image";
	else if (c[RECORD_LABEL].height == 1 && c[RECORD_LABEL].width == 1)
		a->notes.task = "regression";
}

/* Classes, where there are any: labels that are all 0 are none. */
static int
keep_classes(struct adoption *a, int part)
{
	struct dset_created *out = a->out;

	if (a->columns > 0)
		return 0;
	if (part == DSET_TRAIN) {
		a->notes.task = a->classes > 1 ? "classification" : NULL;
		if (a->classes < 2)
			return 0;
		if (out->nlabels > 0 && out->nlabels < a->classes)
			return err_set(ERR_FORMAT,
			    "%s names %zu classes, and records have %zu",
			    a->o->names, out->nlabels, a->classes);
		if (out->nlabels == 0) {
			mem_free(out->labels);
			out->labels = mem_array(char *, a->classes + 1);
			for (size_t i = 0; i < a->classes; i++)
				out->labels[i] = mem_printf("%zu", i);
			out->nlabels = a->classes;
		}
	}
	if (a->notes.task == NULL)
		return 0;
	if (a->classes > out->nlabels)
		return err_set(ERR_FORMAT,
		    "a %s record has class %zu, and there are %zu in training",
		    a->part, a->classes - 1, out->nlabels);
	out->per_class[part] = mem_array(uint64_t, out->nlabels);
	if (a->classes > 0)
		memcpy(out->per_class[part], a->count,
		    a->classes * sizeof *a->count);
	return 0;
}

/* Look at all records of a part. */
static int
walk_part(struct adoption *a, int part, const char *db)
{
	const struct dset_walk w = { .ctx = a,
		.threads = a->o->threads,
		.flags = RECORD_KEEP,
		.user_size = sizeof(struct seen),
		.work = look,
		.tell = tell };
	int rc = record_db_open(&a->db, db);

	if (rc < 0)
		return rc;
	if (part == DSET_TRAIN)
		learn_columns(a);
	a->digest = record_digest_new();
	a->classes = 0;
	rc = dset_walk_run(&w, a->db, a->part);
	record_digest_text(a->digest, a->out->digest[part]);
	record_digest_free(a->digest);
	a->out->count[part] = record_db_count(a->db);
	a->out->made[part] = rc == 0;
	record_db_close(a->db);
	a->db = NULL;
	return rc == 0 ? keep_classes(a, part) : rc;
}

static int
adopt_part(struct adoption *a, int part)
{
	const struct dset_adopt_options *o = a->o;
	const char *labels = o->labels[part];
	char *db, *side = NULL;
	int rc;

	a->part = dset_part_name((enum dset_part)part);
	db = mem_printf("%s/%s_db", a->dir, a->part);
	if (labels != NULL)
		side = path_join(db, "features");
	rc = give_name(o->features[part], side != NULL ? side : db);
	mem_free(side);
	side = path_join(db, "labels");
	if (rc == 0 && labels != NULL)
		rc = give_name(labels, side);
	if (rc == 0) {
		rc = walk_part(a, part, db);
		if (rc < 0)
			rc = err_in(rc, "%s%s%s", o->features[part],
			    labels != NULL ? " and " : "",
			    labels != NULL ? labels : "");
	}
	mem_free(side);
	mem_free(db);
	return rc;
}

static int
copy_beside(const struct adoption *a, const char *from, const char *name)
{
	char *to = path_join(a->dir, name);
	int rc = from != NULL ? file_copy(from, to) : 0;

	mem_free(to);
	return rc;
}

static int
adopt_all(struct adoption *a)
{
	struct dset_created *out = a->out;
	int rc = 0;

	if (a->o->names != NULL)
		rc = dset_labels_read(&out->labels, &out->nlabels, a->o->names);
	for (int part = 0; rc == 0 && part < DSET_PARTS; part++)
		if (a->o->features[part] != NULL)
			rc = adopt_part(a, part);
	if (rc == 0)
		rc = copy_beside(a, a->o->names, "labels.txt");
	if (rc == 0)
		rc = copy_beside(a, a->o->mean, "mean.binaryproto");
	for (int k = 0; k < 2; k++)
		if (a->differ[k])
			memset(a->notes.shape[k], 0, sizeof a->notes.shape[k]);
	out->channels = a->notes.shape[0][0];
	out->height = a->notes.shape[0][1];
	out->width = a->notes.shape[0][2];
	out->labels_per_record =
	    a->columns > 0 && a->notes.kind == VALUE_NUMBERS
	    ? (size_t)a->notes.shape[1][0]
	    : 1;
	return rc == 0 ? dset_notes_adopt(a->dir, a->o->command, out, &a->notes)
		       : rc;
}

int
dset_adopt(struct dset_created *out, const struct dset_adopt_options *o)
{
	struct adoption a = { .o = o, .out = out };
	struct file_dir *dir = NULL;
	const double start = stop_clock();
	int rc;

	memset(out, 0, sizeof *out);
	rc = file_dir_begin(&dir, o->out, o->force ? &dset_kind : NULL);
	if (rc == 0) {
		a.dir = file_dir_path(dir);
		rc = adopt_all(&a);
	}
	out->seconds = stop_clock() - start;
	if (rc == 0)
		rc = file_dir_commit(&dir);
	if (rc < 0)
		dset_created_clear(out);
	file_dir_abort(&dir);
	mem_free(a.count);
	return rc;
}
