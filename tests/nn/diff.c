/* What differs between nets: layers that were added, removed, changed, renamed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "base/err.h"
#include "base/mem.h"
#include "caffe/msg.h"
#include "caffe/text.h"
#include "nn/diff/diff.h"
#include "nn/draw/picture.h"
#include "nn/nets.h"
#include "caffe/upgrade.h"
#include "nn/use.h"

#define INPUT                                                                  \
	"layer { name: 'x' type: 'Input' top: 'x' input_param { shape { dim: 1 dim: 3 dim: 8 dim: 8 } } }\n"
#define CONV(n, in, out)                                                       \
	"layer { name: '" n "' type: 'Convolution' bottom: '" in "' top: '" n  \
	"' convolution_param { num_output: " out                               \
	" kernel_size: 3 pad: 1 } }\n"
#define RELU(n, blob)                                                          \
	"layer { name: '" n "' type: 'ReLU' bottom: '" blob "' top: '" blob    \
	"' }\n"
#define POOL(n, in)                                                            \
	"layer { name: '" n "' type: 'Pooling' bottom: '" in "' top: '" n      \
	"' pooling_param { kernel_size: 2 stride: 2 } }\n"

static struct net *
build(const char *text)
{
	struct net_data data = { .chw = { 3, 8, 8 } };
	Caffe__NetParameter *np;
	struct net *n;

	if (caffe_net_parse(&np, text, strlen(text), "net") < 0 ||
	    net_new_use(&n, np, NET_DEPLOY, &data) < 0)
		fail_msg("%s", err_text());
	caffe_msg_free(np);
	return n;
}

static const struct net_diff_row *
row(const struct net_diff *d, const char *layer)
{
	for (size_t i = 0; i < d->nrows; i++) {
		const struct net_diff_row *r = &d->row[i];
		const struct layer *l =
		    r->b >= 0 ? &d->b->layers[r->b] : &d->a->layers[r->a];

		if (strcmp(l->name, layer) == 0)
			return r;
	}
	fail_msg("no row of %s", layer);
	return NULL;
}

static void
check_field(const struct net_diff_row *r, const char *name, const char *a,
    const char *b)
{
	for (size_t i = 0; i < r->nfields; i++)
		if (strcmp(r->field[i].name, name) == 0) {
			assert_string_equal(r->field[i].a, a);
			assert_string_equal(r->field[i].b, b);
			return;
		}
	fail_msg("no field %s", name);
}

static const char before[] = INPUT CONV("c1", "x", "4") RELU("r1", "c1")
    POOL("p1", "c1") CONV("c2", "p1", "6") RELU("r2", "c2") POOL("p2", "c2");
static const char after[] = INPUT CONV("c1", "x", "5") RELU("act", "c1")
    POOL("p1", "c1") CONV("two", "p1", "6") RELU("r2", "two")
	CONV("new", "two", "6") POOL("p2", "new");

static void
kinds(void **state)
{
	struct net *a = build(before), *b = build(after);
	const struct net_diff_row *r;
	struct net_diff d;

	(void)state;
	net_diff_make(&d, a, b);
	assert_false(net_diff_same(&d));
	r = row(&d, "x");
	assert_int_equal(r->mark, NET_SAME);
	r = row(&d, "c1");
	assert_int_equal(r->mark, NET_CHANGED);
	check_field(r, "convolution_param.num_output", "4", "5");
	check_field(r, "output", "1x4x8x8", "1x5x8x8");
	check_field(r, "weights", "4x3x3x3, 4", "5x3x3x3, 5");
	assert_int_equal(r->nfields, 3);
	/* Their inputs differ in shape: nobody can say that one became the other. */
	assert_int_equal(row(&d, "r1")->mark, NET_REMOVED);
	assert_int_equal(row(&d, "act")->mark, NET_ADDED);
	r = row(&d, "two");
	assert_int_equal(r->mark, NET_ADDED);
	r = row(&d, "p2");
	assert_int_equal(r->mark, NET_CHANGED);
	check_field(r, "bottom", "c2", "new");
	assert_int_equal(r->nfields, 1);
	/* In place on another blob: nothing of its own changed, but for what it
	 * reads, which is another layer's. */
	check_field(row(&d, "r2"), "bottom", "c2", "two");
	assert_int_equal(d.count[NET_ADDED], 3);
	assert_int_equal(d.count[NET_REMOVED], 2);
	net_diff_clear(&d);
	net_free(a);
	net_free(b);
}

/* By position and content, and what reads a renamed blob is as it was. */
static void
renamed(void **state)
{
	struct net *a = build(before);
	struct net *b = build(INPUT CONV("conv1", "x", "4")
		RELU("relu1", "conv1") POOL("p1", "conv1") CONV("c2", "p1", "6")
		    RELU("r2", "c2") POOL("p2", "c2"));
	struct net_diff d;

	(void)state;
	net_diff_make(&d, a, b);
	assert_int_equal(d.nrows, 7);
	assert_int_equal(d.count[NET_RENAMED], 2);
	assert_int_equal(d.count[NET_SAME], 5);
	assert_string_equal(row(&d, "conv1")->was, "c1");
	assert_string_equal(row(&d, "relu1")->was, "r1");
	net_diff_clear(&d);
	net_diff_make(&d, b, b);
	assert_true(net_diff_same(&d));
	net_diff_clear(&d);
	net_free(a);
	net_free(b);
}

/* There and back: added is removed, and what was before comes after. */
static void
mirrored(void **state)
{
	struct net *a = build(before), *b = build(after);
	struct net_diff d, e;

	(void)state;
	net_diff_make(&d, a, b);
	net_diff_make(&e, b, a);
	assert_int_equal(d.count[NET_ADDED], e.count[NET_REMOVED]);
	assert_int_equal(d.count[NET_REMOVED], e.count[NET_ADDED]);
	assert_int_equal(d.count[NET_CHANGED], e.count[NET_CHANGED]);
	check_field(row(&e, "c1"), "convolution_param.num_output", "5", "4");
	net_diff_clear(&d);
	net_diff_clear(&e);
	net_free(a);
	net_free(b);
}

/* The picture has layers of both, gone ones between those that read and made them. */
static void
drawn(void **state)
{
	struct net *a = build(before), *b = build(after);
	struct net_draw_opts o = { 0 };
	struct net_picture p;
	struct net_diff d;
	int marks[NET_MARKS] = { 0 };
	bool gone = false;

	(void)state;
	net_diff_make(&d, a, b);
	o.diff = &d;
	net_picture_make(&p, b, &o);
	assert_int_equal(net_arrange(&p), 0);
	assert_string_equal(p.title, "net → net");
	for (int i = 0; i < p.nboxes; i++) {
		marks[p.box[i].mark]++;
		gone = gone || strcmp(p.box[i].line[0].text, "− c2") == 0;
	}
	assert_true(gone);
	assert_int_equal(marks[NET_REMOVED], 1);
	assert_true(marks[NET_ADDED] > 0 && marks[NET_CHANGED] > 0);
	for (int i = 0; i < p.nlinks; i++)
		assert_true(p.link[i].from < p.link[i].to);
	net_picture_clear(&p);
	net_diff_clear(&d);
	net_free(a);
	net_free(b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kinds),
		cmocka_unit_test(renamed),
		cmocka_unit_test(mirrored),
		cmocka_unit_test(drawn),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
