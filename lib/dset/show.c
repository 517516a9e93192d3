/* Text and JSON of dset-show. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/path.h"
#include "dset/export/draw.h"
#include "dset/export/export.h"
#include "dset/export/say.h"
#include "dset/show.h"
#include "dset/survey.h"
#include "dset/table.h"
#include "file/file.h"
#include "json/json.h"

enum { DUPLICATES_NAMED = 20 };

struct show {
	const struct dset *d;
	const struct dset_show_options *o;
	struct buf *out;
	struct dset_survey survey[DSET_PARTS];
	const char *backend[DSET_PARTS]; /* NULL: no such part */
	struct record_column columns[DSET_PARTS][RECORD_COLUMNS_MAX];
	char *names[DSET_PARTS][RECORD_COLUMNS_MAX]; /* of the columns */
	int ncolumns[DSET_PARTS];
	struct dset_duplicates *duplicates;
	uint64_t named;
};

static void
hear_duplicate(void *ctx, size_t index, struct dset_seen here,
    const struct dset_seen *first)
{
	struct show *s = ctx;

	if (s->named++ < DUPLICATES_NAMED)
		log_warn(
		    "%s record %zu (label %d) is the same picture as %s record %u (label %d)",
		    dset_part_name((enum dset_part)here.part), index,
		    here.label, dset_part_name((enum dset_part)first->part),
		    (unsigned)first->index, first->label);
}

static void
keep_columns(struct show *s, int part, const struct record_db *db)
{
	const struct record_column *c;
	int k;

	s->ncolumns[part] = record_columns(&c, db);
	for (k = 0; k < s->ncolumns[part]; k++) {
		s->columns[part][k] = c[k];
		s->columns[part][k].name = s->names[part][k] =
		    mem_strdup(c[k].name);
	}
}

/* A net takes pictures of one kind alone. */
static void
warn_mixed(const struct show *s, int part)
{
	const struct dset_survey *v = &s->survey[part];
	uint64_t gray = 0, colour = 0;

	for (size_t i = 0; i < v->nshapes; i++) {
		gray += v->shapes[i].channels == 1 ? v->shapes[i].n : 0;
		colour += v->shapes[i].channels == 3 ? v->shapes[i].n : 0;
	}
	if (gray > 0 && colour > 0)
		log_warn(
		    "%s: %" PRIu64 " gray and %" PRIu64
		    " colour records are mixed: force_color: true in a net's transform_param reads them alike, or --export them and make a set by dset-create --color",
		    s->d->db_path[part], gray, colour);
}

static int
survey_part(struct show *s, int part)
{
	struct dset_survey_options so = { .pixels = s->o->pixels,
		.threads = s->o->threads,
		.part = (enum dset_part)part,
		.duplicates = s->duplicates,
		.bad = s->o->bad,
		.duplicate = hear_duplicate,
		.ctx = s };
	struct record_db *db;
	int rc;

	TRY(dset_open_part(&db, s->d, (enum dset_part)part));
	s->backend[part] =
	    strcmp(record_db_backend(db), "lmdb") == 0 ? "lmdb" : "hdf5";
	keep_columns(s, part, db);
	rc = dset_survey_make(&s->survey[part], db, &so);
	if (rc == 0)
		warn_mixed(s, part);
	record_db_close(db);
	return rc;
}

/* Has it columns beside the picture and a class or a row of numbers? */
static bool
has_columns(const struct show *s, int part)
{
	const struct record_column *c = s->columns[part];

	return s->ncolumns[part] > 2 ||
	    (c[RECORD_LABEL].kind != VALUE_CLASS &&
		(c[RECORD_LABEL].kind != VALUE_NUMBERS ||
		    c[RECORD_LABEL].height > 1 || c[RECORD_LABEL].width > 1));
}

/* Kind and shape of each; the shape is that of the first record. */
static int
text_columns(struct show *s, int part)
{
	const struct record_column *c = s->columns[part];
	int k;

	for (k = RECORD_LABEL; has_columns(s, part) && k < s->ncolumns[part];
	     k++) {
		TRY(buf_printf(s->out, "       %-9s %s", c[k].name,
		    value_kind_name(c[k].kind)));
		if (c[k].channels > 0)
			TRY(buf_printf(s->out, "  %dx%dx%d", c[k].channels,
			    c[k].height, c[k].width));
		TRY(buf_addc(s->out, '\n'));
	}
	return 0;
}

