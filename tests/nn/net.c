/*
 * Net building: what a good net becomes, and the sentence for each bad one.
 */
#include <math.h>
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
#include "caffe/upgrade.h"
#include "caffe/wire.h"
#include "device/device.h"
#include "nn/match.h"
#include "nn/forks.h"
#include "nn/net.h"
#include "../tmp.h"

#define IN(name, dims)                                                         \
	"layer { name: '" name "' type: 'Input' top: '" name "'"               \
	" input_param { shape { " dims " } } } "
#define X  IN("x", "dim: 2 dim: 4 dim: 6 dim: 6")
#define V  IN("v", "dim: 2 dim: 4")
#define LB IN("l", "dim: 2")
/* One layer on x. */
#define ON(type, more)                                                         \
	"layer { name: 'a' type: '" type "' bottom: 'x' top: 'y' " more " } "
#define IP(name, bottom, more)                                                 \
	"layer { name: '" name "' type: 'InnerProduct' bottom: '" bottom       \
	"' top: '" name "' inner_product_param { num_output: 4 } " more " } "

static int
build(struct net **n, const char *text, const struct net_opts *o)
{
	static const struct net_opts test = { .phase = CAFFE__PHASE__TEST };
	Caffe__NetParameter *np;
	int rc;

	*n = NULL;
	rc = caffe_net_parse(&np, text, strlen(text), "net");
	if (rc < 0)
		return rc;
	rc = net_new(n, np, o ? o : &test);
	caffe_msg_free(np);
	return rc;
}

static struct net *
made(const char *text, const struct net_opts *o)
{
	struct net *n;

	if (build(&n, text, o) < 0)
		fail_msg("%s", err_text());
	return n;
}

