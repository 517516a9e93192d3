/* record/hdf5.h: list.txt and N.h5 files of named arrays, chunk by chunk. */
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

/* One array of the file. */
struct array {
	char *name;
	int rank;       /* the first axis among them */
	hsize_t dim[4]; /* behind the first axis, from 1 on */
	size_t row;     /* floats */
	float *held;    /* rows that wait */
	hid_t id;
};

struct out {
	struct record_hdf5_out head;
	char *dir, *path; /* path: of the file that is being written */
	FILE *list;
	struct h5_disk disk; /* of that file, open at disk.fd */
	hid_t file;
	struct array v[ROWS_ARRAYS];
	int n;
	hsize_t written; /* rows in the file */
	size_t rows;     /* of a chunk */
	size_t held;     /* waiting in the buffers */
	uint64_t total, limit;
	int gzip;
};

/* A data set that grows along its first side, in chunks. */
static hid_t
make_dataset(const struct out *h, const struct array *a)
{
	const hsize_t *dim = a->dim;
	int rank = a->rank;
	hsize_t now[4] = { 0, dim[1], dim[2], dim[3] };
	hsize_t max[4] = { H5S_UNLIMITED, dim[1], dim[2], dim[3] };
	hsize_t chunk[4] = { h->rows, dim[1], dim[2], dim[3] };
	hid_t space = H5Screate_simple(rank, now, max);
	hid_t how = H5Pcreate(H5P_DATASET_CREATE), dset;

	H5Pset_chunk(how, rank, chunk);
	H5Pset_obj_track_times(how, 0); /* same input, same bytes */
	if (h->gzip)
		H5Pset_deflate(how, GZIP_LEVEL);
	dset = H5Dcreate2(h->file, a->name, H5T_IEEE_F32LE, space, H5P_DEFAULT,
	    how, H5P_DEFAULT);
	H5Pclose(how);
	H5Sclose(space);
	return dset;
}

static int
start_file(struct out *h)
{
	int fd, made = 0;

	mem_free(h->path);
	h->path =
	    mem_printf("%s/%llu.h5", h->dir, (unsigned long long)h->total);
	h->written = 0;
	fd = open(h->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (fd < 0)
		return err_sys("open %s", h->path);
	h->file = h5_disk_create(&h->disk, fd);
	while (h->file >= 0 && made < h->n &&
	    (h->v[made].id = make_dataset(h, &h->v[made])) >= 0)
		made++;
	if (made < h->n || h->disk.error != 0)
		return h5_write_fail(&h->disk, h->path);
	if (fprintf(h->list, "%llu.h5\n", (unsigned long long)h->total) < 0)
		return err_sys("write %s/list.txt", h->dir);
	return 0;
}

/* The n rows that are held, behind the first at, which makes the array grow. */
static int
append_rows(const struct array *a, hsize_t at, hsize_t n)
{
	hsize_t size[4] = { at + n, a->dim[1], a->dim[2], a->dim[3] };
	hsize_t start[4] = { at };
	hsize_t count[4] = { n, a->dim[1], a->dim[2], a->dim[3] };
	hid_t from, to;
	int ok;

	if (H5Dset_extent(a->id, size) < 0)
		return -1;
	from = H5Screate_simple(a->rank, count, NULL);
	to = H5Dget_space(a->id);
	ok = H5Sselect_hyperslab(
		 to, H5S_SELECT_SET, start, NULL, count, NULL) >= 0 &&
	    H5Dwrite(a->id, H5T_NATIVE_FLOAT, from, to, H5P_DEFAULT, a->held) >=
		0;
	H5Sclose(from);
	H5Sclose(to);
	return ok ? 0 : -1;
}

static int
flush_rows(struct out *h)
{
	if (h->held == 0)
		return 0;
	for (int k = 0; k < h->n; k++)
		if (append_rows(&h->v[k], h->written, h->held) < 0)
			return h5_write_fail(&h->disk, h->path);
	if (h->disk.error != 0)
		return h5_write_fail(&h->disk, h->path);
	h->written += h->held;
	h->held = 0;
	return 0;
}

static int
end_file(struct out *h)
{
	int rc = h->file >= 0 ? flush_rows(h) : 0, bad = 0;

	for (int k = 0; k < h->n; k++) {
		if (h->v[k].id >= 0)
			bad |= H5Dclose(h->v[k].id) < 0;
		h->v[k].id = -1;
	}
	if (h->file >= 0)
		bad |= H5Fclose(h->file) < 0;
	if ((bad || h->disk.error != 0) && rc == 0)
		rc = h5_write_fail(&h->disk, h->path);
	if (h->disk.fd >= 0 && close(h->disk.fd) != 0 && rc == 0)
		rc = err_sys("write %s", h->path);
	h5_disk_clear(&h->disk);
	h->file = -1;
	return rc;
}

static int
write_put(struct record_hdf5_out *out, const float *const *rows)
{
	struct out *h = (struct out *)out;

	if (h->file >= 0 && (h->written + h->held + 1) * h->v[0].row > h->limit)
		TRY(end_file(h));
	if (h->file < 0)
		TRY(start_file(h));
	for (int k = 0; k < h->n; k++)
		memcpy(h->v[k].held + h->held * h->v[k].row, rows[k],
		    h->v[k].row * sizeof(float));
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
	for (int k = 0; k < h->n; k++) {
		mem_free(h->v[k].name);
		mem_free(h->v[k].held);
	}
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

static void
add_array(struct out *h, const struct record_array *from)
{
	struct array *a = &h->v[h->n++];

	*a = (struct array){ .name = mem_strdup(from->name),
		.rank = from->rank + 1,
		.dim = { 0, 1, 1, 1 },
		.row = 1,
		.id = -1 };
	for (int i = 0; i < from->rank; i++) {
		a->dim[i + 1] = (hsize_t)from->dim[i];
		a->row *= (size_t)from->dim[i];
	}
	if (h->n == 1)
		h->rows = CHUNK_BYTES / (a->row * sizeof(float));
	if (h->rows < 1)
		h->rows = 1;
	a->held = mem_calloc(h->rows * a->row, sizeof(float));
}

static int
write_create(struct record_hdf5_out **out, const char *dir,
    const struct record_array *arrays, int n, int gzip, uint64_t limit)
{
	struct out *h = mem_new(struct out);
	char *list = path_join(dir, "list.txt");
	int rc = 0;

	h->head.ops = &record_hdf5_ops;
	h->dir = mem_strdup(dir);
	h->file = -1;
	h->disk.fd = -1;
	h->gzip = gzip;
	h->limit = limit;
	for (int k = 0; k < n; k++)
		add_array(h, &arrays[k]);
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
