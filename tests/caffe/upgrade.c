/* Old nets: what each old field becomes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/buf.h"
#include "base/err.h"
#include "caffe/blob.h"
#include "caffe/model.h"
#include "caffe/msg.h"
#include "caffe/text.h"
#include "caffe/upgrade.h"
#include "file/file.h"

static void
becomes(const char *old, const char *new)
{
	Caffe__NetParameter *n;
	struct buf b;

	if (caffe_net_parse(&n, old, strlen(old), "old") < 0)
		fail_msg("%s", err_text());
	buf_init(&b, 1 << 20);
	assert_int_equal(caffe_text_add(&b, n), 0);
	assert_string_equal(buf_str(&b), new);
	buf_clear(&b);
	caffe_msg_free(n);
}

static void
refuse(const char *old, const char *sentence)
{
	Caffe__NetParameter *n;

	assert_int_equal(
	    caffe_net_parse(&n, old, strlen(old), "old"), ERR_FORMAT);
	assert_null(n);
	assert_string_equal(err_text(), sentence);
}

static void
v0(void **state)
{
	(void)state;
	becomes(
	    "name: 'n'\n"
	    "layers { layer { name: 'd' type: 'data' source: 's' "
	    "batchsize: 3 scale: 0.5 meanfile: 'm' cropsize: 7 mirror: true "
	    "rand_skip: 2 } top: 'data' }\n"
	    "layers { layer { name: 'p' type: 'padding' pad: 2 } "
	    "bottom: 'data' top: 'pad' }\n"
	    "layers { layer { name: 'c' type: 'conv' num_output: 4 "
	    "kernelsize: 5 stride: 2 group: 2 biasterm: false "
	    "weight_filler { type: 'gaussian' std: 0.01 } "
	    "blobs_lr: 1 blobs_lr: 2 weight_decay: 1 } "
	    "bottom: 'pad' top: 'c' }\n"
	    "layers { layer { name: 'l' type: 'lrn' local_size: 3 "
	    "alpha: 2 beta: 3 k: 4 } bottom: 'c' top: 'l' }\n"
	    "layers { layer { name: 'q' type: 'pool' pool: AVE "
	    "kernelsize: 3 } bottom: 'l' top: 'q' }\n",
	    "name: \"n\"\n"
	    "layer {\n  name: \"d\"\n  type: \"Data\"\n  top: \"data\"\n"
	    "  transform_param {\n    scale: 0.5\n    mirror: true\n"
	    "    crop_size: 7\n    mean_file: \"m\"\n  }\n"
	    "  data_param {\n    source: \"s\"\n    batch_size: 3\n"
	    "    rand_skip: 2\n  }\n}\n"
	    "layer {\n  name: \"c\"\n  type: \"Convolution\"\n"
	    "  bottom: \"data\"\n  top: \"c\"\n"
	    "  param {\n    lr_mult: 1\n    decay_mult: 1\n  }\n"
	    "  param {\n    lr_mult: 2\n  }\n"
	    "  convolution_param {\n    num_output: 4\n    bias_term: false\n"
	    "    pad: 2\n    kernel_size: 5\n    group: 2\n    stride: 2\n"
	    "    weight_filler {\n      type: \"gaussian\"\n"
	    "      std: 0.01\n    }\n  }\n}\n"
	    "layer {\n  name: \"l\"\n  type: \"LRN\"\n  bottom: \"c\"\n"
	    "  top: \"l\"\n  lrn_param {\n    local_size: 3\n    alpha: 2\n"
	    "    beta: 3\n    k: 4\n  }\n}\n"
	    "layer {\n  name: \"q\"\n  type: \"Pooling\"\n  bottom: \"l\"\n"
	    "  top: \"q\"\n  pooling_param {\n    pool: AVE\n"
	    "    kernel_size: 3\n  }\n}\n");
}

static void
v1(void **state)
{
	(void)state;
	becomes(
	    "input: 'x' input: 'y' input_dim: [1, 2, 3, 4, 5, 6, 7, 8]\n"
	    "layers { name: 'd' type: DATA top: 'a' data_param { "
	    "source: 's' scale: 2 mirror: true } include { phase: TEST } }\n"
	    "layers { name: 'i' type: INNER_PRODUCT bottom: 'a' top: 'i' "
	    "param: 'w' param: 'b' blob_share_mode: PERMISSIVE "
	    "blobs_lr: 1 weight_decay: 0 loss_weight: 2 "
	    "inner_product_param { num_output: 3 } }\n",
	    "layer {\n  name: \"input\"\n  type: \"Input\"\n  top: \"x\"\n"
	    "  top: \"y\"\n  input_param {\n"
	    "    shape {\n      dim: 1\n      dim: 2\n      dim: 3\n"
	    "      dim: 4\n    }\n"
	    "    shape {\n      dim: 5\n      dim: 6\n      dim: 7\n"
	    "      dim: 8\n    }\n  }\n}\n"
	    "layer {\n  name: \"d\"\n  type: \"Data\"\n  top: \"a\"\n"
	    "  include {\n    phase: TEST\n  }\n"
	    "  transform_param {\n    scale: 2\n    mirror: true\n  }\n"
	    "  data_param {\n    source: \"s\"\n  }\n}\n"
	    "layer {\n  name: \"i\"\n  type: \"InnerProduct\"\n"
	    "  bottom: \"a\"\n  top: \"i\"\n  loss_weight: 2\n"
	    "  param {\n    name: \"w\"\n    share_mode: PERMISSIVE\n"
	    "    lr_mult: 1\n    decay_mult: 0\n  }\n"
	    "  param {\n    name: \"b\"\n  }\n"
	    "  inner_product_param {\n    num_output: 3\n  }\n}\n");
}

static void
small_steps(void **state)
{
	static const char solver[] = "base_lr: 1 solver_type: ADAGRAD\n"
				     "net_param { input: 'a' input_shape "
				     "{ dim: 1 } }";
	Caffe__SolverParameter *s;

	(void)state;
	becomes("layer { name: 'b' type: 'BatchNorm' param { lr_mult: 1 } "
		"param { } param { name: 'x' } }",
	    "layer {\n  name: \"b\"\n  type: \"BatchNorm\"\n"
	    "  param {\n    lr_mult: 0\n    decay_mult: 0\n  }\n"
	    "  param {\n    lr_mult: 0\n    decay_mult: 0\n  }\n"
	    "  param {\n    name: \"x\"\n    lr_mult: 0\n"
	    "    decay_mult: 0\n  }\n}\n");
	assert_int_equal(
	    caffe_solver_parse(&s, solver, strlen(solver), "solver"), 0);
	assert_string_equal(s->type, "AdaGrad");
	assert_false(s->has_solver_type);
	assert_int_equal(s->net_param->n_layer, 1);
	caffe_msg_free(s);
	assert_int_equal(
	    caffe_solver_parse(&s, "solver_type: SGD type: 'Adam'", 29, "s"),
	    ERR_FORMAT);
	assert_string_equal(
	    err_text(), "s: the solver has both solver_type and type");
}

static void
refusals(void **state)
{
	(void)state;
	refuse("layers { name: 'x' } layer { name: 'y' }",
	    "old: the net has both layer and layers");
	refuse("input: 'a' input_dim: 1 input_dim: 2",
	    "old: the net has 1 inputs but shapes for 0");
	refuse("layers { layer { type: 'padding' } bottom: 'a' top: 'p' } "
	       "layers { layer { name: 'r' type: 'relu' } bottom: 'p' }",
	    "old: layer r reads a padding layer but is neither conv nor pool");
}

/* One that was not there in 2013 is left to those who build the net. */
static void
unknown_v0(void **state)
{
	static const char text[] =
	    "layers { layer { name: 'x' type: 'convolution' } top: 'x' }";
	Caffe__NetParameter *n;

	(void)state;
	assert_int_equal(caffe_net_parse(&n, text, strlen(text), "x"), 0);
	assert_string_equal(n->layer[0]->type, "convolution");
	assert_string_equal(n->layer[0]->name, "x");
	caffe_msg_free(n);
	assert_string_equal(caffe_v0_type_name("innerproduct"), "InnerProduct");
	assert_string_equal(caffe_v0_type_name("maxout"), "maxout");
}

