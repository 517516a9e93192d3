/* HDF5 files opened one after the other, rows read in pieces: see rows.h. */
#include "caffe/h5.h"
#include "dset/rows.h"

#include <hdf5.h>
#include <string.h>

#include "base/err.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/path.h"
#include "dset/dset.h"

struct part {
	char *path;
	hid_t file, array[ROWS_ARRAYS];
	size_t first, n;
};

struct rows {
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

void
dset_rows_close(struct rows *r)
{
	if (r == NULL)
		return;
	for (size_t i = 0; i < r->nparts; i++)
		close_part(&r->v[i], r->narrays);
	mem_free(r->v);
	mem_free(r);
}

/* Shape of an open array; the first file decides, the others must agree. */
static int
take_shape(struct rows *r, struct part *p, int k, const char *name)
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
open_part(struct rows *r, char *path, const char *const *names)
{
	struct part *p = &r->v[r->nparts++];

	p->path = path;
	p->file = -1;
	for (int k = 0; k < r->narrays; k++)
		p->array[k] = -1;
	if (!file_exists(path))
		return err_set(ERR_MISSING, "%s: no such file", path);
	p->file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
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
	r->n += p->n;
	return 0;
}

static int
open_list(struct rows *r, const char *list, const char *const *names)
{
	char **lines = NULL, *dir = path_dir(list);
	size_t n = 0;
	int rc = dset_labels_read(&lines, &n, list);

	r->v = mem_array(struct part, n + 1);
	for (size_t i = 0; rc >= 0 && i < n; i++) {
		char *path = mem_strdup(lines[i]);

		if (!file_exists(path)) {
			mem_free(path);
			path = path_join(dir, lines[i]);
		}
		rc = open_part(r, path, names);
	}
	dset_labels_free(lines, n);
	mem_free(dir);
	return rc < 0 ? err_in(rc, "%s", list) : 0;
}

int
dset_rows_open(
    struct rows **out, const char *list, const char *const *names, int n)
{
	struct rows *r;
	int rc;

	if (n < 1 || n > ROWS_ARRAYS)
		return err_set(ERR_RANGE, "%d arrays; 1 to %d are possible", n,
		    ROWS_ARRAYS);
	TRY(h5_load());
	H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
	r = mem_new(struct rows);
	r->narrays = n;
	if (file_exists(list) && H5Fis_hdf5(list) > 0) {
		r->v = mem_array(struct part, 1);
		rc = open_part(r, mem_strdup(list), names);
	} else {
		rc = open_list(r, list, names);
	}
	if (rc >= 0 && r->n == 0)
		rc = err_set(ERR_FORMAT, "%s: no rows", list);
	if (rc < 0) {
		dset_rows_close(r);
		return rc;
	}
	*out = r;
	return 0;
}

size_t
dset_rows_count(const struct rows *r)
{
	return r->n;
}

int
dset_rows_shape(const struct rows *r, int array, int64_t dim[ROWS_DIMS])
{
	for (int i = 0; i < r->ndim[array]; i++)
		dim[i] = (int64_t)r->dim[array][i];
	return r->ndim[array];
}

/* Rows [at, at + n) of one file. */
static int
read_part(const struct part *p, const struct rows *r, int k, size_t at,
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

int
dset_rows_read(struct rows *r, int array, size_t first, size_t n, float *out)
{
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
