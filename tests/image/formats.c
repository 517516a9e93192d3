/* Every format in small: the files of tests/golden/image decode to what
 * Pillow makes of them (or to the numbers they were made from); cut anywhere
 * they give the same picture or a sentence, never a crash. */
#include "pattern.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "file/file.h"

#define GOLDEN         "tests/golden/image/"
#define FILE_OF(bytes) bytes, sizeof(bytes) - 1
#define HDR            "#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n"

struct row {
	char name[64];
	int w, h, c;
	uint64_t hash;
};

/* Call each(row, bytes) for every line of the list. */
static void
for_all(void (*each)(const struct row *, const struct buf *))
{
	FILE *f = fopen(GOLDEN "list", "r");
	char line[256], path[128];
	int n = 0;

	assert_non_null(f);
	while (fgets(line, sizeof(line), f) != NULL) {
		struct buf b;
		struct row r;

		if (line[0] == '#')
			continue;
		assert_int_equal(sscanf(line, "%63s %d %d %d %" SCNx64, r.name,
				     &r.w, &r.h, &r.c, &r.hash),
		    5);
		snprintf(path, sizeof(path), GOLDEN "%s", r.name);
		buf_init(&b, 1 << 20);
		assert_int_equal(file_read(&b, path), 0);
		each(&r, &b);
		buf_clear(&b);
		n++;
	}
	fclose(f);
	assert_true(n > 50);
}

static void
decode_one(const struct row *r, const struct buf *b)
{
	struct image_info info;
	struct image im;

	image_init(&im);
	if (image_decode(&im, b->data, b->len, r->name, 0, 0, 0) < 0)
		fail_msg("%s", err_text());
	if (im.width != r->w || im.height != r->h || im.channels != r->c)
		fail_msg(
		    "%s: %dx%dx%d", r->name, im.width, im.height, im.channels);
	if (pattern_hash(&im) != r->hash)
		fail_msg("%s: the pixels differ", r->name);
	if (image_probe(&info, b->data, b->len, r->name) < 0)
		fail_msg("%s", err_text());
	/* The names begin with the format's. */
	assert_int_equal(strncmp(r->name, info.format, strlen(info.format)), 0);
	assert_int_equal(info.width, r->w);
	assert_int_equal(info.height, r->h);
	image_clear(&im);
}

static void
cut_one(const struct row *r, const struct buf *b)
{
	struct image_info info;
	struct image im;
	size_t step = b->len > 3000 ? 7 : 1;
	/* As with other programs, a JPEG cut short is grey at its end; and nothing
	 * says that a number of plain text lacks digits. */
	bool unseen = strncmp(r->name, "jpeg", 4) == 0 ||
	    strncmp(r->name, "pnm-plain", 9) == 0;

	image_init(&im);
	for (size_t n = 0; n < b->len; n += step) {
		char *copy = malloc(n + 1); /* so that ASan sees the end */

		assert_non_null(copy);
		memcpy(copy, b->data, n);
		if (image_decode(&im, copy, n, "cut.pic", 0, 0, 0) < 0)
			assert_true(strlen(err_text()) > strlen("cut.pic: "));
		else if (!unseen && pattern_hash(&im) != r->hash)
			fail_msg("%s: %zu of %zu bytes give another picture",
			    r->name, n, b->len);
		(void)image_probe(&info, copy, n, "cut.pic");
		free(copy);
	}
	image_clear(&im);
}

/* A JPEG without its end marker is a picture; without more, only if it loses
 * nothing: grey is never put where rows are missing. */
static void
cut_jpeg(const struct row *r, const struct buf *b)
{
	struct image im;
	bool is_cut = false;

	if (strncmp(r->name, "jpeg", 4) != 0)
		return;
	image_init(&im);
	for (size_t n = b->len - 1; n > 0; n--) {
		int rc = image_decode(&im, b->data, n, "cut.jpg", 0, 0, 0);

		if (rc < 0) {
			assert_true(rc == ERR_FORMAT || n < 20);
			is_cut = true;
		} else if (pattern_hash(&im) != r->hash) {
			fail_msg("%s: %zu of %zu bytes give other pixels",
			    r->name, n, b->len);
		}
		if (is_cut && n + 2 >= b->len)
			fail_msg("%s: without its end marker: %s", r->name,
			    err_text());
	}
	assert_true(is_cut);
	image_clear(&im);
}

