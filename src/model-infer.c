/* model-infer: what does a trained model see in these pictures? */
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/log.h"
#include "base/path.h"
#include "base/stop.h"
#include "device/device.h"
#include "dset/dset.h"
#include "dset/product.h"
#include "dset/sources/source.h"
#include "file/file.h"
#include "image/colour/heat.h"
#include "infer/report.h"
#include "infer/views/view.h"
#include "model/imports/prepare.h"
#include "model/model.h"
#include "model/product.h"
#include "nn/boxes/layout.h"
#include "nn/plugin.h"
#include "prog/prog.h"
#include "store/hub/hub.h"

struct args {
	struct report_opts report;
	struct infer_opts infer;
	struct stream stream;
	struct opt_list inputs, outputs, plugins;
	const char *model, *epoch, *dataset;
	int part;   /* of the data set; -1: not said */
	int preset; /* enum model_preset */
	bool no_exif;
};

#define AT(field) offsetof(struct args, field)

static const struct opt opts[] = {
	{ 'm', "model", OPT_STR, AT(model), "MODEL",
	    "a model folder, snapshot tarball or file of ONNX, or hf:ORG/NAME, a model of the Hugging Face hub (store-pull(1))",
	    .flags = OPT_INPUT | OPT_REQUIRED },
	{ 'e', "epoch", OPT_STR, AT(epoch), "EPOCH|best",
	    "use the snapshot of this epoch, or the one that validated best (default: the newest)" },
	{ 0, "allow-missing", OPT_FLAG, AT(infer.allow_missing), NULL,
	    "run the net even if some layers have no weights; each is named, and the status is 1" },
	{ .type = OPT_HEAD, .help = "Input" },
	{ 0, "list", OPT_STR, AT(stream.list), "FILE",
	    "read lines \"path\" or \"path label\", the label a number or the name of a class; - is standard input",
	    .flags = OPT_INPUT },
	{ 0, "labels-from", OPT_CHOICE, AT(stream.first_label), "N",
	    "the number of the first class in --list", .choices = "0|1",
	    .needs = "list" },
	{ 0, "root", OPT_STR, AT(stream.root), "DIR",
	    "put DIR in front of the paths of --list, also of one that begins with a slash if it is there below DIR",
	    .flags = OPT_INPUT, .needs = "list|windows" },
	{ 'd', "dataset", OPT_STR, AT(dataset), "DSET",
	    "read the records of a data set: its test part, or where it has none its val part",
	    .flags = OPT_INPUT },
	{ 'p', "part", OPT_CHOICE, AT(part), "PART", "another part of it",
	    .choices = DSET_PART_NAMES, .needs = "dataset" },
	{ 0, "db", OPT_STR, AT(stream.db), "LMDB",
	    "read the records of a database", .flags = OPT_INPUT },
	{ 0, "input", OPT_LIST, AT(inputs), "BLOB=FILE.npy",
	    "give a tensor as it is (N,C,H,W) to an input of the net; may be given again",
	    .flags = OPT_INPUT },
	{ .type = OPT_HEAD, .help = "Running" },
	{ 0, "crop", OPT_CHOICE, AT(infer.crop), "HOW",
	    "what a net that crops sees: the centre, the whole squashed, or ten crops",
	    .choices = "center|squash|ten", .needs = "!input|no-resize" },
	{ 0, "no-resize", OPT_FLAG, AT(infer.no_resize), NULL,
	    "keep pictures at their own size (for fully convolutional nets)",
	    .needs = "!input" },
	{ 0, "tile", OPT_PAIR, AT(report.tile), "WxH",
	    "run large pictures in tiles of this size, and put together what is found in them",
	    .lo = 1, .hi = 65535, .needs = "!input|npy" },
	{ 0, "overlap", OPT_DOUBLE, AT(report.overlap), "SHARE",
	    "of a tile's side, that it shares with the next one at least",
	    .hi = 0.9, .needs = "tile" },
	{ 0, "windows", OPT_STR, AT(report.windows), "FILE",
	    "look at these windows of pictures: lines \"path left top right bottom\", the CSV of Caffe's detect.py, or a window file of R-CNN's",
	    .flags = OPT_INPUT, .needs = "!crop|no-resize|tile|npy" },
	{ 0, "context", OPT_INT, AT(report.context), "PIXELS",
	    "of the net's input, on each side of a window that it sees beside it",
	    .lo = 0, .hi = 4096, .needs = "windows" },
	{ 0, "rgb", OPT_FLAG, AT(infer.rgb), NULL,
	    "the net takes R G B, not B G R, and info.json does not say so" },
	{ 0, "preset", OPT_CHOICE, AT(preset), "HOW",
	    "how pictures become the net's input, whatever the model says of it: as model-import(1) has these ways",
	    .choices = MODEL_PRESETS, .needs = "!input" },
	{ 0, "no-exif", OPT_FLAG, AT(no_exif), NULL, "ignore EXIF orientation",
	    .needs = "!input|db|dataset" },
	{ 'b', "batch", OPT_INT, AT(infer.batch), "N", "pictures per batch",
	    .lo = 1, .hi = 65536, .needs = "!input|no-resize" },
	{ 0, "device", OPT_STR, AT(infer.device), "DEV",
	    "the device: auto, cpu, ref, cuda or cuda:N; list shows what there is",
	    .alone = "list" },
	{ 0, "precision", OPT_CHOICE, AT(infer.precision), "P",
	    "arithmetic of convolutions and products",
	    .choices = "fp32|tf32|bf16|fp16" },
	{ 0, "autotune", OPT_FLAG, AT(infer.autotune), NULL,
	    "on a GPU, measure the engines for convolutions and use the fastest; the choice is kept for later runs" },
	{ 0, "layers", OPT_LIST, AT(plugins), "FILE.so",
	    "load a plug-in with layer types of its own", .flags = OPT_INPUT },
	{ .type = OPT_HEAD, .help = "Results" },
	{ 0, "top", OPT_INT, AT(report.top), "N",
	    "classes to print for each picture", .lo = 1, .hi = 1e6,
	    .seen = AT(report.top_given) },
	{ 0, "outputs", OPT_LIST, AT(outputs), "BLOB,...",
	    "print these blobs, or what these layers put out, instead of the output that is scored" },
	{ 0, "npy", OPT_STR, AT(report.npy), "FILE",
	    "write the outputs as an array, row i of picture i (several outputs: FILE.BLOB.npy); a FILE.h5 has them all, by their names, and the classes that are known as label, for HDF5Data",
	    .flags = OPT_OUT | OPT_OUT_ANEW },
	{ 0, "view", OPT_CHOICE, AT(report.view), "VIEW",
	    "what is made of the outputs (default: as they are)",
	    .choices = INFER_VIEWS, .needs = "!input" },
	{ 'o', "output", OPT_STR, AT(report.out), "DIR",
	    "draw the answers upon the pictures, and write these to a folder",
	    .flags = OPT_OUT_DIR, .needs = "!input" },
	{ 0, "layer", OPT_STR, AT(report.layer), "NAME,...",
	    "the layers that a view looks into, also by patterns as 'conv*' (default: all, of gradcam the last one of filters)",
	    .needs = "view=layers|gradcam" },
	{ 0, "html", OPT_STR, AT(report.html), "FILE.html",
	    "write what is inside of the net as a page that needs no other file",
	    .choices = "html|htm", .flags = OPT_OUT, .needs = "view=layers" },
	{ 0, "colormap", OPT_CHOICE, AT(report.colormap), "MAP",
	    "colours for numbers: one that everybody can read, DIGITS's, or none",
	    .choices = HEAT_MAPS,
	    .needs = "view=layers|saliency|gradcam|occlusion" },
	{ 0, "class", OPT_STR, AT(report.class), "NAME|N",
	    "the class whose pixels are looked for (default: the best of each picture)",
	    .needs = "view=saliency|gradcam|occlusion" },
	{ 0, "patch", OPT_PAIR, AT(report.patch), "WxH",
	    "what occlusion covers, pixels of the net's input (default: a fifth of its sides)",
	    .lo = 1, .hi = 65535, .needs = "view=occlusion" },
	{ 0, "stride", OPT_INT, AT(report.stride), "PIXELS",
	    "from one patch to the next (default: half of a patch)", .lo = 1,
	    .hi = 65535, .needs = "view=occlusion" },
	{ 0, "threshold", OPT_DOUBLE, AT(report.threshold), "SCORE",
	    "boxes of lower scores are left out (default: the net's own)",
	    .hi = 100 },
	{ 0, "nms", OPT_DOUBLE, AT(report.nms), "IOU",
	    "boxes of a class that overlap by more become one", .hi = 1 },
	{ 0, "decode", OPT_CHOICE, AT(report.decode), "LAYOUT",
	    "how the outputs of a detector from elsewhere are laid out",
	    .choices = BOXES_LAYOUTS, .seen = AT(report.decode_given),
	    .needs = "view=boxes" },
	{ 0, "compat", OPT_FLAG, AT(report.compat), NULL,
	    "merge DetectNet's boxes as DIGITS does, with its mistakes" },
	{ 0, "opacity", OPT_DOUBLE, AT(report.opacity), "SHARE",
	    "how much of the picture below what is drawn is covered, 0 to 1",
	    .hi = 1, .needs = "output" },
	{ 0, "line", OPT_INT, AT(report.line), "PIXELS",
	    "the width of frames (0: by the picture's size)", .hi = 100,
	    .needs = "output" },
	{ 0, "coco", OPT_STR, AT(report.coco), "FILE.json",
	    "write all boxes as a file of results of COCO", .choices = "json",
	    .flags = OPT_OUT, .needs = "!input" },
	{ 0, "yolo", OPT_STR, AT(report.yolo), "DIR",
	    "write the boxes of each picture as a text of YOLO, the score last",
	    .flags = OPT_OUT_DIR, .needs = "!input" },
	{ 0, "crops", OPT_STR, AT(report.crops), "DIR",
	    "write what is in each box as a picture, in a folder of its class",
	    .flags = OPT_OUT_DIR, .needs = "!input" },
	{ 0, "masks", OPT_STR, AT(report.masks), "DIR",
	    "write the class of each pixel as a PNG with a palette, in the size of the picture",
	    .flags = OPT_OUT_DIR, .needs = "!input" },
	{ 0, "range", OPT_STR, AT(report.range), "LOW,HIGH",
	    "values that are black and white in a picture (default: 0,255; of probabilities 0,1)",
	    .needs = "view=image" },
	{ 0, "contour", OPT_FLAG, AT(report.contour), NULL,
	    "draw the outlines of areas alone", .needs = "output" },
	{ 0, "legend", OPT_FLAG, AT(report.legend), NULL,
	    "write which colour is which class below the picture",
	    .needs = "output" },
	{ 0, "summary", OPT_FLAG, AT(report.summary), NULL,
	    "print only the figures over all pictures" },
	{ 0, "per-class", OPT_FLAG, AT(report.per_class), NULL,
	    "print the precision and recall of each class" },
	{ 0, "confusion", OPT_STR, AT(report.confusion), "FILE",
	    "write the confusion matrix as a picture (.png, .svg), or as .tsv or .txt; - prints it",
	    .choices = "png|svg|tsv|txt", .flags = OPT_OUT },
	{ 0, "calibration", OPT_STR, AT(report.calibration), "FILE",
	    "write how often answers are right by how sure they are, as a picture (.png, .svg), or as .tsv or .txt; - prints it",
	    .choices = "png|svg|tsv|txt", .flags = OPT_OUT },
	{ 0, "best", OPT_INT, AT(report.best), "N",
	    "write a picture of each class: the N that it is surest of",
	    .lo = 1, .hi = 1000, .needs = "output" },
	{ 0, "map", OPT_STR, AT(report.map), "FILE",
	    "draw each picture as a point by the first of --outputs, or by its scores (.png, .svg)",
	    .choices = "png|svg", .flags = OPT_OUT },
	{ 0, "map-method", OPT_CHOICE, AT(report.map_method), "METHOD",
	    "pca: the plane in which the points spread most; tsne: one in which near points stay near (t-SNE; 5000 pictures at most)",
	    .choices = REPORT_MAPS, .needs = "map" },
	{ 0, "mistakes", OPT_INT, AT(report.mistakes), "N",
	    "list the N most confident mistakes", .lo = 0, .hi = 1e6 },
	{ 0, "require", OPT_LIST, AT(report.require), "GATE",
	    "exit with status 9 unless GATE holds ('top1>=0.75')",
	    .flags = OPT_GATE },
	{ 0 },
};

