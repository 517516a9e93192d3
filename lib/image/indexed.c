/* PNG files with a palette, as masks have them. */
#include <string.h>

#include <libdeflate.h>

#include "base/err.h"
#include "image/image.h"

/* Signature, length and name of IHDR, its 13 bytes, its CRC. */
enum { HEADER = 8, IHDR_END = HEADER + 8 + 13 + 4, CHUNK = 12 };
enum { TYPE_AT = HEADER + 8 + 9, TYPE_PALETTE = 3 };

static uint32_t
get32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	    (uint32_t)p[2] << 8 | p[3];
}

static void
put32(uint8_t *p, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> (24 - 8 * i));
}

int
image_palette(uint8_t rgb[3 * IMAGE_COLOURS], const void *bytes, size_t n)
{
	static const uint8_t signature[HEADER] = { 0x89, 'P', 'N', 'G', '\r',
		'\n', 0x1a, '\n' };
	const uint8_t *p = bytes, *end;
	size_t len;

	if (n < IHDR_END || memcmp(p, signature, HEADER) != 0 ||
	    p[TYPE_AT] != TYPE_PALETTE)
		return 0;
	end = p + n;
	for (p += IHDR_END; end - p >= CHUNK; p += CHUNK + len) {
		len = get32(p);
		if (len > (size_t)(end - p) - CHUNK)
			return 0;
		if (memcmp(p + 4, "PLTE", 4) != 0)
			continue;
		if (len < 3 || len % 3 != 0 || len > 3 * IMAGE_COLOURS)
			return 0;
		memcpy(rgb, p + 8, len);
		return (int)(len / 3);
	}
	return 0;
}

/* What a grey PNG is made of, with another type and the palette put in. */
int
image_encode_indexed(
    struct buf *b, const struct image *im, const uint8_t *rgb, int n)
{
	uint8_t head[IHDR_END], plte[CHUNK + 3 * IMAGE_COLOURS] = { 0 };
	size_t len = 3 * (size_t)n;
	struct buf grey;
	int rc;

	if (im->channels != 1 || n < 1 || n > IMAGE_COLOURS)
		return err_set(ERR_RANGE,
		    "a palette of %d colours for %d channels", n, im->channels);
	buf_init(&grey, b->max);
	rc = image_encode_png(&grey, im, -1);
	if (rc == 0) {
		memcpy(head, grey.data, IHDR_END);
		head[TYPE_AT] = TYPE_PALETTE;
		put32(head + IHDR_END - 4,
		    libdeflate_crc32(0, head + HEADER + 4, 4 + 13));
		put32(plte, (uint32_t)len);
		memcpy(plte + 4, "PLTE", 4);
		memcpy(plte + 8, rgb, len);
		put32(plte + 8 + len, libdeflate_crc32(0, plte + 4, 4 + len));
		rc = buf_add(b, head, IHDR_END);
	}
	if (rc == 0)
		rc = buf_add(b, plte, CHUNK + len);
	if (rc == 0)
		rc = buf_add(b, grey.data + IHDR_END, grey.len - IHDR_END);
	buf_clear(&grey);
	return rc;
}
