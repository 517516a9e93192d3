/* Nodes, attributes and numbers of a graph that is being made: see build.h. */
#include "onnx/export/build.h"

#include <string.h>

#include "base/err.h"
#include "caffe/blob.h"

#define ARRAY_MAX ((size_t)16 << 30) /* bytes of one array as floats */

void
export_init(struct export *e, const struct net *net)
{
	*e = (struct export){ .net = net, .real = EXPORT_FLOAT };
	e->arena = arena_new();
	e->of = mem_array(
	    struct export_value *, (size_t)graph_tensors(net->graph) + 1);
	e->skip = mem_array(bool, (size_t)graph_ops(net->graph) + 1);
}

void
export_clear(struct export *e)
{
	for (size_t i = 0; i < e->nnodes; i++) {
		mem_free(e->nodes[i]->in);
		mem_free(e->nodes[i]->out);
	}
	mem_free(e->nodes);
	mem_free(e->values);
	mem_free(e->in);
	mem_free(e->out);
	mem_free(e->of);
	mem_free(e->skip);
	arena_free(e->arena);
	*e = (struct export){ .net = NULL };
}

static struct export_value *
value_new(struct export *e, int type)
{
	struct export_value *v = arena_take(e->arena, sizeof(*v));

	v->type = type;
	mem_grow(&e->values, &e->value_cap, e->nvalues + 1);
	e->values[e->nvalues++] = v;
	return v;
}

struct export_node *
export_node_later(struct export *e, const char *op)
{
	struct export_node *node = arena_take(e->arena, sizeof(*node));

	node->op = op;
	node->layer = e->layer;
	node->last = &node->attrs;
	return node;
}

void
export_node_now(struct export *e, struct export_node *n)
{
	mem_grow(&e->nodes, &e->node_cap, e->nnodes + 1);
	e->nodes[e->nnodes++] = n;
}

struct export_node *
export_node_of(
    struct export *e, const char *op, struct export_value *const *in, size_t n)
{
	struct export_node *node = export_node_later(e, op);

	export_node_now(e, node);
	for (size_t i = 0; i < n; i++)
		export_in(node, in[i]);
	return node;
}

struct export_node *
export_node_list(
    struct export *e, const char *op, struct export_value *const *in)
{
	size_t n = 0;

	while (in[n] != NULL)
		n++;
	return export_node_of(e, op, in, n);
}

void
export_in(struct export_node *n, struct export_value *v)
{
	mem_grow(&n->in, &n->in_cap, n->nin + 1);
	n->in[n->nin++] = v;
}

struct export_value *
export_out_of(struct export *e, struct export_node *n, int type)
{
	struct export_value *v = value_new(e, type);

	v->node = n;
	mem_grow(&n->out, &n->out_cap, n->nout + 1);
	n->out[n->nout++] = v;
	return v;
}

struct export_value *
export_out(struct export *e, struct export_node *n)
{
	return export_out_of(e, n, e->real);
}

static struct export_attr *
attr(struct export *e, struct export_node *n, const char *name, int type)
{
	struct export_attr *a = arena_take(e->arena, sizeof(*a));

	a->name = name;
	a->type = type;
	*n->last = a;
	n->last = &a->next;
	return a;
}

void
export_int(struct export *e, struct export_node *n, const char *name, int64_t v)
{
	attr(e, n, name, ONNX__ATTRIBUTE_PROTO__TYPE__INT)->i = v;
}

void
export_ints(struct export *e, struct export_node *n, const char *name,
    const int64_t *v, size_t count)
{
	struct export_attr *a =
	    attr(e, n, name, ONNX__ATTRIBUTE_PROTO__TYPE__INTS);

	a->ints = arena_take(e->arena, (count + 1) * sizeof(*v));
	memcpy(a->ints, v, count * sizeof(*v));
	a->n = count;
}

void
export_real(struct export *e, struct export_node *n, const char *name, float v)
{
	attr(e, n, name, ONNX__ATTRIBUTE_PROTO__TYPE__FLOAT)->f = v;
}

void
export_text(
    struct export *e, struct export_node *n, const char *name, const char *v)
{
	attr(e, n, name, ONNX__ATTRIBUTE_PROTO__TYPE__STRING)->s = v;
}

void
export_texts(struct export *e, struct export_node *n, const char *name,
    const char *const *v, size_t count)
{
	struct export_attr *a =
	    attr(e, n, name, ONNX__ATTRIBUTE_PROTO__TYPE__STRINGS);

	a->texts = arena_take(e->arena, (count + 1) * sizeof(*v));
	memcpy(a->texts, v, count * sizeof(*v));
	a->n = count;
}