static const struct prog_example examples[] = {
	{ "model-infer -m lenet seven.png", "What is in this picture?" },
	{ "model-infer -m lenet pictures", "In all pictures of a folder?" },
	{ "find . -name '*.png' | model-infer -m lenet --json -",
	    "Stream names in, NDJSON out:" },
	{ "model-infer -m lenet - <seven.png",
	    "A picture that is no file, or is one elsewhere:" },
	{ "model-infer -m lenet https://example.com/seven.png", NULL },
	{ "model-infer -m lenet -d digits --summary --per-class",
	    "How good is it on the pictures that it was not trained on?" },
	{ "dset-show digits -p val --label 7 --cat | model-infer -m lenet --tsv -",
	    "And on the sevens among them?" },
	{ "model-infer -m lenet -d digits --summary --calibration calibration.png --best 25 -o surest",
	    "Is it as right as it is sure, and what is it surest of?" },
	{ "model-infer -m lenet --list test.txt --summary --outputs ip1 --npy features.npy --map map.png",
	    "What does it make of them before it decides? As numbers, and as a map:" },
	{ "model-infer -m lenet --list test.txt --summary --outputs ip1 --npy features.h5 --map near.png --map-method tsne",
	    "The same as HDF5, with the classes, and as a map of neighbours:" },
	{ "model-infer -m resnet50.onnx --preset imagenet cat.jpg",
	    "A model of another program's, as a file of ONNX:" },
	{ "model-infer -m cars street.jpg -o found",
	    "Where are the cars?  In lines, and drawn upon the picture:" },
	{ "model-infer -m cars -d streets --summary --per-class --require 'ap50>=0.5'",
	    "How many of them does it find?" },
	{ "model-infer -m voc street.jpg --view segmentation --masks masks -o drawn --legend",
	    "What is each pixel?" },
	{ "model-infer -m lenet --view layers seven.png -o layers --html layers.html",
	    "What is inside of the net when it sees this picture?" },
	{ "model-infer -m lenet --view gradcam seven.png -o why --legend",
	    "Which pixels does it tell the class by?" },
	{ "model-infer -m lenet --list test.txt --summary --confusion confusion.png --require 'top1>=0.98'",
	    "Test a model in a Makefile:" },
	{ 0 },
};

