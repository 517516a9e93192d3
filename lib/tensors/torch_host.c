/*
 * What the names in torch's pickles stand for: torch/_utils.py, torch/serialization.py
 * and torch/_tensor.py say which arguments each takes.
 */
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "tensors/torch.h"

enum name_id {
	NAME_DICT,
	NAME_TENSOR,    /* storage, offset, size, stride, … */
	NAME_TENSOR_V3, /* the same, …, type */
	NAME_INSIDE,    /* the tensor is the first argument */
	NAME_FROM_TYPE, /* a name, a class, the arguments of the name, … */
	NAME_SIZE,
	NAME_DEVICE,
	NAME_CLASS,
	NAME_STORAGE, /* and NAME_TYPE: + the type */
	NAME_BYTES = NAME_STORAGE + TENSORS_TYPES,
	NAME_TYPE
};

static const struct {
	const char *name;
	int id;
} names[] = {
	{ "collections.OrderedDict", NAME_DICT },
	{ "torch._utils._rebuild_tensor", NAME_TENSOR },
	{ "torch._utils._rebuild_tensor_v2", NAME_TENSOR },
	{ "torch._utils._rebuild_tensor_v3", NAME_TENSOR_V3 },
	{ "torch._utils._rebuild_parameter", NAME_INSIDE },
	{ "torch._utils._rebuild_parameter_with_state", NAME_INSIDE },
	{ "torch._tensor._rebuild_from_type_v2", NAME_FROM_TYPE },
	{ "torch.nn.parameter.Parameter", NAME_CLASS },
	{ "torch.nn.parameter.Buffer", NAME_CLASS },
	{ "torch.Tensor", NAME_CLASS },
	{ "torch.Size", NAME_SIZE },
	{ "torch.device", NAME_DEVICE },
	{ "torch.FloatStorage", NAME_STORAGE + TENSORS_F32 },
	{ "torch.HalfStorage", NAME_STORAGE + TENSORS_F16 },
	{ "torch.BFloat16Storage", NAME_STORAGE + TENSORS_BF16 },
	{ "torch.DoubleStorage", NAME_STORAGE + TENSORS_F64 },
	{ "torch.CharStorage", NAME_STORAGE + TENSORS_I8 },
	{ "torch.ShortStorage", NAME_STORAGE + TENSORS_I16 },
	{ "torch.IntStorage", NAME_STORAGE + TENSORS_I32 },
	{ "torch.LongStorage", NAME_STORAGE + TENSORS_I64 },
	{ "torch.ByteStorage", NAME_STORAGE + TENSORS_U8 },
	{ "torch.BoolStorage", NAME_STORAGE + TENSORS_BOOL },
	{ "torch.ComplexFloatStorage", NAME_STORAGE + TENSORS_C64 },
	{ "torch.UntypedStorage", NAME_BYTES },
	{ "torch.storage.UntypedStorage", NAME_BYTES },
	{ "torch.float32", NAME_TYPE + TENSORS_F32 },
	{ "torch.float16", NAME_TYPE + TENSORS_F16 },
	{ "torch.bfloat16", NAME_TYPE + TENSORS_BF16 },
	{ "torch.float64", NAME_TYPE + TENSORS_F64 },
	{ "torch.int8", NAME_TYPE + TENSORS_I8 },
	{ "torch.int16", NAME_TYPE + TENSORS_I16 },
	{ "torch.int32", NAME_TYPE + TENSORS_I32 },
	{ "torch.int64", NAME_TYPE + TENSORS_I64 },
	{ "torch.uint8", NAME_TYPE + TENSORS_U8 },
	{ "torch.bool", NAME_TYPE + TENSORS_BOOL },
	{ "torch.uint16", NAME_TYPE + TENSORS_U16 },
	{ "torch.uint32", NAME_TYPE + TENSORS_U32 },
	{ "torch.uint64", NAME_TYPE + TENSORS_U64 },
	{ "torch.float8_e4m3fn", NAME_TYPE + TENSORS_F8_E4M3 },
	{ "torch.float8_e5m2", NAME_TYPE + TENSORS_F8_E5M2 },
	{ "torch.complex64", NAME_TYPE + TENSORS_C64 },
};

/* What the host makes, as pickle_value.id of PICKLE_OTHER. */
enum { OTHER_STORAGE = 1, OTHER_TENSOR, OTHER_DEVICE };

