/*
 * The options of dset-show, the struct that they fill, and the words of its page.  For
 * dset-show.c alone.
 */
#ifndef DSET_SHOW_PAGE_H
#define DSET_SHOW_PAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "dset/dset.h"
#include "dset/export/export.h"
#include "dset/product.h"
#include "prog/prog.h"

struct args {
	const char *montage, *label, *record, *out, *export, *diff, *augment;
	const char *near, *histogram;
	int size[2], modes[2];
	struct opt_list require;
	int part; /* -1: all */
	int count, page, label_format;
	bool verify, stats, cat, pnm, across, sizes;
};

#define AT(field) offsetof(struct args, field)

static const struct opt opts[] = {
	{ 'p', "part", OPT_CHOICE, AT(part), "PART",
	    "show only this part (default: all)", .choices = DSET_PART_NAMES },
	{ .type = OPT_HEAD, .help = "Instead of the summary" },
	{ 0, "stats", OPT_FLAG, AT(stats), NULL,
	    "show the mean and deviation of each channel, sizes, duplicates" },
	{ 0, "sizes", OPT_FLAG, AT(sizes), NULL,
	    "show how large the pictures are, and their aspect ratios; of DSET, or of a folder of pictures from which one is to be made" },
	{ 0, "modes", OPT_PAIR, AT(modes), "WxH",
	    "draw a picture, or the first of a folder of pictures, as each --resize of dset-create brings it to this size",
	    .lo = 1, .hi = 8192 },
	{ 0, "verify", OPT_FLAG, AT(verify), NULL,
	    "decode every record, compare with the digests" },
	{ 0, "near", OPT_STR, AT(near), "BITS",
	    "list pictures that look the same, in groups: perceptual hashes that differ in up to BITS of 64 bits (8), and like colours",
	    .flags = OPT_OPTARG },
	{ 0, "across", OPT_FLAG, AT(across), NULL,
	    "with --near: only groups that stand in several parts",
	    .needs = "near" },
	{ 0, "require", OPT_LIST, AT(require), "GATE",
	    "with --near: exit with status 9 unless GATE holds ('leaks=0')",
	    .flags = OPT_GATE, .needs = "near" },
	{ 0, "diff", OPT_STR, AT(diff), "DSET2",
	    "name the records that differ; status 1 if there are any",
	    .flags = OPT_INPUT },
	{ 0, "histogram", OPT_STR, AT(histogram), "FILE",
	    "draw how many of each class there are, in each part",
	    .choices = "png|svg|pdf", .flags = OPT_OUT },
	{ 0, "size", OPT_PAIR, AT(size), "WxH",
	    "with --histogram and --sizes: pixels that the chart is to fit into (default: as large as it takes)",
	    .lo = 100, .hi = 16384, .needs = "histogram|sizes" },
	{ 0, "montage", OPT_STR, AT(montage), "FILE.png",
	    "draw many pictures as one, their classes below them",
	    .choices = "png", .flags = OPT_OUT },
	{ 0, "page", OPT_INT, AT(page), "N",
	    "with --montage: at most N pictures on a page, and of all pictures unless --count says how many; further pages are FILE-2.png, FILE-3.png, ... (default: 4096)",
	    .lo = 1, .hi = MONTAGE_PAGE, .needs = "montage !augment" },
	{ 0, "augment", OPT_STR, AT(augment), "FIELDS|MODEL",
	    "with --montage: show what a training sees, with these fields of "
	    "transform_param (nnutils-model(5)), or those of a model folder or a prototxt",
	    .needs = "montage !label" },
	{ 0, "record", OPT_STR, AT(record), "K",
	    "show the record with this key or number" },
	{ 'o', "output", OPT_STR, AT(out), "FILE",
	    "with --record and --modes: write the picture to FILE; with --sizes: draw a chart, as PNG, SVG or PDF",
	    .flags = OPT_OUT, .needs = "record|sizes|modes" },
	{ 0, "export", OPT_STR, AT(export), "DIR",
	    "write all pictures as files in class folders, and labels of other kinds beside them; masks as PNG files with a palette, which dset-create reads",
	    .flags = OPT_OUT_DIR },
	{ 0, "label-format", OPT_CHOICE, AT(label_format), "FORMAT",
	    "with --export: write boxes as label files, each format as its tools have them; masks as coco has them",
	    .choices = "none|kitti|voc|coco|yolo", .needs = "export" },
	{ 0, "cat", OPT_FLAG, AT(cat), NULL,
	    "write records as a tar stream: KEY.png and KEY.cls, or KEY.label.npy" },
	{ 0, "pnm", OPT_FLAG, AT(pnm), NULL,
	    "with --cat: pictures as PGM or PPM, which need no library to be read",
	    .needs = "cat" },
	{ .type = OPT_HEAD,
	    .help = "Selection of records (montage, export, cat)" },
	{ 0, "label", OPT_STR, AT(label), "L",
	    "only of this class or label, or with a box or a pixel of it",
	    .needs = "montage|export|cat" },
	{ 0, "count", OPT_INT, AT(count), "N",
	    "at most N of each part (0: all; montage: 64)", .lo = 0, .hi = 1e9,
	    .needs = "montage|export|cat" },
	{ 0 },
};

