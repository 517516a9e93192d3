/* record/hdf5.h: list.txt and N.h5 files of data and label, chunk by chunk. */
#include <fcntl.h>
#include <hdf5.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/path.h"
#include "hdf5/h5.h"
#include "record/hdf5_ops.h"

enum { CHUNK_BYTES = 1 << 20, GZIP_LEVEL = 4 };

struct out {
	struct record_hdf5_out head;
	char *dir, *path; /* path: of the file that is being written */
	FILE *list;
	struct h5_disk disk; /* of that file, open at disk.fd */
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

/* A data set that grows along its first side, in chunks. */
static hid_t
make_dataset(struct out *h, const char *name, int rank, const hsize_t *dim)
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
start_file(struct out *h)
{
	hsize_t label[4] = { 0, h->labels, 1, 1 };
	int fd;

	mem_free(h->path);
	h->path =
	    mem_printf("%s/%llu.h5", h->dir, (unsigned long long)h->total);
	h->dim[0] = 0;
	fd = open(h->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (fd < 0)
		return err_sys("open %s", h->path);
	h->file = h5_disk_create(&h->disk, fd);
	if (h->file >= 0) {
		h->data = make_dataset(h, "data", 4, h->dim);
		h->label =
		    make_dataset(h, "label", h->labels > 1 ? 2 : 1, label);
	}
	if (h->file < 0 || h->data < 0 || h->label < 0 || h->disk.error != 0)
		return h5_write_fail(&h->disk, h->path);
	if (fprintf(h->list, "%llu.h5\n", (unsigned long long)h->total) < 0)
		return err_sys("write %s/list.txt", h->dir);
	return 0;
}

/* Rows [at, at + n) of a data set, grown to hold them. */
static int
append_rows(hid_t dset, int rank, const hsize_t *dim, hsize_t at, hsize_t n,
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
flush_rows(struct out *h)
{
	hsize_t label[4] = { 0, h->labels, 1, 1 };
	hsize_t at = h->dim[0];

	if (h->held == 0)
		return 0;
	if (append_rows(h->data, 4, h->dim, at, h->held, h->pixels) < 0 ||
	    append_rows(h->label, h->labels > 1 ? 2 : 1, label, at, h->held,
		h->marks) < 0 ||
	    h->disk.error != 0)
		return h5_write_fail(&h->disk, h->path);
	h->dim[0] += h->held;
	h->held = 0;
	return 0;
}

static int
end_file(struct out *h)
{
	int rc = h->file >= 0 ? flush_rows(h) : 0, bad = 0;

	if (h->data >= 0)
		bad |= H5Dclose(h->data) < 0;
	if (h->label >= 0)
		bad |= H5Dclose(h->label) < 0;
	if (h->file >= 0)
		bad |= H5Fclose(h->file) < 0;
	if ((bad || h->disk.error != 0) && rc == 0)
		rc = h5_write_fail(&h->disk, h->path);
	if (h->disk.fd >= 0 && close(h->disk.fd) != 0 && rc == 0)
		rc = err_sys("write %s", h->path);
	h5_disk_clear(&h->disk);
	h->file = h->data = h->label = -1;
	return rc;
}

static int
write_put(struct record_hdf5_out *out, const float *data, const float *labels)
{
	struct out *h = (struct out *)out;

	if (h->file >= 0 && (h->dim[0] + h->held + 1) * h->row > h->limit)
		TRY(end_file(h));
	if (h->file < 0)
		TRY(start_file(h));
	memcpy(h->pixels + h->held * h->row, data, h->row * sizeof *data);
	memcpy(
	    h->marks + h->held * h->labels, labels, h->labels * sizeof *labels);
	h->held++;
	h->total++;
	return h->held == h->rows ? flush_rows(h) : 0;
}

static void
write_abort(struct record_hdf5_out **out)
{
	struct out *h = (struct out *)*out;

	(void)end_file(h);
	if (h->list != NULL)
		fclose(h->list);
	mem_free(h->dir);
	mem_free(h->path);
	mem_free(h->pixels);
	mem_free(h->marks);
	mem_free(h);
	*out = NULL;
}

static int
write_finish(struct record_hdf5_out **out)
{
	struct out *h = (struct out *)*out;
	int rc = end_file(h);

	if ((fflush(h->list) != 0 || ferror(h->list)) && rc == 0)
		rc = err_sys("write %s/list.txt", h->dir);
	write_abort(out);
	return rc;
}

static int
write_create(struct record_hdf5_out **out, const char *dir, int channels,
    int height, int width, size_t labels, int gzip, uint64_t limit)
{
	struct out *h = mem_new(struct out);
	char *list = path_join(dir, "list.txt");
	int rc = 0;

	h->head.ops = &record_hdf5_ops;
	h->dir = mem_strdup(dir);
	h->file = h->data = h->label = -1;
	h->disk.fd = -1;
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
	if (h->list == NULL)
		rc = err_sys("open %s", list);
	mem_free(list);
	*out = &h->head;
	if (rc < 0)
		write_abort(out);
	return rc;
}

const struct record_hdf5_ops record_hdf5_ops = {
	.abi = RECORD_HDF5_ABI,
	.create = write_create,
	.put = write_put,
	.finish = write_finish,
	.abort = write_abort,
};
