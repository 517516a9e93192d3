/* Nets as pictures: what stands in them, and that it stands well. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "../tmp.h"
#include "base/err.h"
#include "base/mem.h"
#include "caffe/upgrade.h"
#include "caffe/msg.h"
#include "image/draw.h"
#include "image/image.h"
#include "nn/draw/picture.h"
#include "nn/net.h"
#include "nn/nets.h"
#include "nn/use.h"

/* A net of prototxt, for use. */
static struct net *
build_text(const char *text)
{
	struct net_data data = { .chw = { 3, 16, 16 } };
	Caffe__NetParameter *np;
	struct net *n;

	if (caffe_net_parse(&np, text, strlen(text), "net") < 0 ||
	    net_new_use(&n, np, NET_DEPLOY, &data) < 0)
		fail_msg("%s", err_text());
	caffe_msg_free(np);
	return n;
}

/* A standard net for one use. */
static struct net *
build(const char *name, enum net_use use)
{
	struct net_data data = { .labels = NET_LABEL_UNKNOWN,
		.classes = net_standard_find(name)->classes };
	Caffe__NetParameter *np;
	struct net *n;

	if (net_standard_read(&np, name) < 0 ||
	    net_data_size(&data, net_standard_find(name)->input) < 0 ||
	    net_new_use(&n, np, use, &data) < 0)
		fail_msg("%s: %s", name, err_text());
	caffe_msg_free(np);
	return n;
}

/* For pages: one element, as wide as told, its words as text, the same twice. */
static void
inlined(void **state)
{
	static const struct net_draw_opts opts = { .width = 640 };
	struct net *n = build("lenet", NET_DEPLOY);
	struct buf a, b;

	(void)state;
	buf_init(&a, 1 << 20);
	buf_init(&b, 1 << 20);
	assert_int_equal(net_draw_inline(&a, n, &opts), 0);
	assert_int_equal(net_draw_inline(&b, n, &opts), 0);
	assert_string_equal(buf_str(&a), buf_str(&b));
	assert_memory_equal(a.data, "<svg ", 5);
	assert_non_null(strstr(a.data, " width=\"640\""));
	assert_non_null(strstr(a.data, ">conv1</text>"));
	assert_null(strstr(a.data, " id="));
	assert_string_equal(a.data + a.len - 7, "</svg>\n");
	buf_clear(&a);
	buf_init(&a, 100);
	assert_int_equal(net_draw_inline(&a, n, &opts), ERR_RANGE);
	buf_clear(&a);
	buf_clear(&b);
	net_free(n);
}

/* ---- nothing stands on anything else ---------------------------------------- */

static bool
apart(double ax, double ay, double aw, double ah, double bx, double by,
    double bw, double bh)
{
	return ax + aw <= bx || bx + bw <= ax || ay + ah <= by || by + bh <= ay;
}

static void
check_boxes(const struct net_picture *p, const char *name)
{
	for (int i = 0; i < p->nboxes; i++) {
		const struct net_box *a = &p->box[i];

		if (a->x < 0 || a->y < p->head || a->x + a->w > p->w ||
		    a->y + a->h > p->h)
			fail_msg("%s: %s is outside", name, a->line[0].text);
		for (int k = 0; k < i; k++) {
			const struct net_box *b = &p->box[k];

			if (!apart(
				a->x, a->y, a->w, a->h, b->x, b->y, b->w, b->h))
				fail_msg("%s: %s is on %s", name,
				    a->line[0].text, b->line[0].text);
		}
		for (int k = 0; k < p->nblocks; k++) {
			const struct net_block *b = &p->block[k];
			const bool in = a->x > b->x && a->y > b->y &&
			    a->x + a->w < b->x + b->w &&
			    a->y + a->h < b->y + b->h;

			if (a->block == k ? !in
					  : !apart(a->x, a->y, a->w, a->h, b->x,
						b->y, b->w, b->h))
				fail_msg("%s: %s and block %d", name,
				    a->line[0].text, k);
		}
	}
}

