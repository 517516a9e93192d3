/*
 * Files of named arrays: the weights as other programs keep them.
 *
 *	struct tensors *t;
 *
 *	TRY(tensors_open(&t, "net.safetensors"));
 *	one = tensors_find(t, "layer1.0.conv1.weight");
 *	TRY(tensors_floats(values, one));
 *	tensors_close(t);
 *
 * The numbers stay in the file, which is mapped, until they are asked for.
 * Nothing of a file is trusted: every name, shape and range is checked when it
 * is opened.  Errors name the file and the array.  An open file is only read, so
 * threads may share it.
 *
 * Safetensors (https://github.com/huggingface/safetensors): the length of the
 * header as 8 bytes, the header as JSON {name: {"dtype", "shape",
 * "data_offsets": [begin, end]}}, the numbers.  The ranges follow one another
 * without holes; no name stands twice.  "__metadata__" maps text to text.
 *
 * What torch.save writes (.pth, .pt), in its form of today and the one of before
 * 1.6: dictionaries of tensors, as model.state_dict() gives them, also inside of a
 * checkpoint that has more.  Nothing of it is executed.
 */
#ifndef TENSORS_TENSORS_H
#define TENSORS_TENSORS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum tensors_type {
	TENSORS_F32,
	TENSORS_F16,
	TENSORS_BF16,
	TENSORS_F64,
	TENSORS_I8,
	TENSORS_I16,
	TENSORS_I32,
	TENSORS_I64,
	TENSORS_U8,
	TENSORS_BOOL,
	/* Known by size; their numbers are not read. */
	TENSORS_U16,
	TENSORS_U32,
	TENSORS_U64,
	TENSORS_F8_E4M3,
	TENSORS_F8_E5M2,
	TENSORS_C64,
	TENSORS_TYPES
};

enum {
	TENSORS_DIMS = 16,
	TENSORS_MAX = 1000000 /* arrays of one file */
};

struct tensors_item {
	char *name;
	enum tensors_type type;
	int ndim; /* 0: one number */
	int64_t dim[TENSORS_DIMS];
	/* elements from one index to the next, for each axis; of files that
	 * hold only whole arrays the products of the dims behind it */
	int64_t stride[TENSORS_DIMS];
	size_t count;     /* product of dim */
	const void *data; /* of the first element; of any alignment */
};

struct zip;

struct tensors {
	char *path;
	struct tensors_item *v; /* in the order of the file */
	size_t n;
	size_t *by_name;  /* places in v, sorted */
	const char *form; /* "safetensors", "torch": what the file is */
	/* of a checkpoint that holds more, the key of what was taken
	 * ("state_dict_ema"); NULL: the whole file */
	char *part;
	/* what they live in: the file, and what was unpacked of it */
	const void *map;
	size_t map_n;
	struct zip *zip;
};

/* What the file is, is told by its first bytes.  ERR_FORMAT, ERR_RANGE,
 * ERR_UNSUPPORTED; *out is the caller's. */
int tensors_open(struct tensors **out, const char *path);
/* The same of n bytes in memory, which live as long; name is for errors. */
int
tensors_parse(struct tensors **out, const void *p, size_t n, const char *name);
void tensors_close(struct tensors *t); /* accepts NULL */

/* Do the first bytes of a file look like one of these? */
bool tensors_is(const void *p, size_t n);

/* By name, or NULL. */
const struct tensors_item *
tensors_find(const struct tensors *t, const char *name);

/* Its numbers, count of them, row by row.  ERR_UNSUPPORTED of a type that is not
 * read; whole numbers above 2^24 are rounded. */
int tensors_floats(float *out, const struct tensors_item *item);

/* "F32" as safetensors names it; bytes of a number. */
const char *tensors_type_name(enum tensors_type type);
size_t tensors_type_size(enum tensors_type type);
/* "(64, 3, 7, 7)" */
enum { TENSORS_SHAPE_TEXT = TENSORS_DIMS * 22 + 3 };
char *tensors_shape_text(
    char out[TENSORS_SHAPE_TEXT], const struct tensors_item *item);
/* ERR_RANGE: the sizes are negative, or their product or its bytes overflow.  Sets
 * count, and the strides of a whole array. */
int tensors_shape_set(struct tensors_item *item);

/*
 * A safetensors file of whole arrays, atomically.  meta: keys and values in
 * turn, ended by NULL; or NULL.  Two arrays of one name are ERR_FORMAT.
 * "-" is standard output.
 */
int tensors_write(const char *path, const struct tensors_item *v, size_t n,
    const char *const *meta, int force);

#endif
