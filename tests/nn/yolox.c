/*
 * The head of YOLOX: assignment and losses against a script that knows only the
 * paper, gradients by differences, boxes worked out by hand.
 */
#include <math.h>
#include <stdio.h>

#include "machine.h"

#include "base/mem.h"
#include "base/rng.h"
#include "nn/layers/yolox.h"
#include "../tmp.h"

enum {
	ITEMS = 2,
	CLASSES = 3,
	ROWS = 6,
	SIDE = 48,   /* of a picture: maps of 6 and 3 */
	HEIGHT = 44, /* which need not be whole */
	NUMBERS = 5 + CLASSES,
	FINE = 36,
	COARSE = 9,
	PLACES = FINE + COARSE,
	TOPS = 5
};

#define PARAM "yolox_param { stride: 8 stride: 16 ignore_label: 0 } "
#define MAPS                                                                   \
	"input: 'a' input_shape { dim: 2 dim: 8 dim: 6 dim: 6 } "              \
	"input: 'b' input_shape { dim: 2 dim: 8 dim: 3 dim: 3 } "
#define PICTURES "input: 'p' input_shape { dim: 2 dim: 3 dim: 44 dim: 48 } "
#define LOSS                                                                   \
	MAPS "input: 'l' input_shape { dim: 2 dim: 1 dim: 6 dim: 16 } "        \
	     "layer { name: 'x' type: 'YoloxLoss' bottom: 'a' bottom: 'b' "    \
	     "bottom: 'l' top: 'all' top: 'iou' top: 'object' top: 'class' "   \
	     "top: 'l1' " PARAM "}"

static const char *const tops[TOPS] = { "all", "iou", "object", "class", "l1" };

static float fine[ITEMS * NUMBERS * FINE], coarse[ITEMS * NUMBERS * COARSE];
static float label[ITEMS * ROWS * 16];

static int
build(struct machine *m, const char *text)
{
	const struct net_opts o = { .phase = CAFFE__PHASE__TRAIN,
		.force_backward = true };

	return machine_net(m, text, &o);
}

static void
plan(struct machine *m)
{
	machine_plan(m);
	must(plan_write(m->plan, blob(m, "a"), fine));
	must(plan_write(m->plan, blob(m, "b"), coarse));
}

static void
run(struct machine *m, bool backward)
{
	const struct plan_run r = { .backward = backward };

	must(plan_run(m->plan, &r));
}

/* Maps that are not far from some of the boxes, which overlap; one of each picture
 * is not to be judged. */
static void
draw(uint64_t seed)
{
	struct rng r;
	size_t i;

	rng_init(&r, seed, 1);
	for (i = 0; i < LENGTH(fine); i++)
		fine[i] = (float)rng_normal(&r);
	for (i = 0; i < LENGTH(coarse); i++)
		coarse[i] = (float)rng_normal(&r);
	memset(label, 0, sizeof(label));
	for (int n = 0; n < ITEMS; n++) {
		float *row = label + (size_t)n * ROWS * 16;

		row[0] = (float)(ROWS - 1 - n);
		row[1] = 16;
		for (int b = 1; b < ROWS - n; b++) {
			row += 16;
			row[0] = (float)(rng_uniform(&r) * SIDE * 0.7);
			row[1] = (float)(rng_uniform(&r) * SIDE * 0.7);
			row[2] = (float)(4 + rng_uniform(&r) * SIDE * 0.5);
			row[3] = (float)(4 + rng_uniform(&r) * SIDE * 0.5);
			row[5] = b == 1 ? 0 : (float)(1 + b % 2);
		}
	}
}

static void
put_numbers(FILE *f, const float *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		fprintf(f, "%.9g ", v[i]);
}

/* What the script says: its targets (class + 1, 0 none, -1 not judged) and IoU of
 * all places, and the losses. */
struct said {
	int is[ITEMS][PLACES];
	double iou[ITEMS][PLACES], loss[TOPS];
};

