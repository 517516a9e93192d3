/*
 * The first answer: a process like this one is started, reads the net, makes a plan of
 * it, runs it once, and says so in one line.  That is what a program costs that is run
 * for a single picture; and its memory is that of this net alone.
 */
#include "speed/speed.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/stop.h"
#include "speed/child.h"
#include "file/ram.h"

int
speed_first_answer(const struct speed_opts *o, FILE *out)
{
	const struct speed_setting way = { .device = o->devices.v[0],
		.precision = o->precision[0],
		.threads = o->threads[0],
		.batch = o->batch[0],
		.autotune = o->autotune };
	struct speed_model m = { 0 };
	struct subject *s = NULL;
	double t[3] = { 0 };
	int rc = speed_model_read(&m, o);

	if (rc >= 0 && o->npictures > 0)
		rc = speed_model_pictures(&m, o->pictures, o->npictures);
	t[0] = stop_clock();
	if (rc >= 0)
		rc = subject_open(&s, &m, &way);
	t[1] = stop_clock();
	if (rc >= 0)
		rc = subject_run(s);
	t[2] = stop_clock();
	if (rc >= 0) {
		fprintf(out, "%.9f %.9f %" PRIu64 "\n", t[1] - t[0],
		    t[2] - t[1], ram_peak());
		fflush(out);
	}
	subject_close(s);
	speed_model_clear(&m);
	return rc;
}

/* The command line of the other process; to be freed with its words. */
static char **
command(const struct speed_opts *o, const struct speed_setting *way)
{
	char **v = mem_array(char *, o->npictures + o->plugins.n + 16);
	size_t n = 0;

	v[n++] = mem_strdup("/proc/self/exe");
	v[n++] = mem_strdup("-q");
	v[n++] = mem_strdup("--first-answer");
	v[n++] = mem_printf("--device=%s", way->device);
	v[n++] = mem_printf("--precision=%s", precision_name(way->precision));
	v[n++] = mem_printf("--threads=%d", way->threads);
	v[n++] = mem_printf("--batch=%d", way->batch);
	if (o->train)
		v[n++] = mem_strdup("--train");
	if (way->autotune)
		v[n++] = mem_strdup("--autotune");
	if (o->input != NULL)
		v[n++] = mem_printf("--input=%s", o->input);
	if (o->classes > 0)
		v[n++] = mem_printf("--classes=%d", o->classes);
	for (size_t i = 0; i < o->plugins.n; i++)
		v[n++] = mem_printf("--layers=%s", o->plugins.v[i]);
	v[n++] = mem_strdup("--");
	v[n++] = mem_strdup(o->model);
	for (size_t i = 0; i < o->npictures; i++)
		v[n++] = mem_strdup(o->pictures[i]);
	return v;
}

static int
ask_once(struct speed_first *f, const char *const *argv)
{
	const double start = stop_clock();
	const char *what = "the process for the first answer";
	struct child c;
	char *at;
	int rc, status;

	TRY(child_start(&c, what, argv));
	rc = child_answer(&c);
	if (rc >= 0) {
		*f = (struct speed_first){ .total = stop_clock() - start };
		f->plan = strtod(c.line, &at);
		f->run = strtod(at, &at);
		f->peak = strtoull(at, NULL, 10);
		f->load = f->total - f->plan - f->run;
	}
	status = child_end(&c);
	if (rc == ERR_IO && status > 0)
		return err_set(ERR_IO,
		    "%s ended with status %d; --starts 0 does without it", what,
		    status);
	return rc;
}

static int
by_total(const void *a, const void *b)
{
	const double x = ((const struct speed_first *)a)->total,
		     y = ((const struct speed_first *)b)->total;

	return (x > y) - (x < y);
}

/* Of several the middle one. */
int
speed_first_ask(struct speed_first *f, const struct speed_opts *o,
    const struct speed_setting *way)
{
	struct speed_first *all =
	    mem_array(struct speed_first, (size_t)o->starts + 1);
	char **argv = command(o, way);
	int rc = 0;

	for (int i = 0; i < o->starts && rc >= 0; i++)
		rc = ask_once(&all[i], (const char *const *)argv);
	if (rc >= 0) {
		qsort(all, (size_t)o->starts, sizeof(*all), by_total);
		*f = all[(o->starts - 1) / 2];
	}
	for (size_t i = 0; argv[i] != NULL; i++)
		mem_free(argv[i]);
	mem_free(argv);
	mem_free(all);
	return rc;
}