/* Types that forks of 2014 had in capitals, and one that is nobody's. */
static void
fork_types(void **state)
{
	static const char text[] =
	    "layers { type: BN name: 'a' bn_param { bn_mode: INFERENCE } }\n"
	    "layers { type: UPSAMPLE upsample_param { scale: 3 } }\n"
	    "layers { type: CONVOLUTION3D } layers { type: RELU }";
	Caffe__NetParameter *n;

	(void)state;
	assert_int_equal(caffe_net_parse(&n, text, strlen(text), "x"), 0);
	assert_string_equal(n->layer[0]->type, "BN");
	assert_int_equal(n->layer[0]->bn_param->bn_mode,
	    CAFFE__BNPARAMETER__BNMODE__INFERENCE);
	assert_string_equal(n->layer[1]->type, "Upsample");
	assert_int_equal(n->layer[1]->upsample_param->scale, 3);
	assert_string_equal(n->layer[2]->type, "CONVOLUTION3D");
	assert_int_equal(n->layer[2]->line, 3);
	assert_string_equal(n->layer[3]->type, "ReLU");
	caffe_msg_free(n);
}

/* A message that is given in the old and in the new place leaks nothing. */
static void
given_twice(void **state)
{
	Caffe__NetParameter *n;
	static const char text[] =
	    "layers { convolution_param { weight_filler { type: 'x' } } "
	    "data_param { source: 'a' } layer { type: 'conv' "
	    "weight_filler { type: 'y' } source: 'b' } }";

	(void)state;
	assert_int_equal(caffe_net_parse(&n, text, strlen(text), "x"), 0);
	assert_string_equal(
	    n->layer[0]->convolution_param->weight_filler->type, "y");
	caffe_msg_free(n);
}

