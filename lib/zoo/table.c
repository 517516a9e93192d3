/* BVLC's reference models, from their readme.md (models/ of BVLC Caffe). */
#include <stddef.h>
#include <string.h>

#include "zoo/zoo.h"

#define BVLC "http://dl.caffe.berkeleyvision.org/"

const struct zoo_model zoo_models[] = {
	{ "bvlc_reference_caffenet", "BAIR/BVLC CaffeNet Model", "caffenet",
	    "bvlc_reference_caffenet.caffemodel",
	    BVLC "bvlc_reference_caffenet.caffemodel",
	    "4c8d77deb20ea792f84eb5e6d0a11ca0a8660a46", "unrestricted",
	    "709dc15af4a06bebda027c1eb2b3f3e3375d5077", "ILSVRC 2012", 1000,
	    NULL, NULL },
	{ "bvlc_alexnet", "BAIR/BVLC AlexNet Model", "alexnet",
	    "bvlc_alexnet.caffemodel", BVLC "bvlc_alexnet.caffemodel",
	    "9116a64c0fbe4459d18f4bb6b56d647b63920377", "unrestricted",
	    "709dc15af4a06bebda027c1eb2b3f3e3375d5077", "ILSVRC 2012", 1000,
	    NULL, NULL },
	{ "bvlc_googlenet", "BAIR/BVLC GoogleNet Model", "googlenet",
	    "bvlc_googlenet.caffemodel", BVLC "bvlc_googlenet.caffemodel",
	    "405fc5acd08a3bb12de8ee5e23a96bec22f08204", "unrestricted",
	    "bc614d1bd91896e3faceaf40b23b72dab47d44f5", "ILSVRC 2012", 1000,
	    NULL, NULL },
	{ "bvlc_reference_rcnn_ilsvrc13",
	    "BAIR/BVLC Reference RCNN ILSVRC13 Model", "rcnn-ilsvrc13",
	    "bvlc_reference_rcnn_ilsvrc13.caffemodel",
	    BVLC "bvlc_reference_rcnn_ilsvrc13.caffemodel",
	    "bdd8abb885819cba5e2fe1eb36235f2319477e64", "unrestricted",
	    "a7e397abbda52c0b90323c23ab95bdeabee90a98", "ILSVRC 2013 detection",
	    200, NULL, NULL },
	{ "finetune_flickr_style", "Finetuning CaffeNet on Flickr Style",
	    "caffenet", "finetune_flickr_style.caffemodel",
	    BVLC "finetune_flickr_style.caffemodel",
	    "b61b5cef7d771b53b0c488e78d35ccadc073e9cf", "non-commercial",
	    "737ea5e936821b5c69f9c3952d72693ae5843370", "20 styles of pictures",
	    20, "fc8", "fc8_flickr" },
	{ NULL },
};

const struct zoo_model *
zoo_model_find(const char *name)
{
	for (const struct zoo_model *m = zoo_models; m->name != NULL; m++)
		if (strcmp(m->name, name) == 0)
			return m;
	return NULL;
}
