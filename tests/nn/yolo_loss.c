/*
 * The losses of YOLO nets: against a script that knows only the papers and darknet's
 * rules, gradients by differences, what is refused.
 */
#include <math.h>
#include <stdio.h>

#include "machine.h"

#include "base/mem.h"
#include "base/rng.h"
#include "../tmp.h"

enum {
	ITEMS = 2,
	CLASSES = 3,
	OWN = 2, /* anchors of a place */
	HEIGHT = 4,
	WIDTH = 5,
	PLACES = HEIGHT * WIDTH,
	NUMBERS = 5 + CLASSES,
	VALUES = ITEMS * OWN * NUMBERS * PLACES,
	BOXES = 5, /* of a picture, at most */
	ROWS = ITEMS * BOXES,
	PARTS = 3
};

struct box {
	int item, label, hard;
	float x0, y0, x1, y1;
};

/* A layer, and the same in the script's words. */
struct way {
	const char *layer, *script;
	bool test, rows5; /* phase TEST; the forks' labels */
};

#define REGION                                                                 \
	"type: 'RegionLoss' region_loss_param { num_class: 3 num: 2 thresh: "  \
	"0.4 object_scale: 3 class_scale: 1.5 coord_scale: 2 noobject_scale: " \
	"0.7 biases: 1 biases: 1.5 biases: 2.5 biases: 2 "
#define REGION_SAID                                                            \
	"version 2\nown 0 1\nanchors 1 1.5 2.5 2\nthresh 0.4\nobject 3\n"      \
	"class 1.5\ncoord 2\nnoobject 0.7\nsquares 1\noverlap 0\n"
#define YOLO                                                                   \
	"type: 'Yolov3' yolov3_param { num_class: 3 num: 2 thresh: 0.4 "       \
	"object_scale: 3 class_scale: 1.5 coord_scale: 2 anchors_scale: 8 "    \
	"biases: 4 biases: 4 biases: 9 biases: 14 biases: 20 biases: 16 "      \
	"mask: 1 mask: 2 "
#define YOLO_SAID                                                              \
	"version 3\nown 1 2\nanchors 0.5 0.5 1.125 1.75 2.5 2\nthresh 0.4\n"   \
	"class 1.5\ncoord 2\nnoobject 1\nrescore 0\nmatch 1\ndrawn 0\n"

static const struct way ways[] = {
	{ REGION "}", REGION_SAID "rescore 1\nmatch 1\ndrawn 1\n", false,
	    false },
	{ REGION "}", REGION_SAID "rescore 1\nmatch 1\ndrawn 0\n", true, true },
	{ REGION "rescore: 0 bias_match: 0 }",
	    REGION_SAID "rescore 0\nmatch 0\ndrawn 0\n", true, false },
	{ YOLO "}", YOLO_SAID "object 1\nsquares 0\noverlap 0\n", false,
	    false },
	{ YOLO "use_logic_gradient: true }",
	    YOLO_SAID "object 3\nsquares 1\noverlap 0\n", false, true },
	{ YOLO "iou_loss: IOU iou_normalizer: 0.75 }",
	    YOLO_SAID "object 1\nsquares 0\noverlap 1 0.75\n", false, false },
	{ YOLO "iou_loss: GIOU iou_normalizer: 0.5 }",
	    YOLO_SAID "object 1\nsquares 0\noverlap 2 0.5\n", false, false },
};

static const char *const parts[PARTS] = { "coord", "object", "class" };

static float map[VALUES];
static struct box boxes[ROWS];
static int nboxes;

static int
build(struct machine *m, const char *layer, bool test, const char *label)
{
	const struct net_opts o = { .phase = test ? CAFFE__PHASE__TEST
						  : CAFFE__PHASE__TRAIN };
	char *text = mem_printf(
	    "force_backward: true input: 'm' input_shape { dim: 2 dim: 16 dim: "
	    "4 dim: 5 } input: 'l' input_shape { %s } layer { name: 'x' "
	    "bottom: 'm' bottom: 'l' top: 'all' top: 'coord' top: 'object' "
	    "top: 'class' %s }",
	    label, layer);
	const int rc = machine_net(m, text, &o);

	mem_free(text);
	return rc;
}

/* In SSD's rows, some of which are of no picture, or in the forks'. */
static void
write_labels(struct machine *m, bool rows5)
{
	float ssd[(ROWS + 1) * 8], five[ITEMS][BOXES + 1][5] = { { { 0 } } };
	int of[ITEMS] = { 0 };

	for (int i = 0; i < (ROWS + 1) * 8; i++)
		ssd[i] = -1;
	for (int i = 0; i < nboxes; i++) {
		const struct box *b = &boxes[i];
		const float row[8] = { (float)b->item, (float)b->label + 1, 0,
			b->x0, b->y0, b->x1, b->y1, (float)b->hard };
		const float other[5] = { (float)b->label, (b->x0 + b->x1) / 2,
			(b->y0 + b->y1) / 2, b->x1 - b->x0, b->y1 - b->y0 };

		memcpy(ssd + (i + 1) * 8, row, sizeof(row));
		memcpy(five[b->item][of[b->item]++], other, sizeof(other));
	}
	must(plan_write(m->plan, blob(m, "l"), rows5 ? &five[0][0][0] : ssd));
}

