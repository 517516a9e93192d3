/* dataset.json; keys are snake_case and stable. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/path.h"
#include "dset/notes.h"
#include "file/file.h"
#include "json/json.h"
#include "prog/prog.h"

static const size_t notes_bytes_max = (size_t)256 << 20;

void
dset_notes_skip(struct dset_notes *n, const char *path, const char *reason)
{
	if (n->all_skipped++ >= NOTES_MAX)
		return;
	mem_grow(&n->skipped, &n->skipped_cap, n->nskipped + 1);
	n->skipped[n->nskipped++] = (struct dset_note){ .a = mem_strdup(path),
		.b = mem_strdup(reason) };
}

void
dset_notes_duplicate(struct dset_notes *n, const struct dset_duplicate *t)
{
	if (n->all_duplicates++ >= NOTES_MAX)
		return;
	mem_grow(&n->duplicates, &n->duplicates_cap, n->nduplicates + 1);
	n->duplicates[n->nduplicates++] = (struct dset_note){
		.a = mem_strdup(t->path),
		.b = mem_strdup(t->first_path),
		.part = t->part,
		.first_part = t->first_part,
		.label = t->label,
		.first_label = t->first_label,
	};
}

static void
clear_notes(struct dset_note *v, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		mem_free(v[i].a);
		mem_free(v[i].b);
	}
	mem_free(v);
}

void
dset_notes_clear(struct dset_notes *n)
{
	clear_notes(n->skipped, n->nskipped);
	clear_notes(n->duplicates, n->nduplicates);
	memset(n, 0, sizeof *n);
}

static void
put_shape(struct json_w *w, int channels, int height, int width)
{
	json_w_key(w, "shape");
	json_w_object(w);
	json_w_kint(w, "channels", channels);
	json_w_kint(w, "height", height);
	json_w_kint(w, "width", width);
	json_w_object_end(w);
}

/* Of what records have beside a class or a row of numbers. */
static void
put_columns(struct json_w *w, const struct record_form *f)
{
	const struct record_column *c = f->columns;
	int k;

	if (f->ncolumns == 0 ||
	    (f->ncolumns == 1 && c->kind == VALUE_NUMBERS && c->height == 1 &&
		c->width == 1))
		return;
	json_w_key(w, "columns");
	json_w_array(w);
	for (k = 0; k < f->ncolumns; k++) {
		json_w_object(w);
		json_w_kstr(w, "name", c[k].name);
		json_w_kstr(w, "kind", value_kind_name(c[k].kind));
		if (c[k].channels > 0)
			put_shape(w, c[k].channels, c[k].height, c[k].width);
		json_w_object_end(w);
	}
	json_w_array_end(w);
}

/* Bytes of all files of a database, whatever the backend. */
static int
total_bytes(uint64_t *out, const char *dir)
{
	char **names, *path;
	uint64_t bytes;
	size_t i, n;
	int rc = file_list(&names, &n, dir);

	if (rc < 0)
		return rc;
	for (i = 0; rc == 0 && i < n; i++) {
		path = path_join(dir, names[i]);
		bytes = 0;
		rc = file_look_dir(path);
		if (rc > 0)
			rc = total_bytes(out, path);
		else if (rc == 0)
			rc = file_size(&bytes, path);
		*out += bytes;
		mem_free(path);
	}
	file_list_free(names, n);
	return rc;
}

static int
put_parts(struct json_w *w, const char *dir, const struct dset_created *made,
    bool tallies)
{
	char name[16], *db;
	uint64_t bytes;
	size_t i;
	int part, rc = 0;

	json_w_key(w, "parts");
	json_w_object(w);
	for (part = 0; rc == 0 && part < DSET_PARTS; part++) {
		if (!made->made[part])
			continue;
		json_w_key(w, dset_part_name((enum dset_part)part));
		json_w_object(w);
		snprintf(name, sizeof name, "%s_db",
		    dset_part_name((enum dset_part)part));
		json_w_kstr(w, "database", name);
		json_w_kint(w, "count", (int64_t)made->count[part]);
		if (made->per_class[part] != NULL) {
			json_w_key(w, "per_class");
			json_w_array(w);
			for (i = 0; i < made->nlabels; i++)
				json_w_int(
				    w, (int64_t)made->per_class[part][i]);
			json_w_array_end(w);
		}
		if (tallies)
			json_w_kint(
			    w, "ignored_pixels", (int64_t)made->ignored[part]);
		bytes = 0;
		db = path_join(dir, name);
		rc = total_bytes(&bytes, db);
		json_w_kint(w, "bytes", (int64_t)bytes);
		json_w_kstr(w, "digest", made->digest[part]);
		mem_free(db);
		json_w_object_end(w);
	}
	json_w_object_end(w);
	return rc;
}

