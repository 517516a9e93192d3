/*
 * R-CNN's window files, which WindowData reads: for each picture
 *
 *	# INDEX
 *	PATH
 *	CHANNELS
 *	HEIGHT
 *	WIDTH
 *	NUMBER of windows, and as many lines of
 *	CLASS OVERLAP X1 Y1 X2 Y2
 *
 * A window that overlaps an object by the first threshold is foreground, of its
 * class; one below the second is background, class 0; others are left out.
 */
#ifndef INPUT_WINDOWS_H
#define INPUT_WINDOWS_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/mem.h"

struct window {
	uint32_t picture; /* its number in the file's order */
	int32_t label;
	int32_t x1, y1, x2, y2; /* x2 and y2 are inside */
};

struct windows {
	struct arena *arena;
	char **pictures; /* paths, root in front */
	size_t npictures, pictures_cap;
	struct window *v[2]; /* background, foreground */
	size_t n[2], cap[2];
	int channels; /* of the pictures */
};

int windows_read(struct windows *w, const char *path, const char *root,
    float fg_threshold, float bg_threshold);
/* What was read already, which is changed; path is for sentences. */
int windows_parse(struct windows *w, struct buf *text, const char *path,
    const char *root, float fg_threshold, float bg_threshold);
void windows_clear(struct windows *w);

/*
 * How a window is cut out (R-CNN's warping, its appendix A): what of the picture,
 * to what size, and where in the square of side crop it goes.
 */
struct cut {
	int x, y, w, h;   /* of the picture */
	int to_w, to_h;   /* scaled to */
	int pad_x, pad_y; /* place in the square; the rest stays 0 */
};
/* pad: pixels of context in the square on each side.  ERR_FORMAT when the window
 * lies outside the picture. */
int window_cut(struct cut *c, const struct window *w, int width, int height,
    int crop, int pad, int square, int mirror);

#endif
