/* The types of layers in the form of 2014, by their names of today. */
#include <string.h>

#include "base/mem.h"
#include "caffe/upgrade.h"

#define V1(name) CAFFE__V1_LAYER_PARAMETER__LAYER_TYPE__##name

/* By number. */
static const char *const v1_names[] = {
	[V1(NONE)] = "",
	[V1(ABSVAL)] = "AbsVal",
	[V1(ACCURACY)] = "Accuracy",
	[V1(ARGMAX)] = "ArgMax",
	[V1(BNLL)] = "BNLL",
	[V1(CONCAT)] = "Concat",
	[V1(CONTRASTIVE_LOSS)] = "ContrastiveLoss",
	[V1(CONVOLUTION)] = "Convolution",
	[V1(DECONVOLUTION)] = "Deconvolution",
	[V1(DATA)] = "Data",
	[V1(DROPOUT)] = "Dropout",
	[V1(DUMMY_DATA)] = "DummyData",
	[V1(EUCLIDEAN_LOSS)] = "EuclideanLoss",
	[V1(ELTWISE)] = "Eltwise",
	[V1(EXP)] = "Exp",
	[V1(FLATTEN)] = "Flatten",
	[V1(HDF5_DATA)] = "HDF5Data",
	[V1(HDF5_OUTPUT)] = "HDF5Output",
	[V1(HINGE_LOSS)] = "HingeLoss",
	[V1(IM2COL)] = "Im2col",
	[V1(IMAGE_DATA)] = "ImageData",
	[V1(INFOGAIN_LOSS)] = "InfogainLoss",
	[V1(INNER_PRODUCT)] = "InnerProduct",
	[V1(LRN)] = "LRN",
	[V1(MEMORY_DATA)] = "MemoryData",
	[V1(MULTINOMIAL_LOGISTIC_LOSS)] = "MultinomialLogisticLoss",
	[V1(MVN)] = "MVN",
	[V1(POOLING)] = "Pooling",
	[V1(POWER)] = "Power",
	[V1(RELU)] = "ReLU",
	[V1(SIGMOID)] = "Sigmoid",
	[V1(SIGMOID_CROSS_ENTROPY_LOSS)] = "SigmoidCrossEntropyLoss",
	[V1(SILENCE)] = "Silence",
	[V1(SOFTMAX)] = "Softmax",
	[V1(SOFTMAX_LOSS)] = "SoftmaxWithLoss",
	[V1(SPLIT)] = "Split",
	[V1(SLICE)] = "Slice",
	[V1(TANH)] = "TanH",
	[V1(WINDOW_DATA)] = "WindowData",
	[V1(THRESHOLD)] = "Threshold",
};

const char *
caffe_v1_type_name(Caffe__V1LayerParameter__LayerType type)
{
	return (size_t)type < LENGTH(v1_names) ? v1_names[type] : NULL;
}

const char *
caffe_v1_fork_type(const char *word)
{
	static const char *const names[][2] = {
		{ "BATCH_NORM", "BatchNorm" },
		{ "BN", "BN" },
		{ "CROP", "Crop" },
		{ "DENSE_IMAGE_DATA", "DenseImageData" },
		{ "ELU", "ELU" },
		{ "IMAGE_LABEL_DATA", "ImageLabelData" },
		{ "IMAGE_SEG_DATA", "ImageSegData" },
		{ "INTERP", "Interp" },
		{ "PRELU", "PReLU" },
		{ "PYTHON", "Python" },
		{ "RESHAPE", "Reshape" },
		{ "ROI_POOLING", "ROIPooling" },
		{ "SMOOTH_L1_LOSS", "SmoothL1Loss" },
		{ "SPP", "SPP" },
		{ "UPSAMPLE", "Upsample" },
	};

	for (size_t i = 0; i < LENGTH(names); i++)
		if (strcmp(names[i][0], word) == 0)
			return names[i][1];
	return word;
}
