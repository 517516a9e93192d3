/*
 * HDF5 files opened one after the other, rows read in pieces: see rows.h.  The
 * first half runs in a process of its own (apart.h), the second asks it.
 */
#include <hdf5.h>
#include <string.h>

#include "base/err.h"
#include "base/file.h"
#include "base/mem.h"
#include "hdf5/apart.h"
#include "hdf5/h5.h"
#include "record/hdf5_ops.h"

enum { OPEN, READ };
enum { PIECE_BYTES = 16 << 20 };

/* What there is, as the child tells it. */
struct facts {
	size_t n;              /* rows */
	int ndim[ROWS_ARRAYS]; /* behind the first axis */
	int64_t dim[ROWS_ARRAYS][ROWS_DIMS];
};

/* ---- the child ---- */

struct part {
	const char *path;
	hid_t file, array[ROWS_ARRAYS];
	size_t first, n;
};

/* paths, names: the parent's, as they were. */
struct reader {
	char *const *paths;
	size_t npaths;
	const char *const *names;
	int narrays;
	struct part *v;
	struct facts facts;
	float *room;
	size_t cap;
};

/* Floats of a row. */
static size_t
row_size(const struct facts *f, int array)
{
	size_t n = 1;

	for (int i = 0; i < f->ndim[array]; i++)
		n *= (size_t)f->dim[array][i];
	return n;
}

static int
first_shape(struct facts *f, const struct part *p, int k, const char *name,
    int ndim, const hsize_t *d)
{
	size_t row = 1;

	f->ndim[k] = ndim;
	for (int i = 0; i < ndim; i++) {
		if (d[i] > INT64_MAX || mem_mul(&row, row, d[i]) < 0 ||
		    row > SIZE_MAX / 2 / sizeof(float))
			return err_set(ERR_RANGE,
			    "%s: rows of %s are too large", p->path, name);
		f->dim[k][i] = (int64_t)d[i];
	}
	return 0;
}

/* Shape of an open array; the first file decides, the others must agree. */
static int
take_shape(struct reader *r, struct part *p, int k, const char *name)
{
	hid_t space = H5Dget_space(p->array[k]);
	int rank = space < 0 ? -1 : H5Sget_simple_extent_ndims(space);
	hsize_t d[ROWS_DIMS + 1] = { 0 };
	bool same;

	if (rank >= 1 && rank <= ROWS_DIMS + 1)
		H5Sget_simple_extent_dims(space, d, NULL);
	h5_close(space);
	if (rank < 1 || rank > ROWS_DIMS + 1)
		return err_set(ERR_FORMAT,
		    "%s: %s has %d axes; 1 to %d are possible", p->path, name,
		    rank, ROWS_DIMS + 1);
	if (k > 0 && d[0] != p->n)
		return err_set(ERR_FORMAT,
		    "%s: %s has %llu rows, the others %zu", p->path, name,
		    (unsigned long long)d[0], p->n);
	p->n = (size_t)d[0];
	if (p == r->v)
		return first_shape(&r->facts, p, k, name, rank - 1, d + 1);
	same = r->facts.ndim[k] == rank - 1;
	for (int i = 0; same && i < rank - 1; i++)
		same = (hsize_t)r->facts.dim[k][i] == d[i + 1];
	if (!same)
		return err_set(ERR_FORMAT,
		    "%s: %s has another shape than in %s", p->path, name,
		    r->v[0].path);
	return 0;
}

static int
open_part(struct reader *r, struct part *p, const char *path)
{
	struct h5_in in;

	p->path = path;
	h5_apart_at(path);
	TRY(h5_open(&in, path));
	p->file = in.file;
	for (int k = 0; k < r->narrays; k++) {
		p->array[k] = h5_array(p->file, r->names[k]);
		if (p->array[k] < 0)
			return err_set(ERR_FORMAT, "%s: no array called %s",
			    path, r->names[k]);
		TRY(take_shape(r, p, k, r->names[k]));
	}
	p->first = r->facts.n;
	if (mem_add(&r->facts.n, r->facts.n, p->n) < 0)
		return err_set(ERR_RANGE, "%s: too many rows", path);
	return 0;
}

static int
open_all(struct reader *r, FILE *out)
{
	r->v = mem_array(struct part, r->npaths);
	for (size_t i = 0; i < r->npaths; i++)
		TRY(open_part(r, &r->v[i], r->paths[i]));
	if (r->facts.n == 0)
		return err_set(ERR_FORMAT, "no rows");
	h5_apart_answer(out, sizeof(r->facts));
	(void)!fwrite(&r->facts, sizeof(r->facts), 1, out);
	return 0;
}