static const struct {
	const char *text, *says;
} bad[] = {
	/* the net itself */
	{ ON("Bogus", ""), "there is no layer type \"Bogus\"" },
	{ X ON("BoxGroupOutput", ""),
	    "layer \"a\" (line 1): there is no layer type \"BoxGroupOutput\" here, "
	    "only in MS-CNN's Caffe" },
	{ X ON("Convolution",
	      "convolution_param { num_output: 1 kernel_size: 1 hole: 2 "
	      "dilation: 2 }"),
	    "hole and dilation say the same" },
	{ X ON("Convolutoin", ""), "did you mean \"Convolution\"?" },
	{ X ON("Relu", ""), "did you mean \"ReLU\"?" },
	{ ON("ReLU", ""),
	    "layer \"a\" (ReLU): bottom \"x\" is not made by any layer before "
	    "it" },
	{ IN("pool1", "dim: 1") "layer { name: 'a' type: 'ReLU' bottom: "
				"'pol1' top: 'y' }",
	    "did you mean \"pool1\"?" },
	{ X "layer { name: 'a' type: 'ReLU' top: 'y' }",
	    "it takes 1 bottom blob, not 0" },
	{ X "layer { name: 'a' type: 'Eltwise' bottom: 'x' top: 'y' }",
	    "it takes at least 2 bottom blobs, not 1" },
	{ X ON("Pooling", "top: 'z' top: 'w'"),
	    "it takes at most 2 top blobs, not 3" },
	{ X ON("ReLU", "loss_weight: 1 loss_weight: 2"),
	    "loss_weight is given 2 times" },
	{ X ON("ReLU", "propagate_down: true propagate_down: true"),
	    "propagate_down is given 2 times" },
	{ X ON("ReLU", "") ON("TanH", ""),
	    "top \"y\" is already made by layer \"a\"" },
	{ "layer { name: 'd' type: 'Input' top: 'x' input_param { shape { dim: "
	  "1 } } include { phase: TRAIN } }" ON("ReLU", ""),
	    "bottom \"x\" is made by layer \"d\", which is not part of the "
	    "net" },
	/* input */
	{ "layer { name: 'x' type: 'Input' top: 'x' }", "has no shape" },
	{ "layer { name: 'x' type: 'Input' top: 'x' top: 'y' top: 'z' "
	  "input_param { shape { dim: 1 } shape { dim: 1 } } }",
	    "2 shapes for 3 tops" },
	{ IN("x", "dim: -1"), "layer \"x\" (Input)" },
	{ IN("x",
	      "dim: 1 dim: 1 dim: 1 dim: 1 dim: 1 dim: 1 dim: 1 dim: 1 "
	      "dim: 1"),
	    "a shape of 9 axes" },
	{ IN("x", "dim: 1000000 dim: 1000000"), "layer \"x\" (Input)" },
	{ "layer { name: 'd' type: 'Data' top: 'x' }",
	    "is in its data set, which is not read here" },
	/* convolution */
	{ X ON("Convolution", ""), "kernel_size is not given" },
	{ X ON("Convolution", "convolution_param { kernel_size: 3 }"),
	    "num_output is not given" },
	{ X ON("Convolution",
	      "convolution_param { num_output: 4 kernel_size: 0 }"),
	    "kernel_size is 0" },
	{ X ON("Convolution",
	      "convolution_param { num_output: 4 kernel_size: 9 }"),
	    "layer \"a\" (Convolution)" },
	{ X ON("Convolution",
	      "convolution_param { num_output: 4 kernel_size: "
	      "3 kernel_h: 3 kernel_w: 3 }"),
	    "kernel_size and kernel_h, kernel_w are both given" },
	{ X ON(
	      "Convolution", "convolution_param { num_output: 4 kernel_h: 3 }"),
	    "kernel_h without kernel_w" },
	{ X ON("Convolution",
	      "convolution_param { num_output: 4 kernel_size: "
	      "3 stride: 1 stride: 1 stride: 1 }"),
	    "stride is given 3 times for 2 spatial axes" },
	{ X ON("Convolution",
	      "convolution_param { num_output: 4 kernel_size: 3 stride: 0 }"),
	    "stride is 0" },
	{ X ON("Convolution",
	      "convolution_param { num_output: 4 kernel_size: 3 group: 3 }"),
	    "group 3 does not divide its 4 input channels" },
	{ X ON("Convolution",
	      "convolution_param { num_output: 5 kernel_size: 3 group: 2 }"),
	    "group 2 does not divide num_output 5" },
	{ X ON("Convolution",
	      "convolution_param { num_output: 4 kernel_size: 3 axis: 3 }"),
	    "0 spatial axes" },
	{ X ON("Convolution",
	      "convolution_param { num_output: 4 kernel_size: 3 axis: 7 }"),
	    "layer \"a\" (Convolution)" },
	{ X IN("z", "dim: 1 dim: 4 dim: 6 dim: 6") "layer { name: 'a' type: "
						   "'Convolution' bottom: 'x' "
						   "bottom: 'z' top: 'p' top: "
						   "'q' convolution_param { "
						   "num_output: 2 kernel_size: "
						   "1 } }",
	    "its bottoms differ in shape" },
	{ X ON("Convolution",
	      "convolution_param { num_output: 4 kernel_size: "
	      "3 weight_filler { type: 'xavir' } }"),
	    "unknown filler \"xavir\"" },
	{ X ON("Convolution",
	      "convolution_param { num_output: 4 kernel_size: 3 weight_filler "
	      "{ type: 'xavier' sparse: 3 } }"),
	    "cannot be sparse" },
	{ X ON("Deconvolution",
	      "convolution_param { num_output: 4 kernel_h: 3 kernel_w: 2 "
	      "weight_filler { type: 'bilinear' } }"),
	    "bilinear filler wants 4 axes and a square kernel" },
	{ X ON("Deconvolution",
	      "convolution_param { num_output: 4 kernel_size: 3 pad: 9 }"),
	    "leaves nothing" },
	/* pooling */
	{ X ON("Pooling", ""), "kernel_size is not given" },
	{ X ON("Pooling", "pooling_param { kernel_size: 3 stride: 0 }"),
	    "must be at least 1" },
	{ X ON("Pooling", "pooling_param { kernel_size: 3 pad: 3 }"),
	    "pad 3 must be less than kernel_size 3" },
	{ X ON("Pooling",
	      "pooling_param { kernel_size: 3 kernel_h: 2 "
	      "kernel_w: 2 }"),
	    "both given" },
	{ X ON("Pooling", "pooling_param { kernel_size: 3 pad_h: 1 }"),
	    "pad_h without pad_w" },
	{ X ON("Pooling",
	      "pooling_param { global_pooling: true "
	      "kernel_size: 3 }"),
	    "kernel_size cannot be given" },
	{ X ON("Pooling", "pooling_param { global_pooling: true stride: 2 }"),
	    "pad 0 and stride 1 only" },
	{ X ON("Pooling",
	      "top: 'm' pooling_param { pool: AVE kernel_size: 2 "
	      "}"),
	    "only MAX pooling has a second top" },
	{ X ON("Pooling",
	      "pooling_param { pool: STOCHASTIC kernel_size: 2 "
	      "pad: 1 }"),
	    "cannot be padded" },
	{ IN("x", "dim: 2 dim: 3")
		ON("Pooling", "pooling_param { kernel_size: 2 }"),
	    "must have 4 axes" },
	/* the other layers */
	{ X ON("InnerProduct", ""), "num_output is not given" },
	{ X ON("InnerProduct", "inner_product_param { num_output: 0 }"),
	    "num_output is 0" },
	{ X ON("LRN", "lrn_param { local_size: 4 }"), "must be odd" },
	{ IN("x", "dim: 2") ON("LRN", ""), "must have 4 axes" },
	{ X ON("Dropout", "dropout_param { dropout_ratio: 1 }"),
	    "dropout_ratio 1 must be" },
	{ X ON("Softmax", "softmax_param { axis: 4 }"),
	    "layer \"a\" (Softmax)" },
	{ X V "layer { name: 'a' type: 'SoftmaxWithLoss' bottom: 'x' bottom: "
	      "'v' }",
	    "layer \"a\"" },
	{ V LB "layer { name: 'a' type: 'SoftmaxWithLoss' bottom: 'v' bottom: "
	       "'l' loss_param { class_weighting: 1 } }",
	    "class_weighting is given 1 time for 4 classes" },
	{ V LB "layer { name: 'a' type: 'SoftmaxWithLoss' bottom: 'v' bottom: "
	       "'l' loss_param { label_smoothing: 1 } }",
	    "label_smoothing 1 must be" },
	{ V LB "layer { name: 'a' type: 'Accuracy' bottom: 'v' bottom: 'l' "
	       "top: 'y' accuracy_param { top_k: 5 } }",
	    "top_k is 5 of 4 classes" },
	{ X ON("Clip", ""), "clip_param with min and max is missing" },
	{ X ON("Clip", "clip_param { min: 1 max: 0 }"),
	    "min 1 is above max "
	    "0" },
	{ X ON("Exp", "exp_param { base: 0 }"), "base 0 must be above 0" },
	{ X ON("Log", "log_param { base: 1 }"), "base 1 must be" },
	{ IN("x", "dim: 3") ON("PReLU", ""), "at least 2 axes" },
	{ X ON("Scale", "scale_param { axis: 3 num_axes: 2 }"),
	    "reaches past its bottom 2x4x6x6" },
	{ X V "layer { name: 'a' type: 'Scale' bottom: 'x' bottom: 'v' top: "
	      "'y' }",
	    "does not match the first" },
	{ X ON("Scale", "scale_param { axis: 9 }"), "layer \"a\" (Scale)" },
	{ X V "layer { name: 'a' type: 'Eltwise' bottom: 'x' bottom: 'v' top: "
	      "'y' }",
	    "\"x\" 2x4x6x6 and \"v\" 2x4 differ in shape" },
	{ X "layer { name: 'a' type: 'Eltwise' bottom: 'x' bottom: 'x' top: "
	    "'y' eltwise_param { coeff: 1 } }",
	    "coeff is given 1 time for 2 bottoms" },
	{ X "layer { name: 'a' type: 'Eltwise' bottom: 'x' bottom: 'x' top: "
	    "'y' eltwise_param { operation: PROD coeff: 1 coeff: 1 } }",
	    "coeff can be used with SUM only" },
	{ X ON("Concat", "concat_param { axis: 1 concat_dim: 1 }"),
	    "axis and concat_dim are both given" },
	{ X V "layer { name: 'a' type: 'Concat' bottom: 'x' bottom: 'v' top: "
	      "'y' }",
	    "layer \"a\"" },
	{ X ON("Slice", "top: 'z' top: 'w'"), "4 cannot be cut into 3 equal" },
	{ X ON("Slice", "top: 'z' slice_param { axis: 1 slice_dim: 1 }"),
	    "axis and slice_dim are both given" },
	{ X ON("Slice", "slice_param { slice_point: 1 }"),
	    "1 slice points for 1 tops" },
	{ X ON("Slice", "top: 'z' slice_param { slice_point: 4 }"),
	    "slice_point 4 is not between 0 and 4" },
	{ X "layer { name: 'a' type: 'Crop' bottom: 'x' bottom: 'x' top: 'y' "
	    "crop_param { offset: 1 } }",
	    "does not fit into 2x4x6x6" },
	{ X "layer { name: 'a' type: 'Crop' bottom: 'x' bottom: 'x' top: 'y' "
	    "crop_param { axis: 1 offset: 1 offset: 1 } }",
	    "offset is given 2 times for 3 axes" },
	{ X ON("Flatten", "flatten_param { axis: 2 end_axis: 1 }"),
	    "end_axis 1 is before axis 2" },
	{ X ON("Reshape", "reshape_param { shape { dim: 5 } }"),
	    "has 288 values, which 5 cannot hold" },
	{ X ON("Reshape", "reshape_param { shape { dim: -1 dim: -1 } }"),
	    "dim -1 is given twice" },
	{ X ON("Reshape", "reshape_param { shape { dim: -2 } }"), "dim -2" },
	{ X ON("Reshape", "reshape_param { axis: 9 }"), "are outside" },
	{ X ON("Reshape",
	      "reshape_param { shape { dim: 2 dim: 4 dim: 6 "
	      "dim: 6 dim: 0 } }"),
	    "dim 0 copies axis 4" },
	{ X ON("Tile", ""), "tiles is 0" },
	{ X ON("Tile", "tile_param { tiles: 2000000000 }"),
	    "layer \"a\" (Tile)" },
	{ "layer { name: 'a' type: 'Parameter' top: 'y' }",
	    "parameter_param with a shape is missing" },
	{ X ON("Reduction", "reduction_param { axis: 5 }"),
	    "layer \"a\" (Reduction)" },
	{ X ON("ArgMax", "argmax_param { top_k: 0 }"), "top_k is 0" },
	{ X ON("ArgMax", "argmax_param { top_k: 900 }"), "layer \"a\"" },
	{ IN("x", "") ON("BatchNorm", ""), "its bottom is a scalar" },
	{ IN("x", "") ON("MVN", ""), "its bottom is a scalar" },
	{ X ON("GroupNorm", "group_norm_param { num_groups: 3 }"),
	    "num_groups 3 does not divide its 4 channels" },
	{ X ON("Embed", ""), "num_output is 0, input_dim 0" },
	{ X "layer { name: 'a' type: 'BatchReindex' bottom: 'x' bottom: 'x' "
	    "top: 'y' }",
	    "must have one axis" },
	{ X V "layer { name: 'a' type: 'Filter' bottom: 'x' bottom: 'v' top: "
	      "'y' }",
	    "must have one value per item" },
	{ X LB "layer { name: 'a' type: 'Filter' bottom: 'x' bottom: 'l' top: "
	       "'y' top: 'z' }",
	    "2 tops for 1 bottom before the selector" },
	{ X ON("SPP", ""), "pyramid_height 0 must be" },
	{ X ON("SPP", "spp_param { pyramid_height: 5 }"),
	    "pyramid_height is too large" },
	{ X ON("SPP", "spp_param { pyramid_height: 1 pool: STOCHASTIC }"),
	    "use MAX or AVE" },
	{ V LB "layer { name: 'a' type: 'InfogainLoss' bottom: 'v' bottom: "
	       "'l' }",
	    "the matrix is missing" },
	{ V LB "layer { name: 'a' type: 'InfogainLoss' bottom: 'v' bottom: "
	       "'l' infogain_loss_param { source: '/no/such' } }",
	    "/no/such" },
	{ V LB "layer { name: 'a' type: 'LSTM' bottom: 'v' bottom: 'l' top: "
	       "'y' recurrent_param { num_output: 2 } }",
	    "must be (T, N, ...) and (T, N)" },
	{ V LB "layer { name: 'a' type: 'LSTM' bottom: 'v' bottom: 'l' top: "
	       "'y' }",
	    "num_output is not given" },
	{ V LB "layer { name: 'a' type: 'RNN' bottom: 'v' bottom: 'l' top: "
	       "'y' recurrent_param { num_output: 2 expose_hidden: true } }",
	    "it takes 3 or 4 bottoms, not 2" },
	{ X V LB "layer { name: 'a' type: 'LSTMUnit' bottom: 'x' bottom: 'v' "
		 "bottom: 'l' top: 'y' top: 'z' }",
	    "must be (1, N, D) and (1, N, 4 D)" },
	{ X ON("Permute", "permute_param { order: 0 order: 0 }"),
	    "order 0: axes are 0 to 3, each once" },
	{ X ON("Interp", ""), "give height and width" },
	{ X ON("Interp", "interp_param { zoom_factor: 2 pad_beg: 1 }"),
	    "they must be 0 or less" },
	{ X ON("ShuffleChannel", "shuffle_channel_param { group: 3 }"),
	    "group 3 does not divide its 4 channels" },
	{ "layer { name: 'a' type: 'DummyData' top: 'y' }",
	    "dummy_data_param is missing" },
	{ "layer { name: 'a' type: 'DummyData' top: 'y' dummy_data_param { } "
	  "}",
	    "give shape, or num, channels" },
	{ "layer { name: 'a' type: 'MemoryData' top: 'y' top: 'z' }",
	    "memory_data_param with" },
	{ X "layer { name: 'a' type: 'PriorBox' bottom: 'x' bottom: 'x' top: "
	    "'y' }",
	    "min_size is not given" },
	{ X "layer { name: 'a' type: 'PriorBox' bottom: 'x' bottom: 'x' top: "
	    "'y' prior_box_param { min_size: 5 max_size: 4 } }",
	    "below max_size" },
	{ X "layer { name: 'a' type: 'DetectionOutput' bottom: 'x' bottom: "
	    "'x' bottom: 'x' top: 'y' }",
	    "num_classes is not given" },
	{ X "layer { name: 'a' type: 'DetectionOutput' bottom: 'x' bottom: "
	    "'x' bottom: 'x' top: 'y' detection_output_param { num_classes: 2 "
	    "} }",
	    "must be (1, 2, 4 priors)" },
	{ X "layer { name: 'a' type: 'HDF5Output' bottom: 'x' bottom: 'x' }",
	    "file_name is not given" },
	{ IN("x", "dim: 2") ON("BN", ""), "at least 2 axes (N, C)" },
	{ X V "layer { name: 'a' type: 'Upsample' bottom: 'x' bottom: 'v' top: "
	      "'y' }",
	    "a mask of the same shape" },
	{ X "layer { name: 'a' type: 'Upsample' bottom: 'x' bottom: 'x' top: "
	    "'y' upsample_param { scale: 0 } }",
	    "an output of 0x0" },
	/* Python */
	{ X ON("Python", ""), "python_param with module and layer is missing" },
	{ X ON("Python", "python_param { module: 'm' layer: 'Mine' }"),
	    "there is no layer type \"Python\" with Mine of m here" },
	{ X ON("Python",
	      "python_param { module: 'digits_python_layers' "
	      "layer: 'Dice' }"),
	    "layer \"a\" (Dice): it takes 2 bottom blobs, not 1" },
	{ X "layer { name: 'a' type: 'Python' bottom: 'x' bottom: 'x' top: "
	    "'y' python_param { module: 'caffe.layers.detectnet.clustering' "
	    "layer: 'ClusterDetections' param_str: '1, 2, x' } }",
	    "param_str \"1, 2, x\": 7 to 8 numbers are needed" },
	{ X "layer { name: 'a' type: 'Python' bottom: 'x' bottom: 'x' top: "
	    "'y' python_param { module: 'caffe.layers.detectnet.clustering' "
	    "layer: 'ClusterGroundtruth' param_str: '64, 64, 16' } }",
	    "must be (N, 1, H, W) and (N, 4, H, W)" },
	/* sharing */
	{ V IP("a", "v", "param { name: 'w' }") "layer { name: 'b' type: "
						"'InnerProduct' bottom: 'v' "
						"top: 'b' param { name: 'w' } "
						"inner_product_param { "
						"num_output: 5 } }",
	    "share_mode: PERMISSIVE" },
	{ V IP("a", "v", "param { name: 'w' }") "layer { name: 'b' type: "
						"'InnerProduct' bottom: 'v' "
						"top: 'b' param { name: 'w' "
						"share_mode: PERMISSIVE } "
						"inner_product_param { "
						"num_output: 5 } }",
	    "the numbers of values differ" },
	{ V IP("a", "v", "param { name: 'w' lr_mult: 2 }")
		IP("b", "v", "param { name: 'w' lr_mult: 3 }"),
	    "has lr_mult 3 here and 2" },
};

