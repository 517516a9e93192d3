/*
 * A contact sheet: pictures in a grid, words below each.  image_montage is the same
 * without words, and without cairo.
 */
#ifndef IMAGE_DRAWING_SHEET_H
#define IMAGE_DRAWING_SHEET_H

#include <stddef.h>

#include "image/image.h"

/* Pixels, to which small pictures are enlarged so that they can be looked at. */
enum { SHEET_SMALL = 112 };

/*
 * Cells are as large as the largest picture, but at most most x most pixels, and wide
 * enough for the words; longer ones end in an ellipsis.  captions: of each picture, ""
 * for none; NULL: no words.  columns 0: about square.  out becomes RGB, on white.
 */
int image_sheet(struct image *out, const struct image *const *pictures,
    char *const *captions, size_t n, int columns, int most);

/* A small picture so many whole times as large as fit into side x side. */
int image_sheet_enlarge(struct image *im, int side);

#endif
