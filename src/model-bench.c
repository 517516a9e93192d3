/* model-bench: how fast does a model answer, and what takes the time? */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/queue.h"
#include "base/stop.h"
#include "speed/speed.h"
#include "device/device.h"
#include "file/file.h"
#include "model/product.h"
#include "nn/plugin.h"
#include "prog/prog.h"
#include "store/hub/hub.h"

#include "model-bench.h"

enum { TRAIN_BATCH = 16, THREADS_MOST = 1024, BATCH_MOST = 65536 };

static const struct prog_env env[] = {
	{ "NNUTILS_THREADS",
	    "the number of threads, if --threads is not given" },
	{ NULL, NULL },
};

static const struct prog prog = {
	.name = "model-bench",
	.summary = "measure how fast a net runs",
	.operands = "[MODEL|NET] [IMAGE...]",
	.reads_operands = true,
	.reads = model_holds,
	.min_operands = 0,
	.max_operands = -1,
	.opts = opts,
	.about =
	    "MODEL is a model folder or archive, whose weights are used; NET a prototxt or the name of a standard net, which runs with random weights. "
	    "Its inputs are random numbers, or the pictures that are named, prepared as model-infer(1) does.\n\n"
	    "Each combination of device, precision, threads and batch is measured on its own. "
	    "A run is what an answer takes: inputs to the device, the net, its outputs back; with --train an iteration: forward, backward, the update, and the loss back. "
	    "Runs follow one another. Their mean is shown in milliseconds, the times within which 50, 90 and 99 of 100 runs ended (p50, p90, p99: of up to 100 runs p99 is the longest), and the shortest; "
	    "pictures a second; GFLOP/s, two for each multiplication with its addition, of which a training does three times what an answer takes.\n\n"
	    "\"first\" is the time to the first answer: from the start of a process that reads the net, makes it ready and runs it once. "
	    "MiB is the most memory that this process had. Files are in the system's cache by then, as this program has read them, too.\n\n"
	    "--per-layer shows where the time goes, with what each layer became: the operations of a layer may be part of another's, as activations behind convolutions mostly are. "
	    "On a GPU each step is waited for, which makes the sum longer than a run.\n\n"
	    "--vs measures onnxruntime's run of a model in a python3 (the first in PATH): in turns of a quarter of a second, with the same threads and batch. "
	    "\"ratio\" is its p50 by that of the net here: 2 means that it takes twice as long.\n\n"
	    "--require takes these names: mean, p50, p90, p99, min, max (milliseconds), images_per_second, gflops, first and its parts load, plan and run, peak and memory (MiB); with --vs also vs_mean, vs_p50, vs_p99, vs_first, ratio.",
	.examples = examples,
	.json =
	    "One object for each combination: model, use (infer, train), weights (trained, random), device, device_name, precision, threads, batch, input (its shape), runs; "
	    "mean, p50, p90, p99, min and max in milliseconds, images_per_second, gflops; "
	    "first, load, plan and run, the time to the first answer and its parts, in milliseconds, and peak, the memory of that process in MiB; memory, MiB that the net takes on its device; "
	    "of pictures prepare, milliseconds for one to be read and prepared; "
	    "with --vs vs_version, vs_mean, vs_p50, vs_p99, vs_first (with python3's own start) and ratio; "
	    "with --per-layer or --per-op steps: layer, op, backward, count (how many became one row), ms, share, implementation.\n\n"
	    "With --device list: device, name, arch, units, memory and free (bytes), software, driver.",
	.env = prog_env_nets,
	.more_env = env,
	.files =
	    "Of MODEL deploy.prototxt, the weights and labels.txt are read; with --train train_val.prototxt and solver.prototxt (nnutils-model(5)).",
	.see_also =
	    "model-infer(1), model-train(1), net-show(1), nnutils-model(5)",
	.common = PROG_JSON | PROG_PROGRESS,
};

/* The words of a list with commas, also empty ones; text is cut up. */
static int
split(struct opt_list *out, char *text)
{
	char *word;

	out->v = mem_array(const char *, SPEED_WAYS);
	while ((word = strsep(&text, ",")) != NULL) {
		if (out->n == SPEED_WAYS)
			return err_set(ERR_USAGE, "more than %d", SPEED_WAYS);
		out->v[out->n++] = word;
	}
	return 0;
}

