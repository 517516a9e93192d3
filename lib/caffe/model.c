/*
 * The files that hold weights: which reader a file needs, and what is checked of
 * all of them.
 */
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/path.h"
#include "caffe/blob.h"
#include "caffe/hdf5.h"
#include "caffe/model.h"
#include "caffe/msg.h"
#include "caffe/upgrade.h"
#include "caffe/wire.h"
#include "file/file.h"
#include "file/npy.h"
#include "file/sniff.h"

enum { MEAN_MAX = 1 << 30 }; /* bytes of a .npy mean */

/* An empty file is an empty message, and no weights. */
static int
empty_check(const char *path)
{
	uint64_t size;

	TRY(file_size(&size, path));
	return size > 0 ? 0 : err_set(ERR_FORMAT, "%s: is empty", path);
}

int
caffe_weights_read(Caffe__NetParameter **out, const char *path)
{
	ProtobufCMessage *m;
	int rc;

	*out = NULL;
	TRY(rc = caffe_hdf5_is(path));
	TRY(empty_check(path));
	if (rc)
		return caffe_hdf5_read_weights(out, path);
	rc = caffe_wire_read(&m, &caffe__net_parameter__descriptor, path);
	if (rc < 0)
		return sniff_file_fail(rc, path, "weights");
	rc = caffe_net_upgrade((Caffe__NetParameter *)m);
	if (rc < 0) {
		caffe_msg_free(m);
		return err_in(rc, "%s", path);
	}
	*out = (Caffe__NetParameter *)m;
	return 0;
}

int
caffe_weights_write(const char *path, const Caffe__NetParameter *net, int force)
{
	if (path_has_ext(path, ".h5"))
		return caffe_hdf5_write_weights(path, net, force);
	return caffe_wire_write(path, net, force);
}

int
caffe_state_read(Caffe__SolverState **out, const char *path)
{
	ProtobufCMessage *m;
	int rc;

	*out = NULL;
	TRY(rc = caffe_hdf5_is(path));
	TRY(empty_check(path));
	if (rc)
		return caffe_hdf5_read_state(out, path);
	rc = caffe_wire_read(&m, &caffe__solver_state__descriptor, path);
	if (rc < 0)
		return sniff_file_fail(rc, path, "a solver state");
	*out = (Caffe__SolverState *)m;
	return 0;
}

int
caffe_state_write(const char *path, const Caffe__SolverState *state, int force)
{
	if (path_has_ext(path, ".h5"))
		return caffe_hdf5_write_state(path, state, force);
	return caffe_wire_write(path, state, force);
}

/* ---- means ---- */

enum { CHANNELS_MAX = 4 };

/* (C), (H, W), (C, H, W) or (1, C, H, W) as channels, height, width. */
static int
mean_shape(int out[3], int ndim, const int64_t *dim)
{
	int i;

	if (ndim == 4 && dim[0] == 1) {
		dim++;
		ndim--;
	}
	if (ndim < 1 || ndim > 3)
		return err_set(ERR_FORMAT,
		    "a mean has 1 to 4 dimensions, the first of 4 being 1");
	if (ndim == 1 && dim[0] > CHANNELS_MAX)
		return err_set(ERR_FORMAT,
		    "a mean of one dimension has a value for each channel, not %lld",
		    (long long)dim[0]);
	out[0] = out[1] = out[2] = 1;
	for (i = 0; i < ndim; i++) {
		if (dim[i] < 1 || dim[i] > INT32_MAX)
			return err_set(ERR_FORMAT,
			    "dimension %d of a mean is %lld", i,
			    (long long)dim[i]);
		out[ndim == 1 ? 0 : 3 - ndim + i] = (int)dim[i];
	}
	return 0;
}

/* So many channels a picture may have. */
static bool
is_channels(int n)
{
	return n == 1 || n == 3;
}

/* H x W x C into planes. */
static void
to_planes(float *to, const float *v, const int hwc[3])
{
	const size_t plane = (size_t)hwc[0] * (size_t)hwc[1];
	const size_t channels = (size_t)hwc[2];

	for (size_t i = 0; i < plane; i++)
		for (size_t c = 0; c < channels; c++)
			to[c * plane + i] = v[i * channels + c];
}