/* Where pictures and their labels are from, which are called so. */
static void
put_pairs(struct json_w *w, const struct dset_pairs from[DSET_PARTS],
    const char *labels)
{
	for (int part = 0; part < DSET_PARTS; part++) {
		if (from[part].images == NULL)
			continue;
		json_w_key(w, dset_part_name((enum dset_part)part));
		json_w_object(w);
		json_w_kstr(w, "images", from[part].images);
		json_w_kstr(w, labels, from[part].labels);
		json_w_kstr(w, "list", from[part].list);
		json_w_object_end(w);
	}
}

/* What is asked for of data sets with boxes. */
static void
put_detect(struct json_w *w, const struct dset_create_options *o)
{
	const struct dset_detect_options *d = o->plan.detect;

	json_w_key(w, "detection");
	json_w_object(w);
	put_pairs(w, d->from, "labels");
	json_w_kstr(w, "label_format",
	    dset_label_format_name((enum dset_label_format)d->format));
	json_w_kstr(w, "classes", d->classes);
	json_w_kint(w, "min_box", d->min_box);
	json_w_kbool(w, "difficult", d->difficult);
	json_w_kint(w, "pad_width", o->pad[0]);
	json_w_kint(w, "pad_height", o->pad[1]);
	json_w_object_end(w);
}

/* The colours of the classes, "#rrggbb" each. */
static void
put_palette(struct json_w *w, const struct dset_masks *m)
{
	char colour[8];

	json_w_key(w, "palette");
	json_w_array(w);
	for (int i = 0; i < m->npalette; i++) {
		const uint8_t *rgb = m->palette + 3 * i;

		snprintf(colour, sizeof colour, "#%02x%02x%02x", rgb[0], rgb[1],
		    rgb[2]);
		json_w_str(w, colour);
	}
	json_w_array_end(w);
}

/* What is asked for of data sets with masks. */
static void
put_masks(struct json_w *w, const struct dset_masks_options *m)
{
	json_w_key(w, "segmentation");
	json_w_object(w);
	put_pairs(w, m->from, "masks");
	json_w_kstr(w, "colormap",
	    m->colormap != NULL ? m->colormap : MASK_COLOURS_LABEL);
	json_w_kint(w, "color_limit", m->limit);
	json_w_kstr(w, "class_labels", m->labels);
	json_w_kbool(w, "same_shape", m->same_shape);
	json_w_kbool(w, "difficult", m->difficult);
	json_w_object_end(w);
}

/* What is asked for of data sets with targets. */
static void
put_targets(struct json_w *w, const struct dset_targets_options *t)
{
	json_w_key(w, "image");
	json_w_object(w);
	put_pairs(w, t->from, "targets");
	json_w_kint(w, "target_width", t->width);
	json_w_kint(w, "target_height", t->height);
	json_w_kint(w, "target_channels", t->channels);
	json_w_kbool(w, "same_shape", t->same_shape);
	json_w_object_end(w);
}

