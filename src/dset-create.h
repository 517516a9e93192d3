/*
 * The options of dset-create, the struct that they fill, and the words of its
 * page.  For dset-create.c alone.
 */
#ifndef DSET_CREATE_PAGE_H
#define DSET_CREATE_PAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "base/path.h"
#include "dset/adopt.h"
#include "dset/create.h"
#include "dset/sources/source.h"
#include "prog/prog.h"

struct args {
	struct dset_create_options set;
	struct dset_detect_options detect;
	struct dset_masks_options masks;
	struct dset_targets_options targets;
	struct dset_stream_options stream;
	struct dset_adopt_options adopt;
	struct dset_columns columns;
	const char *shard; /* "I/N" */
	int task, depth, size[2], label_pictures, backend, compression,
	    labels_from, mean;
	int target_size[2];
	int min[DSET_PARTS], max[DSET_PARTS];
	bool color, gray, target_color, target_gray, exif, exif_asked,
	    size_asked;
};

#define AT(field)     offsetof(struct args, field)
#define SET(field)    AT(set.field)
#define PLAN(field)   AT(set.plan.field)
#define BOX(field)    AT(detect.field)
#define MASK(field)   AT(masks.field)
#define TARGET(field) AT(targets.field)
#define ADOPT(field)  AT(adopt.field)
#define STREAM(field) AT(stream.field)

