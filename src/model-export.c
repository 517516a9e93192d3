/*
 * model-export: a trained model as files of other programs.  What each is made of:
 * lib/model/exports/export.h.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/path.h"
#include "file/file.h"
#include "infer/exports/onnx.h"
#include "infer/exports/triton.h"
#include "json/line.h"
#include "model/check.h"
#include "model/exports/export.h"
#include "model/product.h"
#include "onnx/export/export.h"
#include "prog/line.h"
#include "prog/prog.h"
#include "store/hub/hub.h"

struct args {
	const char *epoch, *safetensors, *caffe, *onnx, *triton;
	int names, opset;
	bool fold_batchnorm, half, prepare, check;
};

#define AT(field) offsetof(struct args, field)

static const struct opt opts[] = {
	{ 'e', "epoch", OPT_STR, AT(epoch), "EPOCH|best",
	    "export the snapshot of this epoch, or the one that validated best (default: the newest)" },
	{ 0, "onnx", OPT_STR, AT(onnx), "FILE",
	    "the net and its weights as ONNX, or - for standard output",
	    .choices = "onnx", .flags = OPT_OUT },
	{ 0, "triton", OPT_STR, AT(triton), "REPO",
	    "the same as the next version of the model in a model repository of the Triton server: REPO/NAME/VERSION/model.onnx, with config.pbtxt and labels.txt",
	    .flags = OPT_OUT_DIR },
	{ 0, "opset", OPT_INT, AT(opset), "N",
	    "the version of ONNX's operators that is written",
	    .lo = ONNX_EXPORT_OPSET_MIN, .hi = ONNX_EXPORT_OPSET_MAX,
	    .needs = "onnx|triton" },
	{ 0, "with-preparation", OPT_FLAG, AT(prepare), NULL,
	    "the input is a picture, R G B bytes (N, H, W, 3), or gray ones (N, H, W, 1), of the net's size: means, scale and the order of channels are nodes",
	    .needs = "onnx|triton" },
	{ 0, "fold-batchnorm", OPT_FLAG, AT(fold_batchnorm), NULL,
	    "work BatchNorm, and the Scale behind it, into the weights of the convolution before it",
	    .needs = "onnx|triton" },
	{ 0, "fp16", OPT_FLAG, AT(half), NULL,
	    "weights and arithmetic in float16; inputs and outputs stay float32",
	    .needs = "onnx|triton" },
	{ 0, "check", OPT_FLAG, AT(check), NULL,
	    "before it is written, read the ONNX as model-import does and run both nets with random inputs: outputs that differ are an error",
	    .needs = "onnx|triton" },
	{ 0, "safetensors", OPT_STR, AT(safetensors), "FILE",
	    "the weights as safetensors, or - for standard output",
	    .choices = "safetensors", .flags = OPT_OUT },
	{ 0, "names", OPT_CHOICE, AT(names), "WHOSE",
	    "how the arrays of --safetensors are called: caffe is LAYER/0, LAYER/1; torch is as torchvision calls them where it has the net, else LAYER.weight, LAYER.bias",
	    .choices = "caffe|torch", .needs = "safetensors" },
	{ 0, "caffe", OPT_STR, AT(caffe), "DIR",
	    "deploy.prototxt and model.caffemodel as BVLC's Caffe takes them",
	    .flags = OPT_OUT_DIR },
	{ 0 },
};

static const struct prog_example examples[] = {
	{ "model-export lenet --onnx lenet.onnx",
	    "Net and weights, for onnxruntime, OpenVINO, TensorRT and others:" },
	{ "model-export flowers -e best --onnx flowers.onnx --with-preparation --fp16",
	    "One that takes pictures as they are decoded, in half the room:" },
	{ "model-export flowers -e best --triton repository --check",
	    "The next version of what a Triton server offers, read again before:" },
	{ "model-export lenet --safetensors lenet.safetensors",
	    "The weights, for programs that read safetensors:" },
	{ "model-export lenet -e best --safetensors best.safetensors --names torch",
	    "Those that validated best, named as PyTorch names them:" },
	{ "model-export lenet --caffe for-caffe",
	    "Net and weights, for the Caffe of Berkeley:" },
	{ 0 },
};

static const struct prog prog = {
	.name = "model-export",
	.summary = "export a trained model for other programs",
	.operands = "MODEL",
	.reads_operands = true,
	.reads = model_holds,
	.min_operands = 1,
	.max_operands = 1,
	.opts = opts,
	.common = PROG_JSON | PROG_FORCE,
	.about =
	    "MODEL is a model folder, a snapshot archive, or hf:ORG/NAME, a model of the Hugging Face hub (store-pull(1)). Each option that names an output makes one; at least one is needed.\n\n"
	    "ONNX holds the net for use and its weights. Blobs keep their names as tensors, layers as nodes; the axis of items is free. Class names, how pictures are prepared, and what the outputs mean are its metadata. A type of layer that ONNX has no form for is refused by the layer's name; nnutils-onnx(7) says what becomes of the others.\n\n"
	    "--triton adds a version to a model repository of the Triton Inference Server, which appears whole under the next number. The model is called there as info.json or the folder calls it. A config.pbtxt or labels.txt that is there stays as it is, also where somebody added to it; where it does not have the model's inputs and outputs, or other names, the version is refused, and -f replaces it.\n\n"
	    "Safetensors hold weights and no net. With --names torch a BatchNorm is running_mean and running_var, which are Caffe's blobs divided by its factor, and the Scale behind it weight and bias, of the same module. What model-export writes, model-import and model-train -p read, by either names.\n\n"
	    "With --caffe the folder's net has only layers and parameters that BVLC's Caffe (of 2020) knows: ReLU6 becomes Clip, HardSwish four layers; where a layer has no counterpart it is named and the status is 3. Labels, mean and info.json lie beside, so that it is a model folder.\n\n"
	    "Weights that are not the net's (another net's, layers left out, NaN, a file cut short) are refused with status 3.\n\n"
	    "The same model gives the same bytes.",
	.examples = examples,
	.files =
	    "Of MODEL the net for use and the weights of one snapshot are read, and for ONNX labels, mean and info.json; see nnutils-model(5).",
	.json =
	    "One object for each output, with --tsv the same as columns; nothing is printed without them.\n\n"
	    "  model    the model\n"
	    "  format   what was made: onnx, triton, safetensors, caffe\n"
	    "  path     where\n"
	    "  bytes    its size; of a folder the weights'",
	.see_also =
	    "model-import(1), model-pack(1), model-show(1), nnutils-model(5), nnutils-onnx(7), nnutils-weights(7)",
};

/* With --json and --tsv: what was made, and of it the file whose size counts. */
static int
tell(const char *model, const char *format, const char *path, const char *file)
{
	struct line l = { .out = stdout, .tsv = 1 };
	struct json_line line;
	struct json_w *w;
	uint64_t bytes;

	if (prog_options()->format == PROG_TEXT)
		return 0;
	TRY(file_size(&bytes, file));
	if (prog_options()->format == PROG_FMT_TSV) {
		line_cell(&l, "%s", model);
		line_cell(&l, "%s", format);
		line_cell(&l, "%s", path);
		line_cell(&l, "%" PRIu64, bytes);
		line_end(&l);
		return 0;
	}
	w = json_line_begin(&line);
	json_w_kstr(w, "model", model);
	json_w_kstr(w, "format", format);
	json_w_kstr(w, "path", path);
	json_w_kint(w, "bytes", (int64_t)bytes);
	return json_line_end(&line, stdout);
}

