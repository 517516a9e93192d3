/* model-plot: what was measured while a net was trained, as curves. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/path.h"
#include "base/stop.h"
#include "base/text.h"
#include "file/file.h"
#include "json/line.h"
#include "plot/chart.h"
#include "plot/csv.h"
#include "plot/live.h"
#include "plot/operands.h"
#include "prog/prog.h"
#include "prog/table.h"
#include "report/report.h"

struct args {
	const char *out, *title, *dataset, *device;
	struct opt_list series;
	int x;
	int size[2];
	double smooth;
	bool log, live, list, csv;
};

#define AT(field) offsetof(struct args, field)

static const struct opt opts[] = {
	{ 'o', "output", OPT_STR, AT(out), "FILE",
	    "draw into a picture (default: in the terminal), or write a report of one model into a page",
	    .choices = "png|svg|pdf|html", .flags = OPT_OUT },
	{ 's', "series", OPT_LIST, AT(series), "NAME,...",
	    "draw these series ('val*' stands for many); given again, in a chart of their own below",
	    .needs = "!list" },
	{ 'x', "x", OPT_CHOICE, AT(x), "AXIS",
	    "what goes to the right: auto is epochs where they are known",
	    .choices = "auto|epoch|iteration|time" },
	{ 0, "log", OPT_FLAG, AT(log), NULL, "logarithmic values" },
	{ 0, "smooth", OPT_DOUBLE, AT(smooth), "W",
	    "smooth by a moving average, W of which is what was before; what was measured stays to be seen, faintly",
	    .lo = 0, .hi = 0.9999 },
	{ 0, "size", OPT_PAIR, AT(size), "WxH", "pixels of the picture",
	    .lo = 100, .hi = 16384, .needs = "output" },
	{ 0, "title", OPT_STR, AT(title), "TEXT", "a line above" },
	{ 'd', "dataset", OPT_STR, AT(dataset), "DSET",
	    "the data set of a report (default: the one that the model was trained on)",
	    .needs = "output", .flags = OPT_INPUT },
	{ 0, "device", OPT_STR, AT(device), "DEVICE",
	    "run the net of a report on it (model-infer(1) says which there are)",
	    .needs = "output" },
	{ 0, "live", OPT_FLAG, AT(live), NULL,
	    "draw again whenever something more was measured, until the training ends",
	    .needs = "!list" },
	{ 0, "csv", OPT_FLAG, AT(csv), NULL,
	    "print the points as CSV (RFC 4180), a line for each, in place of a chart",
	    .needs = "!list !!output" },
	{ 0, "list", OPT_FLAG, AT(list), NULL, "only name the series" },
	{ 0 },
};

static const struct prog_example examples[] = {
	{ "model-plot lenet", "In the terminal:" },
	{ "model-plot lenet -o lenet.svg",
	    "A picture of loss and accuracy, and of the learning rate if that changed:" },
	{ "model-plot lenet -o report.html",
	    "A page about all of it, and results.csv beside it:" },
	{ "model-plot sweep -s 'val accuracy' --title 'Learning rates' -o sweep.png",
	    "Which of several trainings is best, and when:" },
	{ "model-plot lr-sweep -s 'val accuracy' -o lr.svg",
	    "All models of a sweep, called by their learning rates:" },
	{ "model-plot lenet -s loss,val_loss -s images/s --log --x time -o speed.pdf",
	    "Two charts, one below the other:" },
	{ "model-plot --csv lenet -s '*' >lenet.csv",
	    "All that was measured, for a spreadsheet:" },
	{ 0 },
};

static const struct prog_env env[] = {
	{ "COLUMNS, LINES",
	    "how wide and high a chart of characters is, where standard output is no terminal" },
	{ 0 },
};

static const struct prog prog = {
	.name = "model-plot",
	.summary = "draw loss, accuracy and more of trainings as curves",
	.operands = "MODEL|SWEEP|LOG...",
	.min_operands = 1,
	.max_operands = -1,
	.reads_operands = true,
	.opts = opts,
	.about =
	    "Draws what was measured, over epochs, iterations or time: of a model folder by model-train (train.ndjson) or DIGITS (caffe_output.log), of a file "
	    "that \"caffe train\" or darknet logged, or of a table (CSV or TSV) whose first line names its columns, as Ultralytics, Keras and Lightning write it; "
	    "- is standard input. A file is told by what is in it.\n\n"
	    "Without --series losses and shares (accuracy, precision, IoU, ...) are drawn, these in percent on an axis on the right, and below them the "
	    "learning rate where it changed. Several operands are drawn over one another, each in a colour of its own. "
	    "The folder of a sweep (model-train --sweep) is all of its models, called by the values in which they differ.\n\n"
	    "Without --output the chart is one of characters, as wide as the terminal; without colours each series has a letter. With --csv, --tsv or --json the "
	    "points are printed instead.\n\n"
	    "With --output FILE.html a report of one model folder is written: a page that asks for no other file, with curves that tell their values where one points, what the best "
	    "snapshot answers about the test part of its data set (or the val part) as a confusion matrix, a table of classes, curves of precision and recall and of the ROC, and its worst "
	    "mistakes with their pictures; of boxes, masks and pictures that a net makes, the figures of the best validation, and the pictures that went worst beside the true ones; the data, the net, the parameters, the machine and the commands that made it. What cannot be shown is named in the page. "
	    "results.csv, in the same folder, has the numbers of the curves: a line for each iteration, a column for each series.\n\n"
	    "--live draws again when a file has changed, at most once a second. It ends when all trainings have ended, or at a signal.",
	.examples = examples,
	.json =
	    "One object for each point: run (the operand), series, epoch, iteration, time (seconds), of which those that are not known are null, and value.\n\n"
	    "With --list one for each series: run, series, points, last (the last value).",
	.files =
	    "results.csv beside the page of a report.\n\nMODEL/train.ndjson, which nnutils-model(5) describes, or MODEL/caffe_output.log.",
	.see_also =
	    "model-show(1), model-train(1), model-infer(1), job-list(1), nnutils-model(5)",
	.env = env,
	.common = PROG_JSON | PROG_FORCE,
};

/* ---- printing ------------------------------------------------------------- */

