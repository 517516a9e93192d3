/* Digests of databases; fingerprints go in as little-endian bytes. */
#include <stdio.h>

#include "base/err.h"
#include "base/mem.h"
#include "record/db_int.h"
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
	if (d == NULL)
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

struct record_bytes
record_bytes_of(const struct value *v)
{
	return (struct record_bytes){ v->floats,
		v->floats != NULL ? value_count(v) * sizeof *v->floats : 0 };
}

/* One column as its bytes are; of several the fingerprint of theirs. */
void
record_print_columns(struct record_print *out, const void *p, size_t n,
    const struct record_bytes *labels, int nlabels)
{
	uint64_t all[2 * RECORD_COLUMNS_MAX];
	int k;

	pixels_print(out->value, p, n);
	out->has_labels = nlabels > 0;
	if (nlabels == 1)
		pixels_print(out->labels, labels->p, labels->n);
	if (nlabels < 2)
		return;
	for (k = 0; k < nlabels; k++)
		pixels_print(all + 2 * k, labels[k].p, labels[k].n);
	pixels_print(out->labels, all, 2 * sizeof *all * (size_t)nlabels);
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
record_print_read(struct record_print *out, const struct record_db *db,
    size_t i, const struct value *values)
{
	struct record_bytes data = record_bytes_of(&values[RECORD_DATA]);
	struct record_bytes labels[RECORD_COLUMNS_MAX];
	struct record_mdb_record r;
	int k, n = 0;

	if (db->mdb != NULL)
		TRY(record_db_value(&data.p, &data.n, db, i));
	for (k = RECORD_LABEL; k < db->ncolumns; k++) {
		if (db->mdb != NULL && db->side[k] == NULL)
			continue;
		labels[n] = record_bytes_of(&values[k]);
		if (labels[n].p == NULL) {
			TRY(record_side_at(&r, db, i, k));
			labels[n] =
			    (struct record_bytes){ r.value, r.value_len };
		}
		n++;
	}
	record_print_columns(out, data.p, data.n, labels, n);
	return 0;
}