static void
test_bad(void **state)
{
	struct net *n;
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(bad); i++) {
		if (build(&n, bad[i].text, NULL) >= 0)
			fail_msg("taken: %s", bad[i].text);
		assert_null(n);
		if (!strstr(err_text(), bad[i].says))
			fail_msg("\"%s\" does not say \"%s\"", err_text(),
			    bad[i].says);
	}
}

static void
test_not_trained(void **state)
{
	static const struct net_opts train = { .phase = CAFFE__PHASE__TRAIN };
	struct net *n;

	(void)state;
	assert_int_equal(
	    build(&n,
		X ON("Pooling",
		    "pooling_param { pool: STOCHASTIC kernel_size: 2 }"),
		&train),
	    ERR_UNSUPPORTED);
	assert_non_null(strstr(err_text(), "train with MAX or AVE"));
	n = made(X ON("ReLU", ""), &train);
	assert_int_equal(net_backward(n), ERR_FORMAT);
	assert_non_null(strstr(err_text(), "the net has no loss"));
	net_free(n);
}

/* The graph's shape of a blob, as text. */
static const char *
shape_named(const struct net *n, const char *blob)
{
	static char t[SHAPE_TEXT_MAX];
	const struct net_blob *b = net_blob_find(n, blob);

	assert_non_null(b);
	return shape_text(t, graph_shape(n->graph, b->tensor));
}

