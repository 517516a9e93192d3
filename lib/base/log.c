/*
 * Messages and events.  Each is built whole and written with one write, so
 * lines of several threads never mix.
 */
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alias.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/progress.h"
#include "base/text.h"

enum { MESSAGE_MAX = 64 << 10 };

static const char *name = "nnutils";
static int verbosity;
static int events_fd = -1;
static int events_close;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

void
log_init(const char *program, int level)
{
	name = program;
	verbosity = level;
}

const char *
log_program(void)
{
	return name;
}

int
log_enabled(enum log_level level)
{
	return (int)level <= verbosity;
}

/* 0, or -1 with errno; whatever the descriptor takes at a time. */
static int
write_all(int fd, const char *p, size_t n)
{
	ssize_t w;

	while (n > 0) {
		w = write(fd, p, n);
		if (w < 0 && errno == EINTR)
			continue;
		if (w < 0)
			return -1;
		p += w;
		n -= (size_t)w;
	}
	return 0;
}

static void
warning_event(const char *text, size_t n)
{
	struct buf b;

	if (!log_events_on())
		return;
	buf_init(&b, 2 * MESSAGE_MAX);
	buf_adds(&b, "{\"event\": \"warning\", \"text\": ");
	buf_add_json(&b, text, n);
	buf_addc(&b, '}');
	log_event(buf_str(&b), b.len);
	buf_clear(&b);
}

/* The line, whose first n bytes are the program's name, which has a colour on a
 * terminal where something is wrong. */
static void
show(enum log_level level, const char *text, size_t n)
{
	const char *colour = level == LOG_ERROR ? "\033[1;31m"
	    : level == LOG_WARN                 ? "\033[1;35m"
						: "";
	struct buf b;

	if (colour[0] != '\0' && !log_colour(STDERR_FILENO))
		colour = "";
	buf_init(&b, MESSAGE_MAX + 64);
	buf_printf(&b, "%s%.*s%s%s\n", colour, (int)n, text,
	    colour[0] != '\0' ? "\033[0m" : "", text + n);
	progress_hide();
	write_all(STDERR_FILENO, buf_str(&b), b.len);
	buf_clear(&b);
}

void
log_at(enum log_level level, const char *fmt, ...)
{
	struct buf b;
	va_list ap;
	size_t start;
	char *shown;

	if (!log_enabled(level) && !(level == LOG_WARN && log_events_on()))
		return;
	buf_init(&b, MESSAGE_MAX);
	buf_printf(&b, "%s: ", name);
	start = b.len;
	va_start(ap, fmt);
	buf_vprintf(&b, fmt, ap);
	va_end(ap);
	shown = alias_shown(buf_str(&b));
	if (shown != NULL) {
		buf_reset(&b);
		buf_adds(&b, shown);
		mem_free(shown);
	}
	/* Names of files may hold anything; a terminal shall not obey them. */
	text_tame(b.data + start);
	b.len = start + strlen(b.data + start);
	if (level == LOG_WARN)
		warning_event(b.data + start, b.len - start);
	if (log_enabled(level))
		show(level, buf_str(&b), start);
	buf_clear(&b);
}

int
log_events_open(const char *fd_or_file)
{
	int64_t fd;

	log_events_close();
	if (num_int(&fd, fd_or_file, 0, 1 << 20) == 0) {
		int how = fcntl((int)fd, F_GETFL);

		if (how < 0 || (how & O_ACCMODE) == O_RDONLY)
			return err_set(ERR_IO,
			    "--events: descriptor %s is not open for writing",
			    fd_or_file);
		events_fd = (int)fd;
		events_close = 0;
	} else {
		events_fd = open(fd_or_file,
		    O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
		if (events_fd < 0)
			return err_sys("--events: open %s", fd_or_file);
		events_close = 1;
	}
	return 0;
}

int
log_events_on(void)
{
	return events_fd >= 0;
}

void
log_event(const char *json_line, size_t n)
{
	struct buf b;
	int failed;

	if (!log_events_on())
		return;
	buf_init(&b, n + 1);
	buf_add(&b, json_line, n);
	buf_addc(&b, '\n');
	pthread_mutex_lock(&lock);
	failed = events_fd >= 0 && write_all(events_fd, b.data, b.len) < 0;
	pthread_mutex_unlock(&lock);
	buf_clear(&b);
	if (failed) {
		log_events_close();
		log_warn("events: %s: no more are written", strerror(errno));
	}
}

void
log_events_close(void)
{
	pthread_mutex_lock(&lock);
	if (events_fd >= 0 && events_close)
		close(events_fd);
	events_fd = -1;
	pthread_mutex_unlock(&lock);
}

int
log_colour(int fd)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	if (no != NULL && no[0] != '\0')
		return 0;
	return isatty(fd) && (term == NULL || strcmp(term, "dumb") != 0);
}
