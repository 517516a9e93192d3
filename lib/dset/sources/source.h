/*
 * Where pictures come from.  A source lists them: paths, a class for each, and
 * the names of the classes.  Nothing is decoded here.  To add a source: one file
 * that fills a struct dset_source, one line in table.c.
 */
#ifndef DSET_SOURCES_SOURCE_H
#define DSET_SOURCES_SOURCE_H

#include <stdbool.h>
#include <stddef.h>

#include "dset/dset.h"
#include "dset/list.h"

/* What a source found.  Labels of samples are indices of classes. */
struct dset_scan {
	struct dset_list list;
	const char **classes; /* names, in the arena of the list */
	const char **places;  /* the folder of each, for messages */
	size_t n, cap, places_cap;
};
void dset_scan_init(struct dset_scan *s);
void dset_scan_clear(struct dset_scan *s);
/* Add a class, return its index. */
size_t
dset_scan_class(struct dset_scan *s, const char *name, const char *place);

struct dset_detect;
struct dset_masks;
struct dset_targets;

struct dset_source_options {
	const char *s3_endpoint; /* or NULL */
	/* Of which part these are, and who hears of what cannot be used. */
	enum dset_part part;
	const struct dset_bad *bad;
	struct dset_detect *detect;   /* boxes/detect.h, or NULL */
	struct dset_masks *masks;     /* masks/masks.h, or NULL */
	struct dset_targets *targets; /* targets/targets.h, or NULL */
};

struct dset_source {
	const char *name;
	const char *what; /* "a folder with one folder per class" */
	int (*fits)(const char *where); /* 1: this source takes it */
	int (*scan)(struct dset_scan *out, const char *where,
	    const struct dset_source_options *o);
};

extern const struct dset_source dset_source_folder;
extern const struct dset_source dset_source_url;
extern const struct dset_source dset_source_s3;
/* Pictures with labels beside: boxes/detect.h says where. */
extern const struct dset_source dset_source_boxes;
/* Pictures with masks: masks/masks.h says where. */
extern const struct dset_source dset_source_masks;
/* Pictures with targets: targets/targets.h says where. */
extern const struct dset_source dset_source_targets;

/* The source that takes the operand, or an error that says what would do.  from:
 * those of a task, NULL at the end; NULL: those of class folders. */
int dset_source_find(const struct dset_source **out,
    const struct dset_source *const *from, const char *where);

/* Names that are passed over: of files that hide, and what macOS packs beside. */
bool dset_source_hidden(const char *name);
/* Is this the name of a file that may be a picture? */
int dset_source_picture(const char *name);
/* Is this file a picture by its name, or else by its first bytes?  A FIFO, a
 * socket or a device is none, which is said. */
bool dset_source_takes(const char *path);

/* Add every picture in the folder, at any depth, in the order of the names; their
 * labels are 0. */
int dset_source_walk(struct dset_list *out, const char *dir);

/* The class a folder stands for: blanks for underscores and control characters,
 * none at the ends; the folder's own name where nothing else is in it.  Caller's. */
char *dset_source_class(const char *folder);

#endif
