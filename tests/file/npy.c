/* .npy: what NumPy writes is read, what we write is what NumPy would. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "base/err.h"
#include "file/file.h"
#include "file/npy.h"

/* A file of version 1 with that dictionary, padded to 64, and data. */
static size_t
make(uint8_t *out, const char *dictionary, const void *data, size_t n)
{
	memset(out, ' ', 128);
	memcpy(out, "\x93NUMPY\1\0\x76\0", 10);
	memcpy(out + 10, dictionary, strlen(dictionary));
	out[127] = '\n';
	memcpy(out + 128, data, n);
	return 128 + n;
}

static void
round_trip(void **state)
{
	static const float v[6] = { 1, -2.5f, 3e30f, 0, 1e-40f, 7 };
	static const size_t dim[2] = { 2, 3 };
	static const char head[] = "\x93NUMPY\1\0\x76\0{'descr': '<f4', "
				   "'fortran_order': False, 'shape': (2, 3), }";
	float got[6];
	struct buf b;
	struct npy a;

	(void)state;
	buf_init(&b, 4096);
	assert_int_equal(npy_add(&b, NPY_F32, 2, dim, v), 0);
	assert_int_equal(b.len, 128 + sizeof(v));
	assert_memory_equal(b.data, head, sizeof(head) - 1);
	assert_int_equal(b.data[127], '\n');
	assert_int_equal(npy_parse(&a, b.data, b.len, "x"), 0);
	assert_int_equal(a.type, NPY_F32);
	assert_int_equal(a.ndim, 2);
	assert_int_equal(a.dim[1], 3);
	npy_floats(got, &a);
	assert_memory_equal(got, v, sizeof(v));
	npy_clear(&a);
	buf_clear(&b);
}

static void
is_read(const char *dictionary, const void *data, size_t bytes,
    const float *want, size_t n)
{
	uint8_t file[256];
	float got[8];
	struct npy a;

	bytes = make(file, dictionary, data, bytes);
	assert_int_equal(npy_parse(&a, file, bytes, "x"), 0);
	assert_int_equal(a.count, n);
	npy_floats(got, &a);
	assert_memory_equal(got, want, n * sizeof *want);
	npy_clear(&a);
}

/* In Fortran's order the first index runs fastest; bytes of either order. */
static void
fortran(void **state)
{
	static const uint8_t columns[] = { 11, 21, 12, 22, 13, 23 };
	static const uint8_t big[] = { 0, 11, 0, 21, 0, 12, 0, 22, 0, 13, 0,
		23 };
	static const uint8_t cube[] = { 111, 211, 121, 221, 112, 212, 122,
		222 };
	static const float want[] = { 11, 12, 13, 21, 22, 23 };
	static const float want_cube[] = { 111, 112, 121, 122, 211, 212, 221,
		222 };

	(void)state;
	is_read("{'descr': '|u1', 'fortran_order': True, 'shape': (2, 3)}",
	    columns, sizeof columns, want, 6);
	is_read("{'descr': '>u2', 'fortran_order': True, 'shape': (2, 3)}", big,
	    sizeof big, want, 6);
	is_read("{'descr': '|u1', 'fortran_order': True, 'shape': (2, 2, 2)}",
	    cube, sizeof cube, want_cube, 8);
}

