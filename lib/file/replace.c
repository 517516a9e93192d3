/* May a folder be replaced?  See replace.h. */
#include "file/replace.h"

#include <fcntl.h>
#include <fnmatch.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/path.h"
#include "file/file.h"
#include "file/file_tmp.h"

enum { LIST_MAX = 1 << 28, DEPTH_MAX = 32 };

#define LIST_HEAD "nnutils "

void
replace_name_add(struct replace_names *names, const char *name)
{
	mem_grow(&names->v, &names->cap, names->n + 1);
	names->v[names->n++] = mem_strdup(name);
}

void
replace_names_clear(struct replace_names *names)
{
	for (size_t i = 0; i < names->n; i++)
		mem_free(names->v[i]);
	mem_free(names->v);
	memset(names, 0, sizeof(*names));
}

/* ---- what it may hold ---------------------------------------------------- */

static size_t
slashes(const char *s)
{
	size_t n = 0;

	for (; *s != '\0'; s++)
		n += *s == '/';
	return n;
}

/* Does the pattern fit the file rel, or something inside the folder rel? */
static bool
pattern_fits(const char *pattern, const char *rel, bool folder)
{
	size_t depth = slashes(rel), n;
	char *head;
	bool yes;

	if (!folder)
		return fnmatch(pattern, rel, FNM_PATHNAME) == 0;
	if (slashes(pattern) <= depth)
		return false;
	for (n = 0; pattern[n] != '/' || depth-- > 0; n++)
		;
	head = mem_strndup(pattern, n);
	yes = fnmatch(head, rel, FNM_PATHNAME) == 0;
	mem_free(head);
	return yes;
}

