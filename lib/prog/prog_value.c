/* What stands behind an option, by its type: see prog_int.h. */
#include <float.h>
#include <limits.h>
#include <stdint.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/num.h"
#include "prog/prog_int.h"

static struct arena *lists; /* what OPT_LIST gathers; lives as we do */

/* Limits of an option: hi below lo, or both 0, means the type's own. */
static void
limits(const struct opt *o, double *lo, double *hi, double min, double max)
{
	*lo = o->lo == 0 && o->hi == 0 ? min : o->lo;
	*hi = (o->lo == 0 && o->hi == 0) || o->hi < o->lo ? max : o->hi;
}

static int
take_int(const struct prog_row *r, const char *arg)
{
	int64_t v, a, b;
	double lo, hi;

	if (r->opt->type == OPT_INT) {
		limits(r->opt, &lo, &hi, INT_MIN, INT_MAX);
		TRY(num_int(&v, arg, (int64_t)lo, (int64_t)hi));
		*(int *)r->dest = (int)v;
		return 0;
	}
	limits(r->opt, &lo, &hi, -0x1p63, 0x1p63);
	a = lo <= -0x1p63 ? INT64_MIN : (int64_t)lo;
	b = hi >= 0x1p63 ? INT64_MAX : (int64_t)hi;
	TRY(num_int(&v, arg, a, b));
	*(int64_t *)r->dest = v;
	return 0;
}

static int
take_double(const struct prog_row *r, const char *arg)
{
	double lo, hi, v;

	limits(r->opt, &lo, &hi, -DBL_MAX, DBL_MAX);
	TRY(num_double(&v, arg, lo, hi));
	*(double *)r->dest = v;
	return 0;
}

static int
take_str(const struct prog_row *r, const char *arg)
{
	*(const char **)r->dest = arg;
	return 0;
}

static int
take_list(const struct prog_row *r, const char *arg)
{
	struct opt_list *l = r->dest;
	const char **more;

	if ((l->n & (l->n - 1)) == 0) {
		/* Full at each power of two: twice the room. */
		if (lists == NULL)
			lists = arena_new();
		more = arena_take(lists, 2 * (l->n + 1) * sizeof(*more));
		if (l->n > 0)
			memcpy(more, l->v, l->n * sizeof(*more));
		l->v = more;
	}
	l->v[l->n++] = arg;
	return 0;
}

const char *
prog_choice(const char *choices, int i, size_t *len)
{
	const char *p = choices;

	for (; p != NULL && i > 0; i--) {
		p = strchr(p, '|');
		if (p != NULL)
			p++;
	}
	if (p == NULL || i < 0)
		return NULL;
	*len = strcspn(p, "|");
	return p;
}

/* Is arg that word?  half_crop, as files have it, is half-crop. */
static int
is_word(const char *arg, const char *word, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (arg[i] != word[i] && !(arg[i] == '_' && word[i] == '-'))
			return 0;
	return arg[len] == '\0';
}

static int
take_choice(const struct prog_row *r, const char *arg)
{
	const char *word;
	size_t len;
	int i;

	for (i = 0; (word = prog_choice(r->opt->choices, i, &len)); i++)
		if (is_word(arg, word, len)) {
			*(int *)r->dest = i;
			return 0;
		}
	return prog_unknown_choice(r->opt->choices, arg);
}

static int
take_pair(const struct prog_row *r, const char *arg)
{
	int *v = r->dest, w, h;
	double lo, hi;

	limits(r->opt, &lo, &hi, 1, INT_MAX);
	TRY(num_pair(&w, &h, arg, (int)hi));
	if (w < lo || h < lo)
		return err_set(ERR_RANGE, "%s: a side is below %g", arg, lo);
	v[0] = w;
	v[1] = h;
	return 0;
}

static int
take_duration(const struct prog_row *r, const char *arg)
{
	return num_duration(r->dest, arg);
}

static int
take_size(const struct prog_row *r, const char *arg)
{
	return num_size(r->dest, arg);
}

static int (*const takers[])(const struct prog_row *r, const char *arg) = {
	[OPT_INT] = take_int,
	[OPT_I64] = take_int,
	[OPT_DOUBLE] = take_double,
	[OPT_STR] = take_str,
	[OPT_LIST] = take_list,
	[OPT_CHOICE] = take_choice,
	[OPT_PAIR] = take_pair,
	[OPT_DURATION] = take_duration,
	[OPT_SIZE] = take_size,
};

int
prog_value(const struct prog_row *r, const char *arg)
{
	return takers[r->opt->type](r, arg);
}
