/* HDF5 data sets: DIGITS's list.txt and N.h5 files, both ways. */
#include <hdf5.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/path.h"
#include "caffe/h5.h"
#include "dset/dset.h"
#include "dset/hdf5.h"

enum { CHUNK_BYTES = 1 << 20, GZIP_LEVEL = 4 };

/* One file, open for reading. */
struct part {
	char *path;
	hid_t file, data, label;
	size_t first, n; /* its records */
};

struct dset_hdf5 {
	struct part *v;
	size_t nparts, n;
	hsize_t dim[4]; /* of a record: (1, C, H, W) */
	size_t labels;
	pthread_mutex_t lock;
};

/* libhdf5 prints its own stack of errors unless told not to. */
static int
quiet(void)
{
	TRY(h5_load());
	H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
	return 0;
}

static int
dims(hid_t dset, hsize_t out[4], int *rank)
{
	hid_t space = H5Dget_space(dset);

	*rank = space < 0 ? -1 : H5Sget_simple_extent_ndims(space);
	if (*rank >= 1 && *rank <= 4)
		H5Sget_simple_extent_dims(space, out, NULL);
	if (space >= 0)
		H5Sclose(space);
	return *rank >= 1 && *rank <= 4 ? 0 : -1;
}

static int
open_part(struct part *p, struct dset_hdf5 *h)
{
	hsize_t d[4] = { 0 }, l[4] = { 0 };
	int rank, lrank, i;

	if (!file_exists(p->path))
		return err_set(ERR_MISSING, "%s: no such file", p->path);
	p->file = H5Fopen(p->path, H5F_ACC_RDONLY, H5P_DEFAULT);
	if (p->file < 0)
		return err_set(ERR_FORMAT, "%s: no HDF5 file", p->path);
	p->data = H5Dopen2(p->file, "data", H5P_DEFAULT);
	p->label = H5Dopen2(p->file, "label", H5P_DEFAULT);
	if (p->data < 0 || p->label < 0)
		return err_set(
		    ERR_FORMAT, "%s: no data and label in it", p->path);
	if (dims(p->data, d, &rank) < 0 || rank != 4 ||
	    dims(p->label, l, &lrank) < 0)
		return err_set(
		    ERR_FORMAT, "%s: data is not (N, C, H, W)", p->path);
	for (i = 1; i < 4; i++)
		if (d[i] < 1 || d[i] > IMAGE_MAX_SIDE)
			return err_set(ERR_FORMAT, "%s: data of size %llu",
			    p->path, (unsigned long long)d[i]);
	if (l[0] != d[0] || d[0] > SIZE_MAX / 2)
		return err_set(ERR_FORMAT, "%s: %llu pictures, %llu labels",
		    p->path, (unsigned long long)d[0],
		    (unsigned long long)l[0]);
	for (i = 2; i < lrank; i++)
		if (mem_mul(&(size_t){ 0 }, l[1], l[i]) < 0)
			return err_set(ERR_FORMAT, "%s: label sizes", p->path);
		else
			l[1] *= l[i];
	if (lrank == 1)
		l[1] = 1;
	if (l[1] < 1 || l[1] > DB_MAX_LABELS)
		return err_set(ERR_FORMAT, "%s: %llu labels a record", p->path,
		    (unsigned long long)l[1]);
	d[0] = 1;
	if (h->n > 0 || h->labels > 0) {
		if (memcmp(d, h->dim, sizeof d) != 0 || h->labels != l[1])
			return err_set(ERR_FORMAT,
			    "%s: other shapes than in %s", p->path,
			    h->v[0].path);
	}
	memcpy(h->dim, d, sizeof d);
	h->labels = (size_t)l[1];
	p->first = h->n;
	p->n = (size_t)l[0];
	h->n += p->n;
	return 0;
}

/* Lines of the list: beside it, or as they are (absolute, or Caffe's way). */
static char *
place(const char *list, const char *line)
{
	char *dir = path_dir(list), *path = path_join(dir, line);

	mem_free(dir);
	if (file_exists(path) || !file_exists(line))
		return path;
	mem_free(path);
	return mem_strdup(line);
}

int
dset_hdf5_open(struct dset_hdf5 **out, const char *path)
{
	struct dset_hdf5 *h;
	char **lines = NULL, *list;
	size_t n = 0, i;
	int rc;

	*out = NULL;
	TRY(quiet());
	h = mem_new(struct dset_hdf5);
	pthread_mutex_init(&h->lock, NULL);
	list =
	    file_is_dir(path) ? path_join(path, "list.txt") : mem_strdup(path);
	rc = dset_labels_read(&lines, &n, list);
	h->v = mem_array(struct part, n + 1);
	for (i = 0; rc == 0 && i < n; i++) {
		h->v[i].path = place(list, lines[i]);
		h->v[i].file = h->v[i].data = h->v[i].label = -1;
		h->nparts++;
		rc = open_part(&h->v[i], h);
	}
	dset_labels_free(lines, n);
	mem_free(list);
	if (rc < 0)
		dset_hdf5_close(h);
	else
		*out = h;
	return rc;
}

