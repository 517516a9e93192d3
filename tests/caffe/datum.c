/* Datum by hand, against protobuf-c's own code for the same message. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/err.h"
#include "base/rng.h"
#include "caffe/caffe.pb-c.h"
#include "caffe/datum.h"

/* protobuf-c's bytes of the same record. */
static size_t
reference(uint8_t *out, const struct caffe_datum *d)
{
	Caffe__Datum m = CAFFE__DATUM__INIT;

	m.has_channels = m.has_height = m.has_width = 1;
	m.channels = d->channels;
	m.height = d->height;
	m.width = d->width;
	m.has_label = d->has_label;
	m.label = d->label;
	m.has_encoded = d->encoded;
	m.encoded = d->encoded;
	m.has_data = d->data != NULL;
	m.data.data = (uint8_t *)d->data;
	m.data.len = d->ndata;
	m.n_float_data = d->nfloats;
	m.float_data = (float *)d->floats;
	return caffe__datum__pack(&m, out);
}

static void
same_bytes(void **state)
{
	static uint8_t data[300], want[4096], got[4096];
	struct caffe_datum d, back;
	float floats[20], read[20];
	struct rng r;

	(void)state;
	rng_init(&r, 1, 0);
	for (int i = 0; i < 2000; i++) {
		memset(&d, 0, sizeof(d));
		d.channels = (int32_t)rng_u64(&r) >> rng_below(&r, 31);
		d.height = (int32_t)rng_below(&r, 1000);
		d.width = (int32_t)rng_below(&r, 1000);
		d.has_label = rng_below(&r, 2);
		d.label = d.has_label ? (int32_t)rng_u64(&r) : 0;
		d.encoded = rng_below(&r, 2);
		d.data = rng_below(&r, 4) ? data : NULL;
		d.ndata = d.data ? rng_below(&r, sizeof(data)) : 0;
		for (size_t k = 0; k < d.ndata; k++)
			data[k] = (uint8_t)rng_u64(&r);
		d.floats = rng_below(&r, 2) ? floats : NULL;
		d.nfloats = d.floats ? rng_below(&r, 20) : 0;
		for (size_t k = 0; k < d.nfloats; k++)
			floats[k] = (float)rng_normal(&r);

		assert_int_equal(caffe_datum_size(&d), reference(want, &d));
		caffe_datum_put(got, &d);
		assert_memory_equal(got, want, caffe_datum_size(&d));

		assert_int_equal(
		    caffe_datum_read(&back, got, caffe_datum_size(&d)), 0);
		assert_int_equal(back.channels, d.channels);
		assert_int_equal(back.height, d.height);
		assert_int_equal(back.width, d.width);
		assert_int_equal(back.has_label, d.has_label);
		assert_int_equal(back.label, d.label);
		assert_int_equal(back.encoded, d.encoded);
		assert_int_equal(back.data != NULL, d.data != NULL);
		assert_int_equal(back.ndata, d.ndata);
		if (d.ndata)
			assert_memory_equal(back.data, data, d.ndata);
		assert_int_equal(back.nfloats, d.nfloats);
		caffe_datum_floats(read, &back);
		if (d.nfloats)
			assert_memory_equal(
			    read, floats, d.nfloats * sizeof(float));
	}
}

static void
packed_floats_and_strangers(void **state)
{
	/* width 3, unknown field 9, two packed floats, one alone */
	static const uint8_t record[] = { 0x18, 3, 0x4a, 2, 'h', 'i', 0x32, 8,
		0, 0, 0x80, 0x3f, 0, 0, 0, 0x40, 0x35, 0, 0, 0x40, 0x40 };
	struct caffe_datum d;
	float v[3];

	(void)state;
	assert_int_equal(caffe_datum_read(&d, record, sizeof(record)), 0);
	assert_int_equal(d.width, 3);
	assert_int_equal(d.nfloats, 3);
	caffe_datum_floats(v, &d);
	assert_true(v[0] == 1 && v[1] == 2 && v[2] == 3);
}

