/* manifest.json and models.lock: read, written, read as the same. */
#include <stdlib.h>
#include <string.h>

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

#define SHA                                                                    \
	"\"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\""

void
fuzz_seed(void (*add)(const void *p, size_t n))
{
	static const char *const seeds[] = {
		"{\"version\":1,\"block_size\":4194304,\"models\":{}}",
		"{\"version\":1,\"block_size\":4194304,\"models\":{\"m\":{"
		"\"digest\":" SHA ",\"files\":{\"info.json\":{\"sha256\":" SHA
		",\"size\":782},\"w.caffemodel\":{\"blocks\":[" SHA "," SHA
		"],\"sha256\":" SHA ",\"size\":5000000}}}}}",
		"{\"version\":1,\"block_size\":0,\"models\":{\"a\":{"
		"\"store\":\"http://h/s/\",\"digest\":" SHA
		",\"files\":{\"b c\":{\"sha256\":" SHA ",\"size\":0}}},"
		"\"b\":{\"files\":{}}}}",
	};
	size_t i;

	for (i = 0; i < sizeof(seeds) / sizeof(*seeds); i++)
		add(seeds[i], strlen(seeds[i]));
}
