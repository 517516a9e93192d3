/*
 * What model-infer is asked about, one picture after the other: operands (files,
 * URLs, folders, "-"), a list, or what comes on standard input.  Records of
 * databases are stream.c's.
 */
#ifndef INFER_SOURCE_H
#define INFER_SOURCE_H

#include "base/buf.h"
#include "base/err.h"
#include "dset/list.h"
#include "infer/names.h"
#include "infer/samples.h"

struct stream;

/* Slots of these are reused; begins as zeros. */
struct source_item {
	char *name;     /* a path, a URL, or what the picture is called */
	int truth;      /* -1: not known */
	int64_t record; /* its line; -1: none */
	/* The picture's file, of 0 bytes maybe, where it came in a stream: its
	 * name is no path then.  data NULL: the name is the path or URL. */
	struct buf bytes;
	struct err_saved
	    failure; /* code < 0: what it stands for is no picture */
};
void source_item_clear(struct source_item *it);

struct source {
	const struct stream *s;
	size_t next; /* operand */
	struct names lines;
	struct samples samples;
	struct dset_list folder; /* what was found in one */
	size_t in_folder;
	bool labelled; /* lines are of a list */
};

int source_open(struct source *src, const struct stream *s);
void source_close(struct source *src); /* accepts what was not opened, zeros */
/* The next one: 1, 0 at the end, QUEUE_LATER (base/queue.h). */
int source_next(struct source *src, struct source_item *it);
/* How many there are, where that is known before they are looked at, else 0. */
size_t source_count(const struct stream *s);
/* Files of a stream that were not asked about; *first: one of them, borrowed. */
size_t source_others(const struct source *src, const char **first);

#endif
