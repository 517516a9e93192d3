/* dset-create, all but its options. */
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/path.h"
#include "base/stop.h"
#include "dset/create.h"
#include "dset/notes.h"
#include "dset/product.h"
#include "file/file.h"
#include "file/quote.h"
#include "json/json.h"
#include "prog/prog.h"

enum { DUPLICATES_NAMED = 20 }; /* on stderr; dataset.json has more */
enum { EVENT_BYTES_MAX = 1 << 16, LINE_BYTES_MAX = 1 << 24 };

/* One making of a data set. */
struct making {
	const struct dset_create_options *o;
	struct dset_plan plan;
	struct dset_writer w;
	struct record_column columns[RECORD_COLUMNS_MAX];
	struct dset_notes notes;
	struct dset_created *out;
	struct dset_mean mean;
	bool has_mean;
	uint64_t tally[DSET_PARTS][DSET_TALLY];
	double start;
};

static int
hear_bad(void *ctx, const char *path, int64_t record, const char *reason)
{
	struct making *m = ctx;

	dset_notes_skip(&m->notes, path, reason);
	m->out->skipped++;
	return m->o->bad != NULL ? m->o->bad(path, record, reason, m->w.total)
				 : 0;
}

/* "val picture of cat", or without classes "val picture"; the caller's. */
static char *
describe(const struct making *m, enum dset_part part, int label)
{
	const char *name = dset_part_name(part);

	if (!m->plan.task->classes)
		return mem_printf("%s picture", name);
	if (label >= 0 && (size_t)label < m->plan.nlabels)
		return mem_printf(
		    "%s picture of %s", name, m->plan.labels[label]);
	return mem_printf("%s picture of %d", name, label);
}

static void
warn_duplicate(
    const struct making *m, const struct dset_duplicate *t, bool drop)
{
	char *a = describe(m, t->part, t->label);
	char *b = describe(m, t->first_part, t->first_label);

	log_warn("%s: %s is the same as %s, %s%s", t->path, a, t->first_path, b,
	    drop ? ": left out" : "");
	mem_free(a);
	mem_free(b);
}

static void
hear_duplicate(void *ctx, const struct dset_duplicate *t)
{
	struct making *m = ctx;
	struct dset_created *out = m->out;
	bool drop = m->o->on_duplicate == DSET_DROP;

	dset_notes_duplicate(&m->notes, t);
	out->duplicates++;
	out->dropped += drop;
	out->leaks += t->part != t->first_part;
	out->conflicts += t->conflict;
	if (out->duplicates <= DUPLICATES_NAMED)
		warn_duplicate(m, t, drop);
	else if (out->duplicates == DUPLICATES_NAMED + 1)
		log_warn("more duplicate pictures: see dataset.json");
}

/* Lines "path label" of what is in the database, in its order. */
static int
write_list(const char *path, const struct dset_task *task,
    const struct dset_sample *v, size_t n)
{
	struct file_out *o = NULL;
	struct buf line;
	size_t i;
	int rc = file_out_open(&o, path, 0);

	if (rc < 0)
		return rc;
	buf_init(&line, LINE_BYTES_MAX);
	for (i = 0; rc == 0 && i < n; i++) {
		buf_reset(&line);
		rc = quote_name(&line, v[i].path);
		if (rc == 0)
			rc = dset_task_list(&line, task, &v[i]);
		if (rc == 0)
			rc = buf_addc(&line, '\n');
		fwrite(line.data, 1, line.len, file_out_stream(o));
	}
	buf_clear(&line);
	if (rc == 0)
		return file_out_commit(&o);
	file_out_abort(&o);
	return rc;
}

static int
write_labels(const struct dset_plan *p, const char *dir)
{
	char *path = path_join(dir, "labels.txt");
	struct file_out *o = NULL;
	size_t i;
	int rc = 0;

	if (p->nlabels > 0)
		rc = file_out_open(&o, path, 0);
	for (i = 0; o != NULL && i < p->nlabels; i++)
		fprintf(file_out_stream(o), "%s\n", p->labels[i]);
	if (o != NULL)
		rc = file_out_commit(&o);
	mem_free(path);
	return rc;
}