static void
put_options(struct json_w *w, const struct dset_create_options *o,
    const struct dset_task *task)
{
	static const char *const duplicates[] = { "report", "drop", "ignore" };
	const struct dset_plan_options *p = &o->plan;
	size_t i;

	json_w_key(w, "options");
	json_w_object(w);
	json_w_key(w, "sources");
	json_w_array(w);
	for (i = 0; i < p->nsources; i++)
		json_w_str(w, p->sources[i]);
	json_w_array_end(w);
	if (p->stream != NULL)
		json_w_kstr(w, "stream", p->stream->from);
	json_w_kstr(w, "list", p->list);
	if (p->columns_text != NULL)
		json_w_kstr(w, "columns", p->columns_text);
	json_w_kstr(w, "root", p->root);
	json_w_kstr(w, "labels", p->labels);
	json_w_kstr(w, "class_map", p->class_map);
	json_w_kstr(w, "labels_from", task->labels_from);
	if (p->first_label > 0)
		json_w_kint(w, "first_label", p->first_label);
	json_w_knum(w, "val_percent", p->percent[DSET_VAL]);
	json_w_knum(w, "test_percent", p->percent[DSET_TEST]);
	json_w_kstr(w, "val_folder", p->part_folder[DSET_VAL]);
	json_w_kstr(w, "test_folder", p->part_folder[DSET_TEST]);
	json_w_kstr(w, "val_list", p->part_list[DSET_VAL]);
	json_w_kstr(w, "test_list", p->part_list[DSET_TEST]);
	json_w_kint(w, "min_per_class", (int64_t)p->min[DSET_TRAIN]);
	json_w_kint(w, "max_per_class", (int64_t)p->max[DSET_TRAIN]);
	json_w_kbool(w, "shuffle", p->shuffle);
	json_w_kint(w, "seed", (int64_t)p->seed);
	json_w_kint(w, "shard", (int64_t)p->shard);
	json_w_kint(w, "shards", (int64_t)p->shards);
	json_w_kbool(w, "exif_orientation", !o->no_exif);
	if (p->detect != NULL)
		put_detect(w, o);
	if (p->masks != NULL && task == &dset_task_segment)
		put_masks(w, p->masks);
	if (p->targets != NULL && task == &dset_task_image)
		put_targets(w, p->targets);
	json_w_kstr(w, "duplicates", duplicates[o->on_duplicate]);
	json_w_object_end(w);
}

static void
put_mean(struct json_w *w, struct dset_mean *mean)
{
	double pixel[3];
	int i;

	json_w_key(w, "mean");
	if (mean == NULL) {
		json_w_null(w);
		return;
	}
	dset_mean_pixel(pixel, mean);
	json_w_object(w);
	json_w_kstr(w, "file", "mean.binaryproto");
	json_w_key(w, "pixel"); /* R G B, or grey */
	json_w_array(w);
	for (i = 0; i < mean->channels; i++)
		json_w_num(w, pixel[i]);
	json_w_array_end(w);
	json_w_object_end(w);
}

static void
put_left_out(struct json_w *w, const struct dset_plan *plan,
    const struct dset_notes *notes)
{
	size_t i;

	json_w_key(w, "classes_left_out");
	json_w_array(w);
	for (i = 0; i < plan->nleft_out; i++) {
		json_w_object(w);
		json_w_kstr(w, "class", plan->left_out[i].name);
		json_w_kint(w, "pictures", (int64_t)plan->left_out[i].n);
		json_w_kstr(w, "reason", plan->left_out[i].reason);
		json_w_object_end(w);
	}
	json_w_array_end(w);
	json_w_kint(w, "skipped_count", (int64_t)notes->all_skipped);
	json_w_key(w, "skipped");
	json_w_array(w);
	for (i = 0; i < notes->nskipped; i++) {
		json_w_object(w);
		json_w_kstr(w, "path", notes->skipped[i].a);
		json_w_kstr(w, "reason", notes->skipped[i].b);
		json_w_object_end(w);
	}
	json_w_array_end(w);
}

static void
put_duplicates(struct json_w *w, const struct dset_created *made,
    const struct dset_notes *notes)
{
	const struct dset_note *t;
	size_t i;

	json_w_key(w, "duplicates");
	json_w_object(w);
	json_w_kint(w, "count", (int64_t)made->duplicates);
	json_w_kint(w, "dropped", (int64_t)made->dropped);
	json_w_kint(w, "across_parts", (int64_t)made->leaks);
	json_w_kint(w, "label_conflicts", (int64_t)made->conflicts);
	json_w_key(w, "pairs");
	json_w_array(w);
	for (i = 0; i < notes->nduplicates; i++) {
		t = &notes->duplicates[i];
		json_w_object(w);
		json_w_kstr(w, "path", t->a);
		json_w_kstr(w, "part", dset_part_name(t->part));
		json_w_kint(w, "label", t->label);
		json_w_kstr(w, "first_path", t->b);
		json_w_kstr(w, "first_part", dset_part_name(t->first_part));
		json_w_kint(w, "first_label", t->first_label);
		json_w_object_end(w);
	}
	json_w_array_end(w);
	json_w_object_end(w);
}

