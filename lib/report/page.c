/* Pages of HTML: see page.h. */
#include "report/page.h"

#include <stdarg.h>
#include <string.h>

#include "base/err.h"
#include "file/file.h"
#include "json/markup.h"

enum { PAGE_MAX = 1 << 28, QUALITY = 85 };

/*
 * Colours: what is read has a contrast of 4.5 with what it stands on, lines have 3
 * (Web Content Accessibility Guidelines 2.1, 1.4.3 and 1.4.11).  Drawings are made
 * for white paper: their greys, and in the dark the colours that are too dark there,
 * are replaced by attribute.
 */
static const char style[] =
    ":root{color-scheme:light dark;--ink:#1c1e21;--faint:#5c626a;--paper:#ffffff;--card:#f4f5f7;--rule:#d3d7dc}\n"
    "@media(prefers-color-scheme:dark){:root{--ink:#e6e8eb;--faint:#a3abb5;--paper:#16181c;--card:#202329;--rule:#3a3f47}}\n"
    "@media print{:root{color-scheme:light;--ink:#000000;--faint:#444444;--paper:#ffffff;--card:#ffffff;--rule:#999999}}\n"
    "body{margin:0 auto;max-width:62rem;padding:1.5rem 1rem 4rem;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,sans-serif}\n"
    "h1{font-size:1.7rem;margin:0}h2{font-size:1.2rem;margin:0 0 .6rem}\n"
    "header p,figcaption,caption,dt{color:var(--faint)}header p{margin:.2rem 0 1.5rem}\n"
    "section{margin:0 0 1.2rem;padding:1rem 1.1rem;border:1px solid var(--rule);border-radius:6px;overflow-x:auto;break-inside:avoid-page}\n"
    "dl{display:grid;grid-template-columns:max-content 1fr;gap:.15rem 1.2rem;margin:0}dd{margin:0;overflow-wrap:anywhere}\n"
    "table{border-collapse:collapse;font-variant-numeric:tabular-nums}caption{text-align:left;padding-bottom:.3rem}\n"
    "th,td{padding:.15rem .8rem .15rem 0;text-align:right;vertical-align:top;border-bottom:1px solid var(--rule)}\n"
    ".w{text-align:left}th{font-weight:600}\n"
    "pre{background:var(--card);border-radius:4px;padding:.7rem .9rem;margin:.4rem 0;overflow-x:auto;font-size:.85rem}\n"
    "figure{display:inline-block;margin:.3rem 1rem .6rem 0;vertical-align:top;max-width:100%}\n"
    "figcaption{font-size:.85rem;max-width:56rem}.few figcaption{max-width:9rem;overflow-wrap:anywhere}\n"
    ".key span{margin-right:1rem;white-space:nowrap}.key i{display:inline-block;width:.8em;height:.8em;margin-right:.35em;border:1px solid var(--faint)}\n"
    "svg{max-width:100%;height:auto}svg text{pointer-events:none}img{max-width:100%;image-rendering:pixelated}\n"
    "svg [fill-opacity=\"0\"]:hover{fill-opacity:.18}\n"
    "@media screen and (prefers-color-scheme:dark){\n"
    ".adapts svg [fill=\"#ffffff\"]{fill:#16181c}.adapts svg text[fill=\"#ffffff\"]{fill:#ffffff}\n"
    ".adapts svg [fill=\"#222222\"],.adapts svg [fill=\"#000000\"]{fill:#e6e8eb}.adapts svg [fill=\"#6b6b6b\"]{fill:#a3abb5}\n"
    ".adapts svg [stroke=\"#222222\"],.adapts svg [stroke=\"#000000\"]{stroke:#e6e8eb}.adapts svg [stroke=\"#777777\"],.adapts svg [stroke=\"#6b6b6b\"]{stroke:#8a929c}\n"
    ".adapts svg [stroke=\"#e3e3e3\"],.adapts svg [stroke=\"#d0d0d0\"]{stroke:#31353c}.adapts svg [fill=\"#eeeeee\"]{fill:#2a2e35}.adapts svg [fill=\"#b8c4d0\"]{fill:#4a5666}\n"
    ".adapts svg [stroke=\"#0072b2\"]{stroke:#3d8bd4}.adapts svg [fill=\"#0072b2\"]{fill:#3d8bd4}\n"
    ".adapts svg [stroke=\"#d55e00\"]{stroke:#ff8a3c}.adapts svg [fill=\"#d55e00\"]{fill:#ff8a3c}}\n";

static void
keep(struct page *p, int rc)
{
	if (p->rc >= 0)
		p->rc = rc;
}

void
page_put(struct page *p, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	keep(p, p->rc < 0 ? p->rc : buf_vprintf(&p->b, fmt, ap));
	va_end(ap);
}

void
page_text(struct page *p, const char *text)
{
	if (p->rc >= 0)
		keep(p, markup_text(&p->b, text));
}

/* Formatted text. */
static void
put_words(struct page *p, const char *fmt, va_list ap)
{
	struct buf b;

	buf_init(&b, PAGE_MAX);
	if (p->rc >= 0)
		keep(p, buf_vprintf(&b, fmt, ap));
	page_text(p, buf_str(&b));
	buf_clear(&b);
}

