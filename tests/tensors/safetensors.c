/* Safetensors: every type as floats, every rule of the format, written and read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "base/err.h"
#include "base/mem.h"
#include "file/file.h"
#include "tensors/tensors.h"
#include "../tmp.h"

static uint8_t file[4096];

/* The file with that header and n bytes behind it; its length. */
static size_t
make(const char *header, const void *data, size_t n)
{
	const uint64_t length = strlen(header);

	memcpy(file, &length, 8);
	memcpy(file + 8, header, length);
	if (n > 0)
		memcpy(file + 8 + length, data, n);
	return 8 + length + n;
}

static void
reads(const char *type, const void *data, size_t bytes, size_t n,
    const float *want)
{
	float got[8];
	char header[128];
	struct tensors *t;

	snprintf(header, sizeof(header),
	    "{\"a\":{\"dtype\":\"%s\",\"shape\":[%zu],\"data_offsets\":[0,%zu]}}",
	    type, n, bytes);
	assert_int_equal(
	    tensors_parse(&t, file, make(header, data, bytes), "x"), 0);
	assert_int_equal(t->n, 1);
	assert_int_equal(t->v[0].count, n);
	assert_int_equal(tensors_floats(got, tensors_find(t, "a")), 0);
	assert_memory_equal(got, want, n * sizeof(*got));
	tensors_close(t);
}

static void
types(void **state)
{
	static const float want[2] = { 1, -2 }, bits[2] = { 0, 1 };
	static const float above[2] = { 1, 254 };

	(void)state;
	reads("F32", want, 8, 2, want);
	reads("F64", (const double[]){ 1, -2 }, 16, 2, want);
	reads("F16", (const uint16_t[]){ 0x3c00, 0xc000 }, 4, 2, want);
	reads("BF16", (const uint16_t[]){ 0x3f80, 0xc000 }, 4, 2, want);
	reads("I8", (const int8_t[]){ 1, -2 }, 2, 2, want);
	reads("I16", (const int16_t[]){ 1, -2 }, 4, 2, want);
	reads("I32", (const int32_t[]){ 1, -2 }, 8, 2, want);
	reads("I64", (const int64_t[]){ 1, -2 }, 16, 2, want);
	reads("U8", (const uint8_t[]){ 1, 254 }, 2, 2, above);
	reads("BOOL", (const uint8_t[]){ 0, 1 }, 2, 2, bits);
}

static void
shapes_and_names(void **state)
{
	static const char header[] =
	    "{\"__metadata__\":{\"format\":\"pt\"},"
	    "\"b\":{\"dtype\":\"U8\",\"shape\":[2,0,3],\"data_offsets\":[4,4]},"
	    "\"a\":{\"shape\":[1,3],\"data_offsets\":[1,4],\"dtype\":\"U8\"},"
	    "\"c\":{\"dtype\":\"U8\",\"shape\":[],\"data_offsets\":[0,1]}}  ";
	char text[TENSORS_SHAPE_TEXT];
	const struct tensors_item *i;
	struct tensors *t;
	float v[3];

	(void)state;
	assert_int_equal(
	    tensors_parse(&t, file, make(header, "\7\1\2\3", 4), "x"), 0);
	assert_int_equal(t->n, 3);
	i = tensors_find(t, "a");
	assert_non_null(i);
	assert_string_equal(tensors_shape_text(text, i), "(1, 3)");
	assert_int_equal(tensors_floats(v, i), 0);
	assert_true(v[0] == 1 && v[2] == 3);
	i = tensors_find(t, "c");
	assert_int_equal(i->count, 1);
	assert_int_equal(tensors_floats(v, i), 0);
	assert_true(v[0] == 7);
	assert_int_equal(tensors_find(t, "b")->count, 0);
	assert_int_equal(tensors_floats(v, tensors_find(t, "b")), 0);
	assert_null(tensors_find(t, "d"));
	tensors_close(t);
}

/* A header, whose ' become ", with n bytes behind it is refused with that sentence. */
static void
refused(int code, const char *header, size_t n, const char *want)
{
	static const uint8_t zeros[64];
	struct tensors *t;
	char text[1024];

	snprintf(text, sizeof(text), "%s", header);
	for (char *p = text; *p != '\0'; p++)
		if (*p == '\'')
			*p = '"';
	assert_int_equal(
	    tensors_parse(&t, file, make(text, zeros, n), "x"), code);
	assert_null(t);
	if (strstr(err_text(), want) == NULL)
		fail_msg("\"%s\", not \"%s\"", err_text(), want);
}

#define A(rest) "{'a':{'dtype':'F32','shape':" rest "}"

