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
dset_record_print(struct dset_record_print *out, const void *p, size_t n,
    const float *labels, size_t nlabels)
{
	pixels_print(out->value, p, n);
	out->has_labels = nlabels > 0;
	if (nlabels > 0)
		pixels_print(out->labels, labels, nlabels * sizeof *labels);
}

void
dset_digest_add(struct dset_digest *d, const struct dset_record_print *p)
{
	add_print(d, p->value);
	if (p->has_labels)
		add_print(d, p->labels);
}

void
dset_digest_text(struct dset_digest *d, char out[DIGEST_MAX])
{
	char hex[HASH_HEX_MAX];

	hash_hex(d->sha, hex);
	snprintf(out, DIGEST_MAX, "nnutils-1:%s", hex);
}

int
dset_record_print_item(struct dset_record_print *out, const struct dset_db *db,
    const struct dset_item *it)
{
	const void *p = it->floats;
	size_t n = (size_t)it->channels * (size_t)it->height *
	    (size_t)it->width * sizeof(float);

	if (it->key)
		TRY(dset_db_value(&p, &n, db, it->index));
	dset_record_print(out, p, n, it->labels, it->nlabels);
	return 0;
}