static void
ask(struct said *s)
{
	FILE *f = fopen(tmp_path("case"), "w");
	char line[256], command[400];
	int item, place, class, n = 0;
	double iou;

	assert_non_null(f);
	fprintf(f, "%d %d %d 2 2.5 10 0 6 6 8 3 3 16 ", ITEMS, CLASSES, ROWS);
	put_numbers(f, fine, LENGTH(fine));
	put_numbers(f, coarse, LENGTH(coarse));
	put_numbers(f, label, LENGTH(label));
	assert_int_equal(fclose(f), 0);
	snprintf(command, sizeof(command), "python3 tests/nn/yolox.py <%s",
	    tmp_path("case"));
	f = popen(command, "r");
	assert_non_null(f);
	memset(s, 0, sizeof(*s));
	while (fgets(line, sizeof(line), f) != NULL)
		if (sscanf(line, "loss %lf %lf %lf %lf", &s->loss[1],
			&s->loss[2], &s->loss[3], &s->loss[4]) == 4) {
			n++;
		} else {
			assert_int_equal(sscanf(line, "%d %d %d %lf", &item,
					     &place, &class, &iou),
			    4);
			s->is[item][place] = class < 0 ? -1 : class + 1;
			s->iou[item][place] = iou;
		}
	assert_int_equal(pclose(f), 0);
	assert_int_equal(n, 1);
	s->loss[0] = 5 * s->loss[1] + s->loss[2] + s->loss[3] + s->loss[4];
}

static bool
near(double a, double b)
{
	return fabs(a - b) <= 1e-4 * fmax(1, fabs(b));
}

/* The tensor of targets is inside the net: the output of the first op of host
 * code. */
static int
targets(const struct machine *m)
{
	for (int i = 0; i < graph_ops(m->net->graph); i++) {
		const struct op *op = graph_op(m->net->graph, i);

		if (op->kind == OP_CUSTOM)
			return op->out[0];
	}
	fail_msg("no assignment");
	return -1;
}

static void
compare(const struct said *s, const float *t)
{
	int found = 0, unjudged = 0;

	for (int n = 0; n < ITEMS; n++)
		for (int a = 0; a < PLACES; a++) {
			const float *v = t + n * YOLOX_TARGETS * PLACES + a;
			const int is = (int)v[YOLOX_TARGET_IS * PLACES];
			const int what = is > 0
			    ? (int)v[YOLOX_TARGET_CLASS * PLACES] + 1
			    : is;

			if (what != s->is[n][a])
				fail_msg("item %d place %d is to find %d, not "
					 "%d",
				    n, a, s->is[n][a], what);
			if (is > 0 &&
			    !near(v[YOLOX_TARGET_IOU * PLACES], s->iou[n][a]))
				fail_msg("item %d place %d: IoU %g, not %g", n,
				    a, s->iou[n][a],
				    v[YOLOX_TARGET_IOU * PLACES]);
			found += is > 0;
			unjudged += is < 0;
		}
	assert_true(found > 4 && unjudged > 0);
}

static void
as_the_paper(void **state)
{
	static float t[ITEMS * YOLOX_TARGETS * PLACES];
	struct machine m;
	struct said s;

	(void)state;
	if (system("python3 -c pass 2>/dev/null") != 0) {
		print_message("skipped: no python3\n");
		skip();
	}
	for (uint64_t seed = 1; seed <= 8; seed++) {
		draw(seed);
		ask(&s);
		must(build(&m, LOSS));
		graph_tensor(m.net->graph, targets(&m))->keep = true;
		plan(&m);
		must(plan_write(m.plan, blob(&m, "l"), label));
		run(&m, false);
		must(plan_read(m.plan, targets(&m), t));
		compare(&s, t);
		for (int i = 0; i < TOPS; i++)
			if (!near(number(&m, tops[i]), s.loss[i]))
				fail_msg("seed %d: %s is %g, not %g", (int)seed,
				    tops[i], s.loss[i], number(&m, tops[i]));
		close_machine(&m);
	}
}

