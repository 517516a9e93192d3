/*
 * model-train: train a net on a data set into a model folder.  Lists of batch
 * sizes and learning rates make one model for each combination.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/prog.h"
#include "base/stop.h"
#include "device/device.h"
#include "json/json.h"
#include "nn/plugin.h"
#include "input/feed.h"
#include "ranks/ranks.h"
#include "train/setup.h"
#include "train/sweep.h"

struct args {
	struct train_setup setup;
	struct arena *room; /* what setup points to */
	struct opt_list pretrained, freeze, until, require, plugins, inputs;
	const char *dataset, *net, *out, *solver_file, *snapshot_file,
	    *class_weights;
	const char *batch, *lr, *stepvalues, *hsv;
	const char *device, *note, *group;
	double epochs, gamma, power, step, momentum, momentum2, decay,
	    rms_decay;
	double clip, snapshot, val, warmup, budget, early_stop;
	double average, smoothing;
	double rotate, scale, noise, contrast;
	int accumulate, crop, keep, solver, policy, mean, precision;
	bool rgb;
	bool mirror, flip, whiten, resume, shuffle, deterministic, dry_run;
	bool autotune;
	bool epochs_given, mpi;
};

#define AT(field) offsetof(struct args, field)

static const struct opt opts[] = {
	{ 'd', "dataset", OPT_STR, AT(dataset), "DSET", "the data set",
	    .flags = OPT_INPUT, .needs = "!!solver-file =resume" },
	{ 'n', "net", OPT_STR, AT(net), "NET",
	    "a standard net (net-show --list), a prototxt, or a model folder",
	    .needs = "!!solver-file =resume" },
	{ 'o', "output", OPT_STR, AT(out), "MODEL", "the model folder to make",
	    .flags = OPT_REQUIRED | OPT_OUT_DIR },
	{ 0, "solver-file", OPT_STR, AT(solver_file), "FILE",
	    "a Caffe solver as it is, instead of -d and -n", .flags = OPT_INPUT,
	    .needs = "=resume" },
	{ 0, "snapshot", OPT_STR, AT(snapshot_file), "FILE.solverstate",
	    "with --solver-file: go on from a state that Caffe (or another "
	    "training) wrote; its weights are looked for where it says, then "
	    "beside it",
	    .flags = OPT_INPUT, .needs = "=resume" },
	{ 0, "input", OPT_LIST, AT(inputs), "TOP=FILE.npy",
	    "rows for a top of a MemoryData or Input layer",
	    .flags = OPT_INPUT },
	{ 0, "dry-run", OPT_FLAG, AT(dry_run), NULL,
	    "print the solver and stop before anything is made" },
	{ .type = OPT_HEAD, .help = "How long" },
	{ 'e', "epochs", OPT_DOUBLE, AT(epochs), "N",
	    "passes over the training data", .lo = 1e-6, .hi = 1e6,
	    .seen = AT(epochs_given), .needs = "!!solver-file" },
	{ 0, "resume", OPT_FLAG, AT(resume), NULL,
	    "go on from the newest snapshot of MODEL; begin where MODEL is not "
	    "there yet" },
	{ 0, "time-budget", OPT_DURATION, AT(budget), "TIME",
	    "stop with a snapshot after this long (15m, 1h30m)" },
	{ 0, "until", OPT_LIST, AT(until), "GATE",
	    "stop once a validation meets it ('accuracy>=0.98'); all of "
	    "several",
	    .flags = OPT_GATE },
	{ 0, "early-stop", OPT_DOUBLE, AT(early_stop), "EPOCHS",
	    "stop after so many epochs without a better validation", .lo = 0,
	    .hi = 1e6 },
	{ 0, "require", OPT_LIST, AT(require), "GATE",
	    "exit with 9 unless the last validation meets it",
	    .flags = OPT_GATE },
	{ 0, "snapshot-interval", OPT_DOUBLE, AT(snapshot), "EPOCHS",
	    "a snapshot this often; 0: only at the end", .lo = 0, .hi = 1e6,
	    .needs = "!!solver-file =resume" },
	{ 0, "val-interval", OPT_DOUBLE, AT(val), "EPOCHS",
	    "a validation this often; 0: none", .lo = 0, .hi = 1e6,
	    .needs = "!!solver-file =resume" },
	{ 0, "keep", OPT_INT, AT(keep), "N",
	    "keep the newest and the N best snapshots; 0: all", .lo = 0,
	    .hi = 1e6 },
	{ .type = OPT_HEAD, .help = "Solver" },
	{ 'b', "batch-size", OPT_STR, AT(batch), "N,...|auto",
	    "images a batch (a list: one model each); default the net's, else "
	    "16; auto: that, in parts whose gradients are added up where the "
	    "device has no room for it at once",
	    .needs = "!!solver-file =resume" },
	{ 0, "batch-accumulation", OPT_INT, AT(accumulate), "N",
	    "batches whose gradients make one update", .lo = 1, .hi = 65536,
	    .needs = "!!solver-file =resume" },
	{ 0, "solver", OPT_CHOICE, AT(solver), "TYPE",
	    "how weights are updated",
	    .choices = "sgd|nesterov|adagrad|rmsprop|adadelta|adam|adamw|lamb",
	    .needs = "!!solver-file =resume" },
	{ 0, "lr", OPT_STR, AT(lr), "RATE,...",
	    "base learning rate (a list: one model each)",
	    .needs = "!!solver-file =resume" },
	{ 0, "lr-policy", OPT_CHOICE, AT(policy), "POLICY",
	    "how the rate falls; steps are percent of the training",
	    .choices = "step|fixed|multistep|exp|inv|poly|sigmoid|cosine",
	    .needs = "!!solver-file =resume" },
	{ 0, "gamma", OPT_DOUBLE, AT(gamma), "G",
	    "factor (step 0.1, multistep 0.5), or per percent (exp 0.95, inv "
	    "0.1, "
	    "sigmoid 0.1)",
	    .needs = "lr-policy=step|multistep|exp|inv|sigmoid !!solver-file "
		     "=resume" },
	{ 0, "power", OPT_DOUBLE, AT(power), "P", "exponent (inv 0.5, poly 3)",
	    .needs = "lr-policy=inv|poly !!solver-file =resume" },
	{ 0, "step", OPT_DOUBLE, AT(step), "PERCENT",
	    "length of a step (step 33, sigmoid 50)",
	    .needs = "lr-policy=step|sigmoid !!solver-file =resume",
	    .flags = OPT_PERCENT },
	{ 0, "stepvalues", OPT_STR, AT(stepvalues), "P1,P2,...",
	    "where multistep steps, in percent (50,85)",
	    .needs = "lr-policy=multistep !!solver-file =resume",
	    .flags = OPT_PERCENT },
	{ 0, "warmup", OPT_DOUBLE, AT(warmup), "EPOCHS",
	    "let the rate rise linearly first", .lo = 0, .hi = 1e6,
	    .needs = "=resume" },
	{ 0, "momentum", OPT_DOUBLE, AT(momentum), "M",
	    "not for adagrad and rmsprop", .lo = 0, .hi = 1,
	    .needs = "solver=sgd|nesterov|adadelta|adam|adamw|lamb "
		     "!!solver-file =resume" },
	{ 0, "momentum2", OPT_DOUBLE, AT(momentum2), "M",
	    "second momentum of adam (0.999)",
	    .needs = "solver=adam|adamw|lamb !!solver-file =resume" },
	{ 0, "weight-decay", OPT_DOUBLE, AT(decay), "D", "L2 regularisation",
	    .lo = 0, .hi = 1e6, .needs = "!!solver-file =resume" },
	{ 0, "rms-decay", OPT_DOUBLE, AT(rms_decay), "D", "of rmsprop (0.99)",
	    .needs = "solver=rmsprop !!solver-file =resume" },
	{ 0, "clip-gradients", OPT_DOUBLE, AT(clip), "NORM",
	    "scale gradients down to this L2 norm",
	    .needs = "!!solver-file =resume" },
	{ 0, "ema", OPT_DOUBLE, AT(average), "DECAY",
	    "validate and keep the moving average of the weights (0.999)",
	    .lo = 0, .hi = 0.999999, .needs = "=resume" },
	{ 0, "label-smoothing", OPT_DOUBLE, AT(smoothing), "S",
	    "SoftmaxWithLoss: share S of each label among all classes (0.1)",
	    .lo = 0, .hi = 0.999, .needs = "=resume" },
	{ 0, "class-weights", OPT_STR, AT(class_weights), "auto|FILE",
	    "SoftmaxWithLoss: weigh classes by how rare they are, or by a file "
	    "of a number a line, in the order of labels.txt",
	    .flags = OPT_INPUT, .needs = "=resume" },
	{ .type = OPT_HEAD, .help = "Data" },
	{ 0, "mean", OPT_CHOICE, AT(mean), "KIND",
	    "what is subtracted: the mean image, its mean pixel, nothing",
	    .choices = "image|pixel|none", .needs = "!!solver-file =resume" },
	{ 0, "crop", OPT_INT, AT(crop), "N",
	    "N x N pixels: anywhere in training, the centre in validation",
	    .lo = 0, .hi = 65535, .needs = "!!solver-file =resume" },
	{ 0, "shuffle", OPT_FLAG, AT(shuffle), NULL,
	    "a new order each epoch (--no-shuffle: the data set's, as Caffe)",
	    .needs = "!!solver-file =resume" },
	{ 0, "rgb", OPT_FLAG, AT(rgb), NULL,
	    "the net gets R G B, not B G R as Caffe's usually do; kept in "
	    "info.json",
	    .needs = "=resume" },
	{ 0, "mirror", OPT_FLAG, AT(mirror), NULL,
	    "mirror left-right at random", .needs = "!!solver-file =resume" },
	{ 0, "flip", OPT_FLAG, AT(flip), NULL, "flip upside down at random",
	    .needs = "=resume" },
	{ 0, "rotate", OPT_DOUBLE, AT(rotate), "DEG",
	    "rotate at random within +-DEG", .lo = 0, .hi = 180,
	    .needs = "=resume" },
	{ 0, "scale", OPT_DOUBLE, AT(scale), "SD",
	    "zoom at random, standard deviation (0.07)", .lo = 0, .hi = 1,
	    .needs = "=resume" },
	{ 0, "noise", OPT_DOUBLE, AT(noise), "SD",
	    "noise as a share of white, standard deviation (0.03)", .lo = 0,
	    .hi = 1, .needs = "=resume" },
	{ 0, "hsv", OPT_STR, AT(hsv), "H,S,V",
	    "standard deviations of hue, saturation, value (0.02,0.04,0.06)",
	    .needs = "=resume" },
	{ 0, "contrast", OPT_DOUBLE, AT(contrast), "F",
	    "contrast at random, a factor within 1 +- F", .lo = 0, .hi = 5,
	    .needs = "=resume" },
	{ 0, "whiten", OPT_FLAG, AT(whiten), NULL,
	    "zero mean and unit deviation for each picture",
	    .needs = "=resume" },
	{ .type = OPT_HEAD, .help = "Start" },
	{ 'p', "pretrained", OPT_LIST, AT(pretrained), "MODEL",
	    "start from these weights: a .caffemodel, a model folder or "
	    "tarball",
	    .flags = OPT_INPUT, .needs = "=resume" },
	{ 0, "freeze", OPT_LIST, AT(freeze), "PATTERN",
	    "do not train layers of these names (shell pattern)",
	    .needs = "=resume" },
	{ 0, "layers", OPT_LIST, AT(plugins), "FILE.so", "load layer types",
	    .flags = OPT_INPUT },
	{ .type = OPT_HEAD, .help = "Where" },
	{ 0, "device", OPT_STR, AT(device), "DEV",
	    "auto, cpu, ref, cuda or cuda:N; several GPUs, each with its share "
	    "of every batch, by cuda:N,N or all; list shows them",
	    .alone = "list" },
	{ 0, "precision", OPT_CHOICE, AT(precision), "P",
	    "arithmetic of convolutions and products; without it tf32 on a GPU "
	    "and fp32 on the CPU",
	    .choices = "fp32|tf32|bf16|fp16", .needs = "=resume" },
	{ 0, "mpi", OPT_FLAG, AT(mpi), NULL,
	    "be one of the ranks that mpirun or srun started: each takes its "
	    "share of every batch and a GPU of its own, rank 0 writes" },
	{ 0, "deterministic", OPT_FLAG, AT(deterministic), NULL,
	    "only kernels that give the same bits each time (the CPU's all "
	    "do)" },
	{ 0, "autotune", OPT_FLAG, AT(autotune), NULL,
	    "GPU: measure convolutions' engines and take the fastest, kept for "
	    "other runs" },
	{ 0, "note", OPT_STR, AT(note), "TEXT", "kept in info.json",
	    .needs = "=resume" },
	{ 0, "group", OPT_STR, AT(group), "NAME", "kept in info.json",
	    .needs = "=resume" },
	{ 0 },
};

