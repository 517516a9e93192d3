/*
 * The progress bar.  Counting is one atomic add and a look at the clock; who
 * finds the bar a tenth of a second old tries the lock and draws.
 */
#include "base/progress.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/num.h"
#include "base/stop.h"
#include "base/text.h"

enum { LINE_MAX_BYTES = 4096, EXTRA_MAX = 256 };

static struct {
	enum progress_mode mode;
	pthread_mutex_t lock;
	_Atomic bool on; /* between begin and end, and to be drawn */
	bool drawn;      /* the bar stands on the terminal's last line */
	char label[64], unit[32], extra[EXTRA_MAX];
	uint64_t total;
	double start;
	_Atomic uint64_t done;
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

	(void)n; /* a bar nobody can see is no failure */
}

static int
columns(void)
{
	struct winsize w;

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &w) == 0 && w.ws_col > 20)
		return w.ws_col;
	return 80;
}

static void
bar_text(struct buf *b, uint64_t done, double rate, double eta)
{
	enum { WIDTH = 20 };
	char t[NUM_TEXT_MAX];
	int full, i, width = columns() - 1;

	buf_printf(b, "%s  ", bar.label);
	if (bar.total > 0) {
		full = done >= bar.total
		    ? WIDTH
		    : (int)(WIDTH * (double)done / (double)bar.total);
		buf_addc(b, '[');
		for (i = 0; i < WIDTH; i++)
			buf_addc(b, i < full ? '#' : '.');
		buf_printf(b, "] %" PRIu64 "/%" PRIu64, done, bar.total);
	} else {
		buf_printf(b, "%" PRIu64, done);
	}
	buf_printf(b, " %s  %.*f/s", bar.unit, rate < 10 ? 1 : 0, rate);
	if (bar.total > 0 && eta >= 0)
		buf_printf(b, "  ETA %s", num_time_text(t, eta));
	if (bar.extra[0] != '\0')
		buf_printf(b, "  %s", bar.extra);
	if (b->len > (size_t)width) {
		b->len = (size_t)width;
		b->data[b->len] = '\0';
	}
}

static void
json_text(struct buf *b, uint64_t done, double rate, double eta)
{
	char t[NUM_TEXT_MAX];

	buf_adds(b, "{\"progress\": ");
	buf_add_json(b, bar.label, strlen(bar.label));
	buf_printf(b, ", \"done\": %" PRIu64, done);
	if (bar.total > 0)
		buf_printf(b, ", \"total\": %" PRIu64, bar.total);
	buf_adds(b, ", \"unit\": ");
	buf_add_json(b, bar.unit, strlen(bar.unit));
	buf_printf(b, ", \"rate\": %s", num_float_text(t, (float)rate));
	if (bar.total > 0 && eta >= 0)
		buf_printf(b, ", \"eta\": %s", num_float_text(t, (float)eta));
	if (bar.extra[0] != '\0') {
		buf_adds(b, ", \"extra\": ");
		buf_add_json(b, bar.extra, strlen(bar.extra));
	}
	buf_adds(b, "}\n");
}

/* With the lock. */
static void
draw(double now)
{
	uint64_t done = atomic_load(&bar.done);
	double spent = now - bar.start;
	double rate = spent > 0 ? (double)done / spent : 0;
	double eta = rate > 0 && bar.total >= done
	    ? (double)(bar.total - done) / rate
	    : -1;
	struct buf b;

	buf_init(&b, LINE_MAX_BYTES);
	if (bar.mode == PROGRESS_JSON) {
		json_text(&b, done, rate, eta);
		write_line(&b);
		atomic_store(&bar.next, now + 1.0);
	} else {
		bar_text(&b, done, rate, eta);
		dprintf(STDERR_FILENO, "\r%s\033[K", buf_str(&b));
		bar.drawn = true;
		atomic_store(&bar.next, now + 0.1);
	}
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

void
progress_begin(const char *label, uint64_t total, const char *unit)
{
	progress_end();
	if (!progress_wanted())
		return;
	pthread_mutex_lock(&bar.lock);
	snprintf(bar.label, sizeof(bar.label), "%s", label);
	text_tame(bar.label);
	snprintf(bar.unit, sizeof(bar.unit), "%s", unit);
	bar.extra[0] = '\0';
	bar.total = total;
	bar.start = stop_clock();
	atomic_store(&bar.done, 0);
	/* What is over in half a second needs no bar. */
	atomic_store(&bar.next, bar.start + 0.5);
	bar.on = true;
	pthread_mutex_unlock(&bar.lock);
}

void
progress_set(uint64_t done)
{
	atomic_store(&bar.done, done);
	tick();
}

void
progress_add(uint64_t n)
{
	if (!bar.on)
		return;
	atomic_fetch_add(&bar.done, n);
	tick();
}

void
progress_extra(const char *fmt, ...)
{
	va_list ap;

	if (!bar.on)
		return;
	pthread_mutex_lock(&bar.lock);
	va_start(ap, fmt);
	vsnprintf(bar.extra, sizeof(bar.extra), fmt, ap);
	va_end(ap);
	pthread_mutex_unlock(&bar.lock);
}

static void
erase(void)
{
	if (bar.drawn)
		dprintf(STDERR_FILENO, "\r\033[K");
	bar.drawn = false;
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
