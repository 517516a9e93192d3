/*
 * The binary files that MNIST and CIFAR come in, plain or gzip:
 *
 *	idx    big-endian: 0 0 8 rank, a 32-bit size for each side, bytes.
 *	       Pictures in one file (N, H, W), labels in another (N).
 *	CIFAR  records of 1 label byte (CIFAR-100: coarse, then fine), then
 *	       planes R, G, B of 32x32 bytes.
 *
 * Read as a stream, one picture at a time.  One thread.
 */
#ifndef DSET_RECORDS_H
#define DSET_RECORDS_H

#include <stddef.h>
#include <stdint.h>

#include "image/image.h"

struct dset_records;

int dset_records_idx(
    struct dset_records **out, const char *images, const char *labels);
/* label_bytes: 1 or 2; which of them is the label, from 0. */
int dset_records_cifar(
    struct dset_records **out, const char *path, int label_bytes, int which);
void dset_records_close(struct dset_records *r); /* accepts NULL */

/* 1: a picture and its label; 0: no more; or an error.  invert: 255 - x. */
int dset_records_next(
    struct dset_records *r, struct image *im, int *label, int invert);

/* What a file is, by its first bytes: 'i' idx pictures, 'l' idx labels, 0;
 * < 0: it cannot be opened. */
int dset_records_kind(const char *path);

/* How many pictures a file says it has, without reading on: idx by its header
 * (label_bytes 0), CIFAR by its size; 0: it does not tell (compressed CIFAR). */
uint64_t dset_records_count(const char *path, int label_bytes);

#endif
