/*
 * Layers of ONNX's operators that move and choose (nn/layers/moving): values worked out by
 * hand or of the operator's own examples, gradients by differences, what is refused.
 */
#include "bench.h"

#define IN(dims)          "input: 'x' input_shape { " dims " } "
#define D1(a)             "dim: " #a " "
#define D2(a, b)          D1(a) D1(b)
#define D3(a, b, c)       D2(a, b) D1(c)
#define D4(a, b, c, d)    D2(a, b) D2(c, d)
#define INPUT(name, dims) "input: '" name "' input_shape { " dims " } "

/* 0 1 2 ... */
static float counted[64];

static void
begin(void)
{
	for (int i = 0; i < 64; i++)
		counted[i] = (float)i;
}

/* Two numbers as (1, 2), and as another shape. */
#define TWO(name, a, b)                                                        \
	NUMBER(name "0", 1, a)                                                 \
	NUMBER(name "1", 1, b)                                                 \
	"layer { name: '" name "' type: 'Concat' bottom: '" name "0' bottom: " \
	"'" name "1' top: '" name "' } "
#define SHAPED(name, from, dims)                                               \
	"layer { name: '" name "' type: 'Reshape' bottom: '" from              \
	"' top: '" name "' reshape_param { shape { " dims " } } } "
#define WITH(type, more, last)                                                 \
	"layer { name: 'a' type: '" type "' bottom: 'x' " more                 \
	" top: 'y' " last " } "
/* Of picture 0, 1 1 3 3. */
#define WINDOW                                                                 \
	NUMBER("r0", 1, 0)                                                     \
	NUMBER("r1", 2, 1)                                                     \
	NUMBER("r3", 2, 3)                                                     \
	"layer { name: 'i' type: 'Concat' bottom: 'r0' bottom: 'r1' bottom: "  \
	"'r3' top: 'i' } "
#define BY_I "bottom: 'i'"