void
export_reals(struct export *e, struct export_node *n, const char *name,
    const float *v, size_t count)
{
	struct export_attr *a =
	    attr(e, n, name, ONNX__ATTRIBUTE_PROTO__TYPE__FLOATS);

	a->floats = arena_take(e->arena, (count + 1) * sizeof(*v));
	memcpy(a->floats, v, count * sizeof(*v));
	a->n = count;
}

void
export_number(
    struct export *e, struct export_node *n, const char *name, float v)
{
	struct export_attr *a =
	    attr(e, n, name, ONNX__ATTRIBUTE_PROTO__TYPE__TENSOR);

	a->value = v;
	a->i = e->real;
}

struct export_value *
export_unary(struct export *e, const char *op, struct export_value *x)
{
	return export_out(e, export_node(e, op, x, NULL));
}

struct export_value *
export_binary(struct export *e, const char *op, struct export_value *x,
    struct export_value *y)
{
	return export_out(e, export_node(e, op, x, y, NULL));
}

struct export_value *
export_joined(
    struct export *e, struct export_value *const *in, size_t n, int64_t axis)
{
	struct export_node *node = export_node_of(e, "Concat", in, n);

	export_int(e, node, "axis", axis);
	return export_out_of(e, node, in[0]->type);
}

/* Whole numbers and truths that became floats are what they were. */
struct export_value *
export_cast(struct export *e, struct export_value *x, int type)
{
	struct export_node *n = x->node;

	if ((type == EXPORT_INT || type == EXPORT_BOOL) && n != NULL &&
	    strcmp(n->op, "Cast") == 0 && n->in[0]->type == type)
		return n->in[0];
	n = export_node(e, "Cast", x, NULL);
	export_int(e, n, "to", type);
	return export_out_of(e, n, type);
}

/* ---- numbers ---- */

static struct export_value *
array_new(struct export *e, int type, const struct export_array *a)
{
	struct export_value *v = value_new(e, type);

	v->array = arena_take(e->arena, sizeof(*v->array));
	*v->array = *a;
	return v;
}

static struct export_value *
floats_new(struct export *e, int type, const struct shape *s, const float *v)
{
	const size_t bytes = shape_count(s) * sizeof(*v);
	float *copy = arena_take(e->arena, bytes + 1);

	memcpy(copy, v, bytes);
	return array_new(
	    e, type, &(struct export_array){ .shape = *s, .floats = copy });
}

struct export_value *
export_floats(struct export *e, const struct shape *s, const float *v)
{
	return floats_new(e, e->real, s, v);
}

struct export_value *
export_float32s(struct export *e, const struct shape *s, const float *v)
{
	return floats_new(e, EXPORT_FLOAT, s, v);
}

struct export_value *
export_scalar(struct export *e, float v)
{
	return export_floats(e, &(struct shape){ 0 }, &v);
}

static struct export_value *
ints_new(struct export *e, const struct shape *s, const int64_t *v)
{
	const size_t bytes = shape_count(s) * sizeof(*v);
	int64_t *copy = arena_take(e->arena, bytes + 1);

	memcpy(copy, v, bytes);
	return array_new(
	    e, EXPORT_INT, &(struct export_array){ .shape = *s, .ints = copy });
}

struct export_value *
export_whole_numbers(struct export *e, const int64_t *v, size_t n)
{
	return ints_new(e, &(struct shape){ 1, { (int64_t)n } }, v);
}

struct export_value *
export_whole_scalar(struct export *e, int64_t v)
{
	return ints_new(e, &(struct shape){ 0 }, &v);
}

struct export_value *
export_reshaped(
    struct export *e, const struct export_value *v, const struct shape *s)
{
	struct export_value *r = array_new(e, v->type, v->array);

	r->array->shape = *s;
	r->hint = v->hint;
	return r;
}

struct export_value *
export_weights(struct export *e, const struct shape *s, const char *key)
{
	struct export_value *v =
	    array_new(e, EXPORT_FLOAT, &(struct export_array){ .shape = *s });

	v->hint = key;
	return v;
}

struct export_value *
export_input(struct export *e, const char *name, int type)
{
	struct export_value *v = value_new(e, type);

	v->name = name;
	return v;
}

