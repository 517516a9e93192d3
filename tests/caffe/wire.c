/* The binary format: what is refused and where, what is kept, how much memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/err.h"
#include "base/mem.h"
#include "caffe/blob.h"
#include "caffe/model.h"
#include "caffe/msg.h"
#include "caffe/wire.h"
#include "file/file.h"

static int
parse(ProtobufCMessage **m, const char *bytes, size_t n)
{
	return caffe_wire_parse(
	    m, &caffe__net_parameter__descriptor, bytes, n, "x.caffemodel");
}

static void
refused(void **state)
{
	static const struct {
		const char *bytes;
		size_t n;
		const char *sentence;
	} cases[] = {
		{ "\x0a\x05"
		  "ab",
		    4,
		    "x.caffemodel: cut short at byte 4 (in the field name "
		    "of byte 0, 3 more bytes were expected)" },
		/* layer { name: cut }, with more behind it */
		{ "\xa2\x06\x03\x0a\x05"
		  "a\x0a\x01"
		  "b",
		    9,
		    "x.caffemodel: byte 3: layer.name: length 5 runs past the "
		    "end" },
		{ "\x0a\xff", 2,
		    "x.caffemodel: byte 0: name: a broken length" },
		{ "\x00", 1, "x.caffemodel: byte 0: a broken field number" },
		{ "\x0f", 1,
		    "x.caffemodel: byte 0: name: wire type 7 is not "
		    "used" },
		{ "\x0a\x02"
		  "a\0",
		    4, "x.caffemodel: byte 1: name: a 0 byte in a string" },
		/* layer { blobs { data: 3 bytes } } */
		{ "\xa2\x06\x07\x3a\x05\x2a\x03"
		  "abc",
		    10,
		    "x.caffemodel: byte 6: layer.blobs.data: 3 bytes are not a "
		    "whole number of values" },
		/* layer { blobs { shape { dim: cut } } } */
		{ "\xa2\x06\x07\x3a\x05\x3a\x03\x0a\x01\xff", 10,
		    "x.caffemodel: byte 8: layer.blobs.shape.dim: a broken "
		    "number" },
		/* layer { blobs { shape twice } } */
		{ "\xa2\x06\x06\x3a\x04\x3a\x00\x3a\x00", 9,
		    "x.caffemodel: byte 8: layer.blobs.shape: appears twice" },
		/* layer { clip_param { min only } } */
		{ "\xa2\x06\x08\xa2\x09\x05\x0d\0\0\0\0", 11,
		    "x.caffemodel: byte 11: layer.clip_param.max: must be "
		    "given" },
	};
	ProtobufCMessage *m;

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		assert_int_equal(
		    parse(&m, cases[i].bytes, cases[i].n), ERR_FORMAT);
		assert_string_equal(err_text(), cases[i].sentence);
		assert_null(m);
	}
}

/* Unknown fields, fields of another wire type, unknown enum values. */
static void
strangers_are_kept(void **state)
{
	/* field 999 varint; name as a varint; state.phase 77; field 50 bytes */
	static const char bytes[] =
	    "\xb8\x3e\x05\x08\x07\x32\x02\x08\x4d\x92\x03"
	    "\x02hi";
	ProtobufCMessage *m, *back;
	Caffe__NetParameter *n;
	struct buf b;

	(void)state;
	assert_int_equal(parse(&m, bytes, sizeof(bytes) - 1), 0);
	n = (Caffe__NetParameter *)m;
	assert_int_equal(m->n_unknown_fields, 3);
	assert_string_equal(n->name, "");
	assert_int_equal(n->state->base.n_unknown_fields, 1);
	assert_int_equal(n->state->phase, CAFFE__PHASE__TEST);
	buf_init(&b, 100);
	assert_int_equal(caffe_wire_add(&b, m), 0);
	assert_int_equal(b.len, sizeof(bytes) - 1);
	assert_int_equal(parse(&back, b.data, b.len), 0);
	assert_true(caffe_msg_equal(m, back));
	buf_clear(&b);
	caffe_msg_free(back);
	caffe_msg_free(m);
}

/* Packed and unpacked alike, the last scalar counts. */
static void
forms(void **state)
{
	static const char bytes[] =
	    "\x0a\x01"
	    "a\x0a\x01"
	    "b"                    /* name twice */
	    "\x20\x01\x20\x02"     /* input_dim one by one */
	    "\x22\x03\x03\xac\x02" /* and packed */
	    "\x20\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01";
	ProtobufCMessage *m;
	Caffe__NetParameter *n;

	(void)state;
	assert_int_equal(parse(&m, bytes, sizeof(bytes) - 1), 0);
	n = (Caffe__NetParameter *)m;
	assert_string_equal(n->name, "b");
	assert_int_equal(n->n_input_dim, 5);
	assert_int_equal(n->input_dim[3], 300);
	assert_int_equal(n->input_dim[4], -1);
	caffe_msg_free(m);
}

static void
memory_is_bounded(void **state)
{
	enum { N = 3 << 20 };
	char *bytes = malloc(3 * N);
	ProtobufCMessage *m;

	(void)state;
	for (size_t i = 0; i < N; i++) /* N empty layers: 3 bytes each */
		memcpy(bytes + 3 * i, "\xa2\x06\x00", 3);
	assert_int_equal(parse(&m, bytes, 3 * N), ERR_FORMAT);
	assert_non_null(strstr(err_text(), "too much memory"));
	free(bytes);
}

/* A large model takes its own size and little more, both ways. */
static void
large_model(void **state)
{
	enum { MB = 128 };
	const int64_t dim[1] = { (int64_t)MB << 18 };
	char path[] = "/tmp/nnutils-wire-XXXXXX";
	Caffe__NetParameter *n = caffe_new(Caffe__NetParameter, net_parameter);
	Caffe__LayerParameter *l =
	    caffe_new(Caffe__LayerParameter, layer_parameter);
	struct rusage before, after;

	(void)state;
	close(mkstemp(path));
	caffe_set_str(l, "name", "big");
	caffe_add(&l->blobs, &l->n_blobs, caffe_blob_new(dim, 1, NULL));
	l->blobs[0]->data[dim[0] - 1] = 42;
	caffe_add(&n->layer, &n->n_layer, l);
	assert_int_equal(caffe_weights_write(path, n, 1), 0);
	caffe_msg_free(n);
	getrusage(RUSAGE_SELF, &before);
	assert_int_equal(caffe_weights_read(&n, path), 0);
	getrusage(RUSAGE_SELF, &after);
	assert_true(n->layer[0]->blobs[0]->data[dim[0] - 1] == 42);
	caffe_msg_free(n);
	unlink(path);
	/* the file's pages and one copy; KiB, with some air */
	print_message("# read %d MB: peak %ld MB more\n", MB,
	    (after.ru_maxrss - before.ru_maxrss) >> 10);
	assert_true(after.ru_maxrss - before.ru_maxrss <= (long)MB * 1100 * 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refused),
		cmocka_unit_test(strangers_are_kept),
		cmocka_unit_test(forms),
		cmocka_unit_test(memory_is_bounded),
		cmocka_unit_test(large_model),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
