/* Messages, the progress bar, and being asked to stop. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "base/err.h"
#include "base/log.h"
#include "base/progress.h"
#include "base/stop.h"
#include "../tmp.h"

static int saved_stderr = -1;

/* What goes to stderr until heard() goes to a file. */
static void
listen(void)
{
	int fd = open(tmp_path("said"), O_RDWR | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	saved_stderr = dup(STDERR_FILENO);
	dup2(fd, STDERR_FILENO);
	close(fd);
}

static const char *
heard(void)
{
	static char text[1 << 16];
	FILE *f;
	size_t n;

	dup2(saved_stderr, STDERR_FILENO);
	close(saved_stderr);
	f = fopen(tmp_path("said"), "r");
	assert_non_null(f);
	n = fread(text, 1, sizeof(text) - 1, f);
	text[n] = '\0';
	fclose(f);
	return text;
}

static void
levels(void **state)
{
	(void)state;
	log_init("p", -1);
	listen();
	log_error("e %d", 1);
	log_warn("w");
	assert_string_equal(heard(), "p: e 1\n");
	log_init("p", 1);
	listen();
	log_warn("w\n\x1b[2J");
	log_info("i");
	log_debug("d");
	assert_string_equal(heard(), "p: w??[2J\np: i\n");
	assert_string_equal(log_program(), "p");
	assert_true(log_enabled(LOG_INFO) && !log_enabled(LOG_DEBUG));
	log_init("p", 0);
}

static void *
shout(void *arg)
{
	int i;

	(void)arg;
	for (i = 0; i < 200; i++)
		log_warn("0123456789012345678901234567890123456789");
	return NULL;
}

static void
whole_lines(void **state)
{
	pthread_t t[4];
	const char *s;
	int i, lines = 0;

	(void)state;
	listen();
	for (i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&t[i], NULL, shout, NULL), 0);
	for (i = 0; i < 4; i++)
		pthread_join(t[i], NULL);
	for (s = heard(); *s != '\0'; s += 44, lines++)
		assert_memory_equal(
		    s, "p: 0123456789012345678901234567890123456789\n", 44);
	assert_int_equal(lines, 800);
}

/* A monitor that goes away ends the events, not the program. */
static void
events_pipe(void **state)
{
	char text[32], got[64];
	int fd[2];

	(void)state;
	signal(SIGPIPE, SIG_IGN); /* as prog_parse does */
	assert_int_equal(log_events_open("99"), ERR_IO);
	assert_int_equal(log_events_open("/no/such/file"), ERR_MISSING);
	assert_false(log_events_on());
	assert_int_equal(pipe(fd), 0);
	snprintf(text, sizeof(text), "%d", fd[1]);
	assert_int_equal(log_events_open(text), 0);
	log_event("{}", 2);
	assert_int_equal(read(fd[0], got, sizeof(got)), 3);
	assert_memory_equal(got, "{}\n", 3);
	close(fd[0]);
	listen();
	log_event("{}", 2);
	log_event("{}", 2);
	assert_non_null(strstr(heard(), "events: Broken pipe"));
	assert_false(log_events_on());
	close(fd[1]);
}

static void
json_bar(void **state)
{
	const char *s;

	(void)state;
	progress_mode(PROGRESS_JSON);
	listen();
	progress_begin("la\"bel", 10, "images");
	progress_add(3);
	progress_add(4);
	progress_extra("loss %.2f", 0.5);
	progress_set(8);
	progress_end();
	progress_end();
	s = heard();
	assert_non_null(strstr(s,
	    "{\"progress\": \"la\\\"bel\", \"done\": 8, \"total\": 10, "
	    "\"unit\": \"images\", \"rate\": "));
	assert_non_null(strstr(s, ", \"extra\": \"loss 0.50\"}\n"));
}

static void
drawn_bar(void **state)
{
	const char *s;

	(void)state;
	progress_mode(PROGRESS_BAR);
	listen();
	progress_begin("making", 4, "images");
	usleep(600000);
	progress_add(2);
	log_warn("in between");
	progress_end();
	s = heard();
	assert_non_null(strstr(s, "\rmaking  [##########..........]  2/4  3."));
	assert_non_null(strstr(s, " images/s  ETA "));
	/* The bar is erased before a message, and at the end. */
	assert_non_null(strstr(s, "\r\x1b[Kp: in between\n"));
	progress_mode(PROGRESS_OFF);
	listen();
	progress_begin("x", 1, "y");
	progress_add(1);
	progress_end();
	assert_string_equal(heard(), "");
	/* Not a terminal: no bar by itself. */
	progress_mode(PROGRESS_AUTO);
	listen();
	progress_begin("x", 1, "y");
	usleep(600000);
	progress_add(1);
	progress_end();
	assert_string_equal(heard(), "");
}

/* What stays, what is inside, of which run; and what goes where 80 columns do not
 * hold it all (stderr is no terminal here). */
static void
training(void **state)
{
	const char *s;

	(void)state;
	progress_mode(PROGRESS_BAR);
	listen();
	progress_run("2/6 lr0.1");
	progress_begin("train", 1000, "img");
	progress_from(100);
	progress_keep("epoch 1/9  train loss 0.3");
	usleep(600000);
	progress_extra("loss 0.25  val accuracy 0.9000  epoch 1.25/9  lr 0.01"
		       "  cpu 180 %%, a panel that does not fit");
	progress_set(150);
	progress_inner_begin("val", 40, "img");
	usleep(600000);
	progress_add(10);
	progress_inner_end();
	progress_add(150);
	progress_run(NULL);
	progress_end();
	s = heard();
	assert_non_null(strstr(s, "2/6 lr0.1  epoch 1/9  train loss 0.3\n"));
	assert_non_null(strstr(s,
	    "\r2/6 lr0.1 train  loss 0.25  val accuracy 0.9000  epoch 1.25/9"
	    "  ETA "));
	assert_null(strstr(s, "panel"));
	assert_non_null(
	    strstr(s, "\r2/6 lr0.1 val  [#####...............]  10/40  "));
	progress_mode(PROGRESS_OFF);
}

static int
ask(int signals, int sig)
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		stop_install();
		if (stop_asked() || stop_reason()[0] != '\0')
			_exit(1);
		for (; signals > 0; signals--)
			raise(sig);
		if (!stop_asked() ||
		    strcmp(stop_reason(),
			sig == SIGINT ? "SIGINT" : "SIGTERM") != 0)
			_exit(2);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

static void
signals(void **state)
{
	(void)state;
	assert_int_equal(ask(1, SIGINT), 0);
	assert_int_equal(ask(1, SIGTERM), 0);
	assert_int_equal(ask(3, SIGTERM), 0);
	assert_int_equal(ask(2, SIGINT), 130);
}

static void
budget(void **state)
{
	double start = stop_clock();

	(void)state;
	assert_false(stop_asked());
	stop_budget(0.05);
	assert_false(stop_asked());
	while (!stop_asked())
		usleep(1000);
	assert_true(stop_clock() - start >= 0.05);
	assert_string_equal(stop_reason(), "time budget");
	stop_budget(0);
	assert_false(stop_asked());
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(levels),
		cmocka_unit_test(whole_lines),
		cmocka_unit_test(events_pipe),
		cmocka_unit_test(json_bar),
		cmocka_unit_test(drawn_bar),
		cmocka_unit_test(training),
		cmocka_unit_test(signals),
		cmocka_unit_test(budget),
	};

	return cmocka_run_group_tests(tests, tmp_setup, tmp_teardown);
}
