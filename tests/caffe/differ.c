/* Two messages, field by field. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "base/buf.h"
#include "base/err.h"
#include "caffe/differ.h"
#include "caffe/msg.h"
#include "caffe/text.h"

static Caffe__LayerParameter *
layer(const char *text)
{
	ProtobufCMessage *m;

	if (caffe_text_parse(&m, &caffe__layer_parameter__descriptor, text,
		strlen(text), "layer") < 0)
		fail_msg("%s", err_text());
	return (Caffe__LayerParameter *)m;
}

static void
note(void *ctx, const char *field, const char *a, const char *b)
{
	buf_printf(ctx, "%s: %s, %s\n", field, a, b);
}

static void
check(const char *x, const char *y, const char *want)
{
	static const char *const skip[] = { "name", NULL };
	Caffe__LayerParameter *a = layer(x), *b = layer(y);
	struct buf out;

	buf_init(&out, 1 << 16);
	caffe_msg_differ(a, b, skip, note, &out);
	assert_string_equal(buf_str(&out), want);
	caffe_msg_free(a);
	caffe_msg_free(b);
	buf_clear(&out);
}

static void
fields(void **state)
{
	(void)state;
	check("name: 'a' type: 'ReLU'", "name: 'b' type: 'ReLU'", "");
	/* what is left out is its default, also a message as a whole */
	check("type: 'ReLU'", "type: 'ReLU' relu_param { negative_slope: 0 }",
	    "");
	check("relu_param { }", "relu_param { negative_slope: 0.1 }",
	    "relu_param.negative_slope: 0, 0.1\n");
	check("pooling_param { pool: MAX }", "pooling_param { pool: AVE }",
	    "pooling_param.pool: MAX, AVE\n");
	check("convolution_param { kernel_size: 3 kernel_size: 5 }",
	    "convolution_param { kernel_size: 3 bias_term: false }",
	    "convolution_param.bias_term: true, false\n"
	    "convolution_param.kernel_size: 3, 5, 3\n");
	check("convolution_param { weight_filler { type: 'xavier' } }", "",
	    "convolution_param.weight_filler.type: \"xavier\", \"constant\"\n");
	check("param { lr_mult: 1 } param { lr_mult: 2 }", "param { }",
	    "param[1].lr_mult: 2, 1\n");
	check("data_param { source: 'x' }", "data_param { batch_size: 2 }",
	    "data_param.source: \"x\", none\ndata_param.batch_size: none, 2\n");
}

/* Long lists that differ in their last value differ. */
static void
lists(void **state)
{
	char x[4096] = "bottom: 'q' ", y[4096];

	(void)state;
	for (int i = 0; i < 100; i++)
		strcat(x, "loss_weight: 1.5 ");
	strcpy(y, x);
	strcat(x, "loss_weight: 2");
	strcat(y, "loss_weight: 3");
	{
		Caffe__LayerParameter *a = layer(x), *b = layer(y);
		struct buf out;

		buf_init(&out, 1 << 16);
		caffe_msg_differ(a, b, NULL, note, &out);
		assert_non_null(strstr(buf_str(&out), "loss_weight: 1.5, "));
		assert_non_null(strstr(buf_str(&out), "1.5, 3\n"));
		caffe_msg_free(a);
		caffe_msg_free(b);
		buf_clear(&out);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields),
		cmocka_unit_test(lists),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