/* The same for sorted names: the first that is not below rel. */
static bool
is_listed(const struct replace_names *names, const char *rel, bool folder)
{
	size_t lo = 0, hi = names->n, len = strlen(rel);
	char *key = mem_printf("%s%s", rel, folder ? "/" : "");
	bool yes;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (strcmp(names->v[mid], key) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	yes = lo < names->n &&
	    (folder ? strncmp(names->v[lo], key, len + 1) == 0
		    : strcmp(names->v[lo], key) == 0);
	mem_free(key);
	return yes;
}

struct walk {
	const char *dir;
	const struct replace_kind *kind;
	const struct replace_names *more; /* sorted; NULL: none */
	struct replace_names *others;     /* NULL: the first one is an error */
};

int
replace_holds(const struct replace_kind *kind, const char *rel)
{
	const char *const *p;

	for (p = kind->names; p != NULL && *p != NULL; p++)
		if (pattern_fits(*p, rel, false))
			return 1;
	return 0;
}

static bool
is_known(const struct walk *w, const char *rel, bool folder)
{
	const char *const *p;

	for (p = w->kind->names; p != NULL && *p != NULL; p++)
		if (pattern_fits(*p, rel, folder))
			return true;
	if (strcmp(rel, REPLACE_LIST) == 0 && !folder)
		return true;
	return w->more != NULL && is_listed(w->more, rel, folder);
}

/* An unfinished ".NAME.tmp-XXXXXXXX" that a killed run left of a known NAME. */
static bool
is_unfinished(const struct walk *w, const char *rel)
{
	const char *base = path_base(rel);
	size_t n = file_tmp_is_hidden(base, "tmp");
	char *name;
	bool yes;

	if (n == 0)
		return false;
	name = mem_printf("%.*s%.*s", (int)(base - rel), rel, (int)n, base + 1);
	yes = is_known(w, name, false);
	mem_free(name);
	return yes;
}

static int
refuse_file(const struct walk *w, const char *rel, const char *why)
{
	return err_set(
	    ERR_REFUSED, "%s: %s %s: not replaced", w->dir, rel, why);
}

/* A second mount of a part of the same file system has the same device.  1, 0 or
 * < 0 where it cannot be told. */
static int
is_mount(const char *path)
{
	struct statx sx;
	struct stat st, up;
	char *parent;
	int rc = 0;

	if (statx(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS,
		&sx) == 0 &&
	    (sx.stx_attributes_mask & STATX_ATTR_MOUNT_ROOT) != 0)
		return (sx.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
	parent = path_join(path, "..");
	if (lstat(path, &st) < 0)
		rc = err_sys("stat %s", path);
	else if (S_ISDIR(st.st_mode) && stat(parent, &up) < 0)
		rc = err_sys("stat %s", parent);
	else if (S_ISDIR(st.st_mode))
		rc = st.st_dev != up.st_dev;
	mem_free(parent);
	return rc;
}

static int walk(const struct walk *w, const char *sub, int depth);

/* A folder is listed too, "rel/": it may be empty. */
static int
walk_folder(const struct walk *w, const char *rel, int depth)
{
	char *name = mem_printf("%s/", rel);

	if (!is_known(w, rel, true))
		replace_name_add(w->others, name);
	mem_free(name);
	return walk(w, rel, depth + 1);
}

static int
walk_one(const struct walk *w, const char *rel, int depth)
{
	char *path = path_join(w->dir, rel);
	struct stat st;
	int rc = lstat(path, &st) < 0 ? err_sys("stat %s", path) : 0;
	bool folder = rc == 0 && S_ISDIR(st.st_mode);

	if (rc == 0 && (rc = is_mount(path)) > 0)
		rc = refuse_file(w, rel, "is a mount point");
	else if (rc == 0 && folder && depth == DEPTH_MAX)
		rc = refuse_file(w, rel, "is nested too deep");
	else if (rc == 0 && folder && w->others != NULL)
		rc = walk_folder(w, rel, depth);
	else if (rc == 0 && is_known(w, rel, folder))
		rc = folder ? walk(w, rel, depth + 1) : 0;
	else if (rc == 0 && w->others != NULL)
		replace_name_add(w->others, rel);
	else if (rc == 0 && (folder || !is_unfinished(w, rel)))
		rc = err_set(ERR_REFUSED,
		    "%s: %s is not what a %s holds: not replaced", w->dir, rel,
		    w->kind->what);
	mem_free(path);
	return rc;
}

static int
walk(const struct walk *w, const char *sub, int depth)
{
	char *path =
	    sub[0] != '\0' ? path_join(w->dir, sub) : mem_strdup(w->dir);
	char **names = NULL;
	size_t n = 0;
	int rc = file_list(&names, &n, path);

	for (size_t i = 0; rc == 0 && i < n; i++) {
		char *rel = sub[0] != '\0' ? path_join(sub, names[i])
					   : mem_strdup(names[i]);

		rc = walk_one(w, rel, depth);
		mem_free(rel);
	}
	file_list_free(names, n);
	mem_free(path);
	return rc;
}

int
replace_others(
    struct replace_names *out, const char *dir, const struct replace_kind *kind)
{
	struct walk w = { dir, kind, NULL, out };

	return walk(&w, "", 0);
}

/* ---- the list ------------------------------------------------------------ */

int
replace_list_write(
    const char *dir, const char *what, const struct replace_names *more)
{
	const struct replace_kind none = { .what = what };
	char *path = path_join(dir, REPLACE_LIST);
	struct replace_names names = { 0 };
	struct buf b;
	int rc = replace_others(&names, dir, &none);

	for (size_t i = 0; more != NULL && i < more->n; i++)
		replace_name_add(&names, more->v[i]);
	if (names.n > 0)
		qsort(names.v, names.n, sizeof(*names.v), path_cmp);
	buf_init(&b, LIST_MAX);
	if (rc == 0)
		rc = buf_printf(&b, LIST_HEAD "%s\n", what);
	for (size_t i = 0; rc == 0 && i < names.n; i++)
		if (strchr(names.v[i], '\n') == NULL &&
		    (i == 0 || strcmp(names.v[i], names.v[i - 1]) != 0))
			rc = buf_printf(&b, "%s\n", names.v[i]);
	if (rc == 0)
		rc = file_write(path, b.data, b.len, 1);
	buf_clear(&b);
	replace_names_clear(&names);
	mem_free(path);
	return rc;
}

int
replace_list_read(
    struct replace_names *names, const char *dir, const char *what)
{
	char *path = path_join(dir, REPLACE_LIST), *line, *save = NULL;
	char *head = mem_printf(LIST_HEAD "%s", what);
	struct stat st;
	struct buf b;
	int rc = 0;

	buf_init(&b, LIST_MAX);
	if (file_exists(path)) {
		rc = lstat(path, &st) < 0 ? err_sys("stat %s", path)
		    : S_ISREG(st.st_mode)
		    ? file_read(&b, path)
		    : err_set(ERR_FORMAT, "%s is not a file", path);
		line =
		    rc == 0 && b.len > 0 ? strtok_r(b.data, "\n", &save) : NULL;
		if (rc == 0 && (line == NULL || strcmp(line, head) != 0))
			rc = err_set(
			    ERR_FORMAT, "%s does not name a %s", path, what);
		while (rc == 0 && (line = strtok_r(NULL, "\n", &save)) != NULL)
			replace_name_add(names, line);
		if (rc == 0)
			rc = 1;
	}
	buf_clear(&b);
	mem_free(head);
	mem_free(path);
	return rc;
}

/* ---- the judge ----------------------------------------------------------- */

/* Is the absolute path what, or above it? */
static bool
is_above(const char *path, const char *what)
{
	char b[PATH_MAX];
	size_t n = strlen(path);

	if (what == NULL || what[0] == '\0' || realpath(what, b) == NULL)
		return false;
	return strncmp(path, b, n) == 0 && (b[n] == '/' || b[n] == '\0');
}

static int
check_place(const char *dir, const char *real)
{
	char *git = path_join(real, ".git");
	int rc = 0, mount = is_mount(real);

	if (strcmp(real, "/") == 0)
		rc = err_set(ERR_REFUSED, "%s is /: not replaced", dir);
	else if (is_above(real, getenv("HOME")))
		rc = err_set(ERR_REFUSED,
		    "%s is the home folder, or around it: not replaced", dir);
	else if (is_above(real, "."))
		rc = err_set(ERR_REFUSED,
		    "%s is the current folder, or around it: not replaced",
		    dir);
	else if (mount < 0)
		rc = mount;
	else if (mount)
		rc = err_set(
		    ERR_REFUSED, "%s is a mount point: not replaced", dir);
	else if (file_exists(git))
		rc = err_set(ERR_REFUSED,
		    "%s is a repository (.git): not replaced", dir);
	mem_free(git);
	return rc;
}

static bool
is_empty(const char *dir)
{
	char **names = NULL;
	size_t n = 1;
	int rc = file_list(&names, &n, dir);

	file_list_free(names, n);
	return rc == 0 && n == 0;
}

static int
check_contents(const char *dir, const struct replace_kind *kind)
{
	struct replace_names more = { 0 };
	struct walk w = { dir, kind, &more, NULL };
	struct err_saved why;
	int rc = kind->judge(&more, dir, kind->ctx);

	if (rc < 0) {
		err_save(&why, rc);
		rc = err_set(ERR_REFUSED,
		    "%s is not a %s of ours (%s): not replaced", dir,
		    kind->what, why.text);
	}
	if (more.n > 0)
		qsort(more.v, more.n, sizeof(*more.v), path_cmp);
	if (rc >= 0)
		rc = walk(&w, "", 0);
	replace_names_clear(&more);
	return rc < 0 ? ERR_REFUSED : 0;
}

int
replace_check(const char *dir, const struct replace_kind *kind)
{
	char *real = realpath(dir, NULL);
	int rc;

	if (real == NULL) {
		rc = err_sys("%s leads nowhere: not replaced", dir);
		return rc == ERR_MISSING ? ERR_REFUSED : rc;
	}
	rc = file_look_dir(real);
	if (rc >= 0)
		rc = rc > 0 ? check_place(dir, real)
			    : err_set(ERR_REFUSED,
				  "%s is not a folder: not replaced", dir);
	if (rc == 0)
		rc = replace_check_inputs(dir);
	if (rc == 0 && !is_empty(real))
		rc = check_contents(dir, kind);
	free(real);
	return rc;
}
