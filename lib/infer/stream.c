/* The pipeline of model-infer over base/queue: see stream.h. */
#include "infer/stream.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/path.h"
#include "base/progress.h"
#include "base/queue.h"
#include "base/stop.h"
#include "file/deps.h"
#include "file/file.h"
#include "prog/prog.h"
#include "record/column.h"

enum { NAME_MAX_BYTES = 1 << 16 };

/* Names read from a descriptor, line by line, without waiting unless told to. */
struct lines {
	int fd; /* -1: none */
	struct buf b;
	size_t at;
	bool end, may_wait;
	int64_t number;
};

/* One picture on its way; slots are reused. */
struct item {
	char *name;
	int truth;
	int64_t record;
	size_t db_index;
	struct err_saved failure; /* code < 0: the picture is bad */
	struct infer_input input;
	struct image im;
	struct record_scratch scratch;
	bool scratch_ready;
};

struct run {
	const struct stream *s;
	struct lines lines;
	size_t next; /* operand, or record of the database */
	struct record_db *db;
	bool classed; /* its labels are classes, not numbers or pictures */
	/* the batch being filled: inputs swapped out of the items */
	struct infer_input *batch;
	char **names;
	int *truths;
	int n, max;
	uint64_t seen;
};

/* The next line of l into *out (borrowed): 1, 0 at the end, QUEUE_LATER. */
static int
line_next(struct lines *l, char delimiter, char **out)
{
	for (;;) {
		char *start = l->b.data != NULL ? l->b.data + l->at : NULL;
		size_t left = l->b.len - l->at;
		char *end = left > 0 ? memchr(start, delimiter, left) : NULL;
		struct pollfd p = { .fd = l->fd, .events = POLLIN };
		ssize_t n;
		char *room;

		if (end != NULL || (l->end && left > 0)) {
			if (end == NULL)
				end = start + left;
			l->at = (size_t)(end - l->b.data) + (*end == delimiter);
			*end = '\0';
			*out = start;
			l->number++;
			return 1;
		}
		if (l->end)
			return 0;
		if (left > 0)
			memmove(l->b.data, start, left);
		l->b.len = left;
		l->at = 0;
		if (!l->may_wait && poll(&p, 1, 0) == 0) {
			l->may_wait = true;
			return QUEUE_LATER;
		}
		l->may_wait = false;
		room = buf_room(&l->b, 4096);
		if (room == NULL)
			return err_set(ERR_RANGE,
			    "line %lld is longer than %d bytes",
			    (long long)l->number + 1, NAME_MAX_BYTES);
		TRY(file_wait(l->fd, "names"));
		n = read(l->fd, room, 4096);
		if (n < 0 && errno != EINTR)
			return err_sys("read names");
		if (n == 0)
			l->end = true;
		if (n > 0)
			buf_grew(&l->b, (size_t)n);
		if (stop_asked())
			return err_set(
			    ERR_STOPPED, "stopped by %s", stop_reason());
	}
}

/* "path with blanks 7" -> path, 7; without a number: -1. */
static int
split_label(char *line)
{
	size_t end = strlen(line), digits;
	int64_t v;

	while (end > 0 && isspace((unsigned char)line[end - 1]))
		line[--end] = '\0';
	digits = end;
	while (digits > 0 && isdigit((unsigned char)line[digits - 1]))
		digits--;
	if (digits == end || digits < 2 ||
	    !isspace((unsigned char)line[digits - 1]) ||
	    num_int(&v, line + digits, 0, INT32_MAX) < 0)
		return -1;
	while (digits > 0 && isspace((unsigned char)line[digits - 1]))
		line[--digits] = '\0';
	return digits == 0 ? -1 : (int)v;
}

static void
take_name(const struct run *r, struct item *it, char *line, bool labelled)
{
	it->truth = labelled ? split_label(line) : -1;
	mem_free(it->name);
	it->name = r->s->root != NULL && !path_is_url(line)
	    ? file_below(r->s->root, line)
	    : mem_strdup(line);
	it->record = r->lines.number;
}

static int
produce_line(struct run *r, struct item *it, bool labelled)
{
	for (;;) {
		char *line = NULL;
		int rc = line_next(&r->lines, r->s->nul ? '\0' : '\n', &line);

		if (rc != 1)
			return rc;
		if (line[strspn(line, " \t\r")] == '\0')
			continue;
		take_name(r, it, line, labelled);
		return 1;
	}
}

