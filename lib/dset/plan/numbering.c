/* Names and numbers of classes in lists: see numbering.h. */
#include "dset/plan/numbering.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/num.h"
#include "dset/plan/names.h"

enum { NAMED_MAX = 10, TEXT_MAX = 1 << 16 };

/* The list's own names, in the order that folders would have. */
static void
sort_names(struct dset_scan *s, struct dset_names *names)
{
	size_t n = dset_names_count(names), i;
	int32_t *now = mem_array(int32_t, n + 1);

	dset_names_sort(names, now);
	for (i = 0; i < s->list.n; i++)
		s->list.v[i].label = now[s->list.v[i].label];
	for (i = 0; i < n; i++)
		dset_scan_class(s, dset_names_at(names, i), "");
	mem_free(now);
}

void
dset_numbering_classes(struct dset_scan *s, const struct dset_list_options *o,
    const char *const *known)
{
	size_t n = o->classes, i;
	char number[24];

	if (n == 0 && s->list.named) {
		sort_names(s, o->names);
		return;
	}
	for (i = 0; o->classes == 0 && i < s->list.n; i++)
		if ((size_t)s->list.v[i].label >= n)
			n = (size_t)s->list.v[i].label + 1;
	for (i = 0; i < n; i++) {
		snprintf(
		    number, sizeof number, "%zu", i + (size_t)o->first_label);
		dset_scan_class(s, o->classes > 0 ? known[i] : number, "");
	}
}

/* Classes without a picture; the first of them are named. */
static void
warn_gaps(const struct dset_scan *s, const char *file)
{
	bool *seen = mem_array(bool, s->n + 1);
	size_t i, missing = 0;
	struct buf text;

	for (i = 0; i < s->list.n; i++)
		seen[s->list.v[i].label] = true;
	buf_init(&text, TEXT_MAX);
	for (i = 0; i < s->n; i++) {
		if (seen[i])
			continue;
		if (missing++ < NAMED_MAX)
			(void)buf_printf(&text, "%s%s", missing > 1 ? ", " : "",
			    s->classes[i]);
	}
	if (missing > 0)
		log_warn("%s: %zu of %zu %s no picture: %s%s", file, missing,
		    s->n, num_plural(missing, "classes has", "classes have"),
		    buf_str(&text), missing > NAMED_MAX ? ", ..." : "");
	buf_clear(&text);
	mem_free(seen);
}

void
dset_numbering_warn(const struct dset_scan *s, const char *file,
    const struct dset_list_options *o, bool all)
{
	const struct dset_list *l = &s->list;

	if (l->named && o->first_label > 0)
		log_warn(
		    "%s: --labels-from 1 has no effect: its lines have names for classes",
		    file);
	else if (l->least == 1 && o->first_label == 0 && all)
		log_warn(
		    "%s: labels are 1 to %" PRId64
		    ", none is 0 (--labels-from 1 where 1 is the first class)",
		    file, l->most);
	else if (all && l->n > 0)
		warn_gaps(s, file);
}
