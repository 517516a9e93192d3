/* Folders that appear whole; what they replace: file/file_swap.h. */
#include "file/file.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alias.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/path.h"
#include "file/deps.h"
#include "file/file_swap.h"
#include "file/file_tmp.h"
#include "file/lock.h"
#include "file/replace.h"

struct file_dir {
	struct file_tmp tmp; /* .path NULL once published */
	const struct replace_kind *force;
};

int
file_dir_check(const char *path, const struct replace_kind *force)
{
	int fd;

	if (force == NULL)
		return file_refuse(path, "--force replaces it");
	if (!file_exists(path))
		return 0;
	TRY(replace_check(path, force));
	fd = lock_now(path);
	if (fd >= 0)
		close(fd);
	return fd < 0 ? fd : 0;
}

char *
file_dir_name(const char *path)
{
	char *bare = mem_strdup(path), *real, *name;
	size_t n = strlen(bare);
	const char *base;

	while (n > 0 && bare[n - 1] == '/')
		bare[--n] = '\0';
	base = path_base(bare);
	real =
	    base[0] == '\0' || strcmp(base, ".") == 0 || strcmp(base, "..") == 0
	    ? realpath(path, NULL)
	    : NULL;
	name = mem_strdup(real != NULL ? path_base(real) : base);
	free(real);
	mem_free(bare);
	return name;
}

int
file_dir_begin(
    struct file_dir **out, const char *path, const struct replace_kind *force)
{
	struct file_dir *d;
	char *real = NULL, *bare = mem_strdup(path);
	size_t n = strlen(bare);
	int rc;

	*out = NULL;
	while (n > 1 && bare[n - 1] == '/')
		bare[--n] = '\0';
	d = mem_new(struct file_dir);
	d->tmp.fd = -1;
	d->force = force;
	if (n > 0)
		file_swap_mend(bare, force);
	rc = file_dir_check(bare, force);
	/* through a symbolic link */
	if (rc == 0 && file_exists(bare) &&
	    (real = realpath(bare, NULL)) == NULL)
		rc = err_sys("open %s", bare);
	if (rc == 0)
		rc = file_tmp_make(
		    &d->tmp, real != NULL ? real : bare, FILE_TMP_ALONE);
	if (rc == 0)
		alias_add(d->tmp.path, bare);
	free(real);
	mem_free(bare);
	if (rc < 0) {
		mem_free(d);
		return rc;
	}
	deps_leave(d->tmp.final);
	*out = d;
	return 0;
}

int
file_dir_hold(struct file_dir **out, const char *path)
{
	char *real = realpath(path, NULL);
	struct file_dir *d = mem_new(struct file_dir);
	int rc =
	    file_tmp_make(&d->tmp, real != NULL ? real : path, FILE_TMP_ALONE);

	free(real);
	if (rc < 0)
		mem_free(d);
	*out = rc < 0 ? NULL : d;
	return rc;
}

const char *
file_dir_path(const struct file_dir *d)
{
	return d->tmp.path != NULL ? d->tmp.path : d->tmp.final;
}

int
file_dir_replaces(const struct file_dir *d)
{
	return d->tmp.path != NULL && file_exists(d->tmp.final);
}

enum { FEW = 64, TOO_MANY = 1 };

static _Thread_local int synced; /* nftw hands nothing through */

static int
sync_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	int fd, rc;

	(void)ftw;
	if (++synced > FEW)
		return TOO_MANY;
	if ((type != FTW_F && type != FTW_DP) ||
	    !(S_ISREG(st->st_mode) || S_ISDIR(st->st_mode)))
		return 0;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return -1;
	rc = file_tmp_sync(fd);
	close(fd);
	return rc;
}

/* Up to FEW files each by itself; a tree of thousands is quicker at once. */
static int
sync_tree(const struct file_dir *d)
{
	int rc;

	synced = 0;
	rc = nftw(d->tmp.path, sync_one, 16, FTW_PHYS | FTW_DEPTH);
	if (rc == TOO_MANY)
		rc = syncfs(d->tmp.fd);
	return rc < 0 ? err_sys("sync %s", d->tmp.path) : 0;
}

/* What was not there at the beginning is not thrown away with the old folder,
 * and what was made is not thrown away because of it. */
static int
keep_beside(struct file_dir *d, int rc)
{
	char *beside = mem_printf("%s.new", d->tmp.final);
	struct err_saved why;

	err_save(&why, rc);
	if (file_tmp_rename_new(d->tmp.path, beside) == 0) {
		rc = err_set(rc, "%s; the new one is %s", why.text, beside);
		mem_free(d->tmp.path);
		mem_free(d->tmp.final);
		d->tmp.path = NULL;
		d->tmp.final = beside;
		return rc;
	}
	rc = err_restore(&why);
	mem_free(beside);
	return rc;
}

/* The old one is locked until it is gone, judged once more, swapped, removed. */
static int
replace(struct file_dir *d)
{
	int fd = lock_now(d->tmp.final), rc;
	char *old = NULL;

	rc = fd < 0 ? fd : replace_check(d->tmp.final, d->force);
	if (rc < 0)
		rc = keep_beside(d, rc);
	else
		rc = file_swap(&old, d->tmp.path, d->tmp.final);
	if (rc == 0) {
		/* A leftover that cannot be removed harms nobody. */
		(void)!file_remove_tree(old);
		mem_free(d->tmp.path);
		d->tmp.path = NULL;
	}
	mem_free(old);
	if (fd >= 0)
		close(fd);
	return rc;
}

int
file_dir_publish(struct file_dir *d)
{
	if (d->tmp.path == NULL)
		return 0;
	TRY(sync_tree(d));
	if (d->force != NULL && file_exists(d->tmp.final)) {
		TRY(replace(d));
	} else if (file_tmp_rename_new(d->tmp.path, d->tmp.final) < 0) {
		return err_sys("rename to %s", d->tmp.final);
	} else {
		mem_free(d->tmp.path);
		d->tmp.path = NULL;
	}
	return file_tmp_sync_dir(&d->tmp);
}

int
file_dir_commit(struct file_dir **dir)
{
	int rc = file_dir_publish(*dir);

	file_dir_abort(dir);
	return rc;
}

void
file_dir_abort(struct file_dir **dir)
{
	struct file_dir *d;

	if (dir == NULL || *dir == NULL)
		return;
	d = *dir;
	if (d->tmp.path != NULL)
		(void)!file_remove_tree(d->tmp.path);
	file_tmp_clear(&d->tmp);
	mem_free(d);
	*dir = NULL;
}

void
file_dir_withdraw(struct file_dir **dir)
{
	if (dir == NULL || *dir == NULL)
		return;
	if ((*dir)->tmp.path == NULL)
		(void)!file_remove_tree((*dir)->tmp.final);
	file_dir_abort(dir);
}