/* No line goes through a box. */
static void
check_strokes(const struct net_picture *p, const char *name)
{
	for (int k = 0; k < p->nstrokes; k++)
		for (size_t i = 0; i + 3 < p->stroke[k].n; i += 3) {
			const double *c = &p->stroke[k].xy[2 * i];

			for (int s = 1; s < 8; s++) {
				const double t = s / 8.0, u = 1 - t;
				const double x = u * u * u * c[0] +
				    3 * u * t * (u * c[2] + t * c[4]) +
				    t * t * t * c[6];
				const double y = u * u * u * c[1] +
				    3 * u * t * (u * c[3] + t * c[5]) +
				    t * t * t * c[7];

				for (int j = 0; j < p->nboxes; j++) {
					const struct net_box *b = &p->box[j];

					if (x > b->x && x < b->x + b->w &&
					    y > b->y + 0.1 &&
					    y < b->y + b->h - 0.1)
						fail_msg("%s: a line in %s",
						    name, b->line[0].text);
				}
			}
		}
}

static void
check_picture(const char *name, enum net_use use, bool all)
{
	const struct net_draw_opts o = { .all = all };
	struct net *n = build(name, use);
	struct net_picture p;

	net_picture_make(&p, n, &o);
	if (net_arrange(&p) < 0)
		fail_msg("%s: %s", name, err_text());
	check_boxes(&p, name);
	check_strokes(&p, name);
	net_picture_clear(&p);
	net_free(n);
}

static void
standard(void **state)
{
	(void)state;
	for (const struct net_standard *s = net_standards; s->name; s++) {
		check_picture(s->name, NET_TRAIN, false);
		check_picture(s->name, NET_DEPLOY, true);
		check_picture(s->name, NET_DEPLOY, false);
	}
}

/* ---- blocks ------------------------------------------------------------------- */

static void
blocks_of(const char *name, bool all, int *boxes, int *blocks, int *times)
{
	const struct net_draw_opts o = { .all = all };
	struct net *n = build(name, NET_DEPLOY);
	struct net_picture p;

	net_picture_make(&p, n, &o);
	*boxes = p.nboxes;
	*blocks = p.nblocks;
	for (int k = 0; k < p.nblocks; k++)
		times[k] = p.block[k].times;
	net_picture_clear(&p);
	net_free(n);
}

/* ResNet-101 has 3, 4, 23 and 3 blocks, of which the first each has a convolution
 * more; GoogLeNet repeats none. */
static void
repeated(void **state)
{
	int boxes, blocks, times[8], whole;

	(void)state;
	blocks_of("resnet101", false, &boxes, &blocks, times);
	assert_int_equal(blocks, 4);
	assert_int_equal(times[0], 2);
	assert_int_equal(times[1], 3);
	assert_int_equal(times[2], 22);
	assert_int_equal(times[3], 2);
	blocks_of("resnet101", true, &whole, &blocks, times);
	assert_int_equal(blocks, 0);
	assert_int_equal(whole - boxes, 4 * (1 + 2 + 21 + 1));
	blocks_of("googlenet", false, &boxes, &blocks, times);
	assert_int_equal(blocks, 0);
}

#define CONV(n, in)                                                            \
	"layer { name: '" n "' type: 'Convolution' bottom: '" in "' top: '" n  \
	"' convolution_param { num_output: 3 kernel_size: 3 pad: 1 } }\n"
#define INPUT                                                                  \
	"layer { name: 'x' type: 'Input' top: 'x' input_param { shape { dim: 1 dim: 3 dim: 8 dim: 8 } } }\n"

