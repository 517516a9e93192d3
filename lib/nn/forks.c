/* Types of layers that public nets name and Caffe itself never had: see forks.h. */
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/text.h"
#include "nn/forks.h"
#include "nn/layer.h"

#define OPENPOSE  "OpenPose's Caffe"
#define FLOWNET   "FlowNet's Caffe"
#define YOLO      "MobileNet-YOLO's Caffe"
#define DEEPLAB   "DeepLab's Caffe"
#define RFCN      "R-FCN's Caffe"
#define HAPPYNEAR "happynear's Caffe for Windows"

static const struct {
	const char *type, *project;
} forks[] = {
	{ "BoxAnnotatorOHEM", RFCN },
	{ "SmoothL1LossOHEM", RFCN },
	{ "SoftmaxWithLossOHEM", RFCN },
	{ "DeformableConvolution", "Deformable ConvNets' Caffe" },
	{ "DeformablePSROIPooling", "Deformable ConvNets' Caffe" },
	{ "BoxGroupOutput", "MS-CNN's Caffe" },
	{ "DetectionGroundTruth", "MS-CNN's Caffe" },
	{ "ROIWarping", "MNC's Caffe" },
	{ "RegionLoss", YOLO },
	{ "Yolov3", YOLO },
	{ "YoloSegDetectionOutput", YOLO },
	{ "CPMData", OPENPOSE },
	{ "CPMBottomUp", OPENPOSE },
	{ "ImResize", OPENPOSE },
	{ "Nms", OPENPOSE },
	{ "OPData", OPENPOSE },
	{ "ChannelNorm", FLOWNET },
	{ "Correlation", FLOWNET },
	{ "Correlation1D", FLOWNET },
	{ "CustomData", FLOWNET },
	{ "DataAugmentation", FLOWNET },
	{ "Downsample", FLOWNET },
	{ "FloReader", FLOWNET },
	{ "FloWriter", FLOWNET },
	{ "FlowWarp", FLOWNET },
	{ "GenerateAugmentationParameters", FLOWNET },
	{ "L1LossResample", FLOWNET },
	{ "LpqLoss", FLOWNET },
	{ "Mean", FLOWNET },
	{ "Resample", FLOWNET },
	{ "DenseCRF", DEEPLAB },
	{ "MatRead", DEEPLAB },
	{ "MatWrite", DEEPLAB },
	{ "Padding", DEEPLAB },
	{ "UniqueLabel", DEEPLAB },
	{ "MultiStageMeanfield", "CRF-RNN's Caffe" },
	{ "Unpooling", "DeconvNet's Caffe" },
	{ "UNPOOLING", "DeconvNet's Caffe" },
	{ "CONVOLUTION3D", "C3D's Caffe" },
	{ "POOLING3D", "C3D's Caffe" },
	{ "VIDEO_DATA", "C3D's Caffe" },
	{ "Convolution3D", "C3D's Caffe" },
	{ "NdConvolution", "video-caffe" },
	{ "NdPooling", "video-caffe" },
	{ "SpatialTransformer", "the spatial transformer ports of Caffe" },
	{ "CompactBilinear", "compact bilinear pooling's Caffe" },
	{ "SignedSqrt", "compact bilinear pooling's Caffe" },
	{ "L2Normalization", "compact bilinear pooling's Caffe" },
	{ "CenterLoss", "caffe-face" },
	{ "MarginInnerProduct", "SphereFace's Caffe" },
	{ "LargeMarginInnerProduct", "large-margin softmax's Caffe" },
	{ "TripletLoss", "the triplet-loss forks of Caffe" },
	{ "LabelSpecificAdd", HAPPYNEAR },
	{ "LabelSpecificAffine", HAPPYNEAR },
	{ "LabelSpecificHardMargin", HAPPYNEAR },
	{ "LabelSpecificRescale", HAPPYNEAR },
	{ "SoftmaxWithFocalLoss", "the focal-loss forks of Caffe" },
	{ "CTCLoss", "the CTC forks of Caffe" },
	{ "CtcLoss", "the CTC forks of Caffe" },
	{ "WarpCTCLoss", "the CTC forks of Caffe" },
	{ "CTCDecoder", "the CTC forks of Caffe" },
	{ "CTCGreedyDecoder", "the CTC forks of Caffe" },
	{ "Lstm", "junhyukoh's Caffe with LSTM" },
	{ "Reverse", "the CTC forks of Caffe" },
	{ "TransposeLayer", "the CTC forks of Caffe" },
	{ "Maxout", "the maxout forks of Caffe" },
};

const char *
layer_project(const char *type)
{
	for (size_t i = 0; i < LENGTH(forks); i++)
		if (strcmp(forks[i].type, type) == 0)
			return forks[i].project;
	return NULL;
}

static const char *
type_name(const void *ctx, size_t i)
{
	return ((const struct layer_type *const *)ctx)[i]->name;
}

int
layer_type_missing(const char *type)
{
	const char *near, *project = layer_project(type);
	size_t n = 0;

	if (!type[0])
		return err_set(ERR_FORMAT, "it has no type");
	if (project != NULL)
		return err_set(ERR_UNSUPPORTED,
		    "there is no layer type \"%s\" here, only in %s; --layers FILE.so can bring one",
		    type, project);
	while (layer_types[n] != NULL)
		n++;
	near = text_near(type, n, type_name, layer_types);
	if (near != NULL)
		return err_set(ERR_UNSUPPORTED,
		    "there is no layer type \"%s\" (did you mean \"%s\"?)",
		    type, near);
	return err_set(ERR_UNSUPPORTED,
	    "there is no layer type \"%s\"; --layers FILE.so can bring one",
	    type);
}
