/* nn/hdf5_ops.h: a file of arrays whose values wait in other files. */
#include <hdf5.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "hdf5/arrays.h"
#include "hdf5/h5.h"

enum { BLOCK_BYTES = 1 << 20 };

/* Rows first to first + n of the array. */
static int
write_rows(hid_t set, const struct hdf5_array *a, size_t first, size_t n,
    const float *v)
{
	hsize_t start[SHAPE_MAX + 1] = { first }, count[SHAPE_MAX + 1];
	hid_t from, to;
	int ok;

	for (int i = 0; i < a->ndim; i++)
		count[i] = a->dim[i];
	count[0] = n;
	from = H5Screate_simple(a->ndim, count, NULL);
	to = H5Dget_space(set);
	ok = H5Sselect_hyperslab(
		 to, H5S_SELECT_SET, start, NULL, count, NULL) >= 0 &&
	    H5Dwrite(set, H5T_NATIVE_FLOAT, from, to, H5P_DEFAULT, v) >= 0;
	h5_close(from);
	h5_close(to);
	return ok ? 0 : -1;
}

static int
copy_values(struct h5_out *o, hid_t set, const struct hdf5_array *a)
{
	size_t row = 1, block, n;
	float *v;
	int rc = 0;

	for (int i = 1; i < a->ndim; i++)
		row *= a->dim[i];
	block = BLOCK_BYTES / sizeof(*v) / (row > 0 ? row : 1) + 1;
	/* rewind would forget that the last values were not written */
	if (fflush(a->values) != 0 || fseeko(a->values, 0, SEEK_SET) != 0)
		return err_sys("write a temporary file");
	v = mem_array(float, block *row + 1);
	for (size_t i = 0; i < a->dim[0] && rc == 0; i += n) {
		n = a->dim[0] - i < block ? a->dim[0] - i : block;
		if (fread(v, sizeof(*v), n * row, a->values) != n * row)
			rc = err_sys("read a temporary file");
		else if (write_rows(set, a, i, n, v) < 0 || o->disk.error != 0)
			rc = h5_write_fail(&o->disk, o->path);
	}
	mem_free(v);
	return rc;
}

static int
write_array(struct h5_out *o, const struct hdf5_array *a)
{
	hsize_t dim[SHAPE_MAX + 1];
	hid_t space, set = -1;
	int rc;

	for (int i = 0; i < a->ndim; i++)
		dim[i] = a->dim[i];
	space = H5Screate_simple(a->ndim, dim, NULL);
	if (space >= 0)
		set = H5Dcreate2(o->file, a->name, H5T_IEEE_F32LE, space,
		    H5P_DEFAULT, o->plain, H5P_DEFAULT);
	rc = set >= 0 ? copy_values(o, set, a)
		      : h5_write_fail(&o->disk, o->path);
	h5_close(set);
	h5_close(space);
	return rc;
}

int
h5_write_arrays(const char *path, int force, const struct hdf5_array *v, int n)
{
	struct h5_out o;
	int rc = 0;

	TRY(h5_create(&o, path, force));
	for (int i = 0; i < n && rc >= 0; i++)
		rc = write_array(&o, &v[i]);
	return h5_finish(&o, rc);
}