/* Files of an input folder that an output must not replace. */
static int
reads(const char *rel)
{
	return model_holds(rel) || replace_holds(&dset_kind, rel) ||
	    dset_source_picture(path_base(rel));
}

static const struct prog
    prog = {
	    .name = "model-infer",
	    .summary = "run a trained model on pictures",
	    .operands = "[IMAGE|FOLDER|URL|-]...",
	    .reads_operands = true,
	    .reads = reads,
	    .max_operands = -1,
	    .main_options =
		"list db crop device top summary per-class confusion mistakes require",
	    .opts = opts,
	    .about =
		"Prepares each picture as in the model's training (size, resize mode, crop, mean, B G R, all from the model folder), "
		"runs the net, and prints the classes with the highest scores. MODEL may be a folder made by model-train, by DIGITS "
		"or for Caffe (deploy.prototxt, a .caffemodel, labels.txt, mean.binaryproto), a snapshot tarball, or a file of ONNX (nnutils-onnx(7)), whose preparation is taken from what it and the files beside it say; where they do not, that is said, and --preset says it.\n\n"
		"Of a folder all pictures are taken, at any depth, in the order of their names; what is a picture is told as by "
		"dset-create(1), and names that begin with a dot are passed over. Pictures of http, https and s3 URLs are fetched anew "
		"each time, of at most 64 MB; a token for the host may be in ~/.netrc.\n\n"
		"An operand - takes what standard input has, told by its first bytes: names of pictures, one a line (files or URLs); or a picture, which is then "
		"called \"-\"; or a tar stream, plain or compressed, of pictures, as dset-show --cat writes it: a KEY.cls beside "
		"KEY.png says the number of its class.\n\n"
		"Pictures stream: answers come in the order of the input and "
		"as soon as they are known. A picture that cannot be read is named and counted, and the others go on.\n\n"
		"Weights that are another net's, that do not fit in shape, or that are NaN are refused with status 3; so are those that "
		"leave a layer out, unless --allow-missing is given.\n\n"
		"What is printed and drawn is a view of the net's outputs, chosen by what they are, or by --view. \"class\": the classes with the highest scores, or values as they are "
		"where there are no probabilities. \"boxes\": objects that a net found (DetectionOutput of SSD, YoloxOutput, those of YOLO v2 and v3, rois, cls_prob and bbox_pred of Faster R-CNN and R-FCN, DetectNet's coverage and bboxes), a line each with class, score, "
		"left, top, right and bottom. These are pixels of the picture as it was, upright, whatever was done to it for the net. \"segmentation\": the class of each pixel of the picture as it was, from an output (N, classes, H, W), or (N, 1, H, W) for two classes. \"image\": an output of 1 or 3 channels as a picture for -o; against the targets of a data set the mean squared error of bytes and the PSNR (mse, psnr). \"raw\": values, whatever they are. \"layers\": what is inside of the net. \"saliency\", \"gradcam\", \"occlusion\": which pixels a class was told by.\n\n"
		"Of layers each has a row for its weights and one for what it puts out, in the order of the net: shape, parameters, mean and deviation, least and greatest value, and a histogram of 20 bins. "
		"-o writes for each picture a folder of tiles, a tile a channel, and of histograms, with the weights in the folder \"weights\" and all rows in layers.tsv; --html the same as one page. Tiles of a layer are normalised together; filters of three channels and pictures have colours. "
		"A picture of tiles is about 1200 pixels wide at most: of more tiles the first are shown, and how many is said. Weights of InnerProduct are not pictured.\n\n"
		"Which pixels a class (--class, else the best one) was told by: \"saliency\" is the gradient of its score by each pixel, without its sign and the greatest of the channels; \"gradcam\" weighs the channels of a layer (--layer) by such gradients and stretches their sum over the picture; "
		"\"occlusion\" covers the picture with a patch of its mean colour, place by place, and says how much the score falls. The score is what goes into the last Softmax, of occlusion what comes out. -o writes for each picture NAME.png, the map over the picture in grey, covering --opacity of it (0.6), and NAME.npy, the map as it is.\n\n"
		"Of segmentation the --top classes are printed with their shares of the picture; --masks and -o have their colours from the data set of -d, else from that of the training. Where a class 0 is black, as a ground is, the picture is left as it is. "
		"A pixel that the net has not seen, as the picture was cropped, is 255 in a mask, and counts as wrong.\n\n"
		"--best N writes to -o of each class the N pictures, of all that are taken for it, with the highest scores, those of another class in red, and best.tsv. --map draws the pictures in the plane in which their numbers spread most (the first two principal components), each in the colour of its class, or of what it is taken for; the numbers of all pictures are held in memory, 1 GiB of them at most.\n\n"
		"Outputs of detectors from elsewhere are boxes for --view boxes by their shapes and names, or as --decode says; nnutils-onnx(7) has the layouts. Those that leave overlapping boxes are merged at 0.45, unless --nms says otherwise.\n\n"
		"DetectNet's cells whose boxes overlap by --nms (0.5) become one box, their mean by coverage, scored by the highest, and of boxes that still overlap so much the lower goes; --compat does as DIGITS, whose scores are logarithms. "
		"Boxes below the threshold of the net's own (rows of SSD: 0.3) are only in the figures and in the file of --coco, unless --threshold says where to stop. There the number of a picture is that of its name, \"000000042.jpg\", or the name itself; of a record that of dset-show --export.\n\n"
		"--windows is for nets that say what is in a region, as R-CNN's: each window is warped to the net's input, with --context around it, "
		"and is a box of each class whose score is reached (of probabilities 0.3, else 0); those of a class that overlap by --nms (0.3) become one.\n\n"
		"Where a list, records or a tar stream have labels, top-1 and top-5 are counted, on the output that the net scores: the last one "
		"of probabilities, else of several values; the figures follow "
		"the answers. Where records have boxes, they are COCO's (AP, the mean over IoU 0.5 to 0.95; AP50, AP75; of small, medium and large objects; AR), VOC's of 2007 and 2010, and what DIGITS calls mAP; "
		"boxes of the class dontcare are not missed, and what is found there is not wrong. Where records have masks, they are pixel accuracy, mean accuracy of classes, mean and weighted IoU, mean Dice, and the F measure of boundaries (met within 0.75 % of the diagonal); pixels of 255 do not count. --calibration compares the share of right answers with their confidence in 15 bins, and prints their mean and greatest difference (ECE, MCE; gates: ece, mce). --require takes them by the names that --tsv prints. With --json the confusion matrix is among them for up to 1,000 classes.",
	    .examples = examples,
	    .json =
		"One object for each picture:\n\n"
		"  path          as it was named, or the key of a record\n"
		"  truth         the number of its class, if that is known\n"
		"  predictions   label, index and score of the best classes, best first\n"
		"  outputs       of other blobs: blob, shape, values, and whether these are the whole\n"
		"  width height  with boxes: of the picture\n"
		"  boxes         label, index, score and box [left, top, right, bottom], best first\n"
		"  classes       with segmentation: label, index, pixels and share of those that there are; unseen, pixels\n\n"
		"With layers an object for each row: path, layer, type, of (weights or activation), blob, shape, count, parameters, mean, std, min, max, finite (how many of the values), histogram (y counts, x the middles of the bins, ticks the first, middle and last edge), tiles, shown (of these), tiles_file and bins_file (below -o); then summary: images, layers, parameters.\n\n"
		"With saliency, gradcam and occlusion: path, method, label, index, score, layer (of gradcam), shape (of the map), min, max, peak [x, y] in the picture, overlay and array (files below -o).\n\n"
		"Then, where truths are known, one with the key summary: images, top1, top5; with --per-class classes (label, images, right, precision, recall); with --mistakes mistakes (path, truth, answer, score); and confusion, the matrix, rows the truth; with --calibration calibration (ece, mce, and bins: from, to, images, confidence, accuracy). Of boxes: images, objects, boxes, and the figures from ap to digits_recall, null where there is nothing to count; with --per-class classes with the same.\n\n"
		"With --device list: device, name, arch, units, memory and free (bytes), software, driver.",
	    .env = prog_env_nets,
	    .files =
		"MODEL is the folder that nnutils-model(5) describes. Of it deploy.prototxt, the weights, labels.txt, the mean and info.json are read.",
	    .see_also =
		"model-train(1), model-import(1), model-show(1), nnutils-model(5), nnutils-onnx(7), nnutils-images(7)",
	    .common = PROG_JSON | PROG_FORCE | PROG_THREADS | PROG_PROGRESS |
		PROG_BAD | PROG_NUL,
    };