/* Of x = 0 1 2 ... comes want. */
static const struct {
	const char *text;
	size_t n;
	float want[32];
} values[] = {
	{ IN(D2(3, 4))
		ON("StridedSlice", "strided_slice_param { start: 1 end: 3 }"),
	    8, { 4, 5, 6, 7, 8, 9, 10, 11 } },
	{ IN(D2(3, 4)) ON("StridedSlice",
	      "strided_slice_param { axis: -1 start: -1 end: -100 step: -2 }"),
	    6, { 3, 1, 7, 5, 11, 9 } },
	{ IN(D2(3, 4)) ON("StridedSlice",
	      "strided_slice_param { axis: 1 axis: 0 start: 1 start: 0 end: "
	      "9223372036854775807 end: 100 step: 2 step: 2 }"),
	    4, { 1, 3, 9, 11 } },
	{ IN(D1(4)) ON("StridedSlice",
	      "strided_slice_param { start: 3 end: -9223372036854775808 step: "
	      "-9223372036854775808 }"),
	    1, { 3 } },
	{ IN(D1(4))
		ON("StridedSlice", "strided_slice_param { start: 3 end: 1 }"),
	    0, { 0 } },
	{ IN(D2(1, 3)) ON("Pad", "pad_param { pad: 0 pad: 1 pad: 1 pad: 2 }"),
	    12, { 0, 0, 1, 2, 0, 0, 0, 0, 0, 0, 0, 0 } },
	{ IN(D1(3)) ON("Pad", "pad_param { pad: -1 pad: 2 value: 7 }"), 4,
	    { 1, 2, 7, 7 } },
	{ IN(D1(3)) ON("Pad", "pad_param { pad: 4 pad: 3 mode: REFLECT }"), 10,
	    { 0, 1, 2, 1, 0, 1, 2, 1, 0, 1 } },
	{ IN(D1(3)) ON("Pad", "pad_param { pad: 2 pad: 1 mode: EDGE }"), 6,
	    { 0, 0, 0, 1, 2, 2 } },
	{ IN(D1(3)) ON("Pad", "pad_param { pad: 4 pad: 1 mode: WRAP }"), 8,
	    { 2, 0, 1, 2, 0, 1, 2, 0 } },
	{ IN(D2(2, 1))
		ON("Expand", "expand_param { shape { dim: 2 dim: 1 dim: 3 } }"),
	    12, { 0, 0, 0, 1, 1, 1, 0, 0, 0, 1, 1, 1 } },
	{ IN(D3(2, 1, 2)) ON("Expand", "expand_param { shape { dim: 1 } }"), 4,
	    { 0, 1, 2, 3 } },
	{ IN(D2(1, 2)) INPUT("b",
	      D2(3,
		  1)) "layer { name: 'a' type: 'Expand' "
		      "bottom: 'x' bottom: 'b' top: 'y' expand_param { shape { dim: 1 dim: "
		      "2 } } }",
	    6, { 0, 1, 0, 1, 0, 1 } },
	{ IN(D1(3)) ON("Gather",
	      "gather_param { index: 2 index: 0 index: -1 index: 1 }"),
	    4, { 2, 0, 2, 1 } },
	{ IN(D2(2, 3)) ON(
	      "Gather", "gather_param { axis: 1 index: 2 index: 1 index: 0 }"),
	    6, { 2, 1, 0, 5, 4, 3 } },
	{ IN(D2(2, 3))
		ON("Gather", "gather_param { axis: 1 index: -2 scalar: true }"),
	    2, { 1, 4 } },
	{ IN(D2(2, 3)) NUMBER("i", 2,
	      -1) "layer { name: 'a' type: 'Gather' "
		  "bottom: 'x' bottom: 'i' top: 'y' gather_param { axis: -1 } }",
	    4, { 2, 2, 5, 5 } },
	{ IN(D2(1, 4)) NUMBER(
	      "t", 1, 9) "layer { name: 'a' type: 'Where' "
			 "bottom: 'x' bottom: 't' bottom: 'x' top: 'y' }",
	    4, { 0, 9, 9, 9 } },
	{ IN(D2(1, 2)) ON("Tile", "tile_param { repeats: 2 repeats: 2 }"), 8,
	    { 0, 1, 0, 1, 0, 1, 0, 1 } },
	/* One picture of 1 x 1 with 4 channels as one channel of 2 x 2. */
	{ IN(D4(1, 4, 1, 2))
		ON("DepthToSpace", "block_param { block_size: 2 }"),
	    8, { 0, 2, 1, 3, 4, 6, 5, 7 } },
	{ IN(D4(1, 8, 1, 1))
		ON("DepthToSpace", "block_param { block_size: 2 mode: CRD }"),
	    8, { 0, 1, 2, 3, 4, 5, 6, 7 } },
	{ IN(D4(1, 8, 1, 1))
		ON("DepthToSpace", "block_param { block_size: 2 }"),
	    8, { 0, 2, 4, 6, 1, 3, 5, 7 } },
	{ IN(D4(1, 1, 2, 4))
		ON("SpaceToDepth", "block_param { block_size: 2 }"),
	    8, { 0, 2, 1, 3, 4, 6, 5, 7 } },
	{ IN(D2(3, 4)) ON("TopK", "topk_param { k: 2 }"), 6,
	    { 3, 2, 7, 6, 11, 10 } },
	{ IN(D2(3, 4)) ON("TopK", "topk_param { k: 1 axis: 0 largest: false }"),
	    4, { 0, 1, 2, 3 } },
	/* Of 0 0 1 1 the first of equal ones comes first. */
	{ IN(D1(
	      4)) "layer { name: 'c' type: 'Threshold' bottom: 'x' top: 'c' "
		  "threshold_param { threshold: 1 } } layer { name: 'k' type: "
		  "'TopK' bottom: 'c' top: 'v' top: 'w' topk_param { k: 3 } } " SHAPED(
		      "y", "w", D1(3)),
	    3, { 2, 3, 0 } },
	{ IN(D2(2, 3)) TWO("i", 2, -3)
		WITH("GatherElements", BY_I, "gather_param { axis: 1 }"),
	    2, { 2, 0 } },
	{ IN(D2(2, 3)) TWO("i", 1, -2) WITH("GatherElements", BY_I, ""), 2,
	    { 3, 1 } },
	{ IN(D2(2, 3)) TWO("i", 1, -1) WITH("GatherND", BY_I, ""), 1, { 5 } },
	{ IN(D2(2, 3)) NUMBER("i", 1, -1) WITH("GatherND", BY_I, ""), 3,
	    { 3, 4, 5 } },
	{ IN(D3(2, 3, 2)) TWO("j", 2, 1) SHAPED("i", "j", D2(2, 1))
		WITH("GatherND", BY_I, "gather_param { batch_dims: 1 }"),
	    4, { 4, 5, 8, 9 } },
	{ IN(D2(2, 3)) TWO("i", 2, 0) NUMBER("u", 2, 9) WITH("ScatterElements",
	      BY_I " bottom: 'u'", "scatter_param { axis: 1 }"),
	    6, { 9, 1, 9, 3, 4, 5 } },
	{ IN(D2(2, 3)) TWO("i", 2, 2) NUMBER("u", 2, 9) WITH("ScatterElements",
	      BY_I " bottom: 'u'", "scatter_param { axis: -1 reduction: ADD }"),
	    6, { 0, 1, 20, 3, 4, 5 } },
	{ IN(D2(2, 3)) TWO("i", -1, 0) TWO("u", 3, -4) WITH("ScatterElements",
	      BY_I " bottom: 'u'", "scatter_param { reduction: MUL }"),
	    6, { 0, -4, 2, 9, 4, 5 } },
	{ IN(D2(2, 3)) TWO("i", 1, 1) TWO("u", 3.5, -4) WITH("ScatterElements",
	      BY_I " bottom: 'u'", "scatter_param { reduction: MAX }"),
	    6, { 0, 1, 2, 3.5F, 4, 5 } },
	{ IN(D2(2, 3)) TWO("i", 1, 1) TWO("u", 3.5, -4) WITH("ScatterElements",
	      BY_I " bottom: 'u'", "scatter_param { reduction: MIN }"),
	    6, { 0, 1, 2, 3, -4, 5 } },
	{ IN(D2(2, 3)) NUMBER("i", 1, 1) NUMBER("u", 3, 9)
		WITH("ScatterND", BY_I " bottom: 'u'", ""),
	    6, { 0, 1, 2, 9, 9, 9 } },
	{ IN(D2(2, 3)) TWO("i", 0, -1) NUMBER("v", 1, 9) SHAPED("u", "v", D1(1))
		WITH("ScatterND", BY_I " bottom: 'u'",
		    "scatter_param { reduction: ADD }"),
	    6, { 0, 1, 11, 3, 4, 5 } },
	{ IN(D2(2, 3)) ON("CumSum", "cumsum_param { axis: 1 }"), 6,
	    { 0, 1, 3, 3, 7, 12 } },
	{ IN(D2(2, 3)) ON("CumSum",
	      "cumsum_param { axis: -1 exclusive: true reverse: true }"),
	    6, { 3, 2, 0, 9, 5, 0 } },
	{ IN(D1(3)) ON("OneHot", "one_hot_param { depth: 2 on: 5 off: 1 }"), 6,
	    { 5, 1, 1, 5, 1, 1 } },
	{ IN(D1(3)) ON("OneHot", "one_hot_param { depth: 3 axis: 0 }"), 9,
	    { 1, 0, 0, 0, 1, 0, 0, 0, 1 } },
	{ IN(D2(3, 3)) ON("Trilu", "trilu_param { k: 1 }"), 9,
	    { 0, 1, 2, 0, 0, 5, 0, 0, 0 } },
	{ IN(D2(2, 3)) ON("Trilu", "trilu_param { upper: false }"), 6,
	    { 0, 0, 0, 3, 4, 0 } },
	{ IN(D2(4, 2)) NUMBER("i", 2, 3) WITH("ReverseSequence", BY_I, ""), 8,
	    { 4, 5, 2, 3, 0, 1, 6, 7 } },
	{ IN(D2(2, 4)) TWO("i", 4, 2) WITH("ReverseSequence", BY_I,
	      "reverse_sequence_param { batch_axis: 0 time_axis: 1 }"),
	    8, { 3, 2, 1, 0, 5, 4, 6, 7 } },
	{ IN(D4(1, 1, 1, 2)) TWO("j", 5, 2) SHAPED("i", "j", D4(1, 1, 1, 2))
		WITH("MaxUnpool", BY_I,
		    "max_unpool_param { kernel: 2 kernel: 2 stride: 2 stride: "
		    "2 }"),
	    8, { 0, 0, 1, 0, 0, 0, 0, 0 } },
	{ IN(D4(1, 1, 1, 2)) TWO("j", 5, 2) SHAPED("i", "j", D4(1, 1, 1, 2))
		WITH("MaxUnpool", BY_I,
		    "max_unpool_param { kernel: 2 kernel: 2 stride: 2 stride: "
		    "2 size: 1 size: 1 size: 2 size: 5 }"),
	    10, { 0, 0, 1, 0, 0, 0, 0, 0, 0, 0 } },
	{ IN(D4(1, 1, 2, 2)) TWO("j", 1, 0) SHAPED("i", "j", D4(1, 1, 1, 2))
		WITH("GridSample", BY_I,
		    "grid_sample_param { align_corners: true }"),
	    1, { 2 } },
	{ IN(D4(1, 1, 2, 2)) TWO("j", 1, 1) SHAPED("i", "j", D4(1, 1, 1, 2))
		WITH("GridSample", BY_I, ""),
	    1, { 0.75F } },
	{ IN(D4(1, 1, 2, 2)) TWO("j", 1.75, 0) SHAPED("i", "j", D4(1, 1, 1, 2))
		WITH("GridSample", BY_I,
		    "grid_sample_param { mode: BILINEAR padding: BORDER }"),
	    1, { 2 } },
	/* 1.75 is place 2.25, as far behind the edge 1.5 as place 0.75 is before */
	{ IN(D4(1, 1, 2, 2)) TWO("j", 1.75, 0) SHAPED("i", "j", D4(1, 1, 1, 2))
		WITH("GridSample", BY_I,
		    "grid_sample_param { padding: REFLECTION }"),
	    1, { 1.75F } },
	{ IN(D4(1, 1, 2, 2)) TWO("j", 0.75, -0.5)
		SHAPED("i", "j", D4(1, 1, 1, 2)) WITH(
		    "GridSample", BY_I, "grid_sample_param { mode: NEAREST }"),
	    1, { 1 } },
	/* The mean of the middle, whatever the weights that go both ways are. */
	{ IN(D4(1, 1, 4, 4)) TWO("j", 0, 0) SHAPED("i", "j", D4(1, 1, 1, 2))
		WITH("GridSample", BY_I, "grid_sample_param { mode: BICUBIC }"),
	    1, { 7.5F } },
	{ IN(D4(1, 1, 4, 4)) WINDOW WITH("ROIAlign", BY_I,
	      "roi_align_param { pooled_h: 1 pooled_w: 1 sampling_ratio: 1 "
	      "half_pixel: true }"),
	    1, { 7.5F } },
	/* A quarter of the largest of 5 6 9 10. */
	{ IN(D4(1, 1, 4, 4)) WINDOW WITH("ROIAlign", BY_I,
	      "roi_align_param { pooled_h: 1 pooled_w: 1 sampling_ratio: 1 "
	      "half_pixel: true mode: MAX }"),
	    1, { 2.5F } },
};

