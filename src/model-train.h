/*
 * The options of model-train, the struct that they fill, and the words of its
 * page.  For model-train.c alone.
 */
#ifndef MODEL_TRAIN_H
#define MODEL_TRAIN_H

#include <stdbool.h>
#include <stddef.h>

#include "prog/prog.h"
#include "recipe/grid/grid.h"
#include "recipe/sweep.h"

struct args {
	struct sweep sweep;
	struct grid grid;
	struct opt_list plugins;
	double budget; /* seconds; 0: none */
	bool mpi;
	const char *find, *range; /* --lr-find */
	int find_iterations;
};

#define AT(field)      offsetof(struct args, field)
#define SWEEP(field)   AT(sweep.field)
#define SETUP(field)   AT(sweep.setup.field)
#define RECIPE(field)  AT(sweep.setup.recipe.field)
#define AUGMENT(field) AT(sweep.setup.augment.field)
#define JOB(field)     AT(sweep.setup.job.field)

static const struct opt opts[] = {
	{ 'd', "dataset", OPT_STR, SETUP(dataset), "DSET", "the data set",
	    .flags = OPT_INPUT, .needs = "!!solver-file =resume" },
	{ 'n', "net", OPT_STR, SETUP(net), "NET",
	    "a standard net (net-show --list), a prototxt (- is standard input), or a model folder or archive",
	    .needs = "!!solver-file =resume" },
	{ 'o', "output", OPT_STR, SETUP(model), "MODEL",
	    "the model folder to make", .flags = OPT_REQUIRED | OPT_OUT_DIR,
	    .needs = "!lr-find" },
	{ 0, "solver-file", OPT_STR, SETUP(solver_file), "FILE",
	    "follow a Caffe solver as it is, instead of -d and -n",
	    .flags = OPT_INPUT, .needs = "=resume" },
	{ 0, "snapshot", OPT_STR, JOB(snapshot), "FILE.solverstate",
	    "with --solver-file: continue from a state that Caffe or another "
	    "training wrote; its weights are looked for where it names them, then beside it",
	    .flags = OPT_INPUT, .needs = "=resume" },
	{ 0, "input", OPT_LIST, SWEEP(inputs), "TOP=FILE.npy",
	    "give the rows of an array to a top of a MemoryData or Input layer",
	    .flags = OPT_INPUT },
	{ 0, "dry-run", OPT_FLAG, SETUP(dry_run), NULL,
	    "print the solver and stop before anything is made" },
	{ .type = OPT_HEAD, .help = "How long" },
	{ 'e', "epochs", OPT_DOUBLE, RECIPE(epochs), "N",
	    "passes over the training data", .lo = 1e-6, .hi = 1e6,
	    .seen = SETUP(set_epochs), .needs = "!!solver-file" },
	{ 0, "resume", OPT_FLAG, SETUP(resume), NULL,
	    "continue from the newest snapshot of MODEL; start afresh if there is no MODEL yet" },
	{ 0, "time-budget", OPT_DURATION, AT(budget), "TIME",
	    "stop with a snapshot after this long (15m, 1h30m)" },
	{ 0, "until", OPT_LIST, SWEEP(until), "GATE",
	    "stop once a validation meets GATE ('accuracy>=0.98'); if given again, once it meets all",
	    .flags = OPT_GATE },
	{ 0, "early-stop", OPT_DOUBLE, JOB(early_stop), "EPOCHS",
	    "stop after so many epochs without a better validation; 0: do not",
	    .lo = 0, .hi = 1e6 },
	{ 0, "require", OPT_LIST, SWEEP(require), "GATE",
	    "exit with status 9 unless the last validation meets GATE",
	    .flags = OPT_GATE },
	{ 0, "snapshot-interval", OPT_DOUBLE, RECIPE(snapshot_interval),
	    "EPOCHS", "take a snapshot this often; 0: only at the end", .lo = 0,
	    .hi = 1e6, .needs = "!!solver-file =resume" },
	{ 0, "val-interval", OPT_DOUBLE, RECIPE(val_interval), "EPOCHS",
	    "validate this often; 0: never", .lo = 0, .hi = 1e6,
	    .needs = "!!solver-file =resume" },
	{ 0, "keep", OPT_INT, JOB(keep), "N",
	    "keep the newest and the N best snapshots; 0: all", .lo = 0,
	    .hi = 1e6 },
	{ .type = OPT_HEAD, .help = "Solver" },
	{ 'b', "batch-size", OPT_STR, SWEEP(batch), "N,...|auto",
	    "images per batch (default: the net's, else 16); a list trains a "
	    "model for each; auto splits a batch that the device has no room for, and adds up the gradients of its parts",
	    .needs = "!!solver-file =resume" },
	{ 0, "batch-accumulation", OPT_INT, RECIPE(accumulate), "N",
	    "batches whose gradients make one update", .lo = 1, .hi = 65536,
	    .needs = "!!solver-file =resume" },
	{ 0, "solver", OPT_CHOICE, RECIPE(solver), "TYPE",
	    "how weights are updated", .choices = RECIPE_SOLVERS,
	    .seen = SETUP(set.solver), .needs = "!!solver-file =resume" },
	{ 0, "lr", OPT_STR, SWEEP(lr), "RATE,...",
	    "base learning rate (default: the net's, else 0.01); a list trains a model for each",
	    .seen = SETUP(set.lr), .needs = "!!solver-file !lr-find =resume" },
	{ 0, "lr-policy", OPT_CHOICE, RECIPE(policy), "POLICY",
	    "how the learning rate falls; steps are in percent of the training",
	    .choices = RECIPE_POLICIES, .seen = SETUP(set.policy),
	    .needs = "!!solver-file =resume" },
	{ 0, "gamma", OPT_DOUBLE, RECIPE(gamma), "G",
	    "factor (default: step 0.1, multistep 0.5), or factor per percent (exp 0.95, inv 0.1, sigmoid 0.1)",
	    .needs =
		"lr-policy=step|multistep|exp|inv|sigmoid !!solver-file =resume" },
	{ 0, "power", OPT_DOUBLE, RECIPE(power), "P",
	    "exponent (default: inv 0.5, poly 3)",
	    .needs = "lr-policy=inv|poly !!solver-file =resume" },
	{ 0, "step", OPT_DOUBLE, RECIPE(step), "PERCENT",
	    "length of a step (default: step 33, sigmoid 50)",
	    .needs = "lr-policy=step|sigmoid !!solver-file =resume",
	    .flags = OPT_PERCENT },
	{ 0, "stepvalues", OPT_STR, SWEEP(stepvalues), "P1,P2,...",
	    "where multistep lowers the rate, in percent (default: 50,85)",
	    .needs = "lr-policy=multistep !!solver-file =resume",
	    .flags = OPT_PERCENT },
	{ 0, "warmup", OPT_DOUBLE, SETUP(warmup), "EPOCHS",
	    "let the rate rise linearly for so long at first", .lo = 0,
	    .hi = 1e6, .seen = SETUP(set.warmup), .needs = "=resume" },
	{ 0, "momentum", OPT_DOUBLE, RECIPE(momentum), "M",
	    "momentum (not for adagrad and rmsprop)", .lo = 0, .hi = 1,
	    .needs =
		"solver=sgd|nesterov|adadelta|adam|adamw|lamb !!solver-file =resume" },
	{ 0, "momentum2", OPT_DOUBLE, RECIPE(momentum2), "M",
	    "second momentum of adam, adamw and lamb (default: 0.999)",
	    .needs = "solver=adam|adamw|lamb !!solver-file =resume" },
	{ 0, "weight-decay", OPT_DOUBLE, RECIPE(weight_decay), "D",
	    "L2 regularisation", .lo = 0, .hi = 1e6,
	    .seen = SETUP(set.weight_decay), .needs = "!!solver-file =resume" },
	{ 0, "rms-decay", OPT_DOUBLE, RECIPE(rms_decay), "D",
	    "decay of rmsprop (default: 0.99)",
	    .needs = "solver=rmsprop !!solver-file =resume" },
	{ 0, "clip-gradients", OPT_DOUBLE, RECIPE(clip), "NORM",
	    "scale gradients down to this L2 norm",
	    .needs = "!!solver-file =resume" },
	{ 0, "ema", OPT_DOUBLE, JOB(average), "DECAY",
	    "validate and keep a moving average of the weights (such as 0.999); 0: off",
	    .lo = 0, .hi = 0.999999, .seen = SETUP(set.ema),
	    .needs = "=resume" },
	{ 0, "label-smoothing", OPT_DOUBLE, SETUP(smoothing), "S",
	    "SoftmaxWithLoss: spread a share S of each label over all classes (such as 0.1)",
	    .lo = 0, .hi = 0.999, .needs = "=resume" },
	{ 0, "class-weights", OPT_STR, SETUP(class_weights), "auto|FILE",
	    "SoftmaxWithLoss and FocalLoss: weigh classes by how rare they are (all / (classes * those of the class), counting pixels where labels are masks), or by a file with one number per line, in the order of labels.txt",
	    .flags = OPT_INPUT, .needs = "=resume" },
	{ .type = OPT_HEAD, .help = "Sweep" },
	{ 0, "sweep", OPT_LIST, AT(grid.sweep), "OPTION=VALUE,...",
	    "train a model with each of these values of an option, into MODEL/OPTIONVALUE; given again, with each combination (a comma in a value is written \\,)",
	    .flags = OPT_VALUES, .needs = "!!lr-find" },
	{ 0, "sweep-jobs", OPT_INT, AT(grid.jobs), "N",
	    "train so many of them at a time, which share the threads", .lo = 1,
	    .hi = 1024, .needs = "sweep|sweep-make|sweep-slurm" },
	{ 0, "sweep-make", OPT_STR, AT(grid.make), "FILE",
	    "train nothing; write a Makefile with a rule for each (- is standard output)",
	    .flags = OPT_OUT | OPT_OUT_ANEW, .needs = "!!lr-find" },
	{ 0, "sweep-slurm", OPT_STR, AT(grid.slurm), "FILE",
	    "train nothing; write a script for sbatch(1), an array with a task for each (- is standard output)",
	    .flags = OPT_OUT | OPT_OUT_ANEW, .needs = "!!lr-find" },
	{ .type = OPT_HEAD, .help = "Rate test" },
	{ 0, "lr-find", OPT_STR, AT(find), "FILE",
	    "make no model; let the learning rate rise while the loss is watched, print rates to begin with, and draw the curve or write the figures into FILE (- is none)",
	    .choices = "png|svg|pdf|tsv|ndjson", .flags = OPT_OUT, .alone = "*",
	    .needs = "!!resume|mpi" },
	{ 0, "lr-range", OPT_STR, AT(range), "MIN,MAX",
	    "from and to which rate", .needs = "lr-find" },
	{ 0, "lr-iterations", OPT_INT, AT(find_iterations), "N",
	    "in so many iterations", .lo = FIND_ITERATIONS_MIN,
	    .hi = FIND_ITERATIONS_MAX, .needs = "lr-find" },
	{ .type = OPT_HEAD, .help = "Data" },
	{ 0, "mean", OPT_STR, SWEEP(mean), "KIND|R,G,B",
	    "what to subtract: image (the mean image), pixel (its mean "
	    "pixel), none, or these numbers, one for all channels or R,G,B",
	    .seen = SETUP(set.mean), .needs = "!!solver-file =resume" },
	{ 0, "std", OPT_STR, SWEEP(std), "R,G,B",
	    "divide channels by these after mean and scale; recorded in info.json",
	    .needs = "!!solver-file =resume" },
	{ 0, "input-scale", OPT_DOUBLE, RECIPE(input_scale), "F",
	    "multiply pixels by this after the mean; 0: as the net says",
	    .lo = 0, .hi = 1e6, .needs = "!!solver-file =resume" },
	{ 0, "crop", OPT_INT, RECIPE(crop), "N",
	    "crop to N x N pixels: anywhere in training, at the centre in validation; 0: do not",
	    .lo = 0, .hi = 65535, .needs = "!!solver-file =resume" },
	{ 0, "shuffle", OPT_FLAG, JOB(shuffle), NULL,
	    "use a new order in each epoch; without, the data set's, as Caffe does",
	    .needs = "!!solver-file =resume" },
	{ 0, "rgb", OPT_FLAG, JOB(rgb), NULL,
	    "give the net R G B, not B G R as is usual for Caffe's; recorded in info.json",
	    .seen = SETUP(set.rgb), .needs = "=resume" },
	{ .type = OPT_HEAD, .help = "Augmentation" },
	{ 0, "mirror", OPT_FLAG, RECIPE(mirror), NULL,
	    "mirror left-right at random", .needs = "!!solver-file =resume" },
	{ 0, "flip", OPT_FLAG, JOB(augment.flip), NULL,
	    "flip upside down at random", .needs = "=resume" },
	{ 0, "rotate", OPT_DOUBLE, JOB(augment.rotate), "DEG",
	    "rotate at random within +-DEG", .lo = 0, .hi = 180,
	    .needs = "=resume" },
	{ 0, "scale", OPT_DOUBLE, JOB(augment.scale), "SD",
	    "zoom at random, with this standard deviation (such as 0.07)",
	    .lo = 0, .hi = 1, .needs = "=resume" },
	{ 0, "noise", OPT_DOUBLE, JOB(augment.noise), "SD",
	    "add noise, with this standard deviation as a share of white (such as 0.03)",
	    .lo = 0, .hi = 1, .needs = "=resume" },
	{ 0, "hsv", OPT_STR, AUGMENT(hsv), "H,S,V",
	    "vary hue, saturation and value with these standard deviations (such as 0.02,0.04,0.06)",
	    .needs = "=resume" },
	{ 0, "contrast", OPT_DOUBLE, JOB(augment.contrast), "F",
	    "change the contrast at random, by a factor within 1 +- F", .lo = 0,
	    .hi = 5, .needs = "=resume" },
	{ 0, "quad-rotate", OPT_CHOICE, JOB(augment.quad_rotate), "ANGLES",
	    "rotate by one of these at random: 0, 90 or 270 degrees (90); 0 or 180 (180); any of them (all)",
	    .choices = "none|90|180|all", .needs = "=resume" },
	{ 0, "zoom", OPT_STR, AUGMENT(zoom), "MIN,MAX",
	    "change the size of what is seen by a factor between these (such as 0.5,1.5)",
	    .needs = "=resume" },
	{ 0, "translate", OPT_DOUBLE, JOB(augment.translate), "SHARE",
	    "shift by up to this share of width and height (such as 0.1)",
	    .lo = 0, .hi = 1, .needs = "=resume" },
	{ 0, "crop-area", OPT_STR, AUGMENT(area), "MIN,MAX",
	    "take a part of such a share of the picture's area and resize it to the net's input (such as 0.08,1)",
	    .needs = "=resume" },
	{ 0, "crop-aspect", OPT_STR, AUGMENT(aspect), "MIN,MAX",
	    "let such a part be so much wider than high (such as 0.75,1.33)",
	    .needs = "=resume" },
	{ 0, "fill", OPT_DOUBLE, JOB(augment.fill), "V",
	    "what is seen outside the picture, 0 to 255 (default: 114; with "
	    "--rotate and --scale alone the border is repeated)",
	    .lo = 0, .hi = 255, .seen = JOB(augment.has_fill),
	    .needs = "=resume" },
	{ 0, "min-box", OPT_DOUBLE, JOB(augment.min_box), "SHARE",
	    "leave out boxes of which less than this share of the area is still seen (default: 0.1, with --mosaic and its like)",
	    .lo = 0, .hi = 1, .seen = AUGMENT(min_box_given),
	    .needs = "=resume" },
	{ 0, "mosaic", OPT_DOUBLE, JOB(augment.mosaic), "P",
	    "with this probability put four samples together, for boxes and masks",
	    .lo = 0, .hi = 1, .needs = "=resume" },
	{ 0, "mixup", OPT_DOUBLE, JOB(augment.mixup), "ALPHA",
	    "let another sample shine through, with a share of Beta(ALPHA, ALPHA) (such as 0.2; boxes: 8)",
	    .lo = 0, .hi = 1000, .needs = "=resume" },
	{ 0, "cutmix", OPT_DOUBLE, JOB(augment.cutmix), "ALPHA",
	    "let a part of another sample cover this one, with a share of Beta(ALPHA, ALPHA) (such as 1)",
	    .lo = 0, .hi = 1000, .needs = "=resume" },
	{ 0, "mix-share", OPT_DOUBLE, JOB(augment.mix_share), "P",
	    "do so with this probability (default: 1)", .lo = 1e-6, .hi = 1,
	    .needs = "=resume" },
	{ 0, "close-mosaic", OPT_DOUBLE, AUGMENT(close), "EPOCHS",
	    "no mosaic, mixup and cutmix in the last so many epochs", .lo = 0,
	    .hi = 1e6, .seen = AUGMENT(close_given),
	    .needs = "!!solver-file =resume" },
	{ 0, "erase", OPT_DOUBLE, JOB(augment.erase), "P",
	    "with this probability cover a part with noise", .lo = 0, .hi = 1,
	    .needs = "=resume" },
	{ 0, "rand-augment", OPT_STR, AUGMENT(rand), "N,M",
	    "do N of RandAugment's 14 operations, with magnitude M of 0 to 30 (such as 2,9), for pictures with a class",
	    .needs = "=resume" },
	{ 0, "multi-scale", OPT_STR, SWEEP(scales), "MIN-MAX[/STEP][@N]",
	    "train at another size of the pictures every N (10) iterations: their longer side is one of MIN, MIN + STEP (32), ... MAX pixels; validation is at the size of the data set",
	    .needs = "=resume" },
	{ 0, "whiten", OPT_FLAG, JOB(augment.whiten), NULL,
	    "give each picture zero mean and unit deviation",
	    .needs = "=resume" },
	{ .type = OPT_HEAD, .help = "Start" },
	{ 'p', "pretrained", OPT_LIST, SETUP(pretrained), "MODEL",
	    "start from these weights: a .caffemodel, .safetensors or .pth (nnutils-weights(7)), a model folder, tarball or file of ONNX, or hf:ORG/NAME of the Hugging Face hub",
	    .flags = OPT_INPUT, .needs = "=resume" },
	{ 0, "freeze", OPT_LIST, SETUP(freeze), "PATTERN",
	    "do not train the layers whose names match this shell pattern",
	    .needs = "=resume" },
	{ 0, "layers", OPT_LIST, AT(plugins), "FILE.so",
	    "load a plug-in with layer types of its own", .flags = OPT_INPUT },
	{ .type = OPT_HEAD, .help = "Where" },
	{ 0, "device", OPT_STR, JOB(device), "DEV",
	    "the device: auto, cpu, ref, cuda or cuda:N; cuda:N,N or all "
	    "divides every batch among several GPUs; list shows what there is",
	    .alone = "list" },
	{ 0, "precision", OPT_CHOICE, SETUP(precision), "P",
	    "arithmetic of convolutions and products (default: tf32 on a GPU, fp32 on the CPU)",
	    .choices = "fp32|tf32|bf16|fp16", .needs = "=resume" },
	{ 0, "mpi", OPT_FLAG, AT(mpi), NULL,
	    "be one of the ranks that mpirun or srun started: each takes its "
	    "share of every batch and a GPU of its own, and rank 0 writes" },
	{ 0, "deterministic", OPT_FLAG, JOB(deterministic), NULL,
	    "use only kernels that give the same bits each time (all of the CPU's do)" },
	{ 0, "autotune", OPT_FLAG, JOB(autotune), NULL,
	    "on a GPU, measure the engines for convolutions and use the fastest; the choice is kept for later runs" },
	{ 0, "metrics", OPT_STR, JOB(metrics), "FILE",
	    "keep loss, accuracy, learning rate, speed and time left in this file, as OpenMetrics, for what collects them",
	    .flags = OPT_OUT | OPT_OUT_ANEW },
	{ 0, "on-done", OPT_STR, SETUP(on_done), "COMMAND",
	    "run this by sh when the training has ended, also where it failed or was stopped; with the environment below" },
	{ 0, "tensorboard", OPT_STR, SETUP(boards), "DIR",
	    "write DIR/NAME for TensorBoard, where NAME is that of the model folder: losses, metrics and rates, samples of the first batch, weights at each snapshot, the net",
	    .flags = OPT_OUT_DIR },
	{ 0, "note", OPT_STR, SETUP(note), "TEXT",
	    "a note to keep in info.json", .needs = "=resume" },
	{ 0, "group", OPT_STR, SETUP(group), "NAME",
	    "a group to keep in info.json; job-list selects by it",
	    .needs = "=resume" },
	{ 0 },
};

