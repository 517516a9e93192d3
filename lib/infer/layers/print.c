/* The rows of the view of layers as text, TAB-separated columns and JSON. */
#include <inttypes.h>

#include "base/mem.h"
#include "base/num.h"
#include "infer/layers/layers.h"
#include "json/line.h"
#include "prog/line.h"
#include "prog/table.h"

enum { COLUMNS = 8 };

struct layer_table {
	struct table t;
};

/* The picture's figures for people; "first 400 of 1000 tiles". */
static char *
tiles_text(const struct layer_row *r)
{
	if (!r->pictured)
		return mem_strdup("-");
	if (r->tiles.shown < r->tiles.n || r->tiles.cut)
		return mem_printf("%zu of %zu%s", r->tiles.shown, r->tiles.n,
		    r->tiles.cut ? ", cut off" : "");
	return mem_printf("%zu", r->tiles.n);
}

struct layer_table *
layer_table_new(void)
{
	struct layer_table *t = mem_new(struct layer_table);

	table_init(&t->t, COLUMNS);
	return t;
}

void
layer_table_add(struct layer_table *t, const struct layer_row *r)
{
	char shape[SHAPE_TEXT_MAX], parameters[32] = "", mean[32], std[32];
	char *tiles = tiles_text(r);
	const char *cells[COLUMNS] = { r->layer, r->type,
		r->blob != NULL ? "activation" : "weights",
		shape_text(shape, &r->shape), parameters, mean, std, tiles };

	if (t->t.rows == 0) {
		table_row(&t->t,
		    (const char *[]){ "LAYER", "TYPE", "OF", "SHAPE",
			"PARAMETERS", "MEAN", "DEVIATION", "TILES" });
		for (int i = 4; i < COLUMNS; i++)
			t->t.right[i] = 1;
	}
	if (r->blob == NULL)
		snprintf(
		    parameters, sizeof(parameters), "%" PRIu64, r->parameters);
	snprintf(mean, sizeof(mean), "%.6g", r->stats.mean);
	snprintf(std, sizeof(std), "%.6g", r->stats.std);
	table_row(&t->t, cells);
	mem_free(tiles);
}

void
layer_table_print(struct layer_table *t)
{
	if (t->t.rows > 0)
		table_print(&t->t, stdout, 0);
	table_clear(&t->t);
	table_init(&t->t, COLUMNS);
}

void
layer_table_free(struct layer_table *t)
{
	if (t == NULL)
		return;
	table_clear(&t->t);
	mem_free(t);
}

void
layer_row_head(FILE *out)
{
	fputs("picture\tlayer\ttype\tof\tblob\tshape\tcount\tparameters\tmean\t"
	      "std\tmin\tmax\tfinite\ttiles\tshown\ttiles_file\tbins_file\n",
	    out);
}

void
layer_row_tsv(FILE *out, const struct layer_row *r)
{
	const struct layer_stats *s = &r->stats;
	char shape[SHAPE_TEXT_MAX];
	struct line l = { out, 1, 0 };

	line_cell(&l, "%s", r->picture);
	line_cell(&l, "%s", r->layer);
	line_cell(&l, "%s", r->type);
	line_cell(&l, "%s", r->blob != NULL ? "activation" : "weights");
	line_cell(&l, "%s", r->blob != NULL ? r->blob : "");
	line_cell(&l, "%s", shape_text(shape, &r->shape));
	line_cell(&l, "%zu", s->count);
	line_cell(&l, "%" PRIu64, r->parameters);
	line_cell(&l, "%.9g", s->mean);
	line_cell(&l, "%.9g", s->std);
	line_cell(&l, "%.9g", s->min);
	line_cell(&l, "%.9g", s->max);
	line_cell(&l, "%zu", s->count - s->odd);
	line_cell(&l, "%zu", r->pictured ? r->tiles.n : 0);
	line_cell(&l, "%zu", r->pictured ? r->tiles.shown : 0);
	line_cell(&l, "%s", r->tiles_file != NULL ? r->tiles_file : "");
	line_cell(&l, "%s", r->bins_file != NULL ? r->bins_file : "");
	line_end(&l);
}

static void
histogram_json(struct json_w *w, const struct layer_stats *s)
{
	json_w_key(w, "histogram");
	if (s->odd == s->count) {
		json_w_null(w);
		return;
	}
	json_w_object(w);
	json_w_key(w, "y");
	json_w_array(w);
	for (int i = 0; i < LAYER_BINS; i++)
		json_w_int(w, (int64_t)s->bin[i]);
	json_w_array_end(w);
	json_w_key(w, "x");
	json_w_array(w);
	for (int i = 0; i < LAYER_BINS; i++)
		json_w_num(w, layer_stats_centre(s, i));
	json_w_array_end(w);
	json_w_key(w, "ticks");
	json_w_array(w);
	json_w_num(w, s->low);
	json_w_num(w, (s->low + s->high) / 2);
	json_w_num(w, s->high);
	json_w_array_end(w);
	json_w_object_end(w);
}

int
layer_row_json(const struct layer_row *r)
{
	const struct layer_stats *s = &r->stats;
	struct json_line line;
	struct json_w *w = json_line_begin(&line);

	json_w_kstr(w, "path", r->picture);
	json_w_kstr(w, "layer", r->layer);
	json_w_kstr(w, "type", r->type);
	json_w_kstr(w, "of", r->blob != NULL ? "activation" : "weights");
	json_w_kstr(w, "blob", r->blob);
	json_w_key(w, "shape");
	json_w_array(w);
	for (int i = 0; i < r->shape.n; i++)
		json_w_int(w, r->shape.d[i]);
	json_w_array_end(w);
	json_w_kint(w, "count", (int64_t)s->count);
	json_w_kint(w, "parameters", (int64_t)r->parameters);
	json_w_knum(w, "mean", s->mean);
	json_w_knum(w, "std", s->std);
	json_w_knum(w, "min", s->min);
	json_w_knum(w, "max", s->max);
	json_w_kint(w, "finite", (int64_t)(s->count - s->odd));
	histogram_json(w, s);
	json_w_kint(w, "tiles", r->pictured ? (int64_t)r->tiles.n : 0);
	json_w_kint(w, "shown", r->pictured ? (int64_t)r->tiles.shown : 0);
	json_w_kstr(w, "tiles_file", r->tiles_file);
	json_w_kstr(w, "bins_file", r->bins_file);
	return json_line_end(&line, stdout);
}

int
layer_totals_print(const struct layer_totals *t, enum prog_format format)
{
	struct json_line line;
	struct json_w *w;

	if (format == PROG_TEXT)
		printf("%s, %s, %s\n", NUM_COUNTED(t->pictures, "image"),
		    NUM_COUNTED(t->layers, "layer"),
		    NUM_COUNTED(t->parameters, "parameter"));
	if (format != PROG_FMT_JSON)
		return 0;
	w = json_line_begin(&line);
	json_w_key(w, "summary");
	json_w_object(w);
	json_w_kint(w, "images", (int64_t)t->pictures);
	json_w_kint(w, "layers", (int64_t)t->layers);
	json_w_kint(w, "parameters", (int64_t)t->parameters);
	json_w_object_end(w);
	return json_line_end(&line, stdout);
}
