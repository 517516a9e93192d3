/* Figures as tables and as JSON: see speed.h. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "speed/speed.h"
#include "json/line.h"
#include "prog/table.h"

enum { CELL = 32 };

static const char *
use_of(const struct speed_model *m)
{
	return m->train ? "train" : "infer";
}

static const char *
weights_of(const struct speed_model *m)
{
	return m->weights != NULL ? "trained" : "random";
}

static void
json_steps(struct json_w *w, const struct speed_result *r)
{
	json_w_key(w, "steps");
	json_w_array(w);
	for (size_t i = 0; i < r->nsteps; i++) {
		const struct speed_step *s = &r->step[i];

		json_w_object(w);
		if (s->layer[0] != '\0')
			json_w_kstr(w, "layer", s->layer);
		json_w_kstr(w, "op", s->op);
		json_w_kbool(w, "backward", s->backward);
		json_w_kint(w, "count", s->steps);
		json_w_knum(w, "ms", s->seconds * 1e3);
		json_w_knum(w, "share", s->share);
		if (s->how[0] != '\0')
			json_w_kstr(w, "implementation", s->how);
		json_w_object_end(w);
	}
	json_w_array_end(w);
}

int
speed_print_json(
    FILE *out, const struct speed_model *m, const struct speed_result *r)
{
	struct json_line line;
	struct json_w *w = json_line_begin(&line);
	struct gate_value v[SPEED_FIGURES];
	const size_t n = speed_figures(v, r);

	json_w_kstr(w, "model", m->name);
	json_w_kstr(w, "use", use_of(m));
	json_w_kstr(w, "weights", weights_of(m));
	json_w_kstr(w, "device", r->way.device);
	json_w_kstr(w, "device_name", r->device);
	json_w_kstr(w, "precision", precision_name(r->way.precision));
	json_w_kint(w, "threads", r->way.threads);
	json_w_kint(w, "batch", r->way.batch);
	json_w_key(w, "input");
	json_w_array(w);
	for (int i = 0; i < r->input.n; i++)
		json_w_int(w, r->input.d[i]);
	json_w_array_end(w);
	json_w_kint(w, "runs", (int64_t)r->runs);
	for (size_t i = 0; i < n; i++)
		if (!isnan(v[i].value))
			json_w_knum(w, v[i].name, v[i].value);
	if (m->pictures != NULL)
		json_w_knum(w, "prepare", m->prepare * 1e3);
	if (r->vs_version != NULL)
		json_w_kstr(w, "vs_version", r->vs_version);
	if (r->nsteps > 0)
		json_steps(w, r);
	return json_line_end(&line, out);
}

/* ---- all columns, for programs -------------------------------------------- */

static void
print_tsv(FILE *out, const struct speed_model *m, const struct speed_result *r,
    size_t n)
{
	struct gate_value v[SPEED_FIGURES];

	fputs("use\tdevice\tprecision\tthreads\tbatch\truns", out);
	for (size_t i = 0, k = speed_figures(v, r); i < k; i++)
		fprintf(out, "\t%s", v[i].name);
	fputc('\n', out);
	for (size_t i = 0; i < n; i++) {
		const size_t k = speed_figures(v, &r[i]);

		fprintf(out, "%s\t%s\t%s\t%d\t%d\t%zu", use_of(m),
		    r[i].way.device, precision_name(r[i].way.precision),
		    r[i].way.threads, r[i].way.batch, r[i].runs);
		for (size_t j = 0; j < k; j++)
			if (isnan(v[j].value))
				fputc('\t', out);
			else
				fprintf(out, "\t%.6g", v[j].value);
		fputc('\n', out);
	}
}

/* Their steps instead. */
static void
print_steps_tsv(FILE *out, const struct speed_model *m,
    const struct speed_result *r, size_t n)
{
	fputs(
	    "use\tdevice\tprecision\tthreads\tbatch\tlayer\top\tpass\tcount\tms\tshare\tby\n",
	    out);
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < r[i].nsteps; k++) {
			const struct speed_step *s = &r[i].step[k];

			table_cell_tame(s->layer, 1);
			fprintf(out,
			    "%s\t%s\t%s\t%d\t%d\t%s\t%s\t%s\t%d\t%.6g\t%.6g\t%s\n",
			    use_of(m), r[i].way.device,
			    precision_name(r[i].way.precision),
			    r[i].way.threads, r[i].way.batch, s->layer, s->op,
			    s->backward ? "backward" : "forward", s->steps,
			    s->seconds * 1e3, s->share, s->how);
		}
}

/* ---- for people ----------------------------------------------------------- */

static const struct column {
	const char *figure, *heading;
} columns[] = {
	{ "mean", "mean ms" },
	{ "p50", "p50" },
	{ "p90", "p90" },
	{ "p99", "p99" },
	{ "min", "min" },
	{ "images_per_second", "images/s" },
	{ "gflops", "GFLOP/s" },
	{ "first", "first ms" },
	{ "peak", "MiB" },
	{ "vs_p50", "onnxruntime p50" },
	{ "ratio", "ratio" },
};