static const struct prog_example examples[] = {
	{ "model-train -d mnist -n lenet -e 5 -o lenet",
	    "Train LeNet for five epochs:" },
	{ "model-train -d mnist -n lenet -o lenet --resume",
	    "Continue after Ctrl-C, or in a job that Slurm restarts:" },
	{ "model-train -d mnist -n lenet -e 2 -b 32,64 --lr 0.01,0.003 -o sweep",
	    "Four models, listed best first:" },
	{ "model-train -d mnist -n lenet -e 2 --sweep solver=sgd,adam --sweep mirror=on,off -o sweep",
	    "The same for any options; given again, it continues where it was killed:" },
	{ "model-train -d mnist -n lenet --sweep lr=0.1,0.01,0.001 -o sweep --sweep-make sweep.mk",
	    "A Makefile, for make -j2 -f sweep.mk:" },
	{ "model-train -d mnist -n lenet --lr-find lr.png",
	    "Which learning rate to begin with, and the curve that says so:" },
	{ "model-train -d flowers -n resnet50 --batch-size auto -o flowers-net",
	    "In parts of the net's batch that the device can hold:" },
	{ "model-train -d cells -n yolox-nano --multi-scale 256-480 -o cell-net",
	    "A detector for pictures of several sizes:" },
	{ "model-train -d mnist -n lenet -o lenet --tensorboard logs --on-done 'echo \"$NNUTILS_STATUS: $NNUTILS_OUTPUTS\" >>ended'",
	    "Curves for TensorBoard, and a line for whoever waits:" },
	{ "model-train -d flowers -n resnet18.onnx -p resnet18.onnx --freeze 'layer[123]*' -o flowers-net",
	    "A model of another program learns other classes:" },
	{ "model-train -d flowers -p caffenet --freeze 'conv*' -e 3 -o flowers-net",
	    "Fine-tune a model for other classes:" },
	{ 0 },
};

