/* A net's picture as SVG and as DOT text, and into a file. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/path.h"
#include "file/file.h"
#include "nn/draw/draw.h"

/* Text as XML has it. */
static int
add_xml(struct buf *b, const char *s, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		switch (s[i]) {
		case '<': TRY(buf_adds(b, "&lt;")); break;
		case '>': TRY(buf_adds(b, "&gt;")); break;
		case '&': TRY(buf_adds(b, "&amp;")); break;
		case '"': TRY(buf_adds(b, "&quot;")); break;
		default: /* control characters are not XML */
			TRY(buf_addc(b, (unsigned char)s[i] < 32 ? ' ' : s[i]));
		}
	}
	return 0;
}

static int
svg_box(struct buf *b, const struct net_box *x)
{
	const char *s = x->text, *end;
	int line = 0;

	TRY(buf_printf(b,
	    "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" rx=\"4\" fill=\"#%06x\"/>\n",
	    x->x, x->y, x->w, x->h, (unsigned)net_colours[x->colour]));
	for (;; s = end + 1, line++) {
		end = strchr(s, '\n');
		TRY(buf_printf(b, "<text x=\"%.1f\" y=\"%.1f\"%s>",
		    x->x + x->w / 2, x->y + 15 + line * NET_LINE_H,
		    line == 0 ? " font-weight=\"bold\"" : ""));
		TRY(add_xml(b, s, end ? (size_t)(end - s) : strlen(s)));
		TRY(buf_adds(b, "</text>\n"));
		if (end == NULL)
			return 0;
	}
}

/* The line and the head of the arrow at its end. */
static int
svg_path(struct buf *b, const struct net_path *p)
{
	const double *e = &p->xy[2 * p->n - 2];
	const double a = atan2(e[1] - e[-1], e[0] - e[-2]);
	int i;

	TRY(buf_printf(b, "<path d=\"M%.1f %.1f", p->xy[0], p->xy[1]));
	for (i = 1; i < p->n; i++)
		TRY(buf_printf(
		    b, "L%.1f %.1f", p->xy[2 * i], p->xy[2 * i + 1]));
	TRY(buf_printf(b, "M%.1f %.1fL%.1f %.1fL%.1f %.1f",
	    e[0] - 7 * cos(a - 0.4), e[1] - 7 * sin(a - 0.4), e[0], e[1],
	    e[0] - 7 * cos(a + 0.4), e[1] - 7 * sin(a + 0.4)));
	TRY(buf_adds(b, "\"><title>"));
	TRY(add_xml(b, p->text, strlen(p->text)));
	return buf_adds(b, "</title></path>\n");
}

int
net_draw_svg(
    struct buf *b, const struct net_drawing *d, const struct net_draw_opts *o)
{
	const double w = o != NULL && o->width > 0 ? o->width : d->w;
	int i;

	TRY(buf_printf(b,
	    "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" height=\"%.0f\" viewBox=\"0 0 %.0f %.0f\">\n"
	    "<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>\n"
	    "<g fill=\"none\" stroke=\"#666\">\n",
	    w, d->h * w / d->w, d->w, d->h));
	for (i = 0; i < d->npaths; i++)
		TRY(svg_path(b, &d->paths[i]));
	TRY(buf_adds(b,
	    "</g>\n<g font-family=\"sans-serif\" font-size=\"11\" text-anchor=\"middle\">\n"));
	for (i = 0; i < d->nboxes; i++)
		TRY(svg_box(b, &d->boxes[i]));
	return buf_adds(b, "</g>\n</svg>\n");
}

int
net_draw_inline(
    struct buf *b, const struct net *n, const struct net_draw_opts *opts)
{
	struct net_drawing g;
	int rc = net_draw(&g, n);

	if (rc >= 0)
		rc = net_draw_svg(b, &g, opts);
	net_drawing_clear(&g);
	return rc;
}

static int
add_dot(struct buf *b, const char *s)
{
	TRY(buf_addc(b, '"'));
	for (; *s; s++) {
		if (*s == '\n') {
			TRY(buf_adds(b, "\\n"));
			continue;
		}
		if (*s == '"' || *s == '\\')
			TRY(buf_addc(b, '\\'));
		TRY(buf_addc(b, *s));
	}
	return buf_addc(b, '"');
}

int
net_draw_dot(struct buf *b, const struct net_drawing *d, const char *name)
{
	int i;

	TRY(buf_adds(b, "digraph "));
	TRY(add_dot(b, name));
	TRY(buf_adds(b,
	    " {\n\tnode [shape=box, style=\"rounded,filled\", fontname=\"sans-serif\", fontsize=11, color=none];\n"
	    "\tedge [color=\"#666666\", fontname=\"sans-serif\", fontsize=9];\n"));
	for (i = 0; i < d->nboxes; i++) {
		TRY(buf_printf(b, "\tn%d [fillcolor=\"#%06x\", label=", i,
		    (unsigned)net_colours[d->boxes[i].colour]));
		TRY(add_dot(b, d->boxes[i].text));
		TRY(buf_adds(b, "];\n"));
	}
	for (i = 0; i < d->npaths; i++) {
		TRY(buf_printf(b, "\tn%d -> n%d [label=", d->paths[i].from,
		    d->paths[i].to));
		TRY(add_dot(b, d->paths[i].text));
		TRY(buf_adds(b, "];\n"));
	}
	return buf_adds(b, "}\n");
}

int
net_draw_file(const char *path, const struct net *n, int force)
{
	struct net_drawing g;
	struct buf b;
	int rc;

	buf_init(&b, 256 << 20);
	rc = net_draw(&g, n);
	if (rc < 0)
		goto done;
	if (path_has_ext(path, ".png")) {
		rc = net_draw_png(path, &g, force);
		goto done;
	}
	if (path_has_ext(path, ".svg"))
		rc = net_draw_svg(&b, &g, NULL);
	else if (path_has_ext(path, ".dot") || strcmp(path, "-") == 0)
		rc = net_draw_dot(&b, &g, n->name);
	else
		rc = err_set(ERR_USAGE,
		    "%s: the name must end in .svg, .png or .dot", path);
	if (rc >= 0)
		rc = file_write(path, b.data, b.len, force);
done:
	net_drawing_clear(&g);
	buf_clear(&b);
	return rc;
}