static const struct opt opts[] = {
	{ 'o', "output", OPT_STR, SET(out), "DSET", "the data set to make",
	    .flags = OPT_REQUIRED | OPT_OUT_DIR },
	{ 't', "type", OPT_CHOICE, AT(task), "TYPE", "the task that it is for",
	    .choices = DSET_TASK_TYPES "|stream|lmdb" },
	{ .type = OPT_HEAD, .help = "Sources" },
	{ 0, "list", OPT_STR, PLAN(list), "FILE",
	    "read lines \"path label\" instead of class folders; - is standard input; for detection, segmentation and image lines with the name of a picture of --images, as ImageSets of VOC have them",
	    .flags = OPT_INPUT },
	{ 0, "columns", OPT_STR, PLAN(columns_text), "path=A,label=B+C,split=D",
	    "lists are tables (CSV, or with TABs or blanks) whose first line names the columns; which of them has the path (default: the first), the label, or several numbers (* for all others), and the part of each picture",
	    .needs = "type=classification list" },
	{ 0, "root", OPT_STR, PLAN(root), "DIR",
	    "put DIR in front of the paths of lists, also of one that begins with a slash if it is there below DIR",
	    .flags = OPT_INPUT,
	    .needs = "type=classification list|val-list|test-list" },
	{ 0, "s3-endpoint", OPT_STR, PLAN(s3_endpoint), "URL",
	    "server of s3:// sources (default: the environment's, else Amazon's)" },
	{ 0, "labels", OPT_STR, PLAN(labels), "FILE|DIR",
	    "names of the classes, one per line; line i names label i - 1; for detection the folder of the label files, or the one file for all",
	    .flags = OPT_INPUT },
	{ 0, "labels-from", OPT_CHOICE, AT(labels_from), "WHERE",
	    "where labels come from; column: every number after the path in a list; 1: numbers of classes begin with 1 in lists",
	    .choices = "class|column|1",
	    .needs = "type=classification|stream" },
	{ 0, "class-map", OPT_STR, PLAN(class_map), "FILE",
	    "rename and merge classes, or folders of classes: lines \"name TAB new name\"",
	    .flags = OPT_INPUT,
	    .needs = "type=classification|detection|stream" },
	{ 0, "min-per-class", OPT_INT, AT(min[DSET_TRAIN]), "N",
	    "leave out classes with fewer pictures", .lo = 0, .hi = 1e8,
	    .seen = PLAN(min_asked[DSET_TRAIN]),
	    .needs = "type=classification|stream" },
	{ 0, "max-per-class", OPT_INT, AT(max[DSET_TRAIN]), "N",
	    "take the first N pictures of a class (0: all; detection, segmentation, image: of all)",
	    .lo = 0, .hi = 1e8 },
	{ 0, "shuffle", OPT_FLAG, PLAN(shuffle), NULL,
	    "shuffle the pictures (--no-shuffle keeps their order)" },
	{ 0, "shard", OPT_STR, AT(shard), "I/N",
	    "make only the I-th of N shares (I from 1)" },
	{ .type = OPT_HEAD, .help = "Detection, segmentation and image" },
	{ 0, "images", OPT_STR, BOX(from[DSET_TRAIN].images), "DIR",
	    "the folder of the pictures, at any depth", .flags = OPT_INPUT,
	    .needs = "type=detection|segmentation|image" },
	{ 0, "val-images", OPT_STR, BOX(from[DSET_VAL].images), "DIR",
	    "pictures for validation, beside --val-labels, --val-masks or --val-targets",
	    .flags = OPT_INPUT, .needs = "type=detection|segmentation|image" },
	{ .type = OPT_HEAD, .help = "Detection" },
	{ 0, "label-format", OPT_CHOICE, BOX(format), "FORMAT",
	    "what --labels has: text of KITTI or YOLO, XML of Pascal VOC, JSON of COCO; auto: by content",
	    .choices = DSET_LABEL_FORMATS, .needs = "type=detection" },
	{ 0, "val-labels", OPT_STR, BOX(from[DSET_VAL].labels), "FILE|DIR",
	    "labels for validation, beside --val-images", .flags = OPT_INPUT,
	    .needs = "type=detection val-images" },
	{ 0, "classes", OPT_STR, BOX(classes), "A,B,...",
	    "take these classes, numbered from 1, or from 0 where dontcare is among them; boxes of others are dontcare",
	    .needs = "type=detection" },
	{ 0, "min-box", OPT_INT, BOX(min_box), "PX",
	    "boxes for validation and test that are narrower or lower are dontcare (0: none)",
	    .lo = 0, .hi = 65535, .needs = "type=detection" },
	{ 0, "difficult", OPT_FLAG, BOX(difficult), NULL,
	    "take boxes marked as difficult or as a crowd for what they are, not for dontcare; with outlines crowds, not 255",
	    .needs = "type=detection|segmentation" },
	{ .type = OPT_HEAD, .help = "Segmentation" },
	{ 0, "masks", OPT_STR, MASK(from[DSET_TRAIN].labels), "FILE|DIR",
	    "the folder of the masks: PNG files with a palette, or grey pictures, whose values are the classes; 255 is not counted; or outlines: a .json file of COCO, or the label files of YOLO with polygons",
	    .flags = OPT_INPUT, .needs = "type=segmentation" },
	{ 0, "val-masks", OPT_STR, MASK(from[DSET_VAL].labels), "FILE|DIR",
	    "masks for validation, beside --val-images", .flags = OPT_INPUT,
	    .needs = "type=segmentation val-images" },
	{ 0, "colormap", OPT_STR, MASK(colormap), "label|none|FILE",
	    "what the colours of masks mean; label: nothing, and all masks have one palette; none: their palettes may differ; FILE: lines \"R G B NAME\", the colours of class 0, 1, ..., and of what is not counted with the name ignore",
	    .choices = "label|none", .flags = OPT_INPUT,
	    .needs = "type=segmentation|stream" },
	{ 0, "color-limit", OPT_INT, MASK(limit), "N",
	    "take colours that --colormap does not have for the nearest that differs by at most N in red, green and blue each",
	    .lo = 0, .hi = 255, .needs = "type=segmentation|stream colormap" },
	{ 0, "class-labels", OPT_STR, MASK(labels), "FILE",
	    "names of the classes, one per line, that of class 0 first; masks with other classes are bad, outlines of others are 255",
	    .flags = OPT_INPUT, .needs = "type=segmentation|stream" },
	{ 0, "same-shape", OPT_FLAG, MASK(same_shape), NULL,
	    "refuse pictures or targets of several sizes where no --size or --target-size brings them to one (--no-same-shape keeps them as they are)",
	    .needs = "type=segmentation|image|stream|lmdb" },
	{ .type = OPT_HEAD, .help = "Image" },
	{ 0, "targets", OPT_STR, TARGET(from[DSET_TRAIN].labels), "DIR",
	    "the folder of the pictures that are to be made of those of --images, with the same stems (default: each is its own target)",
	    .flags = OPT_INPUT, .needs = "type=image images" },
	{ 0, "val-targets", OPT_STR, TARGET(from[DSET_VAL].labels), "DIR",
	    "targets for validation, beside --val-images", .flags = OPT_INPUT,
	    .needs = "type=image val-images targets" },
	{ 0, "target-size", OPT_PAIR, AT(target_size), "WxH",
	    "resize targets to this size (default: as they are, or where a picture is its own target, that of --size)",
	    .lo = 1, .hi = 8192, .needs = "type=image|stream" },
	{ 0, "target-color", OPT_FLAG, AT(target_color), NULL,
	    "targets of three channels, whatever the pictures have",
	    .needs = "type=image|stream" },
	{ 0, "target-gray", OPT_FLAG, AT(target_gray), NULL,
	    "targets of one channel, whatever the pictures have",
	    .needs = "type=image|stream" },
	{ .type = OPT_HEAD, .help = "Stream" },
	{ 0, "label-pictures", OPT_CHOICE, AT(label_pictures), "KIND",
	    "what KEY.label.png is: the picture that is to be made of the other, or its mask",
	    .choices = "target|mask", .needs = "type=stream|lmdb" },
	{ .type = OPT_HEAD, .help = "LMDBs that are there" },
	{ 0, "features-db", OPT_STR, ADOPT(features[DSET_TRAIN]), "LMDB",
	    "the LMDB of the pictures, Datums of Caffe", .flags = OPT_INPUT,
	    .needs = "type=lmdb" },
	{ 0, "labels-db", OPT_STR, ADOPT(labels[DSET_TRAIN]), "LMDB",
	    "that of their labels, under the same keys (default: they are in the Datums of the pictures)",
	    .flags = OPT_INPUT, .needs = "features-db" },
	{ 0, "val-features-db", OPT_STR, ADOPT(features[DSET_VAL]), "LMDB",
	    "pictures for validation", .flags = OPT_INPUT,
	    .needs = "features-db" },
	{ 0, "val-labels-db", OPT_STR, ADOPT(labels[DSET_VAL]), "LMDB",
	    "their labels", .flags = OPT_INPUT, .needs = "val-features-db" },
	{ 0, "mean-file", OPT_STR, ADOPT(mean), "FILE",
	    "the mean picture, a .binaryproto of Caffe", .flags = OPT_INPUT,
	    .needs = "type=lmdb" },
	{ .type = OPT_HEAD, .help = "Validation and test" },
	{ 0, "val", OPT_DOUBLE, PLAN(percent[DSET_VAL]), "PCT",
	    "percent of each class for validation (detection: of all pictures, 0; segmentation, image: of all, 10)",
	    .lo = 0, .hi = 100, .needs = "!val-folder|val-list|val-images",
	    .flags = OPT_PERCENT, .seen = PLAN(percent_asked[DSET_VAL]) },
	{ 0, "test", OPT_DOUBLE, PLAN(percent[DSET_TEST]), "PCT",
	    "percent of each class for testing", .lo = 0, .hi = 100,
	    .seen = PLAN(percent_asked[DSET_TEST]),
	    .needs = "!test-folder|test-list", .flags = OPT_PERCENT },
	{ 0, "val-folder", OPT_STR, PLAN(part_folder[DSET_VAL]), "DIR",
	    "class folders for validation, instead of --val",
	    .flags = OPT_INPUT },
	{ 0, "test-folder", OPT_STR, PLAN(part_folder[DSET_TEST]), "DIR",
	    "class folders for testing, instead of --test",
	    .flags = OPT_INPUT },
	{ 0, "val-list", OPT_STR, PLAN(part_list[DSET_VAL]), "FILE",
	    "a list for validation, instead of --val", .flags = OPT_INPUT },
	{ 0, "test-list", OPT_STR, PLAN(part_list[DSET_TEST]), "FILE",
	    "a list for testing, instead of --test", .flags = OPT_INPUT },
	{ 0, "val-min-per-class", OPT_INT, AT(min[DSET_VAL]), "N",
	    "as --min-per-class, for --val-folder", .lo = 0, .hi = 1e8,
	    .seen = PLAN(min_asked[DSET_VAL]), .needs = "val-folder" },
	{ 0, "val-max-per-class", OPT_INT, AT(max[DSET_VAL]), "N",
	    "as --max-per-class, for --val-folder", .lo = 0, .hi = 1e8,
	    .needs = "val-folder" },
	{ 0, "test-min-per-class", OPT_INT, AT(min[DSET_TEST]), "N",
	    "as --min-per-class, for --test-folder", .lo = 0, .hi = 1e8,
	    .seen = PLAN(min_asked[DSET_TEST]), .needs = "test-folder" },
	{ 0, "test-max-per-class", OPT_INT, AT(max[DSET_TEST]), "N",
	    "as --max-per-class, for --test-folder", .lo = 0, .hi = 1e8,
	    .needs = "test-folder" },
	{ .type = OPT_HEAD, .help = "Pictures" },
	{ 0, "pad", OPT_PAIR, SET(pad), "WxH",
	    "pad pictures to this size with black, at the right and below, before they are resized",
	    .lo = 1, .hi = 8192, .needs = "type=detection" },
	{ 0, "size", OPT_PAIR, AT(size), "WxH",
	    "resize pictures to this size (detection: that of --pad, or else of the largest picture, to which the others are padded; segmentation, image, stream: as they are)",
	    .lo = 1, .hi = 8192, .seen = AT(size_asked) },
	{ 0, "resize", OPT_CHOICE, SET(mode), "HOW",
	    "what to do when the shape differs: distort, crop, pad with noise, half of each, or pad with grey",
	    .choices = IMAGE_MODES },
	{ 0, "depth", OPT_CHOICE, AT(depth), "BITS",
	    "bits of a sample to be kept; 16: records hold numbers from 0 to 255 in steps of 1/257, and pictures keep their size",
	    .choices = "8|16",
	    .needs = "type=classification|segmentation|image|stream" },
	{ 0, "color", OPT_FLAG, AT(color), NULL, "three channels (default)" },
	{ 0, "gray", OPT_FLAG, AT(gray), NULL, "one channel" },
	{ 0, "exif", OPT_FLAG, AT(exif), NULL,
	    "turn pictures as their EXIF data says, which DIGITS does not do; never for detection, segmentation and image, whose boxes, masks and targets are those of pictures as they are stored",
	    .seen = AT(exif_asked) },
	{ 0, "mean", OPT_CHOICE, AT(mean), "KIND",
	    "compute the mean picture of the training data",
	    .choices = "image|none" },
	{ 0, "duplicates", OPT_CHOICE, SET(on_duplicate), "WHAT",
	    "what to do with duplicate pictures: name them, leave out the later one, or do not look for them",
	    .choices = "report|drop|ignore" },
	{ .type = OPT_HEAD, .help = "Databases" },
	{ 0, "backend", OPT_CHOICE, AT(backend), "KIND",
	    "the kind of database to write", .choices = "lmdb|hdf5" },
	{ 0, "encoding", OPT_CHOICE, SET(form.encoding), "HOW",
	    "how pictures are stored in LMDB; none: raw pixels",
	    .choices = IMAGE_ENCODINGS, .needs = "backend=lmdb" },
	{ 0, "quality", OPT_INT, SET(form.quality), "Q", "quality of JPEG",
	    .lo = 1, .hi = 100, .needs = "encoding=jpg backend=lmdb" },
	{ 0, "png-level", OPT_INT, SET(form.level), "L",
	    "compression level of PNG, 0 to 9; -1: tuned for speed", .lo = -1,
	    .hi = 9, .needs = "encoding=png backend=lmdb" },
	{ 0, "compression", OPT_CHOICE, AT(compression), "HOW",
	    "compression of HDF5 files", .choices = "none|gzip",
	    .needs = "backend=hdf5" },
	{ 0 },
};

