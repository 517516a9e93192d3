/*
 * One pass over the records of a data set that are picked, for who makes files of
 * them.
 */
#ifndef DSET_EXPORT_PASS_H
#define DSET_EXPORT_PASS_H

#include <stdbool.h>
#include <stdio.h>

#include "base/buf.h"
#include "dset/export/export.h"
#include "image/image.h"
#include "record/column.h"

struct montage;
struct tar;
struct dset_labels_out;

struct dset_pass {
	const struct dset *d;
	const struct dset_pick *pick;
	int (*record)(struct dset_pass *p, const struct record *r);
	struct record_tools tools;
	struct image im;
	struct buf file;
	const char *out;                /* export: the folder */
	FILE *list;                     /* export: PART.txt */
	const char *part;               /* present part */
	int parts;                      /* how many there are to see */
	struct tar *tar;                /* cat */
	struct dset_labels_out *labels; /* export with labels of a format */
	struct buf name;
	const struct record_column *columns; /* of the part */
	int flags;
	struct montage *montage;
	bool full; /* it wants no more records */
};

void dset_pass_init(
    struct dset_pass *p, const struct dset *d, const struct dset_pick *pick);
void dset_pass_clear(struct dset_pass *p);
/* ERR_MISSING when there is no part to see. */
int dset_pass_check(const struct dset_pass *p);
bool dset_pass_wants(const struct dset_pass *p, int part);
/* p->record of each of the part's records that is picked. */
int dset_pass_part(struct dset_pass *p, int part);
/* A key as a file name; numbers where it is none. */
int dset_pass_key(struct buf *b, const struct record *r);
/* A new file, whose folder is made if need be; ERR_FORMAT where it is there, from
 * another record. */
int dset_file_new(const char *path, const struct buf *b);

#endif
