/*
 * The collections of ../shared/data/decoders: PngSuite and the odd but legal
 * JPEGs of image-rs.  Every file decodes to its reference or is refused with a
 * sentence.  References were made by other decoders, so a JPEG may differ by
 * one level; in the few files named below by a little more, as one level of
 * Cb makes nearly two of blue.  Skipped, saying so, where the data are absent.
 */
#include "pattern.h"

#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/path.h"
#include "file/file.h"

#define DATA  "../shared/data/decoders/"
#define JPEGS DATA "jpeg_decoder_rs/reftest/"
#define PNGS  DATA "pngsuite_stb/"

/* Allowed beyond one level: the largest difference, and how many in 1000
 * samples may pass 1.  The greys' references are 16-bit, cut to 8. */
static const struct allowed {
	const char *name;
	int worst, per_mille;
} allowed[] = {
	{ "mjpeg.jpg", 3, 28 },
	{ "progressive3.jpg", 2, 1 },
	{ "restarts.jpg", 2, 3 },
	{ "ycck.jpg", 3, 3 },
	{ "grayscale_16x24_sampling2x2.jpg", 2, 6 },
	{ "grayscale_24x16_sampling2x2.jpg", 2, 6 },
	{ NULL, 1, 0 },
};

static int decoded, refused;

static const struct allowed *
allowance(const char *name)
{
	const struct allowed *a = allowed;

	while (a->name != NULL && strcmp(a->name, name) != 0)
		a++;
	return a;
}

static void
compare(const char *path, struct image *got, struct image *want)
{
	const struct allowed *a = allowance(path_base(path));
	size_t n, beyond = 0;
	int worst;

	/* References may be grey where the file is RGB of greys, and back. */
	assert_int_equal(image_channels(got, 3), 0);
	assert_int_equal(image_channels(want, 3), 0);
	if (got->width != want->width || got->height != want->height)
		fail_msg("%s: %dx%d, not %dx%d", path, got->width, got->height,
		    want->width, want->height);
	worst = pattern_worst(got, want);
	n = (size_t)got->width * (size_t)got->height * 3;
	for (size_t i = 0; i < n; i++) {
		int d = got->data[i] - want->data[i];

		beyond += d < -1 || d > 1;
	}
	if (worst > a->worst || beyond * 1000 > n * (size_t)a->per_mille)
		fail_msg("%s: differs by %d, %zu of %zu samples by more than 1",
		    path, worst, beyond, n);
}

/* One file and its reference (NULL: it must only decode). */
static void
check(const char *path, const char *reference, int may_refuse)
{
	struct image got, want;

	image_init(&got);
	image_init(&want);
	if (image_read(&got, path, IMAGE_NO_EXIF) < 0) {
		if (!may_refuse)
			fail_msg("%s", err_text());
		print_message("# refused: %s\n", err_text());
		refused++;
	} else {
		decoded++;
		if (reference != NULL) {
			assert_int_equal(
			    image_read(&want, reference, IMAGE_NO_EXIF), 0);
			compare(path, &got, &want);
		}
	}
	image_clear(&got);
	image_clear(&want);
}

static void
jpeg_folder(const char *dir, int may_refuse)
{
	char **names = NULL, path[512], reference[512];
	size_t n;

	assert_int_equal(file_list(&names, &n, dir), 0);
	for (size_t i = 0; i < n; i++) {
		if (!path_has_ext(names[i], ".jpg"))
			continue;
		snprintf(path, sizeof(path), "%s%s", dir, names[i]);
		snprintf(reference, sizeof(reference), "%s%.*s.png", dir,
		    (int)strlen(names[i]) - 4, names[i]);
		check(path, reference, may_refuse);
	}
	file_list_free(names, n);
}

static void
png_folder(const char *dir, const char *references)
{
	char **names = NULL, path[512], reference[512];
	size_t n;

	assert_int_equal(file_list(&names, &n, dir), 0);
	assert_true(n > 20);
	for (size_t i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "%s%s", dir, names[i]);
		if (references != NULL)
			snprintf(reference, sizeof(reference), "%s%s",
			    references, names[i]);
		check(path, references != NULL ? reference : NULL, 0);
	}
	file_list_free(names, n);
}

static void
jpegs(void **state)
{
	(void)state;
	if (!file_is_dir(JPEGS)) {
		print_message("# skipped: no shared data\n");
		skip();
	}
	jpeg_folder(JPEGS, 0);
	jpeg_folder(JPEGS "mozilla/", 0);
	/* Lossless JPEG: libjpeg-turbo 2 has none. */
	jpeg_folder(JPEGS "lossless/1/", 1);
	jpeg_folder(JPEGS "lossless/2/", 1);
	print_message(
	    "# JPEG: %d as their references, %d refused\n", decoded, refused);
	assert_int_equal(decoded, 37);
	assert_int_equal(refused, 11);
}

static void
pngs(void **state)
{
	(void)state;
	if (!file_is_dir(PNGS)) {
		print_message("# skipped: no shared data\n");
		skip();
	}
	decoded = refused = 0;
	png_folder(PNGS "primary/", PNGS "primary_check/");
	png_folder(PNGS "16bit/", NULL);
	png_folder(PNGS "unused/", NULL);
	print_message("# PNG: %d decoded\n", decoded);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(jpegs),
		cmocka_unit_test(pngs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