/* Which place is to find which box now. */
static void
owners(struct machine *m, float v[ITEMS * PLACES])
{
	static float t[ITEMS * YOLOX_TARGETS * PLACES];

	must(plan_read(m->plan, targets(m), t));
	for (int n = 0; n < ITEMS; n++)
		for (int a = 0; a < PLACES; a++) {
			const float *x = t + n * YOLOX_TARGETS * PLACES + a;

			v[n * PLACES + a] =
			    x[YOLOX_TARGET_IS * PLACES] * (1 + x[0]);
		}
}

/* The sum of these tops; NAN where boxes changed hands. */
static double
sum_of(struct machine *m, const char *const *of, int nof, const float *owned)
{
	float v[ITEMS * PLACES];
	double sum = 0;

	run(m, false);
	owners(m, v);
	for (int k = 0; k < nof; k++)
		sum += number(m, of[k]);
	return memcmp(v, owned, sizeof(v)) == 0 ? sum : NAN;
}

/* Gradient of the tops that are seeded at map t, v of n numbers (items, NUMBERS,
 * places); the first `boxes` numbers of a place are left out: the IoU to which
 * classes are held is no function for the gradient. */
static void
differ(struct machine *m, const char *map, float *v, int places, int skipped,
    const char *const *of, int nof)
{
	const int t = blob(m, map), grad = graph_tensor(m->net->graph, t)->grad;
	const int n = ITEMS * NUMBERS * places;
	float *g = mem_array(float, (size_t)n);
	const float h = 1.0f / 512;
	float owned[ITEMS * PLACES];
	double up, down;
	int moved = 0, jumps = 0;

	run(m, true);
	owners(m, owned);
	must(plan_read(m->plan, grad, g));
	for (int i = 0; i < n; i++) {
		const float keep = v[i];

		if (i / places % NUMBERS < skipped) {
			assert_float_equal(g[i], 0, 0);
			continue;
		}
		v[i] = keep + h;
		must(plan_write(m->plan, t, v));
		up = sum_of(m, of, nof, owned);
		v[i] = keep - h;
		must(plan_write(m->plan, t, v));
		down = sum_of(m, of, nof, owned);
		v[i] = keep;
		if (isnan(up - down)) {
			jumps++;
			continue;
		}
		if (fabs((up - down) / (2 * h) - g[i]) > 5e-3)
			fail_msg("map %s, number %d of place %d: %g, "
				 "differences say %g",
			    map, i / places % NUMBERS, i % places, g[i],
			    (up - down) / (2 * h));
		moved += fabsf(g[i]) > 1e-2f;
	}
	must(plan_write(m->plan, t, v));
	assert_true(moved >= 3 && jumps < n / 20);
	mem_free(g);
}

static void
check_gradients(const char *const *of, int nof, int skipped)
{
	struct graph_seed seed[TOPS];
	struct machine m;

	draw(3);
	must(build(&m, LOSS));
	for (int i = 0; i < nof; i++) {
		seed[i] = (struct graph_seed){ blob(&m, of[i]), 1, -1 };
		graph_tensor(m.net->graph, seed[i].tensor)->keep = true;
	}
	must(net_backward_from(m.net, seed, nof));
	graph_tensor(m.net->graph, targets(&m))->keep = true;
	plan(&m);
	must(plan_write(m.plan, blob(&m, "l"), label));
	differ(&m, "a", fine, FINE, skipped, of, nof);
	differ(&m, "b", coarse, COARSE, skipped, of, nof);
	close_machine(&m);
}

static void
gradients(void **state)
{
	static const char *const boxes[] = { "iou", "object", "l1" };
	static const char *const classes[] = { "class" };

	(void)state;
	check_gradients(boxes, 3, 0);
	check_gradients(classes, 1, 5);
}