static int
host_name(void *ctx, struct pickle_value *v)
{
	(void)ctx;
	for (size_t i = 0; i < LENGTH(names); i++)
		if (strcmp(names[i].name, v->text) == 0) {
			v->id = names[i].id;
			return 0;
		}
	return err_set(ERR_UNSUPPORTED,
	    "it names %s, which is no part of a state_dict, and nothing is executed; what torch.save(model.state_dict(), FILE) writes is read",
	    v->text);
}

static struct pickle_value *
other(struct torch_file *f, int id, void *host)
{
	struct pickle_value *v = pickle_new(f->arena, PICKLE_OTHER);

	v->id = id;
	v->host = host;
	return v;
}

struct torch_tensor *
torch_tensor_of(const struct pickle_value *v)
{
	return v->kind == PICKLE_OTHER && v->id == OTHER_TENSOR ? v->host
								: NULL;
}

/* ---- storages ---- */

uint64_t
torch_storage_size(const struct torch_storage *s)
{
	return (uint64_t)s->numel *
	    (s->bytes_only ? 1 : tensors_type_size(s->type));
}

static int
no_storage(void)
{
	return err_set(ERR_FORMAT,
	    "what stands for numbers is not ('storage', type, key, place, count)");
}

static int
host_outside(
    void *ctx, struct pickle_value **out, const struct pickle_value *id)
{
	struct pickle_value *const *v = id->items;
	struct torch_file *f = ctx;
	struct torch_storage *s;

	if (id->kind != PICKLE_TUPLE || id->n < 5 ||
	    !pickle_is(v[0], "storage") || v[1]->kind != PICKLE_NAME ||
	    v[2]->kind != PICKLE_TEXT || v[4]->kind != PICKLE_INT ||
	    v[1]->id < NAME_STORAGE || v[1]->id > NAME_BYTES)
		return no_storage();
	/* older torch could have one be part of another */
	if (id->n > 5 && v[5]->kind != PICKLE_NONE)
		return err_set(ERR_UNSUPPORTED,
		    "storages that are parts of others are not read");
	if (v[4]->number < 0 || v[4]->number > INT64_MAX / 16)
		return err_set(ERR_RANGE, "a storage of %lld numbers",
		    (long long)v[4]->number);
	s = arena_take(f->arena, sizeof(*s));
	s->bytes_only = v[1]->id == NAME_BYTES;
	s->type = s->bytes_only ? TENSORS_U8
				: (enum tensors_type)(v[1]->id - NAME_STORAGE);
	s->key = v[2]->text;
	s->key_n = v[2]->n;
	s->numel = v[4]->number;
	mem_grow(&f->storages, &f->cap, f->n + 1);
	f->storages[f->n++] = s;
	*out = other(f, OTHER_STORAGE, s);
	return f->find != NULL ? f->find(f->ctx, s, torch_storage_size(s)) : 0;
}

/* ---- tensors ---- */

static int
take_axes(int64_t out[TENSORS_DIMS], const struct pickle_value *v, int *n)
{
	if (v->kind != PICKLE_TUPLE)
		return err_set(ERR_FORMAT, "a tensor's axes are no tuple");
	if (v->n > TENSORS_DIMS)
		return err_set(
		    ERR_RANGE, "a tensor of more than %d axes", TENSORS_DIMS);
	for (size_t i = 0; i < v->n; i++) {
		if (v->items[i]->kind != PICKLE_INT || v->items[i]->number < 0)
			return err_set(ERR_FORMAT,
			    "a tensor's axes have something else than sizes");
		out[i] = v->items[i]->number;
	}
	*n = (int)v->n;
	return 0;
}

/* All of it inside of the storage? */
static int
check_place(const struct torch_tensor *x)
{
	const uint64_t size = tensors_type_size(x->item.type);
	const uint64_t all = torch_storage_size(x->storage) / size;
	uint64_t last = (uint64_t)x->offset;

	if (x->item.count == 0)
		return 0;
	/* a few numbers may stand for any number of them by strides of 0 */
	if (x->item.count > all)
		return err_set(
		    ERR_FORMAT, "a tensor has more numbers than its storage");
	for (int i = 0; i < x->item.ndim && last < all; i++) {
		const uint64_t steps = (uint64_t)x->item.dim[i] - 1;
		const uint64_t step = (uint64_t)x->item.stride[i];

		last =
		    steps > 0 && step > all / steps ? all : last + steps * step;
	}
	return last < all
	    ? 0
	    : err_set(ERR_FORMAT, "a tensor passes the end of its storage");
}