static void
number(char out[NUM_TEXT_MAX], double v)
{
	out[0] = '\0';
	if (isfinite(v))
		num_double_text(out, v);
}

static int
list_series(const struct plot_data *d)
{
	const enum prog_format format = prog_options()->format;
	struct table t;
	int rc = 0;

	table_init(&t, 4);
	t.right[2] = t.right[3] = 1;
	table_row(&t, (const char *[]){ "run", "series", "points", "last" });
	for (size_t i = 0; i < d->n && rc >= 0; i++) {
		const struct plot_series *s = &d->v[i];
		char n[NUM_TEXT_MAX], last[NUM_TEXT_MAX];

		if (format == PROG_FMT_JSON) {
			struct json_line line;
			struct json_w *w = json_line_begin(&line);

			json_w_kstr(w, "run", s->run);
			json_w_kstr(w, "series", s->name);
			json_w_kint(w, "points", (int64_t)s->n);
			json_w_knum(w, "last", s->p[s->n - 1].y);
			rc = json_line_end(&line, stdout);
			continue;
		}
		snprintf(n, sizeof(n), "%zu", s->n);
		number(last, s->p[s->n - 1].y);
		table_row(&t, (const char *[]){ s->run, s->name, n, last });
	}
	if (rc >= 0 && format != PROG_FMT_JSON)
		table_print(&t, stdout, format == PROG_FMT_TSV);
	table_clear(&t);
	return rc;
}

static int
print_csv(const struct chart *c)
{
	enum { SERIES_MOST = 1 << 30 };
	struct buf b;
	int rc = 0;

	buf_init(&b, SERIES_MOST);
	fputs(PLOT_CSV_HEAD, stdout);
	for (size_t i = 0; i < c->panes && rc >= 0; i++)
		for (size_t k = 0; k < c->pane[i].n && rc >= 0; k++) {
			buf_reset(&b);
			rc = plot_csv_points(&b, c->pane[i].v[k]);
			if (rc >= 0) {
				fwrite(buf_str(&b), 1, b.len, stdout);
				rc = prog_std_check();
			}
		}
	buf_clear(&b);
	return rc;
}

static int
print_point(const struct plot_series *s, const struct plot_point *p)
{
	struct json_line line;
	struct json_w *w;

	if (prog_options()->format == PROG_FMT_JSON) {
		w = json_line_begin(&line);
		json_w_kstr(w, "run", s->run);
		json_w_kstr(w, "series", s->name);
		json_w_knum(w, "epoch", p->x[PLOT_EPOCH]);
		json_w_knum(w, "iteration", p->x[PLOT_ITER]);
		json_w_knum(w, "time", p->x[PLOT_TIME]);
		json_w_knum(w, "value", p->y);
		return json_line_end(&line, stdout);
	}
	for (int i = 0; i <= PLOT_XS; i++) {
		char text[NUM_TEXT_MAX];

		number(text, i < PLOT_XS ? p->x[i] : p->y);
		printf("\t%s", text);
	}
	putchar('\n');
	return 0;
}