/* Nothing to find: objectness alone counts, and all of it. */
static void
empty(void **state)
{
	double sum = 0;
	struct machine m;

	(void)state;
	draw(1);
	memset(label, 0, sizeof(label));
	must(build(&m, LOSS));
	plan(&m);
	must(plan_write(m.plan, blob(&m, "l"), label));
	run(&m, false);
	for (int n = 0; n < ITEMS; n++) {
		for (int a = 0; a < FINE; a++)
			sum += log1p(exp(fine[(n * NUMBERS + 4) * FINE + a]));
		for (int a = 0; a < COARSE; a++)
			sum +=
			    log1p(exp(coarse[(n * NUMBERS + 4) * COARSE + a]));
	}
	assert_float_equal(number(&m, "all"), sum, 1e-3);
	assert_float_equal(number(&m, "iou"), 0, 0);
	close_machine(&m);
}

/* A class that the maps have no score for, and numbers that are none. */
static void
bad_labels(void **state)
{
	const struct plan_run once = { 0 };
	struct machine m;

	(void)state;
	draw(1);
	label[2 * 16 + 5] = 3;
	must(build(&m, LOSS));
	plan(&m);
	must(plan_write(m.plan, blob(&m, "l"), label));
	assert_int_equal(plan_run(m.plan, &once), ERR_FORMAT);
	assert_non_null(strstr(err_text(),
	    "picture 0 of the batch has a box of a class outside 0..2"));
	draw(1);
	for (int i = 0; i < 16; i++)
		label[16 + i] = label[i % 2] = i % 3 ? NAN : INFINITY;
	for (int i = 0; i < 40; i++)
		fine[7 * i] = i % 2 ? NAN : 1e38f;
	must(plan_write(m.plan, blob(&m, "a"), fine));
	must(plan_write(m.plan, blob(&m, "l"), label));
	(void)plan_run(m.plan, &once);
	close_machine(&m);
}

static void
refused(void **state)
{
	static const struct {
		const char *text, *what;
	} nets[] = {
		{ MAPS PICTURES
		    "layer { name: 'x' type: 'YoloxOutput' bottom: 'a' bottom: 'b' "
		    "bottom: 'p' top: 'y' }",
		    "0 strides for 2 maps" },
		{ MAPS PICTURES
		    "layer { name: 'x' type: 'YoloxOutput' bottom: 'a' bottom: 'b' "
		    "bottom: 'p' top: 'y' yolox_param { stride: 8 stride: 8 "
		    "} }",
		    "is not of the same pictures as the first" },
		{ MAPS PICTURES
		    "layer { name: 'x' type: 'YoloxOutput' bottom: 'a' bottom: 'b' "
		    "bottom: 'p' top: 'y' detection_output_param { "
		    "keep_top_k: 1000000 } " PARAM "}",
		    "lower keep_top_k" },
		{ MAPS "layer { name: 'x' type: 'YoloxOutput' bottom: 'a' "
		       "bottom: 'b' bottom: 'b' top: 'y' " PARAM "}",
		    "is not the pictures of the maps before it" },
		{ MAPS "layer { name: 'x' type: 'YoloxLoss' bottom: 'a' "
		       "bottom: 'b' top: 'y' yolox_param { stride: 8 } }",
		    "must be lists of boxes" },
		{ "input: 'a' input_shape { dim: 1 dim: 5 dim: 3 dim: 3 } "
		  "layer { name: 'x' type: 'YoloxOutput' bottom: 'a' bottom: 'a' "
		  "top: 'y' yolox_param { stride: 8 } }",
		    "must be (N, 5 + classes, H, W)" },
		{ "input: 'a' input_shape { dim: 1 dim: 5 dim: 3 dim: 4 } "
		  "layer { name: 'x' type: 'Focus' bottom: 'a' top: 'y' }",
		    "with even sides" },
	};
	struct machine m;

	(void)state;
	for (size_t i = 0; i < LENGTH(nets); i++) {
		assert_int_not_equal(build(&m, nets[i].text), 0);
		if (strstr(err_text(), nets[i].what) == NULL)
			fail_msg("%s: %s", nets[i].what, err_text());
	}
}