static const struct prog_example examples[] = {
	{ "dset-show digits", "How many pictures of each class?" },
	{ "dset-show digits --montage sevens.png --label 7",
	    "What do they look like?" },
	{ "dset-show digits --montage all.png --page 400 -p val",
	    "All of the validation, 400 on a page:" },
	{ "dset-show photos --sizes -o sizes.svg",
	    "How large are the pictures in a folder?" },
	{ "dset-show photos/cat/1.jpg --modes 224x224 -o modes.png",
	    "What would become of one at 224 x 224?" },
	{ "dset-show digits --montage seen.png --augment 'augment_param { rotate: 15 erase: 0.5 }'",
	    "What would a training with model-train --rotate 15 --erase 0.5 see?" },
	{ "dset-show digits --verify", "Is every record sound?" },
	{ "dset-show digits --histogram classes.svg",
	    "The same as a picture:" },
	{ "dset-show digits --near --across --require 'leaks=0'",
	    "Does the validation have pictures that the training has, too?" },
	{ "dset-show digits --record 00000042_7 -o 42.png",
	    "One picture, by its key:" },
	{ "dset-show cars --export cars.yolo --label-format yolo",
	    "Boxes for other programs, whatever they were made from:" },
	{ "dset-show digits -p val --cat | tar tf - | head",
	    "As a stream for other programs:" },
	{ 0 },
};

/* Files of an input folder that an output must not replace. */
static int
reads(const char *rel)
{
	return replace_holds(&dset_kind, rel);
}

static const struct prog prog = {
	.name = "dset-show",
	.summary = "show, check and export a data set",
	.operands = "DSET",
	.reads_operands = true,
	.reads = reads,
	.min_operands = 1,
	.max_operands = 1,
	.main_options =
	    "stats sizes modes verify near diff histogram montage page record export cat label count",
	.opts = opts,
	.common =
	    PROG_JSON | PROG_FORCE | PROG_THREADS | PROG_PROGRESS | PROG_BAD,
	.about =
	    "DSET is a folder made by dset-create or DIGITS, or an LMDB of "
	    "Caffe's Datums, or a folder of HDF5 files with its list.txt. It "
	    "is only read, never locked or changed; a damaged LMDB is refused, and records that cannot be decoded are named.\n\n"
	    "Boxes of a data set for detection are drawn on the pictures of --montage and --record, and counted in the summary: "
	    "small ones have an area below 32 x 32 pixels, large ones from 96 x 96 on. "
	    "Masks of a data set for segmentation are drawn in the colours of their classes, and the summary has the share of the pixels that each class has.\n\n"
	    "With --sizes DSET may be a folder of pictures; their headers alone are read, and JPEGs that are to be turned are counted as they are seen. With --modes it is a picture, or a folder of them, of which the first four are drawn.\n\n"
	    "--near finds pictures that look the same: in another size or compression, a little brighter, with a mark upon them; not those that are mirrored, turned or cut. "
	    "Pictures are one group whose perceptual hashes (the signs of the 64 lowest frequencies of 32 x 32 pixels of brightness) differ in at most BITS, and which agree in 8 x 8 pixels in colour, "
	    "and so are those that hang together by others. Rows have the bits in which a picture differs from the first of its group, \"equal\" where all pixels are the same as there, "
	    "and the name in DSET's train.txt, val.txt or test.txt where these have a line for each record. More BITS (up to 15) find pictures that are less alike. "
	    "--require takes these figures: groups; near, pictures that look like an earlier one; equal, those of them that are the same in every pixel; leaks, pictures in another part than the first of their group; conflicts, groups with several labels.",
	.examples = examples,
	.files =
	    "DSET is the folder that nnutils-dataset(5) describes, or one of its databases.",
	.see_also = "dset-create(1), model-infer(1), nnutils-dataset(5)",
	.json =
	    "An object for each part: part, backend, records, encoded, bad, and shapes (channels, height, width, count); columns (name, kind, channels, height, width), if there are more than a class; with --stats also mean and deviation of each channel, duplicates, across_parts and label_conflicts.\n\n"
	    "Then one for each class: label, class, and how many train, val and test have of it; of boxes also how many are small, medium and large, mean_width and mean_height; of masks label, class, and pixels in train, val and test, with train_share, val_share and test_share, the shares of those that are counted, but for label 255, which is not.\n\n"
	    "--near, for each group: group, across_parts, labels_differ, and records (part, record, key, name, label, class, bits, equal); then one with summary: records, bits, groups, near, equal, leaks, conflicts.\n\n"
	    "--sizes: name, pictures, gray, colour, bad; formats, of files; width, height, aspect (width / height) and pixels, each with least, p10, median, p90 and most; different, how many sizes there are; and sizes (width, height, count), the ten that are most frequent.\n\n"
	    "--verify: records, bad, digests_compared. --diff, for each record that differs: part, key, difference. --record: part, record, key, label, class, channels, height, width, encoded, bytes, and boxes (label, class, left, top, width, height) or pixels (label, class, count).",
};

#endif
