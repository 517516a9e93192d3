/*
 * The table of standard nets.  Their texts are files of nets/, taken into the
 * object by the assembler: no generated C, no files to find at run time.
 */
#include "nn/nets.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/text.h"
#include "caffe/upgrade.h"

/* symbol: the text of nets/FILE.prototxt, ended by a 0 byte.  The path is seen
 * from the root of the project, where make runs the compiler. */
#define NET(symbol, file)                                                      \
	__asm__(".pushsection .rodata\n" #symbol ":\n"                         \
		".incbin \"lib/nn/nets/" file ".prototxt\"\n"                  \
		".byte 0\n.popsection\n");                                     \
	extern const char symbol[]

NET(net_lenet, "lenet");
NET(net_cifar10_quick, "cifar10-quick");
NET(net_cifar10_full, "cifar10-full");
NET(net_alexnet, "alexnet");
NET(net_caffenet, "caffenet");
NET(net_nin, "nin");
NET(net_googlenet, "googlenet");
NET(net_vgg11, "vgg11");
NET(net_vgg16, "vgg16");
NET(net_vgg19, "vgg19");
NET(net_resnet18, "resnet18");
NET(net_resnet34, "resnet34");
NET(net_resnet50, "resnet50");
NET(net_resnet101, "resnet101");
NET(net_squeezenet10, "squeezenet1.0");
NET(net_squeezenet, "squeezenet");
NET(net_mobilenet, "mobilenet");
NET(net_mobilenet2, "mobilenet-v2");
NET(net_densenet121, "densenet121");
NET(net_inception3, "inception-v3");
NET(net_tv_resnet18, "torchvision/resnet18");
NET(net_tv_resnet34, "torchvision/resnet34");
NET(net_tv_resnet50, "torchvision/resnet50");
NET(net_tv_resnet101, "torchvision/resnet101");
NET(net_tv_densenet121, "torchvision/densenet121");
NET(net_tv_alexnet, "torchvision/alexnet");
NET(net_mobilenet3_small, "torchvision/mobilenet-v3-small");
NET(net_mobilenet3_large, "torchvision/mobilenet-v3-large");
NET(net_efficientnet_b0, "torchvision/efficientnet-b0");
NET(net_efficientnet_lite0, "torchvision/efficientnet-lite0");
NET(net_convnext_tiny, "torchvision/convnext-tiny");
NET(net_rcnn, "rcnn-ilsvrc13");
NET(net_siamese, "siamese");
NET(net_autoencoder, "autoencoder");
NET(net_regression, "regression");
NET(net_torch7, "torch7-mnist");
NET(net_fcn, "fcn-alexnet");
NET(net_unet, "unet");
NET(net_unet_small, "masks/unet-small");
NET(net_fcn8s, "masks/fcn8s");
NET(net_segnet_basic, "masks/segnet-basic");
NET(net_lr_aspp, "masks/lr-aspp");
NET(net_binary, "masks/binary-segmentation");
NET(net_detectnet, "detectnet");
NET(net_detectnet_small, "detectnet-small");
NET(net_yolox_nano, "yolox-nano");
NET(net_yolox_tiny, "yolox-tiny");
NET(net_yolox_s, "yolox-s");