static void
test_values(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(values); i++)
		expect(values[i].text, counted, values[i].want, values[i].n);
}

#define RESIZE(more) ON("Resize", "resize_op_param { " more " }")
#define BY(h, w)     "scale: 1 scale: 1 scale: " #h " scale: " #w " "
#define TO(h, w)     "size: 0 size: 0 size: " #h " size: " #w " "

/* Examples of ONNX's Resize; x = 1 2 3 ... */
static const struct {
	const char *text;
	size_t n;
	float want[64];
} resized[] = {
	{ IN(D4(1, 1, 2, 2)) RESIZE(BY(2, 2) "mode: LINEAR"), 16,
	    { 1, 1.25F, 1.75F, 2, 1.5F, 1.75F, 2.25F, 2.5F, 2.5F, 2.75F, 3.25F,
		3.5F, 3, 3.25F, 3.75F, 4 } },
	{ IN(D4(1, 1, 2, 2))
		RESIZE(BY(2, 2) "mode: LINEAR coordinate: ALIGN_CORNERS"),
	    16,
	    { 1, 4 / 3.F, 5 / 3.F, 2, 5 / 3.F, 2, 7 / 3.F, 8 / 3.F, 7 / 3.F,
		8 / 3.F, 3, 10 / 3.F, 3, 10 / 3.F, 11 / 3.F, 4 } },
	{ IN(D4(1, 1, 2, 4))
		RESIZE(BY(0.6, 0.6) "mode: LINEAR coordinate: ALIGN_CORNERS"),
	    2, { 1, 3.142857F } },
	{ IN(D4(1, 1, 2, 4)) RESIZE(BY(0.6, 0.6) "mode: LINEAR"), 2,
	    { 2.6666665F, 4.3333331F } },
	{ IN(D4(1, 1, 2, 4)) RESIZE(BY(0.6, 0.6) "mode: NEAREST"), 2,
	    { 1, 3 } },
	{ IN(D4(1, 1, 4, 4)) RESIZE(BY(0.8, 0.8) "mode: CUBIC"), 9,
	    { 1.47119141F, 2.78125F, 4.08251953F, 6.71142578F, 8.02148438F,
		9.32275391F, 11.91650391F, 13.2265625F, 14.52783203F } },
	{ IN(D4(1, 1, 4, 4)) RESIZE(BY(2, 2) "mode: CUBIC cubic_a: -0.5 "
					     "exclude_outside: true"),
	    64,
	    { 0.5588235F, 0.8149421F, 1.3569825F, 1.8970588F, 2.3970587F,
		2.9371352F, 3.4791756F, 3.735294F, 1.5832976F, 1.839416F,
		2.3814566F, 2.9215329F, 3.4215329F, 3.9616091F, 4.5036497F,
		4.759768F, 3.7514594F, 4.007578F, 4.5496182F, 5.0896945F,
		5.5896945F, 6.1297708F, 6.6718116F, 6.92793F, 5.9117646F,
		6.1678834F, 6.7099237F, 7.25F, 7.75F, 8.290076F, 8.832117F,
		9.088235F, 7.9117646F, 8.167883F, 8.709924F, 9.25F, 9.75F,
		10.290076F, 10.832117F, 11.088235F, 10.07207F, 10.328189F,
		10.870229F, 11.410305F, 11.910305F, 12.450381F, 12.992422F,
		13.248541F, 12.2402315F, 12.49635F, 13.038391F, 13.578467F,
		14.078467F, 14.618544F, 15.1605835F, 15.416702F, 13.264706F,
		13.520824F, 14.062865F, 14.6029415F, 15.1029415F, 15.643018F,
		16.185059F, 16.441177F } },
	{ IN(D4(1, 1, 4, 4))
		RESIZE(TO(3, 3) "mode: LINEAR coordinate: TF_CROP_AND_RESIZE "
				"extrapolation: 10 roi: 0 roi: 0 roi: 0.4 roi: "
				"0.6 roi: 1 roi: 1 roi: 1.2 roi: 1.7"),
	    9, { 7.6F, 10, 10, 12.4F, 10, 10, 10, 10, 10 } },
	/* a part that is no number lies outside */
	{ IN(D4(1, 1, 4, 4))
		RESIZE(TO(1, 2) "coordinate: TF_CROP_AND_RESIZE "
				"extrapolation: 10 roi: 0 roi: 0 roi: 0 roi: "
				"nan roi: 1 roi: 1 roi: 1 roi: nan"),
	    2, { 10, 10 } },
	{ IN(D4(1, 1, 4, 4))
		RESIZE(TO(3, 2) "coordinate: TF_HALF_PIXEL_FOR_NN"),
	    6, { 6, 8, 10, 12, 14, 16 } },
	{ IN(D4(1, 1, 4, 4))
		RESIZE(TO(3, 1) "mode: LINEAR coordinate: PYTORCH_HALF_PIXEL"),
	    3, { 1.6666666F, 7, 12.333333F } },
	/* The weights of the nearest four on either side; what hangs over counts as
	 * the outermost, or not at all. */
	{ IN(D4(1, 1, 1, 8)) RESIZE(TO(1, 2) "mode: LINEAR antialias: true"), 2,
	    { 2.65625F, 6.34375F } },
	{ IN(D4(1, 1, 1, 8)) RESIZE(TO(1, 2) "mode: CUBIC antialias: true "
					     "exclude_outside: true"),
	    2, { 2.642379F, 6.357621F } },
};

