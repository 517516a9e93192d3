/*
 * KITTI's object labels, one a line:
 *
 *	type truncated occluded alpha left top right bottom
 *	height width length x y z rotation_y [score]
 *
 * Types are compared without regard to capitals, as in DIGITS.
 */
#include "dset/boxes/boxes.h"

#include "base/err.h"
#include "base/num.h"
#include "dset/boxes/detect.h"

enum { WORDS = 15 };

static int
read_line(struct dset_boxes *out, struct dset_page *p, char *line, void *ctx)
{
	double v[WORDS];
	char *word[WORDS];
	size_t n = dset_page_words(word, WORDS, line), i;
	struct dset_box b;
	int64_t occluded;
	int rc;

	(void)ctx;
	if (n == 0)
		return 0;
	if (n < WORDS)
		return err_set(ERR_FORMAT, "%zu %s, where KITTI has 15", n,
		    num_plural(n, "word", "words"));
	if (num_int(&occluded, word[2], -1000, 1000) < 0)
		return err_set(ERR_FORMAT,
		    "occluded is \"%s\", not a whole number", word[2]);
	for (i = 1; i < WORDS; i++)
		if (num_double(&v[i], word[i], -1e9, 1e9) < 0)
			return err_set(
			    ERR_FORMAT, "\"%s\" is not a number", word[i]);
	b = (struct dset_box){ .left = v[4],
		.top = v[5],
		.right = v[6],
		.bottom = v[7],
		.occluded = (int)occluded,
		.truncated = v[1],
		.alpha = v[3],
		.height = v[8],
		.width = v[9],
		.length = v[10],
		.x = v[11],
		.y = v[12],
		.z = v[13],
		.rotation_y = v[14] };
	rc = dset_detect_class(&b.class, p->detect, word[0]);
	return rc > 0 ? dset_boxes_add(out, &b, p->width, p->height) : rc;
}

int
dset_kitti_read(struct dset_boxes *out, struct dset_page *p)
{
	return dset_page_lines(out, p, read_line, NULL);
}