static void
test_blobs(void **state)
{
	struct net *n =
	    made(X "layer { name: 'c' type: 'Convolution' bottom: 'x' top: 'c' "
		   "convolution_param { num_output: 3 kernel_size: 3 } } "
		   "layer { name: 'r' type: 'ReLU' bottom: 'c' top: 'c' } "
		   "layer { name: 'p' type: 'Pooling' bottom: 'c' top: 'p' "
		   "pooling_param { kernel_size: 2 stride: 2 } } "
		   "layer { name: 's' type: 'Silence' bottom: 'x' } "
		   "layer { name: 'q' type: 'Power' bottom: 'c' top: 'q' }",
		NULL);
	const struct net_blob *c = net_blob_find(n, "c");

	(void)state;
	assert_string_equal(shape_named(n, "c"), "2x3x4x4");
	assert_string_equal(shape_named(n, "p"), "2x3x2x2");
	assert_string_equal(n->layers[c->layer].name, "r");
	assert_false(c->output);
	assert_true(net_blob_find(n, "p")->output);
	assert_true(net_blob_find(n, "q")->output);
	assert_false(net_blob_find(n, "x")->output);
	assert_null(net_blob_find(n, "nope"));
	assert_int_equal(net_layer_find(n, "q")->index, 5);
	assert_int_equal(n->nparams, 2);
	assert_string_equal(n->params[1].key, "c/1");
	net_free(n);
}