static void
test_resize(void **state)
{
	float x[64];

	(void)state;
	for (int i = 0; i < 64; i++)
		x[i] = counted[i] + 1;
	for (size_t i = 0; i < LENGTH(resized); i++)
		expect(resized[i].text, x, resized[i].want, resized[i].n);
}

#define SCATTER(type, more)                                                    \
	M INPUT("u", D2(1, 2)) TWO("i", 2, 0)                                  \
	    WITH(type, BY_I " bottom: 'u'", more)
#define SAMPLE(more)                                                           \
	IN(D4(2, 2, 4, 6))                                                     \
	INPUT("i", D4(2, 2, 3, 2))                                             \
	WITH("GridSample", BY_I, "grid_sample_param { " more " }")
#define CUT "strided_slice_param { axis: 1 axis: 3 start: 3 start: 0 end: -10 "
static const struct {
	const char *what, *text;
} grads[] = {
	{ "StridedSlice",
	    X ON("StridedSlice", CUT "end: 6 step: -2 step: 3 }") },
	{ "Pad",
	    X ON("Pad",
		"pad_param { pad: 0 pad: 1 pad: -1 pad: 2 pad: 0 pad: 0 "
		"pad: 4 pad: 1 value: 3 }") },
	{ "Pad REFLECT",
	    M ON("Pad",
		"pad_param { pad: 1 pad: 2 pad: 5 pad: 0 mode: "
		"REFLECT }") },
	{ "Expand",
	    IN(D3(2, 1, 3)) ON("Expand",
		"expand_param { shape { dim: 2 dim: 2 dim: 4 "
		"dim: 1 } }") },
	{ "Where",
	    M INPUT("z", D1(4)) "layer { name: 'c' type: 'Threshold' bottom: "
				"'x' top: 'c' } layer { name: 'a' type: "
				"'Where' bottom: 'c' bottom: 'x' bottom: 'z' "
				"top: 'y' }" },
	{ "Gather",
	    X ON("Gather",
		"gather_param { axis: 2 index: 4 index: 0 index: -1 "
		"index: 1 }") },
	{ "Gather by a bottom",
	    M NUMBER("i", 3, -2) "layer { name: 'a' type: 'Gather' bottom: 'x' "
				 "bottom: 'i' top: 'y' gather_param { axis: 1 "
				 "} }" },
	{ "Tile repeats",
	    M ON("Tile", "tile_param { repeats: 2 repeats: 3 }") },
	{ "DepthToSpace",
	    X ON("DepthToSpace", "block_param { block_size: 2 mode: CRD }") },
	{ "SpaceToDepth",
	    IN(D4(2, 3, 4, 6))
		ON("SpaceToDepth", "block_param { block_size: 2 }") },
	{ "TopK", IN(D3(2, 2, 3)) ON("TopK", "topk_param { k: 2 axis: 1 }") },
	{ "GatherElements", M TWO("i", 2, 2) WITH("GatherElements", BY_I, "") },
	{ "GatherND",
	    IN(D3(2, 3, 2)) TWO("j", 2, 1) SHAPED("i", "j", D2(2, 1))
		WITH("GatherND", BY_I, "gather_param { batch_dims: 1 }") },
	{ "ScatterElements", SCATTER("ScatterElements", "") },
	{ "ScatterElements ADD",
	    SCATTER("ScatterElements", "scatter_param { reduction: ADD }") },
	{ "ScatterElements MUL",
	    SCATTER("ScatterElements", "scatter_param { reduction: MUL }") },
	{ "ScatterElements MAX",
	    SCATTER("ScatterElements", "scatter_param { reduction: MAX }") },
	{ "ScatterElements MIN",
	    SCATTER("ScatterElements", "scatter_param { reduction: MIN }") },
	{ "ScatterND",
	    M INPUT("u", D2(1, 4)) NUMBER("i", 1, 2) WITH("ScatterND",
		BY_I " bottom: 'u'", "scatter_param { reduction: MUL }") },
	{ "CumSum",
	    X ON("CumSum", "cumsum_param { axis: 2 exclusive: true }") },
	{ "CumSum reverse",
	    X ON("CumSum", "cumsum_param { axis: 1 reverse: true }") },
	{ "Trilu", X ON("Trilu", "trilu_param { k: -1 }") },
	{ "ReverseSequence",
	    X NUMBER("i", 4, 3) WITH("ReverseSequence", BY_I,
		"reverse_sequence_param { batch_axis: 1 time_axis: 3 }") },
	{ "MaxUnpool",
	    IN(D4(1, 1, 1, 2)) TWO("j", 5, 2) SHAPED("i", "j", D4(1, 1, 1, 2))
		WITH("MaxUnpool", BY_I,
		    "max_unpool_param { kernel: 2 kernel: 2 stride: 2 stride: "
		    "2 }") },
	{ "GridSample", SAMPLE("") },
	{ "GridSample BORDER", SAMPLE("padding: BORDER") },
	{ "GridSample REFLECTION", SAMPLE("padding: REFLECTION") },
	{ "GridSample BICUBIC", SAMPLE("mode: BICUBIC") },
	{ "GridSample BICUBIC REFLECTION",
	    SAMPLE("mode: BICUBIC padding: REFLECTION") },
	{ "GridSample of three axes",
	    "input: 'x' input_shape { dim: 1 dim: 2 dim: 2 dim: 4 dim: 6 } "
	    "input: 'i' input_shape { dim: 1 dim: 1 dim: 2 dim: 2 dim: 3 } " WITH(
		"GridSample", BY_I, "") },
	{ "ROIAlign MAX",
	    IN(D4(1, 1, 4, 4)) WINDOW WITH("ROIAlign", BY_I,
		"roi_align_param { pooled_h: 2 pooled_w: 1 half_pixel: true "
		"mode: MAX }") },
	{ "Resize", X RESIZE(BY(2, 0.5) "mode: CUBIC antialias: true") },
};

