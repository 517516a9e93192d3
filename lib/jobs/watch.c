/* The list, drawn again and again: see watch.h. */
#include "jobs/watch.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/err.h"
#include "base/num.h"
#include "base/stop.h"
#include "base/text.h"
#include "file/file.h"
#include "jobs/show.h"

/* xterm's other screen, without a cursor; and back. */
#define ENTER "\033[?1049h\033[?25l"
#define LEAVE "\033[?25h\033[?1049l"

enum { STEP_MS = 100 };

static const double usual_seconds = 2;

static volatile sig_atomic_t ended, woken;

int
jobs_watch_parse(double *seconds, const char *text)
{
	*seconds = usual_seconds;
	if (text[0] == '\0')
		return 0;
	if (num_duration(seconds, text) < 0)
		return err_in(ERR_USAGE, "--watch");
	if (!(*seconds >= 0.1 && *seconds <= 86400))
		return err_set(
		    ERR_USAGE, "--watch %s: 0.1 to 86400 seconds", text);
	return 0;
}

static void
say(const char *codes)
{
	(void)!write(STDOUT_FILENO, codes, strlen(codes));
}

static void
on_quit(int sig)
{
	(void)sig;
	ended = 1;
}

/* Suspended: the screen is given back first, and taken again afterwards. */
static void
on_suspend(int sig)
{
	(void)sig;
	say(LEAVE);
	raise(SIGSTOP);
	say(ENTER);
	woken = 1;
}

static void
on_resize(int sig)
{
	(void)sig;
	woken = 1;
}

static void
install(void)
{
	struct sigaction sa = { 0 };

	stop_install();
	sigemptyset(&sa.sa_mask);
	sa.sa_handler = on_quit;
	sigaction(SIGQUIT, &sa, NULL);
	sa.sa_handler = on_resize;
	sigaction(SIGWINCH, &sa, NULL);
	sa.sa_handler = on_suspend;
	sa.sa_flags = SA_RESTART;
	sigaction(SIGTSTP, &sa, NULL);
}

/* The first lines that there is room for, each cut to the width. */
static void
fit_screen(FILE *out, const char *text, int columns, int lines)
{
	int row = 0, rest = 0;

	fputs("\033[H", out);
	while (*text != '\0') {
		const size_t n = strcspn(text, "\n");
		char *line = strndup(text, n);

		if (++row < lines && line != NULL) {
			fwrite(line, 1, text_fit(line, (size_t)columns), out);
			fputs("\033[K\n", out);
		} else {
			rest++;
		}
		free(line);
		text += n + (text[n] == '\n');
	}
	fputs("\033[J", out);
	if (rest > 0)
		fprintf(out, "(%d more)", rest);
}

static int
draw(const struct jobs *l)
{
	char *text = NULL, *screen = NULL;
	size_t n = 0, bytes = 0;
	int columns = 80, lines = 24, rc;
	FILE *f = open_memstream(&text, &n), *out;

	if (f == NULL)
		return err_sys("memory");
	rc = jobs_show(l, NULL, f, PROG_TEXT);
	if (fclose(f) != 0 && rc >= 0)
		rc = err_sys("memory");
	out = rc >= 0 ? open_memstream(&screen, &bytes) : NULL;
	if (out != NULL) {
		text_terminal(STDOUT_FILENO, &columns, &lines);
		fit_screen(out, text, columns, lines);
		if (fclose(out) == 0)
			rc = file_write_all(
			    STDOUT_FILENO, screen, bytes, "standard output");
	}
	free(text);
	free(screen);
	return rc;
}

static bool
over(void)
{
	return ended || stop_asked();
}

static void
wait_for(double seconds)
{
	const struct timespec step = { 0, STEP_MS * 1000000L };
	const double until = stop_clock() + seconds;

	woken = 0;
	while (!over() && !woken && stop_clock() < until)
		nanosleep(&step, NULL);
}

int
jobs_watch(char *const *dirs, size_t n, const struct jobs_choice *c,
    enum jobs_key key, bool reverse, double seconds)
{
	int rc = 0;

	if (!isatty(STDOUT_FILENO))
		return err_set(ERR_USAGE,
		    "--watch draws on a terminal, which standard output is not");
	install();
	say(ENTER);
	while (rc >= 0 && !over()) {
		struct jobs l = { 0 };

		rc = jobs_find(&l, dirs, n, c);
		jobs_sort(&l, key, reverse);
		if (rc >= 0)
			rc = draw(&l);
		jobs_clear(&l);
		if (rc >= 0)
			wait_for(seconds);
	}
	say(LEAVE);
	return rc == ERR_STOPPED ? 0 : rc;
}
