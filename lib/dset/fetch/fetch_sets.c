/* Where the standard data sets live, and what their classes are called. */
#include <string.h>

#include "base/mem.h"
#include "dset/fetch/fetch.h"
#include "dset/fetch/fetch_sets.h"

static const char *const idx_files[] = { "train-images-idx3-ubyte.gz",
	"train-labels-idx1-ubyte.gz", "t10k-images-idx3-ubyte.gz",
	"t10k-labels-idx1-ubyte.gz", NULL };
static const char *const cifar10_files[] = { "cifar-10-binary.tar.gz", NULL };
static const char *const cifar100_files[] = { "cifar-100-binary.tar.gz", NULL };

static const char *const digits[] = { "0", "1", "2", "3", "4", "5", "6", "7",
	"8", "9", NULL };

static const char *const fashion[] = { "T-shirt/top", "Trouser", "Pullover",
	"Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
	NULL };

static const char *const cifar10[] = { "airplane", "automobile", "bird", "cat",
	"deer", "dog", "frog", "horse", "ship", "truck", NULL };

static const char *const cifar100[] = { "apple", "aquarium_fish", "baby",
	"bear", "beaver", "bed", "bee", "beetle", "bicycle", "bottle", "bowl",
	"boy", "bridge", "bus", "butterfly", "camel", "can", "castle",
	"caterpillar", "cattle", "chair", "chimpanzee", "clock", "cloud",
	"cockroach", "couch", "crab", "crocodile", "cup", "dinosaur", "dolphin",
	"elephant", "flatfish", "forest", "fox", "girl", "hamster", "house",
	"kangaroo", "keyboard", "lamp", "lawn_mower", "leopard", "lion",
	"lizard", "lobster", "man", "maple_tree", "motorcycle", "mountain",
	"mouse", "mushroom", "oak_tree", "orange", "orchid", "otter",
	"palm_tree", "pear", "pickup_truck", "pine_tree", "plain", "plate",
	"poppy", "porcupine", "possum", "rabbit", "raccoon", "ray", "road",
	"rocket", "rose", "sea", "seal", "shark", "shrew", "skunk",
	"skyscraper", "snail", "snake", "spider", "squirrel", "streetcar",
	"sunflower", "sweet_pepper", "table", "tank", "telephone", "television",
	"tiger", "tractor", "train", "trout", "tulip", "turtle", "wardrobe",
	"whale", "willow_tree", "wolf", "woman", "worm", NULL };

static const char *const cifar100_coarse[] = { "aquatic_mammals", "fish",
	"flowers", "food_containers", "fruit_and_vegetables",
	"household_electrical_devices", "household_furniture", "insects",
	"large_carnivores", "large_man-made_outdoor_things",
	"large_natural_outdoor_scenes", "large_omnivores_and_herbivores",
	"medium_mammals", "non-insect_invertebrates", "people", "reptiles",
	"small_mammals", "trees", "vehicles_1", "vehicles_2", NULL };

static const struct fetch_set sets[] = {
	{ "mnist", "https://ossci-datasets.s3.amazonaws.com/mnist/", idx_files,
	    digits, NULL, 0 },
	{ "fashion-mnist",
	    "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
	    idx_files, fashion, NULL, 0 },
	{ "cifar10", "https://www.cs.toronto.edu/~kriz/", cifar10_files,
	    cifar10, NULL, 1 },
	{ "cifar100", "https://www.cs.toronto.edu/~kriz/", cifar100_files,
	    cifar100, cifar100_coarse, 2 },
};

const struct fetch_set *
fetch_set_find(const char *name)
{
	size_t i;

	for (i = 0; i < LENGTH(sets); i++)
		if (strcmp(sets[i].name, name) == 0)
			return &sets[i];
	return NULL;
}

const char *
dset_fetch_names(void)
{
	return "mnist, fashion-mnist, cifar10, cifar100";
}