/* What is behind may read the last repetition only. */
static void
read_within(void **state)
{
	static const char text[] = INPUT CONV("c1", "x") CONV("c2", "c1") CONV(
	    "c3", "c2") CONV("c4", "c3") CONV("c5", "c4") CONV("c6",
	    "c5") "layer { name: 'sum' type: 'Eltwise' bottom: 'c6' bottom: 'c3' top: 'sum' }";
	static const struct net_draw_opts o = { 0 };
	struct net *n = build_text(text);
	struct net_picture p;

	(void)state;
	net_picture_make(&p, n, &o);
	assert_int_equal(p.nblocks, 2);
	assert_int_equal(p.block[0].times, 3);
	assert_int_equal(p.block[1].times, 3);
	assert_string_equal(p.box[1].line[0].text, "c{1…3}");
	assert_string_equal(p.box[2].line[0].text, "c{4…6}");
	assert_int_equal(p.nboxes, 4);
	assert_int_equal(p.nlinks, 4);
	net_picture_clear(&p);
	net_free(n);
}

#define SUM(n, a, b)                                                           \
	"layer { name: '" n "' type: 'Eltwise' bottom: '" a "' bottom: '" b    \
	"' top: '" n "' }\n"

/* Each reads another box before the run, or all the same one. */
static void
read_before(void **state)
{
	static const char *const text[] = {
		INPUT CONV("a", "x") CONV("b", "a") CONV("c", "b") SUM(
		    "s1", "c", "x") SUM("s2", "s1", "a") SUM("s3", "s2", "b"),
		INPUT CONV("a", "x") SUM("s1", "a", "x") SUM("s2", "s1", "x")
		    SUM("s3", "s2", "x"),
	};
	static const struct net_draw_opts o = { 0 };
	static const int boxes[] = { 7, 3 };
	struct net_picture p;

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct net *n = build_text(text[i]);

		net_picture_make(&p, n, &o);
		assert_int_equal(p.nboxes, boxes[i]);
		assert_int_equal(p.nblocks, i);
		net_picture_clear(&p);
		net_free(n);
	}
}

static void
ranges(void **state)
{
	static const char *const v[][3] = {
		{ "res4b1_relu", "res4b35_relu", "res4b{1…35}_relu" },
		{ "b10", "b19", "b{10…19}" },
		{ "a", "a", "a" },
		{ "x/é/1", "x/è/1", "x/{é…è}/1" },
		{ "", "b", "{…b}" },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(v); i++) {
		char *s = net_words_range(v[i][0], v[i][1]);

		assert_string_equal(s, v[i][2]);
		mem_free(s);
	}
}

/* ---- words and pixels ---------------------------------------------------------- */

/* What is in the <text>s of lenet, in their order. */
static void
structure(void **state)
{
	static const char *const want[] = { "LeNet", "test: 9 layers", "input",
		"Input (deploy)", "scale  Power", "1x1x28x28", "conv1",
		"Convolution 5x5", "1x20x24x24  ·  520", "pool1",
		"Pooling max 2x2 / 2", "1x20x12x12", "conv2", "Convolution 5x5",
		"1x50x8x8  ·  25.1 k", "pool2", "Pooling max 2x2 / 2",
		"1x50x4x4", "ip1", "InnerProduct", "relu1  ReLU",
		"1x500  ·  400 k", "ip2", "InnerProduct", "1x10  ·  5010",
		"prob", "Softmax (deploy)", "1x10", "data", "with weights",
		"pooling", "other" };
	static const struct net_draw_opts o = { .use = "test" };
	struct net *n = build("lenet", NET_DEPLOY);
	const char *s;
	struct buf b;
	size_t i = 0;

	(void)state;
	buf_init(&b, 1 << 20);
	assert_int_equal(net_draw_inline(&b, n, &o), 0);
	for (s = b.data; (s = strstr(s, "<text ")) != NULL; i++) {
		s = strchr(s, '>') + 1;
		assert_true(i < LENGTH(want));
		if (i == 1)
			continue;
		if (strncmp(s, want[i], strlen(want[i])) != 0 ||
		    s[strlen(want[i])] != '<')
			fail_msg("%s is no %s", want[i], s);
	}
	assert_int_equal(i, LENGTH(want));
	buf_clear(&b);
	net_free(n);
}

