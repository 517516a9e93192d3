/* Making a thing again and comparing the two: see rebuild.h. */
#include <stdlib.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/stop.h"
#include "base/tidy.h"
#include "file/file.h"
#include "file/shell/shell.h"
#include "jobs/compare.h"
#include "jobs/rebuild.h"

enum { SCRIPT_MAX = 1 << 24 };

/* The programs that it calls are those beside this one. */
static char *
search_path(void)
{
	const char *path = getenv("PATH");
	char here[4096];
	ssize_t n = readlink("/proc/self/exe", here, sizeof(here) - 1);
	char *dir, *all;

	if (n <= 0)
		return mem_strdup(path);
	here[n] = '\0';
	dir = path_dir(here);
	all = mem_printf(
	    "%s%s%s", dir, path != NULL ? ":" : "", path != NULL ? path : "");
	mem_free(dir);
	return all;
}

static int
run_script(const char *script, const char *scratch)
{
	const char *const words[] = { script, scratch, NULL };
	char *path = search_path();
	const struct shell_env env[] = { { "PATH", path } };
	int status = shell_run(words, env, LENGTH(env), true);

	mem_free(path);
	if (stop_asked())
		return err_set(ERR_STOPPED, "stopped by %s", stop_reason());
	if (status > 0)
		return err_set(ERR_REFUSED,
		    "it cannot be made again: the script ended with status %d",
		    status);
	return status;
}

static int
check_in(const char *dir, const char *scratch, const struct buf *script)
{
	struct comparing c = { .dir = dir };
	char *path = path_join(scratch, "rebuild.sh");
	char *info = path_join(dir, "info.json");
	const bool model = file_is_regular(info);
	char *made = path_join(scratch, model ? "model" : "dataset");
	int rc = file_write(path, script->data, script->len, 0);

	if (rc >= 0)
		rc = run_script(path, scratch);
	c.made = made;
	if (rc >= 0)
		rc = model ? compare_models(&c) : compare_sets(&c);
	if (rc >= 0 && c.n == 0)
		rc = err_set(
		    ERR_REFUSED, "%s: there is nothing to compare", dir);
	else if (rc >= 0 && c.same < c.n)
		rc = err_set(ERR_REFUSED, "%s: %zu of %zu differ", dir,
		    c.n - c.same, c.n);
	mem_free(made);
	mem_free(info);
	mem_free(path);
	return rc;
}

int
rebuild_check(const char *dir)
{
	const char *tmp = getenv("TMPDIR");
	char *scratch =
	    mem_printf("%s/nnutils-rebuild-XXXXXX", tmp != NULL ? tmp : "/tmp");
	struct err_saved why;
	struct buf script;
	int rc;

	buf_init(&script, SCRIPT_MAX);
	rc = rebuild_script(&script, dir);
	if (rc >= 0) {
		rc = file_tmp_folder(scratch);
		if (rc >= 0) {
			rc = check_in(dir, scratch, &script);
			err_save(&why, rc);
			(void)!file_remove_tree(scratch);
			tidy_drop(scratch);
			rc = err_restore(&why);
		}
	}
	buf_clear(&script);
	mem_free(scratch);
	return rc;
}
