/* What is shown of a store's models: a line of a table, an object of JSON. */
#ifndef STORE_SHOW_H
#define STORE_SHOW_H

#include "base/buf.h"
#include "base/num.h"
#include "store/pull.h"

enum { STORE_COLUMNS = 9 };

struct store_line {
	const char *cell[STORE_COLUMNS]; /* borrowed from store and model */
	char size[NUM_TEXT_MAX + 1], files[NUM_TEXT_MAX];
};

extern const char *const store_columns[STORE_COLUMNS]; /* their heads */

/* exact: sizes as bytes, for programs. */
void store_line_make(struct store_line *l, const struct store *s,
    const struct store_model *m, int exact);
/* Is the word in any of its columns, or in the model's title? */
int store_line_has(
    const struct store_line *l, const struct store_model *m, const char *word);

/* Appended to out, which the caller gives its maximum. */
int store_model_json(
    struct buf *out, const struct store *s, const struct store_model *m);
int store_pulled_json(struct buf *out, const struct store *s,
    const struct store_model *m, const struct pull_result *r);

#endif
