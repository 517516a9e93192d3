/* What differs between two nets, as lines: see diff.h. */
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "file/file.h"
#include "json/line.h"
#include "nn/diff/diff.h"
#include "prog/table.h"

enum { COLUMNS = 6, CELL_MAX = 40 };

static const struct layer *
layer_of(const struct net_diff *d, const struct net_diff_row *r)
{
	return r->b >= 0 ? &d->b->layers[r->b] : &d->a->layers[r->a];
}

/* ---- JSON ------------------------------------------------------------------------ */

static void
json_fields(struct json_w *w, const struct net_diff_row *r)
{
	json_w_key(w, "fields");
	json_w_array(w);
	for (size_t i = 0; i < r->nfields; i++) {
		json_w_object(w);
		json_w_kstr(w, "field", r->field[i].name);
		json_w_kstr(w, "before", r->field[i].a);
		json_w_kstr(w, "after", r->field[i].b);
		json_w_object_end(w);
	}
	json_w_array_end(w);
}

static int
print_json(FILE *out, const struct net_diff *d)
{
	struct json_line l;
	struct json_w *w;

	for (size_t i = 0; i < d->nrows; i++) {
		const struct net_diff_row *r = &d->row[i];

		if (r->mark == NET_SAME)
			continue;
		w = json_line_begin(&l);
		json_w_kstr(w, "change", net_mark_name(r->mark));
		json_w_kstr(w, "layer", layer_of(d, r)->name);
		json_w_kstr(w, "was", r->mark == NET_RENAMED ? r->was : NULL);
		json_w_kstr(w, "type", layer_of(d, r)->type->name);
		json_fields(w, r);
		TRY(json_line_end(&l, out));
	}
	w = json_line_begin(&l);
	for (int k = 0; k < NET_MARKS; k++)
		json_w_kint(
		    w, net_mark_name((enum net_mark)k), (int64_t)d->count[k]);
	return json_line_end(&l, out);
}

/* ---- a table --------------------------------------------------------------------- */

/* One row for a layer, or one for each of its fields; marks has what each row is. */
static void
add_rows(struct table *t, const struct net_diff *d, enum net_mark *marks)
{
	for (size_t i = 0; i < d->nrows; i++) {
		const struct net_diff_row *r = &d->row[i];
		const struct layer *l = layer_of(d, r);
		const char *name = net_mark_name(r->mark);

		if (r->mark == NET_SAME)
			continue;
		if (r->mark == NET_RENAMED) {
			marks[t->rows] = r->mark;
			table_row(t,
			    (const char *[]){ name, l->name, l->type->name,
				"name", r->was, l->name });
		} else if (r->nfields == 0) {
			marks[t->rows] = r->mark;
			table_row(t,
			    (const char *[]){
				name, l->name, l->type->name, "", "", "" });
		}
		for (size_t k = 0; k < r->nfields; k++) {
			marks[t->rows] = r->mark;
			table_row(t,
			    (const char *[]){ name, l->name, l->type->name,
				r->field[k].name, r->field[k].a,
				r->field[k].b });
		}
	}
}

/* The lines of a table in the colours of their marks: around the guard of standard
 * output (base/text.h), which shows control characters; the table has tamed names. */
static int
print_coloured(const char *text, const enum net_mark *marks)
{
	static const char *const colour[NET_MARKS] = { "", "\033[34m",
		"\033[31m", "\033[33m", "\033[35m" };
	struct buf b;
	int rc = 0;

	buf_init(&b, 1 << 28);
	for (size_t row = 0; *text != '\0' && rc >= 0; row++) {
		const size_t n = strcspn(text, "\n");

		rc = row == 0 ? buf_printf(&b, "%.*s\n", (int)n, text)
			      : buf_printf(&b, "%s%.*s\033[0m\n",
				    colour[marks[row]], (int)n, text);
		text += n + (text[n] == '\n');
	}
	if (rc >= 0) {
		fflush(stdout);
		rc = file_write_all(1, b.data, b.len, "standard output");
	}
	buf_clear(&b);
	return rc;
}

static size_t
count_rows(const struct net_diff *d)
{
	size_t n = 1;

	for (size_t i = 0; i < d->nrows; i++)
		n += d->row[i].nfields + 1;
	return n;
}

int
net_diff_print(FILE *out, const struct net_diff *d, enum prog_format format)
{
	static const char *const head[COLUMNS] = { "CHANGE", "LAYER", "TYPE",
		"FIELD", "BEFORE", "AFTER" };
	const bool tsv = format == PROG_FMT_TSV;
	enum net_mark *marks;
	struct table t;
	char *text = NULL;
	size_t n = 0;
	FILE *f;
	int rc = 0;

	if (format == PROG_FMT_JSON)
		return print_json(out, d);
	if (net_diff_same(d) && !tsv)
		return 0;
	marks = mem_array(enum net_mark, count_rows(d) + 1);
	table_init(&t, COLUMNS);
	t.limit[1] = t.limit[3] = t.limit[4] = t.limit[5] = CELL_MAX;
	table_row(&t, head);
	add_rows(&t, d, marks);
	if (tsv || out != stdout || !log_colour(1)) {
		table_print(&t, out, tsv);
	} else if ((f = open_memstream(&text, &n)) == NULL) {
		rc = err_sys("memory");
	} else {
		table_print(&t, f, 0);
		rc = fclose(f) != 0 ? err_sys("memory")
				    : print_coloured(text, marks);
		free(text);
	}
	table_clear(&t);
	mem_free(marks);
	return rc;
}
