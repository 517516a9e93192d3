/* Digests of databases; fingerprints go in as little-endian bytes. */
#include <stdio.h>

#include "base/err.h"
#include "base/mem.h"
#include "dset/digest.h"
#include "dset/pixels.h"

struct dset_digest {
	struct hash *sha;
};

struct dset_digest *
dset_digest_new(void)
{
	struct dset_digest *d = mem_new(struct dset_digest);

	d->sha = hash_new(HASH_SHA256);
	return d;
}

void
dset_digest_free(struct dset_digest *d)
{
	if (!d)
		return;
	hash_free(d->sha);
	mem_free(d);
}

static void
add_print(struct dset_digest *d, const uint64_t print[2])
{
	unsigned char bytes[16];
	int i;

	for (i = 0; i < 16; i++)
		bytes[i] = (unsigned char)(print[i / 8] >> (8 * (i % 8)));
	hash_add(d->sha, bytes, sizeof bytes);
}

void
dset_digest_add(struct dset_digest *d, const uint64_t print[2],
    const float *labels, size_t n)
{
	uint64_t more[2];

	add_print(d, print);
	if (n == 0)
		return;
	pixels_print(more, labels, n * sizeof *labels);
	add_print(d, more);
}

void
dset_digest_text(struct dset_digest *d, char out[DIGEST_MAX])
{
	char hex[HASH_HEX_MAX];

	hash_hex(d->sha, hex);
	snprintf(out, DIGEST_MAX, "nnutils-1:%s", hex);
}

int
dset_digest_record(
    struct dset_digest *d, struct dset_db *db, size_t i, struct dset_scratch *s)
{
	struct dset_item it;
	uint64_t print[2];
	const void *p;
	size_t n;

	TRY(dset_db_get(&it, db, i, s, DB_KEEP));
	if (it.key) {
		TRY(dset_db_value(&p, &n, db, i));
	} else {
		p = it.floats;
		n = (size_t)it.channels * (size_t)it.height * (size_t)it.width *
		    sizeof(float);
	}
	pixels_print(print, p, n);
	dset_digest_add(d, print, it.labels, it.nlabels);
	return 0;
}