void
dset_hdf5_close(struct dset_hdf5 *h)
{
	size_t i;

	if (!h)
		return;
	for (i = 0; i < h->nparts; i++) {
		if (h->v[i].data >= 0)
			H5Dclose(h->v[i].data);
		if (h->v[i].label >= 0)
			H5Dclose(h->v[i].label);
		if (h->v[i].file >= 0)
			H5Fclose(h->v[i].file);
		mem_free(h->v[i].path);
	}
	pthread_mutex_destroy(&h->lock);
	mem_free(h->v);
	mem_free(h);
}

size_t
dset_hdf5_count(const struct dset_hdf5 *h)
{
	return h->n;
}

void
dset_hdf5_shape(const struct dset_hdf5 *h, int *channels, int *height,
    int *width, size_t *labels)
{
	*channels = (int)h->dim[1];
	*height = (int)h->dim[2];
	*width = (int)h->dim[3];
	*labels = h->labels;
}

/* Row i of a data set of any rank into out (n floats). */
static int
read_row(hid_t dset, size_t i, float *out, size_t n)
{
	hsize_t start[4] = { i }, count[4] = { 0 }, flat = n;
	hid_t from, to;
	int rank, ok;

	if (dims(dset, count, &rank) < 0)
		return -1;
	count[0] = 1;
	from = H5Dget_space(dset);
	to = H5Screate_simple(1, &flat, NULL);
	ok = H5Sselect_hyperslab(
		 from, H5S_SELECT_SET, start, NULL, count, NULL) >= 0 &&
	    H5Dread(dset, H5T_NATIVE_FLOAT, to, from, H5P_DEFAULT, out) >= 0;
	H5Sclose(from);
	H5Sclose(to);
	return ok ? 0 : -1;
}

int
dset_hdf5_read(struct dset_hdf5 *h, size_t i, float *data, float *labels)
{
	size_t n = (size_t)(h->dim[1] * h->dim[2] * h->dim[3]), k = 0;
	int rc = 0;

	while (k + 1 < h->nparts && i >= h->v[k + 1].first)
		k++;
	i -= h->v[k].first;
	pthread_mutex_lock(&h->lock);
	if (read_row(h->v[k].data, i, data, n) < 0 ||
	    read_row(h->v[k].label, i, labels, h->labels) < 0)
		rc = err_set(
		    ERR_FORMAT, "%s: row %zu cannot be read", h->v[k].path, i);
	pthread_mutex_unlock(&h->lock);
	return rc;
}

struct dset_hdf5_out {
	char *dir;
	FILE *list;
	hid_t file, data, label;
	hsize_t dim[4]; /* of data: (n so far, C, H, W) */
	size_t labels;
	size_t row;  /* floats of a picture */
	size_t rows; /* pictures in a chunk */
	size_t held; /* waiting in the buffers */
	uint64_t total, limit;
	int gzip;
	float *pixels, *marks;
};

int
dset_hdf5_create(struct dset_hdf5_out **out, const char *dir, int channels,
    int height, int width, size_t labels, int gzip, uint64_t limit)
{
	struct dset_hdf5_out *h;
	char *list;
	int rc = 0;

	*out = NULL;
	TRY(quiet());
	h = mem_new(struct dset_hdf5_out);
	list = path_join(dir, "list.txt");
	h->dir = mem_strdup(dir);
	h->file = h->data = h->label = -1;
	h->dim[1] = (hsize_t)channels;
	h->dim[2] = (hsize_t)height;
	h->dim[3] = (hsize_t)width;
	h->labels = labels;
	h->gzip = gzip;
	h->limit = limit;
	h->row = (size_t)channels * (size_t)height * (size_t)width;
	h->rows = CHUNK_BYTES / (h->row * sizeof(float));
	if (h->rows < 1)
		h->rows = 1;
	h->pixels = mem_calloc(h->rows * h->row, sizeof(float));
	h->marks = mem_calloc(h->rows * labels, sizeof(float));
	h->list = fopen(list, "w");
	if (!h->list)
		rc = err_sys("open %s", list);
	mem_free(list);
	if (rc < 0)
		dset_hdf5_abort(&h);
	*out = h;
	return rc;
}

/* A data set that grows along its first side, in chunks. */
static hid_t
make(struct dset_hdf5_out *h, const char *name, int rank, const hsize_t *dim)
{
	hsize_t now[4] = { 0, dim[1], dim[2], dim[3] };
	hsize_t max[4] = { H5S_UNLIMITED, dim[1], dim[2], dim[3] };
	hsize_t chunk[4] = { h->rows, dim[1], dim[2], dim[3] };
	hid_t space = H5Screate_simple(rank, now, max);
	hid_t how = H5Pcreate(H5P_DATASET_CREATE), dset;

	H5Pset_chunk(how, rank, chunk);
	H5Pset_obj_track_times(how, 0); /* same input, same bytes */
	if (h->gzip)
		H5Pset_deflate(how, GZIP_LEVEL);
	dset = H5Dcreate2(h->file, name, H5T_IEEE_F32LE, space, H5P_DEFAULT,
	    how, H5P_DEFAULT);
	H5Pclose(how);
	H5Sclose(space);
	return dset;
}

