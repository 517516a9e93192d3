/*
 * The view "layers": what is inside of a net, as DIGITS shows it.  Of each layer a row
 * for its weights and one for each of its tops, with the figures of the numbers in
 * them (stats.h), a picture of these (tiles.h) and one of their histogram: as lines,
 * as files of a folder (-o), and as a page (--html).
 */
#ifndef INFER_LAYERS_LAYERS_H
#define INFER_LAYERS_LAYERS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "graph/shape.h"
#include "image/image.h"
#include "infer/layers/stats.h"
#include "infer/layers/tiles.h"
#include "prog/prog.h"

struct layer_row {
	const char *picture; /* that was asked about */
	const char *layer, *type;
	const char *blob; /* the top; NULL: the row is about weights */
	struct shape shape;
	uint64_t parameters; /* learned by the layer; 0 in rows of tops */
	struct layer_stats stats;
	bool pictured; /* tiles says how */
	struct tiles tiles;
	const char *tiles_file, *bins_file; /* in the folder, or NULL */
};

struct net;
struct layer;
/* Does one of the patterns (fnmatch) of the list, with commas between, match the layer
 * or a blob that it makes?  NULL matches all. */
bool
layer_is_asked(const char *list, const struct net *net, const struct layer *l);

/* print.c: a row for programs, to stdout or the file of the folder; for people rows
 * are collected (layers_table_*), as long as they are about one picture. */
struct layer_table;
struct layer_table *layer_table_new(void);
void layer_table_add(struct layer_table *t, const struct layer_row *r);
void layer_table_print(struct layer_table *t); /* and empty it */
void layer_table_free(struct layer_table *t);  /* accepts NULL */
void layer_row_head(FILE *out);                /* the names of the columns */
void layer_row_tsv(FILE *out, const struct layer_row *r);
int layer_row_json(const struct layer_row *r); /* to stdout */
struct layer_totals {
	uint64_t pictures, layers, parameters;
};
int layer_totals_print(const struct layer_totals *t, enum prog_format format);

/* bins.c: the histogram as a picture. */
int layer_bins_draw(struct image *out, const struct layer_stats *s);

/* page.c: the page, written when all is in it. */
struct layer_page;
int
layer_page_begin(struct layer_page **out, const char *path, const char *model);
/* A picture begins, with lines of what the net says of it; im: NULL, or it. */
int layer_page_picture(struct layer_page *p, const char *name,
    const struct image *im, const char *const *answers, size_t n);
/* tiles: NULL where the row is not pictured. */
int layer_page_row(
    struct layer_page *p, const struct layer_row *r, const struct image *tiles);
int layer_page_commit(struct layer_page *p, const struct layer_totals *t);
void layer_page_free(struct layer_page *p); /* accepts NULL */

#endif
