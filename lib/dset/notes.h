/* dataset.json: what was made, from what, how, and what was left out. */
#ifndef DSET_NOTES_H
#define DSET_NOTES_H

#include "dset/create.h"

/* One thing that was skipped or noticed; at most NOTES_MAX are kept. */
enum { NOTES_MAX = 10000 };
struct dset_note {
	char *a, *b; /* path and reason; or the two paths of duplicates */
	enum dset_part part, first_part;
	int label, first_label;
};
struct dset_notes {
	struct dset_note *skipped, *duplicates;
	size_t nskipped, skipped_cap, nduplicates, duplicates_cap;
	uint64_t all_skipped, all_duplicates; /* also those not kept */
};
void
dset_notes_skip(struct dset_notes *n, const char *path, const char *reason);
void dset_notes_duplicate(struct dset_notes *n, const struct dset_duplicate *t);
void dset_notes_clear(struct dset_notes *n);

/* DIR/dataset.json of what lies in DIR. */
int dset_notes_write(const char *dir, const struct dset_create_options *o,
    const struct dset_plan *plan, const struct record_form *form,
    const struct dset_created *made, const struct dset_notes *notes,
    struct dset_mean *mean);

/* What is known of databases that were there already. */
struct dset_adopted {
	const char *task;     /* or NULL: it cannot be told */
	enum value_kind kind; /* of labels in a database of their own */
	int shape[2][3]; /* of pictures and labels, 0: they differ, or none */
};
/* The same of these. */
int dset_notes_adopt(const char *dir, const char *command,
    const struct dset_created *made, const struct dset_adopted *a);

#endif
