/*
 * Single objects of HDF5 files, for the other files of this module.
 *
 * The library prints its errors to stderr unless told not to, keeps them in a
 * stack and speaks of its own calls; h5_fail makes a sentence of the innermost.
 * Handles: h5_close takes any, also a failed one.
 */
#ifndef HDF5_H5_H
#define HDF5_H5_H

#include <hdf5.h>
#include <stddef.h>

#include "caffe/caffe.pb-c.h"
#include "file/file.h"
#include "hdf5/disk.h"

/* A file being read. */
struct h5_in {
	const char *path;
	hid_t file;
	size_t budget; /* bytes of values that may still be made */
	size_t links;  /* links that may still be listed */
};

/* "path: object: what the library says"; ERR_FORMAT, or as err_sys where it is
 * the system that failed. */
int h5_fail(const char *path, const char *object, const char *what);
/* What was written to path failed: ERR_IO, with the system's reason. */
int h5_write_fail(const struct h5_disk *d, const char *path);
void h5_close(hid_t id);

/* Before anything else of libhdf5.  What is open at exit is left alone then: all
 * that matters is closed, and the library may not survive closing the rest. */
void h5_begin(void);
/* How files are opened and made: without locks, and no message of the library
 * is printed from here on; to be closed. */
hid_t h5_access(void);
/* Before the child that reads it is begun (apart.h): may it be read?  A
 * dependency from here on. */
int h5_readable(const char *path);
/* In the child. */
int h5_open(struct h5_in *in, const char *path);

/* An array, open; not one whose values lie in other files.  To be closed. */
hid_t h5_array(hid_t group, const char *link);
/* The array as a blob with shape and floats.  name: for errors. */
int h5_read_blob(Caffe__BlobProto **out, struct h5_in *in, hid_t group,
    const char *link, const char *name);
int h5_read_int(int *out, const struct h5_in *in, const char *name);
/* Caller's. */
int h5_read_string(char **out, const struct h5_in *in, const char *name);

/*
 * Call fn for each hard link of the group, in byte order of names, with the kind
 * of object.  Soft and external links are refused.
 */
int h5_each(struct h5_in *in, hid_t group, const char *name,
    int (*fn)(void *ctx, hid_t group, const char *link, H5I_type_t kind),
    void *ctx);

/* An output: the hidden file of file.h, written by the library. */
struct h5_out {
	const char *path;
	struct file_out *out;
	struct h5_disk disk;
	/* property lists: missing groups are made; no times, so that equal
	 * content is equal bytes */
	hid_t file, links, plain;
};
int h5_create(struct h5_out *o, const char *path, int force);
/* Closes and puts in place, or (rc < 0) removes and returns rc. */
int h5_finish(struct h5_out *o, int rc);
int h5_write_group(struct h5_out *o, const char *name);
int
h5_write_blob(struct h5_out *o, const char *name, const Caffe__BlobProto *b);
int h5_write_int(struct h5_out *o, const char *name, int v);
int h5_write_string(struct h5_out *o, const char *name, const char *s);

#endif
