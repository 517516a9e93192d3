/*
 * Layers for which there are no outputs of Caffe: gradients by differences, and
 * values worked out by hand.
 */
#include "bench.h"
#include "record/rows.h"

/* Two windows: of picture 0, 0 2 2 8; of picture 1, 1 1 7 7. */
#define ROWS                                                                   \
	"layer { name: 'r' type: 'Concat' bottom: 'r0' bottom: 'r2' bottom: "  \
	"'r8' bottom: 'r1' bottom: 'r7' top: 'rr' } "                          \
	"layer { name: 's' type: 'Reshape' bottom: 'rr' top: 'r' "             \
	"reshape_param { shape { dim: 2 dim: 5 } } } "
#define PARTS                                                                  \
	NUMBER("r0", 2, 0)                                                     \
	NUMBER("r2", 2, 2)                                                     \
	NUMBER("r8", 1, 8) NUMBER("r1", 3, 1) NUMBER("r7", 2, 7)
#define ROIS PARTS ROWS

/* Two pictures of two pixels, three classes, labels 0 2 7 1; and of four pixels with
 * one score each, labels 0 0 1 1. */
#define PIXELS(type, more)                                                     \
	"input: 'x' input_shape { dim: 2 dim: 3 dim: 2 } " NUMBER("p0", 1, 0)  \
	    NUMBER("p1", 1, 2) NUMBER("p2", 1, 7)                              \
		NUMBER("p3", 1, 1) "layer { name: 'p' type: 'Concat' bottom: " \
				   "'p0' bottom: 'p1' bottom: 'p2' bottom: "   \
				   "'p3' top: 't' } " LOSS(type, more)
#define PIXEL(type, more)                                                      \
	"input: 'x' input_shape { dim: 1 dim: 1 dim: 4 } " NUMBER("p0", 2, 0)  \
	    NUMBER("p1", 2, 1) "layer { name: 'p' type: 'Concat' bottom: "     \
			       "'p0' bottom: 'p1' top: 't' } " LOSS(           \
				   type, more)
#define LOSS(type, more)                                                       \
	"layer { name: 'a' type: '" type                                       \
	"' bottom: 'x' bottom: 't' top: 'y' " more " } "

