/*
 * Random cases, compared with figures that peer.py works out in another way: pixels
 * and VOC in a few lines of Python, pixels in a few of numpy too, boxes and COCO by
 * pycocotools.  Skipped, saying so, where there is no Python, or neither of these
 * (scripts/venv makes a place for them).
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <cmocka.h>

#include "base/mem.h"
#include "base/rng.h"
#include "metric/boundary.h"
#include "metric/detect.h"
#include "metric/segment.h"
#include "near.h"
#include "../tmp.h"

/* "figure value" lines of peer.py, at most n of them. */
static size_t
ask(double *out, size_t n, const char *what)
{
	char command[512], name[32];
	size_t got = 0;
	FILE *f;
	int rc;

	snprintf(command, sizeof(command),
	    "\"${NNUTILS_TEST_PYTHON:-python3}\" tests/metric/peer.py %s %s",
	    what, tmp_path("case"));
	f = popen(command, "r");
	assert_non_null(f);
	while (got < n && fscanf(f, "%31s %lf", name, &out[got]) == 2)
		got++;
	rc = pclose(f);
	if (WIFEXITED(rc) &&
	    (WEXITSTATUS(rc) == 77 || WEXITSTATUS(rc) == 127)) {
		print_message(
		    "# skipped: no python3, or no numpy, or no pycocotools\n");
		skip();
	}
	assert_int_equal(rc, 0);
	return got;
}

static FILE *
case_open(void)
{
	FILE *f = fopen(tmp_path("case"), "w");

	assert_non_null(f);
	return f;
}

static void
assert_same(double got, double want)
{
	if (isnan(want))
		assert_true(isnan(got));
	else
		assert_near(got, want, 1e-9);
}

enum { W = 40, H = 30, C = 5 };

/* Patches of classes, some ignored, the answer like the truth but in places. */
static void
random_maps(struct rng *r, int32_t *truth, int32_t *answer)
{
	for (int i = 0; i < W * H; i++)
		truth[i] = answer[i] = 0;
	for (int k = 0; k < 12; k++) {
		uint64_t x = rng_below(r, W), y = rng_below(r, H);
		uint64_t w = rng_below(r, 12), h = rng_below(r, 12);
		int32_t c = (int32_t)rng_below(r, C);
		int ignored = rng_below(r, 6) == 0;

		for (uint64_t j = y; j < H && j < y + h; j++)
			for (uint64_t i = x; i < W && i < x + w; i++) {
				truth[j * W + i] = ignored ? 255 : c;
				answer[j * W + (i + k % 2) % W] = c;
			}
	}
}

static void
print_map(FILE *f, const char *key, const int32_t *map)
{
	fprintf(f, "\"%s\": [", key);
	for (int i = 0; i < W * H; i++)
		fprintf(f, "%s%d", i > 0 ? "," : "", (int)map[i]);
	fprintf(f, "]");
}

static void
write_maps(const int32_t *truth, const int32_t *answer, double tolerance)
{
	FILE *f = case_open();

	fprintf(f,
	    "{\"classes\": %d, \"ignored\": 255, \"width\": %d, "
	    "\"tolerance\": %g, ",
	    C, W, tolerance);
	print_map(f, "truth", truth);
	fprintf(f, ", ");
	print_map(f, "answer", answer);
	fprintf(f, "}\n");
	assert_int_equal(fclose(f), 0);
}

/* Our figures of n cases beside those of peer.py, which gives the boundary's last
 * where there is a tolerance. */
