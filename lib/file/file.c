/*
 * Reading files, and the plain operations on folders.  Outputs that appear
 * whole are file_out.c and file_dir.c.
 */
#include "file/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/tidy.h"

enum { CHUNK = 256 << 10 };

/* st: what fd is, so that only what may be waited for is. */
static int
read_fd(struct buf *b, int fd, const char *path, const struct stat *st)
{
	const bool waits = !S_ISREG(st->st_mode) && !S_ISDIR(st->st_mode);
	const size_t expected = waits ? CHUNK : (size_t)st->st_size;
	size_t want = expected < CHUNK ? expected + 1 : CHUNK, left;
	char *to;
	ssize_t n;
	char probe;

	for (;;) {
		left = b->max - b->len;
		if (waits)
			TRY(file_wait(fd, path));
		if (left == 0) {
			/* Full: that is fine only at the end of the file. */
			n = read(fd, &probe, 1);
			if (n == 0)
				return 0;
			if (n > 0)
				return err_set(ERR_RANGE,
				    "%s: more than the %zu bytes allowed", path,
				    b->max);
		} else {
			if (want > left)
				want = left;
			to = buf_room(b, want);
			if (to == NULL)
				return err_in(ERR_RANGE, "%s", path);
			n = read(fd, to, want);
			if (n == 0)
				return 0;
			if (n > 0) {
				buf_grew(b, (size_t)n);
				want = CHUNK;
			}
		}
		if (n < 0 && errno != EINTR)
			return err_sys("read %s", path);
	}
}

int
file_write_all(int fd, const void *p, size_t n, const char *path)
{
	const char *from = p;

	while (n > 0) {
		ssize_t w = write(fd, from, n);

		if (w < 0 && errno == EINTR)
			continue;
		if (w < 0)
			return err_sys("write %s", path);
		from += w;
		n -= (size_t)w;
	}
	return 0;
}

/* fd is closed, but standard input. */
static int
read_all(struct buf *b, int fd, const char *path)
{
	struct stat st;
	int rc;

	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		rc = err_sys("stat %s", path);
	else if (S_ISREG(st.st_mode) && fd != STDIN_FILENO &&
	    (uint64_t)st.st_size > b->max - b->len)
		rc = err_set(ERR_RANGE,
		    "%s: %lld bytes are more than the %zu allowed", path,
		    (long long)st.st_size, b->max);
	else
		rc = read_fd(b, fd, path, &st);
	if (fd != STDIN_FILENO)
		close(fd);
	return rc;
}

int
file_read(struct buf *b, const char *path)
{
	if (strcmp(path, "-") == 0)
		return read_all(b, STDIN_FILENO, "standard input");
	return read_all(b, file_open(path), path);
}

int
file_read_stream(struct buf *b, const char *path)
{
	if (strcmp(path, "-") == 0)
		return file_read(b, path);
	return read_all(b, file_open_stream(path), path);
}

int
file_map(const void **p, size_t *n, const char *path)
{
	struct stat st;
	void *at;
	int fd, rc = 0;

	*p = NULL;
	*n = 0;
	fd = file_open(path);
	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0) {
		rc = err_sys("stat %s", path);
	} else if (!S_ISREG(st.st_mode)) {
		rc = err_set(ERR_FORMAT, "%s: not a regular file", path);
	} else if (st.st_size > 0) {
		at = mmap(
		    NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
		if (at == MAP_FAILED) {
			rc = err_sys("map %s", path);
		} else {
			*p = at;
			*n = (size_t)st.st_size;
			tidy_mapped(at, *n, path);
		}
	}
	close(fd);
	return rc;
}

void
file_unmap(const void *p, size_t n)
{
	if (p == NULL)
		return;
	tidy_unmapped(p);
	munmap((void *)(uintptr_t)p, n);
}

char *
file_below(const char *root, const char *name)
{
	const char *rest = name;
	char *path;

	while (*rest == '/')
		rest++;
	path = path_join(root, rest);
	if (rest == name || file_exists(path) || !file_exists(name))
		return path;
	mem_free(path);
	return mem_strdup(name);
}

/* A folder at most so many above the list's. */
enum { ROOTS_TRIED = 4 };

/* A folder below which name is: the list's own or one above it.  Caller's, or
 * NULL. */
static char *
root_for(const char *list, const char *name)
{
	char *dir = path_dir(list), *path, *up;
	int there = 0;

	name += strspn(name, "/");
	for (int i = 0; i < ROOTS_TRIED && strcmp(list, "-") != 0; i++) {
		path = path_join(dir, name);
		there = file_exists(path);
		mem_free(path);
		if (there)
			return dir;
		up = strcmp(path_base(dir), "..") == 0 ? path_join(dir, "..")
		    : strcmp(dir, ".") == 0            ? mem_strdup("..")
						       : path_dir(dir);
		mem_free(dir);
		dir = up;
	}
	mem_free(dir);
	return NULL;
}

int
file_root_hint(int rc, const char *list, const char *root, const char *name)
{
	char *why, *dir = NULL;

	if (path_is_url(name) || file_exists(name))
		return rc;
	why = mem_strdup(err_text());
	if (root == NULL)
		dir = root_for(list, name);
	if (dir != NULL)
		err_set(rc, "%s; with --root %s they are there", why, dir);
	else if (root != NULL)
		err_set(rc,
		    "%s; is --root %s the folder that its names begin in?", why,
		    root);
	else
		err_set(rc, "%s; --root DIR is put before its names", why);
	mem_free(dir);
	mem_free(why);
	return rc;
}

