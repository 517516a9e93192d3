/*
 * Radiance's RGBE (.hdr, .pic), flat or in its new run lengths, by stb_image.
 * Format: G. Ward, "Real Pixels", Graphics Gems II (1991), and Radiance's
 * filefmts.pdf.
 *
 * The values are light, without a bound.  They become bytes as stb_image does it:
 * 255 v^(1/2.2), rounded, and what is beyond 1 is 1.  EXPOSURE is not heeded.
 */
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "image/codec.h"
#include "image/stb.h"

enum { LINE = 256, LINES = 1000 };

struct hdr_reader {
	const uint8_t *p, *end;
	int width, height;
};

/* A line without its end; what is longer than LINE is cut there. */
static int
read_line(struct hdr_reader *r, char line[LINE])
{
	const uint8_t *end = memchr(r->p, '\n', (size_t)(r->end - r->p));
	size_t n;

	if (end == NULL)
		return image_cut_short();
	n = (size_t)(end - r->p);
	if (n >= LINE)
		n = LINE - 1;
	memcpy(line, r->p, n);
	line[n] = '\0';
	r->p = end + 1;
	return 0;
}

static int
read_head(struct hdr_reader *r, const struct image_source *s)
{
	char line[LINE];
	int w, h, at = 0, lines = 0;

	*r = (struct hdr_reader){ .p = s->p, .end = s->p + s->n };
	do {
		TRY(read_line(r, line));
		if (strncmp(line, "FORMAT=", 7) == 0 &&
		    strcmp(line, "FORMAT=32-bit_rle_rgbe") != 0)
			return err_set(ERR_UNSUPPORTED,
			    "a Radiance file in %.40s", line + 7);
		if (++lines > LINES)
			return err_set(
			    ERR_FORMAT, "more than %d lines of header", LINES);
	} while (line[0] != '\0');
	TRY(read_line(r, line));
	if (sscanf(line, "-Y %5d +X %5d%n", &h, &w, &at) != 2 ||
	    line[at] != '\0')
		return err_set(ERR_UNSUPPORTED,
		    "a Radiance file of size \"%.40s\"; -Y N +X M is wanted",
		    line);
	if (w < 0 || h < 0)
		return err_set(ERR_FORMAT, "a size below 0");
	TRY(image_check_size((uint64_t)w, (uint64_t)h));
	r->width = w;
	r->height = h;
	return 0;
}

/* Is there as much as the size asks for at least?  New run lengths begin with
 * 2, 2 and the width; whatever else comes is flat, or has the old ones, which
 * are shorter than that. */
static int
check_length(const struct hdr_reader *r)
{
	size_t n = (size_t)(r->end - r->p);
	size_t pixels = (size_t)r->width * (size_t)r->height;

	if (r->width >= 8 && r->width < 32768 && n >= 4 && r->p[0] == 2 &&
	    r->p[1] == 2 && r->p[2] < 128)
		/* 127 pixels take two bytes in each of four planes. */
		return pixels / 127 * 8 > n ? image_cut_short() : 0;
	if (pixels * 4 > n)
		return err_set(ERR_FORMAT,
		    "the file is cut short, or has run lengths of before 1991");
	return 0;
}

static int
hdr_decode(struct image *out, const struct image_source *s)
{
	char head[128];
	struct stb_file f = { .head = (const uint8_t *)head };
	struct hdr_reader r;

	TRY(read_head(&r, s));
	TRY(check_length(&r));
	f.nhead = (size_t)snprintf(head, sizeof(head),
	    "#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y %d +X %d\n", r.height,
	    r.width);
	f.p = r.p;
	f.n = (size_t)(r.end - r.p);
	return stb_decode(out, &f, r.width, r.height, 3);
}

static int
hdr_probe(struct image_info *out, const struct image_source *s)
{
	struct hdr_reader r;

	TRY(read_head(&r, s));
	out->width = r.width;
	out->height = r.height;
	out->channels = 3;
	out->bits = 8; /* and an exponent for all three */
	return 0;
}

static int
hdr_match(const uint8_t *p, size_t n)
{
	return (n >= 10 && memcmp(p, "#?RADIANCE", 10) == 0) ||
	    (n >= 6 && memcmp(p, "#?RGBE", 6) == 0);
}

const struct image_codec image_codec_hdr = {
	.name = "hdr",
	.match = hdr_match,
	.probe = hdr_probe,
	.decode = hdr_decode,
};