/* Counts for each class of what was written. */
static void
count(struct making *m, int part)
{
	struct dset_created *out = m->out;
	uint64_t i;

	const struct dset_task *task = m->plan.task;

	if ((!task->classes && task->count == NULL) || out->nlabels == 0)
		return;
	out->per_class[part] = mem_array(uint64_t, out->nlabels);
	for (i = 0; i < out->count[part]; i++)
		if (task->count != NULL)
			task->count(out->per_class[part], &m->plan,
			    (enum dset_part)part, &m->plan.part[part][i]);
		else
			out->per_class[part][m->plan.part[part][i].label]++;
}

/* Pixels of each class; without names there are as many classes as were seen. */
static void
count_tallies(struct making *m)
{
	struct dset_created *out = m->out;
	uint64_t(*tally)[DSET_TALLY] = m->tally;
	const int last = DSET_TALLY - 1;
	int part;

	if (!m->plan.task->tallies)
		return;
	if (out->nlabels == 0) {
		mem_free(out->labels);
		out->labels = mem_array(char *, DSET_TALLY);
		for (int i = 0; i < last; i++)
			for (part = 0; part < DSET_PARTS; part++)
				if (tally[part][i] > 0)
					out->nlabels = (size_t)i + 1;
		for (size_t i = 0; i < out->nlabels; i++)
			out->labels[i] = mem_printf("%zu", i);
	}
	for (part = 0; part < DSET_PARTS; part++) {
		if (!out->made[part])
			continue;
		out->per_class[part] = mem_array(uint64_t, out->nlabels + 1);
		for (size_t i = 0; i < out->nlabels; i++)
			out->per_class[part][i] = tally[part][i];
		out->ignored[part] = tally[part][last];
	}
}

/* A line for --events: what happened, to which part, and the counts so far. */
static void
tell_event(const struct making *m, const char *event, int part)
{
	struct json_w w;
	struct buf b;

	if (!log_events_on())
		return;
	buf_init(&b, EVENT_BYTES_MAX);
	json_w_init(&w, &b, 0);
	json_w_object(&w);
	json_w_kstr(&w, "event", event);
	json_w_kstr(&w, "dataset", m->o->out);
	json_w_kstr(&w, "part", dset_part_name((enum dset_part)part));
	json_w_kint(&w, "pictures", (int64_t)m->plan.n[part]);
	json_w_kint(&w, "records", (int64_t)m->out->count[part]);
	json_w_kint(&w, "skipped", (int64_t)m->out->skipped);
	json_w_kint(&w, "duplicates", (int64_t)m->out->duplicates);
	json_w_knum(&w, "elapsed", stop_clock() - m->start);
	json_w_object_end(&w);
	if (json_w_end(&w) == 0)
		log_event(b.data, b.len);
	buf_clear(&b);
}

/* None of a list's pictures can be used: is it the list of another folder? */
static int
hint_root(const struct making *m, int part, int rc)
{
	const struct dset_plan_options *o = &m->o->plan;
	const char *list = o->part_list[part];

	if (list == NULL && o->part_folder[part] == NULL)
		list = o->list;
	return list != NULL && m->plan.n[part] > 0 && o->stream == NULL
	    ? file_root_hint(rc, list, o->root, m->plan.part[part][0].path)
	    : rc;
}

static int
make_part(struct making *m, int part, const char *dir)
{
	const char *name = dset_part_name((enum dset_part)part);
	struct dset_mean *mean = NULL;
	struct dset_written done;
	char *db, *list;
	int rc;

	/* As in DIGITS, the mean is that of the training pictures. */
	if (part == DSET_TRAIN && m->o->mean && m->w.form.width > 0 &&
	    !m->w.arrays)
		mean = &m->mean;
	db = mem_printf("%s/%s_db", dir, name);
	list = mem_printf("%s/%s.txt", dir, name);
	rc = dset_writer_run(&done, &m->w, (enum dset_part)part,
	    m->plan.n[part], db, m->plan.first, m->plan.step, mean);
	if (rc == ERR_FORMAT && done.n == 0)
		rc = hint_root(m, part, rc);
	if (rc == 0)
		rc = write_list(list, m->plan.task, m->plan.part[part], done.n);
	m->out->made[part] = rc == 0;
	m->out->count[part] = done.n;
	memcpy(m->tally[part], done.tally, sizeof done.tally);
	memcpy(m->out->digest[part], done.digest, DIGEST_MAX);
	if (rc == 0)
		count(m, part);
	if (rc == 0 && mean != NULL)
		rc = dset_mean_write(mean, dir);
	m->has_mean |= mean != NULL;
	mem_free(db);
	mem_free(list);
	return rc;
}

