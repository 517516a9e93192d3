/* Prototxt: what is taken, what is refused and how, what is written. */
#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/err.h"
#include "base/mem.h"
#include "caffe/msg.h"
#include "caffe/msg_build.h"
#include "caffe/text.h"

static Caffe__NetParameter *
parse(const char *text)
{
	ProtobufCMessage *m;

	if (caffe_text_parse(&m, &caffe__net_parameter__descriptor, text,
		strlen(text), "net.prototxt") < 0)
		fail_msg("%s", err_text());
	return (Caffe__NetParameter *)m;
}

static void
refuse(const char *text, const char *sentence)
{
	ProtobufCMessage *m;
	int rc = caffe_text_parse(&m, &caffe__net_parameter__descriptor, text,
	    strlen(text), "net.prototxt");

	assert_int_equal(rc, ERR_FORMAT);
	assert_null(m);
	assert_string_equal(err_text(), sentence);
}

static void
forms(void **state)
{
	Caffe__NetParameter *n =
	    parse("# a comment\n"
		  "name: 'a' \"b\\n\\x41\\101\\\"\" # two pieces\n"
		  "force_backward: t, input: ['x', \"y\"]; input: 'z'\n"
		  "input_dim: [1, -2, 0x10, 010]\n"
		  "state < phase: 1 level: -3 stage: 's' >\n"
		  "layer: { type: \"Convolution\" convolution_param {\n"
		  "  pad: 1 pad: 2 engine: CAFFE weight_filler: { std: .5f "
		  "min: -inf max: nan value: -1e-3 } } }\n");
	Caffe__ConvolutionParameter *c;

	(void)state;
	assert_string_equal(n->name, "ab\nAA\"");
	assert_true(n->has_force_backward && n->force_backward);
	assert_int_equal(n->n_input, 3);
	assert_string_equal(n->input[2], "z");
	assert_int_equal(n->n_input_dim, 4);
	assert_int_equal(n->input_dim[1], -2);
	assert_int_equal(n->input_dim[2], 16);
	assert_int_equal(n->input_dim[3], 8);
	assert_int_equal(n->state->phase, CAFFE__PHASE__TEST);
	assert_int_equal(n->state->level, -3);
	assert_int_equal(n->n_layer, 1);
	c = n->layer[0]->convolution_param;
	assert_int_equal(c->n_pad, 2);
	assert_int_equal(
	    c->engine, CAFFE__CONVOLUTION_PARAMETER__ENGINE__CAFFE);
	assert_false(c->has_num_output);
	assert_int_equal(c->group, 1);
	assert_true(c->weight_filler->std == .5f);
	assert_true(isinf(c->weight_filler->min) && c->weight_filler->min < 0);
	assert_true(isnan(c->weight_filler->max));
	assert_true(c->weight_filler->value == -1e-3f);
	assert_string_equal(c->weight_filler->type, "constant");
	caffe_msg_free(n);
}

static void
refusals(void **state)
{
	char deep[8 * (CAFFE_TEXT_DEPTH + 2)] = "";

	(void)state;
	refuse("layer {\n\n  convolution_param { kernel_sz: 3 } }",
	    "net.prototxt:3:23: layer.convolution_param: no field "
	    "\"kernel_sz\" (did you mean kernel_size?)");
	refuse("name: 'a'\nname: 'b'", "net.prototxt:2:1: name appears twice");
	refuse("name: 3",
	    "net.prototxt:1:7: a quoted string is missing before "
	    "\"3\"");
	refuse("name 'a'", "net.prototxt:1:6: \":\" is missing before 'a'");
	refuse("name: 'a",
	    "net.prototxt:1:7: the string is not closed on its "
	    "line");
	refuse("name: 'a\\q'", "net.prototxt:1:7: name: an unknown escape");
	refuse("name: 'a\\000'",
	    "net.prototxt:1:14: name: a string cannot hold a 0 byte");
	refuse("input_dim: 3000000000",
	    "net.prototxt:1:12: input_dim is out of range (3000000000)");
	refuse(
	    "input_dim: 1.5", "net.prototxt:1:12: \"1.5\" is not an integer");
	refuse("input_dim: 09", "net.prototxt:1:12: \"09\" is not an integer");
	refuse("layer { convolution_param { pad: -1 } }",
	    "net.prototxt:1:34: layer.convolution_param: pad cannot be "
	    "negative");
	refuse("layer { pooling_param { pool: MAXX } }",
	    "net.prototxt:1:31: layer.pooling_param: pool has no value MAXX "
	    "(did you mean MAX?)");
	refuse("layer { pooling_param { pool: 7 } }",
	    "net.prototxt:1:31: layer.pooling_param: pool has no value 7");
	refuse("force_backward: yes",
	    "net.prototxt:1:17: force_backward takes true or false, not "
	    "\"yes\"");
	refuse("layer { clip_param { min: 1 } }",
	    "net.prototxt:1:29: layer.clip_param: max must be given");
	refuse("layer { name: 'x'",
	    "net.prototxt:1:18: layer: \"}\" is missing at the end");
	refuse("layer { relu_param { negative_slope: 1.2.3 } }",
	    "net.prototxt:1:38: layer.relu_param: \"1.2.3\" is not a number");
	refuse("}", "net.prototxt:1:1: a field name is missing before \"}\"");
	refuse("\001", "net.prototxt:1:1: a byte that is not text");
	for (int i = 0; i < CAFFE_TEXT_DEPTH + 1; i++)
		strcat(deep, "layer{");
	refuse(deep, "net.prototxt:1:7: layer: no field \"layer\"");
}

