/*
 * The progress line.  Counting is one atomic add and a look at the clock; who
 * finds the line a tenth of a second old tries the lock and draws.
 */
#include "base/progress.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/num.h"
#include "base/progress/line.h"
#include "base/stop.h"
#include "base/text.h"

enum { LINE_MAX_BYTES = 4096, MARKS = 32 };

#define MARK_SECONDS 0.5 /* between two marks of the window */

/* What was done at a time of the task's own clock. */
struct mark {
	double t;
	uint64_t done;
};

struct task {
	char label[64], unit[32], extra[PROGRESS_PART_MAX];
	uint64_t total;
	double start, paused; /* stop_clock; seconds its clock stood still */
	struct mark marks[MARKS];
	size_t nmarks, oldest;
	_Atomic uint64_t done;
};

static struct {
	enum progress_mode mode;
	pthread_mutex_t lock;
	_Atomic bool on; /* between begin and end, and to be drawn */
	bool drawn;      /* the line stands on the terminal's last row */
	char run[64];
	struct task tasks[2]; /* the second is inside the first */
	_Atomic int inner;    /* which of them is shown */
	double inner_start, outer_next;
	_Atomic double next; /* when to draw again */
} bar = { .lock = PTHREAD_MUTEX_INITIALIZER };

void
progress_mode(enum progress_mode mode)
{
	bar.mode = mode;
}

static bool
progress_wanted(void)
{
	const char *term = getenv("TERM");

	if (bar.mode != PROGRESS_AUTO)
		return bar.mode != PROGRESS_OFF;
	return isatty(STDERR_FILENO) &&
	    (term == NULL || strcmp(term, "dumb") != 0);
}

/* All of it in one write, so that lines of threads do not mix. */
static void
write_line(const struct buf *b)
{
	ssize_t n = write(STDERR_FILENO, buf_str(b), b->len);

	(void)n; /* a line nobody can see is no failure */
}

static void
bar_text(char *out, size_t size, uint64_t done, uint64_t total)
{
	enum { WIDTH = 20 };
	char marks[WIDTH + 1];
	int full =
	    done >= total ? WIDTH : (int)(WIDTH * (double)done / (double)total);

	for (int i = 0; i < WIDTH; i++)
		marks[i] = i < full ? '#' : '.';
	marks[WIDTH] = '\0';
	snprintf(out, size, "[%s]", marks);
}

static bool
is_bytes(const struct task *t)
{
	return strcmp(t->unit, "B") == 0;
}

static char *
amount(char out[NUM_TEXT_MAX], const struct task *t, uint64_t n)
{
	if (is_bytes(t))
		return num_bytes_text(out, n);
	snprintf(out, NUM_TEXT_MAX, "%" PRIu64, n);
	return out;
}

static void
task_line(struct buf *b, const struct task *t, double rate, double eta)
{
	static const int ranks[] = { 1, 3, 4, 8 };
	const uint64_t done = atomic_load(&t->done);
	char one[NUM_TEXT_MAX], two[NUM_TEXT_MAX], marks[32];
	struct progress_line l = { .n = 0 };

	progress_line_add(
	    &l, 0, "%s%s%s", bar.run, bar.run[0] != '\0' ? " " : "", t->label);
	progress_line_split(&l, t->extra, ranks, 4);
	if (t->total > 0) {
		bar_text(marks, sizeof(marks), done, t->total);
		progress_line_add(&l, 7, "%s", marks);
		progress_line_add(&l, 6, "%s/%s", amount(one, t, done),
		    amount(two, t, t->total));
	} else {
		progress_line_add(&l, 6, "%s%s%s", amount(one, t, done),
		    is_bytes(t) ? "" : " ", is_bytes(t) ? "" : t->unit);
	}
	if (rate > 0 && is_bytes(t))
		progress_line_add(
		    &l, 5, "%s/s", num_bytes_text(one, (uint64_t)rate));
	else if (rate > 0)
		progress_line_add(
		    &l, 5, "%.*f %s/s", rate < 10 ? 1 : 0, rate, t->unit);
	if (t->total > 0 && eta >= 0)
		progress_line_add(&l, 2, "ETA %s", num_time_text(one, eta));
	progress_line_put(b, &l);
}