static const struct prog_example examples[] = {
	{ "model-train -d mnist -n lenet -e 5 -o lenet",
	    "Train LeNet for five epochs:" },
	{ "model-train -d mnist -n lenet -o lenet --resume",
	    "Go on after Ctrl-C, or in a job that Slurm restarts:" },
	{ "model-train -d mnist -n lenet -e 2 -b 32,64 --lr 0.01,0.003 -o "
	  "sweep",
	    "Four models, listed best first:" },
	{ "model-train -d flowers -n resnet50 --batch-size auto -o flowers-net",
	    "As much of the net's batch at a time as the device holds:" },
	{ "model-train -d flowers -p caffenet --freeze 'conv*' -e 3 -o "
	  "flowers-net",
	    "Fine-tune a model for other classes:" },
	{ 0 },
};

static const struct prog prog = {
	.name = "model-train",
	.summary = "train a net on a data set",
	.opts = opts,
	.about =
	    "Trains NET on the training part of DSET and validates on its "
	    "validation "
	    "part. MODEL gets the nets as Caffe reads them (original, "
	    "train_val, "
	    "deploy and solver .prototxt), labels.txt, mean.binaryproto, "
	    "info.json "
	    "and the snapshots (.caffemodel and .solverstate).\n\n"
	    "NET is one text for training, validation and use, as in DIGITS: "
	    "layers "
	    "belong to a stage by include and exclude rules with stage: "
	    "\"train\", "
	    "\"val\" or \"deploy\". Data layers name no source. A last "
	    "InnerProduct "
	    "or Convolution without num_output gets the number of classes.\n\n"
	    "The same command gives the same bytes, on the same device and "
	    "number of "
	    "threads. SIGINT, SIGTERM, SIGHUP (but under nohup) and "
	    "--time-budget stop between two iterations: a snapshot is "
	    "written, the status is 75, and the same command with --resume "
	    "goes on as if nothing had happened. SIGUSR1 writes a snapshot, "
	    "and the training goes on. The time budget counts from the start "
	    "of the program; a resumed training makes at least one iteration, "
	    "so that even short ones come to an end. A training that fails "
	    "says so in info.json (job-list(1) shows it); one that is refused "
	    "before it began leaves no folder.\n\n"
	    "About once a second it looks at the machine: the processor time "
	    "used (100 percent is one core), memory resident and its peak, "
	    "and of an NVIDIA GPU how busy, full and hot it is and the watts "
	    "it takes, where the driver tells. The figures stand in the "
	    "progress line, in each measurement of train.ndjson and, as "
	    "events \"panel\", in --events. Of several ranks the first tells "
	    "its own.\n\n"
	    "What the training takes of memory is worked out first, and a "
	    "batch "
	    "that the device cannot hold is refused with status 7 and the "
	    "largest that fits, before anything is made (net-show --memory "
	    "tells beforehand). With --batch-size auto the update stays that "
	    "of the net's whole batch, but for BatchNorm, whose statistics are "
	    "those of each part. Validation takes batches of the same "
	    "size.\n\n"
	    "With several GPUs (--device cuda:0,1), or the ranks of mpirun, -b "
	    "stays the batch of all of them together, and the result that of "
	    "one but for rounding. A rank that is gone stops the others, with "
	    "a snapshot.\n\n"
	    "With --solver-file the solver says how long, how fast and on "
	    "what: options "
	    "that say it too are refused, and its fields that have no effect "
	    "here are "
	    "named. Epochs are counted from the data. Training starts from the "
	    "solver's weights unless -p or --snapshot is given. MODEL takes "
	    "labels, "
	    "mean and size of pictures over from the data that it validates "
	    "on, so "
	    "that model-infer prepares pictures in the same way.\n\n"
	    "With lists for -b and --lr each combination is trained into "
	    "MODEL/bBATCH-lrRATE, and they are listed best first.\n\n"
	    "With -f an old model stays until the first snapshot of the new "
	    "one, whatever happens before. One process at a time trains in a "
	    "folder; another leaves with status 8.",
	.examples = examples,
	.files =
	    "  MODEL/train.ndjson   every measurement, one JSON object a line\n"
	    "  MODEL/train.log      the same for people",
	.env = prog_env_nets,
	.see_also =
	    "dset-create(1), net-show(1), model-infer(1), model-show(1)",
	.common = PROG_JSON | PROG_FORCE | PROG_SEED | PROG_THREADS |
	    PROG_PROGRESS | PROG_EVENTS,
};

