/*
 * SHA-256 and SHA-1, streaming (libcrypto), and a fast hash for tables.
 * Objects belong to one thread at a time.
 */
#ifndef FILE_HASH_H
#define FILE_HASH_H

#include <stddef.h>
#include <stdint.h>

enum hash_kind { HASH_SHA256, HASH_SHA1 };
enum { HASH_HEX_MAX = 65 };

struct hash;
struct hash *hash_new(enum hash_kind kind);
void hash_add(struct hash *h, const void *p, size_t n);
/* Lower-case hex into out; the object may be used again from the start. */
void hash_hex(struct hash *h, char out[HASH_HEX_MAX]);
void hash_free(struct hash *h); /* accepts NULL */

void
hash_of(enum hash_kind kind, const void *p, size_t n, char out[HASH_HEX_MAX]);
/* The digest of a file's bytes; ERR_MISSING, ERR_IO. */
int hash_file(enum hash_kind kind, const char *path, char out[HASH_HEX_MAX]);

/* A fast, stable 64-bit hash of bytes for tables and fingerprints
 * (not cryptographic; the value is part of no file format). */
uint64_t hash_fast(const void *p, size_t n, uint64_t seed);

#endif
