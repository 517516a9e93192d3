/*
 * The card of a zoo model: the front matter of its readme.md.
 *
 *	---
 *	name: BAIR/BVLC CaffeNet Model
 *	caffemodel: bvlc_reference_caffenet.caffemodel
 *	caffemodel_url: http://...
 *	license: unrestricted
 *	sha1: 4c8d77deb20ea792f84eb5e6d0a11ca0a8660a46
 *	caffe_commit: 709dc15a...
 *	gist_id: 034c6ac3865563b69e60
 *	---
 *
 * Taken as they are met: any key may be missing, keys may be indented, blank
 * lines, headings and # comments may stand before and between them, the rules of
 * dashes may be longer or missing (then the front matter begins at the first line
 * with one of these keys, and ends at the first that is none of all these), values
 * may be quoted or links of Markdown.  Other keys are left alone.
 */
#ifndef ZOO_CARD_H
#define ZOO_CARD_H

#include <stddef.h>

#include "base/buf.h"

struct card {
	char *text; /* the whole readme.md */
	size_t len;
	/* NULL when absent */
	char *name, *caffemodel, *caffemodel_url, *license, *sha1,
	    *caffe_commit, *gist_id;
	size_t first, end; /* the lines of the front matter in text */
};

enum { CARD_MAX = 4 << 20 };

/* ERR_MISSING when DIR has no readme.md (README.md); ERR_FORMAT when a sha1 or
 * gist_id is not hexadecimal, or the caffemodel's name leads elsewhere. */
int card_read(struct card *c, const char *dir);
int card_parse(struct card *c, const char *text, size_t n, const char *name);
void card_clear(struct card *c);

/* The text with gist_id set to id (replaced, or added to the front matter, which
 * is made when there is none), appended to b. */
int card_with_gist(struct buf *b, const struct card *c, const char *id);
/* DIR/readme.md replaced by that, atomically. */
int card_write_gist(const char *dir, const struct card *c, const char *id);

/* The readme of a folder: its file name, borrowed; NULL: there is none. */
const char *card_file(const char *dir);

#endif
