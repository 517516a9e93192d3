/*
 * The reader: an endless stream of records for training and testing.
 *
 * Position g of the stream (from 0) is record order(e)[g mod n] of epoch
 * e = g div n, where n is the number of records and order(e) is the identity or,
 * with shuffle, a permutation made from (seed, e) alone.  Reader I of N takes
 * the positions g = I, I + N, I + 2N …, so that the readers of several workers
 * share every epoch and nothing is left out.  A position is a plain number:
 * keep dset_reader_tell in a snapshot, dset_reader_seek to it, and the stream
 * goes on as if it had never stopped, also in the middle of an epoch.
 *
 * Raw records are handed out where they lie in the mapped file, without a copy;
 * encoded ones are decoded ahead by threads, always delivered in order, so the
 * stream does not depend on the number of threads.
 *
 * One thread may use a reader; several readers may share one database.
 */
#ifndef DSET_READER_H
#define DSET_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dset/db.h"

struct dset_reader_options {
	size_t batch; /* the most items one call of next will ask for; >= 1 */
	int threads;  /* decoding threads; 0: as many as CPUs, for records
	                   that need decoding, none for raw ones */
	size_t ahead; /* items decoded ahead beyond the batch; 0: 2 batches */
	bool shuffle;
	uint64_t seed;
	uint64_t shard,
	    shards; /* this reader and how many; 0, 0: the only one */
	int flags;  /* DB_GREY, DB_COLOUR, DB_KEEP */
};

struct dset_reader;
/* db is borrowed for the life of the reader.  An empty database: ERR_FORMAT. */
int dset_reader_open(struct dset_reader **out, struct dset_db *db,
    const struct dset_reader_options *opts);
void dset_reader_close(struct dset_reader *r); /* accepts NULL */

/*
 * The next n items (n <= batch), always all of them: the stream has no end.
 * They are borrowed until the next call of next, seek or close.  A record that
 * cannot be read is an error that names it.
 */
int dset_reader_next(struct dset_reader *r, struct dset_item *items, size_t n);

/* How many items this reader has given out since position 0. */
uint64_t dset_reader_tell(const struct dset_reader *r);
void dset_reader_seek(struct dset_reader *r, uint64_t items);

/* Epoch and place in it of the item that comes next. */
void dset_reader_where(
    const struct dset_reader *r, uint64_t *epoch, uint64_t *place);

#endif
