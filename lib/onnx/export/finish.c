/* Names, what is left out, and messages: see finish.h. */
#include "onnx/export/finish.h"

#include <string.h>

#include "onnx/forms/form.h"
#include "onnx/export/names.h"
#include "onnx/export/write.h"

/* ---- outputs ---- */

static bool
ends_here(const struct net *net, int layer)
{
	const struct export_form *f = export_form_find(&net->layers[layer]);

	return f != NULL && f->last;
}

/* Does a layer that is left out read the blob? */
static bool
is_read_by_last(const struct export *e, const char *blob)
{
	for (int i = 0; i < e->net->nlayers; i++) {
		const struct layer *l = &e->net->layers[i];

		for (int k = 0; k < l->nbottom && ends_here(e->net, i); k++)
			if (strcmp(l->p->bottom[k], blob) == 0)
				return true;
	}
	return false;
}

static void
add_output(struct export *e, const struct net_blob *b)
{
	const struct shape *s = export_shape(e, b->tensor);
	struct export_value *v = e->of[b->tensor];
	struct export_io *io;

	if (v->type != EXPORT_FLOAT)
		v = v->twin != NULL && v->twin->type == EXPORT_FLOAT
		    ? v->twin
		    : export_cast(e, v, EXPORT_FLOAT);
	if (v->node == NULL || v->name != NULL)
		v = export_out_of(
		    e, export_node(e, "Identity", v, NULL), EXPORT_FLOAT);
	v->name = b->name;
	mem_grow(&e->out, &e->out_cap, e->nout + 1);
	io = &e->out[e->nout++];
	*io = (struct export_io){ .value = v, .rank = s->n };
	for (int i = 0; i < s->n; i++) {
		io->dim[i] = s->d[i];
		io->times[i] = export_per_item(e, b->tensor, i);
	}
}

void
export_outputs(struct export *e)
{
	e->layer = NULL;
	e->real = EXPORT_FLOAT;
	for (int i = 0; i < e->net->nblobs; i++) {
		const struct net_blob *b = &e->net->blobs[i];
		const struct tensor *t = graph_tensor(e->net->graph, b->tensor);
		const bool last = ends_here(e->net, b->layer);

		if (t->kind == TENSOR_INPUT || last ||
		    (!b->output && !is_read_by_last(e, b->name)))
			continue;
		export_of(e, b->tensor);
		add_output(e, b);
	}
}

/* ---- names ---- */

static void
mark_used(struct export *e)
{
	for (size_t i = 0; i < e->nout; i++)
		e->out[i].value->used = true;
	for (size_t i = e->nnodes; i-- > 0;) {
		struct export_node *n = e->nodes[i];

		for (size_t k = 0; k < n->nout; k++)
			n->used |= n->out[k]->used;
		for (size_t k = 0; k < n->nout && n->used; k++)
			n->out[k]->used = true;
		for (size_t k = 0; k < n->nin && n->used; k++)
			if (n->in[k] != NULL)
				n->in[k]->used = true;
	}
}

/* Blobs keep their names where a node makes them. */
static void
name_blobs(struct export *e, struct export_names *s)
{
	for (size_t i = 0; i < e->nin; i++)
		e->in[i].value->name =
		    export_names_take(s, e->arena, e->in[i].value->name);
	for (size_t i = 0; i < e->nout; i++)
		e->out[i].value->name =
		    export_names_take(s, e->arena, e->out[i].value->name);
	for (int i = 0; i < e->net->nblobs; i++) {
		struct export_value *v = e->of[e->net->blobs[i].tensor];

		if (v != NULL && v->used && v->name == NULL && v->node != NULL)
			v->name = export_names_take(
			    s, e->arena, e->net->blobs[i].name);
	}
}

static const char *
joined(struct export *e, const char *a, const char *b)
{
	char *s = mem_printf("%s/%s", a, b);
	const char *kept = arena_strdup(e->arena, s);

	mem_free(s);
	return kept;
}

/* The last node of a layer is called as the layer, those before it are LAYER/OP. */
static void
name_nodes(struct export *e)
{
	struct export_names s = { 0 };
	const struct layer *after = NULL;

	for (size_t i = e->nnodes; i-- > 0;) {
		struct export_node *n = e->nodes[i];
		const char *of = n->layer != NULL ? n->layer->name : "net";

		if (!n->used)
			continue;
		n->name = n->layer != NULL && n->layer != after && of[0] != '\0'
		    ? of
		    : joined(e, of, n->op);
		n->name = export_names_take(&s, e->arena, n->name);
		after = n->layer;
	}
	export_names_clear(&s);
}