static void
json_text(struct buf *b, const struct task *t, double rate, double eta)
{
	char n[NUM_TEXT_MAX];

	buf_adds(b, "{\"progress\": ");
	buf_add_json(b, t->label, strlen(t->label));
	if (bar.run[0] != '\0') {
		buf_adds(b, ", \"run\": ");
		buf_add_json(b, bar.run, strlen(bar.run));
	}
	buf_printf(b, ", \"done\": %" PRIu64, atomic_load(&t->done));
	if (t->total > 0)
		buf_printf(b, ", \"total\": %" PRIu64, t->total);
	buf_adds(b, ", \"unit\": ");
	buf_add_json(b, t->unit, strlen(t->unit));
	buf_printf(b, ", \"rate\": %s", num_float_text(n, (float)rate));
	if (t->total > 0 && eta >= 0)
		buf_printf(b, ", \"eta\": %s", num_float_text(n, (float)eta));
	if (t->extra[0] != '\0') {
		buf_adds(b, ", \"extra\": ");
		buf_add_json(b, t->extra, strlen(t->extra));
	}
	buf_adds(b, "}\n");
}

/* Marks what is done at time t of the task's clock; returns what is done a
 * second, since the oldest mark. */
static double
task_rate(struct task *t, double now)
{
	const struct mark none = { 0, 0 };
	const uint64_t done = atomic_load(&t->done);
	const struct mark *last = t->nmarks > 0
	    ? &t->marks[(t->oldest + t->nmarks - 1) % MARKS]
	    : NULL;
	const struct mark *old = last != NULL ? &t->marks[t->oldest] : &none;
	const double rate = done > old->done && now > old->t
	    ? (double)(done - old->done) / (now - old->t)
	    : 0;

	if (last != NULL &&
	    (now - last->t < MARK_SECONDS || done == last->done))
		return rate;
	t->marks[(t->oldest + t->nmarks) % MARKS] = (struct mark){ now, done };
	if (t->nmarks < MARKS)
		t->nmarks++;
	else
		t->oldest = (t->oldest + 1) % MARKS;
	return rate;
}

/* With the lock. */
static void
draw(double now)
{
	struct task *t = &bar.tasks[bar.inner];
	const uint64_t done = atomic_load(&t->done);
	const double spent = now - t->start, own = spent - t->paused;
	const double rate = task_rate(t, own);
	/* What was done inside it takes its share of the time to go, too. */
	const double share = own > 0 ? spent / own : 1;
	const double eta = rate > 0 && t->total >= done
	    ? (double)(t->total - done) / rate * share
	    : -1;
	struct buf b;

	buf_init(&b, LINE_MAX_BYTES);
	if (bar.mode == PROGRESS_JSON) {
		json_text(&b, t, rate, eta);
		atomic_store(&bar.next, now + 1.0);
	} else {
		buf_addc(&b, '\r');
		task_line(&b, t, rate, eta);
		buf_adds(&b, "\033[K");
		bar.drawn = true;
		atomic_store(&bar.next, now + 0.1);
	}
	write_line(&b);
	buf_clear(&b);
}

static void
tick(void)
{
	double now;

	if (!bar.on)
		return;
	now = stop_clock();
	if (now < atomic_load(&bar.next) ||
	    pthread_mutex_trylock(&bar.lock) != 0)
		return;
	if (bar.on && now >= atomic_load(&bar.next))
		draw(now);
	pthread_mutex_unlock(&bar.lock);
}

static void
task_begin(struct task *t, const char *label, uint64_t total, const char *unit)
{
	snprintf(t->label, sizeof(t->label), "%s", label);
	text_tame(t->label);
	snprintf(t->unit, sizeof(t->unit), "%s", unit);
	t->extra[0] = '\0';
	t->total = total;
	t->start = stop_clock();
	t->paused = 0;
	t->nmarks = t->oldest = 0;
	atomic_store(&t->done, 0);
}

void
progress_run(const char *run)
{
	pthread_mutex_lock(&bar.lock);
	snprintf(bar.run, sizeof(bar.run), "%s", run != NULL ? run : "");
	text_tame(bar.run);
	pthread_mutex_unlock(&bar.lock);
}

/* What is over in half a second needs no line, unless one is asked for. */
static double
patience(void)
{
	return bar.mode == PROGRESS_BAR ? 0 : 0.5;
}

