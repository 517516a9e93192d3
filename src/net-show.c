/*
 * net-show: what a net is made of and what it costs.  Finding nets is in
 * lib/model, building, counting, laying out and listing them in lib/nn.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/prog.h"
#include "caffe/msg.h"
#include "caffe/text.h"
#include "model/net.h"
#include "nn/draw.h"
#include "nn/plugin.h"
#include "nn/show.h"

struct args {
	bool list, check, upgrade, memory;
	int phase, batch, classes, labels;
	const char *graph, *input;
	struct opt_list layers;
};

#define AT(field) offsetof(struct args, field)

static const struct opt opts[] = {
	{ 0, "list", OPT_FLAG, AT(list), NULL, "list the standard nets" },
	{ 0, "phase", OPT_CHOICE, AT(phase), "PHASE",
	    "the use to show; auto: deploy when the net has one",
	    .choices = "auto|train|val|test|deploy" },
	{ 0, "input", OPT_STR, AT(input), "CxHxW",
	    "size of the pictures where the net does not say it" },
	{ 'b', "batch", OPT_INT, AT(batch), "N",
	    "batch size of data layers; 0: as they say", .lo = 0,
	    .hi = 1 << 20 },
	{ 0, "classes", OPT_INT, AT(classes), "N",
	    "number of classes where num_output is left out", .lo = 0,
	    .hi = 1 << 24 },
	{ 0, "label-size", OPT_INT, AT(labels), "N",
	    "how many numbers a label of data layers has; 0: one, or a map",
	    .lo = 0, .hi = 1 << 24 },
	{ 0, "graph", OPT_STR, AT(graph), "FILE",
	    "draw the net into a .svg, .png or .dot file" },
	{ 0, "check", OPT_FLAG, AT(check), NULL,
	    "build the net for every use and say what is wrong" },
	{ 0, "upgrade", OPT_FLAG, AT(upgrade), NULL,
	    "print the net in today's form of prototxt" },
	{ 0, "memory", OPT_FLAG, AT(memory), NULL,
	    "also what running and training it takes in memory" },
	{ 0, "layers", OPT_LIST, AT(layers), "FILE.so",
	    "a plug-in with layer types of its own" },
	{ 0 },
};

static const struct prog_example examples[] = {
	{ "net-show lenet", "Layers, shapes, parameters, multiplications:" },
	{ "net-show --list", "What comes with nnutils:" },
	{ "net-show lenet --phase train --batch 64 --memory",
	    "What a training step takes:" },
	{ "net-show lenet --graph lenet.svg", "A picture:" },
	{ "net-show --check lenet", "Is it all right for every use?" },
	{ 0 },
};

static const struct prog prog = {
	.name = "net-show",
	.summary = "show the layers of a net and what they cost",
	.operands = "[NET]",
	.min_operands = 0,
	.max_operands = 1,
	.opts = opts,
	.common = PROG_JSON | PROG_FORCE,
	.about =
	    "NET is the name of a standard net, a prototxt of any age, or a "
	    "model folder or archive.\n\n"
	    "Columns: layer, type, shapes of what it makes, parameters "
	    "(those of running statistics too), multiplications with addition "
	    "of one forward run, bytes of what it makes; a layer that works in "
	    "place, or makes nothing but another view, makes 0.\n\n"
	    "--check builds the net for train, val and deploy (as far as it "
	    "has stages or phases) and names what cannot be built, with exit "
	    "status 3, and on standard error what looks wrong.\n\n"
	    "--json gives one object per layer and one with the totals.",
	.examples = examples,
	.see_also = "model-train(1), model-show(1), model-infer(1)",
};

/* Bytes of weights; of a run of the net shown; and, where it has a loss in phase
 * TRAIN, of values, gradients and a momentum for all that is learned. */
struct memory {
	uint64_t weights, run, train; /* train 0: has no loss */
};

static int
measure(struct memory *m, const struct net *n, const Caffe__NetParameter *np,
    const struct net_data *d)
{
	struct net_line x;
	struct net *t;

	memset(m, 0, sizeof(*m));
	net_line(n, -1, &x);
	m->weights = x.params * sizeof(float);
	TRY(net_arena(n, &m->run));
	if (net_new_use(&t, np, NET_TRAIN, d) < 0)
		return 0;
	if (net_backward(t) >= 0 && net_arena(t, &m->train) >= 0)
		m->train += m->weights + x.learned * sizeof(float);
	net_free(t);
	return 0;
}

static void
print_memory(const struct memory *m)
{
	enum prog_format f = prog_options()->format;
	char a[NUM_TEXT_MAX], b[NUM_TEXT_MAX], c[NUM_TEXT_MAX];

	if (f == PROG_FMT_JSON) {
		printf("{\"weights_bytes\":%" PRIu64 ",\"run_bytes\":%" PRIu64
		       ",\"train_bytes\":%" PRIu64 "}\n",
		    m->weights, m->run, m->train);
		return;
	}
	if (f == PROG_FMT_TSV)
		return;
	printf("weights %s, a run %s", net_show_bytes(a, m->weights, f),
	    net_show_bytes(b, m->run + m->weights, f));
	if (m->train)
		printf(", a training step with momentum %s",
		    net_show_bytes(c, m->train, f));
	putchar('\n');
}

static int
show(const struct args *a, const Caffe__NetParameter *np,
    const struct net_data *d)
{
	enum net_use use =
	    a->phase > 0 ? (enum net_use)(a->phase - 1) : net_use_guess(np);
	struct memory m;
	struct net *n;
	int rc;

	TRY(net_new_use(&n, np, use, d));
	if (a->graph != NULL)
		rc = net_draw_file(a->graph, n, prog_options()->force);
	else
		rc = net_show(stdout, n, prog_options()->format);
	if (rc >= 0 && a->memory)
		rc = measure(&m, n, np, d);
	if (rc >= 0 && a->memory)
		print_memory(&m);
	net_free(n);
	return rc;
}

static int
run(const struct args *a, int argc, char **argv)
{
	struct net_data d = {
		.batch = a->batch, .labels = a->labels, .classes = a->classes
	};
	Caffe__NetParameter *np = NULL;
	size_t i;
	int rc;

	for (i = 0; i < a->layers.n; i++)
		TRY(layer_plugin_load(a->layers.v[i]));
	if (a->list)
		return net_show_standards(stdout, prog_options()->format);
	if (argc == 0)
		return err_set(ERR_USAGE, "give a net, or --list");
	rc = net_data_size(&d, a->input);
	if (rc < 0)
		return err_in(rc, "--input");
	TRY(model_net_read(&np, argv[0], a->phase - 1, &d));
	if (a->upgrade)
		rc = caffe_text_write("-", np, 0);
	else if (a->check)
		rc = net_show_check(stdout, np, a->phase - 1, &d);
	else
		rc = show(a, np, &d);
	caffe_msg_free(np);
	return rc < 0 ? err_in(rc, "%s", argv[0]) : 0;
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
