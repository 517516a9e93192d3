/*
 * HDF5 files opened one after the other, rows read in pieces: see rows.h.  The
 * first half runs in a process of its own (apart.h), the second asks it.
 */
#include <hdf5.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "file/file.h"
#include "hdf5/apart.h"
#include "hdf5/h5.h"
#include "record/hdf5_ops.h"

enum { OPEN, READ };
enum { PIECE_BYTES = 16 << 20, NAME_BYTES = 64, LINKS_MAX = 256 };

/* What there is, as the child tells it. */
struct facts {
	size_t n; /* rows */
	int narrays;
	char name[ROWS_ARRAYS][NAME_BYTES];
	int ndim[ROWS_ARRAYS]; /* behind the first axis */
	int64_t dim[ROWS_ARRAYS][ROWS_DIMS];
};

/* ---- the child ---- */

struct part {
	const char *path;
	hid_t file, array[ROWS_ARRAYS];
	size_t first, n;
};

/* paths, names: the parent's, as they were; names NULL: all there are. */
struct reader {
	char *const *paths;
	size_t npaths;
	const char *const *names;
	int narrays;
	struct part *v;
	bool left_out[ROWS_ARRAYS]; /* a file lacks it, or has it otherwise */
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
open_array(struct reader *r, struct part *p, int k)
{
	const char *name = r->names != NULL ? r->names[k] : r->facts.name[k];

	p->array[k] = h5_array(p->file, name);
	if (p->array[k] < 0)
		return err_set(
		    ERR_FORMAT, "%s: no array called %s", p->path, name);
	return take_shape(r, p, k, name);
}

static void
add_name(struct reader *r, const char *name)
{
	snprintf(r->facts.name[r->facts.narrays++], NAME_BYTES, "%s", name);
}

/* Is it an array of numbers, in the file itself? */
static bool
has_numbers(const struct part *p, const char *name)
{
	hid_t set, type;
	H5T_class_t class;

	if (H5Oexists_by_name(p->file, name, H5P_DEFAULT) <= 0)
		return false;
	set = h5_array(p->file, name);
	type = set < 0 ? -1 : H5Dget_type(set);
	class = type < 0 ? H5T_NO_CLASS : H5Tget_class(type);
	h5_close(type);
	h5_close(set);
	return class == H5T_FLOAT || class == H5T_INTEGER;
}

/* The other arrays of the first file with a row for each of data's, and something
 * in it, in the order of their names. */
static void
add_others(struct reader *r, struct part *p)
{
	char name[NAME_BYTES];
	H5L_info_t link;
	H5G_info_t info;

	if (H5Gget_info(p->file, &info) < 0)
		return;
	for (hsize_t i = 0;
	     i < info.nlinks && i < LINKS_MAX && r->facts.narrays < ROWS_ARRAYS;
	     i++) {
		ssize_t len = H5Lget_name_by_idx(p->file, ".", H5_INDEX_NAME,
		    H5_ITER_INC, i, name, sizeof(name), H5P_DEFAULT);
		int k = r->facts.narrays;

		if (len < 1 || (size_t)len >= sizeof(name) ||
		    strcmp(name, r->facts.name[0]) == 0 ||
		    strcmp(name, r->facts.name[1]) == 0 ||
		    H5Lget_info(p->file, name, &link, H5P_DEFAULT) < 0 ||
		    link.type != H5L_TYPE_HARD || !has_numbers(p, name))
			continue;
		add_name(r, name);
		if (open_array(r, p, k) < 0 || row_size(&r->facts, k) == 0) {
			h5_close(p->array[k]);
			r->facts.narrays = k;
		}
	}
}

static int
open_part(struct reader *r, struct part *p, const char *path)
{
	int required = r->names != NULL ? r->narrays : 2;
	struct h5_in in;

	p->path = path;
	h5_apart_at(path);
	TRY(h5_open(&in, path));
	p->file = in.file;
	for (int k = 0; k < required; k++)
		TRY(open_array(r, p, k));
	if (r->names == NULL && p == r->v)
		add_others(r, p);
	for (int k = required; p > r->v && k < r->facts.narrays; k++)
		r->left_out[k] |= open_array(r, p, k) < 0;
	p->first = r->facts.n;
	if (mem_add(&r->facts.n, r->facts.n, p->n) < 0)
		return err_set(ERR_RANGE, "%s: too many rows", path);
	return 0;
}

/* What was left out is no array: those behind it move up. */
static void
close_gaps(struct reader *r)
{
	struct facts *f = &r->facts;
	int n = 0;

	for (int k = 0; k < f->narrays; k++) {
		if (r->left_out[k])
			continue;
		for (size_t i = 0; i < r->npaths; i++)
			r->v[i].array[n] = r->v[i].array[k];
		memmove(f->name[n], f->name[k], NAME_BYTES);
		memmove(f->dim[n], f->dim[k], sizeof(f->dim[k]));
		f->ndim[n++] = f->ndim[k];
	}
	f->narrays = n;
}

static int
open_all(struct reader *r, FILE *out)
{
	static const char *const usual[] = { "data", "label" };

	r->v = mem_array(struct part, r->npaths);
	for (int k = 0; k < (r->names != NULL ? r->narrays : 2); k++)
		add_name(r, r->names != NULL ? r->names[k] : usual[k]);
	for (size_t i = 0; i < r->npaths; i++)
		TRY(open_part(r, &r->v[i], r->paths[i]));
	close_gaps(r);
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
rows_arrays(const struct record_rows *rows)
{
	return ((const struct file_rows *)rows)->facts.narrays;
}

static const char *
rows_name(const struct record_rows *rows, int array)
{
	return ((const struct file_rows *)rows)->facts.name[array];
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
	.arrays = rows_arrays,
	.name = rows_name,
	.shape = rows_shape,
	.read = rows_read,
};
