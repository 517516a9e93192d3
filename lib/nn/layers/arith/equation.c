/* Equations of Einsum, read: see equation.h. */
#include "nn/layers/arith/equation.h"

#include <string.h>

static int
letter_of(char c)
{
	return SHAPE_MAX + (c >= 'a' ? 26 + c - 'a' : c - 'A');
}

/* The letters of a term from *p on to ',' or '-' or the end; *rest: where "..." is
 * among them, or -1. */
static int
read_letters(const char **p, struct einsum_term *t, int *rest)
{
	*rest = -1;
	t->n = 0;
	for (; **p != '\0' && **p != ',' && **p != '-'; ++*p) {
		if (**p == ' ')
			continue;
		if (strncmp(*p, "...", 3) == 0 && *rest < 0) {
			*rest = t->n;
			*p += 2;
			continue;
		}
		if (!((**p >= 'a' && **p <= 'z') || (**p >= 'A' && **p <= 'Z')))
			return err_set(ERR_FORMAT,
			    "'%c' in its equation is not a letter", **p);
		if (t->n == SHAPE_MAX)
			return err_set(ERR_FORMAT,
			    "a term of its equation has more than %d letters",
			    SHAPE_MAX);
		t->letter[t->n++] = letter_of(**p);
	}
	return 0;
}

/* "..." at letter `rest` made n axes. */
static int
spread_rest(struct einsum_term *t, int rest, int n)
{
	int i;

	if (t->n + n > SHAPE_MAX)
		return err_set(ERR_RANGE, "more than %d axes", SHAPE_MAX);
	memmove(t->letter + rest + n, t->letter + rest,
	    (size_t)(t->n - rest) * sizeof(*t->letter));
	for (i = 0; i < n; i++)
		t->letter[rest + i] = n - 1 - i;
	t->n += n;
	return 0;
}

/* Each letter has one size, but that 1 stretches in "...". */
static int
check_sizes(const struct layer *l, const struct einsum_term *t, int64_t *size)
{
	const struct shape *s = graph_shape(l->graph, t->tensor);
	int i;

	for (i = 0; i < t->n; i++) {
		int64_t *have = &size[t->letter[i]];

		if (*have == 0 || *have == 1)
			*have = s->d[i];
		if (s->d[i] != *have && s->d[i] != 1)
			return err_set(ERR_FORMAT,
			    "a letter of its equation stands for %lld places and for %lld",
			    (long long)*have, (long long)s->d[i]);
	}
	return 0;
}

/* Without "->": the axes of "...", then what comes once, sorted. */
static int
implied(
    const struct einsum_term *term, int terms, int rest, struct einsum_term *to)
{
	int count[EINSUM_LETTERS] = { 0 }, i, k;

	for (i = 0; i < terms; i++)
		for (k = 0; k < term[i].n; k++)
			count[term[i].letter[k]]++;
	to->n = 0;
	for (k = rest - 1; k >= 0; k--)
		to->letter[to->n++] = k;
	for (k = SHAPE_MAX; k < EINSUM_LETTERS; k++) {
		if (count[k] != 1)
			continue;
		if (to->n == SHAPE_MAX)
			return err_set(
			    ERR_RANGE, "more than %d axes", SHAPE_MAX);
		to->letter[to->n++] = k;
	}
	return 0;
}

/* Behind "->": each letter once, and one that there is. */
static int
read_result(
    const char *p, const int64_t *size, int rest, struct einsum_term *to)
{
	bool seen[EINSUM_LETTERS] = { false };
	int at, i;

	TRY(read_letters(&p, to, &at));
	if (*p != '\0')
		return err_set(
		    ERR_FORMAT, "its equation goes on behind the result");
	if (at >= 0)
		TRY(spread_rest(to, at, rest));
	for (i = 0; i < to->n; i++) {
		if (seen[to->letter[i]] || size[to->letter[i]] == 0)
			return err_set(ERR_FORMAT,
			    "a letter of the result of its equation %s",
			    seen[to->letter[i]] ? "comes twice"
						: "is in no term");
		seen[to->letter[i]] = true;
	}
	return 0;
}

/* Bottom i by the term at *p; *rest grows to the axes that "..." has. */
static int
read_term(
    struct layer *l, int i, const char **p, struct einsum_term *t, int *rest)
{
	const struct shape *s = layer_shape(l, i);
	char text[SHAPE_TEXT_MAX];
	int at;

	TRY(read_letters(p, t, &at));
	t->tensor = l->bottom[i];
	if (at >= 0 && s->n > t->n) {
		*rest = s->n - t->n > *rest ? s->n - t->n : *rest;
		TRY(spread_rest(t, at, s->n - t->n));
	}
	if (t->n == s->n)
		return 0;
	return err_set(ERR_FORMAT,
	    "its bottom \"%s\", %s, has another number of axes than its term",
	    l->p->bottom[i], shape_text(text, s));
}

int
einsum_parse(struct layer *l, const char *equation, struct einsum_term *term,
    struct einsum_term *to)
{
	int64_t size[EINSUM_LETTERS] = { 0 };
	const char *p = equation;
	int i, rest = 0;

	for (i = 0; i < l->nbottom; i++) {
		TRY(read_term(l, i, &p, &term[i], &rest));
		TRY(check_sizes(l, &term[i], size));
		if (*p == ',' && i + 1 < l->nbottom)
			p++;
		else if (*p == ',' || i + 1 < l->nbottom)
			return err_set(ERR_FORMAT,
			    "its equation has %s terms than bottoms",
			    *p == ',' ? "more" : "fewer");
	}
	if (*p == '\0')
		return implied(term, l->nbottom, rest, to);
	if (strncmp(p, "->", 2) != 0)
		return err_set(
		    ERR_FORMAT, "'%c' in its equation is not \"->\"", *p);
	return read_result(p + 2, size, rest, to);
}