/* A small net whose last blob is y; every input and parameter is moved. */
static const struct {
	const char *what, *text;
} grads[] = {
	{ "Normalize", X ON("Normalize", "") },
	{ "Normalize places",
	    X ON("Normalize",
		"norm_param { across_spatial: false "
		"channel_shared: false }") },
	{ "Permute",
	    X ON("Permute",
		"permute_param { order: 0 order: 2 order: "
		"3 }") },
	{ "LayerNorm", X ON("LayerNorm", "") },
	{ "SoftmaxWithLoss of shares",
	    M "layer { name: 't' type: 'DummyData' top: 't' dummy_data_param { "
	      "shape { dim: 3 dim: 4 } data_filler { value: 0.25 } } } "
	      "layer { name: 'a' type: 'SoftmaxWithLoss' bottom: 'x' bottom: "
	      "'t' top: 'y' loss_param { label_smoothing: 0.1 "
	      "class_weighting: 1 class_weighting: 2 class_weighting: 0.5 "
	      "class_weighting: 3 } }" },
	{ "LayerNorm last",
	    X ON("LayerNorm", "layer_norm_param { axis: -1 }") },
	{ "GroupNorm",
	    X ON("GroupNorm", "group_norm_param { num_groups: 2 }") },
	{ "Interp up", X ON("Interp", "interp_param { zoom_factor: 2 }") },
	{ "Interp down",
	    X ON("Interp", "interp_param { shrink_factor: 2 pad_beg: -1 }") },
	{ "Interp size",
	    X ON("Interp", "interp_param { height: 7 width: 3 }") },
	{ "GELU", X ON("GELU", "") },
	{ "GELU tanh", X ON("GELU", "gelu_param { approximate: true }") },
	{ "ReLU6", X ON("ReLU6", "relu6_param { threshold: 0.75 }") },
	{ "ReLU6 leaky",
	    X ON("ReLU6",
		"relu6_param { negative_slope: 0.2 "
		"threshold: 1 }") },
	{ "Mish", X ON("Mish", "") },
	{ "HardSwish", X ON("HardSwish", "") },
	{ "SiLU", X ON("SiLU", "") },
	{ "Swish", X ON("Swish", "swish_param { beta: 2 }") },
	{ "SPP", X ON("SPP", "spp_param { pyramid_height: 2 pool: AVE }") },
	{ "SPP one level",
	    X ON("SPP", "spp_param { pyramid_height: 1 pool: AVE }") },
	{ "ShuffleChannel",
	    X ON("ShuffleChannel", "shuffle_channel_param { group: 2 }") },
	{ "depthwise",
	    X ON("DepthwiseConvolution",
		"convolution_param { num_output: 8 "
		"kernel_size: 3 pad: 1" GAUSS "}") },
	{ "Convolution 1-d",
	    X ON("Convolution",
		"convolution_param { num_output: 3 "
		"kernel_size: 3 axis: 2" GAUSS "}") },
	{ "Convolution of two",
	    X "layer { name: 't' type: 'TanH' bottom: 'x' top: 't' } "
	      "layer { name: 'a' type: 'Convolution' bottom: 'x' bottom: 't' "
	      "top: 'u' top: 'v' convolution_param { num_output: 2 "
	      "kernel_size: 3" GAUSS "} } "
	      "layer { name: 'e' type: 'Eltwise' bottom: 'u' bottom: 'v' top: "
	      "'y' eltwise_param { operation: PROD } }" },
	{ "Deconvolution dilated",
	    X ON("Deconvolution",
		"convolution_param { num_output: 2 group: 2 "
		"kernel_size: 2 dilation: 2 stride: 2 pad: "
		"1" GAUSS "}") },
	{ "InnerProduct transposed",
	    X ON("InnerProduct",
		"inner_product_param { num_output: 3 axis: "
		"-2 transpose: true" GAUSS "}") },
	{ "BatchNorm with scale",
	    X ON("BatchNorm",
		"batch_norm_param { scale_bias: true "
		"use_global_stats: false }") },
	{ "Scale of two and bias",
	    "input: 'x' input_shape { dim: 2 dim: 4 dim: 3 } input: 's' "
	    "input_shape { dim: 4 dim: 3 } layer { name: 'a' type: 'Scale' "
	    "bottom: 'x' bottom: 's' top: 'y' scale_param { axis: -2 "
	    "bias_term: true } }" },
	{ "Tile last", M ON("Tile", "tile_param { axis: -1 tiles: 2 }") },
	{ "Reduction",
	    X ON("Reduction",
		"reduction_param { operation: SUMSQ "
		"axis: -2 }") },
	{ "Slice last",
	    X ON("Slice",
		"top: 'z' slice_param { axis: -1 "
		"slice_point: 2 }") },
	{ "Crop",
	    "input: 'x' input_shape { dim: 2 dim: 3 dim: 5 } input: 'r' "
	    "input_shape { dim: 1 dim: 2 dim: 2 } layer { name: 'a' "
	    "type: 'Crop' bottom: 'x' bottom: 'r' top: 'y' crop_param { "
	    "axis: -2 offset: 1 offset: 3 } }" },
	{ "BN of SegNet",
	    X ON("BN",
		"bn_param { scale_filler { value: 2 } shift_filler { "
		"value: 1 } }") },
	{ "BN of SegNet, folded",
	    X ON("BN",
		"bn_param { bn_mode: INFERENCE scale_filler { value: 2 "
		"} }") },
	{ "BN of PSPNet", X ON("BN", "bn_param { frozen: true }") },
	{ "Upsample",
	    X "layer { name: 'm' type: 'Pooling' bottom: 'x' top: 'm' top: 'k' "
	      "pooling_param { kernel_size: 1 } } "
	      "layer { name: 'e' type: 'Exp' bottom: 'x' top: 'e' } "
	      "layer { name: 'u' type: 'Upsample' bottom: 'e' bottom: 'k' "
	      "top: 'y' upsample_param { pad_out_h: true } }" },
	{ "Upsample without a mask",
	    X ON("Upsample", "upsample_param { scale_h: 3 }") },
	{ "Axpy",
	    X "layer { name: 'g' type: 'Pooling' bottom: 'x' top: 'g' "
	      "pooling_param { pool: AVE global_pooling: true } } "
	      "layer { name: 'a' type: 'Axpy' bottom: 'g' bottom: 'x' "
	      "bottom: 'x' top: 'y' }" },
	{ "Reorg",
	    "input: 'x' input_shape { dim: 2 dim: 4 dim: 4 dim: 6 } " ON(
		"Reorg", "") },
	{ "Reorg back", X ON("Reorg", "reorg_param { reverse: true }") },
	{ "SmoothL1Loss",
	    M "input: 't' input_shape { dim: 3 dim: 4 } input: 'w' "
	      "input_shape { dim: 3 dim: 4 } layer { name: 'a' type: "
	      "'SmoothL1Loss' bottom: 'x' bottom: 't' bottom: 'w' bottom: 'w' "
	      "top: 'y' smooth_l1_loss_param { sigma: 1.5 } }" },
	{ "ROIPooling",
	    X ROIS "layer { name: 'a' type: 'ROIPooling' bottom: 'x' bottom: "
		   "'r' top: 'y' roi_pooling_param { pooled_h: 2 pooled_w: 3 "
		   "spatial_scale: 0.5 } }" },
	{ "ROIAlign",
	    X ROIS "layer { name: 'a' type: 'ROIAlign' bottom: 'x' bottom: 'r' "
		   "top: 'y' roi_align_param { pooled_h: 2 pooled_w: 3 "
		   "spatial_scale: 0.5 } }" },
	{ "ROIAlign of 3 x 3 points",
	    X ROIS "layer { name: 'a' type: 'ROIAlign' bottom: 'x' bottom: 'r' "
		   "top: 'y' roi_align_param { pooled_h: 1 pooled_w: 2 "
		   "sampling_ratio: 3 } }" },
	{ "PSROIPooling",
	    X ROIS "layer { name: 'a' type: 'PSROIPooling' bottom: 'x' bottom: "
		   "'r' top: 'y' psroi_pooling_param { output_dim: 1 "
		   "group_size: 2 spatial_scale: 0.5 } }" },
	{ "DiceLoss", PIXELS("DiceLoss", "loss_param { ignore_label: 7 }") },
	{ "DiceLoss of one score", PIXEL("DiceLoss", "") },
	{ "FocalLoss", PIXELS("FocalLoss", "loss_param { ignore_label: 7 }") },
	{ "FocalLoss weighed",
	    PIXELS("FocalLoss",
		"focal_loss_param { gamma: 3 } loss_param { ignore_label: 7 "
		"class_weighting: 1 class_weighting: 0.5 class_weighting: 2 }") },
	{ "FocalLoss of one score",
	    PIXEL("FocalLoss", "focal_loss_param { alpha: 0.25 }") },
	{ "L1Loss",
	    "input: 'x' input_shape { dim: 2 dim: 3 } input: 't' input_shape "
	    "{ dim: 2 dim: 3 } layer { name: 'a' type: 'L1Loss' bottom: 'x' "
	    "bottom: 't' top: 'y' }" },
	{ "STOCHASTIC pooling",
	    X "layer { name: 'e' type: 'Exp' bottom: 'x' top: 'e' } "
	      "layer { name: 'a' type: 'Pooling' bottom: 'e' top: 'y' "
	      "pooling_param { pool: STOCHASTIC kernel_size: 2 stride: 2 } }" },
	{ "LSTM with static input",
	    "input: 'x' input_shape { dim: 3 dim: 2 dim: 2 } input: 's' "
	    "input_shape { dim: 2 dim: 3 } input: 'h' input_shape { dim: 1 "
	    "dim: 2 dim: 2 } input: 'k' input_shape { dim: 1 dim: 2 dim: 2 } "
	    "layer { name: 'c' type: 'DummyData' top: 'c' dummy_data_param { "
	    "shape { dim: 3 dim: 2 } data_filler { value: 1 } } } "
	    "layer { name: 'a' type: 'LSTM' bottom: 'x' bottom: 'c' bottom: "
	    "'s' bottom: 'h' bottom: 'k' top: 'y' top: 'p' top: 'q' "
	    "recurrent_param { num_output: 2 expose_hidden: true" GAUSS "} }" },
	{ "RNN with static input",
	    "input: 'x' input_shape { dim: 3 dim: 2 dim: 2 } input: 's' "
	    "input_shape { dim: 2 dim: 3 } input: 'h' input_shape { dim: 1 "
	    "dim: 2 dim: 2 } "
	    "layer { name: 'c' type: 'DummyData' top: 'c' dummy_data_param { "
	    "shape { dim: 3 dim: 2 } data_filler { value: 1 } } } "
	    "layer { name: 'a' type: 'RNN' bottom: 'x' bottom: 'c' bottom: "
	    "'s' bottom: 'h' top: 'y' top: 'p' recurrent_param { num_output: 2 "
	    "expose_hidden: true" GAUSS "} }" },
};

