/*
 * Folders that appear whole.  Replacing swaps the old and the new in one step
 * where the file system can (RENAME_EXCHANGE); elsewhere the old one is renamed
 * to ".NAME.old-XXXXXXXX" first, and a run that finds such a folder without its
 * NAME puts it back: at no moment are both gone.
 */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/deps.h"
#include "base/err.h"
#include "base/file_tmp.h"
#include "base/mem.h"
#include "base/path.h"

struct file_dir {
	struct file_tmp tmp;
	bool force;
};

/* Put back, or remove, what a replacement in two steps left behind. */
static void
mend(const char *final)
{
	char *dir = path_dir(final);
	char *prefix = mem_printf(".%s.old-", path_base(final));
	char **names = NULL, *old;
	size_t i, n = 0;

	if (file_list(&names, &n, dir) < 0)
		n = 0;
	for (i = 0; i < n; i++) {
		if (strncmp(names[i], prefix, strlen(prefix)) != 0)
			continue;
		old = path_join(dir, names[i]);
		if (file_exists(final) || file_tmp_rename_new(old, final) < 0)
			(void)!file_remove_tree(old);
		mem_free(old);
	}
	file_list_free(names, n);
	mem_free(prefix);
	mem_free(dir);
}

/* Is the folder path the one we stand in, the home, or above either? */
static bool
is_above(const char *path, const char *what)
{
	char a[PATH_MAX], b[PATH_MAX];
	size_t n;

	if (what == NULL || realpath(path, a) == NULL ||
	    realpath(what, b) == NULL)
		return false;
	n = strlen(a);
	return strcmp(a, "/") == 0 ||
	    (strncmp(a, b, n) == 0 && (b[n] == '/' || b[n] == '\0'));
}

static int
check_final(const char *path, int force)
{
	if (!file_exists(path))
		return 0;
	if (!force)
		return err_set(
		    ERR_REFUSED, "%s exists (--force replaces it)", path);
	if (!file_is_dir(path))
		return err_set(ERR_REFUSED, "%s is not a folder", path);
	if (is_above(path, ".") || is_above(path, getenv("HOME")))
		return err_set(ERR_REFUSED,
		    "%s holds the current or the home folder: not replaced",
		    path);
	return 0;
}

int
file_dir_begin(struct file_dir **out, const char *path, int force)
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
	d->force = force != 0;
	if (n > 0)
		mend(bare);
	rc = check_final(bare, force);
	if (rc == 0 && file_exists(bare))
		real = realpath(bare, NULL); /* through a symbolic link */
	if (rc == 0)
		rc = file_tmp_make(&d->tmp, real != NULL ? real : bare, 1);
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

const char *
file_dir_path(const struct file_dir *d)
{
	return d->tmp.path;
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

/* Swap in one step; the old folder is then under the hidden name. */
static int
replace(struct file_dir *d)
{
	const char *path = d->tmp.path, *final = d->tmp.final;
	char *old;
	int rc = 0;

	if (renameat2(AT_FDCWD, path, AT_FDCWD, final, RENAME_EXCHANGE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return err_sys("replace %s", final);
	old = file_tmp_name(&d->tmp, "old");
	if (rename(final, old) < 0) {
		rc = err_sys("rename %s", final);
	} else if (file_tmp_rename_new(path, final) < 0) {
		rc = err_sys("rename to %s", final);
		(void)!rename(old, final);
	} else {
		mem_free(d->tmp.path);
		d->tmp.path = old;
		return 0;
	}
	mem_free(old);
	return rc;
}

int
file_dir_commit(struct file_dir **dir)
{
	struct file_dir *d = *dir;
	int rc = sync_tree(d);

	if (rc == 0) {
		if (d->force && file_exists(d->tmp.final)) {
			rc = replace(d);
		} else if (file_tmp_rename_new(d->tmp.path, d->tmp.final) < 0) {
			rc = err_sys("rename to %s", d->tmp.final);
		} else {
			mem_free(d->tmp.path);
			d->tmp.path = NULL;
		}
	}
	if (rc == 0)
		rc = file_tmp_sync_dir(&d->tmp);
	file_dir_abort(dir);
	return rc;
}

/* After a replacement the hidden name holds the old folder: removed alike. */
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