/* A name that is too long, or leads round in circles, names nothing. */
static int
names_nothing(int e)
{
	return e == ENOENT || e == ENOTDIR || e == ELOOP || e == ENAMETOOLONG;
}

int
file_exists(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 || !names_nothing(errno);
}

int
file_look(struct stat *st, const char *path)
{
	if (stat(path, st) == 0)
		return 1;
	return names_nothing(errno) ? 0 : err_sys("stat %s", path);
}

int
file_look_dir(const char *path)
{
	struct stat st;
	int there = file_look(&st, path);

	return there > 0 ? S_ISDIR(st.st_mode) : there;
}

int
file_refuse(const char *path, const char *hint)
{
	struct stat st;

	if (lstat(path, &st) == 0)
		return err_set(ERR_REFUSED, "%s exists (%s)", path, hint);
	return names_nothing(errno) ? 0 : err_sys("stat %s", path);
}

int
file_is_dir(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

int
file_size(uint64_t *out, const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return err_sys("stat %s", path);
	*out = (uint64_t)st.st_size;
	return 0;
}

int
file_mkdirs(const char *path)
{
	char *copy = mem_strdup(path), *p;
	int rc = 0;

	for (p = copy + 1; rc == 0 && copy[0] != '\0'; p++) {
		char was = *p;

		if (was != '/' && was != '\0')
			continue;
		*p = '\0';
		if (mkdir(copy, 0777) < 0 && !file_is_dir(copy))
			rc = err_sys("make folder %s", copy);
		*p = was;
		if (was == '\0')
			break;
	}
	mem_free(copy);
	return rc;
}

/* Everything in the folder open at fd, which is closed. */
static int
remove_inside(int fd, const char *path)
{
	DIR *dir = fdopendir(fd);
	struct dirent *e;
	int child, rc = 0;

	if (dir == NULL) {
		rc = err_sys("open %s", path);
		close(fd);
		return rc;
	}
	while (rc == 0 && (errno = 0, e = readdir(dir)) != NULL) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		/* Another process may be removing the same: ENOENT is fine. */
		if (unlinkat(dirfd(dir), e->d_name, 0) == 0 || errno == ENOENT)
			continue;
		if (errno != EISDIR && errno != EPERM) {
			rc = err_sys("remove %s/%s", path, e->d_name);
			continue;
		}
		child = openat(dirfd(dir), e->d_name,
		    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (child < 0)
			rc = errno == ENOENT
			    ? 0
			    : err_sys("remove %s/%s", path, e->d_name);
		else
			rc = remove_inside(child, path);
		if (rc == 0 && child >= 0 &&
		    unlinkat(dirfd(dir), e->d_name, AT_REMOVEDIR) < 0 &&
		    errno != ENOENT)
			rc = err_sys("remove %s/%s", path, e->d_name);
	}
	closedir(dir);
	return rc;
}

int
file_remove_tree(const char *path)
{
	int fd;

	if (unlink(path) == 0 || errno == ENOENT || errno == ENOTDIR)
		return 0;
	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? 0 : err_sys("remove %s", path);
	TRY(remove_inside(fd, path));
	if (rmdir(path) < 0 && errno != ENOENT)
		return err_sys("remove %s", path);
	return 0;
}

int
file_copy(const char *from, const char *to)
{
	struct file_out *o = NULL;
	char *chunk = NULL;
	FILE *in;
	size_t n;
	int rc;

	in = file_fopen(&rc, from);
	if (in == NULL)
		return rc;
	rc = file_out_open(&o, to, 1);
	if (rc < 0)
		goto done;
	chunk = mem_calloc(1, CHUNK);
	while ((n = fread(chunk, 1, CHUNK, in)) > 0)
		if (fwrite(chunk, 1, n, file_out_stream(o)) != n)
			break; /* commit sees the stream's error */
	if (ferror(in)) {
		rc = err_sys("read %s", from);
		goto done;
	}
	rc = file_out_commit(&o);
done:
	mem_free(chunk);
	file_out_abort(&o);
	fclose(in);
	return rc;
}

int
file_list(char ***names, size_t *n, const char *dir)
{
	DIR *d = opendir(dir);
	char **v = NULL;
	size_t cap = 0, len = 0;
	struct dirent *e;

	*names = NULL;
	*n = 0;
	if (d == NULL)
		return err_sys("open folder %s", dir);
	while ((errno = 0, e = readdir(d)) != NULL) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		mem_grow(&v, &cap, len + 1);
		v[len++] = mem_strdup(e->d_name);
	}
	if (errno != 0) {
		err_sys("read folder %s", dir);
		file_list_free(v, len);
		closedir(d);
		return ERR_IO;
	}
	closedir(d);
	if (len > 0)
		qsort(v, len, sizeof(*v), path_cmp);
	*names = v;
	*n = len;
	return 0;
}

void
file_list_free(char **names, size_t n)
{
	size_t i;

	if (names == NULL)
		return;
	for (i = 0; i < n; i++)
		mem_free(names[i]);
	mem_free(names);
}
