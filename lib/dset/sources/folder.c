/*
 * A folder with one folder per class, as DIGITS reads it: the class is called
 * like its folder with blanks for underscores; pictures are found at
 * any depth by extension, else by their first bytes, links followed.  Unlike DIGITS the order is that of the names,
 * so it is the same everywhere; names that begin with a dot are passed over.
 */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/err.h"
#include "base/path.h"
#include "base/stop.h"
#include "dset/dset.h"
#include "dset/sources/source.h"
#include "file/deps.h"
#include "file/file.h"

enum { DEPTH_MAX = 64 };

/* Folders above the present one, to notice links that lead back up. */
struct trail {
	const struct trail *up;
	dev_t dev;
	ino_t ino;
	int depth;
};

struct names {
	char **v;
	size_t n, cap;
};

static void
names_add(struct names *l, const char *s)
{
	mem_grow(&l->v, &l->cap, l->n + 1);
	l->v[l->n++] = mem_strdup(s);
}

static void
names_clear(struct names *l)
{
	file_list_free(l->v, l->n);
}

/* Is the entry a folder?  Links are followed.  < 0: it cannot be told. */
static int
entry_is_dir(const char *dir, const struct dirent *e)
{
	char *path;
	int is;

	if (e->d_type == DT_REG)
		return 0;
	if (e->d_type == DT_DIR)
		return 1;
	path = path_join(dir, e->d_name);
	is = file_look_dir(path);
	mem_free(path);
	return is;
}

static bool
holds_picture(const char *dir, const struct dirent *e)
{
	char *path;
	bool takes;

	/* The file system's word saves a call for each picture. */
	if (e->d_type == DT_REG && dset_source_picture(e->d_name))
		return true;
	path = path_join(dir, e->d_name);
	takes = dset_source_takes(path);
	mem_free(path);
	return takes;
}

/* Names in dir: folders and (unless files is NULL) pictures, each sorted. */
static int
read_dir(struct names *dirs, struct names *files, const char *dir)
{
	struct dirent *e;
	DIR *d = opendir(dir);
	int rc = 0;

	if (d == NULL)
		return err_sys("open folder %s", dir);
	deps_add(dir); /* its date changes when pictures come and go */
	while (rc >= 0 && (errno = 0, e = readdir(d)) != NULL) {
		if (dset_source_hidden(e->d_name))
			continue;
		rc = entry_is_dir(dir, e);
		if (rc > 0) {
			names_add(dirs, e->d_name);
		} else if (files != NULL && holds_picture(dir, e)) {
			names_add(files, e->d_name);
			rc = 0; /* reading it will say why */
		}
	}
	if (rc >= 0)
		rc = errno != 0 ? err_sys("read folder %s", dir) : 0;
	closedir(d);
	if (dirs->n > 0)
		qsort(dirs->v, dirs->n, sizeof *dirs->v, path_cmp);
	if (files != NULL && files->n > 0)
		qsort(files->v, files->n, sizeof *files->v, path_cmp);
	return rc;
}

/* Is this folder one of those above it (a link led back)? */
static int
step(struct trail *t, const struct trail *up, const char *dir)
{
	struct stat st;

	if (stat(dir, &st) < 0)
		return err_sys("%s", dir);
	t->up = up;
	t->dev = st.st_dev;
	t->ino = st.st_ino;
	t->depth = up != NULL ? up->depth + 1 : 0;
	for (; up != NULL; up = up->up)
		if (up->dev == t->dev && up->ino == t->ino)
			return 1;
	if (t->depth > DEPTH_MAX)
		return err_set(
		    ERR_RANGE, "%s: folders more than %d deep", dir, DEPTH_MAX);
	return 0;
}

static int
walk_folder(struct dset_list *out, const char *dir, int32_t label,
    const struct trail *up)
{
	struct names dirs = { 0 }, files = { 0 };
	struct trail here;
	char *path;
	size_t i;
	int rc;

	rc = step(&here, up, dir);
	if (rc != 0)
		return rc < 0 ? rc : 0;
	rc = read_dir(&dirs, &files, dir);
	for (i = 0; rc == 0 && i < files.n; i++) {
		path = path_join(dir, files.v[i]);
		dset_list_add(out, path, label, NULL, 0);
		mem_free(path);
	}
	if (rc == 0 && stop_asked())
		rc = err_set(ERR_STOPPED, "stopped by %s", stop_reason());
	for (i = 0; rc == 0 && i < dirs.n; i++) {
		path = path_join(dir, dirs.v[i]);
		rc = walk_folder(out, path, label, &here);
		mem_free(path);
	}
	names_clear(&dirs);
	names_clear(&files);
	return rc;
}

int
dset_source_walk(struct dset_list *out, const char *dir)
{
	return walk_folder(out, dir, 0, NULL);
}

static int
fits(const char *where)
{
	return file_is_dir(where);
}

static int
scan(struct dset_scan *out, const char *where,
    const struct dset_source_options *o)
{
	struct names dirs = { 0 };
	struct trail top;
	char *path, *name;
	size_t i;
	int rc;

	(void)o;
	if (dset_is(where))
		return err_set(ERR_FORMAT,
		    "%s: is a data set, not a folder of class folders; dset-show --export makes that of it",
		    where);
	rc = step(&top, NULL, where);
	if (rc == 0)
		rc = read_dir(&dirs, NULL, where);
	for (i = 0; rc == 0 && i < dirs.n; i++) {
		path = path_join(where, dirs.v[i]);
		name = dset_source_class(dirs.v[i]);
		rc = walk_folder(&out->list, path,
		    (int32_t)dset_scan_class(out, name, path), &top);
		mem_free(path);
		mem_free(name);
	}
	if (rc == 0 && dirs.n == 0)
		rc = err_set(ERR_FORMAT, "%s has no class folders", where);
	names_clear(&dirs);
	return rc;
}

const struct dset_source dset_source_folder = {
	.name = "folder",
	.what = "a folder with one folder per class",
	.fits = fits,
	.scan = scan,
};