/* All points of what would be drawn. */
static int
print_points(const struct chart *c)
{
	const bool tsv = prog_options()->format == PROG_FMT_TSV;

	if (tsv)
		puts("run\tseries\tepoch\titeration\ttime\tvalue");
	for (size_t i = 0; i < c->panes; i++)
		for (size_t k = 0; k < c->pane[i].n; k++) {
			const struct plot_series *s = c->pane[i].v[k];
			char *run = mem_strdup(s->run);
			char *name = mem_strdup(s->name);
			int rc = 0;

			table_cell_tame(run, 1);
			table_cell_tame(name, 1);
			for (size_t n = 0; n < s->n && rc >= 0; n++) {
				if (tsv)
					printf("%s\t%s", run, name);
				rc = print_point(s, &s->p[n]);
			}
			mem_free(run);
			mem_free(name);
			TRY(rc);
			TRY(prog_std_check());
		}
	return 0;
}

/* ---- drawing -------------------------------------------------------------- */

static void
terminal_size(int *columns, int *lines)
{
	const char *c = getenv("COLUMNS"), *l = getenv("LINES");
	int64_t n;

	*columns = 80;
	*lines = 24;
	if (text_terminal(STDOUT_FILENO, columns, lines))
		return;
	if (c != NULL && num_int(&n, c, 20, 1000) == 0)
		*columns = (int)n;
	if (l != NULL && num_int(&n, l, 10, 1000) == 0)
		*lines = (int)n;
}

/* On a terminal its colours go around the guard of standard output (base/text.h),
 * which shows control characters instead of obeying them; chart_print has tamed the
 * names. */
static int
draw_text(const struct args *a, const struct chart *c)
{
	const bool terminal = isatty(STDOUT_FILENO);
	int columns, lines, rc;
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);

	if (f == NULL)
		return err_sys("memory");
	terminal_size(&columns, &lines);
	if (a->live && terminal)
		fputs("\033[H\033[J", f);
	chart_print(c, f, columns, lines - 1, log_colour(STDOUT_FILENO));
	rc = fclose(f) == 0 ? 0 : err_sys("memory");
	if (rc >= 0 && terminal) {
		fflush(stdout);
		rc = file_write_all(STDOUT_FILENO, text, n, "standard output");
	} else if (rc >= 0) {
		fwrite(text, 1, n, stdout);
		rc = prog_std_check();
	}
	free(text);
	return rc;
}

static int
draw(const struct args *a, const struct chart *c, bool again)
{
	if (a->csv)
		return print_csv(c);
	if (prog_options()->format != PROG_TEXT)
		return print_points(c);
	if (a->out != NULL)
		return chart_write(c, a->out, again || prog_options()->force);
	return draw_text(a, c);
}

static enum plot_x
choose_x(const struct args *a, const struct chart *c)
{
	static const enum plot_x asked[] = { PLOT_EPOCH, PLOT_EPOCH, PLOT_ITER,
		PLOT_TIME };
	const struct plot_series *all[CHART_PANES * CHART_SERIES];
	size_t n = 0;

	if (a->x > 0)
		return asked[a->x];
	for (size_t i = 0; i < c->panes; i++)
		for (size_t k = 0; k < c->pane[i].n; k++)
			all[n++] = c->pane[i].v[k];
	return plot_common_x(all, n);
}

static bool
anything(const struct chart *c)
{
	double lo, hi;

	for (size_t i = 0; i < c->panes; i++)
		if (chart_range(c, &c->pane[i], false, &lo, &hi) ||
		    chart_range(c, &c->pane[i], true, &lo, &hi))
			return true;
	return false;
}

static int
plot_once(const struct args *a, char **operands, int n, bool again)
{
	struct chart *c = mem_new(struct chart);
	struct plot_operands o;
	struct plot_data d;
	int rc = plot_operands_find(&o, operands, n);

	plot_data_init(&d);
	if (rc >= 0)
		rc = plot_operands_read(&d, &o);
	if (rc >= 0 && a->list) {
		rc = list_series(&d);
		goto done;
	}
	c->title = a->title;
	c->w = a->size[0];
	c->h = a->size[1];
	c->log = a->log;
	c->smooth = a->smooth;
	c->runs = (size_t)o.n;
	if (rc >= 0)
		rc = chart_choose(c, &d, a->series.v, a->series.n);
	if (rc >= 0) {
		c->x = choose_x(a, c);
		rc = anything(c)
		    ? draw(a, c, again)
		    : err_set(ERR_MISSING,
			  "there is nothing to draw over this axis%s",
			  a->log ? ", or nothing that has a logarithm" : "");
	}
done:
	plot_data_clear(&d);
	plot_operands_clear(&o);
	mem_free(c);
	return rc;
}