static void
open_machine(struct machine *m, const struct way *w)
{
	struct graph_seed seed[PARTS];

	must(build(m, w->layer, w->test,
	    w->rows5 ? "dim: 2 dim: 30" : "dim: 1 dim: 1 dim: 11 dim: 8"));
	for (int i = 0; i < PARTS; i++) {
		seed[i] = (struct graph_seed){ blob(m, parts[i]), 1, -1 };
		graph_tensor(m->net->graph, seed[i].tensor)->keep = true;
	}
	graph_tensor(m->net->graph, blob(m, "all"))->keep = true;
	must(net_backward_from(m->net, seed, PARTS));
	machine_plan(m);
	must(plan_write(m->plan, blob(m, "m"), map));
	write_labels(m, w->rows5);
}

/* Boxes that meet, two of one place and anchor, and maps that are near some. */
static void
draw(uint64_t seed, bool hard)
{
	struct rng r;

	rng_init(&r, seed, 2);
	for (int i = 0; i < VALUES; i++)
		map[i] = (float)rng_normal(&r);
	nboxes = 0;
	for (int item = 0; item < ITEMS; item++)
		for (int i = 0; i < BOXES - item; i++) {
			struct box *b = &boxes[nboxes++];

			*b = (struct box){ item, (i + item) % CLASSES,
				hard && i == 1, (float)(rng_uniform(&r) * 0.6),
				(float)(rng_uniform(&r) * 0.6), 0, 0 };
			if (i == 3) { /* beside the one before */
				*b = boxes[nboxes - 2];
				b->label = (b->label + 1) % CLASSES;
				b->x0 += 0.01f;
			}
			b->x1 = b->x0 + (float)(0.1 + rng_uniform(&r) * 0.3);
			b->y1 = b->y0 + (float)(0.1 + rng_uniform(&r) * 0.3);
			if (i == 3) {
				b->x1 = boxes[nboxes - 2].x1;
				b->y1 = boxes[nboxes - 2].y1;
			}
		}
}

/* What the script says; how many boxes are found. */
static int
ask(const struct way *w, double said[PARTS])
{
	FILE *f = fopen(tmp_path("case"), "w");
	char command[400];
	int found;

	assert_non_null(f);
	fprintf(f, "%sitems %d\nclasses %d\nsize %d %d\nmap", w->script, ITEMS,
	    CLASSES, HEIGHT, WIDTH);
	for (int i = 0; i < VALUES; i++)
		fprintf(f, " %.9g", (double)map[i]);
	fprintf(f, "\nboxes");
	for (int i = 0; i < nboxes; i++)
		fprintf(f, " %d %d %.9g %.9g %.9g %.9g %d", boxes[i].item,
		    boxes[i].label, (double)boxes[i].x0, (double)boxes[i].y0,
		    (double)boxes[i].x1, (double)boxes[i].y1, boxes[i].hard);
	fprintf(f, "\n");
	assert_int_equal(fclose(f), 0);
	snprintf(command, sizeof(command), "python3 tests/nn/yolo_loss.py <%s",
	    tmp_path("case"));
	f = popen(command, "r");
	assert_non_null(f);
	assert_int_equal(
	    fscanf(f, "%lf %lf %lf %d", &said[0], &said[1], &said[2], &found),
	    4);
	assert_int_equal(pclose(f), 0);
	return found;
}

static void
as_the_papers(void **state)
{
	const struct plan_run run = { .backward = false };

	(void)state;
	if (system("python3 -c pass 2>/dev/null") != 0) {
		print_message("skipped: no python3\n");
		skip();
	}
	for (size_t i = 0; i < LENGTH(ways); i++)
		for (uint64_t seed = 1; seed <= 2; seed++) {
			double said[PARTS], sum = 0;
			struct machine m;

			draw(seed, !ways[i].rows5);
			assert_in_range(ask(&ways[i], said), 1, ROWS);
			open_machine(&m, &ways[i]);
			must(plan_run(m.plan, &run));
			for (int k = 0; k < PARTS; k++) {
				const double v = (double)number(&m, parts[k]);

				if (fabs(v - said[k]) > 1e-5 * fabs(said[k]))
					fail_msg("way %zu, seed %d: %s is %g, "
						 "not %g",
					    i, (int)seed, parts[k], v, said[k]);
				sum += v;
			}
			assert_float_equal(number(&m, "all"), sum, 1e-4);
			close_machine(&m);
		}
}

static double
sum_of(struct machine *m)
{
	const struct plan_run run = { .backward = false };
	double sum = 0;

	must(plan_run(m->plan, &run));
	for (int k = 0; k < PARTS; k++)
		sum += (double)number(m, parts[k]);
	return sum;
}

/* The IoU that an object is to be as good as is no function for the gradient, nor is
 * who is judged: only few may differ for that, and with the others none. */
