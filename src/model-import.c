/*
 * model-import: an archive of DIGITS's or ours, or single files of a Caffe
 * model, into a model folder.  The work is in lib/model/import.c; archives are
 * not trusted (lib/archive).
 */
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/path.h"
#include "image/image.h"
#include "json/line.h"
#include "model/imports/prepare.h"
#include "model/pack.h"
#include "model/product.h"
#include "prog/line.h"
#include "prog/prog.h"

struct args {
	const char *out, *weights, *net, *labels, *mean, *std, *name;
	int size[2];
	int resize, filter, preset;
	bool gray, rgb, bgr, resize_given, filter_given, allow_missing;
	bool convolutionize;
	double scale, crop_share;
};

#define AT(field) offsetof(struct args, field)

static const struct opt opts[] = {
	{ 'o', "output", OPT_STR, AT(out), "MODEL", "the folder to make",
	    .flags = OPT_REQUIRED | OPT_OUT_DIR },
	{ 0, "weights", OPT_STR, AT(weights), "FILE",
	    "the weights: a .caffemodel or .caffemodel.h5, .safetensors, or what torch.save wrote of a state_dict (.pth, .pt); needs --net",
	    .flags = OPT_INPUT },
	{ 0, "net", OPT_STR, AT(net), "FILE|NAME",
	    "the .prototxt of the net, for deployment or as it was trained, or the name of a standard net",
	    .flags = OPT_INPUT },
	{ 0, "labels", OPT_STR, AT(labels), "FILE",
	    "names of the classes, one per line", .flags = OPT_INPUT },
	{ 0, "mean", OPT_STR, AT(mean), "FILE|B,G,R",
	    "a mean.binaryproto, or an array of C x H x W, H x W x C or C numbers (.npy), or the mean of each channel",
	    .flags = OPT_INPUT },
	{ 0, "size", OPT_PAIR, AT(size), "WxH",
	    "size of the pictures, if the net does not state it", .lo = 1,
	    .hi = 65535 },
	{ 0, "gray", OPT_FLAG, AT(gray), NULL, "pictures have one channel" },
	{ 0, "rgb", OPT_FLAG, AT(rgb), NULL,
	    "the net was trained on R G B pictures (Caffe's CIFAR models), not on B G R; a mean is in that order too" },
	{ 0, "bgr", OPT_FLAG, AT(bgr), NULL,
	    "the net takes B G R, whatever the file says" },
	{ 0, "preset", OPT_CHOICE, AT(preset), "HOW",
	    "how pictures become its input, as many nets have it: R G B with ImageNet's means and deviations, B G R less 104,117,123, B G R as it is in a corner, R G B from -1 to 1, from 0 to 1",
	    .choices = MODEL_PRESETS },
	{ 0, "resize", OPT_CHOICE, AT(resize), "MODE",
	    "how pictures are resized to that size", .choices = IMAGE_MODES,
	    .seen = AT(resize_given) },
	{ 0, "crop-pct", OPT_DOUBLE, AT(crop_share), "F",
	    "the net takes the middle of pictures that are larger: its size is this share of theirs (0.875: 224 of 256)",
	    .lo = 0.01, .hi = 1 },
	{ 0, "interpolation", OPT_CHOICE, AT(filter), "HOW",
	    "the filter by which pictures are resized",
	    .choices = IMAGE_FILTERS, .seen = AT(filter_given) },
	{ 0, "scale", OPT_DOUBLE, AT(scale), "F",
	    "multiply pixels by this after the mean is subtracted; 0: do not",
	    .lo = 0, .hi = 1e6 },
	{ 0, "std", OPT_STR, AT(std), "B,G,R",
	    "divide each channel by this after mean and scale, in the order of the mean" },
	{ 0, "convolutionize", OPT_FLAG, AT(convolutionize), NULL,
	    "make convolutions of the InnerProduct layers, so that the net takes larger pictures and answers with a map" },
	{ 0, "allow-missing", OPT_FLAG, AT(allow_missing), NULL,
	    "accept weights that lack some layers of the net; each is named, and the status is 1" },
	{ 0, "name", OPT_STR, AT(name), "NAME", "the name of the model" },
	{ 0 },
};