static void
json_columns(struct json_w *w, const struct show *s, int part)
{
	const struct record_column *c = s->columns[part];
	int k;

	if (!has_columns(s, part))
		return;
	json_w_key(w, "columns");
	json_w_array(w);
	for (k = RECORD_LABEL; k < s->ncolumns[part]; k++) {
		json_w_object(w);
		json_w_kstr(w, "name", c[k].name);
		json_w_kstr(w, "kind", value_kind_name(c[k].kind));
		json_w_kint(w, "channels", c[k].channels);
		json_w_kint(w, "height", c[k].height);
		json_w_kint(w, "width", c[k].width);
		json_w_object_end(w);
	}
	json_w_array_end(w);
}

static int
text_shapes(struct buf *out, const struct dset_survey *v)
{
	size_t i;

	for (i = 0; i < v->nshapes && i < 3; i++)
		TRY(buf_printf(out, "%s%dx%dx%d", i ? ", " : "",
		    v->shapes[i].channels, v->shapes[i].height,
		    v->shapes[i].width));
	if (v->nshapes > 3)
		TRY(buf_printf(out, " and %" PRIu64 " other shapes",
		    (uint64_t)(v->nshapes - 3) + v->other_shapes));
	return 0;
}

static int
text_part(struct show *s, int part)
{
	static const char *const colours[] = { "blue", "green", "red" };
	const struct dset_survey *v = &s->survey[part];
	int c;

	TRY(buf_printf(s->out, "%-6s %9" PRIu64 " records  %s  ",
	    dset_part_name((enum dset_part)part), v->records,
	    s->backend[part]));
	TRY(text_shapes(s->out, v));
	TRY(buf_printf(s->out, "  %s",
	    v->encoded == 0                ? "raw"
		: v->encoded == v->records ? "encoded"
					   : "some encoded"));
	if (v->bad)
		TRY(buf_printf(s->out, "  %" PRIu64 " bad", v->bad));
	TRY(buf_addc(s->out, '\n'));
	TRY(text_columns(s, part));
	if (!s->o->pixels)
		return 0;
	for (c = 0; c < v->channels; c++)
		TRY(buf_printf(s->out, "       %-5s mean %.3f deviation %.3f\n",
		    v->channels == 3 ? colours[c] : "value", v->mean[c],
		    v->deviation[c]));
	if (v->duplicates)
		TRY(buf_printf(s->out,
		    "       %" PRIu64 " %s, %" PRIu64
		    " of them in another part, %" PRIu64
		    " with another label\n",
		    v->duplicates,
		    num_plural(v->duplicates, "duplicate", "duplicates"),
		    v->leaks, v->conflicts));
	return 0;
}

/* One object for each part, then those of the classes. */
static int
json_part(struct show *s, int part)
{
	const struct dset_survey *v = &s->survey[part];
	struct json_w w;
	size_t i;
	int c;

	json_w_init(&w, s->out, 0);
	json_w_object(&w);
	json_w_kstr(&w, "part", dset_part_name((enum dset_part)part));
	json_w_kstr(&w, "backend", s->backend[part]);
	json_w_kint(&w, "records", (int64_t)v->records);
	json_w_kint(&w, "encoded", (int64_t)v->encoded);
	json_w_kint(&w, "bad", (int64_t)v->bad);
	json_w_key(&w, "shapes");
	json_w_array(&w);
	for (i = 0; i < v->nshapes; i++) {
		json_w_object(&w);
		json_w_kint(&w, "channels", v->shapes[i].channels);
		json_w_kint(&w, "height", v->shapes[i].height);
		json_w_kint(&w, "width", v->shapes[i].width);
		json_w_kint(&w, "count", (int64_t)v->shapes[i].n);
		json_w_object_end(&w);
	}
	json_w_array_end(&w);
	json_columns(&w, s, part);
	if (s->o->pixels) {
		json_w_key(&w, "mean");
		json_w_array(&w);
		for (c = 0; c < v->channels; c++)
			json_w_num(&w, v->mean[c]);
		json_w_array_end(&w);
		json_w_key(&w, "deviation");
		json_w_array(&w);
		for (c = 0; c < v->channels; c++)
			json_w_num(&w, v->deviation[c]);
		json_w_array_end(&w);
		json_w_kint(&w, "duplicates", (int64_t)v->duplicates);
		json_w_kint(&w, "across_parts", (int64_t)v->leaks);
		json_w_kint(&w, "label_conflicts", (int64_t)v->conflicts);
	}
	json_w_object_end(&w);
	TRY(json_w_end(&w));
	return buf_addc(s->out, '\n');
}

