/* Sizes of pictures as text, TAB-separated rows and JSON. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/num.h"
#include "dset/look/sizes.h"
#include "json/json.h"

enum { FREQUENT = 10, QUANTILES = 5 };

static const struct {
	const char *name, *key;
} figures[DSET_SIZE_FIGURES] = {
	[DSET_SIZE_WIDTH] = { "width", "width" },
	[DSET_SIZE_HEIGHT] = { "height", "height" },
	[DSET_SIZE_ASPECT] = { "width / height", "aspect" },
	[DSET_SIZE_PIXELS] = { "pixels", "pixels" },
};

static const struct {
	const char *name, *key;
	double share;
} quantiles[QUANTILES] = {
	{ "least", "least", 0 },
	{ "10 %", "p10", 0.1 },
	{ "median", "median", 0.5 },
	{ "90 %", "p90", 0.9 },
	{ "most", "most", 1 },
};

/* A size, and how many pictures have it. */
struct frequent {
	int width, height;
	size_t n;
};

static int
by_value(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static int
by_size(const void *a, const void *b)
{
	const struct frequent *x = a, *y = b;

	return x->width != y->width
	    ? (x->width > y->width) - (x->width < y->width)
	    : (x->height > y->height) - (x->height < y->height);
}

static int
by_count(const void *a, const void *b)
{
	const struct frequent *x = a, *y = b;

	return x->n != y->n ? (x->n < y->n) - (x->n > y->n) : by_size(a, b);
}

/* Each size once, the most frequent first; the caller's. */
static struct frequent *
frequent_of(size_t *n, const struct dset_sizes *s)
{
	struct frequent *v = mem_array(struct frequent, s->n + 1);
	size_t k = 0;

	for (size_t i = 0; i < s->n; i++)
		v[i] = (struct frequent){ s->width[i], s->height[i], 1 };
	qsort(v, s->n, sizeof(*v), by_size);
	for (size_t i = 1; i < s->n; i++)
		if (by_size(&v[k], &v[i]) == 0)
			v[k].n++;
		else
			v[++k] = v[i];
	*n = s->n > 0 ? k + 1 : 0;
	qsort(v, *n, sizeof(*v), by_count);
	return v;
}

/* The values at the five quantiles: each is one that there is. */
static void
quantiles_of(double out[QUANTILES], const struct dset_sizes *s,
    enum dset_size_figure figure)
{
	double *v = dset_sizes_figure(s, figure);

	qsort(v, s->n, sizeof(*v), by_value);
	for (int i = 0; i < QUANTILES; i++)
		out[i] = s->n == 0
		    ? 0
		    : v[(size_t)(quantiles[i].share * (double)(s->n - 1) +
			  0.5)];
	mem_free(v);
}

static void
number(struct json_w *w, enum dset_size_figure f, const char *key, double v)
{
	if (f == DSET_SIZE_ASPECT)
		json_w_knum(w, key, v);
	else
		json_w_kint(w, key, (int64_t)v);
}

static int
show_json(struct buf *out, const struct dset_sizes *s, const char *name)
{
	struct frequent *v;
	struct json_w w;
	double q[QUANTILES];
	size_t n;

	json_w_init(&w, out, 0);
	json_w_object(&w);
	json_w_kstr(&w, "name", name);
	json_w_kint(&w, "pictures", (int64_t)s->n);
	json_w_kint(&w, "gray", (int64_t)s->grey);
	json_w_kint(&w, "colour", (int64_t)s->colour);
	json_w_kint(&w, "bad", (int64_t)s->bad);
	if (s->formats > 0) {
		json_w_key(&w, "formats");
		json_w_object(&w);
		for (int i = 0; i < s->formats; i++)
			json_w_kint(&w, s->format[i], (int64_t)s->of_format[i]);
		json_w_object_end(&w);
	}
	for (int f = 0; f < DSET_SIZE_FIGURES; f++) {
		quantiles_of(q, s, (enum dset_size_figure)f);
		json_w_key(&w, figures[f].key);
		json_w_object(&w);
		for (int i = 0; i < QUANTILES; i++)
			number(&w, (enum dset_size_figure)f, quantiles[i].key,
			    q[i]);
		json_w_object_end(&w);
	}
	v = frequent_of(&n, s);
	json_w_kint(&w, "different", (int64_t)n);
	json_w_key(&w, "sizes");
	json_w_array(&w);
	for (size_t i = 0; i < n && i < FREQUENT; i++) {
		json_w_object(&w);
		json_w_kint(&w, "width", v[i].width);
		json_w_kint(&w, "height", v[i].height);
		json_w_kint(&w, "count", (int64_t)v[i].n);
		json_w_object_end(&w);
	}
	json_w_array_end(&w);
	json_w_object_end(&w);
	mem_free(v);
	TRY(json_w_end(&w));
	return buf_addc(out, '\n');
}

static int
show_figures(struct buf *out, const struct dset_sizes *s, bool tsv)
{
	double q[QUANTILES];

	TRY(buf_printf(out, tsv ? "figure" : "%-14s", ""));
	for (int i = 0; i < QUANTILES; i++)
		TRY(buf_printf(out, tsv ? "\t%s" : " %10s", quantiles[i].name));
	TRY(buf_addc(out, '\n'));
	for (int f = 0; f < DSET_SIZE_FIGURES; f++) {
		quantiles_of(q, s, (enum dset_size_figure)f);
		TRY(buf_printf(out, tsv ? "%s" : "%-14s", figures[f].name));
		for (int i = 0; i < QUANTILES; i++)
			TRY(buf_printf(out,
			    f == DSET_SIZE_ASPECT ? tsv ? "\t%.3f" : " %10.3f"
				: tsv             ? "\t%.0f"
						  : " %10.0f",
			    q[i]));
		TRY(buf_addc(out, '\n'));
	}
	return 0;
}

static int
show_frequent(struct buf *out, const struct dset_sizes *s)
{
	size_t n;
	struct frequent *v = frequent_of(&n, s);
	int rc = 0;

	if (n > 1)
		rc = buf_printf(out, "\n%zu sizes, the most frequent:\n", n);
	for (size_t i = 0; rc == 0 && n > 1 && i < n && i < FREQUENT; i++)
		rc = buf_printf(out, "%6d x %-6d %8zu  %5.1f %%\n", v[i].width,
		    v[i].height, v[i].n, 100.0 * (double)v[i].n / (double)s->n);
	mem_free(v);
	return rc;
}

int
dset_sizes_show(struct buf *out, const struct dset_sizes *s, const char *name,
    enum prog_format format)
{
	if (format == PROG_FMT_JSON)
		return show_json(out, s, name);
	if (format == PROG_FMT_TSV)
		return show_figures(out, s, true);
	TRY(buf_printf(out, "%s: %zu %s", name, s->n,
	    num_plural(s->n, "picture", "pictures")));
	if (s->grey > 0)
		TRY(buf_printf(out, ", %" PRIu64 " gray", s->grey));
	if (s->bad > 0)
		TRY(buf_printf(out, ", %" PRIu64 " bad", s->bad));
	for (int i = 0; i < s->formats; i++)
		TRY(buf_printf(out, "%s%" PRIu64 " %s", i > 0 ? ", " : "; ",
		    s->of_format[i], s->format[i]));
	TRY(buf_adds(out, "\n\n"));
	TRY(show_figures(out, s, false));
	return show_frequent(out, s);
}
