/* nn/hdf5_ops.h: arrays that grow a batch at a time. */
#include <fcntl.h>
#include <hdf5.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"
#include "hdf5/arrays.h"
#include "hdf5/h5.h"
#include "nn/hdf5_ops.h"

struct hdf5_sink {
	char *path;
	struct h5_disk disk;
	hid_t file, set[2];
	struct shape shape[2];
	hsize_t rows;
};

static int
make_set(struct hdf5_sink *k, int i, const char *name)
{
	hsize_t dim[SHAPE_MAX], most[SHAPE_MAX], chunk[SHAPE_MAX];
	const struct shape *s = &k->shape[i];
	hid_t space, plist;
	int j;

	for (j = 0; j < s->n; j++)
		dim[j] = most[j] = chunk[j] = (hsize_t)s->d[j];
	dim[0] = 0;
	most[0] = H5S_UNLIMITED;
	space = H5Screate_simple(s->n, dim, most);
	plist = H5Pcreate(H5P_DATASET_CREATE);
	H5Pset_chunk(plist, s->n, chunk);
	H5Pset_obj_track_times(plist, 0); /* same input, same bytes */
	k->set[i] = H5Dcreate2(k->file, name, H5T_IEEE_F32LE, space,
	    H5P_DEFAULT, plist, H5P_DEFAULT);
	h5_close(plist);
	h5_close(space);
	if (k->set[i] < 0 || k->disk.error != 0)
		return h5_write_fail(&k->disk, k->path);
	return 0;
}

static int
append_set(struct hdf5_sink *k, int i, const float *v)
{
	hsize_t dim[SHAPE_MAX], start[SHAPE_MAX] = { k->rows };
	hsize_t count[SHAPE_MAX];
	const struct shape *s = &k->shape[i];
	hid_t to, from;
	herr_t bad;
	int j;

	for (j = 0; j < s->n; j++)
		dim[j] = count[j] = (hsize_t)s->d[j];
	dim[0] += k->rows;
	bad = H5Dset_extent(k->set[i], dim);
	to = H5Dget_space(k->set[i]);
	from = H5Screate_simple(s->n, count, NULL);
	H5Sselect_hyperslab(to, H5S_SELECT_SET, start, NULL, count, NULL);
	if (bad >= 0)
		bad = H5Dwrite(
		    k->set[i], H5T_NATIVE_FLOAT, from, to, H5P_DEFAULT, v);
	h5_close(from);
	h5_close(to);
	return bad < 0 || k->disk.error != 0 ? h5_write_fail(&k->disk, k->path)
					     : 0;
}

static void
output_close(struct hdf5_sink *k)
{
	if (k == NULL)
		return;
	h5_close(k->set[0]);
	h5_close(k->set[1]);
	h5_close(k->file);
	if (k->disk.fd >= 0)
		close(k->disk.fd);
	h5_disk_clear(&k->disk);
	mem_free(k->path);
	mem_free(k);
}

static int
output_open(
    struct hdf5_sink **out, const char *path, const struct shape shape[2])
{
	struct hdf5_sink *k = mem_new(struct hdf5_sink);
	int rc = 0;

	k->path = mem_strdup(path);
	k->file = k->set[0] = k->set[1] = -1;
	k->shape[0] = shape[0];
	k->shape[1] = shape[1];
	k->disk.fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (k->disk.fd < 0)
		rc = err_sys("open %s", path);
	else if ((k->file = h5_disk_create(&k->disk, k->disk.fd)) < 0)
		rc = h5_write_fail(&k->disk, path);
	if (rc >= 0)
		rc = make_set(k, 0, "data");
	if (rc >= 0)
		rc = make_set(k, 1, "label");
	if (rc < 0) {
		output_close(k);
		k = NULL;
	}
	*out = k;
	return rc;
}

static int
output_append(struct hdf5_sink *k, const float *const v[2])
{
	TRY(append_set(k, 0, v[0]));
	TRY(append_set(k, 1, v[1]));
	k->rows += (hsize_t)k->shape[0].d[0];
	if (H5Fflush(k->file, H5F_SCOPE_LOCAL) < 0 || k->disk.error != 0)
		return h5_write_fail(&k->disk, k->path);
	return 0;
}

const struct nn_hdf5_ops nn_hdf5_ops = {
	.abi = NN_HDF5_ABI,
	.open = output_open,
	.append = output_append,
	.close = output_close,
	.arrays = h5_write_arrays,
};