static void
name_values(struct export *e, struct export_names *s)
{
	for (size_t i = 0; i < e->nvalues; i++) {
		struct export_value *v = e->values[i];
		const char *want = v->hint;

		if (!v->used || v->name != NULL)
			continue;
		if (want == NULL && v->node != NULL)
			want = joined(e, v->node->name, "out");
		v->name = export_names_take(
		    s, e->arena, want != NULL ? want : "constant");
	}
}

/* ---- messages ---- */

static char *
kept(struct export *e, const char *s)
{
	return s != NULL ? (char *)(uintptr_t)s : arena_strdup(e->arena, "");
}

static void
one_number(
    struct export *e, Onnx__AttributeProto *p, const struct export_attr *a)
{
	const size_t size = a->i == EXPORT_HALF ? 2 : 4;
	const uint16_t half = export_half(a->value);
	int64_t *dim = arena_take(e->arena, sizeof(*dim));

	*dim = 1;
	p->t = arena_take(e->arena, sizeof(*p->t));
	onnx__tensor_proto__init(p->t);
	p->t->dims = dim;
	p->t->n_dims = 1;
	p->t->has_data_type = 1;
	p->t->data_type = (int32_t)a->i;
	p->t->has_raw_data = 1;
	p->t->raw_data.len = size;
	p->t->raw_data.data = arena_take(e->arena, size);
	if (size == 2)
		memcpy(p->t->raw_data.data, &half, size);
	else
		memcpy(p->t->raw_data.data, &a->value, size);
}

static void
texts(struct export *e, Onnx__AttributeProto *p, const struct export_attr *a)
{
	p->strings = arena_take(e->arena, (a->n + 1) * sizeof(*p->strings));
	p->n_strings = a->n;
	for (size_t i = 0; i < a->n; i++) {
		p->strings[i].data = (uint8_t *)kept(e, a->texts[i]);
		p->strings[i].len = strlen(a->texts[i]);
	}
}

static Onnx__AttributeProto *
attribute(struct export *e, const struct export_attr *a)
{
	Onnx__AttributeProto *p = arena_take(e->arena, sizeof(*p));

	onnx__attribute_proto__init(p);
	p->name = kept(e, a->name);
	p->has_type = 1;
	p->type = a->type;
	switch (a->type) {
	case ONNX__ATTRIBUTE_PROTO__TYPE__INT:
		p->has_i = 1;
		p->i = a->i;
		break;
	case ONNX__ATTRIBUTE_PROTO__TYPE__FLOAT:
		p->has_f = 1;
		p->f = a->f;
		break;
	case ONNX__ATTRIBUTE_PROTO__TYPE__STRING:
		p->has_s = 1;
		p->s.data = (uint8_t *)kept(e, a->s);
		p->s.len = strlen(a->s);
		break;
	case ONNX__ATTRIBUTE_PROTO__TYPE__INTS:
		p->ints = a->ints;
		p->n_ints = a->n;
		break;
	case ONNX__ATTRIBUTE_PROTO__TYPE__FLOATS:
		p->floats = a->floats;
		p->n_floats = a->n;
		break;
	case ONNX__ATTRIBUTE_PROTO__TYPE__STRINGS: texts(e, p, a); break;
	default: one_number(e, p, a); break;
	}
	return p;
}

static Onnx__NodeProto *
node(struct export *e, const struct export_node *n)
{
	Onnx__NodeProto *p = arena_take(e->arena, sizeof(*p));

	onnx__node_proto__init(p);
	p->op_type = kept(e, n->op);
	p->name = kept(e, n->name);
	p->input = arena_take(e->arena, (n->nin + 1) * sizeof(char *));
	p->output = arena_take(e->arena, (n->nout + 1) * sizeof(char *));
	for (size_t i = 0; i < n->nin; i++) {
		p->input[i] = kept(e, n->in[i] != NULL ? n->in[i]->name : NULL);
		/* those left out at the end are not written */
		if (n->in[i] != NULL)
			p->n_input = i + 1;
	}
	for (size_t i = 0; i < n->nout; i++)
		p->output[p->n_output++] = kept(e, n->out[i]->name);
	for (const struct export_attr *a = n->attrs; a != NULL; a = a->next)
		p->n_attribute++;
	p->attribute =
	    arena_take(e->arena, (p->n_attribute + 1) * sizeof(*p->attribute));
	p->n_attribute = 0;
	for (const struct export_attr *a = n->attrs; a != NULL; a = a->next)
		p->attribute[p->n_attribute++] = attribute(e, a);
	return p;
}