static void
test_gradients(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < LENGTH(grads); i++)
		check_gradient(grads[i].what, grads[i].text);
}

/* More bottoms than an op takes inputs. */
static void
test_many_bottoms(void **state)
{
	static const char *const types[] = { "Concat", "Eltwise" };
	struct bench b = { 0 };
	struct buf t;
	float x[3] = { 1, 2, 3 }, *y;
	size_t k;
	int i;

	(void)state;
	for (k = 0; k < 2; k++) {
		buf_init(&t, 1 << 16);
		buf_printf(&t,
		    "input: 'x' input_shape { dim: 1 dim: 3 } layer { name: "
		    "'a' type: '%s' top: 'y'",
		    types[k]);
		for (i = 0; i < 150; i++)
			buf_adds(&t, " bottom: 'x'");
		buf_adds(&t, " }");
		memset(&b, 0, sizeof(b));
		build(&b, buf_str(&t), false);
		plan(&b);
		must(plan_write(b.plan, net_blob_find(b.net, "x")->tensor, x));
		run(&b, false);
		y = get(&b, b.y);
		if (k == 0)
			assert_float_equal(y[449], 3, 0);
		else
			assert_float_equal(y[2], 450, 0);
		mem_free(y);
		close_bench(&b);
		buf_clear(&t);
	}
}

