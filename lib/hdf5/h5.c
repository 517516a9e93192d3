/*
 * Single objects of HDF5 files that are read: arrays, integers, strings, lists of
 * links; and the library's errors.
 */
#include "hdf5/h5.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "caffe/blob.h"
#include "caffe/msg.h"
#include "file/deps.h"
#include "file/file.h"

/* Values a file may ask for: that many bytes, and some per byte of the file,
 * which leaves room for compression and none for a claim of a terabyte. */
enum { BUDGET = 64 << 20, BUDGET_PER_BYTE = 64 };
enum { STRING_MAX = 1 << 16, LINKS_MAX = 1 << 18 };

static herr_t
note_error(unsigned i, const H5E_error2_t *e, void *out)
{
	if (i == 0 && e->desc != NULL)
		*(const char **)out = e->desc;
	return 0;
}

/* The errno of the system call that failed last; the library's functions clear
 * its stack of errors, and what comes after a failure is often a close. */
static _Thread_local int sys_errno;

static herr_t
note_errno(unsigned i, const H5E_error2_t *e, void *ctx)
{
	static const char key[] = "errno = ";
	const char *at = e->desc != NULL ? strstr(e->desc, key) : NULL;

	(void)i;
	(void)ctx;
	if (at != NULL)
		sys_errno = (int)strtol(at + strlen(key), NULL, 10);
	return 0;
}

/* In place of the library's printing. */
static herr_t
on_error(hid_t stack, void *ctx)
{
	return H5Ewalk2(stack, H5E_WALK_UPWARD, note_errno, ctx);
}

static int
take_errno(void)
{
	int e = sys_errno;

	sys_errno = 0;
	return e;
}

int
h5_write_fail(const struct h5_disk *d, const char *path)
{
	const char *why = NULL;

	errno = d->error != 0 ? d->error : take_errno();
	if (errno != 0) {
		err_sys("write %s", path);
		return ERR_IO;
	}
	H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, note_error, &why);
	return err_set(ERR_IO, "write %s: HDF5: %s", path,
	    why != NULL ? why : "no reason is given");
}

int
h5_fail(const char *path, const char *object, const char *what)
{
	const char *why = NULL;

	errno = take_errno();
	if (errno != 0)
		return err_sys(
		    "%s: %s%s%s", path, object, *object ? ": " : "", what);
	H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, note_error, &why);
	err_set(ERR_FORMAT, "%s: %s%s%s%s%s", path, object, *object ? ": " : "",
	    what, why != NULL ? ": HDF5: " : "", why != NULL ? why : "");
	H5Eclear2(H5E_DEFAULT);
	return ERR_FORMAT;
}

void
h5_close(hid_t id)
{
	if (id >= 0 && H5Iget_type(id) == H5I_FILE)
		H5Fclose(id);
	else if (id >= 0)
		H5Idec_ref(id);
}

static void
not_at_exit(void)
{
	H5dont_atexit();
}

void
h5_begin(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, not_at_exit);
	H5Eset_auto2(H5E_DEFAULT, on_error, NULL);
	sys_errno = 0;
}

/* No lock: a file may lie on a read-only disk, and ours is locked already. */
hid_t
h5_access(void)
{
	hid_t id;

	h5_begin();
	id = H5Pcreate(H5P_FILE_ACCESS);
	if (id >= 0) {
		H5Pset_file_locking(id, 0, 1);
		H5Pset_fclose_degree(id, H5F_CLOSE_STRONG);
	}
	return id;
}

/* The size that the head of the file states (addresses of 8 bytes), or 0. */
static uint64_t
stated_size(const char *path)
{
	uint8_t head[64];
	uint64_t size = 0;
	FILE *f = fopen(path, "rbe");
	size_t at = 0;

	if (f == NULL)
		return 0;
	if (fread(head, 1, sizeof(head), f) == sizeof(head)) {
		if (head[8] <= 1 && head[13] == 8)
			at = head[8] == 0 ? 40 : 44;
		else if (head[8] <= 3 && head[9] == 8)
			at = 28;
		if (at > 0)
			memcpy(&size, head + at, sizeof(size));
	}
	fclose(f);
	return size;
}