static void
refused(void **state)
{
	static const struct {
		const char *bytes;
		size_t n;
		const char *sentence;
	} cases[] = {
		{ "\x08", 1, "datum: byte 0: channels: a broken number" },
		{ "\x08\x01\x22\x05"
		  "abc",
		    7, "datum: byte 2: data: a length that runs past the end" },
		{ "\x0a\x01"
		  "a",
		    3, "datum: byte 0: channels: another wire type" },
		{ "\x00\x01", 2, "datum: byte 0: a broken field number" },
		{ "\x0b", 1, "datum: byte 0: channels: an unused wire type" },
		{ "\x35\x01", 2, "datum: byte 0: float_data: cut short" },
		{ "\x32\x03"
		  "abc",
		    5,
		    "datum: byte 0: float_data: not a whole number of values" },
		{ "\x28\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 12,
		    "datum: byte 0: label: a broken number" },
	};
	struct caffe_datum d;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(
		    caffe_datum_read(&d, cases[i].bytes, cases[i].n),
		    ERR_FORMAT);
		assert_string_equal(err_text(), cases[i].sentence);
	}
	assert_int_equal(caffe_datum_read(&d, "", 0), 0);
}

/* Records in records, as many as fit: each is looked into once. */
static void
nested(void **state)
{
	enum { N = 1 << 18, STEP = 6 };
	uint8_t *p = malloc(N);
	struct caffe_datum d;

	(void)state;
	for (size_t i = 0; i + STEP <= N; i += STEP) {
		const size_t left = N - N % STEP - i - STEP;

		/* height 1, then a message where channels are a number */
		p[i] = 0x10;
		p[i + 1] = 1;
		p[i + 2] = 0x0a;
		p[i + 3] = (uint8_t)(left & 0x7f) | 0x80;
		p[i + 4] = (uint8_t)(left >> 7 & 0x7f) | 0x80;
		p[i + 5] = (uint8_t)(left >> 14);
	}
	assert_int_equal(caffe_datum_read(&d, p, N - N % STEP), ERR_FORMAT);
	free(p);
	/* a length that runs past the end is not followed */
	p = malloc(3);
	memcpy(p, "\x0a\x40\x10", 3);
	assert_int_equal(caffe_datum_read(&d, p, 3), ERR_FORMAT);
	assert_string_equal(err_text(),
	    "datum: byte 0: channels: a length that runs past the end");
	free(p);
}

/* Bits flipped in a good record, in memory of just its size. */
static void
mutations(void **state)
{
	uint8_t good[200], *p;
	struct caffe_datum d = { .channels = 3,
		.height = 4,
		.width = 4,
		.label = 7,
		.has_label = true,
		.ndata = 48,
		.nfloats = 5 };
	const float floats[5] = { 1, 2, 3, 4, 5 };
	uint8_t data[48] = { 0 };
	struct rng r;
	size_t n;
	float *v;

	(void)state;
	d.data = data;
	d.floats = floats;
	n = caffe_datum_size(&d);
	caffe_datum_put(good, &d);
	rng_init(&r, 2, 0);
	for (int i = 0; i < 20000; i++) {
		size_t len = rng_below(&r, 2) ? n : rng_below(&r, n) + 1;

		p = malloc(len);
		memcpy(p, good, len);
		for (uint64_t k = rng_below(&r, 4); k > 0; k--)
			p[rng_below(&r, len)] ^= 1 << rng_below(&r, 8);
		if (caffe_datum_read(&d, p, len) == 0) {
			assert_true(d.ndata <= len && d.nfloats <= len);
			v = malloc(d.nfloats * sizeof(*v) + 1);
			caffe_datum_floats(v, &d);
			free(v);
		}
		free(p);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(same_bytes),
		cmocka_unit_test(packed_floats_and_strangers),
		cmocka_unit_test(refused),
		cmocka_unit_test(nested),
		cmocka_unit_test(mutations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