static void
test_gradients(void **state)
{
	(void)state;
	for (size_t i = 0; i < LENGTH(grads); i++)
		check_gradient(grads[i].what, grads[i].text);
}

static void
test_refused(void **state)
{
	static const struct {
		const char *text, *says;
	} bad[] = {
		{ M ON("StridedSlice",
		      "strided_slice_param { start: 0 end: 1 step: 0 }"),
		    "a step of axis 0 is 0" },
		{ M ON("StridedSlice",
		      "strided_slice_param { axis: 0 axis: -2 start: 0 start: "
		      "0 end: 1 end: 1 }"),
		    "axis 0 is given twice" },
		{ M ON("Pad", "pad_param { pad: 1 }"), "pad is given 1 times" },
		{ M ON("Pad", "pad_param { pad: -2 pad: 0 pad: -2 pad: 0 }"),
		    "cannot be cut by 2 and 2" },
		{ M ON("Expand", "expand_param { shape { dim: 3 dim: 5 } }"),
		    "3x4 and 3x5 do not stretch to one shape" },
		{ M ON("Gather", "gather_param { index: 3 }"),
		    "index 3 is outside of axis 0" },
		{ M ON("Gather", ""), "not neither" },
		{ M ON("Tile", "tile_param { repeats: 3 }"),
		    "repeats is given 1 times for 2 axes" },
		{ X ON("DepthToSpace", "block_param { block_size: 3 }"),
		    "4 channels cannot become blocks of 3x3" },
		{ X ON("Resize", "resize_op_param { scale: 2 }"),
		    "1 scales and 0 sizes for 4 axes" },
		{ M ON("TopK", "topk_param { k: 5 }"),
		    "the best 5 of 4 places" },
		{ M TWO("i", 0, 0) WITH(
		      "GatherElements", BY_I, "gather_param { axis: 2 }"),
		    "axis 2" },
		{ M TWO("j", 0, 0) SHAPED("i", "j", D1(2))
			WITH("GatherElements", BY_I, ""),
		    "indices of 2 do not fit into 3x4 along axis 0" },
		{ M NUMBER("i", 3, 0) WITH("GatherND", BY_I, ""),
		    "rows of indices of 1x3 name no places of 3x4" },
		{ M TWO("i", 0, 0) NUMBER("u", 1, 0)
			WITH("ScatterElements", BY_I " bottom: 'u'", ""),
		    "its third bottom is 1x1, not 1x2" },
		{ M ON("OneHot", ""), "depth is 0 of 2 axes" },
		{ IN(D1(3)) ON("Trilu", ""), "a triangle takes two" },
		{ M TWO("i", 0, 0) WITH("ReverseSequence", BY_I, ""),
		    "one length for each of 4 items" },
		{ X TWO("i", 0, 0) WITH("MaxUnpool", BY_I, ""),
		    "have two shapes" },
		{ X TWO("i", 0, 0) WITH("GridSample", BY_I, ""),
		    "not 2x4x5x6 and 1x2" },
		{ X RESIZE(BY(0.1, 1)), "5 places of axis 2 become 0" },
		{ X RESIZE(BY(2, 2) "coordinate: TF_CROP_AND_RESIZE"),
		    "roi is given 0 times" },
		{ X RESIZE(BY(1e30, 1)), "the scale of axis 2 is 1e+30" },
	};
	const struct net_opts o = { .phase = CAFFE__PHASE__TEST };

	(void)state;
	for (size_t i = 0; i < LENGTH(bad); i++) {
		Caffe__NetParameter *np;
		struct net *net = NULL;

		must(caffe_net_parse(
		    &np, bad[i].text, strlen(bad[i].text), "net"));
		if (net_new(&net, np, &o) >= 0)
			fail_msg("%s is taken", bad[i].text);
		if (strstr(err_text(), bad[i].says) == NULL)
			fail_msg("\"%s\" does not say \"%s\"", err_text(),
			    bad[i].says);
		caffe_msg_free(np);
		net_free(net);
	}
}

