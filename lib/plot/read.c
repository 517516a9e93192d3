/* Which kind of file is it?  See read.h. */
#include "plot/read.h"

#include <math.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/text.h"
#include "device/panel.h"
#include "file/file.h"
#include "file/sniff.h"
#include "model/events.h"

/* ---- train.ndjson --------------------------------------------------------- */

struct events_read {
	struct plot_data *d;
	const char *run;
};

static void
add_outputs(struct events_read *r, const struct json *line, const char *before,
    struct plot_point *p)
{
	const struct json *o = json_find(line, "outputs");

	if (o == NULL || json_type(o) != JSON_OBJECT)
		return;
	for (o = json_first(o); o != NULL; o = json_next(o)) {
		char *name = mem_printf("%s%s", before, json_key(o));

		p->y = json_number(o);
		plot_add(r->d, r->run, name, p);
		mem_free(name);
	}
}

static void
add_number(struct events_read *r, const struct json *from, const char *key,
    const char *name, struct plot_point *p)
{
	p->y = json_num(from, key, NAN);
	if (isfinite(p->y))
		plot_add(r->d, r->run, name, p);
}

static bool
take_event(void *ctx, struct json *line, size_t bytes)
{
	struct events_read *r = ctx;
	const char *event = line != NULL ? json_str(line, "event", "") : "";
	const bool train = strcmp(event, "train") == 0;
	struct plot_point p = { .y = NAN };

	(void)bytes;
	if (train || strcmp(event, "val") == 0) {
		const struct json *panel = json_find(line, "panel");

		p.x[PLOT_ITER] = json_num(line, "iter", NAN);
		p.x[PLOT_EPOCH] = json_num(line, "epoch", NAN);
		p.x[PLOT_TIME] = json_num(line, "elapsed", NAN);
		add_outputs(r, line, train ? "" : "val ", &p);
		if (train) {
			add_number(
			    r, line, "learning_rate", "learning rate", &p);
			add_number(r, line, "images_per_s", "images/s", &p);
			add_number(r, line, "waited", "waited", &p);
		}
		for (int i = 0; train && panel != NULL && i < PANEL_FIELDS; i++)
			add_number(r, panel, panel_keys[i], panel_keys[i], &p);
	}
	json_free(line);
	return true;
}

int
plot_read_events(struct plot_data *d, const struct plot_text *t)
{
	struct events_read r = { .d = d, .run = t->run };
	struct events e;

	events_init(&e, take_event, &r);
	events_add(&e, t->p, t->n);
	events_clear(&e);
	return 0;
}

/* ---- which is it? --------------------------------------------------------- */

typedef int reader(struct plot_data *d, const struct plot_text *t);

static reader *
reader_of(const struct plot_text *t)
{
	const char *p = t->p, *end;

	if (p[strspn(p, " \t\r\n")] == '{')
		return plot_read_events;
	for (; p < t->p + t->n; p = end + 1) {
		end = memchr(p, '\n', (size_t)(t->p + t->n - p));
		if (end == NULL)
			end = t->p + t->n;
		if (plot_caffe_line(p, (size_t)(end - p)))
			return plot_read_caffe;
		if (plot_darknet_line(p, (size_t)(end - p)))
			return plot_read_darknet;
	}
	return plot_read_table;
}

int
plot_read_text(struct plot_data *d, const struct plot_text *t)
{
	return reader_of(t)(d, t);
}

int
plot_file(char **out, const char *operand)
{
	static const char *const names[] = { "train.ndjson",
		"caffe_output.log" };

	*out = NULL;
	if (!file_is_dir(operand)) {
		*out = mem_strdup(operand);
		return 0;
	}
	for (size_t i = 0; i < LENGTH(names); i++) {
		*out = path_join(operand, names[i]);
		if (file_exists(*out))
			return 0;
		mem_free(*out);
		*out = NULL;
	}
	return err_set(ERR_MISSING,
	    "%s: has no train.ndjson, nor the caffe_output.log of DIGITS",
	    operand);
}

static int
read_file(struct plot_data *d, const char *path, const char *run)
{
	struct plot_text t = {
		.name = strcmp(path, "-") == 0 ? "standard input" : path,
		.run = run,
	};
	const size_t before = d->n;
	struct buf b;
	int rc;

	buf_init(&b, PLOT_FILE_MAX);
	rc = strcmp(path, "-") == 0 ? file_read_stream(&b, path)
				    : file_read(&b, path);
	if (rc >= 0) {
		const size_t mark = text_mark(buf_str(&b), b.len);

		t.p = buf_str(&b) + mark;
		t.n = b.len - mark;
		rc = plot_read_text(d, &t);
		rc = sniff_fail(
		    rc, t.name, t.p, t.n, "a log or table of a training");
	}
	if (rc >= 0 && d->n == before)
		rc = err_set(ERR_MISSING, "%s: nothing was measured", t.name);
	buf_clear(&b);
	return rc;
}

int
plot_read(struct plot_data *d, const char *operand, const char *run)
{
	char *path = NULL;
	int rc = plot_file(&path, operand);

	if (rc >= 0)
		rc = read_file(d, path, run);
	mem_free(path);
	return rc;
}