static void
types(void **state)
{
	static const struct {
		const char *descr, *bytes;
		float want;
	} cases[] = {
		{ "<f8", "\0\0\0\0\0\0\xf8\x3f", 1.5f },
		{ ">f8", "\x3f\xf8\0\0\0\0\0\0", 1.5f },
		{ ">f4", "\xc0\0\0\0", -2 },
		{ "<f2", "\0\x3c", 1 },
		{ "<f2", "\1\0", 5.9604645e-8f },
		{ "<f2", "\xff\xfb", -65504 },
		{ "|u1", "\xff", 255 },
		{ "|i1", "\xff", -1 },
		{ "<i2", "\xfe\xff", -2 },
		{ ">i2", "\xff\xfe", -2 },
		{ "<u2", "\xfe\xff", 65534 },
		{ "<i4", "\xff\xff\xff\xff", -1 },
		{ "<u4", "\0\0\0\x80", 2147483648.f },
		{ "<i8", "\xff\xff\xff\xff\xff\xff\xff\xff", -1 },
		{ "<u8", "\0\0\0\0\0\0\0\x80", 9223372036854775808.f },
		{ "|b1", "\1", 1 },
	};
	char dictionary[100];
	uint8_t file[256];
	struct npy a;
	size_t n;
	float v;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		/* keys in any order, a shape of no dimension is one number */
		snprintf(dictionary, sizeof(dictionary),
		    "{'shape': (), \"descr\": '%s', 'fortran_order':False}",
		    cases[i].descr);
		n = make(file, dictionary, cases[i].bytes,
		    (size_t)(cases[i].descr[2] - '0'));
		assert_int_equal(npy_parse(&a, file, n, "x"), 0);
		assert_int_equal(a.count, 1);
		npy_floats(&v, &a);
		assert_true(v == cases[i].want);
		npy_clear(&a);
	}
}

static void
refused(void **state)
{
	static const struct {
		const char *dictionary, *sentence;
		int code;
	} cases[] = {
		{ "{'descr': '<f4', 'fortran_order': 1, 'shape': (1,), }",
		    "x: fortran_order is neither True nor False", ERR_FORMAT },
		{ "{'descr': '|O', 'fortran_order': False, 'shape': (1,), }",
		    "x: not an array of plain numbers", ERR_UNSUPPORTED },
		{ "{'descr': '<c8', 'fortran_order': False, 'shape': (1,), }",
		    "x: elements of type \"<c8\" are not supported",
		    ERR_UNSUPPORTED },
		{ "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }",
		    "x: 4 bytes of numbers, the shape needs 2 elements of 4",
		    ERR_FORMAT },
		{ "{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }",
		    "x: a broken shape", ERR_FORMAT },
		{ "{'descr': '<f4', 'fortran_order': False, "
		  "'shape': (99999999999, 99999999999), }",
		    "x: the array is too large", ERR_RANGE },
		{ "{'descr': '<f4', 'shape': (1,), }",
		    "x: the header lacks a key", ERR_FORMAT },
		{ "{'descr': '<f4', 'descr': '<f4'}",
		    "x: unknown key \"descr\" in the header", ERR_FORMAT },
		{ "['descr']", "x: no dictionary in the header", ERR_FORMAT },
	};
	uint8_t file[256];
	struct npy a;
	size_t n;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		n = make(file, cases[i].dictionary, "abcd", 4);
		assert_int_equal(npy_parse(&a, file, n, "x"), cases[i].code);
		assert_string_equal(err_text(), cases[i].sentence);
		npy_clear(&a);
	}
	assert_int_equal(npy_parse(&a, "NUMPY", 5, "x"), ERR_FORMAT);
	assert_string_equal(err_text(), "x: not a .npy file");
}

/* A file that NumPy wrote. */
static void
numpys_own(void **state)
{
	struct npy a;

	(void)state;
	if (!file_is_dir("../shared/data/reference_outputs")) {
		print_message("skipped: no ../shared\n");
		skip();
	}
	assert_int_equal(
	    npy_read(&a, "../shared/data/reference_outputs/lenet2014.input.npy",
		1 << 20),
	    0);
	assert_int_equal(a.type, NPY_F32);
	assert_int_equal(a.ndim, 4);
	assert_int_equal(a.dim[2], 28);
	npy_clear(&a);
	assert_int_equal(npy_read(&a, "/nowhere.npy", 10), ERR_MISSING);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(round_trip),
		cmocka_unit_test(fortran),
		cmocka_unit_test(types),
		cmocka_unit_test(refused),
		cmocka_unit_test(numpys_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
