/* Single objects of HDF5 files that are written. */
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "caffe/blob.h"
#include "file/file.h"
#include "hdf5/h5.h"

int
h5_create(struct h5_out *o, const char *path, int force)
{
	*o = (struct h5_out){
		.path = path, .file = -1, .links = -1, .plain = -1
	};
	TRY(file_out_open(&o->out, path, force));
	h5_begin();
	o->links = H5Pcreate(H5P_LINK_CREATE);
	o->plain = H5Pcreate(H5P_DATASET_CREATE);
	if (o->links >= 0 && o->plain >= 0 &&
	    H5Pset_create_intermediate_group(o->links, 1) >= 0 &&
	    H5Pset_obj_track_times(o->plain, 0) >= 0)
		o->file =
		    h5_disk_create(&o->disk, fileno(file_out_stream(o->out)));
	if (o->file < 0)
		return h5_finish(o, h5_write_fail(&o->disk, path));
	return 0;
}

int
h5_finish(struct h5_out *o, int rc)
{
	h5_close(o->links);
	h5_close(o->plain);
	if (o->file >= 0 && (H5Fclose(o->file) < 0 || o->disk.error != 0) &&
	    rc >= 0)
		rc = h5_write_fail(&o->disk, o->path);
	h5_disk_clear(&o->disk);
	if (rc >= 0)
		return file_out_commit(&o->out);
	file_out_abort(&o->out);
	return rc;
}

int
h5_write_group(struct h5_out *o, const char *name)
{
	hid_t g;

	if (H5Lexists(o->file, name, H5P_DEFAULT) > 0)
		return 0;
	H5Eclear2(H5E_DEFAULT);
	g = H5Gcreate2(o->file, name, o->links, H5P_DEFAULT, H5P_DEFAULT);
	if (g < 0)
		return h5_write_fail(&o->disk, o->path);
	h5_close(g);
	return 0;
}

/* An object of that type and shape with those values. */
static int
write_object(struct h5_out *o, const char *name, hid_t type, hid_t space,
    const void *values)
{
	hid_t set = -1;
	int ok = 0;

	if (space >= 0)
		set = H5Dcreate2(o->file, name, type, space, o->links, o->plain,
		    H5P_DEFAULT);
	if (set >= 0)
		ok = H5Dwrite(
			 set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0;
	h5_close(set);
	h5_close(space);
	return ok && o->disk.error == 0 ? 0 : h5_write_fail(&o->disk, o->path);
}

int
h5_write_blob(struct h5_out *o, const char *name, const Caffe__BlobProto *b)
{
	hsize_t dim[CAFFE_BLOB_DIMS];
	struct caffe_shape s;
	void *own = NULL;
	const float *values;
	int i, rc;

	rc = caffe_blob_shape(&s, b);
	if (rc < 0)
		return err_in(rc, "%s", name);
	for (i = 0; i < s.ndim; i++)
		dim[i] = (hsize_t)s.dim[i];
	values = b->n_data == s.count ? caffe_blob_view(b) : NULL;
	if (values == NULL) {
		TRY(mem_take(&own, s.count ? s.count : 1, sizeof(float),
		    SIZE_MAX / 2, o->path));
		rc = caffe_blob_floats(own, s.count, b);
		values = own;
	}
	if (rc < 0)
		rc = err_in(rc, "%s", name);
	else
		rc = write_object(o, name, H5T_NATIVE_FLOAT,
		    s.ndim ? H5Screate_simple(s.ndim, dim, NULL)
			   : H5Screate(H5S_SCALAR),
		    values);
	mem_free(own);
	return rc;
}

int
h5_write_int(struct h5_out *o, const char *name, int v)
{
	const hsize_t one = 1;

	return write_object(
	    o, name, H5T_NATIVE_INT, H5Screate_simple(1, &one, NULL), &v);
}

int
h5_write_string(struct h5_out *o, const char *name, const char *s)
{
	hid_t type = H5Tcopy(H5T_C_S1);
	int rc;

	H5Tset_size(type, strlen(s) + 1);
	rc = write_object(o, name, type, H5Screate(H5S_SCALAR), s);
	h5_close(type);
	return rc;
}
