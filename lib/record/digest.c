/* Digests of databases; fingerprints go in as little-endian bytes. */
#include <stdio.h>

#include "base/err.h"
#include "base/mem.h"
#include "record/digest.h"
#include "record/pixels.h"

struct record_digest {
	struct hash *sha;
};

struct record_digest *
record_digest_new(void)
{
	struct record_digest *d = mem_new(struct record_digest);

	d->sha = hash_new(HASH_SHA256);
	return d;
}

void
record_digest_free(struct record_digest *d)
{
	if (!d)
		return;
	hash_free(d->sha);
	mem_free(d);
}

static void
add_print(struct record_digest *d, const uint64_t print[2])
{
	unsigned char bytes[16];
	int i;

	for (i = 0; i < 16; i++)
		bytes[i] = (unsigned char)(print[i / 8] >> (8 * (i % 8)));
	hash_add(d->sha, bytes, sizeof bytes);
}

void
record_print(struct record_print *out, const void *p, size_t n,
    const float *labels, size_t nlabels)
{
	pixels_print(out->value, p, n);
	out->has_labels = nlabels > 0;
	if (nlabels > 0)
		pixels_print(out->labels, labels, nlabels * sizeof *labels);
}

void
record_digest_add(struct record_digest *d, const struct record_print *p)
{
	add_print(d, p->value);
	if (p->has_labels)
		add_print(d, p->labels);
}

void
record_digest_text(struct record_digest *d, char out[DIGEST_MAX])
{
	char hex[HASH_HEX_MAX];

	hash_hex(d->sha, hex);
	snprintf(out, DIGEST_MAX, "nnutils-1:%s", hex);
}

int
record_print_item(struct record_print *out, const struct record_db *db,
    const struct record_item *it)
{
	const void *p = it->floats;
	size_t n = (size_t)it->channels * (size_t)it->height *
	    (size_t)it->width * sizeof(float);

	if (it->key)
		TRY(record_db_value(&p, &n, db, it->index));
	record_print(out, p, n, it->labels, it->nlabels);
	return 0;
}