/* A loss need not name its top; stages and phases choose layers; classes fill in
 * num_output; inputs can be given another shape. */
static void
test_choices(void **state)
{
	static const char text[] = X LB
	    "layer { name: 'f' type: 'InnerProduct' bottom: 'x' top: 'f' } "
	    "layer { name: 'loss' type: 'SoftmaxWithLoss' bottom: 'f' bottom: "
	    "'l' exclude { stage: 'deploy' } } "
	    "layer { name: 'prob' type: 'Softmax' bottom: 'f' top: 'prob' "
	    "include { stage: 'deploy' } } ";
	static const char *const deploy[] = { "deploy", NULL };
	const struct net_input in[] = { { "x", { 4, { 5, 4, 2, 2 } } },
		{ NULL, { 0 } } };
	struct net_opts o = { .phase = CAFFE__PHASE__TEST, .classes = 7 };
	struct net *n;

	(void)state;
	n = made(text, &o);
	assert_float_equal(net_blob_find(n, "loss")->loss_weight, 1, 0);
	assert_null(net_blob_find(n, "prob"));
	assert_string_equal(shape_named(n, "f"), "2x7");
	net_free(n);
	o.stages = deploy;
	o.inputs = in;
	n = made(text, &o);
	assert_null(net_blob_find(n, "loss"));
	assert_string_equal(shape_named(n, "prob"), "5x7");
	net_free(n);
}

