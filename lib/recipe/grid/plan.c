/* From the texts of --sweep to members and their names: see grid_int.h. */
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/num.h"
#include "recipe/grid/grid_int.h"

enum { NAME_BYTES = 160 };

static struct grid_axis *
find_axis(struct grid_plan *p, const char *option)
{
	for (size_t i = 0; i < p->naxes; i++)
		if (strcmp(p->axis[i].option, option) == 0)
			return &p->axis[i];
	return NULL;
}

/* Are they the same value, as texts or as numbers? */
static bool
same_value(const char *a, const char *b)
{
	double x, y;

	return strcmp(a, b) == 0 ||
	    (num_double(&x, a, -1e300, 1e300) >= 0 &&
		num_double(&y, b, -1e300, 1e300) >= 0 && x == y);
}

/* The value at *text, up to a comma that has no backslash; *text moves behind it, or
 * becomes NULL. */
static char *
next_value(struct arena *room, const char **text)
{
	const char *p = *text;
	char *out = arena_take(room, strlen(p) + 1);
	size_t n = 0;

	for (; *p != '\0' && *p != ','; p++) {
		if (p[0] == '\\' && p[1] == ',')
			p++;
		out[n++] = *p;
	}
	*text = *p == ',' ? p + 1 : NULL;
	return out;
}

static int
add_value(struct grid_axis *a, const char *value)
{
	struct prog_word w;

	if (value[0] == '\0')
		return err_set(
		    ERR_USAGE, "--sweep %s: a value is empty", a->option);
	if (prog_word_make(&w, a->option, value) < 0)
		return err_in(ERR_USAGE, "--sweep");
	for (size_t i = 0; i < a->n; i++)
		if (same_value(a->value[i], value))
			return err_set(ERR_USAGE,
			    "--sweep %s: %s is named twice", a->option, value);
	mem_grow(&a->value, &a->cap, a->n + 1);
	a->value[a->n++] = value;
	return 0;
}

/* The values of a list as those of an option that has none yet. */
static int
add_axis(struct grid_plan *p, const char *option, const char *text)
{
	struct grid_axis *a;

	if (grid_owns(option))
		return err_set(ERR_USAGE,
		    "--sweep %s: this option is the sweep's, not a model's",
		    option);
	if (find_axis(p, option) != NULL)
		return err_set(ERR_USAGE,
		    "--sweep %s: two lists; put the values into one", option);
	if (p->naxes == GRID_AXES)
		return err_set(
		    ERR_USAGE, "--sweep: more than %d options", GRID_AXES);
	a = &p->axis[p->naxes++];
	a->option = option;
	while (text != NULL)
		TRY(add_value(a, next_value(p->room, &text)));
	return 0;
}

/* "lr=0.1,0.01" */
static int
add_sweep(struct grid_plan *p, const char *text)
{
	const char *eq = strchr(text, '=');
	char *option;

	if (eq == NULL || eq == text)
		return err_set(
		    ERR_USAGE, "--sweep %s: say OPTION=VALUE,VALUE,...", text);
	option = arena_strdup(p->room, text);
	option[eq - text] = '\0';
	if (prog_given(option) != NULL && !grid_owns(option))
		return err_set(ERR_USAGE,
		    "--%s %s has no effect beside --sweep %s", option,
		    prog_given(option), text);
	return add_axis(p, option, eq + 1);
}

/* -b 32,64 and --lr 0.1,0.01 are lists without being called so. */
static int
add_lists(struct grid_plan *p)
{
	static const char *const lists[] = { "batch-size", "lr" };

	for (size_t i = 0; i < LENGTH(lists); i++) {
		const char *text = prog_given(lists[i]);

		if (text != NULL && strchr(text, ',') != NULL)
			TRY(add_axis(p, lists[i], text));
	}
	return 0;
}

/* ---- members -------------------------------------------------------------- */

/* "lr0.01", "solver_adam": what can stand in any folder and any Makefile. */
static void
add_part(char name[NAME_BYTES], const char *option, const char *value)
{
	char text[NUM_TEXT_MAX];
	size_t n = strlen(name);
	double v;

	if (strcmp(option, "batch-size") == 0)
		option = "b"; /* as sweeps of batches always had it */
	if (num_double(&v, value, -1e300, 1e300) >= 0)
		snprintf(name + n, NAME_BYTES - n, "%s%s%s", n > 0 ? "-" : "",
		    option, num_double_text(text, v));
	else
		snprintf(name + n, NAME_BYTES - n, "%s%s_%s", n > 0 ? "-" : "",
		    option, value);
	for (; name[n] != '\0'; n++)
		if (strchr(
			"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
			"0123456789._+-",
			name[n]) == NULL)
			name[n] = '_';
}

/* Two texts may make one name. */
static bool
is_taken(const struct grid_plan *p, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(p->v[i].name, name) == 0)
			return true;
	return false;
}

static void
name_member(struct grid_plan *p, size_t i)
{
	char name[NAME_BYTES] = "", *unique;

	for (size_t k = 0; k < p->naxes; k++)
		add_part(name, p->axis[k].option, p->v[i].value[k]);
	unique = mem_strdup(name);
	for (int times = 2; is_taken(p, i, unique); times++) {
		mem_free(unique);
		unique = mem_printf("%s_%d", name, times);
	}
	p->v[i].name = unique;
}

static int
make_members(struct grid_plan *p)
{
	size_t n = 1;

	for (size_t k = 0; k < p->naxes; k++) {
		if (n > GRID_MEMBERS / p->axis[k].n)
			return err_set(ERR_USAGE,
			    "--sweep: more than %d models", GRID_MEMBERS);
		n *= p->axis[k].n;
	}
	p->v = mem_array(struct grid_member, n);
	for (size_t i = 0; i < n; i++) {
		size_t rest = i;

		p->v[i].value =
		    arena_take(p->room, p->naxes * sizeof(*p->v[i].value));
		for (size_t k = p->naxes; k-- > 0; rest /= p->axis[k].n)
			p->v[i].value[k] =
			    p->axis[k].value[rest % p->axis[k].n];
		name_member(p, i);
		p->n = i + 1;
	}
	return 0;
}

int
grid_plan_make(struct grid_plan *p, const struct opt_list *sweep)
{
	memset(p, 0, sizeof(*p));
	p->room = arena_new();
	TRY(add_lists(p));
	for (size_t i = 0; i < sweep->n; i++)
		TRY(add_sweep(p, sweep->v[i]));
	if (p->naxes == 0)
		return err_set(ERR_USAGE,
		    "there is nothing to sweep: say --sweep OPTION=VALUE,VALUE");
	return make_members(p);
}

void
grid_plan_clear(struct grid_plan *p)
{
	for (size_t i = 0; i < p->n; i++)
		mem_free(p->v[i].name);
	mem_free(p->v);
	for (size_t i = 0; i < p->naxes; i++)
		mem_free(p->axis[i].value);
	arena_free(p->room);
	memset(p, 0, sizeof(*p));
}
