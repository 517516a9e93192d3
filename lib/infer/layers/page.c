/*
 * The layers of a net as a page that is whole in itself: pictures are in it, nothing
 * is asked for, nothing runs, and it is dark where its reader's screen is.
 */
#include <inttypes.h>
#include <stdio.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/num.h"
#include "file/file.h"
#include "json/markup.h"
#include "infer/layers/layers.h"

/* A piece of the page at once; a picture of tiles is far smaller. */
enum { PIECE_MAX = 64 << 20, PICTURE_SIDE = 320, BAR = 8, HIGH = 60 };

struct layer_page {
	struct file_out *out;
	const char *path;
	struct buf b; /* a piece of it */
	struct buf png;
	struct image small[2];
	bool table; /* rows follow one another */
};

static const char style[] =
    ":root{color-scheme:light dark;--ink:#222;--faint:#666;--ground:#fff;"
    "--line:#d0d0d0;--bar:#4a6fa5}\n"
    "@media(prefers-color-scheme:dark){:root{--ink:#ddd;--faint:#999;"
    "--ground:#1b1b1b;--line:#444;--bar:#8fb1de}}\n"
    "body{font:1em/1.4 sans-serif;margin:2em;color:var(--ink);"
    "background:var(--ground)}\n"
    "table{border-collapse:collapse}\n"
    "td,th{padding:.6em 1em .6em 0;border-bottom:1px solid var(--line);"
    "text-align:left;vertical-align:top}\n"
    "th{font-weight:normal}th b{display:block}\n"
    "img{max-width:100%;height:auto;image-rendering:pixelated}\n"
    "svg{display:block}svg rect{fill:var(--bar)}"
    "svg text{fill:var(--faint);font-size:10px}\n"
    ".faint{color:var(--faint)}\n";

/* What is in b, into the file. */
static int
write_piece(struct layer_page *p, int rc)
{
	if (rc >= 0 &&
	    fwrite(buf_str(&p->b), 1, p->b.len, file_out_stream(p->out)) !=
		p->b.len)
		rc = err_sys("write %s", p->path);
	buf_reset(&p->b);
	return rc;
}

static int
add_head(struct buf *b, const char *model)
{
	TRY(buf_adds(b,
	    "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
	    "<meta name=\"viewport\" content=\"width=device-width\">\n"
	    "<title>"));
	TRY(markup_text(b, model));
	TRY(buf_printf(b,
	    ": layers</title>\n<style>\n%s</style></head><body>\n<h1>", style));
	TRY(markup_text(b, model));
	return buf_adds(b, "</h1>\n");
}

int
layer_page_begin(struct layer_page **out, const char *path, const char *model)
{
	struct layer_page *p = mem_new(struct layer_page);
	int rc;

	p->path = path;
	buf_init(&p->b, PIECE_MAX);
	buf_init(&p->png, PIECE_MAX);
	image_init(&p->small[0]);
	image_init(&p->small[1]);
	rc = file_out_open(&p->out, path, prog_options()->force);
	if (rc >= 0)
		rc = write_piece(p, add_head(&p->b, model));
	if (rc < 0)
		layer_page_free(p);
	else
		*out = p;
	return rc;
}

void
layer_page_free(struct layer_page *p)
{
	if (p == NULL)
		return;
	file_out_abort(&p->out);
	buf_clear(&p->b);
	buf_clear(&p->png);
	image_clear(&p->small[0]);
	image_clear(&p->small[1]);
	mem_free(p);
}

/* The src and the size of a picture; the tag is open. */
static int
add_picture(struct layer_page *p, const struct image *im)
{
	buf_reset(&p->png);
	TRY(image_encode_png(&p->png, im, -1));
	TRY(buf_printf(&p->b, " width=\"%d\" height=\"%d\" src=\"", im->width,
	    im->height));
	TRY(markup_data(&p->b, "image/png", p->png.data, p->png.len));
	return buf_adds(&p->b, "\">");
}

/* A photograph need not be in the page with all its pixels. */
static int
shrink(struct layer_page *p, const struct image **im)
{
	const int w = (*im)->width, h = (*im)->height;
	const double by = (double)PICTURE_SIDE / (w > h ? w : h);

	if (by >= 1)
		return 0;
	TRY(image_resize(&p->small[0], *im, w * by < 1 ? 1 : (int)(w * by),
	    h * by < 1 ? 1 : (int)(h * by), &p->small[1]));
	*im = &p->small[0];
	return 0;
}

static int
begin_picture(struct layer_page *p, const char *name, const struct image *im,
    const char *const *answers, size_t n)
{
	if (p->table)
		TRY(buf_adds(&p->b, "</table>\n"));
	p->table = true;
	TRY(buf_adds(&p->b, "<h2>"));
	TRY(markup_text(&p->b, name));
	TRY(buf_adds(&p->b, "</h2>\n"));
	if (im != NULL) {
		TRY(shrink(p, &im));
		TRY(buf_adds(&p->b, "<p><img alt=\"the picture "));
		TRY(markup_text(&p->b, name));
		TRY(buf_adds(&p->b, "\""));
		TRY(add_picture(p, im));
		TRY(buf_adds(&p->b, "</p>\n"));
	}
	for (size_t i = 0; i < n; i++) {
		TRY(buf_adds(&p->b, i == 0 ? "<ol>\n<li>" : "<li>"));
		TRY(markup_text(&p->b, answers[i]));
		TRY(buf_adds(&p->b, "</li>\n"));
	}
	return buf_adds(&p->b, n > 0 ? "</ol>\n<table>\n" : "<table>\n");
}