static void
test_sharing(void **state)
{
	struct net *n = made(
	    V IP("a", "v", "param { name: 'w' } param { name: 'b' lr_mult: 2 }")
		IP("c", "a",
		    "param { name: 'w' decay_mult: 3 } param { name: "
		    "'b' }")
	    /* the same values seen as another shape, two layers of a name */
	    "layer { name: 'p' type: 'Parameter' top: 'p' param { name: 'w' "
	    "share_mode: PERMISSIVE } parameter_param { shape { dim: 16 } } } "
	    "layer { name: 'a' type: 'InnerProduct' bottom: 'c' top: 'z' "
	    "inner_product_param { num_output: 1 } } ",
	    NULL);

	(void)state;
	assert_int_equal(n->nparams, 7);
	assert_int_equal(n->params[2].owner, 0);
	assert_int_equal(n->params[2].tensor, n->params[0].tensor);
	assert_float_equal(n->params[0].decay_mult, 3, 0);
	assert_float_equal(n->params[1].lr_mult, 2, 0);
	assert_int_equal(n->params[4].owner, 0);
	assert_string_equal(shape_named(n, "p"), "16");
	assert_string_equal(n->params[5].key, "a#2/0");
	assert_int_not_equal(n->params[5].tensor, n->params[0].tensor);
	net_free(n);
}

/* propagate_down: false and labels stop the gradient. */
static void
test_propagate_down(void **state)
{
	static const char text[] = V LB IP("a", "v", "") IP("b", "a",
	    "propagate_down: false") "layer { name: 'loss' type: "
				     "'SoftmaxWithLoss' bottom: 'b' bottom: "
				     "'l' } ";
	struct net_opts o = { .phase = CAFFE__PHASE__TRAIN,
		.force_backward = true };
	struct net *n = made(text, &o);

	(void)state;
	assert_int_equal(net_backward(n), 0);
	assert_int_equal(graph_tensor(n->graph, n->params[0].tensor)->grad, -1);
	assert_true(graph_tensor(n->graph, n->params[2].tensor)->grad >= 0);
	assert_int_equal(
	    graph_tensor(n->graph, net_blob_find(n, "l")->tensor)->grad, -1);
	net_free(n);
}

static struct plan *
planned(struct device *dev, const struct net *n)
{
	struct plan_opts po = { .precision = PRECISION_FP32 };
	struct plan *p;

	if (device_plan(dev, &p, n->graph, &po) < 0)
		fail_msg("%s", err_text());
	return p;
}

static struct device *
ref(void)
{
	struct device_opts o = { .threads = 1 };
	struct device *d;

	assert_int_equal(device_open(&d, "ref", &o), 0);
	return d;
}

