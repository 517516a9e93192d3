/*
 * net-show: what a net is made of and what it costs.  Finding nets is in
 * lib/model, building, counting, laying out and listing them in lib/nn.
 */
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/num.h"
#include "caffe/msg.h"
#include "caffe/text.h"
#include "device/device.h"
#include "json/line.h"
#include "model/net.h"
#include "model/product.h"
#include "nn/diff/diff.h"
#include "nn/plugin.h"
#include "nn/draw/draw.h"
#include "nn/show/show.h"
#include "prog/prog.h"
#include "recipe/memory/forecast.h"

enum { BATCHES = 64 };

struct args {
	bool list, check, upgrade, memory, all;
	int width, phase, classes, labels, precision, level;
	uint64_t limit;
	const char *batch, *graph, *diff, *device;
	struct opt_list layers, inputs, stages;
};

#define AT(field) offsetof(struct args, field)

static const struct opt opts[] = {
	{ 0, "list", OPT_FLAG, AT(list), NULL, "list the standard nets" },
	{ 0, "phase", OPT_CHOICE, AT(phase), "PHASE",
	    "the use to show; auto: deploy when the net has one",
	    .choices = "auto|train|val|test|deploy", .needs = "!list|upgrade" },
	{ 0, "stage", OPT_LIST, AT(stages), "NAME",
	    "a stage that the net is to be in, beside that of --phase",
	    .needs = "!list|upgrade" },
	{ 0, "level", OPT_INT, AT(level), "N",
	    "the level that the net is to be in", .lo = -(1 << 24),
	    .hi = 1 << 24, .needs = "!list|upgrade" },
	{ 0, "input", OPT_LIST, AT(inputs), "[BLOB=]SIZE",
	    "CxHxW: size of the pictures, if the net does not state it; "
	    "BLOB=NxCxHxW: shape of a blob that a data or Input layer makes, of any number of axes",
	    .needs = "!list|upgrade" },
	{ 'b', "batch", OPT_STR, AT(batch), "N[,N...]",
	    "batch size of data and Input layers; 0: their own; several with --memory",
	    .needs = "!list|upgrade" },
	{ 0, "classes", OPT_INT, AT(classes), "N",
	    "number of classes where num_output is left out", .lo = 0,
	    .hi = 1 << 24, .needs = "!list|upgrade" },
	{ 0, "label-size", OPT_INT, AT(labels), "N",
	    "numbers in each label of data layers; 0: one, or a map", .lo = 0,
	    .hi = 1 << 24, .needs = "!list|upgrade" },
	{ 0, "graph", OPT_STR, AT(graph), "FILE",
	    "draw the net as a .svg, .png, .pdf or .dot file",
	    .choices = "svg|png|pdf|dot", .flags = OPT_OUT,
	    .needs = "!memory|check|upgrade|list" },
	{ 0, "width", OPT_INT, AT(width), "PIXELS",
	    "with --graph: how wide the picture is; 0: as words are easy to read",
	    .lo = 0, .hi = 32767, .needs = "graph" },
	{ 0, "no-fold", OPT_FLAG, AT(all), NULL,
	    "with --graph: draw every block that is repeated, not one and how often",
	    .needs = "graph" },
	{ 0, "diff", OPT_STR, AT(diff), "NET2",
	    "name the layers in which NET2 differs from NET; status 1 if there are any",
	    .flags = OPT_INPUT, .needs = "!memory|check|upgrade|list" },
	{ 0, "check", OPT_FLAG, AT(check), NULL,
	    "build the net for every use and report what is wrong",
	    .needs = "!upgrade|list" },
	{ 0, "upgrade", OPT_FLAG, AT(upgrade), NULL,
	    "print the net in today's form of prototxt", .needs = "!list" },
	{ 0, "memory", OPT_FLAG, AT(memory), NULL,
	    "show the memory that training needs, by batch size",
	    .needs = "!check|upgrade|list" },
	{ 0, "device", OPT_STR, AT(device), "DEV",
	    "with --memory: also the largest batch that fits on this device "
	    "(cpu, cuda, cuda:N, or like:H200 for one that is not here; list shows what there is)",
	    .alone = "list", .needs = "memory" },
	{ 0, "precision", OPT_CHOICE, AT(precision), "P",
	    "with --memory: arithmetic of convolutions and products",
	    .choices = "fp32|tf32|bf16|fp16", .needs = "memory" },
	{ 0, "limit", OPT_SIZE, AT(limit), "SIZE",
	    "with --memory: also the largest batch that fits into this much",
	    .needs = "memory" },
	{ 0, "layers", OPT_LIST, AT(layers), "FILE.so",
	    "load a plug-in with layer types of its own", .flags = OPT_INPUT },
	{ 0 },
};