static void
test_values(void **state)
{
	const float x[8] = { 1, 2, 3, 4, 0, 0, 0, 0 };
	const float zoomed[9] = { 1, 1.5f, 2, 2, 2.5f, 3, 3, 3.5f, 4 };
	const float shuffled[4] = { 1, 3, 2, 4 };
	/* (1 + 4 + 9 + 16) / 10, and 0 for a window of zeros */
	const float stochastic[2] = { 3, 0 };
	const float normalized[4] = { 0.18257419f, 0.36514837f, 0.54772256f,
		0.73029674f };
	const float corner[2] = { 2, 4 };
	/* the maximum of four goes back to where it was */
	const float unpooled[4] = { 0, 0, 0, 4 };

	(void)state;
	expect("input: 'x' input_shape { dim: 1 dim: 1 dim: 2 dim: 2 } " ON(
		   "Interp", "interp_param { zoom_factor: 2 }"),
	    x, zoomed, 9);
	expect("input: 'x' input_shape { dim: 1 dim: 4 } " ON(
		   "ShuffleChannel", "shuffle_channel_param { group: 2 }"),
	    x, shuffled, 4);
	expect("input: 'x' input_shape { dim: 1 dim: 1 dim: 4 dim: 2 } " ON(
		   "Pooling",
		   "pooling_param { pool: STOCHASTIC kernel_size: 2 stride: "
		   "2 }"),
	    x, stochastic, 2);
	expect("input: 'x' input_shape { dim: 1 dim: 4 } " ON("Normalize", ""),
	    x, normalized, 4);
	expect("input: 'x' input_shape { dim: 1 dim: 2 dim: 2 } "
	       "layer { name: 'a' type: 'Slice' bottom: 'x' top: 'z' top: 'y' "
	       "slice_param { axis: -1 slice_point: 1 } }",
	    x, corner, 2);
	expect("input: 'x' input_shape { dim: 1 dim: 1 dim: 2 dim: 2 } "
	       "layer { name: 'p' type: 'Pooling' bottom: 'x' top: 'p' top: "
	       "'m' pooling_param { kernel_size: 2 stride: 2 } } "
	       "layer { name: 'u' type: 'Upsample' bottom: 'p' bottom: 'm' "
	       "top: 'y' }",
	    x, unpooled, 4);
}