/* Four digits that count. */
static void
figure(char out[CELL], double v)
{
	const double a = fabs(v);

	if (isnan(v))
		snprintf(out, CELL, "-");
	else
		snprintf(out, CELL, "%.*f",
		    a >= 1000          ? 0
			: a >= 100     ? 1
			: a >= 10      ? 2
			: a >= 1 || !a ? 3
				       : 4,
		    v);
}

static double
value_of(const struct gate_value *v, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(v[i].name, name) == 0)
			return v[i].value;
	return NAN;
}

static bool
shown(const struct speed_result *r, size_t column)
{
	struct gate_value v[SPEED_FIGURES];
	const size_t n = speed_figures(v, r);

	return !isnan(value_of(v, n, columns[column].figure));
}

/* Those of one device and precision. */
static void
print_group(FILE *out, const struct speed_result *r, size_t n)
{
	struct table t;
	const char *cells[LENGTH(columns) + 3];
	char text[LENGTH(columns) + 3][CELL];
	size_t width = 3;

	cells[0] = "threads";
	cells[1] = "batch";
	cells[2] = "runs";
	for (size_t c = 0; c < LENGTH(columns); c++)
		if (shown(r, c))
			cells[width++] = columns[c].heading;
	table_init(&t, width);
	for (size_t c = 0; c < width; c++)
		t.right[c] = 1;
	table_row(&t, cells);
	for (size_t i = 0; i < n; i++) {
		struct gate_value v[SPEED_FIGURES];
		const size_t k = speed_figures(v, &r[i]);
		size_t at = 3;

		snprintf(text[0], CELL, "%d", r[i].way.threads);
		snprintf(text[1], CELL, "%d", r[i].way.batch);
		snprintf(text[2], CELL, "%zu", r[i].runs);
		for (size_t c = 0; c < LENGTH(columns); c++)
			if (shown(r, c))
				figure(text[at++],
				    value_of(v, k, columns[c].figure));
		for (size_t c = 0; c < width; c++)
			cells[c] = text[c];
		table_row(&t, cells);
	}
	table_print(&t, out, 0);
	table_clear(&t);
}

static void
print_steps(FILE *out, const struct speed_result *r)
{
	const bool layers = r->nsteps > 0 && r->step[0].layer[0] != '\0';
	struct table t;

	fprintf(out, "\n%d %s, batch %d:\n", r->way.threads,
	    r->way.threads == 1 ? "thread" : "threads", r->way.batch);
	table_init(&t, 6);
	t.right[3] = t.right[4] = 1;
	t.limit[0] = 40;
	table_row(&t,
	    (const char *[]){
		layers ? "layer" : "", "op", "pass", "ms", "share", "by" });
	for (size_t i = 0; i < r->nsteps; i++) {
		const struct speed_step *s = &r->step[i];
		char ms[CELL], share[CELL];

		figure(ms, s->seconds * 1e3);
		snprintf(share, sizeof(share), "%.1f%%", s->share * 100);
		table_row(&t,
		    (const char *[]){ s->layer, s->op,
			s->backward ? "backward" : "forward", ms, share,
			s->how });
	}
	table_print(&t, out, 0);
	table_clear(&t);
}

/* What is the same in a group of rows. */
static void
print_heading(
    FILE *out, const struct speed_model *m, const struct speed_result *r)
{
	/* the name of the device without its number of threads */
	fprintf(out, "%s, %s, %s weights, %.*s%s, ", m->name,
	    m->train ? "training" : "inference", weights_of(m),
	    (int)strcspn(r->device, "("), r->device,
	    precision_name(r->way.precision));
	for (int i = 1; i < r->input.n; i++)
		fprintf(
		    out, "%s%lld", i > 1 ? "x" : "", (long long)r->input.d[i]);
	if (m->pictures != NULL)
		fprintf(out, ", %zu %s prepared in %.3g ms each", m->npictures,
		    m->npictures == 1 ? "picture" : "pictures",
		    m->prepare * 1e3);
	if (r->vs_version != NULL)
		fprintf(out, ", beside onnxruntime %s", r->vs_version);
	fputc('\n', out);
}

static bool
same_group(const struct speed_result *a, const struct speed_result *b)
{
	return strcmp(a->way.device, b->way.device) == 0 &&
	    a->way.precision == b->way.precision;
}

int
speed_print_table(FILE *out, const struct speed_model *m,
    const struct speed_result *r, size_t n, bool tsv)
{
	size_t end;

	if (tsv) {
		if (n > 0 && r[0].nsteps > 0)
			print_steps_tsv(out, m, r, n);
		else
			print_tsv(out, m, r, n);
		return 0;
	}
	for (size_t i = 0; i < n; i = end) {
		for (end = i + 1; end < n && same_group(&r[i], &r[end]);)
			end++;
		if (i > 0)
			fputc('\n', out);
		print_heading(out, m, &r[i]);
		print_group(out, &r[i], end - i);
		for (size_t k = i; k < end; k++)
			if (r[k].nsteps > 0)
				print_steps(out, &r[k]);
	}
	return 0;
}
