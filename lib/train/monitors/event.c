/* Events as bytes: see event.h. */
#include "train/monitors/event.h"

#include <stdbool.h>
#include <string.h>

#include "base/err.h"

enum { VARINT = 0, FIXED64 = 1, DELIMITED = 2, FIXED32 = 5 };
enum { STEP = 2, HEAD = 12, CRC = 4 };

/* Past the maximum, which is 0 from then on: event_record says so. */
static void
put(struct buf *b, const void *p, size_t n)
{
	if (buf_add(b, p, n) < 0)
		b->max = 0;
}

static void
put_byte(struct buf *b, uint64_t v)
{
	const uint8_t byte = (uint8_t)v;

	put(b, &byte, 1);
}

static void
put_varint(struct buf *b, uint64_t v)
{
	for (; v >= 0x80; v >>= 7)
		put_byte(b, v | 0x80);
	put_byte(b, v);
}

static void
put_tag(struct buf *b, int field, int type)
{
	put_varint(b, (uint64_t)field << 3 | (unsigned)type);
}

static void
put_fixed(struct buf *b, uint64_t v, int bytes)
{
	for (int i = 0; i < bytes; i++)
		put_byte(b, v >> 8 * i);
}

void
event_int(struct buf *b, int field, int64_t v)
{
	put_tag(b, field, VARINT);
	put_varint(b, (uint64_t)v);
}

void
event_double(struct buf *b, int field, double v)
{
	uint64_t bits;

	memcpy(&bits, &v, sizeof(bits));
	put_tag(b, field, FIXED64);
	put_fixed(b, bits, 8);
}

void
event_float(struct buf *b, int field, float v)
{
	uint32_t bits;

	memcpy(&bits, &v, sizeof(bits));
	put_tag(b, field, FIXED32);
	put_fixed(b, bits, 4);
}

void
event_bytes(struct buf *b, int field, const void *p, size_t n)
{
	put_tag(b, field, DELIMITED);
	put_varint(b, n);
	put(b, p, n);
}

void
event_text(struct buf *b, int field, const char *s)
{
	event_bytes(b, field, s, strlen(s));
}

void
event_doubles(struct buf *b, int field, const double *v, size_t n)
{
	put_tag(b, field, DELIMITED);
	put_varint(b, 8 * n);
	for (size_t i = 0; i < n; i++) {
		uint64_t bits;

		memcpy(&bits, &v[i], sizeof(bits));
		put_fixed(b, bits, 8);
	}
}

/* The polynomial 0x1edc6f41, its bits the other way round (RFC 3720, B.4). */
uint32_t
event_crc(const void *p, size_t n)
{
	static _Thread_local uint32_t table[256];
	const uint8_t *s = p;
	uint32_t crc = ~(uint32_t)0;

	if (table[1] == 0)
		for (uint32_t i = 0; i < 256; i++) {
			uint32_t c = i;

			for (int k = 0; k < 8; k++)
				c = c >> 1 ^ (c & 1 ? 0x82f63b78u : 0);
			table[i] = c;
		}
	for (size_t i = 0; i < n; i++)
		crc = crc >> 8 ^ table[(crc ^ s[i]) & 0xff];
	return ~crc;
}

static uint32_t
masked(const void *p, size_t n)
{
	const uint32_t crc = event_crc(p, n);

	return (crc >> 15 | crc << 17) + 0xa282ead8u;
}

int
event_record(struct buf *out, const struct buf *message)
{
	const size_t at = out->len;

	if (message->len >= message->max)
		return err_set(
		    ERR_RANGE, "an event of more than %zu bytes", message->max);
	put_fixed(out, message->len, 8);
	put_fixed(out, masked(out->data + at, 8), CRC);
	TRY(buf_add(out, message->data, message->len));
	put_fixed(out, masked(message->data, message->len), CRC);
	return 0;
}

static uint64_t
get_fixed(const uint8_t *p, int bytes)
{
	uint64_t v = 0;

	for (int i = 0; i < bytes; i++)
		v |= (uint64_t)p[i] << 8 * i;
	return v;
}

/* Moves *p; false: not whole. */
static bool
get_varint(uint64_t *v, const uint8_t **p, const uint8_t *end)
{
	*v = 0;
	for (int shift = 0; shift < 64 && *p < end; shift += 7) {
		const uint8_t byte = *(*p)++;

		*v |= (uint64_t)(byte & 0x7f) << shift;
		if (byte < 0x80)
			return true;
	}
	return false;
}

/* The field step of a message, 0 where it has none; -1: no message. */
static int64_t
find_step(const uint8_t *p, const uint8_t *end)
{
	uint64_t tag, v, step = 0;

	while (p < end) {
		if (!get_varint(&tag, &p, end))
			return -1;
		switch (tag & 7) {
		case VARINT:
			if (!get_varint(&v, &p, end))
				return -1;
			if (tag >> 3 == STEP)
				step = v;
			continue;
		case FIXED64: v = 8; break;
		case FIXED32: v = 4; break;
		case DELIMITED:
			if (!get_varint(&v, &p, end))
				return -1;
			break;
		default: return -1;
		}
		if (v > (uint64_t)(end - p))
			return -1;
		p += v;
	}
	return step > INT64_MAX ? -1 : (int64_t)step;
}

size_t
event_step(int64_t *step, const uint8_t *p, size_t n)
{
	uint64_t len;

	if (n < EVENT_RECORD || masked(p, 8) != get_fixed(p + 8, CRC))
		return 0;
	len = get_fixed(p, 8);
	if (len > n - EVENT_RECORD)
		return 0;
	if (masked(p + HEAD, len) != get_fixed(p + HEAD + len, CRC))
		return 0;
	*step = find_step(p + HEAD, p + HEAD + len);
	return *step < 0 ? 0 : (size_t)len + EVENT_RECORD;
}