static void
rules(void **state)
{
	(void)state;
	refused(ERR_FORMAT, "{'a':", 0, "x: header: line 1: not JSON");
	refused(ERR_FORMAT, "[]", 0, "x: the header is not an object");
	refused(ERR_FORMAT, "{'a':3}", 0, "x: \"a\": is not described");
	refused(ERR_FORMAT, "{'a':{}}", 0, "\"a\": \"dtype\" is missing");
	refused(ERR_UNSUPPORTED, "{'a':{'dtype':'Q7'}}", 0,
	    "type \"Q7\" is not known");
	refused(ERR_FORMAT, A("3") "}", 0, "\"shape\" is not a list");
	refused(ERR_FORMAT, A("[1.5]") "}", 0, "something else than sizes");
	refused(ERR_FORMAT, A("[-1]") "}", 0, "something else than sizes");
	refused(ERR_FORMAT, A("[2]") "}", 8, "\"data_offsets\" is missing");
	refused(ERR_FORMAT, A("[2],'data_offsets':[0]") "}", 8,
	    "not a begin and an end");
	refused(ERR_FORMAT, A("[2],'data_offsets':[8,0]") "}", 8,
	    "ends before it begins");
	refused(ERR_FORMAT, A("[2],'data_offsets':[0,8]") "}", 7,
	    "is it cut short?");
	refused(ERR_FORMAT, A("[2],'data_offsets':[0,4]") "}", 8,
	    "4 bytes, and (2) of F32 take 8");
	refused(ERR_FORMAT, A("[2],'data_offsets':[0,8]") "}", 9,
	    "1 bytes behind the last array");
	refused(ERR_FORMAT, A("[2],'data_offsets':[1,9]") "}", 9,
	    "\"a\" begins at byte 1");
	refused(ERR_FORMAT, A("[2],'data_offsets':[0,8],'dtype':'F32'") "}", 8,
	    "\"dtype\" stands twice");
	refused(ERR_FORMAT, A("[2],'data_offsets':[0,8],'more':1") "}", 8,
	    "\"more\" is not known");
	refused(ERR_FORMAT,
	    A("[2],'data_offsets':[0,8]") ",'a':{'dtype':'F32','shape':[1],"
					  "'data_offsets':[8,12]}}",
	    12, "\"a\" is the name of two arrays");
	refused(ERR_FORMAT,
	    A("[2],'data_offsets':[0,8]") ",'b':{'dtype':'F32','shape':[1],"
					  "'data_offsets':[4,8]}}",
	    8, "\"b\" begins at byte 4, where the one before it ends at 8");
	refused(ERR_FORMAT, "{'__metadata__':{'a':1}}", 0,
	    "\"__metadata__\": \"a\" is not text");
	refused(ERR_FORMAT, "{'__metadata__':{},'__metadata__':{}}", 0,
	    "stands twice");
}

static void
sizes(void **state)
{
	(void)state;
	refused(ERR_RANGE, A("[4294967296,4294967296]") "}", 0,
	    "\"a\": its size is more than memory can be");
	/* 2^62 numbers of 4 bytes */
	refused(ERR_RANGE, A("[2147483648,2147483648]") "}", 0,
	    "\"a\": its size is more than memory can be");
	refused(ERR_RANGE, A("[0,4294967296,4294967296]") "}", 0,
	    "\"a\": its size is more than memory can be");
	refused(ERR_RANGE, A("[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]") "}", 0,
	    "\"a\": more than 16 axes");
}

static void
lengths(void **state)
{
	uint64_t n = 100000001;
	struct tensors *t;

	(void)state;
	assert_int_equal(tensors_parse(&t, "1234567", 7, "x"), ERR_FORMAT);
	memset(file, '{', 64);
	memcpy(file, &n, 8);
	assert_int_equal(tensors_parse(&t, file, 64, "x"), ERR_FORMAT);
	assert_non_null(strstr(err_text(), "more than 100000000"));
	n = 57;
	memcpy(file, &n, 8);
	assert_int_equal(tensors_parse(&t, file, 64, "x"), ERR_FORMAT);
	assert_non_null(strstr(err_text(), "is it cut short?"));
	assert_int_equal(
	    tensors_parse(&t, "<!DOCTYPE html><p>", 18, "x"), ERR_FORMAT);
	assert_non_null(strstr(err_text(), "is an HTML page"));
}

static void
round_trip(void **state)
{
	static const float a[6] = { 1, -2.5f, 3e30f, 0, 1e-40f, 7 };
	static const uint8_t b[3] = { 1, 2, 3 };
	static const double c[1] = { 8 };
	static char names[3][5] = { "b", "a/\"0", "c" };
	const char *meta[] = { "format", "pt", "who \"knows\"", "ü", NULL };
	struct tensors_item v[] = {
		{ names[0], TENSORS_U8, 1, { 3 }, .data = b },
		{ names[1], TENSORS_F32, 2, { 2, 3 }, .data = a },
		{ names[2], TENSORS_F64, 0, .data = c },
	};
	struct tensors *t;
	float got[6];

	(void)state;
	for (size_t i = 0; i < LENGTH(v); i++)
		assert_int_equal(tensors_shape_set(&v[i]), 0);
	assert_int_equal(
	    tensors_write(tmp_path("x"), v, LENGTH(v), meta, 0), 0);
	assert_int_equal(tensors_open(&t, tmp_path("x")), 0);
	assert_int_equal(t->n, 3);
	assert_string_equal(t->v[0].name, "c");
	assert_int_equal(tensors_floats(got, tensors_find(t, "a/\"0")), 0);
	assert_memory_equal(got, a, sizeof(a));
	/* each where its size divides */
	for (size_t i = 0; i < t->n; i++)
		assert_int_equal(
		    (uintptr_t)t->v[i].data % tensors_type_size(t->v[i].type),
		    0);
	tensors_close(t);
	assert_int_equal(
	    tensors_write(tmp_path("x"), v, LENGTH(v), meta, 0), ERR_REFUSED);
	v[0].name = v[2].name;
	assert_int_equal(
	    tensors_write(tmp_path("y"), v, LENGTH(v), NULL, 0), ERR_FORMAT);
	assert_false(file_exists(tmp_path("y")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(types),
		cmocka_unit_test(shapes_and_names),
		cmocka_unit_test(rules),
		cmocka_unit_test(sizes),
		cmocka_unit_test(lengths),
		cmocka_unit_test_setup_teardown(
		    round_trip, tmp_setup, tmp_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