static void
judge_maps(const char *judge, int n, double step)
{
	size_t figures = SEGMENT_FIGURES + (step > 0 ? 1 : 0);
	int32_t truth[W * H], answer[W * H];
	struct rng r;

	rng_init(&r, 1, 0);
	for (int k = 0; k < n; k++) {
		struct gate_value v[SEGMENT_FIGURES];
		double want[SEGMENT_FIGURES + 1], tolerance = k * step;
		struct boundary b;
		struct segment s;

		random_maps(&r, truth, answer);
		write_maps(truth, answer, tolerance);
		assert_int_equal(ask(want, figures, judge), figures);
		assert_int_equal(segment_init(&s, C, 255, false), 0);
		segment_add(&s, truth, answer, W * H);
		segment_figures(&s, v);
		for (size_t i = 0; i < SEGMENT_FIGURES; i++)
			assert_same(v[i].value, want[i]);
		segment_clear(&s);
		if (step <= 0)
			continue;
		assert_int_equal(boundary_init(&b, C, 255), 0);
		assert_int_equal(
		    boundary_add(&b, truth, answer, W, H, tolerance), 0);
		assert_same(boundary_mean(&b), want[SEGMENT_FIGURES]);
		boundary_clear(&b);
	}
}

static void
pixels(void **state)
{
	(void)state;
	judge_maps("pixels", 3, 1.5);
}

static void
pixels_by_numpy(void **state)
{
	(void)state;
	judge_maps("numpy", 4, 0);
}

enum { PICTURES = 30, CLASSES = 4, BOXES = 400 };

/* A box on a grid of quarters, so that doubles hold all of it, sized so that all
 * areas occur; the guess near to a truth, or not. */
static struct metric_box
random_box(struct rng *r, const struct metric_box *near_to)
{
	struct metric_box b = { .left = (double)rng_below(r, 1600) / 4,
		.top = (double)rng_below(r, 1600) / 4 };
	double side = 4 + (double)rng_below(r, 640) / 4;

	b.right = b.left + side;
	b.bottom = b.top + side * (1 + (double)rng_below(r, 3)) / 2;
	if (near_to != NULL) {
		double by = ((double)rng_below(r, 9) - 4) / 32 *
		    (near_to->right - near_to->left);

		b = *near_to;
		b.left += by;
		b.right += by / 2;
		b.bottom += by < 0 ? 0 : by;
	}
	return b;
}

static void
print_box(FILE *f, int picture, int class, const struct metric_box *b)
{
	fprintf(f,
	    "{\"image_id\": %d, \"category_id\": %d, "
	    "\"bbox\": [%.17g, %.17g, %.17g, %.17g], ",
	    picture, class, b->left, b->top, b->right - b->left,
	    b->bottom - b->top);
}

/* The pictures are written as a case and added to d; class 0 has no truths. */
static void
random_boxes(struct rng *r, struct detect *d)
{
	struct detect_truth *truths = mem_array(struct detect_truth, BOXES);
	struct detect_guess *guesses = mem_array(struct detect_guess, BOXES);
	char *text[2];
	size_t sizes[2];
	FILE *f[2] = { open_memstream(&text[0], &sizes[0]),
		open_memstream(&text[1], &sizes[1]) };
	const char *gap[2] = { "", "" };
	FILE *out;

	for (int p = 1; p <= PICTURES; p++) {
		size_t nt = rng_below(r, 12), ng = 0;

		for (size_t i = 0; i < nt; i++) {
			struct detect_truth *t = &truths[i];

			*t = (struct detect_truth){ .box = random_box(r, NULL),
				.class = 1 + (int)rng_below(r, CLASSES - 1),
				.crowd = rng_below(r, 8) == 0 };
			t->area = metric_box_area(&t->box) *
			    (0.5 + rng_uniform(r) / 2);
			fputs(gap[0], f[0]);
			gap[0] = ",\n";
			print_box(f[0], p, t->class, &t->box);
			fprintf(f[0], "\"area\": %.17g, \"iscrowd\": %d}",
			    t->area, (int)t->crowd);
		}
		for (size_t i = 0; i < nt * 3 + (p == 7 ? 350 : 1); i++) {
			struct detect_guess *g = &guesses[ng++];
			const struct detect_truth *t =
			    i < nt * 2 ? &truths[i / 2] : NULL;

			/* Few scores, so that many are equal. */
			*g = (struct detect_guess){ random_box(
							r, t ? &t->box : NULL),
				t ? t->class : (int)rng_below(r, CLASSES),
				(double)rng_below(r, 32) / 32 };
			fputs(gap[1], f[1]);
			gap[1] = ",\n";
			print_box(f[1], p, g->class, &g->box);
			fprintf(f[1], "\"score\": %.17g}", g->score);
		}
		assert_int_equal(detect_add(d, truths, nt, guesses, ng), 0);
	}
	for (int i = 0; i < 2; i++)
		assert_int_equal(fclose(f[i]), 0);
	out = case_open();
	fprintf(out,
	    "{\"pictures\": %d, \"classes\": %d,\n"
	    "\"truths\": [%s],\n\"guesses\": [%s]}\n",
	    PICTURES, CLASSES, text[0], text[1]);
	assert_int_equal(fclose(out), 0);
	free(text[0]);
	free(text[1]);
	mem_free(truths);
	mem_free(guesses);
}