/* ---- live ----------------------------------------------------------------- */

static int
plot_live(const struct args *a, char **operands, int n)
{
	const struct timespec nap = { .tv_sec = 1 };
	uint64_t last = 0, now;
	bool again = false;
	int rc = 0;

	while (rc >= 0 && !stop_asked()) {
		struct plot_operands o;
		bool runs;

		rc = plot_operands_find(&o, operands, n);
		/* asked first: what is written until it ends is drawn */
		runs = rc >= 0 && plot_any_runs(o.path, o.n);
		now = plot_fingerprint(o.path, o.n);
		plot_operands_clear(&o);
		if (rc < 0)
			break;
		if (now != last) {
			rc = plot_once(a, operands, n, again);
			if (rc == ERR_MISSING && runs)
				rc = 0; /* it has only begun */
			else
				again = true;
		}
		last = now;
		if (!runs)
			break;
		nanosleep(&nap, NULL);
	}
	return rc;
}

/* Numbers are printed, pictures drawn; what is asked for beside is said. */
static int
check(const struct args *a, int n, char **operands)
{
	static const char *const looks[] = { "x", "log", "smooth", "title" };
	const enum prog_format format = prog_options()->format;
	const char *numbers = a->list ? "list"
	    : a->csv                  ? "csv"
	    : format == PROG_FMT_JSON ? "json"
	    : format == PROG_FMT_TSV  ? "tsv"
				      : NULL;

	for (int i = 0; a->live && i < n; i++)
		if (strcmp(operands[i], "-") == 0)
			return err_set(ERR_USAGE,
			    "--live: standard input is read only once");
	if (a->csv && format != PROG_TEXT)
		return err_set(ERR_USAGE,
		    "--csv, --json and --tsv are mutually exclusive");
	if (numbers == NULL)
		return 0;
	if (a->out != NULL)
		return err_set(ERR_USAGE,
		    "--output is a picture, --%s prints: one at a time",
		    numbers);
	for (size_t i = 0; i < LENGTH(looks); i++)
		if (prog_given(looks[i]) != NULL)
			log_warn("--%s has no effect beside --%s", looks[i],
			    numbers);
	return 0;
}

static int
report(const struct args *a, int n, char **operands)
{
	static const char *const curves[] = { "series", "x", "size", "live",
		"list" };
	const struct html_report o = { .model = operands[0],
		.dataset = a->dataset,
		.out = a->out,
		.title = a->title,
		.device = a->device,
		.threads = prog_options()->threads,
		.force = prog_options()->force,
		.log = a->log,
		.smooth = a->smooth };

	if (n != 1 || !file_is_dir(operands[0]))
		return err_set(ERR_USAGE,
		    "a report (--output %s) is of one model folder", a->out);
	for (size_t i = 0; i < LENGTH(curves); i++)
		if (prog_given(curves[i]) != NULL)
			return err_set(ERR_USAGE,
			    "--%s is for pictures: a report (--output %s) has all curves",
			    curves[i], a->out);
	stop_install();
	return html_report_write(&o);
}

static int
run(const struct args *a, int n, char **operands)
{
	static const char *const reports[] = { "dataset", "device" };

	TRY(check(a, n, operands));
	if (a->out != NULL && path_has_ext(a->out, ".html"))
		return report(a, n, operands);
	for (size_t i = 0; i < LENGTH(reports); i++)
		if (prog_given(reports[i]) != NULL)
			return err_set(ERR_USAGE,
			    "--%s is for a report (--output FILE.html)",
			    reports[i]);
	if (!a->live)
		return plot_once(a, operands, n, false);
	stop_install();
	return plot_live(a, operands, n);
}

int
main(int argc, char **argv)
{
	struct args args = { .size = { 900, 600 }, .device = "auto" };
	int rc = prog_parse(&prog, &args, &argc, &argv);

	if (rc > 0)
		rc = run(&args, argc, argv);
	return prog_end(&prog, rc);
}
