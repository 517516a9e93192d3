/* The pipeline of model-infer over base/queue: see stream.h. */
#include "infer/stream.h"

#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/path.h"
#include "base/progress.h"
#include "base/queue.h"
#include "base/stop.h"
#include "dset/export/export.h"
#include "dset/remote.h"
#include "file/lines.h"
#include "http/http.h"
#include "infer/shot.h"
#include "infer/source.h"
#include "record/column.h"

/* One picture on its way; slots are reused. */
struct item {
	struct source_item q; /* failure.code < 0: the picture is bad */
	size_t db_index;
	struct infer_input input;
	struct image im;
	struct shot *shot; /* what the answers are to have of it */
	struct record_scratch scratch, label;
	bool scratch_ready;
	int low_bits;
};

/* A place of the batch: a picture or a piece of it, prepared. */
struct entry {
	struct infer_input input;
	struct shot *shot;
	size_t piece, pieces;
	struct stream_piece part;
};

struct run {
	const struct stream *s;
	struct source source;
	struct dset_remote **remote; /* one a thread, once it is needed */
	size_t next;                 /* record of the database */
	struct record_db *db;
	bool classed; /* its labels are classes, not numbers or pictures */
	struct entry *batch; /* the one being filled */
	int n, max;
	uint64_t seen;
	struct image_low low;
};

static int
produce_record(struct run *r, struct item *it)
{
	source_item_clear(&it->q);
	if (r->next >= record_db_count(r->db))
		return 0;
	it->db_index = r->next++;
	record_db_ahead(r->db, it->db_index + 64);
	return 1;
}

static int
produce(void *ctx, void *slot, size_t i)
{
	struct run *r = ctx;
	struct item *it = slot;

	(void)i;
	if (stop_asked())
		return err_set(ERR_STOPPED, "stopped by %s", stop_reason());
	return r->db != NULL ? produce_record(r, it)
			     : source_next(&r->source, &it->q);
}

/* Record i; its labels, where they are classes. */
static int
read_record(struct record_item *out, const struct run *r, size_t i,
    struct record_scratch *s)
{
	struct value v;

	if (r->classed)
		return record_db_get(out, r->db, i, s, 0);
	TRY(record_column_get(&v, r->db, i, 0, s, 0));
	*out = (struct record_item){ .index = i,
		.channels = v.channels,
		.height = v.height,
		.width = v.width,
		.data = v.data,
		.floats = v.floats,
		.label = -1 };
	if (record_db_key(&out->key, &out->key_len, r->db, i) < 0)
		out->key = NULL; /* HDF5 has none */
	return 0;
}

/* What the answers are to have of record it->db_index, which rec is. */
static int
keep_record(struct run *r, struct item *it, const struct record_item *rec)
{
	const struct value picture = { .kind = VALUE_IMAGE,
		.channels = rec->channels,
		.height = rec->height,
		.width = rec->width,
		.data = rec->data,
		.floats = rec->floats,
		.rgb = record_item_is_rgb(rec) };
	struct value v;

	if (r->s->pictures || r->s->cut != NULL) {
		TRY(dset_value_image(&it->shot->im, &picture));
		it->shot->pictured = true;
	}
	if (!r->s->labels || r->classed)
		return 0;
	TRY(record_column_get(
	    &v, r->db, it->db_index, RECORD_LABEL, &it->label, RECORD_KEEP));
	return shot_label(it->shot, &v);
}

/* *fatal: the net cannot take any picture so; it is not this one's fault. */
static int
work_record(struct run *r, struct item *it, bool *fatal)
{
	struct record_item rec;
	int rc;

	if (!it->scratch_ready) {
		record_scratch_init(&it->scratch);
		record_scratch_init(&it->label);
		it->scratch_ready = true;
	}
	it->q.record = (int64_t)it->db_index;
	rc = read_record(&rec, r, it->db_index, &it->scratch);
	if (rc < 0)
		return rc;
	it->q.name = rec.key != NULL ? mem_strndup(rec.key, rec.key_len)
				     : mem_printf("%zu", it->db_index);
	it->q.truth = rec.label;
	TRY(keep_record(r, it, &rec));
	if (r->s->cut != NULL)
		return 0;
	rc = infer_prepare_record(r->s->infer, &it->input, &rec, &it->im);
	*fatal = rc == ERR_UNSUPPORTED;
	return rc;
}

static int
read_url(struct run *r, struct item *it, int thread)
{
	struct buf *b = &it->q.bytes;

	if (r->remote[thread] == NULL)
		TRY(dset_remote_new(&r->remote[thread], NULL));
	buf_init(b, HTTP_BODY_MAX);
	return dset_remote_fetch(r->remote[thread], b, it->q.name);
}

