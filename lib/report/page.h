/*
 * A page of HTML that stands by itself: one file, no scripts, nothing that is asked
 * for elsewhere; light or dark as its reader has it, and printed light.  Pictures are
 * in it, drawings are <svg> whose colours its style replaces where it is dark.
 *
 * The first failure is kept, and what follows is ignored: page_write tells it.
 */
#ifndef REPORT_PAGE_H
#define REPORT_PAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "image/image.h"

struct page {
	struct buf b;
	int rc; /* of the first failure */
};

/* title, and a line below it. */
void page_begin(struct page *p, const char *title, const char *below);
/* Replace path by it (force: what -f allows), whole or not at all. */
int page_write(struct page *p, const char *path, int force);
void page_clear(struct page *p);

/* Markup as it is. */
void page_put(struct page *p, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* Text of anybody. */
void page_text(struct page *p, const char *text);

void page_section(struct page *p, const char *title);
void page_section_end(struct page *p);
/* A paragraph of text. */
void page_line(struct page *p, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* Text as it is broken into lines. */
void page_code(struct page *p, const char *text);

/* Names and what they are: pairs between begin and end; NULL and "" are left out. */
void page_pairs(struct page *p);
void page_pair(struct page *p, const char *name, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void page_pairs_end(struct page *p);

/* A table of n columns: heads, then rows; the first `words` columns are words, the
 * others numbers. */
struct page_table {
	size_t n, words;
};
void page_table(struct page *p, const struct page_table *t, const char *caption,
    const char *const *heads);
void
page_row(struct page *p, const struct page_table *t, const char *const *cells);
void page_table_end(struct page *p);

/* A drawing: an <svg> in `element` that shows what alt says; the caption may be "".
 * adapts: where it is dark its greys and its paper change, else it stays as it is. */
void page_drawing(struct page *p, const struct buf *element, bool adapts,
    const char *alt, const char *caption);
/* A picture, as PNG or, where photo, as JPEG; shown `by` times as large. */
void page_picture(struct page *p, const struct image *im, bool photo, int by,
    const char *alt, const char *caption);

#endif
