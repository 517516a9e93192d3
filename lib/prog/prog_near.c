/* "Did you mean …?" for mistyped options and choices. */
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/text.h"
#include "prog/prog_int.h"

/* Words with n of them. */
struct words {
	char **v;
	size_t n, cap;
};

static void
add(struct words *w, const char *no, const char *s, size_t len)
{
	mem_grow(&w->v, &w->cap, w->n + 1);
	w->v[w->n++] = mem_printf("%s%.*s", no, (int)len, s);
}

static const char *
word_at(const void *ctx, size_t i)
{
	return ((const struct words *)ctx)->v[i];
}

static void
free_words(struct words *w)
{
	for (size_t i = 0; i < w->n; i++)
		mem_free(w->v[i]);
	mem_free(w->v);
}

int
prog_unknown_option(const struct prog_row *rows, const char *name, size_t n)
{
	char *given = mem_strndup(name, n);
	struct words w = { 0 };
	const char *near;

	for (const struct prog_row *r = rows; r->opt != NULL; r++) {
		if (r->opt->name == NULL || (r->opt->flags & OPT_HIDDEN))
			continue;
		add(&w, "", r->opt->name, strlen(r->opt->name));
		if (r->opt->type == OPT_FLAG && strncmp(given, "no", 2) == 0)
			add(&w, "no-", r->opt->name, strlen(r->opt->name));
	}
	near = text_near(given, w.n, word_at, &w);
	if (near != NULL)
		err_set(ERR_USAGE, "unknown option --%s (did you mean --%s?)",
		    given, near);
	else
		err_set(ERR_USAGE, "unknown option --%s", given);
	free_words(&w);
	mem_free(given);
	return ERR_USAGE;
}

int
prog_unknown_choice(const char *choices, const char *given)
{
	struct words w = { 0 };
	const char *near, *word;
	size_t len;

	for (int i = 0; (word = prog_choice(choices, i, &len)) != NULL; i++)
		add(&w, "", word, len);
	near = text_near(given, w.n, word_at, &w);
	if (near != NULL)
		err_set(ERR_USAGE, "'%s' is not one of %s (did you mean %s?)",
		    given, choices, near);
	else
		err_set(ERR_USAGE, "'%s' is not one of %s", given, choices);
	free_words(&w);
	return ERR_USAGE;
}