static const struct prog_example examples[] = {
	{ "dset-create -o pets photos",
	    "A folder with one folder per class; a quarter is for validation:" },
	{ "dset-create --gray --size 28x28 --test-folder mnist/test -o digits mnist/train",
	    "MNIST, with a separate test folder:" },
	{ "find photos -name '*.jpg' | sed 's/$/ 0/' | dset-create --list - -o one",
	    "A list from a pipe:" },
	{ "dset-create --list list_attr_celeba.txt --columns label=Smiling+Male --root img_align_celeba -o faces",
	    "Several labels of each picture, from a table:" },
	{ "dset-create -t detection --images train/images --labels train/labels --val-images val/images --val-labels val/labels --classes car -o cars",
	    "Cars, and where they are, from folders as KITTI has them:" },
	{ "dset-create -t segmentation --images VOC2012/JPEGImages --masks VOC2012/SegmentationClass --list VOC2012/ImageSets/Segmentation/train.txt --no-same-shape -o voc",
	    "Which pixels are what, from a folder as VOC has it:" },
	{ "dset-create -t image --images small --targets large --target-size 128x128 --size 32x32 -o larger",
	    "Pictures, and what is to be made of them:" },
	{ "dset-show digits --cat | dset-create -t stream --gray --size 14x14 -o smaller -",
	    "Samples from a pipe:" },
	{ "dset-create -t lmdb --features-db pairs/train --val-features-db pairs/val --mean-file pairs/mean.binaryproto -o pairs-set",
	    "Databases that another program made:" },
	{ 0 },
};