static int
read_picture(struct run *r, struct item *it, int thread)
{
	const int flags = infer_image_flags(r->s->infer);
	struct buf *b = &it->q.bytes;
	int rc;

	if (b->data == NULL && !path_is_url(it->q.name))
		return image_read(&it->im, it->q.name, flags);
	if (b->data == NULL)
		TRY(read_url(r, it, thread));
	rc = image_decode(&it->im, b->data, b->len, it->q.name, flags, 0, 0);
	buf_clear(b);
	return rc;
}

static int
work_picture(struct run *r, struct item *it, int thread, bool *fatal)
{
	int rc = read_picture(r, it, thread);

	it->low_bits = rc >= 0 ? it->im.low_bits : 0;
	if (rc >= 0 && (r->s->pictures || r->s->cut != NULL)) {
		rc = image_copy(&it->shot->im, &it->im);
		it->shot->pictured = true;
	}
	if (rc < 0 || r->s->cut != NULL)
		return rc;
	rc = infer_prepare(r->s->infer, &it->input, &it->im);
	*fatal = rc == ERR_UNSUPPORTED;
	return rc;
}

static int
run_slot(void *ctx, void *slot, int thread)
{
	struct run *r = ctx;
	struct item *it = slot;
	bool fatal = false;
	int rc;

	if (it->q.failure.code < 0)
		return 0;
	it->shot = shot_new();
	rc = r->db != NULL ? work_record(r, it, &fatal)
			   : work_picture(r, it, thread, &fatal);
	err_save(&it->q.failure, rc);
	return fatal ? rc : 0;
}

/* What is said of place i of the batch that was run. */
static struct answer
answer_of(const struct run *r, int i)
{
	const struct entry *e = &r->batch[i];
	const struct shot *shot = e->shot;
	struct answer a = { .name = shot->name,
		.truth = shot->truth,
		.record = shot->record,
		.place = i,
		.piece = e->piece,
		.pieces = e->pieces,
		.part = r->s->cut != NULL ? &e->part : NULL,
		.where = &e->input.place,
		.input = &e->input,
		.picture = shot->pictured ? &shot->im : NULL,
		.label = shot->labelled ? &shot->label : NULL };

	a.scores =
	    infer_scores(r->s->infer, infer_score_output(r->s->infer), i, &a.n);
	return a;
}

/* Run what is in the batch and give the answers. */
static int
flush(struct run *r)
{
	struct infer_input **in;
	int rc;

	if (r->n == 0)
		return 0;
	in = mem_array(struct infer_input *, (size_t)r->n);
	for (int i = 0; i < r->n; i++)
		in[i] = &r->batch[i].input;
	rc = infer_run(r->s->infer, in, r->n);
	mem_free(in);
	for (int i = 0; i < r->n; i++) {
		struct answer a;

		if (rc >= 0) {
			a = answer_of(r, i);
			rc = r->s->answer(r->s->ctx, &a);
		}
		shot_drop(r->batch[i].shot);
		r->batch[i].shot = NULL;
	}
	r->n = 0;
	return rc;
}

static int
idle(void *ctx)
{
	struct run *r = ctx;

	TRY(flush(r));
	return fflush(stdout) == 0 ? 0 : err_sys("write standard output");
}

static bool
same_size(const struct infer_input *a, const struct infer_input *b)
{
	return a->c == b->c && a->h == b->h && a->w == b->w;
}

/* A piece, prepared, goes into the batch; the input there is given for it. */
static int
add_entry(struct run *r, struct infer_input *in, struct shot *shot,
    const struct stream_piece *part, size_t piece, size_t pieces)
{
	struct infer_input swap;
	struct entry *e;

	if (r->n > 0 && !same_size(&r->batch[0].input, in))
		TRY(flush(r));
	e = &r->batch[r->n++];
	swap = e->input;
	e->input = *in;
	*in = swap;
	e->shot = shot;
	e->piece = piece;
	e->pieces = pieces;
	if (part != NULL)
		e->part = *part;
	shot_hold(shot);
	return r->n == r->max ? flush(r) : 0;
}

static int
prepare_piece(struct run *r, struct item *it, const struct stream_piece *p)
{
	const struct image *whole = &it->shot->im;

	if (r->s->context >= 0)
		return infer_prepare_window(r->s->infer, &it->input, whole,
		    p->x, p->y, p->w, p->h, r->s->context);
	TRY(image_crop(&it->im, whole, p->x, p->y, p->w, p->h));
	TRY(infer_prepare(r->s->infer, &it->input, &it->im));
	infer_place_part(
	    &it->input.place, p->x, p->y, whole->width, whole->height);
	return 0;
}

/* The pieces of a picture, cut out and prepared one after the other: a large one
 * has more than would fit into memory. */
