/*
 * How torchvision (its models/, version 0.29) and timm (1.0) call the layers of the
 * standard nets, where these are the same nets; and which are not.
 */
#include <stddef.h>

#include "nn/torch/rules.h"

/* A block of one part, itself. */
static const struct net_rule whole[] = {
	{ "", "" },
	{ NULL, NULL },
};

/* Modules count with the ReLUs and poolings between them. */
static const struct net_block vgg11[] = {
	{ "conv1_1", "features.0", whole },
	{ "conv2_1", "features.3", whole },
	{ "conv3_1", "features.6", whole },
	{ "conv3_2", "features.8", whole },
	{ "conv4_1", "features.11", whole },
	{ "conv4_2", "features.13", whole },
	{ "conv5_1", "features.16", whole },
	{ "conv5_2", "features.18", whole },
	{ NULL, NULL, NULL },
};

static const struct net_block vgg16[] = {
	{ "conv1_1", "features.0", whole },
	{ "conv1_2", "features.2", whole },
	{ "conv2_1", "features.5", whole },
	{ "conv2_2", "features.7", whole },
	{ "conv3_1", "features.10", whole },
	{ "conv3_2", "features.12", whole },
	{ "conv3_3", "features.14", whole },
	{ "conv4_1", "features.17", whole },
	{ "conv4_2", "features.19", whole },
	{ "conv4_3", "features.21", whole },
	{ "conv5_1", "features.24", whole },
	{ "conv5_2", "features.26", whole },
	{ "conv5_3", "features.28", whole },
	{ NULL, NULL, NULL },
};

static const struct net_block vgg19[] = {
	{ "conv1_1", "features.0", whole },
	{ "conv1_2", "features.2", whole },
	{ "conv2_1", "features.5", whole },
	{ "conv2_2", "features.7", whole },
	{ "conv3_1", "features.10", whole },
	{ "conv3_2", "features.12", whole },
	{ "conv3_3", "features.14", whole },
	{ "conv3_4", "features.16", whole },
	{ "conv4_1", "features.19", whole },
	{ "conv4_2", "features.21", whole },
	{ "conv4_3", "features.23", whole },
	{ "conv4_4", "features.25", whole },
	{ "conv5_1", "features.28", whole },
	{ "conv5_2", "features.30", whole },
	{ "conv5_3", "features.32", whole },
	{ "conv5_4", "features.34", whole },
	{ NULL, NULL, NULL },
};

static const struct net_rule vgg_full[] = {
	{ "fc6", "classifier.0" },
	{ "fc7", "classifier.3" },
	{ "fc8", "classifier.6" },
	{ NULL, NULL },
};

static const struct net_rule vgg_full_timm[] = {
	{ "fc6", "pre_logits.fc1" },
	{ "fc7", "pre_logits.fc2" },
	{ "fc8", "head.fc" },
	{ NULL, NULL },
};

static const struct net_rule fire[] = {
	{ "squeeze1x1", "squeeze" },
	{ "expand1x1", "expand1x1" },
	{ "expand3x3", "expand3x3" },
	{ NULL, NULL },
};

static const struct net_rule squeezenet_ends[] = {
	{ "conv1", "features.0" },
	{ "conv10", "classifier.1" },
	{ NULL, NULL },
};

static const struct net_block squeezenet10[] = {
	{ "fire2/", "features.3.", fire },
	{ "fire3/", "features.4.", fire },
	{ "fire4/", "features.5.", fire },
	{ "fire5/", "features.7.", fire },
	{ "fire6/", "features.8.", fire },
	{ "fire7/", "features.9.", fire },
	{ "fire8/", "features.10.", fire },
	{ "fire9/", "features.12.", fire },
	{ NULL, NULL, NULL },
};

static const struct net_block squeezenet11[] = {
	{ "fire2/", "features.3.", fire },
	{ "fire3/", "features.4.", fire },
	{ "fire4/", "features.6.", fire },
	{ "fire5/", "features.7.", fire },
	{ "fire6/", "features.9.", fire },
	{ "fire7/", "features.10.", fire },
	{ "fire8/", "features.11.", fire },
	{ "fire9/", "features.12.", fire },
	{ NULL, NULL, NULL },
};

static const struct net_rule mobilenet2[] = {
	{ "conv1", "features.0.0" },
	{ "conv1/bn", "features.0.1" },
	/* the first block does not expand */
	{ "block1/dwise", "features.1.conv.0.0" },
	{ "block1/dwise/bn", "features.1.conv.0.1" },
	{ "block1/linear", "features.1.conv.1" },
	{ "block1/linear/bn", "features.1.conv.2" },
	{ "block#/expand", "features.$.conv.0.0" },
	{ "block#/expand/bn", "features.$.conv.0.1" },
	{ "block#/dwise", "features.$.conv.1.0" },
	{ "block#/dwise/bn", "features.$.conv.1.1" },
	{ "block#/linear", "features.$.conv.2" },
	{ "block#/linear/bn", "features.$.conv.3" },
	{ "conv9", "features.18.0" },
	{ "conv9/bn", "features.18.1" },
	{ "fc10", "classifier.1" },
	{ NULL, NULL },
};

