/* Hidden names of unfinished outputs: see file_tmp.h. */
#include "base/file_tmp.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/stop.h"

enum { TRIES = 100 };

char *
file_tmp_name(const struct file_tmp *t, const char *kind)
{
	uint64_t r;
	char *hidden, *path;

	if (getrandom(&r, sizeof(r), GRND_NONBLOCK) != sizeof(r))
		r = (uint64_t)getpid() << 40 ^ (uint64_t)(stop_clock() * 1e9);
	hidden =
	    mem_printf(".%s.%s-%08x", path_base(t->final), kind, (unsigned)r);
	path = path_join(t->dir, hidden);
	mem_free(hidden);
	return path;
}

/* Does path still lead to what fd is open on? */
static int
is_same(int fd, const char *path)
{
	struct stat a, b;

	return fstat(fd, &a) == 0 && lstat(path, &b) == 0 &&
	    a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

/* Remove path if its owner is dead. */
static void
remove_leftover(const char *path)
{
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return;
	/* A leftover that cannot be removed harms nobody: go on. */
	if (flock(fd, LOCK_EX | LOCK_NB) == 0 && is_same(fd, path))
		(void)!file_remove_tree(path);
	close(fd);
}

static void
remove_leftovers(const struct file_tmp *t)
{
	char *prefix = mem_printf(".%s.tmp-", path_base(t->final));
	char **names, *path;
	size_t i, n;

	if (file_list(&names, &n, t->dir) < 0) {
		mem_free(prefix);
		return;
	}
	for (i = 0; i < n; i++) {
		if (strncmp(names[i], prefix, strlen(prefix)) != 0 ||
		    strlen(names[i]) != strlen(prefix) + 8)
			continue;
		path = path_join(t->dir, names[i]);
		remove_leftover(path);
		mem_free(path);
	}
	file_list_free(names, n);
	mem_free(prefix);
}

/* One try: 1 made and locked, 0 try another name, < 0. */
static int
try_make(struct file_tmp *t, int folder)
{
	mem_free(t->path);
	t->path = file_tmp_name(t, "tmp");
	if (folder) {
		if (mkdir(t->path, 0777) < 0)
			return errno == EEXIST
			    ? 0
			    : err_sys("make folder %s", t->path);
		t->fd = open(
		    t->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	} else {
		t->fd =
		    open(t->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	}
	if (t->fd < 0) {
		/* EEXIST: taken; ENOENT: removed as a leftover just now. */
		if (errno == EEXIST || (folder && errno == ENOENT))
			return 0;
		return err_sys("create %s", t->final);
	}
	/* A cleaner may have come between making and locking.  Where there is
	 * no flock at all (old NFS) nobody cleans either. */
	if ((flock(t->fd, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK) ||
	    !is_same(t->fd, t->path)) {
		close(t->fd);
		t->fd = -1;
		return 0;
	}
	return 1;
}

int
file_tmp_make(struct file_tmp *t, const char *final, int folder)
{
	size_t n = strlen(final);
	int i, rc;

	*t = (struct file_tmp){ .fd = -1 };
	if (n == 0)
		return err_set(ERR_USAGE, "the name of an output is empty");
	while (n > 1 && final[n - 1] == '/')
		n--;
	t->final = mem_strndup(final, n);
	t->dir = path_dir(t->final);
	remove_leftovers(t);
	for (i = 0; i < TRIES; i++) {
		rc = try_make(t, folder);
		if (rc != 0)
			break;
	}
	if (rc == 0)
		rc = err_set(ERR_IO, "create %s: no free name", final);
	if (rc < 0)
		file_tmp_clear(t);
	return rc < 0 ? rc : 0;
}

int
file_tmp_rename_new(const char *from, const char *to)
{
	struct stat st;

	if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return -1;
	/* A file system without the flag: look, then rename. */
	if (lstat(to, &st) == 0) {
		errno = EEXIST;
		return -1;
	}
	return rename(from, to);
}

int
file_tmp_sync(int fd)
{
	const char *env = getenv("NNUTILS_FSYNC");

	if (env != NULL && strcmp(env, "0") == 0)
		return 0;
	/* EINVAL: a file system that has no such thing. */
	return fsync(fd) < 0 && errno != EINVAL ? -1 : 0;
}

int
file_tmp_sync_dir(const struct file_tmp *t)
{
	int fd = open(t->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int rc = 0;

	if (fd < 0)
		return err_sys("open folder %s", t->dir);
	if (file_tmp_sync(fd) < 0)
		rc = err_sys("sync folder %s", t->dir);
	close(fd);
	return rc;
}

void
file_tmp_clear(struct file_tmp *t)
{
	if (t->fd >= 0)
		close(t->fd);
	mem_free(t->final);
	mem_free(t->dir);
	mem_free(t->path);
	*t = (struct file_tmp){ .fd = -1 };
}
