/* Nets as JSON: layers with names and shapes of blobs, what they cost. */
#include "nn/show/show_json.h"

#include "json/json.h"
#include "nn/nets.h"
#include "nn/show/describe.h"

static void
add_shape(struct json_w *w, const struct shape *s)
{
	int i;

	json_w_array(w);
	for (i = 0; i < s->n; i++)
		json_w_int(w, s->d[i]);
	json_w_array_end(w);
}

static void
add_costs(struct json_w *w, const struct net_line *x)
{
	json_w_kint(w, "params", (int64_t)x->params);
	json_w_kint(w, "learned", (int64_t)x->learned);
	json_w_kint(w, "macs", (int64_t)x->macs);
	json_w_kint(w, "memory", (int64_t)x->memory);
}

static void
add_tops(struct json_w *w, const struct layer *l)
{
	int i;

	json_w_key(w, "tops");
	json_w_array(w);
	for (i = 0; i < l->ntop; i++) {
		json_w_object(w);
		json_w_kstr(w, "name", net_top_name(l->net, l, i));
		json_w_key(w, "shape");
		add_shape(w, graph_shape(l->graph, l->top[i]));
		json_w_object_end(w);
	}
	json_w_array_end(w);
}

static void
add_blobs(struct json_w *w, const struct net *n, const struct layer *l)
{
	json_w_key(w, "blobs");
	json_w_array(w);
	for (int i = l->param; i < l->param + l->nparams; i++)
		add_shape(w, &n->params[i].shape);
	json_w_array_end(w);
}

static void
add_layer(struct json_w *w, const struct net *n, const struct layer *l)
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
	add_tops(w, l);
	add_blobs(w, n, l);
	add_costs(w, &x);
	json_w_object_end(w);
}

static void
add_total(struct json_w *w, const struct net *n)
{
	struct net_line x;

	net_line(n, -1, &x);
	json_w_object(w);
	json_w_kstr(w, "net", n->name);
	json_w_kint(w, "layers", n->nlayers);
	add_costs(w, &x);
	json_w_object_end(w);
}

/* A line of its own: what was written since json_w_init. */
static int
write_line(FILE *out, struct json_w *w, struct buf *b)
{
	int rc = json_w_end(w);

	if (rc >= 0)
		fprintf(out, "%s\n", buf_str(b));
	buf_clear(b);
	return rc;
}

int
net_json(FILE *out, const struct net *n)
{
	struct json_w w;
	struct buf b;
	int i, rc = 0;

	for (i = 0; i <= n->nlayers && rc >= 0; i++) {
		buf_init(&b, 16 << 20);
		json_w_init(&w, &b, 0);
		if (i < n->nlayers)
			add_layer(&w, n, &n->layers[i]);
		else
			add_total(&w, n);
		rc = write_line(out, &w, &b);
	}
	return rc;
}

int
net_json_standards(FILE *out)
{
	const struct net_line *x = net_standard_costs;
	const struct net_standard *s;
	struct json_w w;
	struct buf b;
	int rc = 0;

	for (s = net_standards; s->name != NULL && rc >= 0; s++, x++) {
		buf_init(&b, 1 << 16);
		json_w_init(&w, &b, 0);
		json_w_object(&w);
		json_w_kstr(&w, "name", s->name);
		json_w_kstr(&w, "input", s->input);
		json_w_kint(&w, "classes", s->classes);
		add_costs(&w, x);
		json_w_kstr(&w, "about", s->about);
		json_w_object_end(&w);
		rc = write_line(out, &w, &b);
	}
	return rc;
}
