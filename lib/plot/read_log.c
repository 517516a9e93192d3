/*
 * Logs of Caffe and of darknet: see read.h.
 *
 *	I1105 00:37:55.565 210 solver.cpp:247] Iteration 500, Testing net (#0)
 *	I1105 00:38:01.829 210 solver.cpp:298]     Test net output #0: accuracy = 0.09
 *	I1105 00:38:01.939 210 solver.cpp:191] Iteration 500 (9 iter/s, 2s/20 iters), loss = 2.3
 *	I1105 00:38:01.939 210 solver.cpp:206]     Train net output #0: loss = 2.30 (* 1 = 2.30 loss)
 *	I1105 00:38:01.940 210 solver.cpp:403] Iteration 500, lr = 0.001
 *
 *	 500: 2.307, 2.401 avg loss, 0.001 rate, 3.12 seconds, 32000 images, 2.1 hours left
 *	 mean average precision (mAP@0.50) = 0.567, or 56.70 %
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "plot/read.h"

enum { LINE = 1024, NAMES = 64 };

struct log_read {
	struct plot_data *d;
	const char *run;
	double iter, seconds,
	    began;       /* began: glog's first time; NAN: none yet */
	char tested[32]; /* "val ", "val 1 ", … */
	/* names of the outputs of a test or a step, of which some stand twice */
	char names[NAMES][64];
};

static void
add(struct log_read *r, const char *name, double iter, double y)
{
	struct plot_point p = { .y = y };

	p.x[PLOT_ITER] = iter;
	p.x[PLOT_EPOCH] = NAN;
	p.x[PLOT_TIME] = r->seconds;
	plot_add(r->d, r->run, name, &p);
}

/* Calls take with each line, cut at LINE. */
static void
each_line(const struct plot_text *t, void (*take)(struct log_read *, char *),
    struct log_read *r)
{
	const char *p = t->p, *end;
	char line[LINE];

	for (; p < t->p + t->n; p = end + 1) {
		size_t n;

		end = memchr(p, '\n', (size_t)(t->p + t->n - p));
		if (end == NULL)
			end = t->p + t->n;
		n = (size_t)(end - p) < LINE - 1 ? (size_t)(end - p) : LINE - 1;
		memcpy(line, p, n);
		line[n] = '\0';
		take(r, line);
	}
}

/* ---- Caffe ---------------------------------------------------------------- */

/* "I1105 00:37:55.565091 2106 solver.cpp:247] " is gone over; its time goes into
 * r.  A log has no years: days are counted as if all months had 31. */
static char *
past_glog(struct log_read *r, char *line)
{
	int month, day, h, m, at = 0;
	double s, seconds;

	if (sscanf(line, "%*1[IWEF]%2d%2d %d:%d:%lf %*d %*[^]]%n", &month, &day,
		&h, &m, &s, &at) < 5 ||
	    at == 0 || line[at] != ']')
		return line;
	seconds = ((month * 31 + day) * 24.0 + h) * 3600 + m * 60 + s;
	if (isnan(r->began))
		r->began = seconds;
	r->seconds = seconds - r->began;
	if (r->seconds < 0)
		r->seconds += 12 * 31 * 86400.0; /* over the new year */
	return line + at + 1;
}

/* "output #K: NAME = V": the name, made another where an output of a lower number
 * has it. */
static void
take_output(struct log_read *r, const char *before, const char *text)
{
	char name[64], full[128];
	double y;
	int k, same = 0;

	if (sscanf(text, "output #%d: %63s = %lf", &k, name, &y) != 3 ||
	    k < 0 || k >= NAMES)
		return;
	snprintf(r->names[k], sizeof(r->names[k]), "%s", name);
	for (int i = 0; i < k; i++)
		same += strcmp(r->names[i], name) == 0;
	/* the loss of a step is told in its own line */
	if (before[0] == '\0' && strcmp(name, "loss") == 0)
		return;
	if (same > 0)
		snprintf(full, sizeof(full), "%s%s %d", before, name, same);
	else
		snprintf(full, sizeof(full), "%s%s", before, name);
	add(r, full, r->iter, y);
}

static void
caffe_line(struct log_read *r, char *line)
{
	char *p = past_glog(r, line), *at;
	double iter, y;
	int net;

	p += strspn(p, " \t");
	if (sscanf(p, "Iteration %lf", &iter) == 1) {
		r->iter = iter;
		memset(r->names, 0, sizeof(r->names));
		at = strchr(p, ',');
		if (sscanf(p, "Iteration %*d, Testing net (#%d", &net) == 1)
			snprintf(r->tested, sizeof(r->tested),
			    net > 0 ? "val %d " : "val ", net);
		else if ((at = strstr(p, ", loss = ")) != NULL &&
		    sscanf(at, ", loss = %lf", &y) == 1)
			add(r, "loss", iter, y);
		else if ((at = strstr(p, ", lr = ")) != NULL &&
		    sscanf(at, ", lr = %lf", &y) == 1)
			add(r, "learning rate", iter, y);
	} else if (strncmp(p, "Test net ", 9) == 0) {
		take_output(r, r->tested, p + 9);
	} else if (strncmp(p, "Train net ", 10) == 0) {
		take_output(r, "", p + 10);
	}
}

bool
plot_caffe_line(const char *p, size_t n)
{
	return n > 20 &&
	    (memmem(p, n, "solver.cpp:", 11) != NULL ||
		memmem(p, n, "sgd_solver.cpp:", 15) != NULL);
}

int
plot_read_caffe(struct plot_data *d, const struct plot_text *t)
{
	struct log_read r = { .d = d, .run = t->run, .tested = "val " };

	r.seconds = r.began = NAN;
	each_line(t, caffe_line, &r);
	return 0;
}

/* ---- darknet -------------------------------------------------------------- */

static int
scan_darknet(const char *line, double v[4])
{
	return sscanf(line, " %lf: %lf, %lf avg%*[^,], %lf rate", &v[0], &v[1],
		   &v[2], &v[3]) == 4 ||
	    sscanf(line, " %lf: %lf, %lf avg, %lf rate", &v[0], &v[1], &v[2],
		&v[3]) == 4;
}

static void
darknet_line(struct log_read *r, char *line)
{
	const char *seconds = strstr(line, " rate, ");
	double v[4], s;

	if (scan_darknet(line, v)) {
		r->iter = v[0];
		if (seconds != NULL &&
		    sscanf(seconds, " rate, %lf seconds", &s) == 1)
			r->seconds += s;
		add(r, "loss", v[0], v[1]);
		add(r, "average loss", v[0], v[2]);
		add(r, "learning rate", v[0], v[3]);
	} else if (sscanf(line, " mean average precision (%*[^)]) = %lf", &s) ==
	    1) {
		add(r, "val mAP", r->iter, s);
	}
}

bool
plot_darknet_line(const char *p, size_t n)
{
	char line[LINE];
	double v[4];

	n = n < LINE - 1 ? n : LINE - 1;
	memcpy(line, p, n);
	line[n] = '\0';
	return scan_darknet(line, v);
}

int
plot_read_darknet(struct plot_data *d, const struct plot_text *t)
{
	struct log_read r = { .d = d, .run = t->run };

	each_line(t, darknet_line, &r);
	return 0;
}