/* As Caffe's, or as pictures are in arrays: the channels last. */
static int
mean_from_npy(Caffe__BlobProto **out, const struct npy *a)
{
	int64_t dim[NPY_DIMS];
	int s[3], i;
	void *v;

	for (i = 0; i < a->ndim; i++)
		dim[i] = a->dim[i] > INT32_MAX ? -1 : (int64_t)a->dim[i];
	TRY(mean_shape(s, a->ndim, dim));
	if (a->count == 3) { /* a value for each channel, in any shape */
		s[0] = 3;
		s[1] = s[2] = 1;
	}
	if (is_channels(s[0]) || !is_channels(s[2]) ||
	    (s[1] == 1 && s[2] == 1)) {
		*out = caffe_blob_new_legacy(1, s[0], s[1], s[2], NULL);
		npy_floats((*out)->data, a);
		return 0;
	}
	TRY(mem_take(&v, a->count, sizeof(float), MEAN_MAX, "mean"));
	npy_floats(v, a);
	*out = caffe_blob_new_legacy(1, s[2], s[0], s[1], NULL);
	to_planes((*out)->data, v, s);
	mem_free(v);
	return 0;
}

static int
mean_check(const Caffe__BlobProto *b)
{
	struct caffe_shape s;
	int dim[3];
	void *p;
	int rc;

	TRY(caffe_blob_shape(&s, b));
	TRY(mean_shape(dim, s.ndim, s.dim));
	if (caffe_blob_view(b) != NULL && b->n_data == s.count)
		return 0;
	/* doubles, halves, or a wrong number of values */
	TRY(mem_take(&p, s.count, sizeof(float), MEAN_MAX, "mean"));
	rc = caffe_blob_floats(p, s.count, b);
	mem_free(p);
	return rc;
}

int
caffe_mean_read(Caffe__BlobProto **out, const char *path)
{
	ProtobufCMessage *m = NULL;
	struct npy a;
	int rc;

	*out = NULL;
	if (path_has_ext(path, ".npy")) {
		TRY(npy_read(&a, path, MEAN_MAX));
		rc = mean_from_npy(out, &a);
		npy_clear(&a);
		return rc < 0 ? err_in(rc, "%s", path) : 0;
	}
	rc = caffe_wire_read(&m, &caffe__blob_proto__descriptor, path);
	if (rc < 0)
		return sniff_file_fail(rc, path, "a mean");
	rc = mean_check((Caffe__BlobProto *)m);
	if (rc < 0) {
		caffe_msg_free(m);
		return err_in(rc, "%s", path);
	}
	*out = (Caffe__BlobProto *)m;
	return 0;
}

int
caffe_mean_swap(Caffe__BlobProto *mean)
{
	struct caffe_shape s;
	size_t plane, i;
	int dim[3];

	TRY(caffe_blob_shape(&s, mean));
	TRY(mean_shape(dim, s.ndim, s.dim));
	if (dim[0] != 3)
		return 0;
	if (caffe_blob_view(mean) == NULL || mean->n_data != s.count)
		return err_set(
		    ERR_UNSUPPORTED, "the mean does not hold floats");
	plane = s.count / 3;
	for (i = 0; i < plane; i++) {
		float first = mean->data[i];

		mean->data[i] = mean->data[2 * plane + i];
		mean->data[2 * plane + i] = first;
	}
	return 0;
}

int
caffe_mean_write(const char *path, const Caffe__BlobProto *mean, int force)
{
	struct caffe_shape s;
	size_t dim[3];
	int chw[3], i, rc;
	void *p;

	if (!path_has_ext(path, ".npy"))
		return caffe_wire_write(path, mean, force);
	TRY(caffe_blob_shape(&s, mean));
	TRY(mean_shape(chw, s.ndim, s.dim));
	for (i = 0; i < 3; i++)
		dim[i] = (size_t)chw[i];
	TRY(mem_take(&p, s.count, sizeof(float), MEAN_MAX, "mean"));
	rc = caffe_blob_floats(p, s.count, mean);
	if (rc >= 0)
		rc = npy_write(path, NPY_F32, 3, dim, p, force);
	mem_free(p);
	return rc;
}