/* Each channel's own of (C, C, K, K), to the front. */
static void
keep_own(float *v, size_t c, size_t each)
{
	for (size_t i = 1; i < c; i++)
		memmove(
		    v + i * each, v + (i * c + i) * each, each * sizeof(*v));
}

const float *
export_view(const struct export_array *a)
{
	if (a->floats != NULL)
		return a->floats;
	return a->blob != NULL && !a->own &&
		a->blob->n_data == shape_count(&a->shape)
	    ? caffe_blob_view(a->blob)
	    : NULL;
}

int
export_read(float **out, const struct export_array *a)
{
	const size_t n = shape_count(&a->shape);
	const size_t c = a->own ? (size_t)a->shape.d[0] : 1;
	void *v = NULL;
	int rc = 0;

	TRY(mem_take(&v, n * c + 1, sizeof(float), ARRAY_MAX, "a blob"));
	if (a->blob != NULL)
		rc = caffe_blob_floats(v, n * c, a->blob);
	else
		memcpy(v, a->floats, n * sizeof(float));
	if (rc >= 0 && a->own)
		keep_own(v, c, n / c);
	if (rc < 0)
		mem_free(v);
	else
		*out = v;
	return rc;
}

/* ---- tensors ---- */

const struct shape *
export_shape(const struct export *e, int tensor)
{
	return graph_shape(e->net->graph, tensor);
}

/* Numbers of a CONST of the net's graph. */
static struct export_value *
constant(struct export *e, int tensor)
{
	const struct tensor *t = graph_tensor(e->net->graph, tensor);
	struct export_value *v = array_new(e, EXPORT_FLOAT,
	    &(struct export_array){ .shape = t->shape, .floats = t->data });

	for (int i = 0; i < t->shape.n; i++)
		export_per_item(e, tensor, i);
	v->hint = t->name;
	return v;
}

/* The same in the kind of float at work. */
static struct export_value *
in_real(struct export *e, struct export_value *v)
{
	if (v->type == e->real ||
	    (v->type != EXPORT_FLOAT && v->type != EXPORT_HALF))
		return v;
	if (v->twin == NULL && v->array != NULL) {
		v->twin = array_new(e, e->real, v->array);
		v->twin->hint = v->hint;
	} else if (v->twin == NULL) {
		v->twin = export_cast(e, v, e->real);
	}
	v->twin->twin = v;
	return v->twin;
}

static struct export_value *
value_of(struct export *e, int tensor)
{
	if (e->of[tensor] == NULL)
		e->of[tensor] = constant(e, tensor);
	return e->of[tensor];
}

struct export_value *
export_of(struct export *e, int tensor)
{
	return in_real(e, value_of(e, tensor));
}

/* Constants that are whole numbers all along. */
static struct export_value *
whole_constant(struct export *e, const struct export_value *v)
{
	const struct export_array *a = v->array;
	const size_t n = shape_count(&a->shape);
	struct export_value *w;
	int64_t *v64;

	v64 = mem_array(int64_t, n + 1);
	for (size_t i = 0; i < n; i++)
		v64[i] = (int64_t)a->floats[i];
	w = ints_new(e, &a->shape, v64);
	w->hint = v->hint;
	mem_free(v64);
	return w;
}

struct export_value *
export_whole(struct export *e, int tensor)
{
	struct export_value *v = value_of(e, tensor);

	if (v->whole == NULL)
		v->whole = v->array != NULL && v->array->floats != NULL
		    ? whole_constant(e, v)
		    : export_cast(e, v, EXPORT_INT);
	return v->whole;
}

void
export_top(struct export *e, int tensor, struct export_value *v)
{
	e->of[tensor] = v;
}

int64_t
export_per_item(struct export *e, int tensor, int i)
{
	const int64_t d = export_shape(e, tensor)->d[i];
	int64_t o;

	if (e->other == NULL)
		return 0;
	o = graph_shape(e->other->graph, tensor)->d[i];
	if (d == o)
		return 0;
	if (d * e->other_items == o * e->items && d % e->items == 0)
		return d / e->items;
	e->tied = true;
	return 0;
}

const struct op *
export_sole_reader(const struct export *e, int tensor)
{
	const struct graph *g = e->net->graph;
	const struct op *found = NULL;

	if (graph_tensor(g, tensor)->keep)
		return NULL;
	for (int i = 0; i < graph_ops(g); i++) {
		const struct op *op = graph_op(g, i);

		for (int k = 0; k < op->nin; k++) {
			if (op->in[k] != tensor)
				continue;
			if (found != NULL)
				return NULL;
			found = op;
		}
	}
	return found;
}
