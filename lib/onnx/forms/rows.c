/* The list of boxes that a net found: see rows.h. */
#include "onnx/forms/rows.h"

#include "onnx/forms/values.h"

enum { ROW = 7 };

struct top {
	struct export_value *values, *at;
};

static struct top
top_k(struct export *e, struct export_value *x, struct export_value *k,
    int64_t axis, bool largest)
{
	struct export_node *n = export_node(e, "TopK", x, k, NULL);
	struct top t;

	export_int(e, n, "axis", axis);
	export_int(e, n, "largest", largest);
	t.values = export_out_of(e, n, x->type);
	t.at = export_out_of(e, n, EXPORT_INT);
	return t;
}

struct export_value *
export_best(
    struct export *e, struct export_value *scores, int64_t places, int64_t most)
{
	struct export_value *last;
	struct top t;

	if (most < 0 || most >= places)
		return scores;
	if (most == 0)
		return export_filled(
		    e, export_sizes(e, scores), EXPORT_NO_SCORE);
	t = top_k(e, scores, export_whole_numbers(e, &most, 1), 2, true);
	last = export_part(e, t.values, 2, most - 1, most);
	return export_where(e,
	    export_compare(e, "GreaterOrEqual", scores, last), scores,
	    export_scalar(e, EXPORT_NO_SCORE));
}

/* The scores of those that non-maximum suppression leaves. */
static struct export_value *
thinned(struct export *e, const struct export_rows *r)
{
	struct export_value *chosen = export_out_of(e,
	    export_node(e, "NonMaxSuppression", r->boxes, r->scores,
		export_whole_numbers(e, &r->places, 1),
		export_float32s(e, &(struct shape){ 1, { 1 } }, &r->overlap),
		export_float32s(e, &(struct shape){ 1, { 1 } }, &r->least),
		NULL),
	    EXPORT_INT);
	struct export_value *count = export_size(e, chosen, 0);
	struct export_node *n = export_node(e, "ScatterND",
	    export_filled(e, export_sizes(e, r->scores), 0), chosen,
	    export_filled(e, count, 1), NULL);
	struct export_value *kept = export_out(e, n);

	/* the same, as each is chosen once, and clear where rows are counted */
	if (e->opset >= 16)
		export_text(e, n, "reduction", "add");
	return export_where(e,
	    export_compare(e, "Greater", kept, export_scalar(e, 0)), r->scores,
	    export_scalar(e, EXPORT_NO_SCORE));
}

/* (N, C A), and columns more where fewer than `keep` are there. */
static struct export_value *
side_by_side(
    struct export *e, struct export_value *scores, const struct export_rows *r)
{
	static const int64_t flat[2] = { 0, -1 };
	const int64_t more = r->keep - r->classes * r->places;
	const int64_t pads[4] = { 0, 0, 0, more };

	scores = export_shaped(e, scores, flat, 2);
	if (more <= 0)
		return scores;
	return export_out(e,
	    export_node(e, "Pad", scores, export_whole_numbers(e, pads, 4),
		export_scalar(e, EXPORT_NO_SCORE), NULL));
}

/* 0, 1, 2, … as (1, n). */
static struct export_value *
ranks(struct export *e, int64_t n)
{
	const int64_t row[2] = { 1, n };
	int64_t *v = mem_array(int64_t, (size_t)n);
	struct export_value *x;

	for (int64_t i = 0; i < n; i++)
		v[i] = i;
	x = export_whole_numbers(e, v, (size_t)n);
	mem_free(v);
	return export_reshaped(e, x, &(struct shape){ 2, { row[0], row[1] } });
}

/* The number of the item for each of (N, keep). */
static struct export_value *
items(struct export *e, struct export_value *like)
{
	static const int64_t column[2] = { -1, 1 };
	struct export_value *n = export_size(e, like, 0);
	struct export_value *v;

	n = export_out_of(e,
	    export_node(e, "Squeeze", n,
		export_whole_numbers(e, (int64_t[]){ 0 }, 1), NULL),
	    EXPORT_INT);
	v = export_out_of(e,
	    export_node(e, "Range", export_whole_scalar(e, 0), n,
		export_whole_scalar(e, 1), NULL),
	    EXPORT_INT);
	v = export_shaped(e, v, column, 2);
	return export_out_of(e,
	    export_node(e, "Expand", v, export_sizes(e, like), NULL),
	    EXPORT_INT);
}

/* What the rows are sorted by: item, class, score; those of nothing are last. */
static struct export_value *
order(struct export *e, const struct export_rows *r, struct export_value *item,
    struct export_value *label, struct export_value *found)
{
	static const int64_t flat[1] = { -1 };
	struct export_value *key = export_whole_binary(
	    e, "Mul", item, export_whole_scalar(e, r->classes));
	struct export_value *count;

	key = export_whole_binary(e, "Add", key, label);
	key = export_where(e, found, key, export_whole_scalar(e, 1LL << 40));
	key =
	    export_whole_binary(e, "Mul", key, export_whole_scalar(e, r->keep));
	key = export_shaped(
	    e, export_whole_binary(e, "Add", key, ranks(e, r->keep)), flat, 1);
	count = export_sizes(e, key);
	return top_k(e, key, count, 0, false).at;
}

static struct export_value *
deeper(struct export *e, struct export_value *x)
{
	static const int64_t to[3] = { 0, 0, 1 };

	return export_shaped(e, x, to, 3);
}

struct export_value *
export_found(struct export *e, const struct export_rows *r)
{
	static const int64_t table[2] = { -1, ROW };
	static const int64_t top[4] = { 1, 1, -1, ROW };
	struct export_value *scores = side_by_side(e, thinned(e, r), r);
	const struct top t =
	    top_k(e, scores, export_whole_numbers(e, &r->keep, 1), 1, true);
	struct export_value *found = export_compare(
	    e, "Greater", t.values, export_scalar(e, EXPORT_NO_SCORE / 2));
	struct export_value *each = export_whole_scalar(e, r->places);
	struct export_value *label = export_whole_binary(e, "Div", t.at, each);
	struct export_value *place = export_whole_binary(e, "Mod", t.at, each);
	struct export_value *item = items(e, t.at), *rows, *box;
	struct export_node *n =
	    export_node(e, "GatherND", r->boxes, deeper(e, place), NULL);

	export_int(e, n, "batch_dims", 1);
	box = export_out(e, n);
	rows = export_joined(e,
	    (struct export_value *[]){ deeper(e, export_cast(e, item, e->real)),
		deeper(e, export_cast(e, label, e->real)), deeper(e, t.values),
		box },
	    4, 2);
	rows = export_where(e, deeper(e, found), rows, export_scalar(e, -1));
	rows = export_shaped(e, rows, table, 2);
	rows =
	    export_binary(e, "Gather", rows, order(e, r, item, label, found));
	return export_shaped(e, rows, top, 4);
}
