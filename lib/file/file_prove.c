/*
 * Can an output be written?  Asked before the work that it is the result of, and
 * of the system itself: what would be made is made under a hidden name and
 * removed again, so that read-only disks, full disks, long names and rights all
 * tell.  What exists is not touched.
 */
#include "file/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/path.h"
#include "file/file_tmp.h"

int
file_is_regular(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

int
file_out_prove(const char *path, int force)
{
	struct file_out *o = NULL;
	struct stat st;
	int how;

	if (strcmp(path, "-") == 0) {
		how = fcntl(STDOUT_FILENO, F_GETFL);
		if (how < 0 || (how & O_ACCMODE) == O_RDONLY)
			return err_set(
			    ERR_IO, "write standard output: it is closed");
		return 0;
	}
	how = file_look(&st, path);
	if (how < 0)
		return how;
	if (how > 0 && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode)) {
		/* Opening a pipe would wait, and its reader see the end. */
		if (faccessat(AT_FDCWD, path, W_OK, AT_EACCESS) < 0)
			return err_sys("write %s", path);
		return 0;
	}
	TRY(file_out_open(&o, path, force));
	file_out_abort(&o);
	return 0;
}

/* The last folder on the way to path that is there; the caller's. */
static char *
nearest(const char *path)
{
	char *dir = path_dir(path), *up;

	while (!file_exists(dir)) {
		up = path_dir(dir);
		mem_free(dir);
		dir = up;
	}
	return dir;
}

int
file_dir_prove(const char *path)
{
	struct file_tmp t;
	char *dir, *probe;
	int rc = file_look_dir(path);

	if (rc < 0)
		return rc;
	if (rc > 0) {
		if (faccessat(AT_FDCWD, path, W_OK | X_OK, AT_EACCESS) < 0)
			return err_sys("write into %s", path);
		return 0;
	}
	if (file_exists(path))
		return err_set(ERR_REFUSED, "%s is not a folder", path);
	dir = nearest(path);
	probe = path_join(dir, path_base(path));
	rc = file_tmp_make(&t, probe, FILE_TMP_FOLDER);
	if (rc == 0 && rmdir(t.path) < 0)
		rc = err_sys("remove %s", t.path);
	if (rc == 0)
		file_tmp_clear(&t);
	mem_free(probe);
	mem_free(dir);
	return rc;
}
