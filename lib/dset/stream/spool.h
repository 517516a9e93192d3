/* The files of a stream one behind the other, in a file without a name: for
 * stream.c alone. */
#ifndef DSET_STREAM_SPOOL_H
#define DSET_STREAM_SPOOL_H

#include <stddef.h>
#include <stdint.h>

struct dset_spool {
	int fd;
	uint64_t n; /* bytes so far */
	const uint8_t *map;
};

int dset_spool_open(struct dset_spool *s, const char *dir);
/* Append; *at is where. */
int dset_spool_add(struct dset_spool *s, uint64_t *at, const void *p, size_t n);
/* No more comes: s->map has all. */
int dset_spool_map(struct dset_spool *s);
void dset_spool_close(struct dset_spool *s);

#endif
