/* HDF5 files opened one after the other, rows read in pieces: see rows.h. */
#include <hdf5.h>
#include <string.h>

#include "base/deps.h"
#include "base/err.h"
#include "base/file.h"
#include "base/mem.h"
#include "dset/hdf5_ops.h"
#include "hdf5/h5.h"

struct part {
	char *path;
	hid_t file, array[ROWS_ARRAYS];
	size_t first, n;
};

struct file_rows {
	struct rows rows;
	struct part *v;
	size_t nparts, n;
	int narrays, ndim[ROWS_ARRAYS]; /* behind the first axis */
	hsize_t dim[ROWS_ARRAYS][ROWS_DIMS];
};

static void
close_part(struct part *p, int narrays)
{
	for (int i = 0; i < narrays; i++)
		if (p->array[i] >= 0)
			H5Dclose(p->array[i]);
	if (p->file >= 0)
		H5Fclose(p->file);
	mem_free(p->path);
}

static void
rows_close(struct rows *rows)
{
	struct file_rows *r = (struct file_rows *)rows;

	for (size_t i = 0; i < r->nparts; i++)
		close_part(&r->v[i], r->narrays);
	mem_free(r->v);
	mem_free(r);
}

/* Shape of an open array; the first file decides, the others must agree. */
static int
take_shape(struct file_rows *r, struct part *p, int k, const char *name)
{
	hid_t space = H5Dget_space(p->array[k]);
	int rank = space < 0 ? -1 : H5Sget_simple_extent_ndims(space);
	hsize_t d[ROWS_DIMS + 1] = { 0 };

	if (rank >= 1 && rank <= ROWS_DIMS + 1)
		H5Sget_simple_extent_dims(space, d, NULL);
	if (space >= 0)
		H5Sclose(space);
	if (rank < 1 || rank > ROWS_DIMS + 1)
		return err_set(ERR_FORMAT,
		    "%s: %s has %d axes; 1 to %d are "
		    "possible",
		    p->path, name, rank, ROWS_DIMS + 1);
	if (k > 0 && d[0] != p->n)
		return err_set(ERR_FORMAT,
		    "%s: %s has %llu rows, the others "
		    "%zu",
		    p->path, name, (unsigned long long)d[0], p->n);
	p->n = (size_t)d[0];
	if (r->nparts == 1) {
		r->ndim[k] = rank - 1;
		memcpy(r->dim[k], d + 1, sizeof(r->dim[k]));
	} else if (r->ndim[k] != rank - 1 ||
	    memcmp(r->dim[k], d + 1, sizeof(r->dim[k])) != 0) {
		return err_set(ERR_FORMAT,
		    "%s: %s has another shape than in "
		    "%s",
		    p->path, name, r->v[0].path);
	}
	return 0;
}

static int
open_part(struct file_rows *r, const char *path, const char *const *names)
{
	struct part *p = &r->v[r->nparts++];
	hid_t access;

	p->path = mem_strdup(path);
	p->file = -1;
	for (int k = 0; k < r->narrays; k++)
		p->array[k] = -1;
	if (!file_exists(path))
		return file_absent(path, "%s: no such file", path);
	TRY(file_openable(path));
	deps_add(path);
	access = h5_access();
	p->file = H5Fopen(path, H5F_ACC_RDONLY, access);
	h5_close(access);
	if (p->file < 0)
		return err_set(ERR_FORMAT, "%s: not an HDF5 file", path);
	for (int k = 0; k < r->narrays; k++) {
		p->array[k] = H5Dopen2(p->file, names[k], H5P_DEFAULT);
		if (p->array[k] < 0)
			return err_set(ERR_FORMAT, "%s: no array called %s",
			    path, names[k]);
		TRY(take_shape(r, p, k, names[k]));
	}
	p->first = r->n;
	if (mem_add(&r->n, r->n, p->n) < 0)
		return err_set(ERR_RANGE, "%s: too many rows", path);
	return 0;
}

static int
rows_open(struct rows **out, char *const *paths, size_t npaths,
    const char *const *names, int n)
{
	struct file_rows *r = mem_new(struct file_rows);
	int rc = 0;

	r->rows.ops = &dset_rows_ops;
	r->narrays = n;
	r->v = mem_array(struct part, npaths);
	for (size_t i = 0; rc >= 0 && i < npaths; i++)
		rc = open_part(r, paths[i], names);
	if (rc >= 0 && r->n == 0)
		rc = err_set(ERR_FORMAT, "no rows");
	if (rc < 0)
		rows_close(&r->rows);
	else
		*out = &r->rows;
	return rc;
}

static size_t
rows_count(const struct rows *rows)
{
	return ((const struct file_rows *)rows)->n;
}

static int
rows_shape(const struct rows *rows, int array, int64_t dim[ROWS_DIMS])
{
	const struct file_rows *r = (const struct file_rows *)rows;

	for (int i = 0; i < r->ndim[array]; i++)
		dim[i] = (int64_t)r->dim[array][i];
	return r->ndim[array];
}

/* Rows [at, at + n) of one file. */
static int
read_part(const struct part *p, const struct file_rows *r, int k, size_t at,
    size_t n, float *out)
{
	hsize_t start[ROWS_DIMS + 1] = { at }, count[ROWS_DIMS + 1] = { n };
	hsize_t flat = n;
	hid_t from, to;
	int ok;

	for (int i = 0; i < r->ndim[k]; i++) {
		count[i + 1] = r->dim[k][i];
		flat *= r->dim[k][i];
	}
	from = H5Dget_space(p->array[k]);
	to = H5Screate_simple(1, &flat, NULL);
	ok = H5Sselect_hyperslab(
		 from, H5S_SELECT_SET, start, NULL, count, NULL) >= 0 &&
	    H5Dread(
		p->array[k], H5T_NATIVE_FLOAT, to, from, H5P_DEFAULT, out) >= 0;
	H5Sclose(from);
	H5Sclose(to);
	return ok
	    ? 0
	    : err_set(ERR_FORMAT, "%s: row %zu cannot be read", p->path, at);
}

static int
rows_read(struct rows *rows, int array, size_t first, size_t n, float *out)
{
	struct file_rows *r = (struct file_rows *)rows;
	size_t row = 1;

	for (int i = 0; i < r->ndim[array]; i++)
		row *= (size_t)r->dim[array][i];
	for (size_t i = 0; i < r->nparts && n > 0; i++) {
		const struct part *p = &r->v[i];
		size_t at, now;

		if (first >= p->first + p->n)
			continue;
		at = first - p->first;
		now = n < p->n - at ? n : p->n - at;
		TRY(read_part(p, r, array, at, now, out));
		out += now * row;
		first += now;
		n -= now;
	}
	return 0;
}

const struct dset_rows_ops dset_rows_ops = {
	.abi = DSET_ROWS_ABI,
	.open = rows_open,
	.close = rows_close,
	.count = rows_count,
	.shape = rows_shape,
	.read = rows_read,
};
