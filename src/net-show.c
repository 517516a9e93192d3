/*
 * net-show: what a net is made of and what it costs.  Reading nets is in
 * lib/caffe, building, counting and laying them out in lib/nn; here are the
 * tables.
 */
#include <inttypes.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/path.h"
#include "base/prog.h"
#include "base/table.h"
#include "caffe/msg.h"
#include "caffe/text.h"
#include "caffe/upgrade.h"
#include "json/json.h"
#include "model/model.h"
#include "nn/describe.h"
#include "nn/draw.h"
#include "nn/nets.h"
#include "nn/plugin.h"
#include "nn/use.h"

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

static int
read_input(const char *s, int64_t chw[3])
{
	char end;
	int i;

	if (s == NULL)
		return 0;
	if (sscanf(s, "%" SCNd64 "x%" SCNd64 "x%" SCNd64 "%c", &chw[0], &chw[1],
		&chw[2], &end) != 3)
		return err_set(ERR_USAGE, "--input %s: give CxHxW", s);
	for (i = 0; i < 3; i++)
		if (chw[i] < 1 || chw[i] > 1 << 20)
			return err_set(ERR_USAGE,
			    "--input %s: sizes are 1 to %d", s, 1 << 20);
	return 0;
}

static bool
is_archive(const char *path)
{
	static const char *const ext[] = { ".gz", ".tgz", ".tar", ".zip",
		".bz2", ".xz" };
	size_t i;

	for (i = 0; i < LENGTH(ext); i++)
		if (path_has_ext(path, ext[i]))
			return true;
	return false;
}

/* Of the nets in a model, the one for the use asked for. */
static int
read_model(Caffe__NetParameter **np, const char *path, int phase)
{
	const char *file;
	struct model *m;
	int rc;

	TRY(model_open(&m, path, -1));
	file = m->deploy;
	if (file == NULL || (phase > 0 && phase - 1 != NET_DEPLOY))
		file = m->train_val ? m->train_val : m->original;
	if (file == NULL)
		file = m->deploy;
	rc = file ? caffe_net_read(np, file)
		  : err_set(ERR_MISSING, "%s holds no net", path);
	model_close(m);
	return rc;
}

static int
read_net(Caffe__NetParameter **np, const struct args *a, const char *name,
    struct net_data *d)
{
	const struct net_standard *s = net_standard_find(name);

	if (file_is_dir(name) || is_archive(name))
		return read_model(np, name, a->phase);
	if (file_exists(name) || strcmp(name, "-") == 0)
		return caffe_net_read(np, name);
	if (s == NULL && (strchr(name, '/') || strchr(name, '.')))
		return caffe_net_read(np, name);
	TRY(net_standard_read(np, name));
	if (d->classes == 0)
		d->classes = s->classes;
	if (d->chw[0] == 0)
		read_input(s->input, d->chw);
	return 0;
}

/* "1.23 M" for people, all digits for programs. */
static char *
count_text(char out[NUM_TEXT_MAX], uint64_t v)
{
	if (prog_options()->format != PROG_FMT_TSV)
		return num_count_text(out, v);
	snprintf(out, NUM_TEXT_MAX, "%" PRIu64, v);
	return out;
}

static char *
size_text(char out[NUM_TEXT_MAX], uint64_t v)
{
	if (prog_options()->format == PROG_FMT_TSV)
		return count_text(out, v);
	return num_bytes_text(out, v);
}

/* "64x10" or, with several tops, "64x10, 64". */
static char *
tops_text(const struct layer *l)
{
	char *all = mem_strdup(""), *more, s[SHAPE_TEXT_MAX];
	int i;

	for (i = 0; i < l->ntop; i++) {
		shape_text(s, graph_shape(l->graph, l->top[i]));
		more = mem_printf("%s%s%s", all, i ? ", " : "", s);
		mem_free(all);
		all = more;
	}
	return all;
}

enum { COLUMNS = 6 };

static void
add_row(struct table *t, const char *layer, const char *type, const char *tops,
    const struct net_line *x)
{
	char params[NUM_TEXT_MAX], macs[NUM_TEXT_MAX], memory[NUM_TEXT_MAX];

	table_row(t,
	    (const char *[]){ layer, type, tops, count_text(params, x->params),
		count_text(macs, x->macs), size_text(memory, x->memory) });
}

static void
print_table(const struct net *n)
{
	static const char *const head[COLUMNS] = { "LAYER", "TYPE", "OUTPUT",
		"PARAMS", "MACS", "MEMORY" };
	bool tsv = prog_options()->format == PROG_FMT_TSV;
	struct net_line x;
	struct table t;
	char *tops;
	int i;

	table_init(&t, COLUMNS);
	t.right[3] = t.right[4] = t.right[5] = 1;
	t.limit[0] = t.limit[2] = 44;
	table_row(&t, head);
	for (i = 0; i < n->nlayers; i++) {
		net_line(n, i, &x);
		tops = tops_text(&n->layers[i]);
		add_row(
		    &t, n->layers[i].name, n->layers[i].type->name, tops, &x);
		mem_free(tops);
	}
	net_line(n, -1, &x);
	if (!tsv)
		add_row(&t, "total", "", "", &x);
	table_print(&t, stdout, tsv);
	table_clear(&t);
}