static const struct net_rule mobilenet2_timm[] = {
	{ "conv1", "conv_stem" },
	{ "conv1/bn", "bn1" },
	{ "block1/dwise", "blocks.0.0.conv_dw" },
	{ "block1/dwise/bn", "blocks.0.0.bn1" },
	{ "block1/linear", "blocks.0.0.conv_pw" },
	{ "block1/linear/bn", "blocks.0.0.bn2" },
	{ "conv9", "conv_head" },
	{ "conv9/bn", "bn2" },
	{ "fc10", "classifier" },
	{ NULL, NULL },
};

static const struct net_rule inverted_timm[] = {
	{ "expand", "conv_pw" },
	{ "expand/bn", "bn1" },
	{ "dwise", "conv_dw" },
	{ "dwise/bn", "bn2" },
	{ "linear", "conv_pwl" },
	{ "linear/bn", "bn3" },
	{ NULL, NULL },
};

/* timm counts the blocks of each stage. */
static const struct net_block mobilenet2_timm_blocks[] = {
	{ "block2/", "blocks.1.0.", inverted_timm },
	{ "block3/", "blocks.1.1.", inverted_timm },
	{ "block4/", "blocks.2.0.", inverted_timm },
	{ "block5/", "blocks.2.1.", inverted_timm },
	{ "block6/", "blocks.2.2.", inverted_timm },
	{ "block7/", "blocks.3.0.", inverted_timm },
	{ "block8/", "blocks.3.1.", inverted_timm },
	{ "block9/", "blocks.3.2.", inverted_timm },
	{ "block10/", "blocks.3.3.", inverted_timm },
	{ "block11/", "blocks.4.0.", inverted_timm },
	{ "block12/", "blocks.4.1.", inverted_timm },
	{ "block13/", "blocks.4.2.", inverted_timm },
	{ "block14/", "blocks.5.0.", inverted_timm },
	{ "block15/", "blocks.5.1.", inverted_timm },
	{ "block16/", "blocks.5.2.", inverted_timm },
	{ "block17/", "blocks.6.0.", inverted_timm },
	{ NULL, NULL, NULL },
};

static const struct net_rule mixed_a[] = {
	{ "1x1", "branch1x1" },
	{ "5x5_reduce", "branch5x5_1" },
	{ "5x5", "branch5x5_2" },
	{ "3x3_reduce", "branch3x3dbl_1" },
	{ "3x3_1", "branch3x3dbl_2" },
	{ "3x3_2", "branch3x3dbl_3" },
	{ "pool_proj", "branch_pool" },
	{ NULL, NULL },
};

static const struct net_rule mixed_b[] = {
	{ "3x3", "branch3x3" },
	{ "dbl_reduce", "branch3x3dbl_1" },
	{ "dbl_1", "branch3x3dbl_2" },
	{ "dbl_2", "branch3x3dbl_3" },
	{ NULL, NULL },
};

static const struct net_rule mixed_c[] = {
	{ "1x1", "branch1x1" },
	{ "7x7_reduce", "branch7x7_1" },
	{ "1x7", "branch7x7_2" },
	{ "7x1", "branch7x7_3" },
	{ "dbl_reduce", "branch7x7dbl_1" },
	{ "dbl_7x1_1", "branch7x7dbl_2" },
	{ "dbl_1x7_1", "branch7x7dbl_3" },
	{ "dbl_7x1_2", "branch7x7dbl_4" },
	{ "dbl_1x7_2", "branch7x7dbl_5" },
	{ "pool_proj", "branch_pool" },
	{ NULL, NULL },
};

static const struct net_rule mixed_d[] = {
	{ "3x3_reduce", "branch3x3_1" },
	{ "3x3", "branch3x3_2" },
	{ "7x7_reduce", "branch7x7x3_1" },
	{ "1x7", "branch7x7x3_2" },
	{ "7x1", "branch7x7x3_3" },
	{ "7x7_3x3", "branch7x7x3_4" },
	{ NULL, NULL },
};

static const struct net_rule mixed_e[] = {
	{ "1x1", "branch1x1" },
	{ "3x3_reduce", "branch3x3_1" },
	{ "1x3", "branch3x3_2a" },
	{ "3x1", "branch3x3_2b" },
	{ "dbl_reduce", "branch3x3dbl_1" },
	{ "dbl_3x3", "branch3x3dbl_2" },
	{ "dbl_1x3", "branch3x3dbl_3a" },
	{ "dbl_3x1", "branch3x3dbl_3b" },
	{ "pool_proj", "branch_pool" },
	{ NULL, NULL },
};

