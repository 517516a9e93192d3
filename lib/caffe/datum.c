/*
 * Datum by hand: seven fields, no allocation.
 */
#include <string.h>

#include "base/err.h"
#include "caffe/annotated.h"
#include "caffe/datum.h"
#include "caffe/piece.h"

enum {
	VARINT = PIECE_VARINT,
	FIXED64 = PIECE_FIXED64,
	BYTES = PIECE_BYTES,
	FIXED32 = PIECE_FIXED32
};
enum { CHANNELS = 1, HEIGHT, WIDTH, DATA, LABEL, FLOAT_DATA, ENCODED, FIELDS };
enum { FLOAT_TAG = FLOAT_DATA << 3 | FIXED32 };

static const char *const names[FIELDS] = { "", "channels", "height", "width",
	"data", "label", "float_data", "encoded" };
static const int wires[FIELDS] = { 0, VARINT, VARINT, VARINT, BYTES, VARINT,
	FIXED32, VARINT };

/* NULL when it runs past end or is too long. */
static const uint8_t *
take_varint(uint64_t *out, const uint8_t *p, const uint8_t *end)
{
	uint64_t v;
	int shift;

	if (p < end && *p < 0x80) { /* most are one byte */
		*out = *p;
		return p + 1;
	}
	for (v = 0, shift = 0; shift < 70 && p < end; shift += 7, p++) {
		v |= (uint64_t)(*p & 0x7f) << shift;
		if (*p < 0x80) {
			*out = v;
			return p + 1;
		}
	}
	return NULL;
}

const char *
caffe_piece_take(struct caffe_piece *e, const uint8_t *p, const uint8_t *end)
{
	uint64_t tag;

	p = take_varint(&tag, p, end);
	if (p == NULL || tag >> 3 == 0)
		return "a broken field number";
	e->id = tag >> 3;
	e->wire = tag & 7;
	e->value = p;
	switch (e->wire) {
	case VARINT:
		e->end = take_varint(&e->number, p, end);
		return e->end != NULL ? NULL : "a broken number";
	case FIXED64: e->end = end - p < 8 ? NULL : p + 8; break;
	case FIXED32: e->end = end - p < 4 ? NULL : p + 4; break;
	case BYTES:
		e->value = take_varint(&e->number, p, end);
		if (e->value == NULL)
			return "a broken length";
		if (e->number > (uint64_t)(end - e->value))
			return "a length that runs past the end";
		e->end = e->value + e->number;
		break;
	default: return "an unused wire type";
	}
	return e->end != NULL ? NULL : "cut short";
}

static void
set(struct caffe_datum *d, const struct caffe_piece *e)
{
	switch (e->id) {
	case CHANNELS: d->channels = (int32_t)(uint32_t)e->number; break;
	case HEIGHT: d->height = (int32_t)(uint32_t)e->number; break;
	case WIDTH: d->width = (int32_t)(uint32_t)e->number; break;
	case LABEL:
		d->label = (int32_t)(uint32_t)e->number;
		d->has_label = true;
		break;
	case ENCODED: d->encoded = e->number != 0; break;
	case DATA:
		d->data = e->value;
		d->ndata = e->number;
		break;
	case FLOAT_DATA:
		d->nfloats += e->wire == BYTES ? e->number / 4 : 1;
		break;
	default: break;
	}
}

/* What is wrong with the record, or NULL; *e is the piece where it is. */
static const char *
read_pieces(
    struct caffe_datum *out, const void *start, size_t n, struct caffe_piece *e)
{
	const uint8_t *p = start, *end = p + n;
	const char *bad;

	memset(out, 0, sizeof(*out));
	out->record = start;
	out->nrecord = n;
	for (; p < end; p = e->end) {
		memset(e, 0, sizeof(*e));
		e->start = p;
		bad = caffe_piece_take(e, p, end);
		if (bad == NULL && e->id < FIELDS && e->wire != wires[e->id] &&
		    !(e->id == FLOAT_DATA && e->wire == BYTES))
			bad = "another wire type";
		if (bad == NULL && e->id == FLOAT_DATA && e->wire == BYTES &&
		    e->number % 4)
			bad = "not a whole number of values";
		if (bad != NULL)
			return bad;
		set(out, e);
	}
	return NULL;
}

