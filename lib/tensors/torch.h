/*
 * Inside tensors: what PyTorch's torch.save writes.
 *
 * Since 1.6 a zip with the folder NAME/: data.pkl, a pickle in which each storage
 * (a run of numbers) is a key; data/KEY, the numbers; byteorder.  Before, four
 * pickles (a magic number, a version, the machine, the object), one with the list
 * of keys, then for each key a count and the numbers.
 *
 * Read are dictionaries of tensors (state_dicts), also inside of others.  Nothing
 * is executed; what a pickle names beyond what state_dicts are made of is refused.
 */
#ifndef TENSORS_TORCH_H
#define TENSORS_TORCH_H

#include "tensors/pickle.h"
#include "tensors/tensors.h"

enum { TORCH_PICKLE_MAX = 16 << 20 };

struct torch_storage {
	enum tensors_type type;
	bool bytes_only; /* without a type; numel counts bytes */
	const char *key; /* key_n bytes */
	size_t key_n;
	int64_t numel;
	const void *data; /* NULL: not found yet */
};

struct torch_tensor {
	struct torch_storage *storage;
	struct tensors_item item; /* without name and data */
	int64_t offset;           /* elements from the storage's begin */
};

struct torch_file {
	struct arena *arena;
	struct torch_storage **storages;
	size_t n, cap;
	/* Finds the storage's data, size bytes; NULL: they come later. */
	int (*find)(void *ctx, struct torch_storage *s, uint64_t size);
	void *ctx;
};

/* Bytes of a storage. */
uint64_t torch_storage_size(const struct torch_storage *s);
/* What makes values of f's pickles. */
void torch_host(struct pickle_host *h, struct torch_file *f);
/* The tensor that a value is, or NULL. */
struct torch_tensor *torch_tensor_of(const struct pickle_value *v);
/* The arrays of the state_dict in root into t. */
int torch_take(struct tensors *t, const struct pickle_value *root);

/* Do n bytes begin as a pickle does? */
bool torch_pickle_is(const void *p, size_t n);
/* Fill t from either form; t's path is for errors. */
int torch_zip_parse(struct tensors *t, const void *p, size_t n);
int torch_old_parse(struct tensors *t, const void *p, size_t n);

#endif
