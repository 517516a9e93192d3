/* The tables of nets: see show.h.  JSON is in show_json.c. */
#include "nn/show/show.h"

#include <inttypes.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/num.h"
#include "json/line.h"
#include "nn/show/show_json.h"
#include "prog/table.h"

enum { COLUMNS = 6 };

char *
net_show_count(char out[NUM_TEXT_MAX], uint64_t v, enum prog_format format)
{
	if (format != PROG_FMT_TSV)
		return num_count_text(out, v);
	snprintf(out, NUM_TEXT_MAX, "%" PRIu64, v);
	return out;
}

char *
net_show_bytes(char out[NUM_TEXT_MAX], uint64_t v, enum prog_format format)
{
	if (format == PROG_FMT_TSV)
		return net_show_count(out, v, format);
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

static void
add_row(struct table *t, enum prog_format format, const char *const name[3],
    const struct net_line *x)
{
	char params[NUM_TEXT_MAX], macs[NUM_TEXT_MAX], memory[NUM_TEXT_MAX];

	table_row(t,
	    (const char *[]){ name[0], name[1], name[2],
		net_show_count(params, x->params, format),
		net_show_count(macs, x->macs, format),
		net_show_bytes(memory, x->memory, format) });
}

int
net_show(FILE *out, const struct net *n, enum prog_format format)
{
	static const char *const head[COLUMNS] = { "LAYER", "TYPE", "OUTPUT",
		"PARAMS", "MACS", "MEMORY" };
	struct net_line x;
	struct table t;
	char *tops;
	int i;

	if (format == PROG_FMT_JSON)
		return net_json(out, n);
	table_init(&t, COLUMNS);
	t.right[3] = t.right[4] = t.right[5] = 1;
	t.limit[0] = t.limit[2] = 44;
	table_row(&t, head);
	for (i = 0; i < n->nlayers; i++) {
		const struct layer *l = &n->layers[i];

		net_line(n, i, &x);
		tops = tops_text(l);
		add_row(&t, format,
		    (const char *[]){ l->name, l->type->name, tops }, &x);
		mem_free(tops);
	}
	net_line(n, -1, &x);
	if (format != PROG_FMT_TSV)
		add_row(&t, format, (const char *[]){ "total", "", "" }, &x);
	table_print(&t, out, format == PROG_FMT_TSV);
	table_clear(&t);
	return 0;
}

int
net_show_standards(FILE *out, enum prog_format format)
{
	static const char *const head[COLUMNS] = { "NET", "INPUT", "PARAMS",
		"MACS", "SIZE", "ABOUT" };
	char params[NUM_TEXT_MAX], macs[NUM_TEXT_MAX], size[NUM_TEXT_MAX];
	const struct net_line *x = net_standard_costs;
	const struct net_standard *s;
	struct table t;

	if (format == PROG_FMT_JSON)
		return net_json_standards(out);
	table_init(&t, COLUMNS);
	t.right[2] = t.right[3] = t.right[4] = 1;
	table_row(&t, head);
	for (s = net_standards; s->name != NULL; s++, x++)
		table_row(&t,
		    (const char *[]){ s->name, s->input,
			net_show_count(params, x->params, format),
			net_show_count(macs, x->macs, format),
			net_show_bytes(size, x->params * sizeof(float), format),
			s->about });
	table_print(&t, out, format == PROG_FMT_TSV);
	table_clear(&t);
	return 0;
}

static void
warn(void *ctx, const char *sentence)
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

/* n: NULL where it cannot be built, for which there is a sentence. */
static int
tell_use(
    FILE *out, const char *name, const struct net *n, enum prog_format format)
{
	struct json_line line;
	struct json_w *w;

	if (format != PROG_FMT_JSON) {
		const char *gap = format == PROG_FMT_TSV ? "\t" : ": ";

		if (n == NULL)
			fprintf(out, "%s%s%s\n", name, gap, err_text());
		else if (format == PROG_FMT_TSV)
			fprintf(out, "%s\tok\t%d\n", name, n->nlayers);
		else
			fprintf(out, "%s: ok, %d %s\n", name, n->nlayers,
			    num_plural(
				(uint64_t)n->nlayers, "layer", "layers"));
		return 0;
	}
	w = json_line_begin(&line);
	json_w_kstr(w, "use", name);
	json_w_kbool(w, "ok", n != NULL);
	if (n != NULL)
		json_w_kint(w, "layers", n->nlayers);
	json_w_kstr(w, "error", n != NULL ? NULL : err_text());
	return json_line_end(&line, out);
}

static int
check_use(FILE *out, const Caffe__NetParameter *np, enum net_use use,
    const struct net_data *d, enum prog_format format)
{
	const char *name = net_uses[use].name;
	struct err_saved why;
	struct net *n;
	int rc = net_new_use(&n, np, use, d), told;

	if (rc >= 0 && use == NET_TRAIN)
		rc = check_training(n);
	err_save(&why, rc);
	told = tell_use(out, name, rc >= 0 ? n : NULL, format);
	if (rc >= 0)
		net_check(n, warn, (void *)name);
	net_free(n);
	return told < 0 ? told : err_restore(&why);
}

int
net_show_check(FILE *out, const Caffe__NetParameter *np, int use,
    const struct net_data *d, enum prog_format format)
{
	static const enum net_use all[] = { NET_TRAIN, NET_VAL, NET_DEPLOY };
	char bad[64] = "";
	size_t i, n = 0;

	for (i = 0; i < LENGTH(all); i++) {
		if (use >= 0 && all[i] != (enum net_use)use)
			continue;
		if (check_use(out, np, all[i], d, format) < 0)
			n += (size_t)snprintf(bad + n, sizeof(bad) - n, "%s%s",
			    n > 0 ? ", " : "", net_uses[all[i]].name);
	}
	if (n > 0)
		return err_set(
		    ERR_FORMAT, "the net cannot be built for: %s", bad);
	return 0;
}
