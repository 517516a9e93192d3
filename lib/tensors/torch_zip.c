/* torch.save since 1.6: see torch.h. */
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "tensors/torch.h"
#include "tensors/zip.h"

struct torch_zip {
	struct zip *zip;
	const char *folder; /* with the slash */
	size_t folder_n;
};

static struct zip_entry *
find(const struct torch_zip *a, const char *sub, const char *name, size_t n)
{
	char *path = mem_printf(
	    "%.*s%s%.*s", (int)a->folder_n, a->folder, sub, (int)n, name);
	struct zip_entry *e = zip_find(a->zip, path, strlen(path));

	mem_free(path);
	return e;
}

static int
find_data(void *ctx, struct torch_storage *s, uint64_t size)
{
	const struct torch_zip *a = ctx;
	struct zip_entry *e =
	    s->key_n < 1000 ? find(a, "data/", s->key, s->key_n) : NULL;

	if (e == NULL)
		return err_set(ERR_FORMAT, "zip: \"%.*sdata/%.*s\" is missing",
		    (int)a->folder_n, a->folder,
		    s->key_n < 100 ? (int)s->key_n : 100, s->key);
	if (e->size < size)
		return err_set(ERR_FORMAT,
		    "zip: \"%.*s\" has %llu bytes, not %llu", (int)e->name_n,
		    e->name, (unsigned long long)e->size,
		    (unsigned long long)size);
	return zip_data(&s->data, a->zip, e);
}

/* The only folder at the root, by its data.pkl. */
static struct zip_entry *
find_pickle(struct torch_zip *a)
{
	static const char name[] = "/data.pkl";
	const size_t n = sizeof(name) - 1;

	for (size_t i = 0; i < a->zip->count; i++) {
		struct zip_entry *e = &a->zip->v[i];

		if (e->name_n <= n ||
		    memcmp(e->name + e->name_n - n, name, n) != 0 ||
		    memchr(e->name, '/', e->name_n - n) != NULL)
			continue;
		a->folder = e->name;
		a->folder_n = e->name_n - n + 1;
		return e;
	}
	return NULL;
}

static int
check_order(const struct torch_zip *a)
{
	struct zip_entry *e = find(a, "byteorder", "", 0);
	const void *p = NULL;

	if (e == NULL) /* of before 2.1 */
		return 0;
	TRY(zip_data(&p, a->zip, e));
	return e->size >= 6 && memcmp(p, "little", 6) == 0
	    ? 0
	    : err_set(ERR_UNSUPPORTED,
		  "its numbers are not little-endian; save it again where they are");
}

static int
parse(struct tensors *t, struct torch_zip *a, struct torch_file *f)
{
	struct zip_entry *e = find_pickle(a);
	struct pickle_value *root = NULL;
	struct pickle_host host;
	size_t taken = 0;
	const void *p = NULL;

	if (e == NULL)
		return err_set(ERR_FORMAT,
		    "it is a zip archive, but not one of torch.save's");
	if (find(a, "constants.pkl", "", 0) != NULL)
		return err_set(ERR_UNSUPPORTED,
		    "it is a program of TorchScript; what torch.save(model.state_dict(), FILE) writes is read");
	if (e->size > TORCH_PICKLE_MAX)
		return err_set(ERR_RANGE,
		    "its data.pkl has %llu bytes, more than %d",
		    (unsigned long long)e->size, TORCH_PICKLE_MAX);
	TRY(check_order(a));
	TRY(zip_data(&p, a->zip, e));
	torch_host(&host, f);
	TRY(pickle_run(&root, &taken, f->arena, p, (size_t)e->size, &host));
	return torch_take(t, root);
}

int
torch_zip_parse(struct tensors *t, const void *p, size_t n)
{
	struct torch_zip a = { .zip = mem_new(struct zip) };
	struct torch_file f = {
		.arena = arena_new(), .find = find_data, .ctx = &a
	};
	int rc = zip_open(a.zip, p, n);

	/* what was unpacked lives as long as the arrays */
	t->zip = a.zip;
	t->form = "torch";
	if (rc >= 0)
		rc = parse(t, &a, &f);
	mem_free(f.storages);
	arena_free(f.arena);
	return rc < 0 ? err_in(rc, "%s", t->path) : 0;
}
