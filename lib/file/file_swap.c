/* A folder for another: see file_swap.h. */
#include "file/file_swap.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/path.h"
#include "file/file.h"
#include "file/file_tmp.h"
#include "file/replace.h"

int
file_swap(char **old, const char *path, const char *final)
{
	char *copy, *dir;
	struct file_tmp t;
	int rc = 0;

	*old = NULL;
	if (renameat2(AT_FDCWD, path, AT_FDCWD, final, RENAME_EXCHANGE) == 0) {
		*old = mem_strdup(path);
		return 0;
	}
	if (errno != EINVAL && errno != ENOSYS)
		return err_sys("replace %s", final);
	copy = mem_strdup(final);
	dir = path_dir(final);
	t = (struct file_tmp){ .final = copy, .dir = dir };
	*old = file_tmp_name(&t, "old");
	if (rename(final, *old) < 0) {
		rc = err_sys("rename %s", final);
	} else if (file_tmp_rename_new(path, final) < 0) {
		rc = err_sys("rename to %s", final);
		(void)!rename(*old, final);
	}
	if (rc < 0) {
		mem_free(*old);
		*old = NULL;
	}
	mem_free(dir);
	mem_free(copy);
	return rc;
}

static void
mend_one(const char *old, const char *final, const struct replace_kind *force)
{
	if (!file_exists(final)) {
		if (file_tmp_rename_new(old, final) == 0)
			log_warn("%s: put back, a killed run had left it as %s",
			    final, old);
	} else if (force != NULL && replace_check(old, force) == 0) {
		/* A leftover that cannot be removed harms nobody. */
		(void)!file_remove_tree(old);
	}
}

void
file_swap_mend(const char *final, const struct replace_kind *force)
{
	const char *base = path_base(final);
	char *dir = path_dir(final);
	char **names = NULL, *old;
	size_t i, n = 0;

	if (file_list(&names, &n, dir) < 0)
		n = 0;
	for (i = 0; i < n; i++) {
		if (!file_tmp_is_of(names[i], "old", base))
			continue;
		old = path_join(dir, names[i]);
		mend_one(old, final, force);
		mem_free(old);
	}
	file_list_free(names, n);
	mem_free(dir);
}

char *
file_swap_aside(const char *final)
{
	char *dir = path_dir(final), **names = NULL, *old = NULL;
	size_t n = 0;

	if (file_list(&names, &n, dir) < 0)
		n = 0;
	for (size_t i = 0; i < n && old == NULL; i++)
		if (file_tmp_is_of(names[i], "old", path_base(final)))
			old = path_join(dir, names[i]);
	file_list_free(names, n);
	mem_free(dir);
	return old;
}
