/* torch.save before 1.6: see torch.h. */
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "tensors/torch.h"

/* 0x1950a86a20f9469cfc6c, as a pickle has it. */
static const uint8_t magic[] = { 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8,
	0x50, 0x19 };
enum { PROTOCOL = 1001 };

struct old {
	struct torch_file f;
	struct pickle_host host;
	const uint8_t *p; /* what was not read yet */
	size_t n;
};

bool
torch_pickle_is(const void *p, size_t n)
{
	const uint8_t *b = p;

	return n >= 2 && b[0] == 0x80 && b[1] >= 2 && b[1] <= 5;
}

static int
next(struct pickle_value **out, struct old *o)
{
	const size_t n = o->n < TORCH_PICKLE_MAX ? o->n : TORCH_PICKLE_MAX;
	size_t taken = 0;

	TRY(pickle_run(out, &taken, o->f.arena, o->p, n, &o->host));
	o->p += taken;
	o->n -= taken;
	return 0;
}

static int
take_head(struct old *o)
{
	struct pickle_value *v = NULL, *order;

	TRY(next(&v, o));
	if (v->kind != PICKLE_TEXT || v->n != sizeof(magic) ||
	    memcmp(v->text, magic, sizeof(magic)) != 0)
		return err_set(
		    ERR_FORMAT, "it is a pickle, but not one of torch.save's");
	TRY(next(&v, o));
	if (v->kind != PICKLE_INT || v->number != PROTOCOL)
		return err_set(ERR_UNSUPPORTED,
		    "it is of another version than %d", PROTOCOL);
	TRY(next(&v, o));
	order = v->kind == PICKLE_DICT ? pickle_get(v, "little_endian") : NULL;
	if (order == NULL || order->kind != PICKLE_BOOL || !order->number)
		return err_set(ERR_UNSUPPORTED,
		    "its numbers are not little-endian; save it again where they are");
	return 0;
}

static int
compare(const char *a, size_t n, const char *b, size_t k)
{
	const int c = memcmp(a, b, n < k ? n : k);

	return c != 0 ? c : n < k ? -1 : n > k;
}

static int
by_key(const void *a, const void *b)
{
	const struct torch_storage *const *x = a, *const *y = b;

	return compare((*x)->key, (*x)->key_n, (*y)->key, (*y)->key_n);
}

/* The first storage of that key; they are sorted.  f->n: none. */
static size_t
find_key(const struct torch_file *f, const struct pickle_value *key)
{
	size_t lo = 0, hi = f->n;

	while (lo < hi) {
		const size_t mid = lo + (hi - lo) / 2;
		const struct torch_storage *s = f->storages[mid];

		if (compare(s->key, s->key_n, key->text, key->n) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < f->n &&
		compare(f->storages[lo]->key, f->storages[lo]->key_n, key->text,
		    key->n) == 0
	    ? lo
	    : f->n;
}

/* A count, then the numbers, for all storages of a key. */
static int
take_numbers(struct old *o, const struct pickle_value *key)
{
	size_t i = key->kind == PICKLE_TEXT ? find_key(&o->f, key) : o->f.n;
	const struct torch_storage *s;
	uint64_t count, bytes;

	if (i == o->f.n)
		return err_set(ERR_FORMAT, "numbers for what is not there");
	s = o->f.storages[i];
	bytes = torch_storage_size(s);
	if (o->n < 8 || bytes > o->n - 8)
		return err_set(ERR_FORMAT,
		    "storage %.*s passes the end: is the file cut short?",
		    s->key_n < 100 ? (int)s->key_n : 100, s->key);
	memcpy(&count, o->p, sizeof(count));
	if (count != (uint64_t)s->numel)
		return err_set(ERR_FORMAT,
		    "storage %.*s has %llu numbers, not %lld",
		    s->key_n < 100 ? (int)s->key_n : 100, s->key,
		    (unsigned long long)count, (long long)s->numel);
	for (; i < o->f.n && by_key(&o->f.storages[i], &s) == 0; i++) {
		if (torch_storage_size(o->f.storages[i]) > bytes)
			return err_set(
			    ERR_FORMAT, "storages of one key and two sizes");
		o->f.storages[i]->data = o->p + 8;
	}
	o->p += 8 + bytes;
	o->n -= 8 + bytes;
	return 0;
}

static int
parse(struct tensors *t, struct old *o)
{
	struct pickle_value *root = NULL, *keys = NULL;

	TRY(take_head(o));
	TRY(next(&root, o));
	TRY(next(&keys, o));
	if (keys->kind != PICKLE_LIST)
		return err_set(ERR_FORMAT, "it has no list of storages");
	if (o->f.n > 1)
		qsort(o->f.storages, o->f.n, sizeof(*o->f.storages), by_key);
	for (size_t i = 0; i < keys->n; i++)
		TRY(take_numbers(o, keys->items[i]));
	return torch_take(t, root);
}

int
torch_old_parse(struct tensors *t, const void *p, size_t n)
{
	struct old o = { .f.arena = arena_new(), .p = p, .n = n };
	int rc;

	torch_host(&o.host, &o.f);
	t->form = "torch";
	rc = parse(t, &o);
	mem_free(o.f.storages);
	arena_free(o.f.arena);
	return rc < 0 ? err_in(rc, "%s", t->path) : 0;
}