static void
golden_files(void **state)
{
	(void)state;
	for_all(decode_one);
}

static void
cut_anywhere(void **state)
{
	(void)state;
	for_all(cut_one);
}

static void
without_end_marker(void **state)
{
	(void)state;
	for_all(cut_jpeg);
}

static void
pnm_round_trip(void **state)
{
	struct image a, b;
	struct buf bytes;

	(void)state;
	image_init(&a);
	image_init(&b);
	buf_init(&bytes, 1 << 20);
	for (int c = 1; c <= 3; c += 2) {
		pattern_noise(&a, 21, 13, c, 2);
		buf_reset(&bytes);
		assert_int_equal(image_encode_pnm(&bytes, &a), 0);
		assert_int_equal(
		    image_decode(&b, bytes.data, bytes.len, "p", 0, 0, 0), 0);
		assert_int_equal(pattern_worst(&a, &b), 0);
	}
	image_clear(&a);
	image_clear(&b);
	buf_clear(&bytes);
}

/* Headers that lie: each is refused with its code and a sentence. */
static void
lies(void **state)
{
	static const struct {
		const char *bytes;
		size_t n;
		int code;
	} files[] = {
		{ FILE_OF("P5 0 3 255\nabc"), ERR_FORMAT },
		{ FILE_OF("P5 3 3 70000\nabc"), ERR_FORMAT },
		{ FILE_OF("P5 70000 3 255\nabc"), ERR_RANGE },
		{ FILE_OF("P5 99999999999 3 255\nabc"), ERR_RANGE },
		{ FILE_OF("P6 60000 2000 255\nabc"), ERR_FORMAT },
		{ FILE_OF("P5 3 x 255\nabc"), ERR_FORMAT },
		{ FILE_OF("GIF89a\1\0\1\0\0\0\0;"), ERR_FORMAT },
		{ FILE_OF("GIF89a\1\0\1\0\0\0\0Z"), ERR_FORMAT },
		{ FILE_OF("BM\0\0\0\0\0\0\0\0\0\0\0\0\7\0\0\0\1\0\1\0\1\0\1\0"),
		    ERR_FORMAT },
		{ FILE_OF("\xff\xd8\xff\xd9"), ERR_FORMAT },
		{ FILE_OF("II*\0\x08\0\0\0\0\0"), ERR_FORMAT },
		{ FILE_OF("\0\0\2\0\0\0\0\0\0\0\0\0\xff\xfe\xff\xfe\x18\0abc"),
		    ERR_RANGE },
		{ FILE_OF("\0\0\2\0\0\0\0\0\0\0\0\0\x10\x27\x10\x27\x18\0abc"),
		    ERR_FORMAT },
		{ FILE_OF("\0\0\12\0\0\0\0\0\0\0\0\0\x10\x27\x10\x27\x18\0abc"),
		    ERR_FORMAT },
		{ FILE_OF("\0\1\1\1\0\1\0\x18\0\0\0\0\1\0\1\0\x8\0bgr\0"),
		    ERR_UNSUPPORTED },
		{ FILE_OF(
		      "8BPS\0\1\0\0\0\0\0\0\0\3\0\0\x27\x10\0\0\x27\x10\0\x8\0\3"
		      "\0\0\0\0\0\0\0\0\0\0\0\0\0\0abc"),
		    ERR_FORMAT },
		{ FILE_OF(
		      "8BPS\0\1\0\0\0\0\0\0\0\3\0\0\x27\x10\0\0\x27\x10\0\x8\0\3"
		      "\0\0\0\0\0\0\0\0\0\0\0\0\0\1abc"),
		    ERR_FORMAT },
		{ FILE_OF("8BPS\0\1\0\0\0\0\0\0\0\3\0\0\0\1\0\0\0\1\0\x8\0\3"
			  "\0\0\0\0\xff\0\0\0\0\0\0\0\0\0rgb"),
		    ERR_FORMAT },
		{ FILE_OF("8BPS\0\1\0\0\0\0\0\0\0\4\0\0\0\1\0\0\0\1\0\x8\0\4"
			  "\0\0\0\0\0\0\0\0\0\0\0\0\0\0cmyk"),
		    ERR_UNSUPPORTED },
		{ FILE_OF("8BPS\0\2\0\0\0\0\0\0\0\3\0\0\0\1\0\0\0\1\0\x8\0\3"),
		    ERR_UNSUPPORTED },
		/* only layers: resource 1057 says so */
		{ FILE_OF("8BPS\0\1\0\0\0\0\0\0\0\3\0\0\0\1\0\0\0\1\0\x8\0\3"
			  "\0\0\0\0\0\0\0\x12"
			  "8BIM\4\x21\0\0\0\0\0\5\0\0\0\1\0\0"
			  "\0\0\0\0\0\0rgb"),
		    ERR_UNSUPPORTED },
		{ FILE_OF(HDR "-Y 99999 +X 99999\n"), ERR_RANGE },
		{ FILE_OF(HDR "-Y 10000 +X 10000\n\2\2\x27\x10"), ERR_FORMAT },
		{ FILE_OF(HDR "-Y 10000 +X 10000\nabcd"), ERR_FORMAT },
		{ FILE_OF(HDR "+Y 1 +X 1\nabcd"), ERR_UNSUPPORTED },
		{ FILE_OF(HDR "-Y -1 +X 1\nabcd"), ERR_FORMAT },
		{ FILE_OF(
		      "#?RADIANCE\nFORMAT=32-bit_rle_xyze\n\n-Y 1 +X 1\nabcd"),
		    ERR_UNSUPPORTED },
	};
	struct image im;

	(void)state;
	image_init(&im);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		int rc = image_decode(
		    &im, files[i].bytes, files[i].n, "liar", 0, 0, 0);

		if (rc != files[i].code)
			fail_msg("case %zu gives %d: %s", i, rc,
			    rc < 0 ? err_text() : "a picture");
	}
	image_clear(&im);
}