/* A file that is shorter than it says is what a download that stopped leaves. */
static int
open_failed(const char *path, uint64_t size)
{
	if (stated_size(path) <= size)
		return h5_fail(path, "", "not a whole HDF5 file");
	return err_set(ERR_FORMAT, "%s: is cut short at byte %llu", path,
	    (unsigned long long)size);
}

int
h5_readable(const char *path)
{
	deps_add(path);
	return file_openable(path);
}

int
h5_open(struct h5_in *in, const char *path)
{
	uint64_t size;
	hid_t access;

	in->path = path;
	in->file = -1;
	TRY(file_size(&size, path));
	in->links = LINKS_MAX;
	in->budget = BUDGET + (size_t)size * BUDGET_PER_BYTE;
	access = h5_access();
	in->file = H5Fopen(path, H5F_ACC_RDONLY, access);
	h5_close(access);
	return in->file < 0 ? open_failed(path, size) : 0;
}

static herr_t
no_other_file(const char *file, const char *group, const char *child,
    const char *object, unsigned *flags, hid_t access, void *ctx)
{
	(void)file;
	(void)group;
	(void)child;
	(void)object;
	(void)flags;
	(void)access;
	(void)ctx;
	return -1;
}

/* Are all its values in this file? */
static bool
is_whole(hid_t set)
{
	hid_t how = H5Dget_create_plist(set);
	bool whole = how >= 0 && H5Pget_layout(how) != H5D_VIRTUAL &&
	    H5Pget_external_count(how) == 0;

	h5_close(how);
	return whole;
}

hid_t
h5_array(hid_t group, const char *link)
{
	hid_t access = H5Pcreate(H5P_DATASET_ACCESS), set = -1;

	if (access >= 0 && H5Pset_elink_cb(access, no_other_file, NULL) >= 0)
		set = H5Dopen2(group, link, access);
	h5_close(access);
	if (set >= 0 && !is_whole(set)) {
		h5_close(set);
		set = -1;
	}
	return set;
}

static int
read_shape(Caffe__BlobProto *b, hid_t space, struct caffe_shape *s)
{
	hsize_t dim[CAFFE_BLOB_DIMS];
	int i, n = H5Sget_simple_extent_ndims(space);

	if (n < 0 || n > CAFFE_BLOB_DIMS ||
	    H5Sget_simple_extent_dims(space, dim, NULL) != n)
		return err_set(ERR_FORMAT, "a broken shape");
	b->shape = caffe_new(Caffe__BlobShape, blob_shape);
	for (i = 0; i < n; i++) {
		if (dim[i] > INT32_MAX)
			return err_set(ERR_RANGE, "a dimension of %llu",
			    (unsigned long long)dim[i]);
		caffe_add_i64(
		    &b->shape->dim, &b->shape->n_dim, (int64_t)dim[i]);
	}
	return caffe_blob_shape(s, b);
}

static int
is_number(hid_t type)
{
	H5T_class_t c = H5Tget_class(type);

	return c == H5T_FLOAT || c == H5T_INTEGER;
}

static int
read_values(
    Caffe__BlobProto *b, struct h5_in *in, hid_t set, hid_t space, hid_t type)
{
	struct caffe_shape s;
	void *p;

	if (!is_number(type))
		return err_set(ERR_FORMAT, "not an array of numbers");
	TRY(read_shape(b, space, &s));
	if (s.count > in->budget / sizeof(float))
		return err_set(
		    ERR_RANGE, "%zu values in so small a file", s.count);
	in->budget -= s.count * sizeof(float);
	if (s.count == 0)
		return 0;
	TRY(mem_take(&p, s.count, sizeof(float), SIZE_MAX / 2, in->path));
	b->data = p;
	b->n_data = s.count;
	if (H5Dread(set, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, p) <
	    0)
		return err_set(ERR_FORMAT, "the values cannot be read");
	return 0;
}

int
h5_read_blob(Caffe__BlobProto **out, struct h5_in *in, hid_t group,
    const char *link, const char *name)
{
	Caffe__BlobProto *b = caffe_new(Caffe__BlobProto, blob_proto);
	hid_t set = h5_array(group, link), space = -1, type = -1;
	int rc;

	*out = NULL;
	if (set >= 0) {
		space = H5Dget_space(set);
		type = H5Dget_type(set);
	}
	if (space < 0 || type < 0) {
		rc = h5_fail(in->path, name, "not an array");
	} else {
		rc = read_values(b, in, set, space, type);
		if (rc < 0)
			err_in(rc, "%s: %s", in->path, name);
	}
	h5_close(type);
	h5_close(space);
	h5_close(set);
	if (rc < 0)
		caffe_msg_free(b);
	else
		*out = b;
	return rc;
}