static void
set(int item, int place, float x, float y, float w, float h, float object,
    int class, float score)
{
	float *v = fine + item * NUMBERS * FINE + place;

	v[YOLOX_X * FINE] = x;
	v[YOLOX_Y * FINE] = y;
	v[YOLOX_W * FINE] = w;
	v[YOLOX_H * FINE] = h;
	v[YOLOX_OBJECT * FINE] = object;
	v[(YOLOX_CLASS + class) * FINE] = score;
}

static void
check_row(const float *row, int item, int class, float score, float x0,
    float y0, float x1, float y1)
{
	const float want[7] = { (float)item, (float)class, score, x0, y0, x1,
		y1 };

	for (int i = 0; i < 7; i++)
		assert_float_equal(row[i], want[i], 1e-5);
}

/* Of two boxes of a class that overlap the better one is kept, of two classes
 * both; class 0 is not found. */
static void
output(void **state)
{
	static float y[ITEMS * 4 * 7];
	const float high = 1 / (1 + expf(-3)), low = 1 / (1 + expf(-2));
	struct machine m;

	(void)state;
	memset(fine, 0, sizeof(fine));
	memset(coarse, 0, sizeof(coarse));
	for (int i = 0; i < ITEMS * NUMBERS * FINE; i++)
		if (i / FINE % NUMBERS >= 4)
			fine[i] = -10;
	for (int i = 0; i < ITEMS * NUMBERS * COARSE; i++)
		if (i / COARSE % NUMBERS >= 4)
			coarse[i] = -10;
	set(0, 7, 1, 1, logf(2), logf(4), 3, 1, 3);  /* 16, 16: 16x32 */
	set(0, 8, 0, 1, logf(2), logf(4), 2, 1, 3);  /* the same, worse */
	set(0, 14, 0, 0, logf(2), logf(4), 2, 2, 2); /* and another class */
	set(1, 0, 1, 1, 0, 0, 3, 0, 9); /* of what is not to be found */
	must(build(&m,
	    MAPS PICTURES
	    "layer { name: 'x' type: 'YoloxOutput' bottom: 'a' bottom: "
	    "'b' bottom: 'p' top: 'y' detection_output_param { keep_top_k: 4 } " PARAM
	    "}"));
	plan(&m);
	run(&m, false);
	must(plan_read(m.plan, blob(&m, "y"), y));
	check_row(
	    y, 0, 1, high * high, 8.0f / SIDE, 0, 24.0f / SIDE, 32.0f / HEIGHT);
	check_row(y + 7, 0, 2, low * low, 8.0f / SIDE, 0, 24.0f / SIDE,
	    32.0f / HEIGHT);
	for (int i = 14; i < ITEMS * 4 * 7; i++)
		assert_float_equal(y[i], -1, 0);
	close_machine(&m);
}

/* Channels of the upper left places first, then the lower left. */
static void
focus(void **state)
{
	const float want[2 * 4] = { 0, 2, 4, 6, 1, 3, 5, 7 };
	struct machine m;
	float x[8], y[8];

	(void)state;
	for (int i = 0; i < 8; i++)
		x[i] = (float)i;
	must(build(&m,
	    MAPS "input: 'p' input_shape { dim: 1 dim: 1 dim: 2 dim: 4 } "
		 "layer { name: 'x' type: 'Focus' bottom: 'p' top: 'y' }"));
	plan(&m);
	must(plan_write(m.plan, blob(&m, "p"), x));
	run(&m, false);
	must(plan_read(m.plan, blob(&m, "y"), y));
	/* upper left 0 2, lower left 4 6, upper right 1 3, lower right 5 7 */
	for (int i = 0; i < 8; i++)
		assert_float_equal(y[i], want[i], 0);
	close_machine(&m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    as_the_paper, tmp_setup, tmp_teardown),
		cmocka_unit_test(gradients),
		cmocka_unit_test(empty),
		cmocka_unit_test(bad_labels),
		cmocka_unit_test(refused),
		cmocka_unit_test(output),
		cmocka_unit_test(focus),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
