/*
 * HDF5Output: writes its bottoms into a file as datasets "data" and "label", a
 * row per item; each run appends its batch.
 */
#include <hdf5.h>

#include "base/mem.h"
#include "caffe/h5.h"
#include "nn/layers/types.h"

struct sink {
	char *path;
	hid_t file, set[2];
	struct shape shape[2];
	hsize_t rows;
};

static int
make_set(struct sink *k, int i, const char *name)
{
	hsize_t dim[SHAPE_MAX], most[SHAPE_MAX], chunk[SHAPE_MAX];
	const struct shape *s = &k->shape[i];
	hid_t space, plist;
	int j;

	for (j = 0; j < s->n; j++) {
		dim[j] = most[j] = chunk[j] = (hsize_t)s->d[j];
		if (j == 0) {
			dim[0] = 0;
			most[0] = H5S_UNLIMITED;
		}
	}
	space = H5Screate_simple(s->n, dim, most);
	plist = H5Pcreate(H5P_DATASET_CREATE);
	H5Pset_chunk(plist, s->n, chunk);
	k->set[i] = H5Dcreate2(k->file, name, H5T_IEEE_F32LE, space,
	    H5P_DEFAULT, plist, H5P_DEFAULT);
	H5Pclose(plist);
	H5Sclose(space);
	if (k->set[i] < 0)
		return err_set(
		    ERR_IO, "%s: dataset \"%s\" cannot be made", k->path, name);
	return 0;
}

static int
append(struct sink *k, int i, const float *v)
{
	hsize_t dim[SHAPE_MAX], start[SHAPE_MAX] = { k->rows },
				count[SHAPE_MAX];
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
	H5Sclose(from);
	H5Sclose(to);
	if (bad < 0)
		return err_set(ERR_IO, "write %s: HDF5 failed", k->path);
	return 0;
}

static int
open_file(struct sink *k)
{
	TRY(h5_load());
	H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
	k->file = H5Fcreate(k->path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
	if (k->file < 0)
		return err_set(ERR_IO, "create %s: HDF5 failed", k->path);
	TRY(make_set(k, 0, "data"));
	return make_set(k, 1, "label");
}

/* The file is made by the first run, not by building the net. */
static int
forward(void *state, const struct op_env *env, const float *const *in,
    float *const *out)
{
	struct sink *k = state;

	(void)env;
	(void)out;
	if (k->file < 0)
		TRY(open_file(k));
	TRY(append(k, 0, in[0]));
	TRY(append(k, 1, in[1]));
	k->rows += (hsize_t)k->shape[0].d[0];
	if (H5Fflush(k->file, H5F_SCOPE_LOCAL) < 0)
		return err_set(ERR_IO, "write %s: HDF5 failed", k->path);
	return 0;
}

static int
emit(struct layer *l)
{
	const Caffe__HDF5OutputParameter *p = l->p->hdf5_output_param;
	union op_attr a = { .custom = { .nin = 2, .forward = forward } };
	struct sink *k;
	int i;

	if (!p || !p->file_name || !p->file_name[0])
		return err_set(
		    ERR_FORMAT, "hdf5_output_param.file_name is not given");
	for (i = 0; i < 2; i++)
		if (layer_shape(l, i)->n < 1 ||
		    shape_count(layer_shape(l, i)) == 0 ||
		    layer_shape(l, i)->d[0] != layer_shape(l, 0)->d[0])
			return err_set(ERR_FORMAT,
			    "its bottoms must be batches of the same size");
	k = mem_new(struct sink);
	l->state = k;
	k->path = mem_strdup(p->file_name);
	k->file = k->set[0] = k->set[1] = -1;
	k->shape[0] = *layer_shape(l, 0);
	k->shape[1] = *layer_shape(l, 1);
	a.custom.state = k;
	TRY(graph_add(l->graph, OP_CUSTOM, &a, l->bottom, 2));
	return 0;
}

static void
release(struct layer *l)
{
	struct sink *k = l->state;
	int i;

	if (!k)
		return;
	for (i = 0; i < 2; i++)
		if (k->set[i] >= 0)
			H5Dclose(k->set[i]);
	if (k->file >= 0)
		H5Fclose(k->file);
	mem_free(k->path);
	mem_free(k);
}

const struct layer_type layer_hdf5_output = { "HDF5Output", 2, 2, 0, 0,
	.emit = emit, .no_grad = 3, .free = release };