/* TGA has no magic number; what else there is must not be one. */
static void
no_targa(void **state)
{
	static const struct {
		const char *bytes;
		size_t n;
	} files[] = {
		{ FILE_OF(
		    "\0\0\2\0\1\0\x20\x20\0\0\1\0\1\0\0\0\x16\0\0\0\x28\0") },
		{ FILE_OF(
		    "\0\0\1\0\1\0\x10\x10\0\0\1\0\x18\0\x68\3\0\0\x16\0") },
		{ FILE_OF("\0\0\x8\3\0\0\0\1\0\0\0\x1c\0\0\0\x1c\0\0\0\0") },
		{ FILE_OF("\0\0\2\0\0\0\0\0\0\0\0\0\0\0\0\0\x18\0\0\0\0") },
		{ FILE_OF("\0\0\2\0\0\0\0\0\0\0\0\0\1\0\1\0\x19\0bgr") },
		{ FILE_OF("\0\0\2\0\0\0\0\0\0\0\0\0\1\0\1\0\x18\x8"
			  "bgr") },
		{ FILE_OF("\0\0\2\0\0\0\0\0\0\0\0\0\1\0\1\0\x18\x40"
			  "bgr") },
		{ FILE_OF("\0\0\3\0\0\0\0\0\0\0\0\0\1\0\1\0\x18\0bgr") },
		{ FILE_OF("\0\1\1\0\0\0\0\x18\0\0\0\0\1\0\1\0\x8\0b") },
		{ FILE_OF("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0") },
	};
	struct image im;

	(void)state;
	image_init(&im);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		if (image_decode(&im, files[i].bytes, files[i].n, "x", 0, 0,
			0) != ERR_FORMAT ||
		    (strstr(err_text(), "known format") == NULL &&
			strstr(err_text(), "is an icon") == NULL))
			fail_msg("case %zu: %s", i, err_text());
	}
	image_clear(&im);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(golden_files),
		cmocka_unit_test(cut_anywhere),
		cmocka_unit_test(without_end_marker),
		cmocka_unit_test(pnm_round_trip),
		cmocka_unit_test(lies),
		cmocka_unit_test(no_targa),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
