/* Operands to trainings: see operands.h. */
#include "plot/operands.h"

#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/path.h"
#include "file/file.h"
#include "model/sweeps/sweep.h"
#include "plot/read.h"

/* Takes both texts. */
static void
add(struct plot_operands *o, char *path, char *run, bool member)
{
	const size_t n = (size_t)o->n + 1;

	o->path = mem_realloc(o->path, n, sizeof(*o->path));
	o->run = mem_realloc(o->run, n, sizeof(*o->run));
	o->member = mem_realloc(o->member, n, sizeof(*o->member));
	o->path[o->n] = path;
	o->run[o->n] = run;
	o->member[o->n++] = member;
}

/* Was the model begun? */
static bool
is_begun(const char *dir)
{
	char *file = NULL;
	bool there = file_is_dir(dir) && plot_file(&file, dir) >= 0;

	mem_free(file);
	return there;
}

/* before: the sweep's own name, where it is one of several operands. */
static int
add_sweep(struct plot_operands *o, const char *dir, const char *before)
{
	const int had = o->n;
	struct model_sweep s;
	int rc = model_sweep_read(&s, dir);

	for (size_t i = 0; rc >= 0 && i < s.n; i++) {
		char *path = path_join(dir, s.v[i].name);
		char *label = model_sweep_label(&s, i);

		if (is_begun(path))
			add(o, mem_strdup(path),
			    mem_printf("%s%s%s", before,
				before[0] != '\0' ? "/" : "", label),
			    true);
		mem_free(label);
		mem_free(path);
	}
	model_sweep_clear(&s);
	if (rc >= 0 && o->n == had)
		rc = err_set(
		    ERR_MISSING, "%s: none of its models was begun", dir);
	return rc;
}

static char *
run_name(const char *operand)
{
	char *run =
	    mem_strdup(strcmp(operand, "-") == 0 ? "standard input" : operand);

	for (size_t k = strlen(run); k > 1 && run[k - 1] == '/'; k--)
		run[k - 1] = '\0';
	return run;
}

int
plot_operands_find(struct plot_operands *o, char **operands, int n)
{
	int rc = 0;

	memset(o, 0, sizeof(*o));
	for (int i = 0; i < n && rc >= 0; i++) {
		char *run;

		/* of "sweep/", where a shell wrote out its models */
		if (n > 1 &&
		    strcmp(path_base(operands[i]), MODEL_SWEEP_FILE) == 0)
			continue;
		run = run_name(operands[i]);
		if (strcmp(operands[i], "-") != 0 && file_is_dir(operands[i]) &&
		    model_sweep_there(operands[i]) > 0)
			rc = add_sweep(o, run, n > 1 ? run : "");
		else
			add(o, mem_strdup(operands[i]), mem_strdup(run), false);
		mem_free(run);
	}
	for (int i = 0; i < o->n && rc >= 0; i++)
		for (int k = 0; k < i && rc >= 0; k++)
			if (strcmp(o->run[i], o->run[k]) == 0)
				rc = err_set(
				    ERR_USAGE, "%s is named twice", o->run[i]);
	return rc;
}

void
plot_operands_clear(struct plot_operands *o)
{
	for (int i = 0; i < o->n; i++) {
		mem_free(o->path[i]);
		mem_free(o->run[i]);
	}
	mem_free(o->path);
	mem_free(o->run);
	mem_free(o->member);
	memset(o, 0, sizeof(*o));
}

int
plot_operands_read(struct plot_data *d, const struct plot_operands *o)
{
	int rc = 0;

	for (int i = 0; i < o->n && rc >= 0; i++) {
		rc = plot_read(d, o->path[i], o->run[i]);
		if (rc == ERR_MISSING && o->member[i])
			rc = 0;
	}
	if (rc >= 0 && d->n == 0)
		rc = err_set(ERR_MISSING, "nothing was measured");
	return rc;
}