static const char *const solvers[] = { "SGD", "Nesterov", "AdaGrad", "RMSProp",
	"AdaDelta", "Adam", "AdamW", "LAMB" };
static const char *const policies[] = { "step", "fixed", "multistep", "exp",
	"inv", "poly", "sigmoid", "cosine" };

static int
gates(struct gate **out, struct arena *room, const struct opt_list *l)
{
	*out = arena_take(room, (l->n + 1) * sizeof(**out));
	for (size_t i = 0; i < l->n; i++)
		TRY(gate_parse(&(*out)[i], l->v[i]));
	return 0;
}

static void
take_recipe(struct args *a, struct recipe_opts *r)
{
	r->epochs = a->epochs;
	r->accumulate = a->accumulate;
	r->solver = solvers[a->solver];
	r->policy = policies[a->policy];
	r->gamma = a->gamma;
	r->power = a->power;
	r->step = a->step;
	r->momentum = a->momentum;
	r->momentum2 = a->momentum2;
	r->weight_decay = a->decay;
	r->rms_decay = a->rms_decay;
	r->delta = NAN;
	r->clip = a->clip;
	r->mean = (enum recipe_mean)a->mean;
	r->crop = a->crop;
	r->mirror = a->mirror;
	r->rgb = a->rgb;
	r->snapshot_interval = a->snapshot;
	r->val_interval = a->val;
	r->seed = prog_options()->seed;
}