/* What TRAIN leaves is what TEST scales by, where a fork's scale_train is false. */
static void
test_unscaled_dropout(void **state)
{
	const struct net_opts train = { .phase = CAFFE__PHASE__TRAIN };
	const float x[4] = { 1, 2, 3, 4 };
	const float scaled[4] = { 0.75f, 1.5f, 2.25f, 3 };
	const char *text =
	    "input: 'x' input_shape { dim: 1 dim: 4 } " ON("Dropout",
		"dropout_param { dropout_ratio: 0.25 scale_train: false }");
	struct bench b = { 0 };
	Caffe__NetParameter *np;
	float *y;

	(void)state;
	expect(text, x, scaled, 4);
	must(caffe_net_parse(&np, text, strlen(text), "net"));
	must(net_new(&b.net, np, &train));
	caffe_msg_free(np);
	b.y = net_blob_find(b.net, "y")->tensor;
	plan(&b);
	must(plan_write(b.plan, net_blob_find(b.net, "x")->tensor, x));
	run(&b, false);
	y = get(&b, b.y);
	for (size_t i = 0; i < 4; i++)
		assert_true(y[i] == 0 || fabsf(y[i] - x[i]) < 1e-6);
	mem_free(y);
	close_bench(&b);
}

#define IN44(channels)                                                         \
	"input: 'x' input_shape { dim: 1 dim: " #channels " dim: 4 dim: 4 } "
#define WINDOW                                                                 \
	NUMBER("r0", 1, 0)                                                     \
	NUMBER("r1", 2, 1)                                                     \
	NUMBER("r3", 2, 3)                                                     \
	"layer { name: 'r' type: 'Concat' bottom: 'r0' "                       \
	"bottom: 'r1' bottom: 'r3' top: 'r' } "

/* The values of x are their places. */
static void
test_regions(void **state)
{
	/* places 1 to 3 in bins of one and a half, which overlap */
	const float greatest[4] = { 10, 11, 14, 15 };
	const float mean[4] = { 7.5f, 24.5f, 43.5f, 60.5f };
	/* (4, 2, 2) as if (1, 4, 4), as darknet does it */
	const float reorg[16] = { 0, 2, 8, 10, 1, 3, 9, 11, 4, 6, 12, 14, 5, 7,
		13, 15 };
	const float repeated[8] = { 0, 0, 1, 1, 0, 0, 1, 1 };
	const float axpy[4] = { 0, 2.5f, 5, 7.5f }; /* 1.5 x + x */
	/* |d| 0 1 2 3 with sigma 1: 0 + .5 + 1.5 + 2.5, of one item */
	const float smooth[1] = { 4.5f };
	const float goes_on[6] = { 0, 0, 1, 1, 1, 1 };
	float x[64];
	int i;

	(void)state;
	for (i = 0; i < 64; i++)
		x[i] = (float)i;
	expect(IN44(1) WINDOW
	    "layer { name: 'a' type: 'ROIPooling' bottom: 'x' bottom: 'r' top: "
	    "'y' roi_pooling_param { pooled_h: 2 pooled_w: 2 } }",
	    x, greatest, 4);
	expect(IN44(4) WINDOW
	    "layer { name: 'a' type: 'PSROIPooling' bottom: 'x' bottom: 'r' "
	    "top: 'y' psroi_pooling_param { output_dim: 1 group_size: 2 } }",
	    x, mean, 4);
	expect("input: 'x' input_shape { dim: 1 dim: 4 dim: 2 dim: 2 } " ON(
		   "Reorg", ""),
	    x, reorg, 16);
	expect("input: 'x' input_shape { dim: 1 dim: 1 dim: 1 dim: 2 } " ON(
		   "Upsample", ""),
	    x, repeated, 8);
	expect("input: 'x' input_shape { dim: 1 dim: 1 dim: 2 dim: 2 } "
	       "layer { name: 'g' type: 'Pooling' bottom: 'x' top: 'g' "
	       "pooling_param { pool: AVE global_pooling: true } } "
	       "layer { name: 'a' type: 'Axpy' bottom: 'g' bottom: 'x' bottom: "
	       "'x' top: 'y' }",
	    x, axpy, 4);
	expect(
	    "input: 'x' input_shape { dim: 1 dim: 4 } " NUMBER("t", 4,
		0) "layer { name: 'a' type: 'SmoothL1Loss' bottom: 'x' bottom: 't' "
		   "top: 'y' }",
	    x, smooth, 1);
	expect("input: 'x' input_shape { dim: 1 } "
	       "layer { name: 'a' type: 'ContinuationIndicator' top: 'y' "
	       "continuation_indicator_param { time_step: 3 batch_size: 2 } }",
	    x, goes_on, 6);
	/* Many forks' word for round_mode: FLOOR */
	expect("input: 'x' input_shape { dim: 1 dim: 1 dim: 1 dim: 3 } " ON(
		   "Pooling",
		   "pooling_param { kernel_h: 1 kernel_w: 2 stride: 2 "
		   "ceil_mode: false }"),
	    x, (const float[1]){ 1 }, 1);
}

