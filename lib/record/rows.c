/* Which files hold the rows; what reads them is the HDF5 module. */
#include "record/rows.h"

#include "base/err.h"
#include "base/mem.h"
#include "base/module.h"
#include "base/path.h"
#include "caffe/hdf5.h"
#include "file/file.h"
#include "file/lines.h"
#include "record/hdf5_ops.h"

/* A line of a list: beside it (DIGITS), or as it is (Caffe); caller's. */
static char *
list_path(const char *list, const char *line)
{
	char *dir = path_dir(list), *path = path_join(dir, line);

	mem_free(dir);
	if (file_exists(path) || !file_exists(line))
		return path;
	mem_free(path);
	return mem_strdup(line);
}

/* The files of a list, or the HDF5 file itself; free with lines_free. */
static int
list_files(char ***out, size_t *n, const char *list)
{
	char **v;
	int rc;

	TRY(rc = caffe_hdf5_is(list));
	if (rc > 0) {
		*out = mem_array(char *, 1);
		(*out)[0] = mem_strdup(list);
		*n = 1;
		return 0;
	}
	TRY(lines_read(&v, n, list, "files"));
	for (size_t i = 0; i < *n; i++) {
		char *path = list_path(list, v[i]);

		mem_free(v[i]);
		v[i] = path;
	}
	*out = v;
	return 0;
}

static int
open_files(struct record_rows **out, char *const *paths, size_t npaths,
    const char *const *names, int n)
{
	const struct record_rows_ops *ops;
	void *p;

	if (npaths == 0)
		return err_set(ERR_FORMAT, "no files");
	TRY(module_find(&p, "hdf5", "record_rows_ops", RECORD_ROWS_ABI));
	ops = p;
	return ops->open(out, paths, npaths, names, n);
}

int
record_rows_open(
    struct record_rows **out, const char *list, const char *const *names, int n)
{
	char **paths;
	size_t npaths;
	int rc;

	*out = NULL;
	if (names != NULL && (n < 1 || n > ROWS_ARRAYS))
		return err_set(ERR_RANGE, "%d arrays; 1 to %d are possible", n,
		    ROWS_ARRAYS);
	TRY(list_files(&paths, &npaths, list));
	rc = open_files(out, paths, npaths, names, n);
	lines_free(paths, npaths);
	return rc < 0 ? err_in(rc, "%s", list) : 0;
}

void
record_rows_close(struct record_rows *r)
{
	if (r != NULL)
		r->ops->close(r);
}

size_t
record_rows_count(const struct record_rows *r)
{
	return r->ops->count(r);
}

int
record_rows_shape(
    const struct record_rows *r, int array, int64_t dim[ROWS_DIMS])
{
	return r->ops->shape(r, array, dim);
}

int
record_rows_read(
    struct record_rows *r, int array, size_t first, size_t n, float *out)
{
	return r->ops->read(r, array, first, n, out);
}
