/* The class histogram. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/num.h"
#include "dset/table.h"
#include "json/json.h"

enum { NAME_MAX_COLUMNS = 30, BAR = 30 };

/* Columns that UTF-8 text takes, near enough: bytes that begin a character. */
static size_t
columns(const char *s)
{
	size_t n = 0;

	for (; *s; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return n;
}

static int
pad(struct buf *out, size_t n)
{
	while (n-- > 0)
		TRY(buf_addc(out, ' '));
	return 0;
}

static int
tsv(struct buf *out, char *const *labels, size_t n,
    uint64_t *const counts[DSET_PARTS])
{
	size_t i;
	int part;

	TRY(buf_adds(out, "label\tclass"));
	for (part = 0; part < DSET_PARTS; part++)
		if (counts[part] != NULL)
			TRY(buf_printf(
			    out, "\t%s", dset_part_name((enum dset_part)part)));
	TRY(buf_addc(out, '\n'));
	for (i = 0; i < n; i++) {
		TRY(buf_printf(out, "%zu\t%s", i, labels[i]));
		for (part = 0; part < DSET_PARTS; part++)
			if (counts[part] != NULL)
				TRY(buf_printf(
				    out, "\t%" PRIu64, counts[part][i]));
		TRY(buf_addc(out, '\n'));
	}
	return 0;
}

static int
text_row(struct buf *out, const char *label, size_t width,
    uint64_t *const counts[DSET_PARTS], size_t i, uint64_t most)
{
	uint64_t all = 0;
	size_t bar, used = columns(label);
	int part;

	TRY(buf_adds(out, label));
	TRY(pad(out, used < width ? width - used : 0));
	for (part = 0; part < DSET_PARTS; part++) {
		if (counts[part] == NULL)
			continue;
		TRY(buf_printf(out, " %9" PRIu64, counts[part][i]));
		all += counts[part][i];
	}
	bar = (size_t)((double)all * BAR / (double)most + 0.5);
	if (bar > 0)
		TRY(buf_adds(out, "  "));
	while (bar-- > 0)
		TRY(buf_addc(out, '#'));
	return buf_addc(out, '\n');
}

static int
text(struct buf *out, const char *what, char *const *labels, size_t n,
    uint64_t *const counts[DSET_PARTS])
{
	uint64_t most = 1, all;
	size_t i, width = strlen(what), w;
	int part;

	for (i = 0; i < n; i++) {
		w = columns(labels[i]);
		if (w > width)
			width = w < NAME_MAX_COLUMNS ? w : NAME_MAX_COLUMNS;
		for (all = 0, part = 0; part < DSET_PARTS; part++)
			all += counts[part] != NULL ? counts[part][i] : 0;
		most = all > most ? all : most;
	}
	TRY(buf_adds(out, what));
	TRY(pad(out, width - strlen(what)));
	for (part = 0; part < DSET_PARTS; part++)
		if (counts[part] != NULL)
			TRY(buf_printf(
			    out, " %9s", dset_part_name((enum dset_part)part)));
	TRY(buf_addc(out, '\n'));
	for (i = 0; i < n; i++)
		TRY(text_row(out, labels[i], width, counts, i, most));
	return 0;
}

static int
json(struct buf *out, char *const *labels, size_t n,
    uint64_t *const counts[DSET_PARTS])
{
	struct json_w w;
	size_t i;
	int part;

	for (i = 0; i < n; i++) {
		json_w_init(&w, out, 0);
		json_w_object(&w);
		json_w_kint(&w, "label", (int64_t)i);
		json_w_kstr(&w, "class", labels[i]);
		for (part = 0; part < DSET_PARTS; part++)
			if (counts[part] != NULL)
				json_w_kint(&w,
				    dset_part_name((enum dset_part)part),
				    (int64_t)counts[part][i]);
		json_w_object_end(&w);
		TRY(json_w_end(&w));
		TRY(buf_addc(out, '\n'));
	}
	return 0;
}

int
dset_table_classes(struct buf *out, const char *what, char *const *labels,
    size_t n, uint64_t *const counts[DSET_PARTS], enum prog_format format)
{
	if (format == PROG_FMT_JSON)
		return json(out, labels, n, counts);
	return format == PROG_FMT_TSV ? tsv(out, labels, n, counts)
				      : text(out, what, labels, n, counts);
}

static int
created_json(struct buf *out, const struct dset_created *made,
    const struct dset_create_options *o)
{
	struct json_w w;
	int part;

	json_w_init(&w, out, 0);
	json_w_object(&w);
	json_w_kstr(&w, "dataset", o->out);
	json_w_kint(&w, "seed", (int64_t)o->plan.seed);
	for (part = 0; part < DSET_PARTS; part++)
		if (made->made[part])
			json_w_kint(&w, dset_part_name((enum dset_part)part),
			    (int64_t)made->count[part]);
	json_w_kint(&w, "skipped", (int64_t)made->skipped);
	json_w_kint(&w, "duplicates", (int64_t)made->duplicates);
	json_w_kint(&w, "duplicates_across_parts", (int64_t)made->leaks);
	json_w_kint(&w, "label_conflicts", (int64_t)made->conflicts);
	json_w_kint(&w, "dropped", (int64_t)made->dropped);
	json_w_knum(&w, "seconds", made->seconds);
	json_w_object_end(&w);
	TRY(json_w_end(&w));
	return buf_addc(out, '\n');
}

static int
created_text(struct buf *out, const struct dset_created *made,
    const struct dset_create_options *o)
{
	const char *comma = "";
	int part;

	TRY(buf_printf(out, "%s: ", o->out));
	for (part = 0; part < DSET_PARTS; part++) {
		if (!made->made[part])
			continue;
		TRY(buf_printf(out, "%s%" PRIu64 " %s", comma,
		    made->count[part], dset_part_name((enum dset_part)part)));
		comma = ", ";
	}
	TRY(made->width > 0
		? buf_printf(out, " (%dx%d", made->width, made->height)
		: buf_adds(out, " (of several sizes"));
	TRY(buf_printf(out, "%s, seed %" PRIu64 ")",
	    made->channels == 1 ? " gray" : "", o->plan.seed));
	if (made->skipped)
		TRY(buf_printf(out, ", %" PRIu64 " skipped", made->skipped));
	if (made->duplicates)
		TRY(buf_printf(out,
		    ", %" PRIu64 " %s (%" PRIu64 " across parts)%s",
		    made->duplicates,
		    num_plural(made->duplicates, "duplicate", "duplicates"),
		    made->leaks, made->dropped ? ", left out" : ""));
	return buf_printf(out, ", %.1f s\n", made->seconds);
}

int
dset_table_created(struct buf *out, const struct dset_created *made,
    const struct dset_create_options *o, enum prog_format format)
{
	const struct dset_task *task = made->task != NULL ? made->task
	    : o->plan.task != NULL                        ? o->plan.task
							  : &dset_task_classify;

	if (format == PROG_FMT_JSON)
		TRY(created_json(out, made, o));
	if (task->summary != NULL)
		TRY(task->summary(out, made, format));
	return format == PROG_TEXT ? created_text(out, made, o) : 0;
}
