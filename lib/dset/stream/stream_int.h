/* What stream.c (files to samples) and list.c (samples to a list) share; nobody else
 * includes this. */
#ifndef DSET_STREAM_STREAM_INT_H
#define DSET_STREAM_STREAM_INT_H

#include "base/mem.h"
#include "dset/stream/spool.h"
#include "dset/stream/stream.h"

/* What a file is to its sample. */
enum stream_role {
	ROLE_PICTURE,
	ROLE_ARRAY,
	ROLE_CLASS,
	ROLE_TEXT,
	ROLE_JSON,
	ROLE_NUMBERS,
	ROLE_IMAGE,
	ROLES
};

struct stream_entry {
	const char *key;
	uint64_t at;
	size_t n, order;
	enum stream_role role;
};

struct stream_sample {
	const struct stream_entry *data, *label;
	enum dset_part part;
};

struct dset_stream {
	const struct dset_stream_options *o;
	struct arena *arena;
	struct dset_spool spool;
	struct stream_entry *v;
	size_t n, cap;
	struct stream_sample *sample;
	size_t nsamples;
	enum stream_role data, label; /* of all samples */
	bool parts;
	bool has[DSET_PARTS];
	struct dset_one_size pictures, targets;
	int shape[3]; /* of arrays, 0: they differ */
	bool shaped;
	size_t others; /* files that belong to no sample */
	char *other;   /* the first of them */
};

static inline const uint8_t *
stream_bytes(const struct dset_stream *s, const struct stream_entry *e)
{
	return s->spool.map + e->at;
}

/* A label in JSON as the text of a list: numbers with blanks between, or a name; the
 * caller's. */
int stream_json_text(char **out, const void *p, size_t n);

#endif
