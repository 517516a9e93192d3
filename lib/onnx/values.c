/* Values by name, and the attributes of nodes: see node.h. */
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "onnx/node.h"

/* Names of one graph or function; a table with open addressing. */
struct onnx_scope {
	struct onnx_scope *outer;
	struct {
		const char *name;
		struct onnx_value *v;
	} * slot;
	size_t n, cap; /* cap: a power of two, or 0 */
};

struct onnx_scope *
onnx_scope_new(struct onnx_scope *outer)
{
	struct onnx_scope *s = mem_new(struct onnx_scope);

	s->outer = outer;
	return s;
}

void
onnx_scope_free(struct onnx_scope *s)
{
	if (s != NULL)
		mem_free(s->slot);
	mem_free(s);
}

static size_t
place_of(const struct onnx_scope *s, const char *name)
{
	uint64_t h = 0xcbf29ce484222325;
	size_t i;

	for (const char *p = name; *p; p++)
		h = (h ^ (unsigned char)*p) * 0x100000001b3;
	i = (size_t)h & (s->cap - 1);
	while (s->slot[i].name != NULL && strcmp(s->slot[i].name, name) != 0)
		i = (i + 1) & (s->cap - 1);
	return i;
}

struct onnx_value *
onnx_scope_find(const struct onnx_scope *s, const char *name)
{
	for (; s != NULL; s = s->outer) {
		size_t i = s->cap > 0 ? place_of(s, name) : 0;

		if (s->cap > 0 && s->slot[i].name != NULL)
			return s->slot[i].v;
	}
	return NULL;
}

static void
grow(struct onnx_scope *s)
{
	struct onnx_scope old = *s;

	s->cap = old.cap > 0 ? 2 * old.cap : 64;
	s->slot = mem_calloc(s->cap, sizeof(*s->slot));
	for (size_t i = 0; i < old.cap; i++)
		if (old.slot[i].name != NULL)
			s->slot[place_of(s, old.slot[i].name)] = old.slot[i];
	mem_free(old.slot);
}

int
onnx_scope_put(struct onnx_scope *s, const char *name, struct onnx_value *v)
{
	size_t i;

	if (2 * (s->n + 1) > s->cap)
		grow(s);
	i = place_of(s, name);
	if (s->slot[i].name != NULL)
		return err_set(
		    ERR_FORMAT, "\"%s\" is made more than once", name);
	s->slot[i].name = name;
	s->slot[i].v = v;
	s->n++;
	return 0;
}

struct onnx_value *
onnx_value_new(struct onnx_import *imp, const char *name)
{
	struct onnx_value *v = mem_new(struct onnx_value);

	v->name = name;
	mem_grow(&imp->values, &imp->values_cap, imp->nvalues + 1);
	imp->values[imp->nvalues++] = v;
	return v;
}

static void
take_dims(struct onnx_value *v)
{
	v->dims.n = v->array->n;
	for (int i = 0; i < v->array->n; i++)
		v->dims.d[i] = onnx_int(v->array->d[i]);
	v->type = v->array->type;
}

struct onnx_value *
onnx_value_const(struct onnx_import *imp, struct onnx_array *a)
{
	struct onnx_value *v = onnx_value_new(imp, "");

	v->array = a;
	take_dims(v);
	return v;
}

int
onnx_value_array(struct onnx_import *imp, struct onnx_value *v,
    const struct onnx_array **out)
{
	if (v->array == NULL && v->tensor != NULL) {
		TRY(onnx_file_array(&v->array, imp->file, v->tensor));
		take_dims(v);
	}
	*out = v->array;
	return v->array != NULL
	    ? 0
	    : err_set(ERR_UNSUPPORTED, "\"%s\" is not a constant", v->name);
}

bool
onnx_is_const(const struct onnx_value *v)
{
	return v != NULL && (v->array != NULL || v->tensor != NULL);
}

bool
onnx_is_float(const struct onnx_value *v)
{
	return v != NULL && !onnx_type_whole(v->type);
}

int
onnx_const(struct onnx_node *n, int i, const struct onnx_array **out)
{
	struct onnx_value *v = i < n->nin ? n->in[i] : NULL;

	*out = NULL;
	if (v == NULL)
		return err_set(ERR_FORMAT, "input %d is missing", i);
	if (!onnx_is_const(v) && v->given != NULL) {
		*out = v->given;
		return 0;
	}
	if (!onnx_is_const(v))
		return err_set(ERR_UNSUPPORTED,
		    "input %d (\"%s\") depends on the data, and only constants are offered here",
		    i, v->name);
	return onnx_value_array(n->imp, v, out);
}

bool
onnx_has(const struct onnx_node *n, int i)
{
	return i < n->nin && n->in[i] != NULL;
}