/* Rows [at, at + n) of one file. */
static int
read_part(const struct reader *r, const struct part *p, int k, size_t at,
    size_t n, float *out)
{
	hsize_t start[ROWS_DIMS + 1] = { at }, count[ROWS_DIMS + 1] = { n };
	hsize_t flat = n * row_size(&r->facts, k);
	hid_t from, to;
	int ok;

	for (int i = 0; i < r->facts.ndim[k]; i++)
		count[i + 1] = (hsize_t)r->facts.dim[k][i];
	h5_apart_step(p->path, flat * sizeof(float));
	from = H5Dget_space(p->array[k]);
	to = H5Screate_simple(1, &flat, NULL);
	ok = H5Sselect_hyperslab(
		 from, H5S_SELECT_SET, start, NULL, count, NULL) >= 0 &&
	    H5Dread(
		p->array[k], H5T_NATIVE_FLOAT, to, from, H5P_DEFAULT, out) >= 0;
	h5_close(from);
	h5_close(to);
	if (!ok)
		return err_set(
		    ERR_FORMAT, "%s: row %zu cannot be read", p->path, at);
	return 0;
}

static int
make_room(struct reader *r, size_t floats)
{
	void *p;

	if (floats <= r->cap)
		return 0;
	mem_free(r->room);
	r->room = NULL;
	r->cap = 0;
	TRY(mem_take(&p, floats, sizeof(float), SIZE_MAX / 2, r->paths[0]));
	r->room = p;
	r->cap = floats;
	return 0;
}

static int
read_rows(struct reader *r, const struct h5_ask *ask, FILE *out)
{
	size_t first = ask->first, n = ask->n;
	size_t row = row_size(&r->facts, ask->array), floats = n * row;
	float *v;

	TRY(make_room(r, floats));
	v = r->room;
	for (size_t i = 0; i < r->npaths && n > 0; i++) {
		const struct part *p = &r->v[i];
		size_t at, now;

		if (first >= p->first + p->n)
			continue;
		at = first - p->first;
		now = n < p->n - at ? n : p->n - at;
		TRY(read_part(r, p, ask->array, at, now, v));
		v += now * row;
		first += now;
		n -= now;
	}
	h5_apart_answer(out, floats * sizeof(float));
	(void)!fwrite(r->room, sizeof(float), floats, out);
	return 0;
}

static int
serve(void *ctx, const struct h5_ask *ask, FILE *out)
{
	return ask->what == OPEN ? open_all(ctx, out)
				 : read_rows(ctx, ask, out);
}

/* ---- the parent ---- */

struct file_rows {
	struct record_rows rows;
	struct h5_apart *apart;
	struct facts facts;
};

static void
rows_close(struct record_rows *rows)
{
	struct file_rows *r = (struct file_rows *)rows;

	h5_apart_end(&r->apart);
	mem_free(r);
}

static int
learn(struct file_rows *r)
{
	const struct h5_ask ask = { .what = OPEN };
	uint64_t n;

	TRY(h5_apart_ask(r->apart, &ask, &n));
	if (n != sizeof(r->facts))
		return h5_apart_odd(r->apart);
	return h5_apart_take(r->apart, &r->facts, sizeof(r->facts));
}

static int
rows_open(struct record_rows **out, char *const *paths, size_t npaths,
    const char *const *names, int n)
{
	struct reader reader = {
		.paths = paths, .npaths = npaths, .names = names, .narrays = n
	};
	struct file_rows *r;
	int rc;

	for (size_t i = 0; i < npaths; i++) {
		if (!file_exists(paths[i]))
			return file_absent(
			    paths[i], "%s: no such file", paths[i]);
		TRY(h5_readable(paths[i]));
	}
	r = mem_new(struct file_rows);
	r->rows.ops = &record_rows_ops;
	rc = h5_apart_start(&r->apart, paths[0], serve, &reader);
	if (rc >= 0)
		rc = learn(r);
	if (rc < 0)
		rows_close(&r->rows);
	else
		*out = &r->rows;
	return rc;
}

static size_t
rows_count(const struct record_rows *rows)
{
	return ((const struct file_rows *)rows)->facts.n;
}

static int
rows_shape(const struct record_rows *rows, int array, int64_t dim[ROWS_DIMS])
{
	const struct facts *f = &((const struct file_rows *)rows)->facts;

	memcpy(dim, f->dim[array], sizeof(f->dim[array]));
	return f->ndim[array];
}

static int
rows_read(
    struct record_rows *rows, int array, size_t first, size_t n, float *out)
{
	struct file_rows *r = (struct file_rows *)rows;
	size_t row = row_size(&r->facts, array);
	size_t most = PIECE_BYTES / sizeof(float) / (row ? row : 1);

	while (n > 0) {
		size_t now = most == 0 ? 1 : n < most ? n : most;
		const struct h5_ask ask = { READ, array, first, now };
		uint64_t bytes;

		TRY(h5_apart_ask(r->apart, &ask, &bytes));
		if (bytes != now * row * sizeof(float))
			return h5_apart_odd(r->apart);
		TRY(h5_apart_take(r->apart, out, bytes));
		out += now * row;
		first += now;
		n -= now;
	}
	return 0;
}

const struct record_rows_ops record_rows_ops = {
	.abi = RECORD_ROWS_ABI,
	.open = rows_open,
	.close = rows_close,
	.count = rows_count,
	.shape = rows_shape,
	.read = rows_read,
};
