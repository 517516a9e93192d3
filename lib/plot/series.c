/* Series of points: see series.h. */
#include "plot/series.h"

#include <ctype.h>
#include <fnmatch.h>
#include <math.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"

void
plot_data_init(struct plot_data *d)
{
	memset(d, 0, sizeof(*d));
}

void
plot_data_clear(struct plot_data *d)
{
	for (size_t i = 0; i < d->n; i++) {
		mem_free(d->v[i].run);
		mem_free(d->v[i].name);
		mem_free(d->v[i].p);
	}
	mem_free(d->v);
	plot_data_init(d);
}

static bool
is(const struct plot_series *s, const char *run, const char *name)
{
	return strcmp(s->name, name) == 0 && strcmp(s->run, run) == 0;
}

/* Values come in turn, so the next one is mostly that behind the last. */
static struct plot_series *
find(struct plot_data *d, const char *run, const char *name)
{
	for (size_t k = 0; k < d->n; k++) {
		size_t i = (d->last + 1 + k) % d->n;

		if (is(&d->v[i], run, name)) {
			d->last = i;
			return &d->v[i];
		}
	}
	mem_grow(&d->v, &d->cap, d->n + 1);
	d->last = d->n;
	memset(&d->v[d->n], 0, sizeof(*d->v));
	d->v[d->n].run = mem_strdup(run);
	d->v[d->n].name = mem_strdup(name);
	return &d->v[d->n++];
}

void
plot_add(struct plot_data *d, const char *run, const char *name,
    const struct plot_point *p)
{
	struct plot_series *s = find(d, run, name);

	mem_grow(&s->p, &s->cap, s->n + 1);
	s->p[s->n++] = *p;
}

bool
plot_shown(double v)
{
	return fabs(v) <= 1e150;
}

bool
plot_is_val(const char *name)
{
	return strncasecmp(name, "val", 3) == 0 ||
	    strncasecmp(name, "test", 4) == 0 || strstr(name, "/val") != NULL;
}

/* Is one of the words of name, letters and digits, among these?  n of them. */
static bool
has_word(const char *name, const char *const *words, size_t n)
{
	while (*name != '\0') {
		size_t len = 0;

		while (isalnum((unsigned char)name[len]))
			len++;
		for (size_t i = 0; len > 0 && i < n; i++)
			if (strlen(words[i]) == len &&
			    strncasecmp(name, words[i], len) == 0)
				return true;
		name += len > 0 ? len : 1;
	}
	return false;
}

bool
plot_is_share(const char *name)
{
	static const char *const words[] = { "ap", "ap50", "ap75", "map",
		"map50", "map95", "voc07", "voc10", "ar1", "ar10", "ar100",
		"top1", "top5", "acc" };
	static const char *const parts[] = { "accuracy", "precision", "recall",
		"iou", "dice" };

	if (strcasestr(name, "loss") != NULL)
		return false;
	for (size_t i = 0; i < LENGTH(parts); i++)
		if (strcasestr(name, parts[i]) != NULL)
			return true;
	return has_word(name, words, LENGTH(words));
}

bool
plot_is_detail(const char *name)
{
	return strncmp(name, "val ", 4) == 0 && strchr(name, '/') != NULL;
}

bool
plot_is_rate(const char *name)
{
	static const char *const names[] = { "learning rate", "learning_rate",
		"lr" };

	for (size_t i = 0; i < LENGTH(names); i++)
		if (strcasecmp(name, names[i]) == 0)
			return true;
	return strncasecmp(name, "lr/", 3) == 0;
}

enum plot_x
plot_common_x(const struct plot_series *const *v, size_t n)
{
	for (int x = 0; x < PLOT_XS; x++) {
		bool all = true;

		for (size_t i = 0; i < n && all; i++)
			for (size_t k = 0; k < v[i]->n && all; k++)
				all = isfinite(v[i]->p[k].x[x]);
		if (all)
			return (enum plot_x)x;
	}
	return PLOT_ITER;
}

bool
plot_named(const char *pattern, const char *name)
{
	char a[256], b[256];
	char *const out[] = { a, b };
	const char *const in[] = { pattern, name };

	for (int k = 0; k < 2; k++) {
		size_t i;

		if (strlen(in[k]) >= sizeof(a))
			return false;
		for (i = 0; in[k][i] != '\0'; i++)
			out[k][i] = strchr("-_", in[k][i]) != NULL
			    ? ' '
			    : (char)tolower((unsigned char)in[k][i]);
		out[k][i] = '\0';
	}
	return fnmatch(a, b, 0) == 0;
}

void
plot_smooth(double *out, const struct plot_series *s, double weight)
{
	double mean = 0, left = 1;

	for (size_t i = 0; i < s->n; i++) {
		out[i] = s->p[i].y;
		if (!plot_shown(out[i]))
			continue;
		mean = weight * mean + (1 - weight) * out[i];
		left *= weight;
		out[i] = mean / (1 - left);
	}
}