enum { PAIRS = 300 };

/* IoU, and how much of a box a crowd covers. */
static void
overlaps(void **state)
{
	double *want = mem_array(double, 2 * PAIRS);
	struct metric_box pair[PAIRS][2];
	struct rng r;
	FILE *f = case_open();
	int apart = 0;

	(void)state;
	rng_init(&r, 4, 0);
	fprintf(f, "[");
	for (int i = 0; i < PAIRS; i++) {
		fprintf(f, "%s[", i > 0 ? ",\n" : "");
		for (int k = 0; k < 2; k++) {
			struct metric_box *b = &pair[i][k];

			*b = random_box(&r, k > 0 && i % 3 ? b - 1 : NULL);
			fprintf(f, "%s[%.17g, %.17g, %.17g, %.17g]",
			    k > 0 ? ", " : "", b->left, b->top,
			    b->right - b->left, b->bottom - b->top);
		}
		fprintf(f, "]");
	}
	fprintf(f, "]\n");
	assert_int_equal(fclose(f), 0);
	assert_int_equal(ask(want, 2 * PAIRS, "overlaps"), 2 * PAIRS);
	for (int i = 0; i < PAIRS; i++) {
		assert_same(
		    metric_box_iou(&pair[i][0], &pair[i][1]), want[2 * i]);
		assert_same(metric_box_cover(&pair[i][0], &pair[i][1]),
		    want[2 * i + 1]);
		apart += want[2 * i] == 0;
	}
	assert_in_range(apart, PAIRS / 10, PAIRS / 2);
	mem_free(want);
}

static void
coco(void **state)
{
	const struct detect_options o = { .rule = DETECT_COCO,
		.classes = CLASSES };
	double got[DETECT_FIGURES], want[DETECT_FIGURES];
	struct detect d;
	struct rng r;

	(void)state;
	rng_init(&r, 2, 0);
	for (int k = 0; k < 3; k++) {
		assert_int_equal(detect_init(&d, &o), 0);
		random_boxes(&r, &d);
		detect_figures(&d, CLASSES, got);
		detect_clear(&d);
		assert_int_equal(
		    ask(want, DETECT_FIGURES, "coco"), DETECT_FIGURES);
		for (size_t i = 0; i < DETECT_FIGURES; i++)
			assert_same(got[i], want[i]);
	}
}

/* A crowd is one that is difficult. */
static void
voc(void **state)
{
	const struct detect_options o = { .rule = DETECT_VOC,
		.classes = CLASSES };
	const struct detect_ask a = { 0 };
	struct detect d;
	struct rng r;

	(void)state;
	rng_init(&r, 3, 0);
	for (int k = 0; k < 3; k++) {
		double got, want;

		assert_int_equal(detect_init(&d, &o), 0);
		random_boxes(&r, &d);
		got = detect_mean_ap(&d, CURVE_ALL, &a);
		detect_clear(&d);
		assert_int_equal(ask(&want, 1, "voc"), 1);
		assert_true(want > 0.1 && want < 0.9);
		assert_same(got, want);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pixels),
		cmocka_unit_test(pixels_by_numpy),
		cmocka_unit_test(overlaps),
		cmocka_unit_test(voc),
		cmocka_unit_test(coco),
	};

	return cmocka_run_group_tests(tests, tmp_setup, tmp_teardown);
}