static const struct prog_env env[] = {
	{ "NNUTILS_RUN",
	    "which of several trainings this is, for the progress line; --sweep sets it" },
	{ NULL, NULL },
};

static const struct prog prog = {
	.name = "model-train",
	.summary = "train a net on a data set",
	.main_options =
	    "resume time-budget until solver lr lr-policy mean crop mirror freeze device precision",
	.opts = opts,
	.about =
	    "Trains NET on the training part of DSET and validates on its validation part. MODEL receives the nets in Caffe's form "
	    "(original, train_val, deploy and solver .prototxt), labels.txt, "
	    "mean.binaryproto, info.json and the snapshots (.caffemodel and .solverstate).\n\n"
	    "NET is one text for training, validation and use, as in DIGITS: "
	    "layers belong to a stage by include and exclude rules with stage: "
	    "\"train\", \"val\" or \"deploy\". Data layers name no source. A "
	    "last InnerProduct or Convolution without num_output gets the number of classes.\n\n"
	    "A standard net brings what it was published with where no option "
	    "says otherwise: cifar10-quick --lr 0.001 --weight-decay 0.004 "
	    "--lr-policy step --step 80, for example. -v shows it, and info.json keeps it. "
	    "The detectors yolox-nano, yolox-tiny and yolox-s bring all of a "
	    "training from nothing, augmentation too unless an option asks for "
	    "one of its own (--fill, --min-box, --mix-share, --close-mosaic "
	    "and --whiten go with it); they take pictures whose sides are multiples of 32.\n\n"
	    "A train_val.prototxt of Caffe's is such a text, too: the data "
	    "set takes the place of its sources, which is said, and "
	    "deploy.prototxt is made of its layers for validation. Nets of SSD "
	    "and of YOLO, versions 2 and 3, as forks of Caffe have them "
	    "(AnnotatedData with MultiBoxLoss, RegionLoss or Yolov3) are such.\n\n"
	    "Labels may be pictures (masks), lists of boxes or other numbers, "
	    "in a database of their own: DSET/train_db/features and "
	    "DSET/train_db/labels, as DIGITS's data plug-ins make them. NET "
	    "then has two Data layers at a stage, and the one whose only top "
	    "has \"label\" in its name reads the labels; one whose only top "
	    "is named as another folder beside features reads that. A label "
	    "goes to the net as it is stored. What moves pixels moves masks, "
	    "targets (also larger ones, by a whole factor), and boxes of DIGITS's form alike. "
	    "Where labels are masks, Accuracy and SegAccuracy count the pixels of the whole validation: accuracy (share of right pixels), miou (mean IoU, which decides what the best snapshot is), dice, class-accuracy, weighted-iou and, for up to 150 classes, iou/CLASS of each; a net without such a layer gets one. "
	    "All can be named in --until and --require.\n\n"
	    "Augmentation is written into train_val.prototxt, which can be "
	    "trained again as it is (nnutils-model(5)), and is the same "
	    "whatever the number of threads. With --mixup and --cutmix the "
	    "label of a sample with a class is a share for each class, of "
	    "which SoftmaxWithLoss takes the cross entropy.\n\n"
	    "With --multi-scale the net itself resizes what it is fed, boxes and "
	    "masks too, for which it must be convolutional all through. The "
	    "shorter side keeps its proportion, rounded to a multiple of STEP. "
	    "Sizes are drawn by the seed and the iteration. Memory is that "
	    "of the size of the data set and of the largest one together; "
	    "what is made for the other sizes is kept while there is room.\n\n"
	    "A net that is only for use, as a file of ONNX (nnutils-onnx(7)), is given what it takes to be trained for classes, or for masks of the size of its scores: "
	    "its input reads the data set, the last InnerProduct or Convolution gets as many outputs as there are classes, and in place of a last Softmax there are SoftmaxWithLoss and Accuracy. "
	    "Pictures are prepared as the model says (order of channels, mean, scale, deviations), which --rgb, --mean, --input-scale and --std override, and info.json says it of the new model; they are resized by dset-create. Batch normalisation takes the statistics of batches and keeps running ones, also where --freeze holds its layer.\n\n"
	    "The same command gives the same bytes, on the same device and "
	    "number of threads. SIGINT, SIGTERM, SIGHUP (unless ignored, as "
	    "under nohup) and --time-budget stop the training between two iterations: a "
	    "snapshot is written, the exit status is 75, and the same command "
	    "with --resume continues as if nothing had happened. On SIGUSR1 a "
	    "snapshot is written and the training continues. The time budget "
	    "counts from the start of the program; a resumed training makes at "
	    "least one iteration, so that even short ones come to an end. A "
	    "training that fails says so in info.json (job-list(1) shows it); "
	    "one that is refused before it began leaves no folder.\n\n"
	    "About once a second the machine is measured: processor time (100 "
	    "percent is one core), resident memory and its peak and, for an "
	    "NVIDIA GPU, load, memory, temperature and power, as far as the "
	    "driver reports them. The figures appear in the progress line, in "
	    "each measurement of train.ndjson and, as \"panel\" events, in "
	    "--events. With several ranks, the first reports its own.\n\n"
	    "--metrics FILE is written anew with each measurement, at once, in the text format of OpenMetrics 1.0: nnutils_training_iteration, "
	    "_iterations, _epoch, _learning_rate, _images_per_second, _elapsed_seconds, _eta_seconds, _running (1, and 0 at the end) and, "
	    "for each output of the net, _output with phase=\"train\" or \"val\"; all with model=\"MODEL\". Prometheus's node exporter reads it from its textfile folder.\n\n"
	    "The memory that the training needs is worked out first. A batch "
	    "that the device cannot hold is refused with exit status 7, before "
	    "anything is made, and the largest batch that fits is named "
	    "(net-show --memory tells it beforehand). With --batch-size auto "
	    "each update is that of the net's whole batch, except for "
	    "BatchNorm, whose statistics are those of each part. Validation takes batches of the same size.\n\n"
	    "With several GPUs (--device cuda:0,1), or the ranks of mpirun, -b "
	    "is the batch of all of them together, and the result is that of a "
	    "single one except for rounding. If a rank dies, the others take a snapshot and stop.\n\n"
	    "With --solver-file the solver sets the length, the learning rate "
	    "and the data: options that set the same are refused, and fields "
	    "that have no effect here are named. Epochs are counted from the "
	    "data. Training starts from the solver's weights unless -p or "
	    "--snapshot is given. MODEL takes its labels, mean and picture "
	    "size from the validation data, so that model-infer prepares pictures in the same way.\n\n"
	    "With lists for -b or --lr, each combination is trained into "
	    "MODEL/bBATCH-lrRATE, with a sweep.json as --sweep writes it, and the models are listed best first.\n\n"
	    "The first validation is before the first iteration, but of a net "
	    "whose batch normalisation has no statistics yet, unless the "
	    "solver has test_initialization: true.\n\n"
	    "With --sweep the same is done for any options, each model in a "
	    "process of its own: MODEL is then the folder of the sweep, with a folder for each model, such as lr0.01-solver_adam, and sweep.json "
	    "(nnutils-model(5)). First each training is tried as --dry-run does, so that what cannot be trained is refused before anything is made. "
	    "At the end a table is printed, best first. The same command given again, also after it was stopped or killed, keeps the models that are done, continues "
	    "the others from their snapshots, and trains those that failed again; with other options it is refused, unless -f replaces the sweep. "
	    "--time-budget is that of all together. With --sweep-jobs, each training has its part of the threads.\n\n"
	    "--sweep-make and --sweep-slurm write the same trainings as rules of a Makefile or tasks of a job array, whose models are the same, bit for bit, "
	    "where they have as many threads. Each rule and task can be run again: it ends at once if its model is done, and otherwise "
	    "continues. A task that Slurm tells to end writes a snapshot and is put back into the queue. "
	    "The command without these options prints the table, as does the Makefile at its end.\n\n"
	    "With --lr-find the learning rate rises from MIN to MAX of --lr-range by the same factor each iteration, as in Smith's range test "
	    "(Cyclical Learning Rates for Training Neural Networks, 2017), until the loss, smoothed over about ten iterations, is four times its least or no number. "
	    "Two rates are printed: where the loss falls most steeply, and a tenth of that with the least loss. The first is often "
	    "good for a whole training, the second for one that lets the rate fall. Nothing is validated, and no folder is made. If the loss never falls, the exit status is 1.\n\n"
	    "With -f the old model stays until the first snapshot of the new "
	    "one is written, whatever happens before. Only one process at a "
	    "time trains in a folder; another ends with exit status 8.\n\n"
	    "--on-done COMMAND is run once for each model when its training has ended, however it did, before the next one of several begins; what it prints goes to standard error, and that it fails is said and changes nothing. "
	    "It is told by variables: NNUTILS_MODEL (the folder), NNUTILS_STATUS (Done, Aborted or Error), NNUTILS_EXIT (the exit status), NNUTILS_REASON (done, until, early-stop, SIGTERM, ...), NNUTILS_ERROR (the sentence of a failure), "
	    "NNUTILS_ITERATION, NNUTILS_EPOCH, NNUTILS_SECONDS, NNUTILS_SNAPSHOT, NNUTILS_BEST_ITERATION, NNUTILS_BEST_SCORE and NNUTILS_OUTPUTS (name=value, with blanks between, of the last validation); those of which nothing is known are not there.\n\n"
	    "--tensorboard DIR writes files of events as TensorBoard reads them (tensorboard --logdir DIR), one run for each model; they can be read at any time. With --resume it is given again and goes on in the same file.",
	.examples = examples,
	.json =
	    "One object for each model:\n\n"
	    "  model            the folder\n"
	    "  iterations       how many were done\n"
	    "  epochs           the same in epochs\n"
	    "  reason           done, until, early-stop, or what stopped it\n"
	    "  snapshot         the newest\n"
	    "  seconds          what it took\n"
	    "  seed             that was used\n"
	    "  best_iteration   of the best snapshot, and\n"
	    "  best_score       its miou, mean-ap, ap50 or accuracy, or its loss with the sign changed\n"
	    "  outputs          the last validation, by the names of the net\n\n"
	    "Of --sweep:\n\n"
	    "  model            the folder\n"
	    "  values           by the names of the options\n"
	    "  status           Done, Error, Aborted, Killed, or Missing where it was not begun\n"
	    "  error            what a failed training said\n"
	    "  iterations       how many were done\n"
	    "  seconds          what they took\n"
	    "  best_iteration   of the best validation, by which the models are in order,\n"
	    "  best_epoch       the same in epochs, and\n"
	    "  best_score       as above\n"
	    "  outputs          what it measured\n\n"
	    "Of --lr-find, and in FILE.ndjson: for each iteration iteration, lr, loss and smoothed_loss; then, not in FILE, one with "
	    "steepest_lr, least_lr (of the least smoothed loss), tenth_lr, diverged (true or false), seed. --tsv prints the first of these.\n\n"
	    "--dry-run: solver, its text.\n\n"
	    "With --device list: device, name, arch, units, memory and free (bytes), software, driver.",
	.files =
	    "  MODEL/train.ndjson      every measurement, one JSON object a line\n"
	    "  MODEL/train.log         the same for people\n"
	    "  MODEL/first_batch.png   samples that the training began with, with their labels\n"
	    "  MODEL/best.caffemodel   a link to the weights that validated best (.h5 where they are)\n"
	    "  MODEL/sweep.json        of a sweep: its options, values and models",
	.env = prog_env_nets,
	.more_env = env,
	.see_also =
	    "dset-create(1), net-show(1), model-infer(1), model-show(1), nnutils-dataset(5), nnutils-events(5), nnutils-model(5), nnutils-weights(7)",
	.common = PROG_JSON | PROG_FORCE | PROG_SEED | PROG_THREADS |
	    PROG_PROGRESS | PROG_EVENTS,
};

#endif
