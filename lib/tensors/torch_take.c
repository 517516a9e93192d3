/*
 * Which of a pickle's dictionaries is the state_dict, and its arrays.  Checkpoints
 * of trainings have it among other things; where there are averaged weights, those are
 * the better ones.
 */
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "tensors/torch.h"

/* Keys under which it may be, the best first. */
static const char *const keys[] = { "state_dict_ema", "model_ema", "ema",
	"params_ema", "ema_state_dict", "state_dict", "model_state_dict",
	"model", "net", "network", "module", "weights", "params" };

enum { DEPTH_MAX = 4, NAME_MAX_BYTES = 1000, FEW = 64 };

static size_t
count_tensors(const struct pickle_value *v)
{
	size_t n = 0;

	for (size_t i = 0; v->kind == PICKLE_DICT && i + 1 < v->n; i += 2)
		n += v->items[i]->kind == PICKLE_TEXT &&
		    torch_tensor_of(v->items[i + 1]) != NULL;
	return n;
}

static void
add_key(struct tensors *t, const char *key, size_t n)
{
	const int some = n < NAME_MAX_BYTES ? (int)n : NAME_MAX_BYTES;
	char *whole = mem_printf("%s%s%.*s", t->part != NULL ? t->part : "",
	    t->part != NULL ? "." : "", some, key);

	mem_free(t->part);
	t->part = whole;
}

static bool
is_dict(const struct pickle_value *v)
{
	return v != NULL && v->kind == PICKLE_DICT;
}

/* Of few things the only one that is a dictionary of tensors, whatever its key. */
static const struct pickle_value *
only_one(const struct pickle_value *v, const struct pickle_value **key)
{
	const struct pickle_value *one = NULL;

	*key = NULL;
	for (size_t i = 0; i + 1 < v->n && i < 2 * FEW; i += 2) {
		if (v->items[i]->kind != PICKLE_TEXT ||
		    count_tensors(v->items[i + 1]) == 0)
			continue;
		if (one != NULL)
			return NULL;
		*key = v->items[i];
		one = v->items[i + 1];
	}
	return one;
}

/* What is in it under one of the keys, the best first: a dictionary of tensors, or
 * where there is none and `any`, a dictionary.  Or NULL. */
static const struct pickle_value *
under_keys(const struct pickle_value *v, bool any, const char **key, size_t *n)
{
	for (size_t k = 0; k < LENGTH(keys); k++) {
		const struct pickle_value *sub = pickle_get(v, keys[k]);

		if (is_dict(sub) && (any || count_tensors(sub) > 0)) {
			*key = keys[k];
			*n = strlen(keys[k]);
			return sub;
		}
	}
	return NULL;
}

/* The value that is, or has, the best of the dictionaries in this one, or NULL. */
static const struct pickle_value *
best_of(const struct pickle_value *v, const char **key, size_t *n)
{
	const struct pickle_value *sub = under_keys(v, false, key, n), *name;

	if (sub != NULL)
		return sub;
	sub = only_one(v, &name);
	if (sub == NULL)
		return under_keys(v, true, key, n);
	*key = name->text;
	*n = name->n;
	return sub;
}

static int
find_dict(const struct pickle_value **out, struct tensors *t,
    const struct pickle_value *root)
{
	for (int depth = 0; is_dict(root) && depth <= DEPTH_MAX; depth++) {
		const size_t here = count_tensors(root);
		const struct pickle_value *sub;
		const char *key;
		size_t n;

		sub = best_of(root, &key, &n);
		/* a checkpoint may have a tensor or two beside its state_dict */
		if (here > 0 && (sub == NULL || count_tensors(sub) <= here)) {
			*out = root;
			return 0;
		}
		if (sub != NULL)
			add_key(t, key, n);
		root = sub;
	}
	return err_set(ERR_FORMAT,
	    "it has no state_dict: neither is it a dictionary of tensors nor has it one as \"state_dict\" or \"model\"");
}

static int
take_tensor(struct tensors *t, const struct pickle_value *key,
    const struct torch_tensor *x)
{
	struct tensors_item *item = &t->v[t->n];

	if (key->n > NAME_MAX_BYTES || memchr(key->text, '\0', key->n) != NULL)
		return err_set(ERR_FORMAT, "the name of a tensor is none");
	*item = x->item;
	item->name = mem_strndup(key->text, key->n);
	t->n++;
	if (x->storage->data == NULL)
		return err_set(
		    ERR_FORMAT, "\"%s\": its numbers are missing", item->name);
	/* of an empty one the offset may be anything */
	item->data = item->count == 0 ? x->storage->data
				      : (const char *)x->storage->data +
		x->offset * (int64_t)tensors_type_size(item->type);
	return 0;
}

int
torch_take(struct tensors *t, const struct pickle_value *root)
{
	const struct pickle_value *v = NULL;
	size_t n;

	TRY(find_dict(&v, t, root));
	n = count_tensors(v);
	if (n > TENSORS_MAX)
		return err_set(
		    ERR_RANGE, "%zu tensors, more than %d", n, TENSORS_MAX);
	t->v = mem_array(struct tensors_item, n + 1);
	for (size_t i = 0; i + 1 < v->n; i += 2) {
		const struct torch_tensor *x = torch_tensor_of(v->items[i + 1]);

		if (x != NULL && v->items[i]->kind == PICKLE_TEXT)
			TRY(take_tensor(t, v->items[i], x));
	}
	return 0;
}