struct memory {
	uint64_t weights, run, train; /* bytes; train 0: has no loss */
	int batch;
};

static void
json_shape(struct json_w *w, const struct shape *s)
{
	int i;

	json_w_array(w);
	for (i = 0; i < s->n; i++)
		json_w_int(w, s->d[i]);
	json_w_array_end(w);
}

static void
json_costs(struct json_w *w, const struct net_line *x)
{
	json_w_kint(w, "params", (int64_t)x->params);
	json_w_kint(w, "learned", (int64_t)x->learned);
	json_w_kint(w, "macs", (int64_t)x->macs);
	json_w_kint(w, "memory", (int64_t)x->memory);
}

static void
json_layer(struct json_w *w, const struct net *n, const struct layer *l)
{
	struct net_line x;
	int i;

	net_line(n, l->index, &x);
	json_w_object(w);
	json_w_kstr(w, "layer", l->name);
	json_w_kstr(w, "type", l->type->name);
	json_w_key(w, "bottoms");
	json_w_array(w);
	for (i = 0; i < l->nbottom; i++)
		json_w_str(w, l->p->bottom[i]);
	json_w_array_end(w);
	json_w_key(w, "tops");
	json_w_array(w);
	for (i = 0; i < l->ntop; i++) {
		json_w_object(w);
		json_w_kstr(
		    w, "name", i < (int)l->p->n_top ? l->p->top[i] : l->name);
		json_w_key(w, "shape");
		json_shape(w, graph_shape(l->graph, l->top[i]));
		json_w_object_end(w);
	}
	json_w_array_end(w);
	json_costs(w, &x);
	json_w_object_end(w);
}

static void
json_total(struct json_w *w, const struct net *n, const struct memory *m)
{
	struct net_line x;

	net_line(n, -1, &x);
	json_w_object(w);
	json_w_kstr(w, "net", n->name);
	json_w_kint(w, "layers", n->nlayers);
	json_costs(w, &x);
	if (m != NULL) {
		json_w_kint(w, "weights_bytes", (int64_t)m->weights);
		json_w_kint(w, "run_bytes", (int64_t)m->run);
		if (m->train)
			json_w_kint(w, "train_bytes", (int64_t)m->train);
	}
	json_w_object_end(w);
}

static int
print_json(const struct net *n, const struct memory *m)
{
	struct json_w w;
	struct buf b;
	int i, rc = 0;

	buf_init(&b, 16 << 20);
	for (i = 0; i <= n->nlayers && rc == 0; i++) {
		json_w_init(&w, &b, 0);
		if (i < n->nlayers)
			json_layer(&w, n, &n->layers[i]);
		else
			json_total(&w, n, m);
		rc = json_w_end(&w);
		if (rc == 0)
			rc = buf_addc(&b, '\n');
	}
	if (rc == 0)
		fputs(buf_str(&b), stdout);
	buf_clear(&b);
	return rc;
}

/* The weights; a run of the use shown; and, where the net has a loss in phase
 * TRAIN, values, gradients and a momentum for all that is learned. */
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
	char a[NUM_TEXT_MAX], b[NUM_TEXT_MAX], c[NUM_TEXT_MAX];

	printf("weights %s, a run %s", size_text(a, m->weights),
	    size_text(b, m->run + m->weights));
	if (m->train)
		printf(", a training step with momentum %s",
		    size_text(c, m->train));
	putchar('\n');
}

static int
list_json(const struct net_standard *s, const struct net_line *x)
{
	struct json_w w;
	struct buf b;
	int rc;

	buf_init(&b, 1 << 16);
	json_w_init(&w, &b, 0);
	json_w_object(&w);
	json_w_kstr(&w, "name", s->name);
	json_w_kstr(&w, "input", s->input);
	json_w_kint(&w, "classes", s->classes);
	json_costs(&w, x);
	json_w_kstr(&w, "about", s->about);
	json_w_object_end(&w);
	rc = json_w_end(&w);
	if (rc == 0)
		puts(buf_str(&b));
	buf_clear(&b);
	return rc;
}

