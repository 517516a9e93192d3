/* Hidden names of unfinished outputs: see file_tmp.h. */
#include "file/file_tmp.h"

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

#include "base/alias.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/stop.h"
#include "base/tidy.h"
#include "file/file.h"
#include "file/lock.h"

enum { TRIES = 100, HEX = 8, WAIT_TRIES = 200, WAIT_US = 10000 };

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

size_t
file_tmp_is_hidden(const char *hidden, const char *kind)
{
	size_t n = strlen(hidden), tail = 1 + strlen(kind) + 1 + HEX;
	const char *end;

	if (hidden[0] != '.' || n <= 1 + tail)
		return 0;
	end = hidden + n - tail;
	if (*end != '.' || strncmp(end + 1, kind, strlen(kind)) != 0 ||
	    hidden[n - HEX - 1] != '-' ||
	    strspn(hidden + n - HEX, "0123456789abcdef") != HEX)
		return 0;
	return n - 1 - tail;
}

/* A path that ends in a slash, "/" among them, has no base: nothing is of it. */
int
file_tmp_is_of(const char *hidden, const char *kind, const char *base)
{
	const size_t n = strlen(base);

	return n > 0 && file_tmp_is_hidden(hidden, kind) == n &&
	    strncmp(hidden + 1, base, n) == 0;
}

/* Remove path if its owner is dead; 1: it lives. */
static int
remove_leftover(const char *path)
{
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	int alive = 0;

	if (fd < 0)
		return 0;
	/* A leftover that cannot be removed harms nobody: go on. */
	if (flock(fd, LOCK_EX | LOCK_NB) != 0)
		alive = errno == EWOULDBLOCK;
	else if (lock_same(fd, path))
		(void)!file_remove_tree(path);
	close(fd);
	return alive;
}

/* How many of them have an owner who lives. */
static int
remove_leftovers(const struct file_tmp *t)
{
	const char *base = path_base(t->final);
	char **names, *path;
	size_t i, n;
	int alive = 0;

	if (file_list(&names, &n, t->dir) < 0)
		return 0;
	for (i = 0; i < n; i++) {
		if (!file_tmp_is_of(names[i], "tmp", base))
			continue;
		path = path_join(t->dir, names[i]);
		alive += remove_leftover(path);
		mem_free(path);
	}
	file_list_free(names, n);
	return alive;
}

/* One at a time looks for others and makes its own: the folder's lock, -1 where
 * there is none or someone else sits on it. */
static int
lock_parent(const struct file_tmp *t)
{
	int fd = open(t->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC), i;

	for (i = 0; fd >= 0 && i < WAIT_TRIES &&
	     flock(fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
	     i++)
		usleep(WAIT_US);
	return fd;
}

static void
unmake(const char *path, int folder)
{
	(void)!(folder ? rmdir(path) : unlink(path));
}

/* One try: 1 made and locked, 0 try another name, < 0. */
static int
try_make(struct file_tmp *t, int folder)
{
	int locked, rc;

	mem_free(t->path);
	t->path = file_tmp_name(t, "tmp");
	if (folder) {
		if (mkdir(t->path, 0777) < 0)
			return errno == EEXIST
			    ? 0
			    : err_sys("make folder %s", t->final);
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
		rc = err_sys("create %s", t->final);
		if (folder)
			unmake(t->path, folder);
		return rc;
	}
	/* A cleaner may have come between making and locking.  Where there is
	 * no flock at all (old NFS) nobody cleans either. */
	locked = flock(t->fd, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK;
	if (locked && lock_same(t->fd, t->path))
		return 1;
	/* It is gone already, or could not be looked at. */
	if (locked)
		unmake(t->path, folder);
	close(t->fd);
	t->fd = -1;
	return 0;
}

int
file_tmp_make(struct file_tmp *t, const char *final, enum file_tmp_kind kind)
{
	size_t n = strlen(final);
	int i, parent, rc = 0;

	*t = (struct file_tmp){ .fd = -1 };
	if (n == 0)
		return err_set(ERR_USAGE, "the name of an output is empty");
	while (n > 1 && final[n - 1] == '/')
		n--;
	t->final = mem_strndup(final, n);
	t->dir = path_dir(t->final);
	parent = kind == FILE_TMP_ALONE ? lock_parent(t) : -1;
	if (remove_leftovers(t) > 0 && kind == FILE_TMP_ALONE)
		rc = err_set(
		    ERR_REFUSED, "%s: another process is making it", t->final);
	tidy_hold();
	for (i = 0; rc == 0 && i < TRIES; i++)
		rc = try_make(t, kind != FILE_TMP_FILE);
	if (rc > 0) {
		t->listed = mem_strdup(t->path);
		tidy_add(t->listed);
		alias_add(t->listed, t->final);
	}
	tidy_release();
	if (parent >= 0)
		close(parent);
	if (rc == 0)
		rc = err_set(ERR_IO, "create %s: no free name", final);
	if (rc < 0)
		file_tmp_clear(t);
	return rc < 0 ? rc : 0;
}

int
file_tmp_folder(char *template)
{
	char *dir = path_dir(template);
	int rc = 0;

	tidy_hold();
	if (mkdtemp(template) == NULL)
		rc = err_sys("make a folder in %s", dir);
	else
		tidy_add(template);
	tidy_release();
	mem_free(dir);
	return rc;
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
	if (t->listed != NULL)
		tidy_drop(t->listed);
	alias_drop(t->listed);
	mem_free(t->listed);
	mem_free(t->final);
	mem_free(t->dir);
	mem_free(t->path);
	*t = (struct file_tmp){ .fd = -1 };
}
