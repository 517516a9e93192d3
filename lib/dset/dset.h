/*
 * A data set: the folder that dset-create (or a DIGITS job) made, or a bare
 * database.
 *
 *	DSET/train_db/ val_db/ test_db/   databases (record/db.h)
 *	DSET/labels.txt                   class names, one a line
 *	DSET/mean.binaryproto             mean image
 *	DSET/dataset.json                 what dset-create noted
 *
 * Opening reads the small files only; databases are opened when asked for.
 * The fields of struct dset are for reading.
 */
#ifndef DSET_DSET_H
#define DSET_DSET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "file/lines.h"
#include "record/column.h"

enum dset_part { DSET_TRAIN, DSET_VAL, DSET_TEST, DSET_PARTS };

#define DSET_PART_NAMES "train|val|test" /* as opt.choices has them */
const char *dset_part_name(enum dset_part part);

/* What records have beside a class or a row of numbers, from dataset.json. */
struct dset_column {
	char *name;
	enum value_kind kind;
	int channels, height, width; /* of all records, 0: they differ */
};

struct dset_task;

struct dset {
	char *path;
	const struct dset_task *kind; /* what task names, or NULL */
	struct dset_column columns[RECORD_COLUMNS_MAX];
	int ncolumns;
	char *task;                /* "classification" …; "" unknown */
	char *db_path[DSET_PARTS]; /* NULL: the data set has no such part */
	/* Shape of the records: from dataset.json, else of the first training
	 * record.  0 when records differ or nothing is known. */
	int channels, height, width;
	/* What pictures were padded to at the right and below, before they were
	 * brought to that size; 0: they were not, or it is not known. */
	int pad_width, pad_height;
	char *encoding;    /* "png" "jpg" "none", "" unknown */
	char *resize_mode; /* "squash" …, "" unknown */
	/* Colours 0xRRGGBB of the classes of masks, from dataset.json. */
	uint32_t palette[256];
	int npalette;  /* 0: none are said */
	char **labels; /* class names: labels.txt, or dataset.json */
	size_t nlabels;
	char *mean_path;   /* DSET/mean.binaryproto, or NULL */
	char *labels_path; /* DSET/labels.txt, or NULL */
};

/* Has the folder the databases of a data set, or is it one?  Nothing is opened. */
bool dset_is(const char *dir);
int dset_open(struct dset **out, const char *path);
void dset_close(struct dset *d); /* accepts NULL */

/* Open the database of a part; ERR_MISSING when there is none.  The caller
 * closes it with record_db_close. */
int dset_open_part(
    struct record_db **out, const struct dset *d, enum dset_part part);

/* The database of one column of a part, "features" or "labels", where each has its
 * own, as DIGITS makes them; the caller's.  NULL: there is none. */
char *
dset_column_path(const struct dset *d, enum dset_part part, const char *column);

/* labels.txt of any data set or model: one name a line, a final empty line
 * ignored; at most LABELS_MAX.  Free with dset_labels_free. */
enum { LABELS_MAX = LINES_MAX };
int dset_labels_read(char ***names, size_t *n, const char *path);
void dset_labels_free(char **names, size_t n);

#endif
