/* The command of a member: see grid_int.h. */
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "recipe/grid/grid_int.h"

/* Options that a sweep takes for itself, or that its members get from it. */
static const char *const owned[] = { "output", "sweep", "sweep-jobs",
	"sweep-make", "sweep-slurm", "lr-find", "lr-range", "lr-iterations",
	"dry-run", "resume", "force", "mpi", "json", "tsv", "progress",
	"events", "deps", "deps-target", "args", "time-budget", "threads",
	"verbose", "quiet", "help", "version", "completion" };
/* Of the others, those that say where it is trained, or what is told of it. */
static const char *const passing[] = { "device", "autotune", "metrics",
	"on-done" };
/* Of the sweep's own, those that its members have as well; and only in scripts, as
 * here the sweep sees to them. */
static const char *const handed[] = { "verbose", "quiet" };
static const char *const scripted[] = { "threads", "time-budget" };
/* What there would be no point in giving again. */
static const char *const once[] = { "sweep-make", "sweep-slurm", "dry-run",
	"resume", "force", "json", "tsv", "progress", "events", "args",
	"output" };

static bool
is_in(const char *const *list, size_t n, const char *option)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(list[i], option) == 0)
			return true;
	return false;
}

#define IN(list, option) is_in(list, LENGTH(list), option)

bool
grid_owns(const char *option)
{
	return IN(owned, option);
}

static bool
is_axis(const struct grid_plan *p, const char *option)
{
	for (size_t i = 0; i < p->naxes; i++)
		if (strcmp(p->axis[i].option, option) == 0)
			return true;
	return false;
}

bool
grid_lasting(const struct grid_plan *p, const char *option)
{
	return !IN(owned, option) && !IN(passing, option) &&
	    !is_axis(p, option);
}

struct words {
	const struct grid_plan *plan;
	enum grid_for who;
	char **v;
};

static bool
belongs(const struct words *w, const char *option)
{
	if (w->who == GRID_WHOLE)
		return !IN(once, option);
	if (w->who == GRID_SCRIPT && IN(scripted, option))
		return true;
	return IN(handed, option) ||
	    (!IN(owned, option) && !is_axis(w->plan, option));
}

void
grid_words_add(char ***words, char *more)
{
	size_t n = 0;

	while (*words != NULL && (*words)[n] != NULL)
		n++;
	*words = mem_realloc(*words, n + 2, sizeof(**words));
	(*words)[n] = more;
	(*words)[n + 1] = NULL;
}

void
grid_words_free(char **words)
{
	for (size_t i = 0; words != NULL && words[i] != NULL; i++)
		mem_free(words[i]);
	mem_free(words);
}

static void
add_word(void *ctx, const struct prog_word *given)
{
	struct words *w = ctx;

	if (belongs(w, given->name))
		grid_words_add(&w->v, prog_word_text(given));
}

/* This very program. */
static char *
program(void)
{
	char path[4096];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);

	if (n <= 0)
		return mem_strdup(log_program());
	path[n] = '\0';
	return mem_strdup(path);
}

char **
grid_words(
    const struct grid_plan *p, size_t i, const char *dir, enum grid_for who)
{
	struct words w = { .plan = p, .who = who };

	grid_words_add(&w.v, program());
	prog_words_each(add_word, &w);
	if (who == GRID_WHOLE) {
		grid_words_add(&w.v, mem_printf("--output=%s", dir));
		return w.v;
	}
	for (size_t k = 0; k < p->naxes; k++) {
		struct prog_word word;

		/* It was made once before. */
		(void)!prog_word_make(
		    &word, p->axis[k].option, p->v[i].value[k]);
		grid_words_add(&w.v, prog_word_text(&word));
	}
	grid_words_add(&w.v, mem_printf("--output=%s/%s", dir, p->v[i].name));
	grid_words_add(&w.v, mem_strdup("--resume"));
	return w.v;
}