/* "TOP=FILE.npy" of --input. */
static int
take_inputs(struct args *a, struct train_job *j)
{
	struct feed_array *v =
	    arena_take(a->room, (a->inputs.n + 1) * sizeof(*v));

	j->inputs = v;
	j->ninputs = a->inputs.n;
	for (size_t i = 0; i < a->inputs.n; i++) {
		const char *text = a->inputs.v[i], *eq = strchr(text, '=');
		char *name;

		if (eq == NULL || eq == text || eq[1] == '\0')
			return err_set(ERR_USAGE,
			    "--input %s: TOP=FILE.npy is wanted", text);
		name = arena_strdup(a->room, text);
		name[eq - text] = '\0';
		v[i].name = name;
		v[i].path = eq + 1;
	}
	return 0;
}

static int
take_job(struct args *a, struct train_job *j)
{
	struct augment *g = &j->augment;
	double *hsv = NULL;
	size_t n = 0;

	j->device = a->device;
	j->own_precision = a->precision < 0;
	j->precision =
	    a->precision < 0 ? PRECISION_FP32 : (enum precision)a->precision;
	j->threads = prog_options()->threads;
	j->deterministic = a->deterministic;
	j->autotune = a->autotune;
	j->shuffle = a->shuffle && a->solver_file == NULL;
	j->seed = (uint64_t)prog_options()->seed;
	j->early_stop = a->early_stop;
	j->keep = a->keep;
	j->command = prog_command();
	j->snapshot = a->snapshot_file;
	j->average = a->average;
	j->rgb = a->rgb;
	TRY(take_inputs(a, j));
	g->flip = a->flip;
	g->rotate = a->rotate;
	g->scale = a->scale;
	g->noise = a->noise;
	g->contrast = a->contrast;
	g->whiten = a->whiten;
	if (a->hsv != NULL) {
		TRY(sweep_numbers(&hsv, &n, a->hsv, 0, 0.5, "--hsv"));
		if (n == 3)
			memcpy(g->hsv, hsv, sizeof(g->hsv));
		mem_free(hsv);
		if (n != 3)
			return err_set(
			    ERR_USAGE, "--hsv %s: three numbers", a->hsv);
	}
	j->nuntil = a->until.n;
	j->nrequire = a->require.n;
	TRY(gates((struct gate **)&j->until, a->room, &a->until));
	return gates((struct gate **)&j->require, a->room, &a->require);
}

