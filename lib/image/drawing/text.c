/* Words of drawings: see image/draw.h. */
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "image/drawing/inside.h"

char *
draw_clean(const char *text)
{
	char *s = mem_strdup(text);
	size_t i = 0, len = strlen(s);
	uint32_t c;

	while (i < len) {
		size_t n = text_char(&c, s + i, len - i);

		if (n == 0 || (unsigned char)s[i] < ' ')
			s[i] = '?';
		i += n == 0 ? 1 : n;
	}
	return s;
}

static void
use_font(struct draw *d, double size)
{
	cairo_select_font_face(d->cr, "sans-serif", CAIRO_FONT_SLANT_NORMAL,
	    d->bold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL);
	cairo_set_font_size(d->cr, size);
}

double
draw_text_width(struct draw *d, double size, const char *text)
{
	cairo_text_extents_t e = { 0 };
	char *s;

	if (d == NULL)
		return 0;
	s = draw_clean(text);
	use_font(d, size);
	cairo_text_extents(d->cr, s, &e);
	mem_free(s);
	return e.x_advance;
}

static void
text_turned(struct draw *d, double x, double y, bool up, double size,
    enum draw_align align, uint32_t colour, const char *text)
{
	static const double share[] = {
		[DRAW_LEFT] = 0, [DRAW_CENTRE] = 0.5, [DRAW_RIGHT] = 1
	};
	double width = draw_text_width(d, size, text);
	char *s;

	if (d == NULL)
		return;
	s = draw_clean(text);
	if (d->svg != NULL) {
		svg_text(
		    d->svg, x, y, up, size, align, d->bold, colour, s, width);
		mem_free(s);
		return;
	}
	cairo_save(d->cr);
	cairo_translate(d->cr, x, y);
	if (up)
		cairo_rotate(d->cr, -M_PI / 2);
	draw_use(d, colour);
	use_font(d, size);
	cairo_move_to(d->cr, -share[align] * width, 0);
	cairo_show_text(d->cr, s);
	cairo_restore(d->cr);
	mem_free(s);
}

void
draw_bold(struct draw *d, bool bold)
{
	if (d != NULL)
		d->bold = bold;
}

void
draw_text(struct draw *d, double x, double y, double size,
    enum draw_align align, uint32_t colour, const char *text)
{
	text_turned(d, x, y, false, size, align, colour, text);
}

void
draw_text_up(struct draw *d, double x, double y, double size,
    enum draw_align align, uint32_t colour, const char *text)
{
	text_turned(d, x, y, true, size, align, colour, text);
}

char *
draw_text_cut(struct draw *d, double size, double most, const char *text)
{
	char *s = mem_strdup(text), *cut;
	size_t n = strlen(s);

	if (draw_text_width(d, size, s) <= most)
		return s;
	while (n > 0) {
		do
			n--;
		while (n > 0 && ((unsigned char)s[n] & 0xc0) == 0x80);
		while (n > 0 && s[n - 1] == ' ')
			n--;
		cut = mem_printf("%.*s\xe2\x80\xa6", (int)n, s);
		if (n == 0 || draw_text_width(d, size, cut) <= most) {
			mem_free(s);
			return cut;
		}
		mem_free(cut);
	}
	return s;
}

void
draw_label(struct draw *d, double x, double y, double size, uint32_t colour,
    const char *text)
{
	double pad = size / 4;

	draw_fill(d, x, y, draw_text_width(d, size, text) + 2 * pad,
	    size + 2 * pad, colour);
	draw_text(
	    d, x + pad, y + pad + size * 0.82, size, DRAW_LEFT, 0xffffff, text);
}