void
progress_begin(const char *label, uint64_t total, const char *unit)
{
	progress_end();
	if (!progress_wanted())
		return;
	pthread_mutex_lock(&bar.lock);
	task_begin(&bar.tasks[0], label, total, unit);
	atomic_store(&bar.inner, 0);
	atomic_store(&bar.next, bar.tasks[0].start + patience());
	bar.on = true;
	pthread_mutex_unlock(&bar.lock);
}

void
progress_inner_begin(const char *label, uint64_t total, const char *unit)
{
	if (!bar.on)
		return;
	pthread_mutex_lock(&bar.lock);
	task_begin(&bar.tasks[1], label, total, unit);
	bar.inner_start = bar.tasks[1].start;
	atomic_store(&bar.inner, 1);
	/* The outer line stays as long, and is due then when it was. */
	bar.outer_next = atomic_load(&bar.next);
	atomic_store(&bar.next, bar.inner_start + patience());
	pthread_mutex_unlock(&bar.lock);
}

void
progress_inner_end(void)
{
	if (!bar.on)
		return;
	pthread_mutex_lock(&bar.lock);
	if (bar.mode == PROGRESS_JSON && bar.inner == 1)
		draw(stop_clock());
	if (bar.inner == 1) {
		bar.tasks[0].paused += stop_clock() - bar.inner_start;
		atomic_store(&bar.next, bar.outer_next);
	}
	atomic_store(&bar.inner, 0);
	pthread_mutex_unlock(&bar.lock);
}

void
progress_total(uint64_t total)
{
	if (!bar.on)
		return;
	pthread_mutex_lock(&bar.lock);
	bar.tasks[bar.inner].total = total;
	pthread_mutex_unlock(&bar.lock);
}

void
progress_from(uint64_t done)
{
	struct task *t;

	if (!bar.on)
		return;
	pthread_mutex_lock(&bar.lock);
	t = &bar.tasks[bar.inner];
	atomic_store(&t->done, done);
	t->oldest = 0;
	t->nmarks = 1;
	t->marks[0] =
	    (struct mark){ stop_clock() - t->start - t->paused, done };
	pthread_mutex_unlock(&bar.lock);
}

void
progress_set(uint64_t done)
{
	atomic_store(&bar.tasks[bar.inner].done, done);
	tick();
}

void
progress_add(uint64_t n)
{
	if (!bar.on)
		return;
	atomic_fetch_add(&bar.tasks[bar.inner].done, n);
	tick();
}

void
progress_extra(const char *fmt, ...)
{
	struct task *t = &bar.tasks[bar.inner];
	va_list ap;

	if (!bar.on)
		return;
	pthread_mutex_lock(&bar.lock);
	va_start(ap, fmt);
	vsnprintf(t->extra, sizeof(t->extra), fmt, ap);
	va_end(ap);
	text_tame(t->extra);
	pthread_mutex_unlock(&bar.lock);
}

static void
erase(void)
{
	if (bar.drawn)
		dprintf(STDERR_FILENO, "\r\033[K");
	bar.drawn = false;
}

void
progress_keep(const char *fmt, ...)
{
	/* What a validation gave matters more than what comes before it. */
	static const int ranks[] = { 1, 3, 2, 4 };
	char text[PROGRESS_PART_MAX];
	struct progress_line l = { .n = 0 };
	struct buf b;
	va_list ap;

	if (!bar.on || bar.mode == PROGRESS_JSON)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	text_tame(text);
	buf_init(&b, LINE_MAX_BYTES);
	pthread_mutex_lock(&bar.lock);
	progress_line_add(&l, 0, "%s", bar.run);
	progress_line_split(&l, text, ranks, 4);
	progress_line_put(&b, &l);
	buf_addc(&b, '\n');
	erase();
	write_line(&b);
	pthread_mutex_unlock(&bar.lock);
	buf_clear(&b);
}

bool
progress_shown(void)
{
	return bar.on;
}

void
progress_end(void)
{
	pthread_mutex_lock(&bar.lock);
	atomic_store(&bar.inner, 0);
	if (bar.on && bar.mode == PROGRESS_JSON)
		draw(stop_clock());
	erase();
	bar.on = false;
	pthread_mutex_unlock(&bar.lock);
}

void
progress_hide(void)
{
	if (!bar.on)
		return;
	pthread_mutex_lock(&bar.lock);
	erase();
	pthread_mutex_unlock(&bar.lock);
}