/* Files of an input folder that an output must not replace. */
static int
reads(const char *rel)
{
	const char *name = path_base(rel);

	return dset_source_picture(name) || strchr(name, '.') == NULL;
}

static const struct prog prog = {
	.name = "dset-create",
	.summary = "make a data set from pictures",
	.operands = "[SOURCE...]",
	.reads_operands = true,
	.reads = reads,
	.max_operands = -1,
	.main_options =
	    "list labels images masks targets label-format val-images classes val val-folder test size resize gray encoding backend",
	.opts = opts,
	.common = PROG_JSON | PROG_FORCE | PROG_SEED | PROG_THREADS |
	    PROG_PROGRESS | PROG_EVENTS | PROG_BAD | PROG_NUL,
	.about =
	    "Each SOURCE is a folder with one folder per class: a local one, "
	    "the URL of one that the server lists, or s3://bucket/prefix. "
	    "Lists may hold URLs too; what is fetched is kept in the cache. "
	    "Pictures (PNG, JPEG, BMP, PPM, PGM, TIFF, WebP, GIF, TGA, PSD, HDR) are found at "
	    "any depth, by their names or, where these do not tell, by their first bytes; names that begin with a dot are skipped. A class is "
	    "named after its folder, with spaces for underscores; classes of the same name in several SOURCEs become one. "
	    "Where a SOURCE holds train/, val/ (or valid/, validation/) and test/ with the class folders below them, these are the parts.\n\n"
	    "A line of a list is a path and, after blanks, the number of its class, or the name of one; after a TAB the name may hold blanks. "
	    "A path that a line cannot hold as it is (line breaks, TABs, blanks at its ends) stands between double quotes with backslashes: "
	    "\"a\\nb.png\"; so train.txt has it, too.\n\n"
	    "With --type detection a record has the boxes of the objects in its picture: "
	    "--images is the folder of the pictures, at any depth, and --labels says what is on them; "
	    "a picture and its label file have the same stem, and the same folder below these two where they have folders. "
	    "nnutils-dataset(5) has the formats. A picture whose labels cannot be used whole is left out.\n\n"
	    "With --type segmentation a record has the class of each pixel: --masks has for each picture of --images a mask with the same stem and size. "
	    "Where --size or --resize move the picture, the mask moves with it, each pixel being the nearest one's.\n\n"
	    "With --type image a record has a picture and its target, another picture: --targets has for each picture of --images one with the same stem, of any size. "
	    "Without --targets a picture is its own target, as an autoencoder learns it, or with --target-size what it was before it became small.\n\n"
	    "With --type stream samples come as a tar, from standard input (-) or a file: KEY.png and KEY.cls with the number or name of its class; "
	    "KEY.label.npy, KEY.txt or KEY.json with numbers in place of that; or KEY.label.png, another picture. KEY.data.npy is an array of numbers in place of a picture. "
	    "Without --size pictures keep their sizes. An archive without its end is refused; keys with half a sample are named and left out. Keys that all begin with train/, val/ or test/ are these parts. Programs in sh and awk that write such streams are in examples/plugins.\n\n"
	    "With --type lmdb a data set is made of LMDBs of Caffe's that are there, as DIGITS's Images > Other takes them: every record is looked at, and the files get a second name in DSET (a hard link), or are copied where the file system differs.\n\n"
	    "The pictures of each class are divided among training, validation "
	    "and test by the rule of DIGITS, at random by --seed. The same "
	    "input, options and seed give the same bytes, whatever the number of threads.\n\n"
	    "A picture that cannot be read is named, skipped, and noted in "
	    "dataset.json; the exit status is then 1. The classes and how many "
	    "pictures, boxes or pixels each part has of them are printed at the end.",
	.examples = examples,
	.json =
	    "An object for the data set: dataset, seed, the number of samples in train, val and test (the parts that it has), skipped, duplicates, duplicates_across_parts, label_conflicts, dropped, and seconds.\n\n"
	    "Then one for each class: label, class, and how many pictures, boxes or pixels train, val and test have of it.",
	.files =
	    "DSET/ appears whole or not at all and holds\n"
	    "  train_db/ val_db/ test_db/   the databases\n"
	    "  train.txt val.txt test.txt   path and label of record 0, 1, ...\n"
	    "  labels.txt                   class names\n"
	    "  mean.binaryproto mean.png    the mean of the training pictures\n"
	    "  dataset.json                 options, counts, digests, what was skipped",
	.see_also =
	    "dset-fetch(1), dset-show(1), model-train(1), nnutils-dataset(5), nnutils-images(7)",
};

#endif