/* In the file, each box has its colour, and what is between them is white, at any
 * size. */
static void
pixels(void **state)
{
	const char *path = tmp_path("net.png");
	struct net *n = build("googlenet", NET_DEPLOY);
	struct net_picture p;
	struct image im;

	(void)state;
	image_init(&im);
	for (int width = 400; width <= 1600; width += 1200) {
		const struct net_draw_opts o = { .width = width };

		assert_int_equal(net_draw_file(path, n, &o, 1), 0);
		assert_int_equal(image_read(&im, path, 0), 0);
		assert_int_equal(im.width, width);
		net_picture_make(&p, n, &o);
		assert_int_equal(net_arrange(&p), 0);
		for (int i = 0; i < p.nboxes; i++) {
			const struct net_box *b = &p.box[i];
			const double scale = width / p.w;
			const int x = (int)((b->x + 4) * scale);
			const int y = (int)((b->y + b->h / 2) * scale);
			const uint32_t want =
			    draw_tint(net_box_colour(&p, b), NET_TINT);
			const uint8_t *at = im.data + (y * im.width + x) * 3;

			for (int c = 0; c < 3; c++)
				assert_in_range(at[c] + 8,
				    want >> (16 - 8 * c) & 255,
				    (want >> (16 - 8 * c) & 255) + 16);
		}
		net_picture_clear(&p);
	}
	image_clear(&im);
	unlink(path);
	net_free(n);
}

/* Names as they come: what XML and DOT would take for their own, what is no UTF-8,
 * and far too long ones. */
static void
names(void **state)
{
	static const struct net_draw_opts o = { 0 };
	char *longest = mem_calloc(1, 2001), *text;
	struct net_picture p;
	struct net *n;
	struct buf b;

	(void)state;
	memset(longest, 'n', 2000);
	text = mem_printf(
	    "name: '<&\\\"\\n>' " INPUT
	    "layer { name: 'a<b>&\\\"c\\\\' type: 'ReLU' bottom: 'x' top: 'y' }"
	    "layer { name: '\\377\\001é' type: 'Pooling' bottom: 'y' top: 'z' pooling_param { kernel_size: 2 } }"
	    "layer { name: '%s' type: 'Softmax' bottom: 'z' top: 'w' }",
	    longest);
	n = build_text(text);
	net_picture_make(&p, n, &o);
	assert_int_equal(net_arrange(&p), 0);
	assert_true(p.w < 600);
	buf_init(&b, 1 << 20);
	assert_int_equal(net_draw_dot(&b, &p), 0);
	assert_non_null(strstr(b.data, "digraph \"<&\\\" >\" {"));
	assert_non_null(strstr(b.data, "a<b>&\\\"c\\\\  ReLU"));
	buf_clear(&b);
	assert_int_equal(net_draw_inline(&b, n, &o), 0);
	assert_non_null(strstr(b.data, ">a&lt;b&gt;&amp;&quot;c\\  ReLU<"));
	assert_non_null(strstr(b.data, ">??é</text>"));
	assert_non_null(strstr(b.data, "nnn…</text>"));
	buf_clear(&b);
	net_picture_clear(&p);
	net_free(n);
	mem_free(longest);
	mem_free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(inlined),
		cmocka_unit_test(standard),
		cmocka_unit_test(repeated),
		cmocka_unit_test(read_within),
		cmocka_unit_test(read_before),
		cmocka_unit_test(ranges),
		cmocka_unit_test(structure),
		cmocka_unit_test(pixels),
		cmocka_unit_test(names),
	};

	return cmocka_run_group_tests(tests, tmp_setup, tmp_teardown);
}