/* What the records have beside the picture, as the task says. */
static void
set_columns(struct making *m)
{
	const struct dset_task *task = m->plan.task;
	struct record_form *f = &m->w.form;
	const struct record_column picture = { .name = "data",
		.kind = VALUE_IMAGE,
		.channels = f->channels,
		.height = f->height,
		.width = f->width,
		.encoding = f->encoding == IMAGE_RAW ? IMAGE_RAW : IMAGE_PNG };

	m->out->labels_per_record = 1;
	m->w.task = m->out->task = task;
	if (task->columns == NULL)
		return;
	f->columns = m->columns;
	f->ncolumns = task->columns(m->columns, &m->plan, &picture);
	if (f->ncolumns == 1 && m->columns[0].kind == VALUE_NUMBERS)
		m->out->labels_per_record = (size_t)m->columns[0].channels;
}

/* That of the first picture, where all are kept as they are. */
static void
first_size(struct making *m)
{
	const struct dset_sample *s = &m->plan.part[DSET_TRAIN][0];
	struct image_info info;

	if (path_is_url(s->path) || s->bytes != NULL ||
	    dset_pairs_probe(&info, s->path) < 0)
		return;
	m->w.form.width = info.width;
	m->w.form.height = info.height;
}

/* What records are brought to: without --size what they are padded to, and
 * without that what holds them all; pictures with masks or
 * targets keep theirs. */
static void
set_size(struct making *m)
{
	const struct dset_detect *d = m->plan.detect;
	const struct dset_one_size *all = m->plan.stream != NULL
	    ? dset_stream_size(m->plan.stream)
	    : m->plan.masks != NULL   ? &m->plan.masks->size
	    : m->plan.targets != NULL ? &m->plan.targets->pictures
				      : NULL;
	struct dset_writer *w = &m->w;

	w->pad_width = m->o->pad[0];
	w->pad_height = m->o->pad[1];
	if (w->form.width == 0 && w->pad_width == 0 && d != NULL) {
		w->pad_width = d->width;
		w->pad_height = d->height;
	}
	m->out->pad_width = w->pad_width;
	m->out->pad_height = w->pad_height;
	if (w->form.width == 0) {
		w->form.width = w->pad_width;
		w->form.height = w->pad_height;
	}
	if (w->form.width == 0 && all != NULL && !all->differ) {
		w->form.width = all->width;
		w->form.height = all->height;
	}
	w->deep = m->o->deep && !w->arrays;
	if (w->deep)
		w->form.encoding = IMAGE_RAW;
	if (m->o->mean && (w->arrays || w->form.width == 0))
		log_info("%s have no mean picture",
		    w->arrays ? "arrays" : "pictures of several sizes");
	if (w->form.width == 0 && m->o->deep && (all == NULL || !all->differ))
		first_size(m);
	m->out->channels = w->form.channels;
	m->out->height = w->form.height;
	m->out->width = w->form.width;
}

