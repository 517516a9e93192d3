/*
 * A thread that hashes a file while another one receives and writes it.
 *
 * The digest of a download is ready when its last byte is.  Bytes are received
 * into buffers of the follower, written to the file from there, and handed over
 * for hashing while they are still in a cache.  What was never in such a buffer
 * (the beginning of a file that is gone on with) is read back from the file,
 * while the rest is already coming; as long as the thread is behind by that, it
 * reads everything back, so that receiving waits for at most the hash of one
 * buffer, never for a disk.
 */
#ifndef HTTP_FOLLOW_H
#define HTTP_FOLLOW_H

#include <stddef.h>
#include <stdint.h>

#include "file/hash.h"

enum { FOLLOW_BUFFER = 256 << 10, FOLLOW_BUFFERS = 4 };

struct follow;

/* Follow fd (borrowed, read with pread).  With sha1, that digest too. */
int follow_open(struct follow **out, int fd, int sha1);
/* Where the next FOLLOW_BUFFER bytes may be put: the receiver's, until handed
 * over. */
char *follow_buffer(struct follow *f);
/* The first n bytes of that buffer are bytes upto - n .. upto - 1 of the file,
 * and written there.  Another buffer takes its place. */
void follow_hand(struct follow *f, size_t n, uint64_t upto);
/* Bytes 0 .. upto - 1 are in the file, from an earlier run. */
void follow_advance(struct follow *f, uint64_t upto);
/* The file begins anew: bytes 0.. will come again. */
void follow_restart(struct follow *f);
/* Wait until all of the file is hashed; hex digests. */
int follow_finish(
    struct follow *f, char sha256[HASH_HEX_MAX], char sha1[HASH_HEX_MAX]);
void follow_close(struct follow *f); /* accepts NULL; stops at once */

#endif