/* What forks write: passed over where it changes nothing. */
static void
forks(void **state)
{
	Caffe__NetParameter *n, *same;

	(void)state;
	n = parse(
	    "mem_param { optimize_train: true exclude_blob: 'x' }\n"
	    "layer { name: 'a'\n type: 'TripletSelect'\n"
	    "  triplet_select_param { b: [1, 2] c < d: '}' > e: -1 f: 'x' 'y' }\n"
	    "  annotated_data_param { yolo_data_type: 1 }\n"
	    "  transform_param { max_rotation_angle: 3\n"
	    "    resize_param { height: 3 } resize_param { height: 4 } }\n"
	    "  concat_param { engine: MKL2017 axis: 2 }\n"
	    "  relu_param { engine: SOMEWHERE } }");
	assert_int_equal(n->n_layer, 1);
	assert_int_equal(n->layer[0]->line, 2);
	assert_int_equal(n->layer[0]->concat_param->axis, 2);
	assert_int_equal(n->layer[0]->transform_param->n_resize_param, 2);
	same = parse("layer { type: 'TripletSelect' name: 'a'\n"
		     "annotated_data_param { } concat_param { axis: 2 }\n"
		     "transform_param { resize_param { height: 3 }\n"
		     "resize_param { height: 4 } }\n"
		     "relu_param { engine: DEFAULT } }");
	assert_true(caffe_msg_equal(n, same));
	caffe_msg_free(n);
	caffe_msg_free(same);
	refuse("layer { relu_parm { } }",
	    "net.prototxt:1:9: layer: no field \"relu_parm\" (did you mean relu_param?)");
	refuse("layer { convoluton_param { } }",
	    "net.prototxt:1:9: layer: no field \"convoluton_param\" (did you mean convolution_param?)");
	refuse("layer { data_param { batchsize: 3 } }",
	    "net.prototxt:1:22: layer.data_param: no field \"batchsize\" (did you mean batch_size?)");
	refuse("layer { relu_param { swish: 3 } }",
	    "net.prototxt:1:22: layer.relu_param: no field \"swish\"");
	refuse(
	    "layer { line: 3 }", "net.prototxt:1:9: layer: no field \"line\"");
	refuse("layer { name: 'a' type: 'X' relu_param { swish: 3 } }",
	    "net.prototxt:1:42: layer.relu_param: no field \"swish\", in layer \"a\" (X)");
	refuse("layers { type: CONVOLUTION3D name: 'a' "
	       "convolution_param { kernel_depth: 3 } }",
	    "net.prototxt:1:60: layers.convolution_param: no field \"kernel_depth\" (did you mean kernel_h?), in layer \"a\" (CONVOLUTION3D)");
	refuse("layer { yolo_param: 3 }",
	    "net.prototxt:1:9: layer: no field \"yolo_param\" (did you mean yolox_param?)");
	refuse("layer { yolo_param { a: [ } }",
	    "net.prototxt:1:27: layer: \"]\" is missing before \"}\"");
	refuse("layer { yolo_param { a: 1",
	    "net.prototxt:1:26: layer: a closing bracket is missing at the end");
}

static void
memory_is_bounded(void **state)
{
	enum { N = 40000000 };
	char *text = malloc(N);
	ProtobufCMessage *m;
	size_t i;

	(void)state;
	for (i = 0; i + 8 <= N; i += 8)
		memcpy(text + i, "layer{}\n", 8);
	assert_int_equal(caffe_text_parse(&m, &caffe__net_parameter__descriptor,
			     text, i, "x"),
	    ERR_FORMAT);
	assert_non_null(strstr(err_text(), "needs too much memory"));
	free(text);
}