/* The histogram: names from labels.txt, numbers for labels beyond it. */
static int
classes(struct show *s)
{
	uint64_t *counts[DSET_PARTS] = { NULL };
	char **names, number[24];
	size_t n = s->d->nlabels, i, k;
	int part, rc;

	for (part = 0; part < DSET_PARTS; part++) {
		/* Where labels are no classes there is nothing to count. */
		if (s->backend[part] != NULL && has_columns(s, part) &&
		    s->columns[part][RECORD_LABEL].kind != VALUE_CLASS)
			return 0;
		if (s->survey[part].nlabels > n)
			n = s->survey[part].nlabels;
	}
	names = mem_array(char *, n + 1);
	for (i = 0; i < n; i++) {
		snprintf(number, sizeof number, "%zu", i);
		names[i] =
		    mem_strdup(i < s->d->nlabels ? s->d->labels[i] : number);
	}
	for (part = 0; part < DSET_PARTS; part++) {
		if (s->backend[part] == NULL)
			continue;
		counts[part] = mem_array(uint64_t, n + 1);
		for (k = 0; k < s->survey[part].nlabels; k++)
			counts[part][k] = s->survey[part].per_label[k];
	}
	rc = dset_table_classes(
	    s->out, "records", names, n, counts, s->o->format);
	dset_labels_free(names, n);
	for (part = 0; part < DSET_PARTS; part++)
		mem_free(counts[part]);
	return rc;
}

static void
clear_part(struct show *s, int part)
{
	int k;

	dset_survey_clear(&s->survey[part]);
	for (k = 0; k < s->ncolumns[part]; k++)
		mem_free(s->names[part][k]);
}

int
dset_show_summary(
    struct buf *out, const struct dset *d, const struct dset_show_options *o)
{
	struct show s = { .d = d, .o = o, .out = out };
	int part, rc = 0, seen = 0;

	s.duplicates = o->pixels ? dset_duplicates_new() : NULL;
	if (o->format == PROG_TEXT)
		rc = buf_printf(out, "%s%s%s%s%s\n", d->path,
		    *d->task ? ": " : "", d->task,
		    *d->encoding ? ", pictures stored as " : "",
		    strcmp(d->encoding, "none") == 0 ? "plain pixels"
						     : d->encoding);
	for (part = 0; rc == 0 && part < DSET_PARTS; part++) {
		if (d->db_path[part] == NULL ||
		    (o->part >= 0 && o->part != part))
			continue;
		seen++;
		rc = survey_part(&s, part);
		if (rc == 0 && o->format == PROG_FMT_JSON)
			rc = json_part(&s, part);
		else if (rc == 0 && o->format == PROG_TEXT)
			rc = text_part(&s, part);
	}
	if (rc == 0 && seen == 0)
		rc = err_set(ERR_MISSING, "%s: no %s database", d->path,
		    dset_part_name((enum dset_part)o->part));
	if (rc == 0)
		rc = classes(&s);
	if (rc == 0)
		rc = dset_say_figures(out, d, o->part, o->threads, o->format);
	for (part = 0; part < DSET_PARTS; part++)
		clear_part(&s, part);
	dset_duplicates_free(s.duplicates);
	return rc;
}

static int
write_picture(const struct value *v, const char *file, int force)
{
	struct image im;
	struct buf b;
	const char *ext;
	int rc;

	image_init(&im);
	buf_init(&b, RECORD_BYTES_MAX);
	rc = dset_value_file(&b, &ext, v, &im);
	/* As it is stored where the name agrees, else through a picture. */
	if (rc == 0 &&
	    (strcmp(file, "-") == 0 || path_has_ext(file, ext) ||
		(strcmp(ext, ".jpg") == 0 && path_has_ext(file, ".jpeg")) ||
		path_has_ext(ext, ".npy"))) {
		rc = file_write(file, b.data, b.len, force);
	} else if (rc == 0) {
		rc = image_decode(
		    &im, b.data, b.len, "record", IMAGE_NO_EXIF, 0, 0);
		if (rc == 0)
			rc = image_write(file, &im, force);
	}
	buf_clear(&b);
	image_clear(&im);
	return rc;
}