static int
start_file(struct dset_hdf5_out *h)
{
	hsize_t label[4] = { 0, h->labels, 1, 1 };
	char *path =
	    mem_printf("%s/%llu.h5", h->dir, (unsigned long long)h->total);
	int rc = 0;

	h->file = H5Fcreate(path, H5F_ACC_EXCL, H5P_DEFAULT, H5P_DEFAULT);
	if (h->file >= 0) {
		h->data = make(h, "data", 4, h->dim);
		h->label = make(h, "label", h->labels > 1 ? 2 : 1, label);
	}
	if (h->file < 0 || h->data < 0 || h->label < 0)
		rc = err_set(ERR_IO, "create %s: HDF5 failed", path);
	else if (fprintf(h->list, "%llu.h5\n", (unsigned long long)h->total) <
	    0)
		rc = err_sys("write %s/list.txt", h->dir);
	h->dim[0] = 0;
	mem_free(path);
	return rc;
}

/* Rows [at, at + n) of a data set, grown to hold them. */
static int
append(hid_t dset, int rank, const hsize_t *dim, hsize_t at, hsize_t n,
    const float *v)
{
	hsize_t size[4] = { at + n, dim[1], dim[2], dim[3] };
	hsize_t start[4] = { at }, count[4] = { n, dim[1], dim[2], dim[3] };
	hid_t from, to;
	int ok;

	if (H5Dset_extent(dset, size) < 0)
		return -1;
	from = H5Screate_simple(rank, count, NULL);
	to = H5Dget_space(dset);
	ok = H5Sselect_hyperslab(
		 to, H5S_SELECT_SET, start, NULL, count, NULL) >= 0 &&
	    H5Dwrite(dset, H5T_NATIVE_FLOAT, from, to, H5P_DEFAULT, v) >= 0;
	H5Sclose(from);
	H5Sclose(to);
	return ok ? 0 : -1;
}

static int
flush(struct dset_hdf5_out *h)
{
	hsize_t label[4] = { 0, h->labels, 1, 1 };
	hsize_t at = h->dim[0];

	if (h->held == 0)
		return 0;
	if (append(h->data, 4, h->dim, at, h->held, h->pixels) < 0 ||
	    append(h->label, h->labels > 1 ? 2 : 1, label, at, h->held,
		h->marks) < 0)
		return err_set(ERR_IO,
		    "write to %s: HDF5 failed (is the disk "
		    "full?)",
		    h->dir);
	h->dim[0] += h->held;
	h->held = 0;
	return 0;
}

static int
end_file(struct dset_hdf5_out *h)
{
	int rc = h->file >= 0 ? flush(h) : 0;

	if (h->data >= 0 && H5Dclose(h->data) < 0 && rc == 0)
		rc = err_set(ERR_IO, "close data in %s: HDF5 failed", h->dir);
	if (h->label >= 0 && H5Dclose(h->label) < 0 && rc == 0)
		rc = err_set(ERR_IO, "close label in %s: HDF5 failed", h->dir);
	if (h->file >= 0 && H5Fclose(h->file) < 0 && rc == 0)
		rc = err_set(ERR_IO, "close file in %s: HDF5 failed", h->dir);
	h->file = h->data = h->label = -1;
	return rc;
}

int
dset_hdf5_put(struct dset_hdf5_out *h, const float *data, const float *labels)
{
	if (h->file >= 0 && (h->dim[0] + h->held + 1) * h->row > h->limit)
		TRY(end_file(h));
	if (h->file < 0)
		TRY(start_file(h));
	memcpy(h->pixels + h->held * h->row, data, h->row * sizeof *data);
	memcpy(
	    h->marks + h->held * h->labels, labels, h->labels * sizeof *labels);
	h->held++;
	h->total++;
	return h->held == h->rows ? flush(h) : 0;
}

int
dset_hdf5_finish(struct dset_hdf5_out **hp)
{
	struct dset_hdf5_out *h = *hp;
	int rc;

	if (!h)
		return 0;
	rc = end_file(h);
	if (h->list && (fflush(h->list) != 0 || ferror(h->list)) && rc == 0)
		rc = err_sys("write %s/list.txt", h->dir);
	dset_hdf5_abort(hp);
	return rc;
}

void
dset_hdf5_abort(struct dset_hdf5_out **hp)
{
	struct dset_hdf5_out *h = *hp;

	if (!h)
		return;
	(void)end_file(h);
	if (h->list)
		fclose(h->list);
	mem_free(h->dir);
	mem_free(h->pixels);
	mem_free(h->marks);
	mem_free(h);
	*hp = NULL;
}