static void
gradients(void **state)
{
	const struct plan_run back = { .backward = true };
	const float h = 1.0f / 256;
	float g[VALUES];

	(void)state;
	for (size_t i = 0; i < LENGTH(ways); i++) {
		const bool rescore =
		    strstr(ways[i].script, "rescore 1") != NULL;
		int moved = 0, differ = 0;
		struct machine m;
		int t;

		draw(5, !ways[i].rows5);
		open_machine(&m, &ways[i]);
		t = blob(&m, "m");
		must(plan_run(m.plan, &back));
		must(plan_read(m.plan, graph_tensor(m.net->graph, t)->grad, g));
		for (int k = 0; k < VALUES; k++) {
			const float keep = map[k];
			double up, down;

			map[k] = keep + h;
			must(plan_write(m.plan, t, map));
			up = sum_of(&m);
			map[k] = keep - h;
			must(plan_write(m.plan, t, map));
			down = sum_of(&m);
			map[k] = keep;
			moved += fabsf(g[k]) > 1e-2f;
			differ += fabs((up - down) / (2 * (double)h) -
				      (double)g[k]) > 3e-3;
		}
		if (moved < 20 || differ > (rescore ? 4 * ROWS : 3))
			fail_msg("way %zu: %d numbers matter, %d differ", i,
			    moved, differ);
		close_machine(&m);
	}
}

/* Nothing to find: how much of an object there is counts alone. */
static void
nothing(void **state)
{
	const struct plan_run run = { .backward = false };
	double sum = 0;
	struct machine m;

	(void)state;
	draw(1, false);
	nboxes = 0;
	open_machine(&m, &ways[3]);
	must(plan_run(m.plan, &run));
	for (int n = 0; n < ITEMS * OWN; n++)
		for (int at = 0; at < PLACES; at++)
			sum += log1p(
			    exp((double)map[(n * NUMBERS + 4) * PLACES + at]));
	assert_float_equal(number(&m, "object"), sum / ITEMS, 1e-4);
	assert_float_equal(number(&m, "coord"), 0, 0);
	assert_float_equal(number(&m, "class"), 0, 0);
	close_machine(&m);
}

static void
refused(void **state)
{
	static const char ssd[] = "dim: 1 dim: 1 dim: 11 dim: 8";
	static const struct {
		const char *layer, *label;
		int code;
		const char *word;
	} bad[] = {
		{ "type: 'RegionLoss'", ssd, ERR_FORMAT, "need a bottom" },
		{ "type: 'RegionLoss' region_loss_param { num_class: 3 num: 1 "
		  "biases: 1 biases: 1 }",
		    ssd, ERR_FORMAT, "need a bottom" },
		{ REGION "biases: 1 }", ssd, ERR_FORMAT, "5 biases" },
		{ REGION "coords: 5 }", ssd, ERR_UNSUPPORTED, "coords" },
		{ REGION "softmax_tree: 't' }", ssd, ERR_UNSUPPORTED,
		    "softmax_tree" },
		{ "type: 'RegionLoss' region_loss_param { num_class: 3 num: 2 "
		  "thresh: -1 biases: 1 biases: 1 biases: 2 biases: 2 }",
		    ssd, ERR_FORMAT, "thresh" },
		{ REGION "}", "dim: 2 dim: 31", ERR_FORMAT, "label" },
		{ REGION "}", "dim: 3 dim: 30", ERR_FORMAT, "label" },
		{ YOLO "mask: 0 }", ssd, ERR_FORMAT, "mask" },
		{ "type: 'Yolov3' yolov3_param { anchors_scale: 0 num: 0 }",
		    ssd, ERR_FORMAT, "anchors_scale" },
		{ YOLO "use_focal_loss: true }", ssd, ERR_UNSUPPORTED,
		    "focal" },
		{ "type: 'Yolov3' yolov3_param { num_class: 3 num: 2 mask: 0 "
		  "mask: 2 biases: 4 biases: 4 biases: 9 biases: 14 }",
		    ssd, ERR_FORMAT, "mask 2" },
		{ "type: 'Yolov3' yolov3_param { num_class: 3 num: 2 mask: 0 "
		  "mask: 1 biases: 4 biases: 0 biases: 9 biases: 14 }",
		    ssd, ERR_FORMAT, "no size" },
	};
	const struct plan_run run = { .backward = false };
	struct machine m;

	(void)state;
	for (size_t i = 0; i < LENGTH(bad); i++) {
		assert_int_equal(
		    build(&m, bad[i].layer, false, bad[i].label), bad[i].code);
		if (strstr(err_text(), bad[i].word) == NULL)
			fail_msg(
			    "\"%s\" is not in: %s", bad[i].word, err_text());
		net_free(m.net);
	}
	draw(1, false);
	boxes[0].label = CLASSES;
	open_machine(&m, &ways[3]);
	assert_int_equal(plan_run(m.plan, &run), ERR_FORMAT);
	assert_non_null(strstr(err_text(), "outside the 3"));
	close_machine(&m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_the_papers),
		cmocka_unit_test(gradients),
		cmocka_unit_test(nothing),
		cmocka_unit_test(refused),
	};

	return cmocka_run_group_tests(tests, tmp_setup, tmp_teardown);
}
