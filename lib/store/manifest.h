/*
 * manifest.json: what store-index writes beside master.json, and what a pull
 * is checked against.
 *
 *	{
 *	    "block_size": 4194304,
 *	    "models": {
 *	        "lenet": {
 *	            "digest": "3f2a…",
 *	            "files": {
 *	                "info.json": { "sha256": "…", "size": 782 },
 *	                "snapshot_iter_10.caffemodel": {
 *	                    "blocks": ["…"], "sha256": "…", "size": 1724596 },
 *	…
 *	    "version": 1
 *	}
 *
 * The digest of a model is the SHA-256 of lines "SHA256  NAME\n" of its files
 * in byte order of the names: what sha256sum prints for them.  Blocks are given
 * for files of more than one block.  models.lock, where a pull records what it
 * got, has the same form and, for each model, "store": where it came from.
 *
 * A signature of the file's bytes, if there
 * is one, is manifest.json.sig (sign.h).
 */
#ifndef STORE_MANIFEST_H
#define STORE_MANIFEST_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "file/hash.h"

enum {
	MANIFEST_MAX = 64 << 20, /* bytes of a manifest */
	MANIFEST_BLOCK = 4 << 20 /* bytes of a block we write */
};

struct manifest_file {
	char *name;
	uint64_t size;
	char sha256[HASH_HEX_MAX];
	char **blocks; /* SHA-256 of each block; NULL: not given */
	size_t n_blocks;
};

struct manifest_model {
	char *dir;
	char *store; /* in models.lock; else NULL */
	char digest[HASH_HEX_MAX];
	struct manifest_file *v; /* by name */
	size_t n;
};

struct manifest {
	uint64_t block_size;
	struct manifest_model *v; /* by dir */
	size_t n;
};

/* ERR_REFUSED for names that may not be, ERR_FORMAT for the rest. */
int manifest_parse(
    struct manifest **out, const char *text, size_t n, const char *name);
int manifest_text(struct buf *out, const struct manifest *m);
void manifest_free(struct manifest *m); /* accepts NULL */

/* Borrowed, or NULL. */
const struct manifest_model *
manifest_find(const struct manifest *m, const char *dir);
const struct manifest_file *
manifest_file_find(const struct manifest_model *m, const char *name);
uint64_t manifest_size(const struct manifest_model *m);

/* The digest over v (sorted by name). */
void manifest_digest(
    char out[HASH_HEX_MAX], const struct manifest_file *v, size_t n);
/* Put model into m, in place of one of that name; *model is emptied. */
void manifest_put(struct manifest *m, struct manifest_model *model);
void manifest_model_clear(struct manifest_model *model);
/* The manifest in a file; an empty one when there is none. */
int manifest_read(struct manifest **out, const char *path);
int manifest_write(const struct manifest *m, const char *path);
/* Fill size, sha256 and blocks of a file on disk (block_size 0: no blocks). */
int manifest_file_read(
    struct manifest_file *f, const char *path, uint64_t block_size);
void manifest_file_clear(struct manifest_file *f);
void manifest_files_sort(struct manifest_file *v, size_t n);

#endif