static int
add_pieces(struct run *r, struct item *it)
{
	const struct image *whole = &it->shot->im;
	struct stream_piece *v = NULL;
	size_t n = 0;
	int rc;

	rc = r->s->cut(
	    r->s->ctx, it->shot->name, whole->width, whole->height, &v, &n);
	if (rc == ERR_FORMAT) { /* it is this picture's fault */
		char *why = mem_strdup(err_text());

		rc = flush(r);
		if (rc >= 0)
			rc = r->s->bad(r->s->ctx, it->shot->name, -1, why);
		mem_free(why);
		return rc;
	}
	TRY(rc);
	for (size_t i = 0; i < n; i++) {
		rc = prepare_piece(r, it, &v[i]);
		if (rc >= 0)
			rc = add_entry(r, &it->input, it->shot, &v[i], i, n);
		if (rc < 0)
			break;
	}
	mem_free(v);
	return rc;
}

static int
consume(void *ctx, void *slot, size_t i)
{
	struct run *r = ctx;
	struct item *it = slot;
	int rc;

	progress_set((uint64_t)i + 1);
	if (it->q.failure.code == ERR_STOPPED)
		return err_restore(&it->q.failure);
	r->seen++;
	if (it->q.failure.code < 0) {
		shot_drop(it->shot);
		it->shot = NULL;
		TRY(flush(r));
		return r->s->bad(r->s->ctx,
		    it->q.name != NULL ? it->q.name : "record", it->q.record,
		    it->q.failure.text);
	}
	image_low_add(&r->low, it->low_bits, it->q.name);
	it->shot->name = it->q.name;
	it->shot->truth = it->q.truth;
	if (r->db != NULL)
		it->shot->record = (int64_t)it->db_index;
	it->q.name = NULL;
	rc = r->s->cut != NULL ? add_pieces(r, it)
			       : add_entry(r, &it->input, it->shot, NULL, 0, 1);
	shot_drop(it->shot);
	it->shot = NULL;
	return rc;
}

static void
clear_slot(void *ctx, void *slot)
{
	struct item *it = slot;

	(void)ctx;
	source_item_clear(&it->q);
	infer_input_clear(&it->input);
	image_clear(&it->im);
	shot_drop(it->shot);
	if (!it->scratch_ready)
		return;
	record_scratch_clear(&it->scratch);
	record_scratch_clear(&it->label);
}

static int
open_database(struct run *r)
{
	const struct record_column *columns;
	int label;

	TRY(record_db_open(&r->db, r->s->db));
	(void)record_columns(&columns, r->db);
	label = record_column_find(r->db, "label");
	r->classed = label < 0 || columns[label].kind == VALUE_CLASS;
	return 0;
}

static void
close_source(struct run *r)
{
	const char *other;
	size_t others = source_others(&r->source, &other);

	if (others > 0)
		log_warn(
		    "standard input: passed over %zu %s that %s neither a picture nor the class of one: %s%s",
		    others, num_plural(others, "file", "files"),
		    num_plural(others, "is", "are"), other,
		    others > 1 ? ", ..." : "");
	source_close(&r->source);
	for (int i = 0; i < r->s->threads; i++)
		dset_remote_free(r->remote[i]);
	mem_free(r->remote);
	record_db_close(r->db);
	for (int i = 0; i < r->max; i++) {
		infer_input_clear(&r->batch[i].input);
		shot_drop(r->batch[i].shot);
	}
	mem_free(r->batch);
}

bool
stream_may_have_labels(const struct stream *s)
{
	for (size_t i = 0; i < s->nnames; i++)
		if (strcmp(s->names[i], "-") == 0)
			return true;
	return s->list != NULL || s->db != NULL;
}

int
stream_run(const struct stream *s)
{
	struct run r = { .s = s, .max = s->alone ? 1 : infer_batch(s->infer) };
	struct queue_job job = { .ctx = &r,
		.item_size = sizeof(struct item),
		.window = 2 * (size_t)r.max + (size_t)s->threads,
		.threads = s->threads,
		.produce = produce,
		.work = run_slot,
		.consume = consume,
		.idle = idle,
		.clear = clear_slot };
	uint64_t total;
	int rc;

	r.batch = mem_array(struct entry, (size_t)r.max);
	r.remote = mem_array(struct dset_remote *, (size_t)s->threads);
	rc = s->db != NULL ? open_database(&r) : source_open(&r.source, s);
	if (rc >= 0) {
		total = r.db != NULL ? record_db_count(r.db) : source_count(s);
		if (s->db == NULL && s->list != NULL &&
		    strcmp(s->list, "-") != 0)
			total = lines_count(
			    r.source.lines.fd, s->nul ? '\0' : '\n');
		if (s->db == NULL && s->list == NULL && total == 1)
			job.threads = 1;
		progress_begin("infer", total, "img");
		rc = queue_run(&job);
		if (rc >= 0)
			rc = flush(&r);
		progress_end();
	}
	image_low_warn(&r.low);
	close_source(&r);
	return rc;
}