static const struct prog_example examples[] = {
	{ "model-import lenet.tar.gz -o lenet",
	    "An archive that DIGITS or model-pack made:" },
	{ "model-import --weights v.caffemodel --net v_deploy.prototxt "
	  "--labels synset.txt --mean 104,117,123 --size 224x224 -o vgg",
	    "Files as people publish them:" },
	{ "model-import resnet18.pth --net resnet18-torchvision -o resnet18",
	    "Weights of torchvision's:" },
	{ "model-import vgg -o vgg-map --convolutionize",
	    "A net that says what is in each part of a large picture:" },
	{ "model-import resnet50.onnx -o resnet50 --preset imagenet "
	  "--crop-pct 0.875 --labels imagenet.txt",
	    "A model of PyTorch's that was exported as ONNX:" },
	{ 0 },
};

static const struct prog prog = {
	.name = "model-import",
	.summary = "make a model folder from an archive or single files",
	.operands = "[ARCHIVE|FOLDER|FILE.onnx|WEIGHTS]",
	.reads_operands = true,
	.reads = model_holds,
	.min_operands = 0,
	.max_operands = 1,
	.opts = opts,
	.common = PROG_JSON | PROG_FORCE | PROG_BAD,
	.about =
	    "ARCHIVE is a tar (plain, gzip, bzip2, xz, zstd) or a zip with "
	    "info.json, at its root or in its only folder; FOLDER is the same unpacked. Options override what info.json says.\n\n"
	    "With --net, the operand is weights as --weights names them. Those of PyTorch are found by the names of their layers: the net's own, or those that torchvision and timm have for a standard net, whose preparation of pictures comes with them (nnutils-weights(7)); "
	    "arrays that are of no layer are reported, and the exit status is 1. Of a checkpoint the state_dict is taken, of averaged weights where it has them. A pickle is read without executing anything, and one that names more than a state_dict needs is refused.\n\n"
	    "FILE.onnx becomes a net that can be read (deploy.prototxt) and its weights; nnutils-onnx(7) says what is taken. How its pictures are prepared is taken from its metadata, or from preprocessor_config.json and config.json beside it, and printed on standard error; where nothing is known, that is said, and --preset, --mean, --std, --scale, --rgb and --bgr say it. A pixel x of 0 to 255 becomes (x - mean) * scale / std.\n\n"
	    "Refused with exit status 8, and nothing is left behind: names "
	    "that lead out of the folder, absolute names, duplicate names "
	    "(also those that differ only in case), links, devices, and archives that grow out of all proportion when unpacked.\n\n"
	    "Weights that are not the net's are refused with status 3: those "
	    "of another net, other shapes, a file cut short, NaN, an HTML page "
	    "in place of them, and, unless --allow-missing is given, those that leave a layer out.\n\n"
	    "A net for training (a train_val.prototxt) gets a deploy.prototxt "
	    "of its layers for validation, without labels and losses and with "
	    "probabilities; --size and --gray say what its pictures are where it does not, and its own mean and scale count unless others are given.\n\n"
	    "With --convolutionize each InnerProduct becomes a Convolution of the same name, whose window is what it saw, and its weights are given that shape: pictures of the net's size are answered as before, and with model-infer --no-resize larger ones by a map. "
	    "Nets for masks, as fcn8s, are trained from such weights (model-train -p).\n\n"
	    "A file that info.json names but that is missing is reported; the folder is made nevertheless, and the exit status is 1.",
	.examples = examples,
	.files =
	    "The folder that is made is the one that nnutils-model(5) describes.",
	.json =
	    "One object, with --tsv the same as columns; nothing is printed without them.\n\n"
	    "  model       the folder that was made\n"
	    "  missing     how many files that info.json names were not there\n"
	    "  untrained   how many layers have no weights\n"
	    "  unused      how many arrays of the weights are of no layer",
	.see_also =
	    "model-pack(1), model-infer(1), store-pull(1), zoo-fetch(1), nnutils-model(5), nnutils-onnx(7), nnutils-weights(7)",
};