/* Indices that only a run knows. */
static void
test_outside(void **state)
{
	static const struct {
		const char *text, *says;
	} bad[] = {
		{ M TWO("i", 0, 4)
			WITH("Gather", BY_I, "gather_param { axis: 1 }"),
		    "index 4 is outside -4 to 3" },
		{ M TWO("i", 0, -4) WITH("GatherElements", BY_I, ""),
		    "index -4 is outside of 3 places" },
		{ M NUMBER("i", 1, 3) WITH("GatherND", BY_I, ""),
		    "index 3 is outside of 3 places" },
		{ M NUMBER("i", 4, 9) WITH("ReverseSequence", BY_I, ""),
		    "a sequence of 9 steps; there are 3" },
		{ IN(D4(1, 1, 1, 2)) TWO("j", 8, 2)
			SHAPED("i", "j", D4(1, 1, 1, 2)) WITH("MaxUnpool", BY_I,
			    "max_unpool_param { kernel: 2 kernel: 2 stride: 2 "
			    "stride: 2 }"),
		    "the indices name place 8 of 8" },
	};
	const struct plan_run r = { 0 };

	(void)state;
	for (size_t i = 0; i < LENGTH(bad); i++) {
		struct bench b = { 0 };

		build(&b, bad[i].text, false);
		plan(&b);
		must(plan_write(
		    b.plan, net_blob_find(b.net, "x")->tensor, counted));
		if (plan_run(b.plan, &r) >= 0)
			fail_msg("%s runs", bad[i].text);
		if (strstr(err_text(), bad[i].says) == NULL)
			fail_msg("\"%s\" does not say \"%s\"", err_text(),
			    bad[i].says);
		close_bench(&b);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_resize),
		cmocka_unit_test(test_gradients),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_outside),
	};

	begin();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