static int
write_notes(const char *dir, struct json_w *w, struct buf *b, int rc)
{
	char *path = path_join(dir, "dataset.json");

	if (rc == 0)
		rc = json_w_end(w);
	if (rc == 0)
		rc = buf_addc(b, '\n');
	if (rc == 0)
		rc = file_write(path, b->data, b->len, 0);
	mem_free(path);
	return rc;
}

/* The column of labels, where they have a database. */
static void
put_adopted(struct json_w *w, const struct dset_adopted *a)
{
	const int *shape = a->shape[1];

	if (a->kind == VALUE_CLASS ||
	    (a->kind == VALUE_NUMBERS && shape[1] == 1 && shape[2] == 1))
		return;
	json_w_key(w, "columns");
	json_w_array(w);
	json_w_object(w);
	json_w_kstr(w, "name", "label");
	json_w_kstr(w, "kind", value_kind_name(a->kind));
	if (shape[0] > 0)
		put_shape(w, shape[0], shape[1], shape[2]);
	json_w_object_end(w);
	json_w_array_end(w);
}

/* How it can be made again, and from where. */
static void
put_origin(struct json_w *w, const char *command)
{
	char *here = getcwd(NULL, 0);

	json_w_kstr(w, "command", command);
	json_w_kwords(w, "arguments", prog_words());
	json_w_kstr(w, "directory", here);
	free(here);
}

int
dset_notes_adopt(const char *dir, const char *command,
    const struct dset_created *made, const struct dset_adopted *a)
{
	struct buf b;
	struct json_w w;
	int rc;

	buf_init(&b, notes_bytes_max);
	json_w_init(&w, &b, 4);
	json_w_object(&w);
	if (a->task != NULL)
		json_w_kstr(&w, "task", a->task);
	json_w_kstr(&w, "nnutils_version", nnutils_version);
	put_origin(&w, command);
	json_w_kstr(&w, "backend", "lmdb");
	put_shape(&w, made->channels, made->height, made->width);
	put_adopted(&w, a);
	json_w_kint(&w, "labels_per_record", (int64_t)made->labels_per_record);
	json_w_key(&w, "classes");
	json_w_array(&w);
	for (size_t i = 0; i < made->nlabels; i++)
		json_w_str(&w, made->labels[i]);
	json_w_array_end(&w);
	rc = put_parts(&w, dir, made, false);
	json_w_knum(&w, "seconds", made->seconds);
	json_w_object_end(&w);
	rc = write_notes(dir, &w, &b, rc);
	buf_clear(&b);
	return rc;
}

int
dset_notes_write(const char *dir, const struct dset_create_options *o,
    const struct dset_plan *plan, const struct record_form *form,
    const struct dset_created *made, const struct dset_notes *notes,
    struct dset_mean *mean)
{
	struct buf b;
	struct json_w w;
	size_t i;
	int rc;

	buf_init(&b, notes_bytes_max);
	json_w_init(&w, &b, 4);
	json_w_object(&w);
	json_w_kstr(&w, "task", plan->task->name);
	json_w_kstr(&w, "nnutils_version", nnutils_version);
	put_origin(&w, o->command);
	json_w_kstr(&w, "backend", o->backend->name);
	json_w_kstr(&w, "encoding", image_encoding_name(form->encoding));
	if (o->deep)
		json_w_kint(&w, "depth", 16);
	json_w_kstr(&w, "resize_mode", image_mode_name(o->mode));
	put_shape(&w, made->channels, made->height, made->width);
	if (made->pad_width > 0) {
		json_w_key(&w, "padding");
		json_w_object(&w);
		json_w_kint(&w, "height", made->pad_height);
		json_w_kint(&w, "width", made->pad_width);
		json_w_object_end(&w);
	}
	put_columns(&w, form);
	json_w_kint(&w, "labels_per_record", (int64_t)made->labels_per_record);
	json_w_key(&w, "classes");
	json_w_array(&w);
	for (i = 0; i < plan->nlabels; i++)
		json_w_str(&w, plan->labels[i]);
	json_w_array_end(&w);
	rc = put_parts(&w, dir, made, plan->task->tallies);
	if (plan->masks != NULL)
		put_palette(&w, plan->masks);
	put_mean(&w, mean);
	put_left_out(&w, plan, notes);
	put_duplicates(&w, made, notes);
	put_options(&w, o, plan->task);
	json_w_knum(&w, "seconds", made->seconds);
	json_w_object_end(&w);
	rc = write_notes(dir, &w, &b, rc);
	buf_clear(&b);
	return rc;
}