/* How many of each were told. */
struct told {
	int64_t missing, untrained, unused;
};

static void
missing(void *ctx, const char *file, const char *key)
{
	char *why = mem_printf("is missing (\"%s\")", key);
	struct told *t = ctx;

	t->missing++;
	prog_bad(file, -1, why, 0);
	mem_free(why);
}

static void
untrained(void *ctx, const char *file, const char *layer)
{
	char *why = mem_printf("has no weights for layer \"%s\"", layer);
	struct told *t = ctx;

	t->untrained++;
	prog_bad(file, -1, why, 0);
	mem_free(why);
}

static void
unused(void *ctx, const char *file, const char *array)
{
	char *why = mem_printf("has \"%s\", which is of no layer", array);
	struct told *t = ctx;

	t->unused++;
	prog_bad(file, -1, why, 0);
	mem_free(why);
}

static void
prepared(void *ctx, const char *text)
{
	(void)ctx;
	log_warn("pictures: %s", text);
}

static int
tell(const char *model, const struct told *t)
{
	struct line l = { .out = stdout, .tsv = 1 };
	struct json_line line;
	struct json_w *w;

	if (prog_options()->format == PROG_FMT_TSV) {
		line_cell(&l, "%s", model);
		line_cell(&l, "%" PRId64, t->missing);
		line_cell(&l, "%" PRId64, t->untrained);
		line_cell(&l, "%" PRId64, t->unused);
		line_end(&l);
	}
	if (prog_options()->format != PROG_FMT_JSON)
		return 0;
	w = json_line_begin(&line);
	json_w_kstr(w, "model", model);
	json_w_kint(w, "missing", t->missing);
	json_w_kint(w, "untrained", t->untrained);
	json_w_kint(w, "unused", t->unused);
	return json_line_end(&line, stdout);
}

static int
run(const struct args *a, int argc, char **argv)
{
	struct told told = { 0 };
	struct model_import o = {
		.out = a->out,
		.force = prog_options()->force,
		.archive = argc > 0 && a->net == NULL ? argv[0] : NULL,
		.weights =
		    a->weights != NULL || argc == 0 ? a->weights : argv[0],
		.net = a->net,
		.labels = a->labels,
		.mean = a->mean,
		.name = a->name,
		.resize = a->resize_given
		    ? image_mode_name((enum image_mode)a->resize)
		    : NULL,
		.size = { a->size[0], a->size[1] },
		.filter = a->filter_given
		    ? image_filter_name((enum image_filter)a->filter)
		    : NULL,
		.preset = a->preset,
		.crop_share = a->crop_share,
		.gray = a->gray,
		.convolutionize = a->convolutionize,
		.rgb = a->rgb,
		.bgr = a->bgr,
		.scale = a->scale,
		.std = a->std,
		.untrained = a->allow_missing ? untrained : NULL,
		.missing = missing,
		.unused = unused,
		.prepared = prepared,
		.ctx = &told,
	};

	if (argc > 0 && a->weights != NULL)
		return err_set(ERR_USAGE,
		    "give an archive, or --weights and --net, not both");
	if (a->weights == NULL && a->net != NULL && argc == 0)
		return err_set(ERR_USAGE,
		    "--net %s: --weights FILE is needed, too", a->net);
	if (a->rgb + a->gray + a->bgr > 1)
		return err_set(ERR_USAGE,
		    "--rgb, --bgr and --gray are mutually exclusive");
	TRY(model_import(&o));
	TRY(tell(a->out, &told));
	return prog_bad_end();
}

int
main(int argc, char **argv)
{
	struct args args = { .preset = MODEL_PRESET_NONE };
	int rc = prog_parse(&prog, &args, &argc, &argv);

	if (rc > 0)
		rc = run(&args, argc, argv);
	return prog_end(&prog, rc);
}
