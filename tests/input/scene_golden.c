/*
 * Scenes as pictures: what tests/golden/augment holds comes out again, but for a
 * rounding here and there, as machines contract products and sums differently.  The
 * boxes are frames upon the pictures.  With NNUTILS_GOLDEN=write in the environment
 * the pictures are written, to be looked at.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "image/image.h"
#include "input/augment/scene.h"
#include "input/geometry.h"

enum { N = 5, H = 48, W = 64, PLANE = H * W, ROWS = 8 };

static uint8_t pictures[N][3 * PLANE];
static float boxes[N][2 * GEOMETRY_BOX];

/* A ramp, a disk in its box, and stripes that tell left from right. */
static int
paint(void **state)
{
	(void)state;
	for (int k = 0; k < N; k++) {
		const int x = 8 + 7 * k, y = 6 + 4 * k, r = 9;

		for (int p = 0; p < PLANE; p++) {
			const int dx = p % W - x - r, dy = p / W - y - r;
			const bool disk = dx * dx + dy * dy < r * r;

			pictures[k][p] = (uint8_t)(disk ? 40 * k : p % W * 3);
			pictures[k][PLANE + p] =
			    (uint8_t)(disk ? 230 - 40 * k : p / W * 4);
			pictures[k][2 * PLANE + p] =
			    (uint8_t)(disk ? 200 : p % W / 4 % 2 * 60);
		}
		memcpy(boxes[k], ((float[2]){ 1, GEOMETRY_BOX }),
		    2 * sizeof(float));
		memcpy(boxes[k] + GEOMETRY_BOX,
		    ((float[6]){
			(float)x + 0.5F, (float)y + 0.5F, 2 * r, 2 * r, 0, 1 }),
		    6 * sizeof(float));
	}
	return 0;
}

static int
get(void *ctx, size_t record, struct record_item *out)
{
	(void)ctx;
	*out = (struct record_item){ .index = record,
		.channels = 3,
		.height = H,
		.width = W,
		.data = pictures[record] };
	return 0;
}

/* White frames: the pixels that the edges of a box lie in. */
static void
frame(struct image *im, const float *b)
{
	const int left = (int)b[0], top = (int)b[1];
	const int right = (int)fminf(b[0] + b[2], (float)im->width - 1),
		  low = (int)fminf(b[1] + b[3], (float)im->height - 1);

	for (int y = top; y <= low; y++)
		for (int x = left; x <= right; x++)
			if (y == top || y == low || x == left || x == right)
				memset(
				    im->data + 3 * (y * im->width + x), 255, 3);
}

static void
draw(struct image *im, const struct augment *a, uint64_t g)
{
	const struct scene_records from = { NULL, get };
	const float *v[SCENE_LAYERS][SCENE_TILES] = { { 0 } };
	float out[3 * PLANE], rows[ROWS * GEOMETRY_BOX];
	struct transform_scratch scratch = { 0 };
	uint8_t planes[3 * PLANE];
	struct transform t;
	struct scene s;

	assert_int_equal(transform_init(&t, NULL, true, 3, H, W), 0);
	t.mirror = true;
	t.augment = *a;
	scene_draw(&s, &t, g, (size_t)(g % N), N);
	assert_int_equal(scene_item(&s, &t, &scratch, &from, out), 0);
	for (int i = 0; i < 3 * PLANE; i++)
		planes[i] = (uint8_t)lrintf(fminf(fmaxf(out[i], 0), 255));
	assert_int_equal(record_planes_to_image(im, planes, 3, H, W), 0);
	for (int i = 0; i < s.nlayers; i++)
		for (int k = 0; k < s.layer[i].n; k++)
			v[i][k] = boxes[s.layer[i].tile[k].record];
	assert_int_equal(scene_boxes(&s, &t, v, rows, ROWS), 0);
	for (int i = 1; a->rand_n == 0 && i <= (int)rows[0]; i++)
		frame(im, rows + i * GEOMETRY_BOX);
	transform_scratch_clear(&scratch);
	transform_clear(&t);
}

static const struct {
	const char *name;
	struct augment a;
} cases[] = {
	{ "quad", { .quad_rotate = QUAD_ALL, .flip = true } },
	{ "rotate", { .rotate = 40, .scale = 0.1, .has_fill = true } },
	{ "zoom", { .zoom = { 0.5, 1.5 }, .translate = 0.2 } },
	{ "crop", { .area = { 0.2, 0.6 }, .aspect = { 0.75, 1.33 } } },
	{ "mosaic", { .mosaic = 1, .zoom = { 0.6, 1.2 }, .min_box = 0.2 } },
	{ "mixup", { .mixup = 8 } },
	{ "cutmix", { .cutmix = 1, .erase = 0.5 } },
	{ "colour",
	    { .hsv = { 0.1, 0.1, 0.1 },
		.contrast = 0.3,
		.noise = 0.03,
		.has_fill = true } },
	{ "rand", { .rand_n = 3, .rand_m = 15 } },
};

/* Six places, as a montage. */
static void
six(struct image *out, const struct augment *a)
{
	const struct image *v[6];
	struct image im[6];

	for (int i = 0; i < 6; i++) {
		image_init(&im[i]);
		draw(&im[i], a, (uint64_t)i);
		v[i] = &im[i];
	}
	assert_int_equal(image_montage(out, v, 6, 3, W, H, 2, 255), 0);
	for (int i = 0; i < 6; i++)
		image_clear(&im[i]);
}

static void
as_they_were(void **state)
{
	const char *mode = getenv("NNUTILS_GOLDEN");

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		char *path =
		    mem_printf("tests/golden/augment/%s.png", cases[i].name);
		struct image im, was;
		size_t n, far = 0;

		image_init(&im);
		image_init(&was);
		six(&im, &cases[i].a);
		if (mode != NULL && strcmp(mode, "write") == 0)
			assert_int_equal(image_write(path, &im, 1), 0);
		assert_int_equal(image_read(&was, path, 0), 0);
		assert_int_equal(was.width, im.width);
		assert_int_equal(was.height, im.height);
		assert_int_equal(was.channels, 3);
		n = (size_t)(im.width * im.height * 3);
		for (size_t k = 0; k < n; k++)
			far += abs(im.data[k] - was.data[k]) > 1;
		if (far > n / 500)
			fail_msg("%s: %zu of %zu values differ", path, far, n);
		image_clear(&im);
		image_clear(&was);
		mem_free(path);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(as_they_were) };

	return cmocka_run_group_tests(tests, paint, NULL);
}
