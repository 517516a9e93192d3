/*
 * A thread that hashes a file while another one writes it.
 *
 * The digest of a download is ready when its last byte is, and a resumed file
 * is read from its beginning while the rest is already coming.  The thread
 * reads what was written back from the page cache, so nothing is queued and a
 * slow hash holds up nothing but the end.
 */
#ifndef HTTP_FOLLOW_H
#define HTTP_FOLLOW_H

#include <stdint.h>

#include "base/hash.h"

struct follow;

/* Follow fd (borrowed, read with pread).  With sha1, that digest too. */
int follow_open(struct follow **out, int fd, int sha1);
/* Bytes 0..upto-1 are written now. */
void follow_advance(struct follow *f, uint64_t upto);
/* The file begins anew: bytes 0.. will be written again. */
void follow_restart(struct follow *f);
/* Wait until everything up to the last advance is read; hex digests. */
int follow_finish(
    struct follow *f, char sha256[HASH_HEX_MAX], char sha1[HASH_HEX_MAX]);
void follow_close(struct follow *f); /* accepts NULL; stops at once */

#endif