/* One place in the middle of a 100 x 100 picture: a square of 30, one of
 * sqrt(30 * 60), 2:1 and 1:2; variances behind. */
static void
test_prior_box(void **state)
{
	const float r2 = sqrtf(2), m = sqrtf(1800) / 200;
	const float want[16] = { .35f, .35f, .65f, .65f, .5f - m, .5f - m,
		.5f + m, .5f + m, .5f - .15f * r2, .5f - .15f / r2,
		.5f + .15f * r2, .5f + .15f / r2, .5f - .15f / r2,
		.5f - .15f * r2, .5f + .15f / r2, .5f + .15f * r2 };
	struct bench b = { 0 };
	float *y;
	int i;

	(void)state;
	build(&b,
	    "input: 'f' input_shape { dim: 1 dim: 8 dim: 1 dim: 1 } "
	    "input: 'd' input_shape { dim: 1 dim: 3 dim: 100 dim: 100 } "
	    "layer { name: 'a' type: 'PriorBox' bottom: 'f' bottom: 'd' top: "
	    "'y' prior_box_param { min_size: 30 max_size: 60 aspect_ratio: 2 "
	    "variance: 0.1 variance: 0.1 variance: 0.2 variance: 0.2 } }",
	    false);
	plan(&b);
	run(&b, false);
	assert_int_equal(count(&b, b.y), 32);
	y = get(&b, b.y);
	for (i = 0; i < 16; i++) {
		assert_float_equal(y[i], want[i], 1e-5);
		assert_float_equal(y[16 + i], ((i & 3) < 2 ? 0.1 : 0.2), 1e-6);
	}
	mem_free(y);
	close_bench(&b);
}

/*
 * Three priors, the first two nearly the same: of these the better is kept.
 * Offsets of 0 leave priors as they are; the third is moved right by its width.
 */
static void
suppress(const char *nms)
{
	static const float prior[24] = { 0, 0, .2f, .2f, .01f, 0, .21f, .2f,
		.5f, .5f, .7f, .7f, .1f, .1f, .2f, .2f, .1f, .1f, .2f, .2f, .1f,
		.1f, .2f, .2f };
	static const float loc[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 10, 0, 0, 0 };
	static const float conf[6] = { .4f, .6f, .2f, .8f, .3f, .7f };
	static const float want[28] = { 0, 1, .8f, .01f, 0, .21f, .2f, 0, 1,
		.7f, .7f, .5f, .9f, .7f, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
		-1, -1, -1, -1 };
	struct bench b = { 0 };
	char text[1024];
	float *y;
	int i;

	snprintf(text, sizeof(text),
	    "input: 'l' input_shape { dim: 1 dim: 12 } "
	    "input: 'c' input_shape { dim: 1 dim: 6 } "
	    "input: 'p' input_shape { dim: 1 dim: 2 dim: 12 } "
	    "layer { name: 'a' type: 'DetectionOutput' bottom: 'l' bottom: 'c' "
	    "bottom: 'p' top: 'y' detection_output_param { num_classes: 2 "
	    "keep_top_k: 4 confidence_threshold: 0.3 code_type: CENTER_SIZE "
	    "%s } }",
	    nms);
	build(&b, text, false);
	plan(&b);
	must(plan_write(b.plan, net_blob_find(b.net, "l")->tensor, loc));
	must(plan_write(b.plan, net_blob_find(b.net, "c")->tensor, conf));
	must(plan_write(b.plan, net_blob_find(b.net, "p")->tensor, prior));
	run(&b, false);
	assert_int_equal(count(&b, b.y), 28);
	y = get(&b, b.y);
	for (i = 0; i < 28; i++)
		if (fabsf(y[i] - want[i]) > 1e-5)
			fail_msg("value %d is %g, not %g", i, y[i], want[i]);
	mem_free(y);
	close_bench(&b);
}

