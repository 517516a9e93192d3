/* HDF5 data sets: the rows of their arrays; writing is the HDF5 module's. */
#include "record/hdf5.h"

#include <pthread.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/module.h"
#include "base/path.h"
#include "file/file.h"
#include "record/db.h"
#include "record/hdf5_ops.h"

enum { DATA, LABEL };
static const char *const wanted[] = { "data", "label" };

struct record_hdf5 {
	struct record_rows *rows;
	pthread_mutex_t lock;
};

static int
check_shapes(const struct record_hdf5 *h, const char *path)
{
	int64_t d[ROWS_DIMS];
	size_t labels = 1;
	int i, n;

	for (i = 0; i < (int)LENGTH(wanted); i++)
		if (i >= record_hdf5_arrays(h) ||
		    strcmp(record_hdf5_name(h, i), wanted[i]) != 0)
			return err_set(ERR_FORMAT, "%s: no array called %s",
			    path, wanted[i]);
	n = record_rows_shape(h->rows, DATA, d);
	if (n != 3)
		return err_set(
		    ERR_FORMAT, "%s: data is not (N, C, H, W)", path);
	for (i = 0; i < 3; i++)
		if (d[i] < 1 || d[i] > IMAGE_MAX_SIDE)
			return err_set(ERR_FORMAT, "%s: data of size %lld",
			    path, (long long)d[i]);
	n = record_rows_shape(h->rows, LABEL, d);
	for (i = 0; i < n; i++) {
		if (d[i] < 1 || (uint64_t)d[i] > RECORD_MAX_LABELS / labels)
			return err_set(ERR_FORMAT,
			    "%s: each record has no label, or too many", path);
		labels *= (size_t)d[i];
	}
	return 0;
}

int
record_hdf5_open(struct record_hdf5 **out, const char *path)
{
	struct record_hdf5 *h = mem_new(struct record_hdf5);
	char *list =
	    file_is_dir(path) ? path_join(path, "list.txt") : mem_strdup(path);
	int rc;

	*out = NULL;
	pthread_mutex_init(&h->lock, NULL);
	rc = record_rows_open(&h->rows, list, NULL, 0);
	if (rc >= 0)
		rc = check_shapes(h, list);
	mem_free(list);
	if (rc < 0)
		record_hdf5_close(h);
	else
		*out = h;
	return rc;
}

void
record_hdf5_close(struct record_hdf5 *h)
{
	if (h == NULL)
		return;
	record_rows_close(h->rows);
	pthread_mutex_destroy(&h->lock);
	mem_free(h);
}

size_t
record_hdf5_count(const struct record_hdf5 *h)
{
	return record_rows_count(h->rows);
}

int
record_hdf5_arrays(const struct record_hdf5 *h)
{
	return h->rows->ops->arrays(h->rows);
}

const char *
record_hdf5_name(const struct record_hdf5 *h, int array)
{
	return h->rows->ops->name(h->rows, array);
}

int
record_hdf5_dims(const struct record_hdf5 *h, int array, int64_t dim[ROWS_DIMS])
{
	return record_rows_shape(h->rows, array, dim);
}

int
record_hdf5_row(struct record_hdf5 *h, int array, size_t i, float *out)
{
	int rc;

	pthread_mutex_lock(&h->lock);
	rc = record_rows_read(h->rows, array, i, 1, out);
	pthread_mutex_unlock(&h->lock);
	return rc;
}

int
record_hdf5_create(struct record_hdf5_out **out, const char *dir,
    const struct record_array *arrays, int n, int gzip, uint64_t limit)
{
	const struct record_hdf5_ops *ops;
	void *p;

	*out = NULL;
	if (module_find(&p, "hdf5", "record_hdf5_ops", RECORD_HDF5_ABI) < 0)
		return err_in(ERR_MISSING, "%s: HDF5", dir);
	ops = p;
	return ops->create(out, dir, arrays, n, gzip, limit);
}

int
record_hdf5_put(struct record_hdf5_out *h, const float *const *rows)
{
	return h->ops->put(h, rows);
}

int
record_hdf5_finish(struct record_hdf5_out **h)
{
	return *h != NULL ? (*h)->ops->finish(h) : 0;
}

void
record_hdf5_abort(struct record_hdf5_out **h)
{
	if (*h != NULL)
		(*h)->ops->abort(h);
}