static int
list_one(struct table *t, const struct net_standard *s)
{
	char params[NUM_TEXT_MAX], macs[NUM_TEXT_MAX], size[NUM_TEXT_MAX];
	struct net_data d = { .batch = 1, .classes = s->classes };
	Caffe__NetParameter *np = NULL;
	struct net *n = NULL;
	struct net_line x;
	int rc;

	read_input(s->input, d.chw);
	rc = net_standard_read(&np, s->name);
	if (rc >= 0)
		rc = net_new_use(&n, np, net_use_guess(np), &d);
	caffe_msg_free(np);
	if (rc < 0)
		return err_in(rc, "%s", s->name);
	net_line(n, -1, &x);
	net_free(n);
	if (prog_options()->format == PROG_FMT_JSON)
		return list_json(s, &x);
	table_row(t,
	    (const char *[]){ s->name, s->input, count_text(params, x.params),
		count_text(macs, x.macs),
		size_text(size, x.params * sizeof(float)), s->about });
	return 0;
}

static int
list(void)
{
	static const char *const head[COLUMNS] = { "NET", "INPUT", "PARAMS",
		"MACS", "SIZE", "ABOUT" };
	const struct net_standard *s;
	struct table t;
	int rc = 0;

	table_init(&t, COLUMNS);
	t.right[2] = t.right[3] = t.right[4] = 1;
	table_row(&t, head);
	for (s = net_standards; s->name && rc >= 0; s++)
		rc = list_one(&t, s);
	if (rc >= 0 && prog_options()->format != PROG_FMT_JSON)
		table_print(&t, stdout, prog_options()->format == PROG_FMT_TSV);
	table_clear(&t);
	return rc;
}

static int
draw_net(const struct net *n, const char *path)
{
	struct net_drawing g;
	struct buf b;
	int rc;

	buf_init(&b, 256 << 20);
	rc = net_draw(&g, n);
	if (rc < 0)
		goto done;
	if (path_has_ext(path, ".png")) {
		rc = net_draw_png(path, &g, prog_options()->force);
		goto done;
	}
	if (path_has_ext(path, ".svg"))
		rc = net_draw_svg(&b, &g);
	else if (path_has_ext(path, ".dot") || strcmp(path, "-") == 0)
		rc = net_draw_dot(&b, &g, n->name);
	else
		rc = err_set(ERR_USAGE,
		    "--graph %s: the name must end in .svg, .png or .dot",
		    path);
	if (rc >= 0)
		rc = file_write(path, b.data, b.len, prog_options()->force);
done:
	net_drawing_clear(&g);
	buf_clear(&b);
	return rc;
}

static void
say(void *ctx, const char *sentence)
{
	log_warn("%s: %s", (const char *)ctx, sentence);
}

/* A net that is fed data in phase TRAIN must have a loss, and a gradient. */
static int
check_training(struct net *n)
{
	bool fed = false;
	int i;

	for (i = 0; i < n->nlayers; i++)
		fed = fed || n->layers[i].type->feed;
	return fed ? net_backward(n) : 0;
}

static int
check(const Caffe__NetParameter *np, const struct args *a,
    const struct net_data *d)
{
	static const enum net_use all[] = { NET_TRAIN, NET_VAL, NET_DEPLOY };
	const char *name;
	struct net *n;
	size_t i;
	int rc, bad = 0;

	for (i = 0; i < LENGTH(all); i++) {
		if (a->phase > 0 && (int)all[i] != a->phase - 1)
			continue;
		name = net_uses[all[i]].name;
		rc = net_new_use(&n, np, all[i], d);
		if (rc >= 0 && all[i] == NET_TRAIN)
			rc = check_training(n);
		if (rc >= 0) {
			printf("%s: ok, %d layers\n", name, n->nlayers);
			net_check(n, say, (void *)name);
		} else {
			printf("%s: %s\n", name, err_text());
			bad++;
		}
		net_free(n);
	}
	if (bad)
		return err_set(ERR_FORMAT,
		    "the net cannot be built for %d use%s", bad,
		    bad == 1 ? "" : "s");
	return 0;
}

static int
show(const struct args *a, const Caffe__NetParameter *np,
    const struct net_data *d)
{
	enum net_use use =
	    a->phase > 0 ? (enum net_use)(a->phase - 1) : net_use_guess(np);
	enum prog_format format = prog_options()->format;
	struct memory m;
	struct net *n;
	int rc;

	TRY(net_new_use(&n, np, use, d));
	rc = a->memory ? measure(&m, n, np, d) : 0;
	if (rc >= 0 && a->graph != NULL) {
		rc = draw_net(n, a->graph);
	} else if (rc >= 0 && format == PROG_FMT_JSON) {
		rc = print_json(n, a->memory ? &m : NULL);
	} else if (rc >= 0) {
		print_table(n);
		if (a->memory && format == PROG_TEXT)
			print_memory(&m);
	}
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
		return list();
	if (argc == 0)
		return err_set(ERR_USAGE, "give a net, or --list");
	TRY(read_input(a->input, d.chw));
	TRY(read_net(&np, a, argv[0], &d));
	if (a->upgrade)
		rc = caffe_text_write("-", np, 0);
	else if (a->check)
		rc = check(np, a, &d);
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