void
page_begin(struct page *p, const char *title, const char *below)
{
	*p = (struct page){ .rc = 0 };
	buf_init(&p->b, PAGE_MAX);
	page_put(p,
	    "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
	    "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n<title>");
	page_text(p, title);
	page_put(p,
	    "</title>\n<link rel=\"icon\" href=\"data:,\">\n<style>\n%s</style>\n</head>\n<body>\n<header>\n<h1>",
	    style);
	page_text(p, title);
	page_put(p, "</h1>\n<p>");
	page_text(p, below);
	page_put(p, "</p>\n</header>\n<main>\n");
}

int
page_write(struct page *p, const char *path, int force)
{
	page_put(p, "</main>\n</body>\n</html>\n");
	return p->rc < 0 ? p->rc : file_write(path, p->b.data, p->b.len, force);
}

void
page_clear(struct page *p)
{
	buf_clear(&p->b);
}

/* ---- pieces --------------------------------------------------------------- */

void
page_section(struct page *p, const char *title)
{
	page_put(p, "<section>\n<h2>");
	page_text(p, title);
	page_put(p, "</h2>\n");
}

void
page_section_end(struct page *p)
{
	page_put(p, "</section>\n");
}

void
page_line(struct page *p, const char *fmt, ...)
{
	va_list ap;

	page_put(p, "<p>");
	va_start(ap, fmt);
	put_words(p, fmt, ap);
	va_end(ap);
	page_put(p, "</p>\n");
}

/* Line by line: what is no letter but a line break would become a blank. */
void
page_code(struct page *p, const char *text)
{
	page_put(p, "<pre tabindex=\"0\">");
	while (*text != '\0' && p->rc >= 0) {
		size_t n = strcspn(text, "\n");

		keep(p, buf_add_xml(&p->b, text, n));
		text += n;
		if (*text == '\n') {
			page_put(p, "\n");
			text++;
		}
	}
	page_put(p, "</pre>\n");
}

void
page_pairs(struct page *p)
{
	page_put(p, "<dl>\n");
}

void
page_pair(struct page *p, const char *name, const char *fmt, ...)
{
	struct buf b;
	va_list ap;

	buf_init(&b, PAGE_MAX);
	va_start(ap, fmt);
	if (p->rc >= 0 && fmt != NULL)
		keep(p, buf_vprintf(&b, fmt, ap));
	va_end(ap);
	if (b.len > 0) {
		page_put(p, "<dt>");
		page_text(p, name);
		page_put(p, "</dt><dd>");
		page_text(p, buf_str(&b));
		page_put(p, "</dd>\n");
	}
	buf_clear(&b);
}

void
page_pairs_end(struct page *p)
{
	page_put(p, "</dl>\n");
}

/* ---- tables --------------------------------------------------------------- */

static void
put_cells(struct page *p, const struct page_table *t, const char *const *cells,
    bool heads)
{
	page_put(p, "<tr>");
	for (size_t i = 0; i < t->n; i++) {
		const bool head = heads || i == 0;

		page_put(p, "<t%c%s%s>", head ? 'h' : 'd',
		    heads        ? " scope=\"col\""
			: i == 0 ? " scope=\"row\""
				 : "",
		    i < t->words ? " class=\"w\"" : "");
		page_text(p, cells[i]);
		page_put(p, "</t%c>", head ? 'h' : 'd');
	}
	page_put(p, "</tr>\n");
}

void
page_table(struct page *p, const struct page_table *t, const char *caption,
    const char *const *heads)
{
	page_put(p, "<table>\n");
	if (*caption != '\0') {
		page_put(p, "<caption>");
		page_text(p, caption);
		page_put(p, "</caption>\n");
	}
	put_cells(p, t, heads, true);
}

void
page_row(struct page *p, const struct page_table *t, const char *const *cells)
{
	put_cells(p, t, cells, false);
}

void
page_table_end(struct page *p)
{
	page_put(p, "</table>\n");
}

/* ---- pictures ------------------------------------------------------------- */

static void
end_figure(struct page *p, const char *caption)
{
	if (*caption != '\0') {
		page_put(p, "<figcaption>");
		page_text(p, caption);
		page_put(p, "</figcaption>");
	}
	page_put(p, "</figure>\n");
}

void
page_drawing(struct page *p, const struct buf *element, bool adapts,
    const char *alt, const char *caption)
{
	page_put(p, "<figure><div%s role=\"img\" aria-label=\"",
	    adapts ? " class=\"adapts\"" : "");
	page_text(p, alt);
	page_put(p, "\">\n");
	if (p->rc >= 0)
		keep(p, buf_add(&p->b, element->data, element->len));
	page_put(p, "</div>");
	end_figure(p, caption);
}

void
page_picture(struct page *p, const struct image *im, bool photo, int by,
    const char *alt, const char *caption)
{
	struct buf b;

	if (p->rc < 0)
		return;
	buf_init(&b, PAGE_MAX);
	keep(p,
	    photo ? image_encode_jpeg(&b, im, QUALITY)
		  : image_encode_png(&b, im, 9));
	page_put(p, "<figure><img alt=\"");
	page_text(p, alt);
	page_put(p, "\" width=\"%d\" height=\"%d\" src=\"", im->width * by,
	    im->height * by);
	if (p->rc >= 0)
		keep(p,
		    markup_data(&p->b, photo ? "image/jpeg" : "image/png",
			b.data, b.len));
	page_put(p, "\">");
	end_figure(p, caption);
	buf_clear(&b);
}
