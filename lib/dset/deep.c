/* Pictures with 16 bits: see deep.h. */
#include "dset/deep.h"

#include "base/err.h"

/* Of 65535 that stand for 255. */
enum { STEP = 257 };

/* Sample c of pixel i, of as many channels as are wanted; grey as image_channels has
 * it. */
static uint32_t
sample(const struct image *top, const struct image *low, size_t i, size_t c,
    int channels)
{
	const size_t n = (size_t)top->channels;
	uint32_t v[3];

	for (size_t k = 0; k < 3; k++) {
		size_t at = i * n + (n == 3 ? k : 0);

		v[k] = (uint32_t)top->data[at] << 8 | low->data[at];
	}
	if (channels == 3)
		return v[c];
	return n == 1 ? v[0]
		      : (uint32_t)((19595ULL * v[0] + 38470ULL * v[1] +
				       7471ULL * v[2] + 32768) >>
			    16);
}

static int
fill(struct value *out, struct buf *room, struct image *shown,
    const struct image *top, const struct image *low, int channels)
{
	const size_t n = (size_t)top->width * (size_t)top->height;
	const size_t deep = (size_t)channels;
	float *v;

	if (low->width != top->width || low->height != top->height ||
	    low->channels != top->channels)
		return err_set(ERR_FORMAT, "it decodes to two shapes");
	buf_reset(room);
	v = buf_room(room, n * deep * sizeof *v);
	if (v == NULL)
		return ERR_RANGE;
	TRY(image_resize_buffer(shown, top->width, top->height, channels));
	for (size_t i = 0; i < n; i++)
		for (size_t c = 0; c < deep; c++) {
			uint32_t s = sample(top, low, i, c, channels);

			v[(deep - 1 - c) * n + i] = (float)s / STEP;
			shown->data[i * deep + c] =
			    (uint8_t)((s + STEP / 2) / STEP);
		}
	*out = (struct value){ .kind = VALUE_IMAGE,
		.channels = channels,
		.height = top->height,
		.width = top->width,
		.floats = v };
	return 0;
}

int
dset_deep_read(struct value *out, struct buf *room, struct image *shown,
    const void *p, size_t n, const char *name, int flags, int channels)
{
	struct image top, low;
	int rc;

	image_init(&top);
	image_init(&low);
	rc = image_decode_deep(&top, &low, p, n, name, flags);
	if (rc == 0)
		rc = fill(out, room, shown, &top, &low, channels);
	shown->low_bits = top.low_bits;
	image_clear(&top);
	image_clear(&low);
	return rc;
}
