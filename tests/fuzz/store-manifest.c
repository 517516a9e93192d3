/* manifest.json and models.lock: read, written, read as the same. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "fuzz.h"
#include "store/manifest.h"

enum { OUT_MAX = 8 << 20 };

/* What we write, we read, and write the same again. */
static void
again(const struct manifest *m)
{
	struct manifest *back = NULL;
	struct buf a, b;

	buf_init(&a, OUT_MAX);
	buf_init(&b, OUT_MAX);
	if (manifest_text(&a, m) == 0 &&
	    (manifest_parse(&back, buf_str(&a), a.len, "output") < 0 ||
		manifest_text(&b, back) < 0 || a.len != b.len ||
		memcmp(a.data, b.data, a.len) != 0))
		abort();
	manifest_free(back);
	buf_clear(&a);
	buf_clear(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct manifest_model *model;
	char digest[HASH_HEX_MAX];
	struct manifest *m;
	size_t i;

	if (manifest_parse(&m, (const char *)data, size, "input") < 0)
		return 0;
	for (i = 0; i < m->n; i++) {
		model = manifest_find(m, m->v[i].dir);
		if (model == NULL)
			abort();
		(void)manifest_size(model);
		manifest_digest(digest, model->v, model->n);
	}
	again(m);
	manifest_free(m);
	return 0;
}

static const char sha[] =
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

/* A model of three files, of which the last is large; its digest is right. */
static void
put_model(struct manifest *m, const char *dir, const char *store)
{
	static const char *const names[] = { "a b", "info.json", "w" };
	struct manifest_model model = { .n = 3 };
	size_t i;

	model.dir = mem_strdup(dir);
	model.store = mem_strdup(store);
	model.v = mem_array(struct manifest_file, model.n);
	for (i = 0; i < model.n; i++) {
		model.v[i].name = mem_strdup(names[i]);
		model.v[i].size = i * 3000000;
		memcpy(model.v[i].sha256, sha, sizeof(sha));
	}
	model.v[2].n_blocks = 2;
	model.v[2].blocks = mem_array(char *, 2);
	model.v[2].blocks[0] = mem_strdup(sha);
	model.v[2].blocks[1] = mem_strdup(sha);
	manifest_digest(model.digest, model.v, model.n);
	manifest_put(m, &model);
}

void
fuzz_seed(void (*add)(const void *p, size_t n))
{
	static const char empty[] =
	    "{\"version\":1,\"block_size\":4194304,\"models\":{}}";
	struct manifest *m = mem_new(struct manifest);
	struct buf b;

	add(empty, sizeof(empty) - 1);
	m->block_size = MANIFEST_BLOCK;
	put_model(m, "m", NULL);
	put_model(m, "n", "http://h/s/");
	buf_init(&b, OUT_MAX);
	if (manifest_text(&b, m) == 0)
		add(b.data, b.len);
	buf_clear(&b);
	manifest_free(m);
}