static int
read_devices(struct speed_opts *o, char *text)
{
	int rc = split(&o->devices, text);

	for (size_t i = 0; i < o->devices.n && rc >= 0; i++)
		rc = device_check(o->devices.v[i]);
	return rc;
}

static int
read_precisions(struct speed_opts *o, char *text)
{
	struct opt_list names = { 0 };
	int rc = split(&names, text);

	for (size_t i = 0; i < names.n && rc >= 0; i++)
		rc = precision_find(&o->precision[o->nprecision++], names.v[i]);
	mem_free(names.v);
	return rc < 0 ? err_in(ERR_USAGE, "--precision") : 0;
}

/* -j, NNUTILS_THREADS, or all cores. */
static int
read_threads(struct speed_opts *o, const char *text)
{
	const char *given = text != NULL ? text : getenv("NNUTILS_THREADS");

	o->threads[0] = queue_cpus();
	o->nthreads = 1;
	if (given != NULL && given[0] != '\0')
		o->nthreads =
		    num_ints(o->threads, SPEED_WAYS, given, 1, THREADS_MOST);
	return o->nthreads < 0
	    ? err_in(ERR_USAGE, text != NULL ? "--threads" : "NNUTILS_THREADS")
	    : 0;
}

static int
read_batches(struct speed_opts *o, const char *text)
{
	o->batch[0] = o->train ? TRAIN_BATCH : 1;
	o->nbatch = 1;
	if (text != NULL)
		o->nbatch = num_ints(o->batch, SPEED_WAYS, text, 1, BATCH_MOST);
	return o->nbatch < 0 ? err_in(ERR_USAGE, "--batch") : 0;
}

static int
measure(struct args *a, int argc, char **argv)
{
	struct speed_opts *o = &a->speed;

	for (size_t i = 0; i < o->plugins.n; i++)
		TRY(layer_plugin_load(o->plugins.v[i]));
	TRY(read_threads(o, a->threads));
	TRY(read_batches(o, a->batch));
	if (o->vs != NULL && !file_exists(o->vs))
		return file_absent(o->vs, "%s: no such file", o->vs);
	o->model = argv[0];
	TRY(hub_resolve(&o->model));
	if (strcmp(o->model, "-") == 0) {
		/* it can be read but once, by this process */
		if (prog_given("starts") != NULL && o->starts > 0)
			log_warn(
			    "--starts has no effect where the net comes on standard input");
		o->starts = 0;
	}
	o->pictures = (const char *const *)argv + 1;
	o->npictures = (size_t)argc - 1;
	o->format = prog_options()->format;
	if (o->train && o->npictures > 0)
		return err_set(
		    ERR_USAGE, "--train takes no pictures: %s", argv[1]);
	if (a->first_answer) {
		prctl(PR_SET_PDEATHSIG, SIGTERM);
		return speed_first_answer(o, stdout);
	}
	stop_install();
	return speed_run(o, stdout);
}

static int
run(struct args *a, int argc, char **argv)
{
	struct speed_opts *o = &a->speed;
	char *devices, *precisions;
	int rc;

	if (strcmp(a->device, "list") == 0)
		return device_list(stdout, prog_options()->format);
	if (argc == 0)
		return err_set(ERR_USAGE, "name a model or a net");
	devices = mem_strdup(a->device);
	precisions = mem_strdup(a->precision);
	rc = read_devices(o, devices);
	if (rc >= 0)
		rc = read_precisions(o, precisions);
	if (rc >= 0)
		rc = measure(a, argc, argv);
	mem_free(o->devices.v);
	mem_free(devices);
	mem_free(precisions);
	return rc;
}

int
main(int argc, char **argv)
{
	struct args a = { .device = "auto",
		.precision = "fp32",
		.speed = { .seconds = 2, .warmup = 3, .starts = 3 } };
	int rc = prog_parse(&prog, &a, &argc, &argv);

	if (rc > 0)
		rc = run(&a, argc, argv);
	return prog_end(&prog, rc);
}