int
layer_page_picture(struct layer_page *p, const char *name,
    const struct image *im, const char *const *answers, size_t n)
{
	return write_piece(p, begin_picture(p, name, im, answers, n));
}

static int
add_bins(struct buf *b, const struct layer_stats *s)
{
	uint64_t most = 1;

	for (int i = 0; i < LAYER_BINS; i++)
		if (s->bin[i] > most)
			most = s->bin[i];
	TRY(buf_printf(b,
	    "<svg role=\"img\" width=\"%d\" height=\"%d\" aria-label=\"histogram from %.3g to %.3g, %" PRIu64
	    " in the fullest bin\">\n",
	    LAYER_BINS * BAR, HIGH + 14, s->low, s->high, most));
	for (int i = 0; i < LAYER_BINS; i++) {
		const double high = HIGH * (double)s->bin[i] / (double)most;

		TRY(buf_printf(b,
		    "<rect x=\"%d\" y=\"%.1f\" width=\"%d\" height=\"%.1f\"/>",
		    i * BAR, HIGH - high, BAR - 1, high));
	}
	return buf_printf(b,
	    "\n<text x=\"0\" y=\"%d\">%.3g</text><text x=\"%d\" y=\"%d\" text-anchor=\"end\">%.3g</text></svg>\n",
	    HIGH + 12, s->low, LAYER_BINS * BAR, HIGH + 12, s->high);
}

static int
add_figures(struct buf *b, const struct layer_row *r)
{
	const struct layer_stats *s = &r->stats;
	char shape[SHAPE_TEXT_MAX];

	TRY(buf_printf(b, "<td>%s<br>\n", shape_text(shape, &r->shape)));
	if (r->blob == NULL)
		TRY(buf_printf(
		    b, "%s<br>\n", NUM_COUNTED(r->parameters, "parameter")));
	if (s->odd > 0)
		TRY(buf_printf(b, "<b>%s not finite</b><br>\n",
		    NUM_COUNTED(s->odd, "value")));
	if (s->odd < s->count) {
		TRY(buf_printf(b,
		    "mean %.6g<br>\ndeviation %.6g<br>\nfrom %.6g to %.6g</td><td>\n",
		    s->mean, s->std, s->min, s->max));
		TRY(add_bins(b, s));
	} else {
		TRY(buf_adds(b, "</td><td>"));
	}
	return buf_adds(b, "</td><td>");
}

static int
add_tiles(
    struct layer_page *p, const struct layer_row *r, const struct image *tiles)
{
	struct buf *b = &p->b;

	if (tiles == NULL)
		return buf_adds(b, "<span class=\"faint\">not shown</span>");
	TRY(buf_printf(
	    b, "<img alt=\"%s of ", NUM_COUNTED(r->tiles.shown, "tile")));
	TRY(markup_text(b, r->layer));
	TRY(buf_adds(b, r->blob != NULL ? "\"" : ", weights\""));
	TRY(add_picture(p, tiles));
	if (r->tiles.shown < r->tiles.n)
		TRY(buf_printf(b,
		    "<br><span class=\"faint\">the first %zu of %zu tiles</span>",
		    r->tiles.shown, r->tiles.n));
	if (r->tiles.cut)
		TRY(buf_adds(
		    b, "<br><span class=\"faint\">cut off on one side</span>"));
	return 0;
}

static int
add_row(
    struct layer_page *p, const struct layer_row *r, const struct image *tiles)
{
	struct buf *b = &p->b;

	TRY(buf_adds(b, "<tr><th><b>"));
	TRY(markup_text(b, r->layer));
	TRY(buf_adds(b, "</b>"));
	TRY(markup_text(b, r->type));
	TRY(buf_adds(
	    b, r->blob == NULL ? "<br>weights</th>" : "<br>activation</th>"));
	TRY(add_figures(b, r));
	TRY(add_tiles(p, r, tiles));
	return buf_adds(b, "</td></tr>\n");
}

int
layer_page_row(
    struct layer_page *p, const struct layer_row *r, const struct image *tiles)
{
	return write_piece(p, add_row(p, r, tiles));
}

int
layer_page_commit(struct layer_page *p, const struct layer_totals *t)
{
	if (p->table)
		TRY(buf_adds(&p->b, "</table>\n"));
	TRY(write_piece(p,
	    buf_printf(&p->b, "<p>%s, %s, %s</p>\n</body></html>\n",
		NUM_COUNTED(t->pictures, "image"),
		NUM_COUNTED(t->layers, "layer"),
		NUM_COUNTED(t->parameters, "parameter"))));
	return file_out_commit(&p->out);
}