static void
written(void **state)
{
	static const char text[] = "name: \"a\\tb\\\"\\303\\244\"\n"
				   "input: \"data\"\n"
				   "input_dim: -1\n"
				   "force_backward: true\n"
				   "layer {\n"
				   "  name: \"e\"\n"
				   "  loss_weight: 0.1\n"
				   "  loss_weight: 1e+06\n"
				   "  loss_weight: 0.33333334\n"
				   "  loss_weight: inf\n"
				   "  loss_weight: 1.4013e-45\n"
				   "  include {\n"
				   "    phase: TRAIN\n"
				   "  }\n"
				   "  exp_param {\n"
				   "    base: 2\n"
				   "  }\n"
				   "}\n";
	Caffe__NetParameter *n = parse(text);
	struct buf b;

	(void)state;
	buf_init(&b, 1 << 20);
	assert_int_equal(caffe_text_add(&b, n), 0);
	assert_string_equal(buf_str(&b), text);
	buf_clear(&b);
	caffe_msg_free(n);
}

static void
floats_round_trip(void **state)
{
	Caffe__LayerParameter *l =
	    caffe_new(Caffe__LayerParameter, layer_parameter);
	ProtobufCMessage *back;
	uint32_t bits = 12345;
	struct buf b;
	float v;

	(void)state;
	for (int i = 0; i < 3000; i++) {
		bits = bits * 1664525u + 1013904223u;
		memcpy(&v, &bits, sizeof(v));
		caffe_add_float(&l->loss_weight, &l->n_loss_weight, v);
	}
	caffe_add_float(&l->loss_weight, &l->n_loss_weight, FLT_MAX);
	caffe_add_float(&l->loss_weight, &l->n_loss_weight, -FLT_MIN);
	buf_init(&b, 1 << 20);
	assert_int_equal(caffe_text_add(&b, l), 0);
	assert_int_equal(
	    caffe_text_parse(
		&back, &caffe__layer_parameter__descriptor, b.data, b.len, "x"),
	    0);
	assert_true(caffe_msg_equal(l, back));
	caffe_msg_free(back);
	caffe_msg_free(l);
	buf_clear(&b);
}

static int
list_layer(void *ctx, const char *name, const char *type, int line)
{
	buf_printf(ctx, "%s %s %d\n", name, type, line);
	return strcmp(type, "Stop") == 0 ? -99 : 0;
}

/* Names and types where the text is no net, up to where it breaks off. */
static void
layers_of_broken_texts(void **state)
{
	static const struct {
		const char *text, *layers;
	} cases[] = {
		{ "name: 'net' layer { name: 'a' type: 'A' odd { type: 'x' } }",
		    "a A 1\n" },
		{ "layer: <\ntype: 'A' \"B\" # {\nx { }> layer { name: 'b' }\n"
		  "layer {\ntype: '\\103' name: 'c' name: 'd' pool: NONE",
		    " AB 1\nd C 4\n" },
		{ "layers { type: CONVOLUTION } layers { type: ROI_POOLING }"
		  "layers { type: NEW } layers { layer { type: 'conv' } }",
		    " Convolution 1\n ROIPooling 1\n NEW 1\n Convolution 1\n" },
		{ "layers {\nlayer { name: 'a' type: \"maxout\" odd: 1 x { type: 'B' } }"
		  "bottom: 'b' }",
		    "a maxout 1\n" },
		{ "state { layer { type: 'A' } } layer 3 layer { type: 7 }"
		  "layer { type: 'Stop' } layer { type: 'B' }",
		    " Stop 1\n" },
		{ "layer { type: 'A' \001 } layer { type: 'B' }", " A 1\n" },
		{ "layer { type: 'A", "" },
		{ "}} layer { type: 'A' }", "" },
		{ "layer", "" },
		{ "", "" },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(cases); i++) {
		const char *text = cases[i].text;
		struct buf b;

		buf_init(&b, 1 << 10);
		assert_int_equal(
		    caffe_text_layers(text, strlen(text), list_layer, &b),
		    strstr(text, "Stop") != NULL ? -99 : 0);
		assert_string_equal(buf_str(&b), cases[i].layers);
		buf_clear(&b);
	}
}

/* The tables of the readers have room for every message of caffe.proto. */
static void
fields_fit(void **state)
{
	static const ProtobufCMessageDescriptor *const types[] = {
		&caffe__layer_parameter__descriptor,
		&caffe__v1_layer_parameter__descriptor,
		&caffe__v0_layer_parameter__descriptor,
		&caffe__solver_parameter__descriptor,
		&caffe__net_parameter__descriptor,
		&caffe__convolution_parameter__descriptor,
		&caffe__multi_box_loss_parameter__descriptor,
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(types); i++)
		assert_true(types[i]->n_fields <= CAFFE_FIELDS_MAX);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(forms),
		cmocka_unit_test(refusals),
		cmocka_unit_test(forks),
		cmocka_unit_test(memory_is_bounded),
		cmocka_unit_test(written),
		cmocka_unit_test(floats_round_trip),
		cmocka_unit_test(layers_of_broken_texts),
		cmocka_unit_test(fields_fit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
