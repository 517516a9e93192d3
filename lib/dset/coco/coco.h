/*
 * COCO's instances: images, annotations and categories by id, in one JSON file.  Ids
 * have gaps and stand in any order; categories are met in the order of their ids.
 * What an annotation says, a box or an outline, is read by whoever wants it.
 *
 * The text may be long: only one annotation at a time becomes a tree.
 */
#ifndef DSET_COCO_COCO_H
#define DSET_COCO_COCO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dset/list.h"
#include "json/json.h"

/* Of the whole file, which is held in memory. */
enum { COCO_BYTES_MAX = 1 << 30, COCO_CATEGORIES_MAX = 10000 };

struct coco_image {
	int64_t id;
	char *path;        /* below the folder of the pictures */
	int width, height; /* as the file says, or 0 */
	size_t place;      /* in the file */
	size_t n, bytes;   /* of what its annotations say */
	size_t first;
	bool bad;
};

struct coco_category {
	int64_t id;
	char *name;
	int32_t class; /* the reader's */
	bool out;      /* its annotations are left out */
	bool other;    /* it is not among those asked for */
};

struct coco;

/* What is wanted of the annotations. */
struct coco_reader {
	void *ctx;
	/* The class of a category, and whether it is wanted. */
	int (*category)(void *ctx, struct coco_category *k);
	/* What one annotation says, appended to out; nothing where it is to be left
	 * out.  ERR_FORMAT: its image is bad; ERR_RANGE gives up. */
	int (*annotation)(void *ctx, struct buf *out, const struct json *j,
	    const struct coco_image *im, const struct coco_category *k);
	enum value_kind kind; /* of the values, whose blobs are these bytes */
	size_t most;          /* annotations of an image */
	const char *what;     /* "boxes" */
};

/*
 * A sample for each of the file's images, in its order, called images/FILE_NAME,
 * with one value: what all its annotations say as a blob, the size that the file
 * says (0: none), and file, the name of it.  Images of which an annotation cannot be
 * used are told to bad and left out; *bad->total grows by the images.
 */
int coco_read(struct dset_list *out, const char *path, const char *images,
    const struct coco_reader *r, const struct dset_bad *bad);
/* The same of text, which is called path in messages. */
int coco_parse(struct dset_list *out, const char *text, size_t len,
    const char *path, const char *images, const struct coco_reader *r,
    const struct dset_bad *bad);

/* An annotation's iscrowd: a number or a truth value. */
bool coco_crowd(const struct json *annotation);

#endif
