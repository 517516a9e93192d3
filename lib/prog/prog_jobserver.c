/*
 * GNU make's jobserver (make's manual, "POSIX Jobserver Interaction").  MAKEFLAGS
 * names a pipe, as two descriptors or as a fifo; each byte in it is one job slot.
 * A process owns one slot unasked; every more it takes it must give back.
 *
 * Slots are taken once, at the start, as many as are free just then: a program
 * that waited for more would only keep its own slot idle.
 */
#include "prog/prog.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "prog/prog_int.h"

enum { TOKENS_MAX = 1024 };

static struct {
	char tokens[TOKENS_MAX]; /* as read; make wants the same bytes back */
	int n;
	int write_fd; /* -1: none */
} jobs = { .write_fd = -1 };

/* The value of the last --jobserver-auth= (or the older -fds=), or NULL. */
static char *
find_auth(const char *flags)
{
	static const char *const keys[] = { "--jobserver-auth=",
		"--jobserver-fds=" };
	const char *p, *found = NULL;
	size_t i;

	for (i = 0; i < LENGTH(keys) && found == NULL; i++)
		for (p = flags; (p = strstr(p, keys[i])) != NULL;)
			found = p += strlen(keys[i]);
	return found == NULL ? NULL : mem_strndup(found, strcspn(found, " "));
}

/* Descriptors R and W must be the two ends of one pipe: a recipe without "+"
 * gets the words in MAKEFLAGS but not the descriptors, whose numbers may by
 * then be anything (make 4.4 says -2,-2). */
static bool
is_pipe(int r, int w)
{
	struct stat a, b;
	int fr = fcntl(r, F_GETFL), fw = fcntl(w, F_GETFL);

	return fr >= 0 && fw >= 0 && (fr & O_ACCMODE) != O_WRONLY &&
	    (fw & O_ACCMODE) != O_RDONLY && fstat(r, &a) == 0 &&
	    fstat(w, &b) == 0 && S_ISFIFO(a.st_mode) && S_ISFIFO(b.st_mode) &&
	    a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

/* A descriptor of our own to read without waiting; make shares the original's
 * flags with all its children. */
static int
open_jobs(const char *auth)
{
	char path[64];
	int r, w, fd = -1;

	if (strncmp(auth, "fifo:", 5) == 0) {
		fd = open(auth + 5, O_RDWR | O_NONBLOCK | O_CLOEXEC);
		jobs.write_fd = fd;
	} else if (sscanf(auth, "%d,%d", &r, &w) == 2 && is_pipe(r, w)) {
		snprintf(path, sizeof(path), "/proc/self/fd/%d", r);
		fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
		jobs.write_fd = fd < 0 ? -1 : w;
	}
	return fd;
}

int
prog_jobserver_take(int want)
{
	const char *flags = getenv("MAKEFLAGS");
	char *auth = flags != NULL ? find_auth(flags) : NULL;
	ssize_t n = 0;
	int fd;

	if (auth == NULL)
		return 0;
	fd = open_jobs(auth);
	mem_free(auth);
	if (fd < 0) {
		log_warn(
		    "make's job slots are not open to this recipe (put + in front of it, or give -j); using %d threads",
		    want);
		return 0;
	}
	if (want > TOKENS_MAX)
		want = TOKENS_MAX;
	if (want > 1)
		n = read(fd, jobs.tokens, (size_t)want - 1);
	jobs.n = n > 0 ? (int)n : 0;
	if (fd != jobs.write_fd)
		close(fd);
	atexit(prog_jobserver_give);
	return 1 + jobs.n;
}

void
prog_jobserver_give(void)
{
	ssize_t n;

	while (jobs.n > 0) {
		n = write(jobs.write_fd, jobs.tokens, (size_t)jobs.n);
		if (n <= 0)
			break;
		memmove(jobs.tokens, jobs.tokens + n, (size_t)(jobs.n - n));
		jobs.n -= (int)n;
	}
}