static void
start_writer(struct making *m)
{
	const struct dset_create_options *o = m->o;
	struct dset_writer *w = &m->w;
	uint64_t found = 0;
	int part, shape[3];

	w->backend = o->backend;
	w->form = o->form;
	w->plan = &m->plan;
	w->arrays =
	    m->plan.stream != NULL && dset_stream_arrays(m->plan.stream, shape);
	if (w->arrays && o->form.width > 0)
		log_warn("--size has no effect: arrays are kept as they are");
	if (w->arrays) {
		w->form.channels = shape[0];
		w->form.height = shape[1];
		w->form.width = shape[2];
		w->form.encoding = IMAGE_RAW;
	}
	set_size(m);
	set_columns(m);
	w->mode = o->mode;
	/* Masks and targets are those of pictures as they are stored. */
	w->image_flags =
	    o->no_exif || m->plan.masks != NULL || m->plan.targets != NULL
	    ? IMAGE_NO_EXIF
	    : 0;
	w->threads = o->threads;
	w->s3_endpoint = o->plan.s3_endpoint;
	w->on_duplicate = o->on_duplicate;
	w->duplicates = dset_duplicates_new();
	w->bad.fn = hear_bad;
	w->bad.ctx = w->ctx = m;
	w->duplicate = hear_duplicate;
	for (part = 0; part < DSET_PARTS; part++) {
		w->samples[part] = m->plan.part[part];
		found += m->plan.n[part];
	}
	/* Lists and label files were counted with what is bad in them. */
	if (found > w->total)
		w->total = found;
	dset_mean_init(
	    &m->mean, w->form.width, w->form.height, w->form.channels);
}

/* A list may name the one picture that a data set holds. */
static int
check_replaced(const struct making *m)
{
	const struct dset_plan *p = &m->plan;
	size_t i;
	int part;

	if (!m->o->force || p->stream != NULL)
		return 0;
	for (part = 0; part < DSET_PARTS; part++)
		for (i = 0; i < p->n[part]; i++)
			if (strcmp(path_base(p->part[part][i].path),
				"mean.png") == 0)
				replace_input(p->part[part][i].path);
	return replace_check_inputs(m->o->out);
}

static int
make_in(struct making *m, const char *dir)
{
	int part, rc = 0;

	if (m->plan.n[DSET_TRAIN] == 0)
		return err_set(ERR_FORMAT, "no picture is left for training");
	start_writer(m);
	rc = write_labels(&m->plan, dir);
	for (part = 0; rc == 0 && part < DSET_PARTS; part++)
		if (m->plan.n[part] > 0) {
			tell_event(m, "part_start", part);
			rc = make_part(m, part, dir);
			tell_event(
			    m, rc == 0 ? "part_end" : "part_failed", part);
		}
	image_low_warn(&m->w.low);
	m->out->seconds = stop_clock() - m->start;
	if (rc == 0)
		count_tallies(m);
	if (rc == 0)
		rc = dset_notes_write(dir, m->o, &m->plan, &m->w.form, m->out,
		    &m->notes, m->has_mean ? &m->mean : NULL);
	return rc;
}

int
dset_create(struct dset_created *out, const struct dset_create_options *o)
{
	struct making m = { .o = o, .out = out };
	struct dset_bad bad = { hear_bad, &m, &m.w.total };
	struct file_dir *dir = NULL;
	size_t i;
	int rc;

	memset(out, 0, sizeof *out);
	m.start = stop_clock();
	rc = file_dir_begin(&dir, o->out, o->force ? &dset_kind : NULL);
	if (rc == 0) {
		struct dset_plan_options plan = o->plan;

		plan.work = file_dir_path(dir);
		rc = dset_plan_make(&m.plan, &plan, &bad);
	}
	if (rc == 0)
		rc = check_replaced(&m);
	if (rc == 0) {
		out->nlabels = m.plan.nlabels;
		out->labels = mem_array(char *, out->nlabels + 1);
		for (i = 0; i < out->nlabels; i++)
			out->labels[i] = mem_strdup(m.plan.labels[i]);
		rc = make_in(&m, file_dir_path(dir));
	}
	if (rc == 0)
		rc = file_dir_commit(&dir);
	if (rc < 0)
		dset_created_clear(out);
	file_dir_abort(&dir);
	dset_duplicates_free(m.w.duplicates);
	dset_mean_clear(&m.mean);
	dset_notes_clear(&m.notes);
	dset_plan_clear(&m.plan);
	return rc;
}

void
dset_created_clear(struct dset_created *c)
{
	int part;

	dset_labels_free(c->labels, c->nlabels);
	for (part = 0; part < DSET_PARTS; part++)
		mem_free(c->per_class[part]);
	memset(c, 0, sizeof *c);
}