/* Mean and deviation of what a filler gives. */
static void
filled(const char *filler, double *mean, double *dev, float *first)
{
	char text[512];
	struct device *d = ref();
	struct plan *p;
	struct net *n;
	float w[1600];
	size_t i;

	snprintf(text, sizeof(text),
	    IN("x", "dim: 1 dim: 40") "layer { name: 'a' type: 'InnerProduct' "
				      "bottom: 'x' top: 'y' "
				      "inner_product_param { num_output: 40 "
				      "weight_filler { %s } } }",
	    filler);
	n = made(text, NULL);
	p = planned(d, n);
	assert_int_equal(net_fill(n, p, 3), 0);
	assert_int_equal(plan_read(p, n->params[0].tensor, w), 0);
	*mean = *dev = 0;
	for (i = 0; i < LENGTH(w); i++)
		*mean += w[i] / LENGTH(w);
	for (i = 0; i < LENGTH(w); i++)
		*dev += (w[i] - *mean) * (w[i] - *mean) / LENGTH(w);
	*dev = sqrt(*dev);
	*first = w[0];
	plan_free(p);
	net_free(n);
	device_close(d);
}

static void
test_fillers(void **state)
{
	static const struct {
		const char *filler;
		double mean, dev;
	} t[] = {
		{ "", 0, 0 },
		{ "value: 3", 3, 0 },
		{ "type: 'uniform' min: -1 max: 3", 1, 4 / 3.46410 },
		{ "type: 'gaussian' mean: 2 std: 0.5", 2, 0.5 },
		{ "type: 'gaussian' std: 1 sparse: 10", 0, 0.5 },
		{ "type: 'xavier'", 0, 0.158114 }, /* sqrt(1 / 40) */
		{ "type: 'xavier' variance_norm: AVERAGE", 0, 0.158114 },
		{ "type: 'msra'", 0, 0.223607 },
		{ "type: 'positive_unitball'", 0.025, 0.0144 },
	};
	double mean, dev;
	float a, b;
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(t); i++) {
		filled(t[i].filler, &mean, &dev, &a);
		filled(t[i].filler, &mean, &dev, &b);
		assert_float_equal(a, b, 0);
		if (fabs(mean - t[i].mean) > 0.06 * (1 + t[i].dev) ||
		    fabs(dev - t[i].dev) > 0.08 * t[i].dev + 1e-6)
			fail_msg("%s: mean %g, deviation %g", t[i].filler, mean,
			    dev);
	}
}

/* The bilinear filler upsamples a constant to a constant. */
static void
test_bilinear(void **state)
{
	struct device *d = ref();
	struct net *n =
	    made(IN("x", "dim: 1 dim: 1 dim: 4 dim: 4") ON("Deconvolution",
		     "convolution_param { num_output: 1 "
		     "kernel_size: 4 stride: 2 pad: 1 "
		     "bias_term: false weight_filler { type: "
		     "'bilinear' } }"),
		NULL);
	struct plan *p = planned(d, n);
	const struct plan_run once = { 0 };
	float x[16], y[64];
	size_t i;

	(void)state;
	for (i = 0; i < 16; i++)
		x[i] = 5;
	assert_int_equal(net_fill(n, p, 0), 0);
	assert_int_equal(plan_write(p, net_blob_find(n, "x")->tensor, x), 0);
	assert_int_equal(plan_run(p, &once), 0);
	assert_int_equal(plan_read(p, net_blob_find(n, "y")->tensor, y), 0);
	assert_float_equal(y[3 * 8 + 3], 5, 1e-6);
	assert_float_equal(y[4 * 8 + 2], 5, 1e-6);
	plan_free(p);
	net_free(n);
	device_close(d);
}

#define TWO V IP("a", "v", "") IP("b", "a", "")

static Caffe__NetParameter *
saved(struct device *d, const char *text, uint64_t seed)
{
	struct net *n = made(text, NULL);
	struct plan *p = planned(d, n);
	Caffe__NetParameter *np;

	assert_int_equal(net_fill(n, p, seed), 0);
	assert_int_equal(net_save_weights(n, p, &np), 0);
	plan_free(p);
	net_free(n);
	return np;
}

/* Written layer by layer, the file is that of the whole. */
static void
assert_same_file(
    const struct net *n, struct plan *p, const Caffe__NetParameter *whole)
{
	struct buf file, want;

	buf_init(&file, 1 << 20);
	buf_init(&want, 1 << 20);
	assert_int_equal(tmp_setup(NULL), 0);
	assert_int_equal(net_write_weights(n, p, tmp_path("w"), 0), 0);
	assert_int_equal(
	    net_write_weights(n, p, tmp_path("w"), 0), ERR_REFUSED);
	assert_int_equal(file_read(&file, tmp_path("w")), 0);
	assert_int_equal(caffe_wire_add(&want, whole), 0);
	assert_int_equal(file.len, want.len);
	assert_memory_equal(file.data, want.data, want.len);
	tmp_teardown(NULL);
	buf_clear(&file);
	buf_clear(&want);
}