/* Weights of the V1 and V2 files that Caffe wrote of the same net. */
static void
golden(void **state)
{
	Caffe__NetParameter *a, *b;
	ProtobufCMessage *m;
	size_t compared = 0;

	(void)state;
	if (!file_is_dir("../shared/golden")) {
		print_message("skipped: no ../shared\n");
		skip();
	}
	assert_int_equal(caffe_weights_read(&a,
			     "../shared/golden/legacy_v1/net_v1.caffemodel"),
	    0);
	assert_int_equal(caffe_weights_read(&b,
			     "../shared/golden/legacy_v1/net_v2.caffemodel"),
	    0);
	for (size_t i = 0; i < a->n_layer; i++)
		for (size_t k = 0; k < b->n_layer; k++) {
			Caffe__LayerParameter *x = a->layer[i],
					      *y = b->layer[k];

			if (strcmp(x->name, y->name) != 0)
				continue;
			assert_string_equal(x->type, y->type);
			assert_int_equal(x->n_blobs, y->n_blobs);
			for (size_t j = 0; j < x->n_blobs; j++) {
				assert_int_equal(
				    x->blobs[j]->n_data, y->blobs[j]->n_data);
				assert_memory_equal(x->blobs[j]->data,
				    y->blobs[j]->data,
				    x->blobs[j]->n_data * sizeof(float));
				compared++;
			}
		}
	assert_true(compared >= 4);
	caffe_msg_free(a);
	caffe_msg_free(b);
	assert_int_equal(caffe_text_read(&m, &caffe__net_parameter__descriptor,
			     "../shared/golden/legacy_v1/net_v1.prototxt"),
	    0);
	a = (Caffe__NetParameter *)m;
	assert_int_equal(caffe_net_upgrade(a), 1);
	assert_int_equal(a->n_layer, 7);
	assert_string_equal(a->layer[0]->type, "Input");
	caffe_msg_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(v0),
		cmocka_unit_test(v1),
		cmocka_unit_test(small_steps),
		cmocka_unit_test(refusals),
		cmocka_unit_test(unknown_v0),
		cmocka_unit_test(fork_types),
		cmocka_unit_test(given_twice),
		cmocka_unit_test(golden),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
