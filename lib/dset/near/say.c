/* Groups of pictures that look the same as rows, and as JSON: see near_int.h. */
#include <stdio.h>
#include <stdlib.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/num.h"
#include "dset/near/near_int.h"
#include "json/json.h"
#include "prog/table.h"

enum { NUMBER = 24 };

static const char *
class_of(const struct near_set *s, const struct near_item *x)
{
	return s->classes && x->label >= 0 && (size_t)x->label < s->d->nlabels
	    ? s->d->labels[x->label]
	    : NULL;
}

static const char *
name_of(const struct near_set *s, const struct near_item *x)
{
	return x->index < s->nnames[x->part] ? s->names[x->part][x->index]
					     : NULL;
}

static bool
same_pixels(const struct near_item *a, const struct near_item *b)
{
	return a->print.a == b->print.a && a->print.b == b->print.b;
}

/* ---- JSON ----------------------------------------------------------------- */

static void
json_item(struct json_w *w, const struct near_set *s,
    const struct near_group *g, const struct near_item *x)
{
	const struct near_item *first = &s->v[g->item[0]];

	json_w_object(w);
	json_w_kstr(w, "part", dset_part_name((enum dset_part)x->part));
	json_w_kint(w, "record", x->index);
	json_w_kstr(w, "key", x->key);
	json_w_kstr(w, "name", name_of(s, x));
	json_w_kint(w, "label", x->label);
	json_w_kstr(w, "class", class_of(s, x));
	json_w_kint(w, "bits", look_bits(first->look.hash, x->look.hash));
	json_w_kbool(w, "equal", same_pixels(first, x));
	json_w_object_end(w);
}

static int
json_group(struct buf *out, const struct near_set *s, size_t i)
{
	const struct near_group *g = &s->group[i];
	struct json_w w;

	json_w_init(&w, out, 0);
	json_w_object(&w);
	json_w_kint(&w, "group", (int64_t)i + 1);
	json_w_kbool(&w, "across_parts", g->across);
	json_w_kbool(&w, "labels_differ", g->conflict);
	json_w_key(&w, "records");
	json_w_array(&w);
	for (size_t k = 0; k < g->n; k++)
		json_item(&w, s, g, &s->v[g->item[k]]);
	json_w_array_end(&w);
	json_w_object_end(&w);
	TRY(json_w_end(&w));
	return buf_addc(out, '\n');
}

static int
json_summary(
    struct buf *out, const struct near_set *s, const struct near_figures *f)
{
	struct json_w w;

	json_w_init(&w, out, 0);
	json_w_object(&w);
	json_w_key(&w, "summary");
	json_w_object(&w);
	json_w_kint(&w, "records", (int64_t)s->n);
	json_w_kint(&w, "bits", s->o->bits);
	json_w_kint(&w, "groups", (int64_t)s->ngroups);
	json_w_kint(&w, "near", (int64_t)f->near);
	json_w_kint(&w, "equal", (int64_t)f->equal);
	json_w_kint(&w, "leaks", (int64_t)f->leaks);
	json_w_kint(&w, "conflicts", (int64_t)f->conflicts);
	json_w_object_end(&w);
	json_w_object_end(&w);
	TRY(json_w_end(&w));
	return buf_addc(out, '\n');
}

/* ---- rows ----------------------------------------------------------------- */

static void
add_row(struct table *t, const struct near_set *s, size_t group, size_t item)
{
	const struct near_group *g = &s->group[group];
	const struct near_item *x = &s->v[item], *first = &s->v[g->item[0]];
	char number[NUMBER], index[NUMBER], label[NUMBER], bits[NUMBER];
	const char *class = class_of(s, x), *name = name_of(s, x);

	snprintf(number, sizeof(number), "%zu", group + 1);
	snprintf(index, sizeof(index), "%u", (unsigned)x->index);
	snprintf(label, sizeof(label), "%d", (int)x->label);
	snprintf(bits, sizeof(bits), "%d",
	    look_bits(first->look.hash, x->look.hash));
	table_row(t,
	    (const char *[]){ number, dset_part_name((enum dset_part)x->part),
		index, x->key != NULL ? x->key : "",
		class != NULL ? class : label, bits,
		item == g->item[0]          ? ""
		    : same_pixels(first, x) ? "equal"
					    : "",
		name != NULL ? name : "" });
}

static int
say_rows(struct buf *out, const struct near_set *s, bool tsv)
{
	char *text = NULL;
	size_t n = 0, shown = 0;
	struct table t;
	FILE *f = open_memstream(&text, &n);
	int rc;

	if (f == NULL)
		return err_sys("memory");
	table_init(&t, 8);
	t.right[0] = t.right[2] = t.right[5] = 1;
	table_row(&t,
	    (const char *[]){ "group", "part", "record", "key", "class", "bits",
		"same", "name" });
	for (size_t i = 0; i < s->ngroups; i++)
		for (size_t k = 0; k < s->group[i].n; k++) {
			if (s->o->across && !s->group[i].across)
				continue;
			add_row(&t, s, i, s->group[i].item[k]);
			shown++;
		}
	if (tsv || shown > 0)
		table_print(&t, f, tsv);
	table_clear(&t);
	rc = fclose(f) == 0 ? buf_add(out, text, n) : err_sys("memory");
	free(text);
	return rc;
}

int
near_say(struct buf *out, const struct near_set *s)
{
	struct near_figures f;

	near_count(&f, s);
	if (s->o->format == PROG_FMT_JSON) {
		for (size_t i = 0; i < s->ngroups; i++)
			if (!s->o->across || s->group[i].across)
				TRY(json_group(out, s, i));
		return json_summary(out, s, &f);
	}
	TRY(say_rows(out, s, s->o->format == PROG_FMT_TSV));
	if (s->o->format == PROG_FMT_TSV)
		return 0;
	return buf_printf(out,
	    "%s: %zu %s, %zu like an earlier one (%zu of them the same in every pixel) in %zu %s; %zu in another part than the first; %zu %s with several labels\n",
	    s->d->path, s->n, num_plural(s->n, "picture", "pictures"), f.near,
	    f.equal, s->ngroups, num_plural(s->ngroups, "group", "groups"),
	    f.leaks, f.conflicts, num_plural(f.conflicts, "group", "groups"));
}