static int
facts(struct buf *out, const struct dset *d, int part, const struct record *r,
    size_t bytes, enum prog_format format)
{
	const struct value *v = &r->v[RECORD_DATA];
	const bool class = r->v[RECORD_LABEL].kind == VALUE_CLASS;
	const char *name =
	    class && r->label >= 0 && (size_t)r->label < d->nlabels
	    ? d->labels[r->label]
	    : NULL;
	const int label = r->v[RECORD_LABEL].kind != VALUE_BOXES ? r->label : 0;
	char *key = mem_strndup(r->key != NULL ? r->key : "", r->key_len);
	struct json_w w;
	int rc;

	if (format == PROG_FMT_JSON) {
		json_w_init(&w, out, 0);
		json_w_object(&w);
		json_w_kstr(&w, "part", dset_part_name((enum dset_part)part));
		json_w_kint(&w, "record", (int64_t)r->index);
		json_w_kstr(&w, "key", r->key != NULL ? key : NULL);
		json_w_kint(&w, "label", label);
		json_w_kstr(&w, "class", name);
		json_w_kint(&w, "channels", v->channels);
		json_w_kint(&w, "height", v->height);
		json_w_kint(&w, "width", v->width);
		json_w_kbool(&w, "encoded", v->encoded);
		json_w_kint(&w, "bytes", (int64_t)bytes);
		rc = dset_say_json(&w, r, d);
		json_w_object_end(&w);
		if (rc == 0)
			rc = json_w_end(&w);
		if (rc == 0)
			rc = buf_addc(out, '\n');
	} else {
		rc = buf_printf(out, "%s\t%zu\t%s\t%d\t%s\t%dx%dx%d\t%s\t%zu\n",
		    dset_part_name((enum dset_part)part), r->index, key, label,
		    name != NULL ? name : "-", v->channels, v->height, v->width,
		    v->encoded ? "encoded" : "raw", bytes);
		if (rc == 0)
			rc = dset_say_text(out, r, d);
	}
	mem_free(key);
	return rc;
}

/* With what its record says of it. */
static int
write_drawn(struct record_db *db, size_t i, const struct dset *d,
    const char *file, int force)
{
	struct record_tools tools;
	struct record r;
	struct image im;
	struct buf b;
	int rc;

	record_tools_init(&tools);
	image_init(&im);
	buf_init(&b, RECORD_BYTES_MAX);
	rc = record_read(&r, db, i, &tools, 0);
	if (rc == 0)
		rc = dset_value_image(&im, &r.v[RECORD_DATA]);
	if (rc == 0)
		rc = dset_draw(&im, &r, d);
	if (rc == 0 && strcmp(file, "-") != 0)
		rc = image_write(file, &im, force);
	else if (rc == 0)
		rc = image_encode_png(&b, &im, -1);
	if (rc == 0 && b.len > 0)
		rc = file_write(file, b.data, b.len, force);
	buf_clear(&b);
	image_clear(&im);
	record_tools_clear(&tools);
	return rc;
}

/* By key, else by number; 1: found in this part. */
static int
find(size_t *i, const struct record_db *db, const char *key)
{
	int64_t n;

	if (strcmp(record_db_backend(db), "lmdb") == 0 &&
	    record_db_find(i, db, key, strlen(key)) == 0)
		return 1;
	if (num_int(&n, key, 0, INT64_MAX) < 0 ||
	    (uint64_t)n >= record_db_count(db))
		return 0;
	*i = (size_t)n;
	return 1;
}

int
dset_show_record(struct buf *out, const struct dset *d, const char *key,
    const char *file, int force, const struct dset_show_options *o)
{
	struct record_tools tools;
	struct record r;
	struct record_db *db;
	const void *p;
	size_t i, bytes = 0;
	int part, rc = 0, found = 0;

	record_tools_init(&tools);
	for (part = 0; rc == 0 && !found && part < DSET_PARTS; part++) {
		if (d->db_path[part] == NULL ||
		    (o->part >= 0 && o->part != part))
			continue;
		rc = dset_open_part(&db, d, (enum dset_part)part);
		found = rc == 0 && find(&i, db, key);
		if (found) {
			rc = record_read(&r, db, i, &tools, RECORD_KEEP);
			if (rc == 0 && r.key != NULL)
				rc = record_db_value(&p, &bytes, db, i);
			if (rc == 0 && file != NULL && dset_draws(d, &r))
				rc = write_drawn(db, i, d, file, force);
			else if (rc == 0 && file != NULL)
				rc = write_picture(
				    &r.v[RECORD_DATA], file, force);
			if (rc == 0 && (file == NULL || strcmp(file, "-") != 0))
				rc = facts(out, d, part, &r, bytes, o->format);
		}
		record_db_close(db);
	}
	if (rc == 0 && !found)
		rc = err_set(ERR_MISSING, "%s: no record %s", d->path, key);
	record_tools_clear(&tools);
	return rc;
}
