/* What all readers of boxes share. */
#include "dset/boxes/boxes.h"

#include <math.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"

enum { LINE_MAX_BYTES = 1 << 20 };

/* No picture has so many pixels in a row, and no float loses any below. */
static const double edge_most = 1 << 24;

void
dset_boxes_clear(struct dset_boxes *b)
{
	mem_free(b->v);
	memset(b, 0, sizeof *b);
}

struct dset_box
dset_box_make(double left, double top, double right, double bottom)
{
	return (struct dset_box){
		.left = left, .top = top, .right = right, .bottom = bottom
	};
}

static int
check_box(const struct dset_box *b, int width, int height)
{
	const double edge[] = { b->left, b->top, b->right, b->bottom };

	for (size_t i = 0; i < LENGTH(edge); i++)
		if (!(fabs(edge[i]) <= edge_most))
			return err_set(
			    ERR_FORMAT, "a box with an edge at %g", edge[i]);
	if (!(b->right > b->left && b->bottom > b->top))
		return err_set(ERR_FORMAT, "a box of %g x %g pixels",
		    b->right - b->left, b->bottom - b->top);
	if (width > 0 &&
	    (b->right <= 0 || b->bottom <= 0 || b->left >= width ||
		b->top >= height))
		return err_set(ERR_FORMAT,
		    "a box from %g,%g to %g,%g lies outside of its picture of %dx%d",
		    b->left, b->top, b->right, b->bottom, width, height);
	return 0;
}

int
dset_boxes_add(
    struct dset_boxes *b, const struct dset_box *box, int width, int height)
{
	TRY(check_box(box, width, height));
	if (b->n == BOXES_MAX)
		return err_set(
		    ERR_RANGE, "more than %d boxes in a picture", BOXES_MAX);
	mem_grow(&b->v, &b->cap, b->n + 1);
	b->v[b->n++] = *box;
	return 0;
}

static bool
blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f';
}

size_t
dset_page_words(char **out, size_t n, char *s)
{
	size_t have = 0;

	for (;;) {
		while (blank(*s))
			*s++ = '\0';
		if (*s == '\0')
			return have;
		if (have < n)
			out[have] = s;
		have++;
		while (*s && !blank(*s))
			s++;
	}
}

/* 1 and the next line of the page, a copy in b; 0 at its end. */
static int
next_line(char **line, struct buf *b, struct dset_page *p, size_t *at)
{
	static char none[1];
	const char *s = p->text + *at, *end;
	size_t left = p->len - *at;

	if (left == 0)
		return 0;
	p->line++;
	end = memchr(s, '\n', left);
	*at += end != NULL ? (size_t)(end - s) + 1 : left;
	if (end != NULL)
		left = (size_t)(end - s);
	if (memchr(s, '\0', left) != NULL)
		return err_set(ERR_FORMAT, "a 0 byte: this is no text");
	if (left > LINE_MAX_BYTES)
		return err_set(
		    ERR_RANGE, "a line of more than %d bytes", LINE_MAX_BYTES);
	buf_reset(b);
	TRY(buf_add(b, s, left));
	*line = left > 0 ? b->data : none;
	return 1;
}

int
dset_page_lines(struct dset_boxes *out, struct dset_page *p,
    int (*read)(
	struct dset_boxes *out, struct dset_page *p, char *line, void *ctx),
    void *ctx)
{
	struct buf b;
	size_t at = 0;
	char *line = NULL;
	int rc;

	p->line = 0;
	buf_init(&b, BOXES_FILE_MAX);
	while ((rc = next_line(&line, &b, p, &at)) > 0) {
		rc = read(out, p, line, ctx);
		if (rc < 0)
			break;
	}
	buf_clear(&b);
	return rc;
}
