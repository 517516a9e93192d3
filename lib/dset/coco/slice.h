/*
 * The pieces of a JSON text that is too large to be held as a tree: where its
 * values begin and end.  Each piece is then parsed by itself.  Brackets and quotes
 * are what is looked at; what a piece is worth is its parser's to say.
 */
#ifndef DSET_COCO_SLICE_H
#define DSET_COCO_SLICE_H

#include <stddef.h>

struct slice {
	const char *text; /* of len bytes */
	size_t len, at;
	size_t counted, lines; /* so many lines end before text[counted] */
};

/* Past blanks: the next byte, 0 at the end. */
char slice_peek(struct slice *s);
/* Past this byte, if it is the next: 1, or 0. */
int slice_take(struct slice *s, char c);
/* Past the next value: it is text[*from] to text[s->at - 1].  ERR_FORMAT. */
int slice_value(size_t *from, struct slice *s);
/* The line of a place, from 1; quick for places that come one after the other. */
long long slice_line(struct slice *s, size_t at);

#endif