int
h5_read_int(int *out, const struct h5_in *in, const char *name)
{
	hid_t set = h5_array(in->file, name), space = -1, type = -1;
	int ok = 0;

	if (set >= 0) {
		space = H5Dget_space(set);
		type = H5Dget_type(set);
		ok = space >= 0 && type >= 0 &&
		    H5Tget_class(type) == H5T_INTEGER &&
		    H5Sget_simple_extent_npoints(space) == 1 &&
		    H5Dread(set, H5T_NATIVE_INT, H5S_ALL, H5S_ALL, H5P_DEFAULT,
			out) >= 0;
	}
	h5_close(type);
	h5_close(space);
	h5_close(set);
	return ok ? 0 : h5_fail(in->path, name, "no single integer");
}

/* A string of fixed length; of varying length is another thing in HDF5. */
static char *
read_fixed(hid_t set, hid_t type)
{
	size_t size = H5Tget_size(type);
	char *s;

	if (size == 0 || size > STRING_MAX)
		return NULL;
	s = mem_calloc(size + 1, 1);
	if (H5Dread(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, s) >= 0)
		return s;
	mem_free(s);
	return NULL;
}

static char *
read_varying(hid_t set, hid_t type, hid_t space)
{
	char *lent = NULL, *s = NULL;

	if (H5Dread(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, &lent) < 0)
		return NULL;
	if (lent != NULL)
		s = mem_strndup(lent, strnlen(lent, STRING_MAX));
	H5Dvlen_reclaim(type, space, H5P_DEFAULT, &lent);
	return s;
}

int
h5_read_string(char **out, const struct h5_in *in, const char *name)
{
	hid_t set = h5_array(in->file, name), space = -1, type = -1;

	*out = NULL;
	if (set >= 0) {
		space = H5Dget_space(set);
		type = H5Dget_type(set);
	}
	if (space >= 0 && type >= 0 && H5Tget_class(type) == H5T_STRING &&
	    H5Sget_simple_extent_npoints(space) == 1)
		*out = H5Tis_variable_str(type) > 0
		    ? read_varying(set, type, space)
		    : read_fixed(set, type);
	h5_close(type);
	h5_close(space);
	h5_close(set);
	return *out != NULL ? 0 : h5_fail(in->path, name, "no string");
}

struct names {
	char **v;
	size_t n, cap;
	size_t *left; /* links that may still be listed */
	int bad;
};

static herr_t
collect_link(hid_t group, const char *link, const H5L_info_t *info, void *ctx)
{
	struct names *names = ctx;

	(void)group;
	if (info->type != H5L_TYPE_HARD || *names->left == 0) {
		names->bad = 1;
		return -1;
	}
	--*names->left;
	mem_grow(&names->v, &names->cap, names->n + 1);
	names->v[names->n++] = mem_strdup(link);
	return 0;
}

int
h5_each(struct h5_in *in, hid_t group, const char *name,
    int (*fn)(void *ctx, hid_t group, const char *link, H5I_type_t kind),
    void *ctx)
{
	struct names names = { .left = &in->links };
	hid_t object;
	size_t i;
	int rc = 0;

	if (H5Literate(group, H5_INDEX_NAME, H5_ITER_INC, NULL, collect_link,
		&names) < 0)
		rc = h5_fail(in->path, name,
		    names.bad ? "a link that is not followed, or too many"
			      : "a broken group");
	for (i = 0; i < names.n && rc >= 0; i++) {
		object = H5Oopen(group, names.v[i], H5P_DEFAULT);
		if (object < 0)
			rc = h5_fail(in->path, name, "a broken link");
		else
			rc = fn(ctx, group, names.v[i], H5Iget_type(object));
		h5_close(object);
	}
	while (names.n > 0)
		mem_free(names.v[--names.n]);
	mem_free(names.v);
	return rc;
}
