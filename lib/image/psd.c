/*
 * Photoshop's PSD: the picture of all layers together, which Photoshop puts at
 * the end for others; grey and RGB, 8 and 16 bits, run-length coded too, by
 * stb_image.  Format: Adobe Photoshop File Formats Specification (2019).
 *
 * That picture lies on white already.  So channels behind grey or RGB (alpha,
 * selections, spot colours) are left out, and stb_image is given a header
 * without them.
 */
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "image/codec.h"
#include "image/stb.h"

enum { HEADER = 26, MODE_GREY = 1, MODE_RGB = 3, MODE_DUOTONE = 8 };

enum { VERSION_INFO = 1057 }; /* among the resources */

struct psd_reader {
	const uint8_t *p, *end;
	uint32_t width, height;
	unsigned channels, bits, mode;
	unsigned runs; /* 0: the pixels as they are, 1: run-length coded */
	bool merged;   /* the picture is there */
};

/* A section: its length and as many bytes. */
static int
read_section(struct psd_reader *r, const uint8_t **p, size_t *n)
{
	if (r->end - r->p < 4)
		return image_cut_short();
	*n = get32be(r->p);
	*p = r->p + 4;
	if ((size_t)(r->end - *p) < *n)
		return image_cut_short();
	r->p = *p + *n;
	return 0;
}

/* Resources: "8BIM", number, name (its length first, together even), length,
 * data (even).  One says whether the picture was written. */
static void
read_resources(struct psd_reader *r, const uint8_t *p, size_t n)
{
	const uint8_t *end = p + n;
	size_t name, length;

	while (end - p >= 12 && memcmp(p, "8BIM", 4) == 0) {
		unsigned number = get16be(p + 4);

		name = ((size_t)p[6] + 2) / 2 * 2;
		if ((size_t)(end - p) < 6 + name + 4)
			return;
		p += 6 + name;
		length = get32be(p);
		p += 4;
		if ((size_t)(end - p) < length)
			return;
		if (number == VERSION_INFO && length >= 5)
			r->merged = p[4] != 0;
		length += length % 2;
		if ((size_t)(end - p) < length)
			return;
		p += length;
	}
}

static int
read_head(struct psd_reader *r, const struct image_source *s)
{
	const uint8_t *p = s->p;

	if (s->n < HEADER)
		return image_cut_short();
	*r = (struct psd_reader){
		.p = p + HEADER, .end = p + s->n, .merged = true
	};
	if (get16be(p + 4) != 1)
		return err_set(ERR_UNSUPPORTED, "a large PSD (PSB)");
	r->channels = get16be(p + 12);
	r->height = get32be(p + 14);
	r->width = get32be(p + 18);
	r->bits = get16be(p + 22);
	r->mode = get16be(p + 24);
	return image_check_size(r->width, r->height);
}

static int
check_kind(const struct psd_reader *r)
{
	static const char *const modes[] = { "bitmap", "grey", "palette", "RGB",
		"CMYK", "mode 5", "mode 6", "multichannel", "duotone", "Lab" };

	if (r->mode >= LENGTH(modes))
		return err_set(ERR_FORMAT, "PSD mode %u is unknown", r->mode);
	if (r->mode != MODE_RGB && r->mode != MODE_GREY &&
	    r->mode != MODE_DUOTONE)
		return err_set(ERR_UNSUPPORTED, "a PSD in %s", modes[r->mode]);
	if (r->channels < (r->mode == MODE_RGB ? 3 : 1) || r->channels > 56)
		return err_set(ERR_FORMAT, "a PSD in %s with %u channels",
		    modes[r->mode], r->channels);
	if (r->bits != 8 && r->bits != 16)
		return err_set(
		    ERR_UNSUPPORTED, "a PSD of %u bits a channel", r->bits);
	return 0;
}

/* Up to the pixels. */
static int
read_sections(struct psd_reader *r)
{
	const uint8_t *p = NULL;
	size_t n = 0;

	TRY(read_section(r, &p, &n)); /* of the mode */
	TRY(read_section(r, &p, &n));
	read_resources(r, p, n);
	if (!r->merged)
		return err_set(ERR_UNSUPPORTED,
		    "a PSD that holds only layers (it was saved without \"Maximize Compatibility\")");
	TRY(read_section(r, &p, &n)); /* the layers */
	if (r->end - r->p < 2)
		return image_cut_short();
	r->runs = get16be(r->p);
	r->p += 2;
	if (r->runs > 1)
		return err_set(ERR_UNSUPPORTED, "PSD compression %u", r->runs);
	if (r->runs == 1 && r->bits == 16)
		return err_set(
		    ERR_UNSUPPORTED, "a run-length coded PSD of 16 bits");
	return 0;
}

/* Is there as much as the size asks for at least? */
static int
check_length(const struct psd_reader *r, unsigned keep)
{
	size_t n = (size_t)(r->end - r->p);
	size_t samples = (size_t)r->width * r->height * keep;

	if (r->runs == 0 ? samples * (r->bits / 8) > n
			 : (size_t)r->height * r->channels * 2 > n ||
		    samples / 64 > n) /* 128 of them take two bytes */
		return image_cut_short();
	return 0;
}

static int
psd_decode(struct image *out, const struct image_source *s)
{
	uint8_t head[HEADER + 14] = { 0 };
	struct stb_file f = { .head = head, .nhead = sizeof(head) };
	struct psd_reader r = { 0 };
	unsigned keep;
	size_t n;

	TRY(read_head(&r, s));
	TRY(check_kind(&r));
	TRY(read_sections(&r));
	keep = r.mode == MODE_RGB ? 3 : 1;
	TRY(check_length(&r, keep));
	memcpy(head, s->p, HEADER);
	head[12] = 0;
	head[13] = (uint8_t)keep;
	head[25] = MODE_RGB;
	head[HEADER + 13] = (uint8_t)r.runs;
	f.p = r.p;
	if (r.runs) /* the lengths of the rows left out */
		f.p += (size_t)(r.channels - keep) * r.height * 2;
	if (r.bits == 16 && (s->flags & IMAGE_LOW_BYTE))
		f.p--; /* behind a 0 the low bytes stand where top ones do */
	f.n = (size_t)(r.end - f.p);
	TRY(stb_decode(out, &f, (int)r.width, (int)r.height, 4));
	/* RGB and an alpha of 255; of grey the first of them. */
	n = (size_t)r.width * r.height;
	out->channels = (int)keep;
	for (size_t i = 0; i < n; i++)
		memmove(out->data + keep * i, out->data + 4 * i, keep);
	return 0;
}

static int
psd_probe(struct image_info *out, const struct image_source *s)
{
	struct psd_reader r = { 0 };

	TRY(read_head(&r, s));
	out->width = (int)r.width;
	out->height = (int)r.height;
	out->channels = (int)r.channels;
	out->bits = (int)r.bits;
	return 0;
}

static int
psd_match(const uint8_t *p, size_t n)
{
	return n >= 4 && memcmp(p, "8BPS", 4) == 0;
}

const struct image_codec image_codec_psd = {
	.name = "psd",
	.match = psd_match,
	.probe = psd_probe,
	.decode = psd_decode,
};