static int
produce_record(struct run *r, struct item *it)
{
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
	if (r->db != NULL)
		return produce_record(r, it);
	if (r->s->list != NULL)
		return produce_line(r, it, true);
	if (r->lines.fd >= 0) {
		int rc = produce_line(r, it, false);

		if (rc != 0)
			return rc;
		r->lines.fd = -1;
	}
	if (r->next >= r->s->nnames)
		return 0;
	if (strcmp(r->s->names[r->next], "-") == 0) {
		r->next++;
		r->lines.fd = STDIN_FILENO;
		return produce(ctx, slot, i);
	}
	mem_free(it->name);
	it->name = mem_strdup(r->s->names[r->next++]);
	it->truth = -1;
	it->record = -1;
	return 1;
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

/* *fatal: the net cannot take any picture so; it is not this one's fault. */
static int
work_record(struct run *r, struct item *it, bool *fatal)
{
	struct record_item rec;
	int rc;

	if (!it->scratch_ready) {
		record_scratch_init(&it->scratch);
		it->scratch_ready = true;
	}
	mem_free(it->name);
	it->name = NULL;
	it->record = (int64_t)it->db_index;
	rc = read_record(&rec, r, it->db_index, &it->scratch);
	if (rc < 0)
		return rc;
	it->name = rec.key != NULL ? mem_strndup(rec.key, rec.key_len)
				   : mem_printf("%zu", it->db_index);
	it->truth = r->s->truth_in_db ? rec.label : -1;
	rc = infer_prepare_record(r->s->infer, &it->input, &rec, &it->im);
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

	(void)thread;
	if (r->db != NULL) {
		rc = work_record(r, it, &fatal);
	} else {
		rc = image_read(
		    &it->im, it->name, infer_image_flags(r->s->infer));
		if (rc >= 0) {
			rc = infer_prepare(r->s->infer, &it->input, &it->im);
			fatal = rc == ERR_UNSUPPORTED;
		}
	}
	err_save(&it->failure, rc);
	return fatal ? rc : 0;
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
		in[i] = &r->batch[i];
	rc = infer_run(r->s->infer, in, r->n);
	mem_free(in);
	for (int i = 0; rc >= 0 && i < r->n; i++) {
		struct answer a = {
			.name = r->names[i], .truth = r->truths[i], .place = i
		};

		a.scores = infer_scores(
		    r->s->infer, infer_score_output(r->s->infer), i, &a.n);
		rc = r->s->answer(r->s->ctx, &a);
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

static int
consume(void *ctx, void *slot, size_t i)
{
	struct run *r = ctx;
	struct item *it = slot;
	struct infer_input swap;

	progress_set((uint64_t)i + 1);
	if (it->failure.code == ERR_STOPPED)
		return err_restore(&it->failure);
	r->seen++;
	if (it->failure.code < 0) {
		TRY(flush(r));
		return r->s->bad(r->s->ctx,
		    it->name != NULL ? it->name : "record", it->record,
		    it->failure.text);
	}
	if (r->n > 0 && !same_size(&r->batch[0], &it->input))
		TRY(flush(r));
	swap = r->batch[r->n];
	r->batch[r->n] = it->input;
	it->input = swap;
	mem_free(r->names[r->n]);
	r->names[r->n] = it->name;
	it->name = NULL;
	r->truths[r->n] = it->truth;
	r->n++;
	return r->n == r->max ? flush(r) : 0;
}

static void
clear_slot(void *ctx, void *slot)
{
	struct item *it = slot;

	(void)ctx;
	mem_free(it->name);
	infer_input_clear(&it->input);
	image_clear(&it->im);
	if (it->scratch_ready)
		record_scratch_clear(&it->scratch);
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

static int
open_source(struct run *r)
{
	r->lines.fd = -1;
	buf_init(&r->lines.b, NAME_MAX_BYTES);
	if (r->s->db != NULL)
		return open_database(r);
	if (r->s->list == NULL)
		return 0;
	if (strcmp(r->s->list, "-") == 0) {
		r->lines.fd = STDIN_FILENO;
		return 0;
	}
	r->lines.fd = file_open_stream(r->s->list);
	TRY(r->lines.fd);
	deps_add(r->s->list);
	return 0;
}

static void
close_source(struct run *r)
{
	if (r->lines.fd > STDIN_FILENO)
		close(r->lines.fd);
	buf_clear(&r->lines.b);
	record_db_close(r->db);
	for (int i = 0; i < r->max; i++) {
		infer_input_clear(&r->batch[i]);
		mem_free(r->names[i]);
	}
	mem_free(r->batch);
	mem_free(r->names);
	mem_free(r->truths);
}

int
stream_run(const struct stream *s)
{
	struct run r = { .s = s, .max = infer_batch(s->infer) };
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

	r.batch = mem_array(struct infer_input, (size_t)r.max);
	r.names = mem_array(char *, (size_t)r.max);
	r.truths = mem_array(int, (size_t)r.max);
	rc = open_source(&r);
	if (rc >= 0) {
		total = r.db != NULL ? record_db_count(r.db) : s->nnames;
		if (s->db == NULL && s->list == NULL && total == 1)
			job.threads = 1;
		progress_begin("infer", total, "img");
		rc = queue_run(&job);
		if (rc >= 0)
			rc = flush(&r);
		progress_end();
	}
	close_source(&r);
	return rc;
}
