/* Legends of pictures: see legend.h. */
#include "image/drawing/legend.h"

#include <math.h>
#include <string.h>

#include "base/err.h"
#include "image/draw.h"

/* y: where the first row begins; where the next one would is returned.  d NULL: only
 * how high it will be. */
static double
put_names(struct draw *d, struct draw *measure, const uint32_t *colours,
    char *const *names, size_t n, double words, double width, double y)
{
	double x = words / 2;

	y += words / 2;
	for (size_t i = 0; i < n; i++) {
		const double wide =
		    2.5 * words + draw_text_width(measure, words, names[i]);

		if (x + wide > width && x > words) {
			x = words / 2;
			y += 1.5 * words;
		}
		draw_card(d, x, y, words, words,
		    &(struct draw_card){
			.fill = colours[i], .frame = 0x999999, .line = 1 });
		draw_text(d, x + 1.5 * words, y + 0.85 * words, words,
		    DRAW_LEFT, 0, names[i]);
		x += wide;
	}
	return y + 1.5 * words;
}

int
image_legend(struct image *im, const uint32_t *colours, char *const *names,
    size_t n, double words, int width)
{
	const int wide = im->width > width ? im->width : width;
	struct draw *d = NULL;
	struct image page;
	double high;
	int rc;

	TRY(draw_begin(&d, im));
	high = put_names(NULL, d, colours, names, n, words, wide, im->height);
	draw_free(d);
	d = NULL;
	image_init(&page);
	rc = image_resize_buffer(&page, wide, (int)ceil(high), 3);
	if (rc >= 0) {
		memset(page.data, 255,
		    (size_t)page.width * (size_t)page.height * 3);
		rc = draw_begin(&d, &page);
	}
	if (rc >= 0) {
		draw_picture(d, 0, 0, im);
		put_names(d, d, colours, names, n, words, wide, im->height);
		rc = draw_end(im, &d);
	}
	image_clear(&page);
	return rc;
}
