/* Nets as pictures: what stands in them, and that it stands well. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "base/err.h"
#include "caffe/msg.h"
#include "nn/draw/draw.h"
#include "nn/net.h"
#include "nn/nets.h"
#include "nn/use.h"

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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(inlined),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