static int
export_caffe(const struct args *a, const struct model *m, const char *name)
{
	char *file;
	int rc;

	TRY(model_export_caffe(m, a->caffe, prog_options()->force));
	file = path_join(a->caffe, "model.caffemodel");
	rc = tell(name, "caffe", a->caffe, file);
	mem_free(file);
	return rc;
}

static int
export_onnx(const struct args *a, const struct model *m, const char *name)
{
	const struct infer_onnx o = { .opset = a->opset,
		.half = a->half,
		.fold_batchnorm = a->fold_batchnorm,
		.prepare = a->prepare,
		.check = a->check };
	const int force = prog_options()->force;
	char *made = NULL, *own;
	int rc = 0;

	if (a->onnx != NULL) {
		TRY(infer_export_onnx(m, &o, a->onnx, force));
		TRY(tell(name, "onnx", a->onnx, a->onnx));
	}
	if (a->triton == NULL)
		return 0;
	own = file_dir_name(name);
	rc = infer_export_triton(m, &o, a->triton,
	    m->info.name != NULL ? m->info.name : own, force, &made);
	if (rc >= 0)
		rc = tell(name, "triton", made, made);
	mem_free(own);
	mem_free(made);
	return rc;
}

static int
export_all(const struct args *a, const struct model *m, const char *name)
{
	const int force = prog_options()->force;

	TRY(export_onnx(a, m, name));
	if (a->safetensors != NULL) {
		TRY(model_export_safetensors(m, a->safetensors,
		    (enum model_export_names)a->names, force));
		TRY(tell(name, "safetensors", a->safetensors, a->safetensors));
	}
	if (a->caffe != NULL)
		TRY(export_caffe(a, m, name));
	return 0;
}

static int
check_stdout(const struct args *a)
{
	const char *const out[] = { a->onnx, a->safetensors };
	int to_stdout = 0;

	for (size_t i = 0; i < LENGTH(out); i++)
		to_stdout += out[i] != NULL && strcmp(out[i], "-") == 0;
	if (to_stdout > 1)
		return err_set(
		    ERR_USAGE, "standard output can be but one of the files");
	if (to_stdout > 0 && prog_options()->format != PROG_TEXT)
		return err_set(ERR_USAGE,
		    "-: standard output gets the file, and nothing about it");
	return 0;
}

static int
run(const struct args *a, const char *name)
{
	struct model *m;
	double epoch;
	int rc;

	if (a->safetensors == NULL && a->caffe == NULL && a->onnx == NULL &&
	    a->triton == NULL)
		return err_set(ERR_USAGE,
		    "what is to be made? --onnx FILE, --triton REPO, --safetensors FILE or --caffe DIR names it");
	TRY(check_stdout(a));
	TRY(model_epoch_parse(&epoch, a->epoch));
	TRY(hub_resolve(&name));
	TRY(model_open(&m, name, epoch));
	rc = model_judge(m, NULL, NULL);
	if (rc >= 0)
		rc = export_all(a, m, name);
	model_close(m);
	return rc;
}

int
main(int argc, char **argv)
{
	struct args args = { .opset = ONNX_EXPORT_OPSET };
	int rc = prog_parse(&prog, &args, &argc, &argv);

	if (rc > 0)
		rc = run(&args, argv[0]);
	return prog_end(&prog, rc);
}