int
onnx_const_ints(struct onnx_node *n, int i, int64_t *out, int max)
{
	const struct onnx_array *a;

	TRY(onnx_const(n, i, &a));
	if (a->count > (size_t)max)
		return err_set(
		    ERR_FORMAT, "input %d has %zu numbers", i, a->count);
	if (onnx_has_batch(a))
		return err_set(
		    ERR_UNSUPPORTED, "input %d depends on the batch size", i);
	for (size_t k = 0; k < a->count; k++)
		out[k] = onnx_get_int(a, k);
	return (int)a->count;
}

int
onnx_ints_of(
    struct onnx_node *n, const char *attr, int i, int64_t *out, int max)
{
	if (onnx_attr(n, attr) != NULL)
		return onnx_attr_ints(n, attr, out, max);
	return onnx_has(n, i) ? onnx_const_ints(n, i, out, max) : ONNX_NONE;
}

int
onnx_axis(struct onnx_node *n, int64_t axis, int rank, int *out)
{
	(void)n;
	if (axis < -rank || axis >= rank)
		return err_set(
		    ERR_FORMAT, "axis %lld of %d", (long long)axis, rank);
	*out = (int)(axis < 0 ? axis + rank : axis);
	return 0;
}

int
onnx_rank(const struct onnx_value *v)
{
	return v->dims.n;
}

int
onnx_fixed(
    struct onnx_node *n, const struct onnx_value *v, int axis, int64_t *out)
{
	(void)n;
	if (axis < 0 || axis >= v->dims.n)
		return err_set(
		    ERR_FORMAT, "\"%s\" has %d axes", v->name, v->dims.n);
	if (v->dims.d[axis].b != 0)
		return err_set(ERR_UNSUPPORTED,
		    "axis %d of \"%s\" depends on the batch size", axis,
		    v->name);
	*out = v->dims.d[axis].a;
	return 0;
}

bool
onnx_dims_same(const struct onnx_dims *a, const struct onnx_dims *b)
{
	if (a->n != b->n)
		return false;
	for (int i = 0; i < a->n; i++)
		if (!onnx_int_same(a->d[i], b->d[i]))
			return false;
	return true;
}

bool
onnx_scalar(struct onnx_node *n, const struct onnx_value *v, double *out)
{
	const struct onnx_array *a;

	if (!onnx_is_const(v))
		return false;
	/* without decoding what is large */
	for (int i = 0; i < v->dims.n; i++)
		if (v->dims.d[i].a != 1)
			return false;
	if (onnx_value_array(n->imp, (struct onnx_value *)v, &a) < 0 ||
	    a->count != 1 || onnx_has_batch(a))
		return false;
	*out = onnx_get(a, 0);
	return true;
}

const Onnx__AttributeProto *
onnx_attr(const struct onnx_node *n, const char *name)
{
	for (size_t i = 0; i < n->p->n_attribute; i++) {
		const Onnx__AttributeProto *a = n->p->attribute[i];

		if (a->name == NULL || strcmp(a->name, name) != 0)
			continue;
		if (a->ref_attr_name == NULL || a->ref_attr_name[0] == '\0')
			return a;
		for (size_t k = 0; k < n->nouter; k++)
			if (strcmp(n->outer[k]->name, a->ref_attr_name) == 0)
				return n->outer[k];
		return NULL;
	}
	return NULL;
}

int64_t
onnx_attr_int(const struct onnx_node *n, const char *name, int64_t none)
{
	const Onnx__AttributeProto *a = onnx_attr(n, name);

	return a != NULL ? a->i : none;
}

float
onnx_attr_float(const struct onnx_node *n, const char *name, float none)
{
	const Onnx__AttributeProto *a = onnx_attr(n, name);

	return a != NULL ? a->f : none;
}

const char *
onnx_attr_str(const struct onnx_node *n, const char *name, const char *none)
{
	const Onnx__AttributeProto *a = onnx_attr(n, name);
	char *text;

	if (a == NULL || a->s.len > 63)
		return none;
	text = arena_take(n->imp->arena, a->s.len + 1);
	if (a->s.len > 0)
		memcpy(text, a->s.data, a->s.len);
	return text;
}

int
onnx_attr_ints(
    const struct onnx_node *n, const char *name, int64_t *out, int max)
{
	const Onnx__AttributeProto *a = onnx_attr(n, name);

	if (a == NULL)
		return ONNX_NONE;
	if (a->n_ints > (size_t)max)
		return err_set(
		    ERR_FORMAT, "%s has %zu numbers", name, a->n_ints);
	if (a->n_ints > 0)
		memcpy(out, a->ints, a->n_ints * sizeof(*out));
	return (int)a->n_ints;
}

int
onnx_refuse(const struct onnx_node *n, const char *fmt, ...)
{
	char text[256];
	va_list ap;

	(void)n;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return err_set(ERR_UNSUPPORTED, "%s", text);
}