static const struct prog_example examples[] = {
	{ "net-show lenet", "Layers, shapes, parameters, multiplications:" },
	{ "net-show --list", "What comes with nnutils:" },
	{ "net-show alexnet --memory -b 16,64,256 --limit 8G",
	    "The memory of training, and the largest batch for 8 GiB:" },
	{ "net-show train_val.prototxt --phase train --input 3x64x64 --input label=32x10",
	    "A net whose data is not here, with ten numbers to each picture:" },
	{ "net-show lenet --graph lenet.svg", "A picture:" },
	{ "net-show resnet101 --graph resnet101.png --no-fold --width 800",
	    "One of all layers, also of blocks that are repeated, 800 pixels wide:" },
	{ "net-show resnet50 --diff resnet101 --graph deeper.svg",
	    "What one net has more than another, in colours:" },
	{ "net-show --check lenet", "Can it be built for every use?" },
	{ 0 },
};

static const struct prog prog = {
	.name = "net-show",
	.summary = "show the layers of a net and what they cost",
	.operands = "[NET]",
	.reads_operands = true,
	.reads = model_holds,
	.min_operands = 0,
	.max_operands = 1,
	.opts = opts,
	.common = PROG_JSON | PROG_FORCE,
	.about =
	    "NET is the name of a standard net, a prototxt of any age (- is standard input), or a model folder or archive.\n\n"
	    "Columns: layer, type, shapes of its outputs, parameters "
	    "(including running statistics), multiply-adds of one forward run, "
	    "bytes of its outputs; a layer that works in place, or only gives another view, has 0 bytes.\n\n"
	    "--memory shows what model-train will need: weights; what learning "
	    "adds (gradients, momentum); values that a run keeps, including "
	    "those of validation; work space of single layers; batches in "
	    "flight; and the rest (the program and the copy that a snapshot is "
	    "written from; on a GPU also half a GiB for CUDA and its "
	    "libraries, which is an estimate). Plans are compiled and laid out "
	    "as for training, but none of the memory is taken. With --phase "
	    "val, test or deploy, it shows what the net needs only to run. A "
	    "validation whose last batch is smaller needs one plan more than is counted here.\n\n"
	    "--check builds the net for train, val and deploy (as far as it "
	    "has such stages or phases). What cannot be built is named, with "
	    "exit status 3; what looks wrong is named on standard error.\n\n"
	    "--graph draws layers as boxes, data flowing from top to bottom. A layer that only changes what one other makes (in place, or an activation or normalisation that nobody else reads) stands in the box of that. "
	    "A block that is repeated is drawn once, with how often it is there; {1…22} in a name stands for what the names differ in. "
	    "Pointed at, a line of a .svg says which blob it is.\n\n"
	    "--diff compares with NET2, built for the same use, layers of one name, and of those without one that are in the same place and the same in all but names (renamed). "
	    "Named are layers that were added, removed or changed, with each field of their parameters (what is left out counts as its default), what they read and make, the shapes of outputs and weights. "
	    "With --graph they are drawn, in colours of what became of them.\n\n"
	    "--json gives one object per layer and one with the totals.",
	.examples = examples,
	.json =
	    "One object for each layer: layer, type, bottoms, tops (name, shape), blobs (the shapes of its parameters), params, learned, macs, memory; then one with the totals: net, layers, params, learned, macs, memory.\n\n"
	    "--list: name, input, classes, params, learned, macs, memory, about. --memory: batch, weights, learning, values, workspace, feeding, rest, total, and with a limit limit, fits, largest. --check: use, ok, layers, error. --upgrade: prototxt.\n\n"
	    "--diff, for each layer that is not the same: change (added, removed, changed, renamed), layer, was (its name before, if renamed, else null), type, fields (field, before, after); then one with the numbers of layers: same, added, removed, changed, renamed.\n\n"
	    "With --device list: device, name, arch, units, memory and free (bytes), software, driver.",
	.env = prog_env_nets,
	.files = "Of a model folder the nets are read; see nnutils-model(5).",
	.see_also =
	    "model-train(1), model-show(1), model-infer(1), nnutils-model(5)",
};

