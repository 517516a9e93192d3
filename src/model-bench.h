/* The options of model-bench. */
#ifndef MODEL_BENCH_H
#define MODEL_BENCH_H

#include "speed/speed.h"

struct args {
	struct speed_opts speed;
	const char *threads, *batch, *precision, *device;
	bool first_answer;
};

#define AT(field) offsetof(struct args, field)

static const struct opt opts[] = {
	{ 'j', "threads", OPT_STR, AT(threads), "N[,N...]",
	    "threads on the CPU (default: all cores)" },
	{ 'b', "batch", OPT_STR, AT(batch), "N[,N...]",
	    "pictures in one run (default: 1; --train: 16)" },
	{ 0, "device", OPT_STR, AT(device), "DEV[,DEV...]",
	    "devices: auto, cpu, ref, cuda or cuda:N; list shows what there is",
	    .alone = "list" },
	{ 0, "precision", OPT_STR, AT(precision), "P[,P...]",
	    "arithmetic of convolutions and products: fp32, tf32, bf16, fp16",
	    .choices = "fp32|tf32|bf16|fp16", .flags = OPT_COMMAS },
	{ 0, "train", OPT_FLAG, AT(speed.train), NULL,
	    "measure iterations of a training: forward, backward and the update" },
	{ 0, "per-layer", OPT_FLAG, AT(speed.layers), NULL,
	    "show what each layer takes, and by what; with --tsv instead of the rest" },
	{ 0, "per-op", OPT_FLAG, AT(speed.ops), NULL,
	    "show what each kind of operation takes", .needs = "!!per-layer" },
	{ 0, "vs", OPT_STR, AT(speed.vs), "FILE.onnx",
	    "measure onnxruntime on this model in turns with the net: takes a python3 with onnxruntime",
	    .flags = OPT_INPUT, .needs = "!!train" },
	{ 0, "require", OPT_LIST, AT(speed.require), "GATE",
	    "exit with status 9 unless GATE holds ('p99<=20') for all that was measured",
	    .flags = OPT_GATE },
	{ .type = OPT_HEAD, .help = "Measuring" },
	{ 0, "time", OPT_DURATION, AT(speed.seconds), "TIME",
	    "run for so long, for each way to run the net" },
	{ 0, "runs", OPT_INT, AT(speed.runs), "N", "run so often instead",
	    .lo = 1, .hi = 1e7 },
	{ 0, "warmup", OPT_INT, AT(speed.warmup), "N",
	    "runs before those, which do not count", .lo = 0, .hi = 1e6 },
	{ 0, "starts", OPT_INT, AT(speed.starts), "N",
	    "processes that are started for the first answer, the middle one of which counts; 0: it is not measured",
	    .lo = 0, .hi = 1000 },
	{ 0, "input", OPT_STR, AT(speed.input), "CxHxW",
	    "size of the pictures, if the net does not state it" },
	{ 0, "classes", OPT_INT, AT(speed.classes), "N",
	    "number of classes where num_output is left out", .lo = 1,
	    .hi = 1 << 24 },
	{ 0, "autotune", OPT_FLAG, AT(speed.autotune), NULL,
	    "on a GPU, measure the engines for convolutions first and use the fastest" },
	{ 0, "layers", OPT_LIST, AT(speed.plugins), "FILE.so",
	    "load a plug-in with layer types of its own", .flags = OPT_INPUT },
	{ 0, "first-answer", OPT_FLAG, AT(first_answer), NULL,
	    "be the process whose first answer is measured",
	    .flags = OPT_HIDDEN },
	{ 0 },
};

static const struct prog_example examples[] = {
	{ "model-bench resnet18", "How fast is a standard net?" },
	{ "model-bench lenet -j 1,2 -b 1,8,16",
	    "A model, with one thread and two, and in batches of several sizes:" },
	{ "model-bench lenet seven.png",
	    "On a picture, and not random numbers:" },
	{ "model-bench squeezenet --per-layer --runs 20",
	    "Which layers take the time?" },
	{ "model-bench lenet --train -b 64",
	    "How long is an iteration of a training?" },
	{ "model-bench lenet --vs lenet.onnx",
	    "Beside onnxruntime, on the same machine at the same time:" },
	{ "model-bench lenet --require 'p99<=20' --require 'first<=500'",
	    "Is it fast enough?  In a Makefile:" },
	{ 0 },
};

#endif
