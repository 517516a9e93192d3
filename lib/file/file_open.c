/*
 * Opening inputs.  open(2) waits for ever on a FIFO that nobody writes to, so
 * everything is opened without waiting and looked at before it is read.
 */
#include "file/file.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/stop.h"
#include "file/deps.h"
#include "file/file_swap.h"

enum { POLL_MS = 100 };

/* Names by which a shell hands over pipes: <(...), /dev/stdin. */
static bool
is_handed_over(const char *path)
{
	return strncmp(path, "/dev/fd/", 8) == 0 ||
	    strncmp(path, "/proc/", 6) == 0 ||
	    strcmp(path, "/dev/stdin") == 0 || strcmp(path, "/dev/null") == 0;
}

static const char *
kind_name(mode_t mode)
{
	return S_ISFIFO(mode) ? "a FIFO"
	    : S_ISSOCK(mode)  ? "a socket"
	    : S_ISCHR(mode)   ? "a device"
	    : S_ISBLK(mode)   ? "a block device"
			      : "something else";
}

const char *
file_kind(const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0 || S_ISREG(st.st_mode) || S_ISDIR(st.st_mode))
		return NULL;
	return kind_name(st.st_mode);
}

static int
not_a_file(const char *path, mode_t mode)
{
	return err_set(
	    ERR_FORMAT, "%s is %s, not a file", path, kind_name(mode));
}

/* Without waiting; st is of what was opened. */
static int
open_now(const char *path, struct stat *st)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY),
	    flags;

	if (fd < 0 && errno == ENXIO && stat(path, st) == 0)
		return not_a_file(path, st->st_mode);
	if (fd < 0)
		return err_sys("open %s", path);
	flags = fcntl(fd, F_GETFL);
	if (fstat(fd, st) == 0 && flags >= 0 &&
	    fcntl(fd, F_SETFL, flags & ~O_NONBLOCK) == 0) {
		if (S_ISREG(st->st_mode))
			deps_add(path);
		return fd;
	}
	err_sys("open %s", path);
	close(fd);
	return ERR_IO;
}

int
file_open(const char *path)
{
	struct stat st;
	int fd = open_now(path, &st);

	if (fd < 0 || S_ISREG(st.st_mode) || S_ISDIR(st.st_mode) ||
	    is_handed_over(path))
		return fd;
	close(fd);
	return not_a_file(path, st.st_mode);
}

int
file_openable(const char *path)
{
	int fd = file_open(path);

	if (fd >= 0)
		close(fd);
	return fd < 0 ? fd : 0;
}

FILE *
file_fopen(int *rc, const char *path)
{
	int fd = *rc = file_open(path);
	FILE *f = fd < 0 ? NULL : fdopen(fd, "rb");

	if (f == NULL && fd >= 0) {
		*rc = err_sys("open %s", path);
		close(fd);
	}
	return f;
}

int
file_wait(int fd, const char *path)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	int n;

	do {
		if (stop_asked())
			return err_set(ERR_STOPPED,
			    "stopped by %s while waiting for %s", stop_reason(),
			    path);
		n = poll(&p, 1, POLL_MS);
	} while (n == 0 || (n < 0 && errno == EINTR));
	return n < 0 ? err_sys("wait for %s", path) : 0;
}

int
file_open_stream(const char *path)
{
	struct stat st;
	int fd = open_now(path, &st), rc = 0;

	if (fd < 0)
		return fd;
	if (S_ISFIFO(st.st_mode))
		rc = file_wait(fd, path); /* for its writer */
	if (rc >= 0)
		return fd;
	close(fd);
	return rc;
}

int
file_absent(const char *path, const char *fmt, ...)
{
	char text[ERR_TEXT_MAX], *aside;
	struct stat st;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (stat(path, &st) < 0) {
		if (errno != ENOENT && errno != ENOTDIR)
			return err_sys("open %s", path);
		aside = file_swap_aside(path);
		err_set(ERR_MISSING,
		    aside != NULL
			? "%s (a killed run left it as %s: make it again, or rename that)"
			: "%s",
		    text, aside);
		mem_free(aside);
		return ERR_MISSING;
	}
	if (S_ISDIR(st.st_mode) &&
	    faccessat(AT_FDCWD, path, R_OK | X_OK, AT_EACCESS) < 0)
		return err_sys("open folder %s", path);
	return err_set(ERR_MISSING, "%s", text);
}
