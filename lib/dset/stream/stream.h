/*
 * Samples out of a tar stream (archive/stream.h): files of one key belong together,
 * wherever they stand.  A key is a name up to the first dot behind its last slash.
 *
 *	KEY.png              a picture, whatever it is called: what is learned from
 *	KEY.data.npy         or an array of numbers, (C, H, W) or fewer axes
 *	KEY.cls              the number of its class, or the name
 *	KEY.label.npy        or an array of numbers
 *	KEY.txt  KEY.json    or numbers as text; a number, a list of numbers, the name
 *	                     of a class, or an object with one of these as "label"
 *	KEY.label.png        or a picture: its target, or its mask
 *
 * All samples are of one kind, that of the first.  The stream is kept in a file
 * without a name until the data set is made; samples point into it.
 */
#ifndef DSET_STREAM_STREAM_H
#define DSET_STREAM_STREAM_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "dset/dset.h"
#include "dset/list.h"
#include "dset/sources/partners.h"

struct dset_stream_options {
	const char *from; /* "-" or the file of an archive; NULL: no stream */
	bool masks;       /* pictures of labels are masks, not targets */
	bool same_shape; /* pictures and arrays of several shapes are refused */
	bool any_size;   /* pictures are brought to one size */
	bool any_target; /* so are targets */
};

struct dset_stream;

/* Read all of it; its file is made in the folder work.  An archive without its end
 * is ERR_FORMAT.  What is no sample is told to bad. */
int
dset_stream_read(struct dset_stream **out, const struct dset_stream_options *o,
    const char *work, const struct dset_bad *bad);
void dset_stream_free(struct dset_stream *s); /* accepts NULL */

/* What to call it. */
const char *dset_stream_name(const struct dset_stream *s);
const struct dset_task *dset_stream_task(const struct dset_stream *s);
/* Do its keys begin with the names of parts, of which it has this one? */
bool dset_stream_has(const struct dset_stream *s, enum dset_part part);
/* Its data are arrays; their shape, or 0 where they have several. */
bool dset_stream_arrays(const struct dset_stream *s, int shape[3]);
/* The size of all pictures; and of their targets. */
const struct dset_one_size *dset_stream_size(const struct dset_stream *s);
const struct dset_one_size *dset_stream_targets(const struct dset_stream *s);

/* Its samples, of this part where it has parts.  Classes and numbers are read as the
 * task reads the lines of lists; others are values that point into the stream. */
int dset_stream_list(struct dset_list *l, struct dset_stream *s,
    enum dset_part part, const struct dset_list_options *o,
    const struct dset_bad *bad);

/* Of a file's name: how long its key is; and what a class is told by, without the
 * line's end, the caller's. */
size_t dset_stream_key(const char *name);
char *dset_stream_word(const void *p, size_t n);

/* The shape (C, H, W) of an array in the bytes of a .npy file, which has at most three
 * axes; and its numbers. */
int dset_npy_shape(int shape[3], const void *p, size_t n, const char *name);
/* Are the numbers bytes? */
bool dset_npy_bytes(const void *p, size_t n);
int dset_npy_floats(
    float *out, size_t count, const void *p, size_t n, const char *name);

#endif
