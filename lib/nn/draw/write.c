/* A net's picture into a page or a file. */
#include <math.h>
#include <string.h>

#include "base/err.h"
#include "base/path.h"
#include "file/file.h"
#include "image/draw.h"
#include "nn/draw/picture.h"

enum { TEXT_MAX = 256 << 20 };

static const struct net_draw_opts plain;

/* The height with the legend, and pixels of each unit. */
static int
measure(const struct net_picture *p, const struct net_draw_opts *o,
    double *height, double *scale)
{
	struct draw *ruler;

	TRY(net_ruler(&ruler));
	*height = p->h + net_legend(NULL, ruler, p, 0);
	*scale = o->width > 0 ? o->width / p->w : 1;
	draw_free(ruler);
	return 0;
}

static int
draw_elements(
    struct buf *b, struct net_picture *p, const struct net_draw_opts *o)
{
	struct draw *d;
	double h, scale;

	TRY(net_arrange(p));
	TRY(measure(p, o, &h, &scale));
	TRY(draw_svg(&d, p->w, h, scale));
	net_paint(d, p);
	return draw_svg_end(b, &d);
}

int
net_draw_inline(
    struct buf *b, const struct net *n, const struct net_draw_opts *opts)
{
	const struct net_draw_opts *o = opts != NULL ? opts : &plain;
	struct net_picture p;
	int rc;

	net_picture_make(&p, n, o);
	rc = draw_elements(b, &p, o);
	net_picture_clear(&p);
	return rc;
}

static int
draw_pixels(const char *path, struct net_picture *p,
    const struct net_draw_opts *o, int force)
{
	const char *least = path_has_ext(path, ".png") ? ".svg" : ".dot";
	struct draw *d;
	double h, scale;
	int rc;

	TRY(net_arrange(p));
	TRY(measure(p, o, &h, &scale));
	if (path_has_ext(path, ".png") &&
	    ceil(p->w * scale) * ceil(h * scale) > IMAGE_MAX_PIXELS)
		rc = err_set(ERR_RANGE, "%.0fx%.0f pixels are too many",
		    ceil(p->w * scale), ceil(h * scale));
	else
		rc = draw_scaled(&d, path, p->w, h, scale);
	if (rc < 0)
		return err_set(ERR_RANGE,
		    "%s; draw a %s, or one of a lesser --width", err_text(),
		    least);
	net_paint(d, p);
	return draw_write(&d, path, force);
}

static int
write_text(const char *path, struct net_picture *p,
    const struct net_draw_opts *o, int force)
{
	struct buf b;
	int rc;

	buf_init(&b, TEXT_MAX);
	if (path_has_ext(path, ".svg"))
		rc = draw_elements(&b, p, o);
	else
		rc = net_draw_dot(&b, p);
	if (rc >= 0)
		rc = file_write(path, b.data, b.len, force);
	buf_clear(&b);
	return rc;
}

int
net_draw_file(const char *path, const struct net *n,
    const struct net_draw_opts *opts, int force)
{
	const struct net_draw_opts *o = opts != NULL ? opts : &plain;
	const bool pixels =
	    path_has_ext(path, ".png") || path_has_ext(path, ".pdf");
	struct net_picture p;
	int rc;

	if (!pixels && !path_has_ext(path, ".svg") &&
	    !path_has_ext(path, ".dot") && strcmp(path, "-") != 0)
		return err_set(ERR_USAGE,
		    "%s: the name must end in .svg, .png, .pdf or .dot", path);
	net_picture_make(&p, n, o);
	rc = pixels ? draw_pixels(path, &p, o, force)
		    : write_text(path, &p, o, force);
	net_picture_clear(&p);
	return rc;
}