const struct net_standard net_standards[] = {
	{ "lenet", "digits, as DIGITS has it", "1x28x28", 10, net_lenet },
	{ "cifar10-quick", "small pictures, Caffe's quick example", "3x32x32",
	    10, net_cifar10_quick },
	{ "cifar10-full", "small pictures, Caffe's full example", "3x32x32", 10,
	    net_cifar10_full },
	{ "alexnet", "Krizhevsky 2012, in two groups", "3x227x227", 1000,
	    net_alexnet },
	{ "caffenet", "AlexNet with pooling before normalisation", "3x227x227",
	    1000, net_caffenet },
	{ "nin", "network in network", "3x224x224", 1000, net_nin },
	{ "googlenet", "Inception v1 with two auxiliary heads", "3x224x224",
	    1000, net_googlenet },
	{ "vgg11", "VGG, 11 layers", "3x224x224", 1000, net_vgg11 },
	{ "vgg16", "VGG, 16 layers", "3x224x224", 1000, net_vgg16 },
	{ "vgg19", "VGG, 19 layers", "3x224x224", 1000, net_vgg19 },
	{ "resnet18", "residual, 18 layers", "3x224x224", 1000, net_resnet18 },
	{ "resnet34", "residual, 34 layers", "3x224x224", 1000, net_resnet34 },
	{ "resnet50", "residual, 50 layers", "3x224x224", 1000, net_resnet50 },
	{ "resnet101", "residual, 101 layers", "3x224x224", 1000,
	    net_resnet101 },
	{ "squeezenet1.0", "SqueezeNet 1.0", "3x227x227", 1000,
	    net_squeezenet10 },
	{ "squeezenet", "SqueezeNet 1.1", "3x227x227", 1000, net_squeezenet },
	{ "mobilenet", "MobileNet v1", "3x224x224", 1000, net_mobilenet },
	{ "mobilenet-v2", "MobileNet v2", "3x224x224", 1000, net_mobilenet2 },
	{ "densenet121", "DenseNet, 121 layers", "3x224x224", 1000,
	    net_densenet121 },
	{ "inception-v3", "Inception v3 without auxiliary head", "3x299x299",
	    1000, net_inception3 },
	{ "resnet18-torchvision", "residual, 18 layers, as torchvision has it",
	    "3x224x224", 1000, net_tv_resnet18, .torch = true },
	{ "resnet34-torchvision", "residual, 34 layers, as torchvision has it",
	    "3x224x224", 1000, net_tv_resnet34, .torch = true },
	{ "resnet50-torchvision", "residual, 50 layers, as torchvision has it",
	    "3x224x224", 1000, net_tv_resnet50, .torch = true },
	{ "resnet101-torchvision",
	    "residual, 101 layers, as torchvision has it", "3x224x224", 1000,
	    net_tv_resnet101, .torch = true },
	{ "densenet121-torchvision",
	    "DenseNet, 121 layers, as torchvision has it", "3x224x224", 1000,
	    net_tv_densenet121, .torch = true },
	{ "alexnet-torchvision", "Krizhevsky 2014, as torchvision has it",
	    "3x224x224", 1000, net_tv_alexnet, .torch = true },
	{ "mobilenet-v3-small", "MobileNet v3, small", "3x224x224", 1000,
	    net_mobilenet3_small, .torch = true },
	{ "mobilenet-v3-large", "MobileNet v3, large", "3x224x224", 1000,
	    net_mobilenet3_large, .torch = true },
	{ "efficientnet-b0", "EfficientNet B0", "3x224x224", 1000,
	    net_efficientnet_b0, .torch = true },
	{ "efficientnet-lite0", "EfficientNet Lite0", "3x224x224", 1000,
	    net_efficientnet_lite0, .torch = true },
	{ "convnext-tiny", "ConvNeXt, tiny", "3x224x224", 1000,
	    net_convnext_tiny, .torch = true },
	{ "rcnn-ilsvrc13", "R-CNN: CaffeNet on windows", "3x227x227", 200,
	    net_rcnn },
	{ "siamese", "two LeNets that share weights", "3x28x28", 0,
	    net_siamese },
	{ "autoencoder", "digits through 50 numbers", "1x28x28", 0,
	    net_autoencoder },
	{ "regression", "two numbers by one matrix", "1x50x50", 0,
	    net_regression },
	{ "torch7-mnist", "Torch7's digits net: L2 pooling, tanh", "1x32x32",
	    10, net_torch7 },
	{ "fcn-alexnet", "masks from AlexNet's features", "3x256x256", 21,
	    net_fcn },
	{ "unet", "masks by way of a U", "3x256x256", 21, net_unet },
	{ "unet-small", "a U that two cores train in minutes", "3x256x256", 21,
	    net_unet_small },
	{ "fcn8s", "masks from VGG-16's features, in three steps", "3x256x256",
	    21, net_fcn8s },
	{ "segnet-basic", "masks, maxima put back where they were", "3x256x256",
	    12, net_segnet_basic },
	{ "lr-aspp", "masks from MobileNetV3-Small", "3x256x256", 21,
	    net_lr_aspp },
	{ "binary-segmentation", "two classes of pixels, DIGITS's triangles",
	    "1x32x32", 0, net_binary },
	{ "detectnet", "boxes of cars, on a grid", "3x384x1248", 0,
	    net_detectnet },
	{ "detectnet-small",
	    "boxes, on a grid, that two cores train in minutes", "3x240x320", 0,
	    net_detectnet_small },
	{ "yolox-nano", "boxes, without anchors, depthwise", "3x416x416", 80,
	    net_yolox_nano },
	{ "yolox-tiny", "boxes, without anchors", "3x416x416", 80,
	    net_yolox_tiny },
	{ "yolox-s", "boxes, without anchors", "3x640x640", 80, net_yolox_s },
	{ NULL, NULL, NULL, 0, NULL },
};

static const struct {
	const char *alias, *name;
} aliases[] = {
	{ "squeezenet1.1", "squeezenet" },
	{ "resnet50-v1.5", "resnet50-torchvision" },
	{ "resnet101-v1.5", "resnet101-torchvision" },
	{ "mobilenet-v1", "mobilenet" },
	{ "inception-v1", "googlenet" },
	{ "bvlc-googlenet", "googlenet" },
	{ "bvlc-alexnet", "alexnet" },
	{ "bvlc-reference-caffenet", "caffenet" },
};

/* Equal in letters and digits? */
static bool
same_name(const char *a, const char *b)
{
	for (;; a++, b++) {
		while (*a && !isalnum((unsigned char)*a))
			a++;
		while (*b && !isalnum((unsigned char)*b))
			b++;
		if (tolower((unsigned char)*a) != tolower((unsigned char)*b))
			return false;
		if (!*a)
			return true;
	}
}

const struct net_standard *
net_standard_find(const char *name)
{
	const struct net_standard *s;
	size_t i;

	for (i = 0; i < LENGTH(aliases); i++)
		if (same_name(aliases[i].alias, name))
			name = aliases[i].name;
	for (s = net_standards; s->name != NULL; s++)
		if (same_name(s->name, name))
			return s;
	return NULL;
}

static const char *
name_at(const void *ctx, size_t i)
{
	(void)ctx;
	return net_standards[i].name;
}

int
net_standard_read(Caffe__NetParameter **out, const char *name)
{
	const struct net_standard *s = net_standard_find(name);
	const char *near;

	*out = NULL;
	if (s != NULL)
		return caffe_net_parse(out, s->text, strlen(s->text), s->name);
	near = text_near(name, LENGTH(net_standards) - 1, name_at, NULL);
	return err_set(ERR_MISSING, "no standard net \"%s\"%s%s%s", name,
	    near != NULL ? " (did you mean " : "", near != NULL ? near : "",
	    near != NULL ? "?)" : "");
}