static void
test_weights(void **state)
{
	struct device *d = ref();
	struct net_copy_report r = { 0 };
	Caffe__NetParameter *w = saved(
				d, V IP("a", "v", "") IP("z", "a", ""), 1),
			    *again;
	struct net *n = made(TWO, NULL);
	struct plan *p = planned(d, n);

	(void)state;
	w->layer[1]->blobs[0]->data[5] = 42;
	assert_int_equal(net_copy_weights(n, p, w, &r), 0);
	assert_int_equal(r.n, 6);
	assert_string_equal(r.rows[0].layer, "a");
	assert_int_equal(r.rows[0].state, NET_COPIED);
	assert_int_equal(r.rows[2].state, NET_SKIPPED);
	assert_string_equal(r.rows[2].layer, "z");
	assert_int_equal(r.rows[4].state, NET_MISSING);
	assert_string_equal(net_copy_state_name(r.rows[4].state), "missing");
	net_copy_report_clear(&r);
	assert_int_equal(net_save_weights(n, p, &again), 0);
	assert_float_equal(again->layer[1]->blobs[0]->data[5], 42, 0);
	assert_int_equal(again->layer[1]->n_blobs, 2);
	assert_same_file(n, p, again);
	caffe_msg_free(again);
	caffe_msg_free(w);
	plan_free(p);
	net_free(n);
	device_close(d);
}

static void
test_weights_mismatch(void **state)
{
	struct device *d = ref();
	struct net_copy_report r = { 0 };
	Caffe__NetParameter *w = saved(d, TWO, 1);
	struct net *n = made(IN("v", "dim: 2 dim: 5") IP("a", "v", ""), NULL);
	struct plan *p = planned(d, n);

	(void)state;
	assert_int_equal(net_copy_weights(n, p, w, &r), ERR_FORMAT);
	assert_string_equal(err_text(),
	    "layer \"a\": blob 0 is 4x4 in the weights and 4x5 in the net; to "
	    "start this layer afresh, rename it in the net");
	assert_int_equal(r.rows[r.n - 1].state, NET_MISMATCH);
	net_copy_report_clear(&r);
	caffe_msg_free(w->layer[1]->blobs[--w->layer[1]->n_blobs]);
	assert_int_equal(net_copy_weights(n, p, w, NULL), ERR_FORMAT);
	assert_non_null(strstr(err_text(), "1 blob in the weights and 2 in"));
	caffe_msg_free(w);
	plan_free(p);
	net_free(n);
	device_close(d);
}

/* An LSTM goes on where the last run ended, until cont is 0. */
static void
test_memory(void **state)
{
	struct device *d = ref();
	struct net *n = made(
	    IN("x", "dim: 1 dim: 1 dim: 1")
		IN("c", "dim: 1 dim: 1") "layer { name: 'a' type: 'LSTM' "
					 "bottom: 'x' bottom: 'c' top: 'y' "
					 "recurrent_param { num_output: 1 "
					 "weight_filler { value: 1 } } }",
	    NULL);
	struct plan *p = planned(d, n);
	const struct plan_run once = { 0 };
	const float one = 1, zero = 0, x = 0.5f;
	float y[3];
	int i;

	(void)state;
	assert_int_equal(net_fill(n, p, 0), 0);
	plan_write(p, net_blob_find(n, "x")->tensor, &x);
	for (i = 0; i < 3; i++) {
		plan_write(
		    p, net_blob_find(n, "c")->tensor, i < 2 ? &one : &zero);
		assert_int_equal(plan_run(p, &once), 0);
		plan_read(p, net_blob_find(n, "y")->tensor, &y[i]);
	}
	assert_true(y[1] > y[0] + 0.1f);
	assert_float_equal(y[2], y[0], 1e-7);
	plan_free(p);
	net_free(n);
	device_close(d);
}

/* What is said to be another project's is not here. */
static void
forks_are_others(void **state)
{
	(void)state;
	for (size_t i = 0; layer_types[i] != NULL; i++)
		assert_null(layer_project(layer_types[i]->name));
	assert_string_equal(layer_project("CTCLoss"), "the CTC forks of Caffe");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(forks_are_others),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_not_trained),
		cmocka_unit_test(test_blobs),
		cmocka_unit_test(test_choices),
		cmocka_unit_test(test_sharing),
		cmocka_unit_test(test_propagate_down),
		cmocka_unit_test(test_fillers),
		cmocka_unit_test(test_bilinear),
		cmocka_unit_test(test_weights),
		cmocka_unit_test(test_weights_mismatch),
		cmocka_unit_test(test_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