/* Some write in the parameter itself what belongs into nms_param. */
static void
test_detection_output(void **state)
{
	(void)state;
	suppress("nms_param { nms_threshold: 0.45 top_k: 400 }");
	suppress("nms_threshold: 0.45 top_k: 400");
}

/* RefineDet's: the second prior has nothing in it, the third is moved by half its
 * width before it is moved as above. */
static void
test_refined_output(void **state)
{
	static const struct {
		const char *blob;
		float v[24];
	} in[] = {
		{ "l", { 0, 0, 0, 0, 0, 0, 0, 0, 10 } },
		{ "c", { .4f, .6f, .2f, .8f, .3f, .7f } },
		{ "p",
		    { 0, 0, .2f, .2f, .01f, 0, .21f, .2f, .5f, .5f, .7f, .7f,
			.1f, .1f, .2f, .2f, .1f, .1f, .2f, .2f, .1f, .1f, .2f,
			.2f } },
		{ "o", { .9f, .1f, .999f, .001f, .5f, .5f } },
		{ "m", { 0, 0, 0, 0, 0, 0, 0, 0, 5 } },
	};
	static const float want[14] = { 0, 1, .7f, .8f, .5f, 1, .7f, 0, 1, .6f,
		0, 0, .2f, .2f };
	struct bench b = { 0 };
	float *y;

	(void)state;
	build(&b,
	    "input: 'l' input_shape { dim: 1 dim: 12 } "
	    "input: 'c' input_shape { dim: 1 dim: 6 } "
	    "input: 'p' input_shape { dim: 1 dim: 2 dim: 12 } "
	    "input: 'o' input_shape { dim: 1 dim: 6 } "
	    "input: 'm' input_shape { dim: 1 dim: 12 } "
	    "layer { name: 'a' type: 'DetectionOutput' bottom: 'l' bottom: 'c' "
	    "bottom: 'p' bottom: 'o' bottom: 'm' top: 'y' "
	    "detection_output_param { num_classes: 2 keep_top_k: 2 "
	    "confidence_threshold: 0.3 code_type: CENTER_SIZE nms_param { "
	    "nms_threshold: 0.45 } objectness_score: 0.01 } }",
	    false);
	plan(&b);
	for (size_t i = 0; i < LENGTH(in); i++)
		must(plan_write(
		    b.plan, net_blob_find(b.net, in[i].blob)->tensor, in[i].v));
	run(&b, false);
	assert_int_equal(count(&b, b.y), 14);
	y = get(&b, b.y);
	for (int i = 0; i < 14; i++)
		assert_float_equal(y[i], want[i], 1e-5);
	mem_free(y);
	close_bench(&b);
}

/* Two runs: two batches, one behind the other. */
static void
test_hdf5_output(void **state)
{
	char path[] = "/tmp/nn-layers-XXXXXX", text[512];
	struct bench b = { 0 };
	float x[4] = { 1, 2, 3, 4 }, have[8] = { 0 };
	int fd = mkstemp(path), i;
	const char *name = "label";
	struct record_rows *rows;

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	snprintf(text, sizeof(text),
	    "input: 'x' input_shape { dim: 2 dim: 2 } layer { name: 'a' type: "
	    "'HDF5Output' bottom: 'x' bottom: 'x' hdf5_output_param { "
	    "file_name: '%s' } }",
	    path);
	build(&b, text, false);
	plan(&b);
	for (i = 0; i < 2; i++) {
		x[0] = (float)i;
		must(plan_write(b.plan, net_blob_find(b.net, "x")->tensor, x));
		run(&b, false);
	}
	close_bench(&b);
	must(record_rows_open(&rows, path, &name, 1));
	assert_int_equal(record_rows_count(rows), 4);
	must(record_rows_read(rows, 0, 0, 4, have));
	assert_float_equal(have[0], 0, 0);
	assert_float_equal(have[4], 1, 0);
	assert_float_equal(have[7], 4, 0);
	record_rows_close(rows);
	unlink(path);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_gradients),
		cmocka_unit_test(test_many_bottoms),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_unscaled_dropout),
		cmocka_unit_test(test_regions),
		cmocka_unit_test(test_prior_box),
		cmocka_unit_test(test_detection_output),
		cmocka_unit_test(test_refined_output),
		cmocka_unit_test(test_hdf5_output),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
