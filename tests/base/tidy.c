/* Signals: what they remove, what they say, how the process ends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/err.h"
#include "file/file.h"
#include "base/stop.h"
#include "base/tidy.h"
#include "../tmp.h"

/* The status of a child that does that; its stderr goes to the file "err". */
static int
child(void (*work)(const void *), const void *arg)
{
	int status;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		int fd =
		    open(tmp_path("err"), O_WRONLY | O_CREAT | O_TRUNC, 0600);

		dup2(fd, STDERR_FILENO);
		work(arg);
		_exit(0);
	}
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static void
assert_said(const char *part)
{
	struct buf b;

	buf_init(&b, 1 << 20);
	assert_int_equal(file_read(&b, tmp_path("err")), 0);
	assert_non_null(strstr(buf_str(&b), part));
	buf_clear(&b);
}

static size_t
names(void)
{
	char **v;
	size_t n;

	assert_int_equal(file_list(&v, &n, tmp_dir), 0);
	file_list_free(v, n);
	return n;
}

/* A hidden folder with something in it, a hidden file, and then the signal. */
static void
half_done(const void *arg)
{
	const int sig = *(const int *)arg;
	struct file_out *o = NULL;
	struct file_dir *d = NULL;
	char path[512];

	tidy_install("test");
	if (file_dir_begin(&d, tmp_path("folder"), 0) < 0 ||
	    file_out_open(&o, tmp_path("file"), 0) < 0)
		_exit(1);
	snprintf(path, sizeof(path), "%s/a/b", file_dir_path(d));
	if (file_mkdirs(path) < 0)
		_exit(1);
	snprintf(path, sizeof(path), "%s/a/b/c", file_dir_path(d));
	if (file_write(path, "x", 1, 0) < 0)
		_exit(1);
	if (fork() == 0) /* a child owns none of it */
		raise(sig);
	wait(NULL);
	if (file_size(&(uint64_t){ 0 }, path) < 0)
		_exit(1);
	raise(sig);
}

static void
every_signal(void **state)
{
	static const int sigs[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1,
		SIGUSR2, SIGPIPE, SIGALRM, SIGABRT, SIGXCPU };

	(void)state;
	for (size_t i = 0; i < sizeof(sigs) / sizeof(sigs[0]); i++) {
		int status = child(half_done, &sigs[i]);

		assert_true(WIFSIGNALED(status));
		assert_int_equal(WTERMSIG(status), sigs[i]);
		assert_int_equal(names(), 1); /* "err" */
	}
}

/* The signal comes between making and adding. */
static void
made_just_now(const void *arg)
{
	(void)arg;
	tidy_install("test");
	tidy_hold();
	if (mkdir(tmp_path("new"), 0777) < 0)
		_exit(1);
	raise(SIGTERM);
	tidy_add(tmp_path("new"));
	tidy_release();
}

static void
nothing_comes_between(void **state)
{
	int status = child(made_just_now, NULL);

	(void)state;
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGTERM);
	assert_int_equal(names(), 1); /* "err" */
}

static void
kept_work(const void *arg)
{
	struct file_dir *d = NULL;

	(void)arg;
	tidy_install("test");
	if (file_dir_begin(&d, tmp_path("whole"), 0) < 0 ||
	    file_dir_commit(&d) < 0 ||
	    file_write(tmp_path("file"), "x", 1, 0) < 0)
		_exit(1);
	raise(SIGTERM);
}

static void
what_is_whole_stays(void **state)
{
	(void)state;
	assert_true(WIFSIGNALED(child(kept_work, NULL)));
	assert_true(file_is_dir(tmp_path("whole")));
	assert_true(file_exists(tmp_path("file")));
}

static void
read_shrunk(const void *arg)
{
	const char *path = arg;
	const void *p;
	volatile char c;
	size_t n;

	tidy_install("test");
	if (file_map(&p, &n, path) < 0 || truncate(path, 0) < 0)
		_exit(1);
	c = ((const char *)p)[n - 1];
	(void)c;
}

static void
shrunk(void **state)
{
	static char bytes[20000];
	const char *path = tmp_path("input");
	int status;

	(void)state;
	assert_int_equal(file_write(path, bytes, sizeof(bytes), 1), 0);
	status = child(read_shrunk, path);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 5);
	assert_said("input: shrank");
}

static void
write_too_much(const void *arg)
{
	static char bytes[20000];
	const struct rlimit small = { 5000, 5000 };

	(void)arg;
	tidy_install("test");
	setrlimit(RLIMIT_FSIZE, &small);
	if (file_write(tmp_path("large"), bytes, sizeof(bytes), 1) != ERR_IO)
		_exit(1);
	fputs(err_text(), stderr);
}

static void
file_size_limit(void **state)
{
	(void)state;
	assert_int_equal(child(write_too_much, NULL), 0);
	assert_said("File too large");
	assert_false(file_exists(tmp_path("large")));
}

/* Ignored when the program began: still. */
static void
under_nohup(const void *arg)
{
	(void)arg;
	signal(SIGHUP, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	tidy_install("test");
	stop_install();
	raise(SIGHUP);
	raise(SIGINT);
	if (stop_asked())
		_exit(1);
	raise(SIGTERM);
	_exit(stop_asked() && strcmp(stop_reason(), "SIGTERM") == 0 ? 0 : 2);
}

static void
ends_late(const void *arg)
{
	tidy_install("test");
	stop_install();
	stop_hold(arg != NULL);
	raise(SIGTERM);
	raise(SIGALRM); /* as after STOP_SECONDS */
	stop_hold(0);
}

static void
stopping(void **state)
{
	int status;

	(void)state;
	assert_int_equal(child(under_nohup, NULL), 0);
	status = child(ends_late, NULL);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGTERM);
	assert_said("asked to stop");
	assert_int_equal(child(ends_late, ""), 0);
}

#define IN_TMP(f) cmocka_unit_test_setup_teardown(f, tmp_setup, tmp_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		IN_TMP(every_signal),
		IN_TMP(nothing_comes_between),
		IN_TMP(what_is_whole_stays),
		IN_TMP(shrunk),
		IN_TMP(file_size_limit),
		IN_TMP(stopping),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
