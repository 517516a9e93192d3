/*
 * Samples: a picture and what is said of it.  Made by the sources (folders,
 * lists), shared out by the plan, read by the writer.  Texts and values live in
 * the arena of the list, so a million samples cost their paths and little more.
 */
#ifndef DSET_LIST_H
#define DSET_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/mem.h"
#include "record/value.h"

struct dset_sample {
	const char *path; /* of the picture */
	int32_t label;    /* its class; 0 where the task has none */
	uint32_t nvalues;
	const struct value *values; /* what there is but a class, or NULL */
	/* Of a stream: the bytes of the picture's file, borrowed; NULL: they are
	 * at path. */
	const uint8_t *bytes;
	size_t nbytes;
};

struct dset_names;
struct dset_task;

struct dset_list {
	struct arena *arena;
	struct dset_sample *v;
	size_t n, cap;
	/* The least and the greatest number that a line has for a class, also
	 * one that is left out; least > most: no line has one. */
	int64_t least, most;
	bool named; /* its lines have names for classes */
};

void dset_list_init(struct dset_list *l);
void dset_list_clear(struct dset_list *l);
/* path is copied, values (n of them, n may be 0) with all they point to. */
void dset_list_add(struct dset_list *l, const char *path, int32_t label,
    const struct value *values, uint32_t n);

/* The same with one value that points to what outlives the list. */
void dset_list_hold(
    struct dset_list *l, const char *path, const struct value *value);

/* What is said of sample i, instead of what it had; copied as above. */
void dset_list_say(
    struct dset_list *l, size_t i, const struct value *values, uint32_t n);

/* Somebody who hears of items that cannot be used; a negative answer stops. */
struct dset_bad {
	int (*fn)(
	    void *ctx, const char *path, int64_t record, const char *reason);
	void *ctx;
	/* Of how many items these are some: what was found so far, lines of a list
	 * among them, or NULL. */
	uint64_t *total;
};
/* As fn, when there is one; 0 otherwise. */
int dset_bad_tell(const struct dset_bad *bad, const char *path, int64_t record,
    const char *reason);

struct dset_list_options {
	const char *root; /* put in front of relative paths, or NULL */
	int nul;          /* lines end with a 0 byte, not a newline */
	size_t classes;   /* that many labels there are; 0: LABELS_MAX */
	int first_label;  /* the number of class 0: 0 or 1 */
	/* Lines may have names for classes, which are numbered here; NULL: they
	 * may not. */
	struct dset_names *names;
	const struct dset_task *task; /* whose scan reads a line */
};
/* As dset_list_add, below the root; a path between quotes (file/quote.h) is read. */
void dset_list_put(struct dset_list *l, const struct dset_list_options *o,
    const char *path, int32_t label, const struct value *values, uint32_t n);
/* For tasks that read lines: the last word of s is cut off and returned; NULL: s
 * is a single word. */
char *dset_list_last_word(char *s);

/*
 * Add the lines of file ("-": stdin) to l, as the task reads them; for classes, as
 * in DIGITS, the last blank-separated integer is the label, so that paths may hold
 * blanks; or most lines have the name of a class there.  Empty lines are skipped; a
 * line that is none is told to bad, with its number, and left out.
 */
int dset_list_read(struct dset_list *l, const char *file,
    const struct dset_list_options *opts, const struct dset_bad *bad);
/* The same of text, which is changed. */
int dset_list_text(struct dset_list *l, const char *file, struct buf *text,
    const struct dset_list_options *opts, const struct dset_bad *bad);

#endif