/* The part of a data set that is looked at: this one, or -1. */
static int
choose_part(const struct dset *d, int asked)
{
	const int part = asked >= 0         ? asked
	    : d->db_path[DSET_TEST] != NULL ? DSET_TEST
					    : DSET_VAL;

	if (d->db_path[part] != NULL)
		return part;
	return err_set(ERR_MISSING,
	    asked >= 0
		? "%s has no %s part"
		: "%s has no test part and no %s part: name another by --part",
	    d->path, dset_part_name((enum dset_part)part));
}

static int
run_dataset(struct args *a)
{
	struct stream *s = &a->stream;
	struct dset *d;
	int rc;

	TRY(hub_resolve(&a->model));
	if (a->dataset == NULL)
		return report_run(&a->report, a->model, &a->infer, s,
		    &a->inputs, &a->outputs);
	TRY(dset_open(&d, a->dataset));
	rc = choose_part(d, a->part);
	if (rc >= 0) {
		s->db = d->db_path[rc];
		s->dset = d;
		rc = report_run(&a->report, a->model, &a->infer, s, &a->inputs,
		    &a->outputs);
	}
	dset_close(d);
	return rc;
}

static int
run(struct args *a, int argc, char **argv)
{
	struct infer_opts *io = &a->infer;
	struct stream *s = &a->stream;
	int rc;

	if (strcmp(io->device, "list") == 0)
		return device_list(stdout, prog_options()->format);
	if ((argc > 0) + (s->list != NULL) + (s->db != NULL) +
		(a->dataset != NULL) + (a->inputs.n > 0) +
		(a->report.windows != NULL) !=
	    1)
		return err_set(ERR_USAGE,
		    "name pictures, or a --list, or --windows, or a data set by -d, or a --db, or an --input");
	for (size_t i = 0; i < a->plugins.n; i++)
		TRY(layer_plugin_load(a->plugins.v[i]));
	io->threads = s->threads = prog_options()->threads;
	io->image_flags = a->no_exif ? IMAGE_NO_EXIF : 0;
	io->preset = a->preset + 1;
	io->unprepared = a->inputs.n > 0;
	io->as_stored = a->outputs.n > 0 || a->inputs.n > 0;
	if (argc == 1 && io->batch == 0 && strcmp(argv[0], "-") != 0 &&
	    !file_is_dir(argv[0]))
		io->batch = 1;
	TRY(model_epoch_parse(&io->epoch, a->epoch));
	s->names = (const char *const *)argv;
	s->nnames = (size_t)argc;
	s->nul = prog_options()->nul;
	stop_install();
	rc = run_dataset(a);
	return rc < 0 ? rc : prog_bad_end();
}

int
main(int argc, char **argv)
{
	struct args a = { .part = -1,
		.preset = MODEL_PRESET_NONE,
		.infer.device = "auto",
		.report = { .top = 5,
		    .view = INFER_VIEW_AUTO,
		    .threshold = -1,
		    .overlap = 0.2,
		    .context = 16,
		    .opacity = 0.2 } };
	int rc = prog_parse(&prog, &a, &argc, &argv);

	if (rc > 0)
		rc = run(&a, argc, argv);
	return prog_end(&prog, rc);
}