/* "64" or "8,16,32"; none: as the net says. */
static int
read_batches(int out[BATCHES], size_t *n, const char *text)
{
	int rc;

	*n = 0;
	if (text == NULL)
		return 0;
	rc = num_ints(out, BATCHES, text, 0, 1 << 20);
	if (rc < 0)
		return err_in(ERR_USAGE, "--batch");
	*n = (size_t)rc;
	return 0;
}

/* A device that is named, or a limit: then the largest batch is looked for. */
static int
show_memory(const struct args *a, const Caffe__NetParameter *np,
    const struct net_data *d)
{
	struct forecast f = { .net = np,
		.data = d,
		.use = a->phase > 0 ? (enum net_use)(a->phase - 1)
				    : forecast_use(np, d),
		.precision = (enum precision)a->precision,
		.limit = a->limit };
	int batches[BATCHES] = { 0 }, rc;
	size_t n;

	TRY(read_batches(batches, &n, a->batch));
	TRY(device_open(&f.device, a->device ? a->device : "cpu", NULL));
	if (a->device != NULL && a->limit == 0)
		f.limit = device_room(f.device);
	rc = forecast_show(
	    stdout, &f, batches, n > 0 ? n : 1, prog_options()->format);
	device_close(f.device);
	return rc;
}

static int
draw(const struct args *a, const struct net *n, enum net_use use,
    const struct net_diff *diff)
{
	const struct net_draw_opts o = { .width = a->width,
		.all = a->all,
		.use = net_uses[use].name,
		.diff = diff };

	return net_draw_file(a->graph, n, &o, prog_options()->force);
}

/* What differs is an answer, and status 1. */
static int
show_diff(const struct args *a, const struct net *n, const struct net *other,
    enum net_use use)
{
	struct net_diff d;
	int rc;

	net_diff_make(&d, n, other);
	if (a->graph != NULL)
		rc = draw(a, other, use, &d);
	else
		rc = net_diff_print(stdout, &d, prog_options()->format);
	if (rc >= 0 && !net_diff_same(&d))
		rc = err_set(ERR_ITEMS,
		    "%s: %zu added, %zu removed, %zu changed, %zu renamed",
		    a->diff, d.count[NET_ADDED], d.count[NET_REMOVED],
		    d.count[NET_CHANGED], d.count[NET_RENAMED]);
	net_diff_clear(&d);
	return rc;
}

/* d: what is known of the data before a net has been read. */
static int
compare(const struct args *a, const struct net *n, enum net_use use,
    const struct net_data *d)
{
	Caffe__NetParameter *np = NULL;
	struct net_data own = *d;
	struct net *other = NULL;
	int rc = model_net_read(&np, a->diff, (int)use, &own);

	if (rc >= 0)
		rc = net_new_use(&other, np, use, &own);
	if (rc < 0)
		rc = err_in(rc, "%s", a->diff);
	else
		rc = show_diff(a, n, other, use);
	net_free(other);
	caffe_msg_free(np);
	return rc;
}

/* first: d before np was read. */
static int
show(const struct args *a, const Caffe__NetParameter *np,
    const struct net_data *d, const struct net_data *first)
{
	enum net_use use =
	    a->phase > 0 ? (enum net_use)(a->phase - 1) : net_use_guess(np);
	struct net *n;
	int rc;

	TRY(net_new_use(&n, np, use, d));
	if (a->diff != NULL)
		rc = compare(a, n, use, first);
	else if (a->graph != NULL)
		rc = draw(a, n, use, NULL);
	else
		rc = net_show(stdout, n, prog_options()->format);
	net_free(n);
	return rc;
}

static int
upgrade(const Caffe__NetParameter *np)
{
	struct json_line line;
	struct buf b;
	int rc;

	if (prog_options()->format != PROG_FMT_JSON)
		return caffe_text_write("-", np, 0);
	buf_init(&b, JSON_LINE_MAX);
	rc = caffe_text_add(&b, np);
	if (rc >= 0) {
		json_w_kstr(json_line_begin(&line), "prototxt", buf_str(&b));
		rc = json_line_end(&line, stdout);
	}
	buf_clear(&b);
	return rc;
}

