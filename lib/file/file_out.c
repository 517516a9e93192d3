/*
 * Single files that appear whole.  Devices, pipes and "-" are written straight:
 * nothing can be renamed over them.
 */
#include "file/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/path.h"
#include "file/deps.h"
#include "file/file_tmp.h"
#include "file/replace.h"

struct file_out {
	FILE *stream;
	struct file_tmp tmp; /* .path NULL: written straight */
	char *name;          /* for messages */
	bool force;
};

static void
out_free(struct file_out *o)
{
	file_tmp_clear(&o->tmp);
	mem_free(o->name);
	mem_free(o);
}

/* The stream onto a terminal, device, pipe or standard output. */
static int
open_straight(struct file_out *o, const char *path)
{
	int fd;

	if (strcmp(path, "-") == 0) {
		TRY(file_out_prove(path, 1));
		fflush(stdout);
		fd = dup(STDOUT_FILENO);
		o->stream = fd < 0 ? NULL : fdopen(fd, "w");
		if (o->stream == NULL && fd >= 0)
			close(fd);
	} else {
		o->stream = fopen(path, "we");
	}
	return o->stream == NULL ? err_sys("open %s", o->name) : 0;
}

static int
open_hidden(struct file_out *o, const char *path)
{
	int fd;

	TRY(file_tmp_make(&o->tmp, path, FILE_TMP_FILE));
	/* The lock stays with tmp.fd; the stream gets its own descriptor. */
	fd = dup(o->tmp.fd);
	o->stream = fd < 0 ? NULL : fdopen(fd, "w+");
	if (o->stream == NULL) {
		if (fd >= 0)
			close(fd);
		unlink(o->tmp.path);
		return err_sys("open %s", o->tmp.path);
	}
	return 0;
}

int
file_out_open(struct file_out **out, const char *path, int force)
{
	struct file_out *o;
	struct stat st;
	char *real = NULL;
	int rc = 0, exists = strcmp(path, "-") == 0 ? 0 : file_look(&st, path);

	*out = NULL;
	if (exists < 0)
		return exists;
	if (exists && S_ISDIR(st.st_mode))
		return err_set(ERR_REFUSED, "%s is a folder", path);
	if (exists && S_ISBLK(st.st_mode))
		return err_set(ERR_REFUSED, "%s is a disk", path);
	if (force)
		TRY(replace_check_file(path));
	o = mem_new(struct file_out);
	o->tmp.fd = -1;
	o->force = force != 0;
	o->name = mem_strdup(strcmp(path, "-") == 0 ? "standard output" : path);
	if (strcmp(path, "-") == 0 || (exists && !S_ISREG(st.st_mode))) {
		rc = open_straight(o, path);
	} else {
		if (!force)
			rc = file_refuse(path, "--force replaces it");
		/* Through a symbolic link: replace what it leads to. */
		if (rc == 0 && exists && (real = realpath(path, NULL)) == NULL)
			rc = err_sys("open %s", path);
		if (rc == 0)
			rc = open_hidden(o, real != NULL ? real : path);
		free(real);
	}
	if (rc < 0) {
		out_free(o);
		return rc;
	}
	deps_leave(path);
	*out = o;
	return 0;
}

FILE *
file_out_stream(struct file_out *o)
{
	return o->stream;
}

static int
put_in_place(struct file_out *o)
{
	int rc;

	if (o->force)
		rc = rename(o->tmp.path, o->tmp.final);
	else
		rc = file_tmp_rename_new(o->tmp.path, o->tmp.final);
	if (rc < 0)
		return err_sys("rename to %s", o->tmp.final);
	mem_free(o->tmp.path);
	o->tmp.path = NULL; /* nothing left to remove */
	return file_tmp_sync_dir(&o->tmp);
}

int
file_stream_failed(FILE *f)
{
	int failed = ferror(f);

	if (fflush(f) != 0)
		return errno;
	if (!failed)
		return 0;
	/* The errno of the write that failed is gone: one more byte tells it
	 * again, and the file is lost anyway. */
	if (fputc('\n', f) == EOF || fflush(f) != 0)
		return errno;
	return EIO;
}

int
file_out_commit(struct file_out **out)
{
	struct file_out *o = *out;
	int rc = 0, failed = file_stream_failed(o->stream);

	if (!failed && o->tmp.path != NULL && file_tmp_sync(o->tmp.fd) < 0)
		failed = errno;
	if (fclose(o->stream) != 0 && !failed)
		failed = errno;
	o->stream = NULL;
	if (failed) {
		errno = failed;
		rc = err_sys("write %s", o->name);
		rc = ERR_IO; /* whatever errno says, writing is I/O */
	} else if (o->tmp.path != NULL) {
		rc = put_in_place(o);
	}
	file_out_abort(out);
	return rc;
}

void
file_out_abort(struct file_out **out)
{
	struct file_out *o;

	if (out == NULL || *out == NULL)
		return;
	o = *out;
	if (o->stream != NULL)
		fclose(o->stream);
	if (o->tmp.path != NULL)
		unlink(o->tmp.path);
	out_free(o);
	*out = NULL;
}

int
file_overwrite(const char *path, const void *p, size_t n)
{
	int fd = open(path, O_WRONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	struct stat st;
	int rc = 0;

	if (fd < 0)
		return err_sys("open %s", path);
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		rc = err_set(ERR_IO, "%s is not a file", path);
	else if (n > (size_t)st.st_blocks * 512)
		rc = err_set(ERR_IO, "%s has no room for %zu bytes", path, n);
	else if (pwrite(fd, p, n, 0) != (ssize_t)n ||
	    ftruncate(fd, (off_t)n) < 0 || file_tmp_sync(fd) < 0)
		rc = err_sys("write %s", path);
	close(fd);
	return rc;
}

int
file_write(const char *path, const void *p, size_t n, int force)
{
	struct file_out *o = NULL;

	TRY(file_out_open(&o, path, force));
	if (n > 0)
		fwrite(p, 1, n, file_out_stream(o)); /* commit checks */
	return file_out_commit(&o);
}

/* Links that killed runs were about to put at tmp->final. */
static void
remove_hidden_links(const struct file_tmp *tmp)
{
	char **names = NULL;
	size_t n = 0;

	if (file_list(&names, &n, tmp->dir) < 0)
		return;
	for (size_t i = 0; i < n; i++) {
		char *path = path_join(tmp->dir, names[i]);
		struct stat st;

		if (file_tmp_is_of(names[i], "tmp", path_base(tmp->final)) &&
		    lstat(path, &st) == 0 && S_ISLNK(st.st_mode))
			(void)unlink(path);
		mem_free(path);
	}
	file_list_free(names, n);
}

int
file_link(const char *target, const char *path)
{
	struct file_tmp tmp = {
		.final = mem_strdup(path), .dir = path_dir(path), .fd = -1
	};
	struct stat st;
	int rc = 0;

	if (lstat(path, &st) == 0 && !S_ISLNK(st.st_mode)) {
		rc = err_set(
		    ERR_REFUSED, "%s is not a link: not replaced", path);
	} else {
		remove_hidden_links(&tmp);
		tmp.path = file_tmp_name(&tmp, "tmp");
		if (symlink(target, tmp.path) < 0) {
			rc = err_sys("link %s", path);
		} else if (rename(tmp.path, path) < 0) {
			rc = err_sys("link %s", path);
			(void)unlink(tmp.path);
		}
	}
	file_tmp_clear(&tmp);
	return rc;
}
