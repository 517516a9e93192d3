/*
 * The inside of resizing: which input samples make an output sample with which
 * weights, and the two inner loops that exist once per kind of machine.
 * Internal to lib/image; tests compare the kinds through it.
 *
 * Weights are fixed point, 22 bits after the point, as in Pillow: a sum of 8
 * bits x 22 bits fits 32 (also of bicubic weights, whose magnitudes add up to less
 * than 2), and the results are the same to the bit.
 */
#ifndef IMAGE_RESIZE_H
#define IMAGE_RESIZE_H

#include <stddef.h>
#include <stdint.h>

#include "image/image.h"

enum { RESIZE_BITS = 22, RESIZE_ROUND = 1 << (RESIZE_BITS - 1) };

/* Weights of outputs from..from+n-1 of a line. */
struct resize_taps {
	int n;
	int count; /* taps of every output, zeros included */
	/* (n), input sample of tap 0; first + count <= samples of the line
	 * unless the line is shorter than count */
	int *first;
	int32_t *weights; /* (n, count), in units of 1 >> RESIZE_BITS */
	void *packed;     /* the weights as the kernels want them, or NULL */
};

/* What a line loop may read past the last byte that it needs, and write past
 * its output. */
enum { RESIZE_SLACK = 64 };

struct resize_kernels {
	const char *name;
	int (*usable)(void); /* on this machine */
	int multiple;        /* counts of taps are padded to a multiple of it */
	/* Fill t->packed (of mem_*) for lines of so many channels, or, 0, for
	 * columns.  NULL: not needed. */
	void (*pack)(struct resize_taps *t, int channels);
	/* One line: t->n outputs of channels from row. */
	void (*line)(uint8_t *to, const uint8_t *row,
	    const struct resize_taps *t, int channels);
	/* Output line i: n bytes, each the sum of t->count rows' by weight. */
	void (*column)(uint8_t *to, const uint8_t *const *rows,
	    const struct resize_taps *t, int i, size_t n);
};

extern const struct resize_kernels resize_plain;
extern const struct resize_kernels resize_avx2; /* x86-64 only, like */
extern const struct resize_kernels resize_vnni;
const struct resize_kernels *resize_best(void);

/*
 * The picture in scaled to full_w x full_h, of it only the window at x, y of
 * the size w x h.  Pixels outside the window are never made.
 */
struct resize_window {
	int full_w, full_h;
	int x, y, w, h;
	enum image_filter filter;
};

/* k: of weights that are not negative; other filters than IMAGE_BILINEAR have them, and
 * are left to the plain loops. */
int resize_window(struct image *out, const struct image *in,
    const struct resize_window *win, struct image *scratch,
    const struct resize_kernels *k);

#endif