static const struct net_block inception3[] = {
	{ "conv1", "Conv2d_1a_3x3", whole },
	{ "conv2", "Conv2d_2a_3x3", whole },
	{ "conv3", "Conv2d_2b_3x3", whole },
	{ "conv4", "Conv2d_3b_1x1", whole },
	{ "conv5", "Conv2d_4a_3x3", whole },
	{ "mixed0/", "Mixed_5b.", mixed_a },
	{ "mixed1/", "Mixed_5c.", mixed_a },
	{ "mixed2/", "Mixed_5d.", mixed_a },
	{ "mixed3/", "Mixed_6a.", mixed_b },
	{ "mixed4/", "Mixed_6b.", mixed_c },
	{ "mixed5/", "Mixed_6c.", mixed_c },
	{ "mixed6/", "Mixed_6d.", mixed_c },
	{ "mixed7/", "Mixed_6e.", mixed_c },
	{ "mixed8/", "Mixed_7a.", mixed_d },
	{ "mixed9/", "Mixed_7b.", mixed_e },
	{ "mixed10/", "Mixed_7c.", mixed_e },
	{ NULL, NULL, NULL },
};

static const struct net_rule inception3_end[] = {
	{ "fc", "fc" },
	{ NULL, NULL },
};

static const struct net_rule efficientnet_timm[] = {
	{ "features.0.0", "conv_stem" },
	{ "features.0.1", "bn1" },
	{ "features.8.0", "conv_head" },
	{ "features.8.1", "bn2" },
	{ "classifier.1", "classifier" },
	{ NULL, NULL },
};

/* The first block does not expand. */
static const struct net_rule efficientnet_timm_first[] = {
	{ "0.0", "conv_dw" },
	{ "0.1", "bn1" },
	{ "1.fc1", "se.conv_reduce" },
	{ "1.fc2", "se.conv_expand" },
	{ "2.0", "conv_pw" },
	{ "2.1", "bn2" },
	{ NULL, NULL },
};

static const struct net_rule efficientnet_timm_next[] = {
	{ "0.0", "conv_pw" },
	{ "0.1", "bn1" },
	{ "1.0", "conv_dw" },
	{ "1.1", "bn2" },
	{ "2.fc1", "se.conv_reduce" },
	{ "2.fc2", "se.conv_expand" },
	{ "3.0", "conv_pwl" },
	{ "3.1", "bn3" },
	{ NULL, NULL },
};

static const struct net_block efficientnet_timm_blocks[] = {
	{ "features.1.#.block.", "blocks.0.$.", efficientnet_timm_first },
	{ "features.2.#.block.", "blocks.1.$.", efficientnet_timm_next },
	{ "features.3.#.block.", "blocks.2.$.", efficientnet_timm_next },
	{ "features.4.#.block.", "blocks.3.$.", efficientnet_timm_next },
	{ "features.5.#.block.", "blocks.4.$.", efficientnet_timm_next },
	{ "features.6.#.block.", "blocks.5.$.", efficientnet_timm_next },
	{ "features.7.#.block.", "blocks.6.$.", efficientnet_timm_next },
	{ NULL, NULL, NULL },
};

const struct net_names net_names_all[] = {
	{ "vgg11", "torchvision's VGG-11", vgg_full, vgg11, false },
	{ "vgg11", "timm's VGG-11", vgg_full_timm, vgg11, false },
	{ "vgg16", "torchvision's VGG-16", vgg_full, vgg16, false },
	{ "vgg16", "timm's VGG-16", vgg_full_timm, vgg16, false },
	{ "vgg19", "torchvision's VGG-19", vgg_full, vgg19, false },
	{ "vgg19", "timm's VGG-19", vgg_full_timm, vgg19, false },
	{ "squeezenet1.0", "torchvision's SqueezeNet 1.0", squeezenet_ends,
	    squeezenet10, false },
	{ "squeezenet", "torchvision's SqueezeNet 1.1", squeezenet_ends,
	    squeezenet11, false },
	{ "mobilenet-v2", "torchvision's MobileNet v2", mobilenet2, NULL,
	    false },
	{ "mobilenet-v2", "timm's MobileNet v2", mobilenet2_timm,
	    mobilenet2_timm_blocks, false },
	{ "efficientnet-b0", "timm's EfficientNet B0", efficientnet_timm,
	    efficientnet_timm_blocks, false },
	{ "inception-v3", "torchvision's Inception v3", inception3_end,
	    inception3, true },
	{ NULL, NULL, NULL, NULL, false },
};

const struct net_stranger net_strangers[] = {
	{ "res2a_branch2a", "layer1.0.conv1.weight",
	    "these weights are of torchvision's ResNet, whose first pooling is padded and whose blocks of three convolutions have their stride in the second; the net is that of He et al., which has neither. Take resnet18-torchvision, resnet34-torchvision, resnet50-torchvision or resnet101-torchvision" },
	{ "conv2_1/x1", "features.denseblock1.denselayer1.conv1.weight",
	    "these weights are of torchvision's DenseNet, whose first pooling is padded; the net's is not. Take densenet121-torchvision" },
	{ "inception_3a/1x1", "inception3a.branch1.conv.weight",
	    "these weights are of torchvision's GoogLeNet, which normalises batches and has 3x3 convolutions where the net, the published one, has 5x5" },
	{ "norm1", "features.3.weight",
	    "these weights are of torchvision's AlexNet, which has no groups and no normalisation, as the net has, the one of 2012. Take alexnet-torchvision" },
	{ NULL, NULL, NULL },
};
