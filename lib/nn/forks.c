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
#define MSCNN     "MS-CNN's Caffe"
#define GREENTEA  "PyGreentea's Caffe"
#define DARKNET   "the ports of YOLO to Caffe"
#define SYNOPSYS  "Synopsys's Caffe"
#define CTC       "the CTC forks of Caffe"
#define FOCAL     "the focal-loss forks of Caffe"
#define BILINEAR  "compact bilinear pooling's Caffe"

static const struct {
	const char *type, *project;
} forks[] = {
	{ "BoxAnnotatorOHEM", RFCN },
	{ "SmoothL1LossOHEM", RFCN },
	{ "SoftmaxWithLossOHEM", RFCN },
	{ "DeformableConvolution", "Deformable ConvNets' Caffe" },
	{ "DeformablePSROIPooling", "Deformable ConvNets' Caffe" },
	{ "BoxGroupOutput", MSCNN },
	{ "DetectionGroundTruth", MSCNN },
	{ "ROIWarping", "MNC's Caffe" },
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
	{ "CompactBilinear", BILINEAR },
	{ "MarginInnerProduct", "SphereFace's Caffe" },
	{ "LargeMarginInnerProduct", "large-margin softmax's Caffe" },
	{ "TripletLoss", "the triplet-loss forks of Caffe" },
	{ "LabelSpecificAdd", HAPPYNEAR },
	{ "LabelSpecificAffine", HAPPYNEAR },
	{ "LabelSpecificHardMargin", HAPPYNEAR },
	{ "LabelSpecificRescale", HAPPYNEAR },
	{ "SoftmaxWithFocalLoss", FOCAL },
	{ "CTCLoss", CTC },
	{ "CtcLoss", CTC },
	{ "WarpCTCLoss", CTC },
	{ "CTCDecoder", CTC },
	{ "CTCGreedyDecoder", CTC },
	{ "Lstm", "junhyukoh's Caffe with LSTM" },
	{ "TransposeLayer", CTC },
	{ "Maxout", "the maxout forks of Caffe" },
	{ "BoxOutput", MSCNN },
	{ "DecodeBBox", MSCNN },
	{ "BBoxAccuracy", MSCNN },
	{ "DetectionLoss", MSCNN },
	{ "DetectionAccuracy", MSCNN },
	{ "ImageGtData", MSCNN },
	{ "SmoothL1LossWeighted", MSCNN },
	{ "BoxData", DARKNET },
	{ "EvalDetection", DARKNET },
	{ "YoloLoss", DARKNET },
	{ "YoloV2Loss", SYNOPSYS },
	{ "YoloV3Loss", SYNOPSYS },
	{ "ResizeBilinear", SYNOPSYS },
	{ "ConvolutionSK", GREENTEA },
	{ "PoolingSK", GREENTEA },
	{ "MergeCrop", GREENTEA },
	{ "Malis", GREENTEA },
	{ "Affinity", GREENTEA },
	{ "Insanity", HAPPYNEAR },
	{ "InnerDistance", HAPPYNEAR },
	{ "GeneralTriplet", HAPPYNEAR },
	{ "LabelSpecificStatistics", HAPPYNEAR },
	{ "LabelSpecificMarginPro", HAPPYNEAR },
	{ "BinaryConvolution", "XNOR-Net's ports to Caffe" },
	{ "BinaryInnerProduct", "XNOR-Net's ports to Caffe" },
	{ "BinActiv", "XNOR-Net's ports to Caffe" },
	{ "Binarization", "XNOR-Net's ports to Caffe" },
	{ "ConvolutionRistretto", "Ristretto" },
	{ "DeconvolutionRistretto", "Ristretto" },
	{ "FcRistretto", "Ristretto" },
	{ "LRNRistretto", "Ristretto" },
	{ "CConvolution", "dynamic network surgery's Caffe" },
	{ "CInnerProduct", "dynamic network surgery's Caffe" },
	{ "SqueezeConvolution", "MulticoreWare's Caffe" },
	{ "SqueezeInnerProduct", "MulticoreWare's Caffe" },
	{ "GradientScaler", "domain adaptation's Caffe" },
	{ "GradientReversal", "domain adaptation's Caffe" },
	{ "MMDLoss", "deep adaptation networks' Caffe" },
	{ "MMD", "deep adaptation networks' Caffe" },
	{ "JMMDLoss", "deep adaptation networks' Caffe" },
	{ "MIL", "the multiple-instance forks of Caffe" },
	{ "MILLoss", "the multiple-instance forks of Caffe" },
	{ "PairwiseLoss", "deep hashing's Caffe" },
	{ "QuantizationLoss", "deep hashing's Caffe" },
	{ "HDF5DataPair", "the Siamese forks of Caffe" },
	{ "ImageLabelData", "the forks for segmentation" },
	{ "SegData", "the forks for segmentation" },
	{ "DomainTransform", DEEPLAB },
	{ "Adapt", "constrained CNN's Caffe" },
	{ "BilinearInterpolation", DEEPLAB },
	{ "MaskPooling", "MNC's Caffe" },
	{ "MaskResize", "MNC's Caffe" },
	{ "ImageDataMultilabel", "the multi-label forks of Caffe" },
	{ "MultiLabelImageData", "the multi-label forks of Caffe" },
	{ "MultiTaskData", "the multi-label forks of Caffe" },
	{ "WeightedSoftmaxWithLoss", "the weighted-loss forks of Caffe" },
	{ "SoftmaxWithWeightedLoss", "the weighted-loss forks of Caffe" },
	{ "EuclideanLossWithIgnore", "the weighted-loss forks of Caffe" },
	{ "LocalConvolution", "the local-convolution forks of Caffe" },
	{ "Local", "the local-convolution forks of Caffe" },
	{ "LOCAL", "the local-convolution forks of Caffe" },
	{ "Pooling3D", "C3D's Caffe" },
	{ "Deconvolution3D", "C3D's Caffe" },
	{ "BN3D", "C3D's Caffe" },
	{ "VolumeData", "C3D's Caffe" },
	{ "DECONVOLUTION3D", "C3D's Caffe" },
	{ "SequenceData", "action recognition's Caffe" },
	{ "SegmentConsensus", "the temporal segment networks' Caffe" },
	{ "BatchReduction", "the temporal segment networks' Caffe" },
	{ "RandomCrop", "the augmentation forks of Caffe" },
	{ "CompactData", "Microsoft's Caffe" },
	{ "BLSTM", CTC },
	{ "BlstmUnit", CTC },
	{ "WarpCTC", CTC },
	{ "WarpCtcLoss", CTC },
	{ "LabelsequenceAccuracy", CTC },
	{ "LabelSequenceAccuracy", CTC },
	{ "ReverseTime", CTC },
	{ "Transpose", CTC },
	{ "ReverseAxis", CTC },
	{ "TransposeSequence", CTC },
	{ "Correlation3D", FLOWNET },
	{ "EPE", FLOWNET },
	{ "BlackAugmentation", FLOWNET },
	{ "Accum", FLOWNET },
	{ "ImgReader", FLOWNET },
	{ "ImgWriter", FLOWNET },
	{ "FlowAugmentation", FLOWNET },
	{ "SiameseData", "the Siamese forks of Caffe" },
	{ "HeatmapData", OPENPOSE },
	{ "DataHeatmap", "heat-map regression's Caffe" },
	{ "EuclideanLossHeatmap", "heat-map regression's Caffe" },
	{ "CPMDataLayer", OPENPOSE },
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
	/* a longer word around a known one is no slip: ConvolutionX, MyPooling */
	if (near != NULL && strstr(type, near) == NULL)
		return err_set(ERR_UNSUPPORTED,
		    "there is no layer type \"%s\" (did you mean \"%s\"?)",
		    type, near);
	return err_set(ERR_UNSUPPORTED,
	    "there is no layer type \"%s\"; --layers FILE.so can bring one",
	    type);
}