/* The blobs and sizes of --input.  blobs has room for all and a NULL name; names
 * is what is freed with it. */
static int
read_inputs(struct net_data *d, struct net_input *blobs, char **names,
    const struct opt_list *inputs)
{
	size_t n = 0;

	for (size_t i = 0; i < inputs->n; i++) {
		const char *text = inputs->v[i], *eq = strrchr(text, '=');
		int rc;

		if (eq == NULL) {
			rc = net_data_size(d, text);
		} else {
			names[n] = mem_strndup(text, (size_t)(eq - text));
			rc = net_data_blob(&blobs[n], names[n], eq + 1);
			n++;
		}
		if (rc < 0)
			return err_in(rc, "--input");
	}
	d->blobs = blobs;
	return 0;
}

/* A blob that is named and that no layer of the net makes. */
static int
check_inputs(const Caffe__NetParameter *np, const struct net_data *d)
{
	const struct net_input *in = d->blobs;

	for (; in != NULL && in->name != NULL; in++) {
		bool made = false;

		for (size_t i = 0; i < np->n_layer && !made; i++) {
			const enum layer_role r =
			    layer_role(np->layer[i]->type);

			made = (r == LAYER_DATA || r == LAYER_INPUT) &&
			    layer_makes(np->layer[i], in->name);
		}
		if (!made)
			return err_set(ERR_USAGE,
			    "--input %s: no data or Input layer makes a blob \"%s\"",
			    in->name, in->name);
	}
	return 0;
}

static int
show_net(const struct args *a, const char *name, struct net_data *d)
{
	const struct net_data first = *d;
	Caffe__NetParameter *np = NULL;
	int rc;

	TRY(model_net_read(&np, name, a->phase - 1, d));
	rc = check_inputs(np, d);
	if (rc < 0)
		goto done;
	if (a->upgrade)
		rc = upgrade(np);
	else if (a->check)
		rc = net_show_check(
		    stdout, np, a->phase - 1, d, prog_options()->format);
	else if (a->memory)
		rc = show_memory(a, np, d);
	else
		rc = show(a, np, d, &first);
done:
	caffe_msg_free(np);
	return rc < 0 ? err_in(rc, "%s", name) : 0;
}

static int
run(const struct args *a, int argc, char **argv)
{
	const char **stages = mem_array(const char *, a->stages.n + 1);
	struct net_input *blobs = mem_array(struct net_input, a->inputs.n + 1);
	char **names = mem_array(char *, a->inputs.n + 1);
	struct net_data d = { .labels = a->labels,
		.classes = a->classes,
		.stages = stages,
		.level = a->level };
	int batches[BATCHES] = { 0 }, rc = 0;
	size_t i, n;

	for (i = 0; i < a->stages.n; i++)
		stages[i] = a->stages.v[i];
	for (i = 0; i < a->layers.n && rc >= 0; i++)
		rc = layer_plugin_load(a->layers.v[i]);
	if (rc < 0)
		goto done;
	if (a->list) {
		rc = net_show_standards(stdout, prog_options()->format);
		goto done;
	}
	if (a->device != NULL && strcmp(a->device, "list") == 0) {
		rc = device_list(stdout, prog_options()->format);
		goto done;
	}
	rc = argc == 0 ? err_set(ERR_USAGE, "give a net, or --list")
		       : read_batches(batches, &n, a->batch);
	if (rc >= 0 && n > 1 && !a->memory)
		rc = err_set(
		    ERR_USAGE, "--batch %s: several need --memory", a->batch);
	if (rc >= 0)
		rc = read_inputs(&d, blobs, names, &a->inputs);
	d.batch = batches[0];
	if (rc >= 0)
		rc = show_net(a, argv[0], &d);
done:
	for (i = 0; i < a->inputs.n; i++)
		mem_free(names[i]);
	mem_free(names);
	mem_free(blobs);
	mem_free(stages);
	return rc;
}

int
main(int argc, char **argv)
{
	struct args args = { .labels = NET_LABEL_UNKNOWN };
	int rc = prog_parse(&prog, &args, &argc, &argv);

	if (rc > 0)
		rc = run(&args, argc, argv);
	return prog_end(&prog, rc);
}
