/* What a Datum means: shapes checked, pictures decoded, planes reordered. */
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "caffe/datum.h"
#include "image/image.h"
#include "record/datum.h"
#include "record/pixels.h"

void
record_scratch_init(struct record_scratch *s)
{
	memset(s, 0, sizeof *s);
	image_init(&s->im);
}

void
record_scratch_clear(struct record_scratch *s)
{
	image_clear(&s->im);
	mem_free(s->planes);
	mem_free(s->floats);
	mem_free(s->labels);
	record_scratch_init(s);
}

int
record_room(void **p, size_t *cap, size_t n, size_t size, size_t max)
{
	void *q;

	if (n <= *cap && *p != NULL)
		return 0;
	TRY(mem_take(&q, n, size, max, "record"));
	mem_free(*p);
	*p = q;
	*cap = n;
	return 0;
}

int
record_room_floats(struct record_scratch *s, size_t n)
{
	return record_room((void **)&s->floats, &s->floats_cap, n,
	    sizeof(float), (size_t)RECORD_MAX_ELEMENTS * sizeof(float));
}

int
record_shape_count(size_t *out, const struct value *v)
{
	size_t n = 0;

	if (v->channels < 1 || v->height < 1 || v->width < 1 ||
	    mem_mul(&n, (size_t)v->channels, (size_t)v->height) < 0 ||
	    mem_mul(&n, n, (size_t)v->width) < 0 || n > RECORD_MAX_ELEMENTS)
		return err_set(ERR_FORMAT, "shape %dx%dx%d", v->channels,
		    v->height, v->width);
	*out = n;
	return 0;
}

int32_t
record_label_of(float v)
{
	return v >= -2e9f && v <= 2e9f ? (int32_t)v : 0;
}

/* Room for n bytes of planes: the caller's if it is enough, else our own. */
static int
take_planes(uint8_t **out, struct record_scratch *s, size_t n)
{
	*out = s->into;
	if (s->into != NULL && n <= s->into_cap)
		return 0;
	TRY(record_room(
	    (void **)&s->planes, &s->planes_cap, n, 1, RECORD_MAX_ELEMENTS));
	*out = s->planes;
	return 0;
}

/* An encoded picture into planes. */
static int
decode(struct value *v, struct record_scratch *s, int flags)
{
	uint8_t *planes;
	size_t n;

	if (v->blob == NULL || v->blob_len == 0)
		return err_set(ERR_FORMAT, "encoded, but there is no data");
	if (flags & RECORD_KEEP)
		return 0;
	/* Orientation was seen to when the record was made. */
	TRY(image_decode(&s->im, v->blob, v->blob_len, "picture",
	    IMAGE_NO_EXIF | (flags & RECORD_GREY ? IMAGE_GREY : 0), 0, 0));
	if (flags & (RECORD_GREY | RECORD_COLOUR))
		TRY(image_channels(&s->im, flags & RECORD_GREY ? 1 : 3));
	v->channels = s->im.channels;
	v->height = s->im.height;
	v->width = s->im.width;
	TRY(record_shape_count(&n, v));
	TRY(take_planes(&planes, s, n));
	record_image_to_planes(planes, &s->im);
	v->data = planes;
	v->blob = NULL;
	v->blob_len = 0;
	return 0;
}

/* Raw planes to another number of channels, through a picture. */
static int
convert(struct value *v, struct record_scratch *s, int flags)
{
	int want = flags & RECORD_GREY ? 1 : 3;
	uint8_t *planes;
	size_t n;

	if (!(flags & (RECORD_GREY | RECORD_COLOUR)) || v->channels == want ||
	    v->data == NULL)
		return 0;
	if (v->channels != 1 && v->channels != 3)
		return err_set(ERR_FORMAT, "%d channels: a picture has 1 or 3",
		    v->channels);
	TRY(record_planes_to_image(
	    &s->im, v->data, v->channels, v->height, v->width));
	TRY(image_channels(&s->im, want));
	v->channels = want;
	TRY(record_shape_count(&n, v));
	TRY(take_planes(&planes, s, n));
	record_image_to_planes(planes, &s->im);
	v->data = planes;
	return 0;
}

int
record_datum_value(struct value *v, const struct caffe_datum *d,
    struct record_scratch *s, int flags)
{
	size_t n;

	v->channels = d->channels;
	v->height = d->height;
	v->width = d->width;
	v->label = d->label;
	v->encoded = d->encoded;
	if (d->encoded) {
		v->blob = d->data;
		v->blob_len = d->ndata;
		return decode(v, s, flags);
	}
	TRY(record_shape_count(&n, v));
	if (d->ndata > 0) {
		if (d->ndata != n)
			return err_set(ERR_FORMAT,
			    "%zu bytes of data for shape %dx%dx%d", d->ndata,
			    v->channels, v->height, v->width);
		v->data = d->data;
		return convert(v, s, flags);
	}
	if (d->nfloats != n)
		return err_set(ERR_FORMAT, "%zu values for shape %dx%dx%d",
		    d->nfloats, v->channels, v->height, v->width);
	TRY(record_room_floats(s, n));
	caffe_datum_floats(s->floats, d);
	v->floats = s->floats;
	return 0;
}

int
record_planes_to_image(struct image *out, const uint8_t *planes, int channels,
    int height, int width)
{
	size_t n = (size_t)height * (size_t)width;

	TRY(image_resize_buffer(out, width, height, channels));
	if (channels == 1) {
		memcpy(out->data, planes, n);
		return 0;
	}
	pixels_from_planes(out->data, planes, n);
	return 0;
}

void
record_image_to_planes(uint8_t *planes, const struct image *im)
{
	size_t n = (size_t)im->height * (size_t)im->width;

	if (im->channels == 1)
		memcpy(planes, im->data, n);
	else
		pixels_to_planes(planes, im->data, n);
}