int
caffe_datum_read(struct caffe_datum *out, const void *start, size_t n)
{
	struct caffe_piece e = { 0 };
	const char *bad = read_pieces(out, start, n, &e), *name;

	if (bad == NULL)
		return 0;
	if (caffe_annotated_is(start, n))
		return err_set(ERR_FORMAT,
		    "an AnnotatedDatum of SSD, a picture with its boxes: make a set of the pictures and their label files (dset-create --type detection)");
	name = e.id < FIELDS ? names[e.id] : "";
	return err_set(ERR_FORMAT, "datum: byte %zu: %s%s%s",
	    (size_t)(e.start - out->record), name, *name ? ": " : "", bad);
}

void
caffe_datum_floats(float *out, const struct caffe_datum *d)
{
	const uint8_t *p = d->record, *end = p + d->nrecord;
	size_t i = 0, n;
	struct caffe_piece e;

	if (d->floats != NULL) {
		memcpy(out, d->floats, d->nfloats * sizeof(*out));
		return;
	}
	while (i < d->nfloats && p < end) {
		/* runs of single values, which is how Caffe writes them */
		for (; end - p >= 5 && *p == FLOAT_TAG && i < d->nfloats;
		     p += 5)
			memcpy(&out[i++], p + 1, sizeof(*out));
		if (i == d->nfloats || caffe_piece_take(&e, p, end) != NULL)
			return;
		n = e.id != FLOAT_DATA ? 0 : e.wire == BYTES ? e.number / 4 : 1;
		if (n > d->nfloats - i)
			n = d->nfloats - i;
		if (n > 0)
			memcpy(&out[i], e.value, n * sizeof(*out));
		i += n;
		p = e.end;
	}
}

static size_t
varint_size(uint64_t v)
{
	size_t n = 1;

	for (; v >= 0x80; v >>= 7)
		n++;
	return n;
}

static uint8_t *
put_varint(uint8_t *p, uint64_t v)
{
	for (; v >= 0x80; v >>= 7)
		*p++ = (uint8_t)(v | 0x80);
	*p++ = (uint8_t)v;
	return p;
}

/* Negative numbers take ten bytes, as in protobuf. */
static uint8_t *
put_int(uint8_t *p, int field, int32_t v)
{
	*p++ = (uint8_t)(field << 3 | VARINT);
	return put_varint(p, (uint64_t)(int64_t)v);
}

static size_t
int_size(int32_t v)
{
	return 1 + varint_size((uint64_t)(int64_t)v);
}

size_t
caffe_datum_size(const struct caffe_datum *d)
{
	size_t n =
	    int_size(d->channels) + int_size(d->height) + int_size(d->width);

	if (d->data != NULL || d->ndata > 0)
		n += 1 + varint_size(d->ndata) + d->ndata;
	if (d->has_label)
		n += int_size(d->label);
	if (d->floats != NULL)
		n += 5 * d->nfloats;
	if (d->encoded)
		n += 2;
	return n;
}

uint8_t *
caffe_datum_place(void *out, const struct caffe_datum *d)
{
	uint8_t *p = out, *place = NULL;
	size_t i;

	p = put_int(p, CHANNELS, d->channels);
	p = put_int(p, HEIGHT, d->height);
	p = put_int(p, WIDTH, d->width);
	if (d->data != NULL || d->ndata > 0) {
		*p++ = DATA << 3 | BYTES;
		place = put_varint(p, d->ndata);
		p = place + d->ndata;
	}
	if (d->has_label)
		p = put_int(p, LABEL, d->label);
	for (i = 0; d->floats != NULL && i < d->nfloats; i++) {
		*p++ = FLOAT_TAG;
		memcpy(p, &d->floats[i], 4);
		p += 4;
	}
	if (d->encoded) {
		*p++ = ENCODED << 3 | VARINT;
		*p++ = 1;
	}
	return place;
}

void
caffe_datum_put(void *out, const struct caffe_datum *d)
{
	uint8_t *place = caffe_datum_place(out, d);

	if (place != NULL && d->ndata > 0)
		memcpy(place, d->data, d->ndata);
}

int
caffe_datum_add(struct buf *b, const struct caffe_datum *d)
{
	size_t n = caffe_datum_size(d);
	void *p = buf_room(b, n);

	if (p == NULL)
		return ERR_RANGE;
	caffe_datum_put(p, d);
	buf_grew(b, n);
	return 0;
}