static int
make_tensor(struct torch_file *f, struct pickle_value **out,
    const struct pickle_value *args, bool typed)
{
	struct pickle_value *const *v = args->items;
	int64_t stride[TENSORS_DIMS];
	struct torch_tensor *x;
	int strides;

	if (args->n < (typed ? 7 : 4) || v[0]->kind != PICKLE_OTHER ||
	    v[0]->id != OTHER_STORAGE || v[1]->kind != PICKLE_INT ||
	    v[1]->number < 0 ||
	    (typed && (v[6]->kind != PICKLE_NAME || v[6]->id < NAME_TYPE)))
		return err_set(ERR_FORMAT,
		    "a tensor is not made of a storage, offset, size and stride");
	x = arena_take(f->arena, sizeof(*x));
	x->storage = v[0]->host;
	x->offset = v[1]->number;
	x->item.type = typed ? (enum tensors_type)(v[6]->id - NAME_TYPE)
			     : x->storage->type;
	TRY(take_axes(x->item.dim, v[2], &x->item.ndim));
	TRY(take_axes(stride, v[3], &strides));
	if (strides != x->item.ndim)
		return err_set(ERR_FORMAT, "a tensor of %d axes has %d strides",
		    x->item.ndim, strides);
	TRY(tensors_shape_set(&x->item));
	memcpy(x->item.stride, stride, (size_t)strides * sizeof(stride[0]));
	TRY(check_place(x));
	*out = other(f, OTHER_TENSOR, x);
	return 0;
}

/* ---- calls ---- */

/* OrderedDict([(key, value), …]), or with nothing. */
static int
make_dict(struct torch_file *f, struct pickle_value **out,
    const struct pickle_value *args)
{
	const struct pickle_value *list = args->n > 0 ? args->items[0] : NULL;
	struct pickle_value *v = pickle_new(f->arena, PICKLE_DICT);

	*out = v;
	if (list == NULL)
		return 0;
	if (list->kind != PICKLE_LIST)
		return err_set(ERR_FORMAT, "a dictionary of no pairs");
	v->items = arena_take(
	    f->arena, (list->n * 2 + 1) * sizeof(struct pickle_value *));
	for (size_t i = 0; i < list->n; i++) {
		const struct pickle_value *pair = list->items[i];

		if ((pair->kind != PICKLE_TUPLE && pair->kind != PICKLE_LIST) ||
		    pair->n != 2)
			return err_set(ERR_FORMAT, "a dictionary of no pairs");
		v->items[v->n++] = pair->items[0];
		v->items[v->n++] = pair->items[1];
	}
	v->cap = v->n;
	return 0;
}

static int
host_call(void *ctx, struct pickle_value **out, const struct pickle_value *name,
    const struct pickle_value *args)
{
	struct pickle_value *const *v = args->items;
	struct torch_file *f = ctx;

	switch (name->id) {
	case NAME_DICT: return make_dict(f, out, args);
	case NAME_TENSOR: return make_tensor(f, out, args, false);
	case NAME_TENSOR_V3: return make_tensor(f, out, args, true);
	case NAME_INSIDE:
		if (args->n < 1 || torch_tensor_of(v[0]) == NULL)
			break;
		*out = v[0];
		return 0;
	case NAME_FROM_TYPE:
		/* one call more, and no deeper */
		if (args->n < 3 || v[0]->kind != PICKLE_NAME ||
		    v[0]->id == NAME_FROM_TYPE || v[2]->kind != PICKLE_TUPLE)
			break;
		return host_call(ctx, out, v[0], v[2]);
	case NAME_SIZE:
		if (args->n != 1 || v[0]->kind != PICKLE_TUPLE)
			break;
		*out = v[0];
		return 0;
	case NAME_DEVICE: *out = other(f, OTHER_DEVICE, NULL); return 0;
	}
	return err_set(
	    ERR_FORMAT, "it calls %s with other arguments", name->text);
}

/* Of dictionaries what torch notes about versions, of tensors their hooks. */
static int
host_build(void *ctx, struct pickle_value *v, const struct pickle_value *state)
{
	(void)ctx;
	(void)state;
	if (v->kind == PICKLE_DICT || torch_tensor_of(v) != NULL)
		return 0;
	return err_set(ERR_FORMAT, "attributes for what can have none");
}

void
torch_host(struct pickle_host *h, struct torch_file *f)
{
	*h = (struct pickle_host){ .ctx = f,
		.name = host_name,
		.outside = host_outside,
		.call = host_call,
		.build = host_build };
}