static int
train(struct args *a)
{
	struct train_setup *s = &a->setup;
	struct sweep sweep;
	struct ranks ranks;
	int rc;

	TRY(take_job(a, &s->job));
	TRY(sweep_init(&sweep, s, a->batch, a->lr, a->stepvalues));
	stop_install();
	stop_snapshot_install();
	stop_budget(a->budget);
	rc = ranks_open(
	    &ranks, sweep.setup.job.device, sweep.setup.job.threads, a->mpi);
	sweep.setup.job.exchange = ranks.exchange;
	sweep.setup.job.device = ranks.device;
	sweep.setup.job.threads = ranks.threads;
	if (rc >= 0)
		rc = sweep_run(&sweep);
	ranks_close(&ranks, rc);
	sweep_clear(&sweep);
	return rc;
}

static int
run(struct args *a)
{
	struct train_setup *s = &a->setup;

	if (strcmp(a->device, "list") == 0)
		return device_list(stdout, prog_options()->format);
	if (!a->resume && a->solver_file == NULL && a->dataset == NULL)
		return err_set(ERR_USAGE, "name a data set with -d");
	if (a->snapshot_file != NULL && a->solver_file == NULL)
		return err_set(ERR_USAGE, "--snapshot goes with --solver-file");
	for (size_t i = 0; i < a->plugins.n; i++)
		TRY(layer_plugin_load(a->plugins.v[i]));
	s->dataset = a->dataset;
	s->net = a->net;
	s->model = a->out;
	s->solver_file = a->solver_file;
	s->pretrained = a->pretrained.v;
	s->npretrained = a->pretrained.n;
	s->freeze = a->freeze.v;
	s->nfreeze = a->freeze.n;
	s->warmup = a->warmup;
	s->note = a->note;
	s->group = a->group;
	s->force = prog_options()->force;
	s->resume = a->resume;
	s->dry_run = a->dry_run;
	s->set_epochs = a->epochs_given;
	s->smoothing = a->smoothing;
	s->class_weights = a->class_weights;
	take_recipe(a, &s->recipe);
	return train(a);
}

int
main(int argc, char **argv)
{
	struct args a = { .epochs = 30,
		.snapshot = 1,
		.val = 1,
		.keep = 1,
		.accumulate = 1,
		.lr = "0.01",
		.gamma = NAN,
		.power = NAN,
		.step = NAN,
		.momentum = 0.9,
		.momentum2 = NAN,
		.decay = 0.0005,
		.rms_decay = NAN,
		.clip = NAN,
		.shuffle = true,
		.precision = -1,
		.device = "auto" };
	int rc = prog_parse(&prog, &a, &argc, &argv);

	a.room = arena_new();
	if (rc > 0)
		rc = run(&a);
	arena_free(a.room);
	return prog_end(&prog, rc);
}
