/*
 * The cases of ../shared/data/detection/ap_cases, with the figures of COCO's and
 * VOC's evaluators (EXPECTED.txt there).  Skipped, saying so, where they are
 * absent.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "file/file.h"
#include "json/json.h"
#include "metric/detect.h"
#include "near.h"

#define DATA "../shared/data/detection/ap_cases/"
#define COCO DATA "coco/"

enum { MAX = 256, CLASSES = 100 };

static void
need_data(void)
{
	if (file_is_dir(DATA))
		return;
	print_message("# skipped: no shared data\n");
	skip();
}

static struct metric_box
box_of(const struct json *j)
{
	const struct json *b = json_find(j, "bbox");
	double v[4];

	for (size_t i = 0; i < 4; i++)
		v[i] = json_number(json_at(b, i));
	return (struct metric_box){ v[0], v[1], v[0] + v[2], v[1] + v[3] };
}

static int
image_of(const struct json *j)
{
	return (int)json_num(j, "image_id", -1);
}

/* The picture's annotations; classes are COCO's own numbers. */
static void
add_picture(struct detect *d, const struct json *gts, const struct json *dets,
    int image)
{
	struct detect_truth truths[MAX];
	struct detect_guess guesses[MAX];
	size_t nt = 0, ng = 0;

	for (const struct json *j = json_first(gts); j; j = json_next(j)) {
		if (image_of(j) != image)
			continue;
		assert_true(nt < MAX);
		truths[nt++] = (struct detect_truth){ .box = box_of(j),
			.class = (int)json_num(j, "category_id", -1),
			.area = json_num(j, "area", 0),
			.crowd = json_num(j, "iscrowd", 0) != 0 };
	}
	for (const struct json *j = json_first(dets); j; j = json_next(j)) {
		if (image_of(j) != image)
			continue;
		assert_true(ng < MAX);
		guesses[ng++] = (struct detect_guess){ box_of(j),
			(int)json_num(j, "category_id", -1),
			json_num(j, "score", (double)NAN) };
	}
	assert_int_equal(detect_add(d, truths, nt, guesses, ng), 0);
}

static void
coco(void **state)
{
	static const double want[DETECT_FIGURES] = { 0.503647, 0.696973,
		0.571667, 0.593252, 0.557991, 0.489363, 0.386813, 0.593680,
		0.595353, 0.654764, 0.603130, 0.553744 };
	const struct detect_options o = { .rule = DETECT_COCO,
		.classes = CLASSES };
	double got[DETECT_FIGURES];
	struct json *gts, *dets;
	struct detect d;
	int last = -1;

	(void)state;
	need_data();
	assert_int_equal(
	    json_read(&gts, COCO "gts/sampled_gts_bbox_area.json"), 0);
	assert_int_equal(
	    json_read(&dets, COCO "dets/sampled_bbox_results.json"), 0);
	assert_int_equal(detect_init(&d, &o), 0);
	/* By number, as cocoeval does. */
	for (;;) {
		const struct json *images = json_find(gts, "images");
		int next = -1;

		for (const struct json *j = json_first(images); j;
		     j = json_next(j)) {
			int id = (int)json_num(j, "id", -1);

			if (id > last && (next < 0 || id < next))
				next = id;
		}
		if (next < 0)
			break;
		last = next;
		add_picture(&d, json_find(gts, "annotations"),
		    json_find(dets, "annotations"), last);
	}
	assert_int_equal(d.pictures, 100);
	detect_figures(&d, CLASSES, got);
	for (size_t i = 0; i < DETECT_FIGURES; i++) {
		print_message("# %s %.6f\n", detect_names[i], got[i]);
		assert_near(got[i], want[i], 1e-6);
	}
	detect_clear(&d);
	json_free(gts);
	json_free(dets);
}

/* Lines of "object [score] x y w h"; VOC counts the last pixel in. */
static size_t
lines(struct detect_guess *out, const char *folder, int i, int scores)
{
	char path[256];
	size_t n = 0;
	FILE *f;

	snprintf(path, sizeof(path), DATA "pascal/%s/%05d.txt", folder, i);
	f = fopen(path, "r");
	assert_non_null(f);
	for (;;) {
		double s = 0, x, y, w, h;

		assert_true(n < MAX);
		if (fscanf(f, " object") != 0 ||
		    (scores && fscanf(f, "%lf", &s) != 1) ||
		    fscanf(f, "%lf %lf %lf %lf", &x, &y, &w, &h) != 4)
			break;
		out[n++] =
		    (struct detect_guess){ { x, y, x + w + 1, y + h + 1 }, 0,
			    s };
	}
	fclose(f);
	return n;
}

static void
pascal(void **state)
{
	static const double want[2][4] = {
		{ 0.3371980676, 0.2456866804, 0.0222222222, 0 },
		{ 0.3333333333, 0.2683982683, 0.0303030303, 0 },
	};
	const struct detect_options o = { .rule = DETECT_VOC,
		.classes = 1,
		.nthresholds = 4,
		.thresholds = { 0.1, 0.3, 0.5, 0.75 } };
	struct detect d;

	(void)state;
	need_data();
	assert_int_equal(detect_init(&d, &o), 0);
	for (int i = 1; i <= 7; i++) {
		struct detect_guess there[MAX], guesses[MAX];
		struct detect_truth truths[MAX];
		size_t nt = lines(there, "gts", i, 0);
		size_t ng = lines(guesses, "dets", i, 1);

		for (size_t t = 0; t < nt; t++)
			truths[t] =
			    (struct detect_truth){ .box = there[t].box };
		assert_int_equal(detect_add(&d, truths, nt, guesses, ng), 0);
	}
	assert_int_equal(d.nkept, 24);
	for (size_t t = 0; t < 4; t++) {
		const struct detect_ask a = { .threshold = t };

		assert_near(detect_ap(&d, 0, CURVE_ALL, &a), want[0][t], 1e-9);
		assert_near(
		    detect_ap(&d, 0, CURVE_VOC11, &a), want[1][t], 1e-9);
	}
	detect_clear(&d);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(coco),
		cmocka_unit_test(pascal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