static Onnx__TensorShapeProto *
io_shape(struct export *e, const struct export_io *io)
{
	Onnx__TensorShapeProto *s = arena_take(e->arena, sizeof(*s));

	onnx__tensor_shape_proto__init(s);
	s->dim = arena_take(e->arena, (SHAPE_MAX + 1) * sizeof(*s->dim));
	for (int i = 0; i < io->rank; i++) {
		Onnx__TensorShapeProto__Dimension *d =
		    arena_take(e->arena, sizeof(*d));
		char *text = mem_printf("%lldN", (long long)io->times[i]);

		onnx__tensor_shape_proto__dimension__init(d);
		if (io->times[i] == 0) {
			d->has_dim_value = 1;
			d->dim_value = io->dim[i];
		} else {
			d->dim_param = arena_strdup(
			    e->arena, io->times[i] == 1 ? "N" : text);
		}
		mem_free(text);
		s->dim[s->n_dim++] = d;
	}
	return s;
}

static Onnx__ValueInfoProto *
io_info(struct export *e, const struct export_io *io)
{
	Onnx__ValueInfoProto *v = arena_take(e->arena, sizeof(*v));

	onnx__value_info_proto__init(v);
	v->name = kept(e, io->value->name);
	v->type = arena_take(e->arena, sizeof(*v->type));
	onnx__type_proto__init(v->type);
	v->type->tensor_type =
	    arena_take(e->arena, sizeof(*v->type->tensor_type));
	onnx__type_proto__tensor__init(v->type->tensor_type);
	v->type->tensor_type->has_elem_type = 1;
	v->type->tensor_type->elem_type = io->value->type;
	v->type->tensor_type->shape = io_shape(e, io);
	return v;
}

static void
initializer(
    struct export *e, struct export_init *t, const struct export_value *v)
{
	const struct shape *s = &v->array->shape;

	onnx__tensor_proto__init(&t->tensor);
	t->tensor.name = kept(e, v->name);
	t->tensor.has_data_type = 1;
	t->tensor.data_type = v->type;
	t->tensor.n_dims = (size_t)s->n;
	t->tensor.dims = arena_take(e->arena, sizeof(s->d));
	memcpy(t->tensor.dims, s->d, sizeof(s->d));
	t->array = v->array;
}

void
export_finish(struct export *e, struct export_graph *out)
{
	Onnx__GraphProto *g = &out->graph;
	struct export_names s = { 0 };

	mark_used(e);
	name_nodes(e);
	name_blobs(e, &s);
	name_values(e, &s);
	export_names_clear(&s);
	onnx__graph_proto__init(g);
	g->name = kept(e,
	    e->net->name != NULL && e->net->name[0] != '\0' ? e->net->name
							    : "net");
	g->node = arena_take(e->arena, (e->nnodes + 1) * sizeof(*g->node));
	g->input = arena_take(e->arena, (e->nin + 1) * sizeof(*g->input));
	g->output = arena_take(e->arena, (e->nout + 1) * sizeof(*g->output));
	out->init = arena_take(e->arena, (e->nvalues + 1) * sizeof(*out->init));
	out->ninit = 0;
	for (size_t i = 0; i < e->nnodes; i++)
		if (e->nodes[i]->used)
			g->node[g->n_node++] = node(e, e->nodes[i]);
	for (size_t i = 0; i < e->nin; i++)
		g->input[g->n_input++] = io_info(e, &e->in[i]);
	for (size_t i = 0; i < e->nout; i++)
		g->output[g->n_output++] = io_info(e, &e->out[i]);
	for (size_t i = 0; i < e->nvalues; i++)
		if (e->values[i]->used && e->values[i]->array != NULL)
			initializer(e, &out->init[out->ninit++], e->values[i]);
}

/* ---- the same? ---- */

static bool
same_bytes(const void *a, const void *b)
{
	const size_t n = protobuf_c_message_get_packed_size(a);
	uint8_t *v;
	bool same;

	if (n != protobuf_c_message_get_packed_size(b))
		return false;
	v = mem_array(uint8_t, 2 * n + 1);
	protobuf_c_message_pack(a, v);
	protobuf_c_message_pack(b, v + n);
	same = memcmp(v, v + n, n) == 0;
	mem_free(v);
	return same;
}

static bool
same_init(const struct export_init *a, const struct export_init *b)
{
	const size_t n = shape_count(&a->array->shape);

	if (!same_bytes(&a->tensor, &b->tensor))
		return false;
	if (a->array->ints != NULL)
		return memcmp(a->array->ints, b->array->ints,
			   n * sizeof(int64_t)) == 0;
	return a->array->floats == NULL ||
	    memcmp(a->array->floats, b->array->floats, n * sizeof(float)) == 0;
}

bool
export_graph_same(const struct export_graph *a, const struct export_graph *b)
{
	if (a->ninit != b->ninit || !same_bytes(&a->graph, &b->graph))
		return false;
	for (size_t i = 0; i < a->ninit; i++)
		if (!same_init(&a->init[i], &b->init[i]))
			return false;
	return true;
}
