/*
 * Boxes around the objects of a picture, as label files have them, and the files
 * themselves: KITTI's text, Pascal VOC's XML, COCO's JSON, YOLO's text.
 *
 * A box is its four edges in pixels of the picture as it is stored: left and top
 * are those of its first pixel, right and bottom lie behind its last, so that
 * right - left is its width.  VOC counts pixels from 1 and names the last one.
 *
 * Readers trust nothing: what is no number, no box, or lies wholly outside of the
 * picture is ERR_FORMAT with a sentence, and page->line tells the line.
 */
#ifndef DSET_BOXES_BOXES_H
#define DSET_BOXES_BOXES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/* Of one picture: its record has a row for each. */
enum { BOXES_MAX = 10000, BOXES_FILE_MAX = 64 << 20 };

struct dset_box {
	double left, top, right, bottom;
	int32_t class; /* a number of struct dset_detect's */
	/* Marked as difficult or as a crowd: not to be learnt, nor to be missed. */
	bool aside;
	/* What KITTI says beside: the share outside of the picture, 0 to 3 for how
	 * much is hidden; angles in radians, metres. */
	int occluded;
	double truncated, alpha, height, width, length, x, y, z, rotation_y;
};

struct dset_boxes {
	struct dset_box *v;
	size_t n, cap;
};
void dset_boxes_clear(struct dset_boxes *b);
/* A box with these edges; the rest as of one of which no more is known. */
struct dset_box
dset_box_make(double left, double top, double right, double bottom);
/* Add one, once it is a box, in a picture of this size; 0 x 0: of any. */
int dset_boxes_add(
    struct dset_boxes *b, const struct dset_box *box, int width, int height);

struct dset_detect;

/* A label file that is read. */
struct dset_page {
	const char *text; /* len bytes and a 0 */
	size_t len;
	int width, height;          /* of its picture */
	struct dset_detect *detect; /* who knows the classes */
	/* YOLO: the names that its numbers stand for, NULL: none. */
	char *const *names;
	size_t nnames;
	int64_t line; /* out: where it is wrong, from 1; -1: in no line */
};

int dset_kitti_read(struct dset_boxes *out, struct dset_page *p);
int dset_voc_read(struct dset_boxes *out, struct dset_page *p);
int dset_yolo_read(struct dset_boxes *out, struct dset_page *p);

/* The words of a line, at most n of them, cut apart in place; how many it has. */
size_t dset_page_words(char **out, size_t n, char *line);
/* Read each line of the page, a copy that may be cut apart; p->line is its number. */
int dset_page_lines(struct dset_boxes *out, struct dset_page *p,
    int (*read)(
	struct dset_boxes *out, struct dset_page *p, char *line, void *ctx),
    void *ctx);

#endif
