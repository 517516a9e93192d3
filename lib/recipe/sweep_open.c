/* The texts of a sweep's options, read: see sweep.h. */
#include "recipe/sweep.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/num.h"
#include "input/array.h"
#include "input/input.h"
#include "input/feed.h"
#include "recipe/own.h"

/* Numbers separated by commas, each within lo..hi; option names them. */
static int
read_numbers(double **out, size_t *n, const char *text, double lo, double hi,
    const char *option)
{
	size_t cap = 0;

	while (text != NULL) {
		size_t len = strcspn(text, ",");
		char *one = mem_strndup(text, len);
		double v;
		int rc = num_double(&v, one, lo, hi);

		mem_free(one);
		if (rc < 0)
			return err_in(ERR_USAGE, "%s", option);
		mem_grow(out, &cap, *n + 1);
		(*out)[(*n)++] = v;
		text = text[len] == ',' ? text + len + 1 : NULL;
	}
	return 0;
}

static int
read_batches(struct sweep *s)
{
	const char *text = s->batch;

	if (text != NULL && strcmp(text, "auto") == 0) {
		s->setup.batch_auto = true;
		return 0;
	}
	if (text != NULL && strstr(text, "auto") != NULL)
		return err_set(ERR_USAGE,
		    "--batch-size %s: auto cannot be part of a list", text);
	return read_numbers(
	    &s->batches, &s->nbatches, text, 1, 1 << 20, "--batch-size");
}

/* A number for all channels, or R,G,B.  0: there is no text. */
static int
read_channels(
    double out[3], int *count, const char *text, double lo, const char *option)
{
	double *v = NULL;
	size_t n = 0;
	int rc = read_numbers(&v, &n, text, lo, 1e6, option);

	if (rc >= 0 && n != 0 && n != 1 && n != 3)
		rc = err_set(
		    ERR_USAGE, "%s %s: one number, or R,G,B", option, text);
	if (rc >= 0 && n > 0)
		memcpy(out, v, n * sizeof(*v));
	*count = (int)n;
	mem_free(v);
	return rc;
}

/* A word for enum recipe_mean, or numbers. */
static int
read_mean(struct sweep *s)
{
	static const char *const words[] = { "image", "pixel", "none" };
	struct recipe_opts *o = &s->setup.recipe;

	for (size_t i = 0; s->mean != NULL && i < LENGTH(words); i++)
		if (strcmp(s->mean, words[i]) == 0) {
			o->mean = (int)i;
			return 0;
		}
	if (s->mean != NULL && isalpha((unsigned char)s->mean[0]))
		return err_set(ERR_USAGE,
		    "--mean %s: image, pixel, none, or numbers R,G,B", s->mean);
	return read_channels(
	    o->mean_value, &o->nmean_value, s->mean, -1e6, "--mean");
}

/* "TOP=FILE.npy" */
static int
read_inputs(struct sweep *s)
{
	struct feed_array *v =
	    arena_take(s->room, (s->inputs.n + 1) * sizeof(*v));

	s->setup.job.inputs = v;
	s->setup.job.ninputs = s->inputs.n;
	for (size_t i = 0; i < s->inputs.n; i++) {
		const char *text = s->inputs.v[i];
		char *name;
		size_t top;

		TRY(input_array_split(&top, &v[i].path, text));
		name = arena_strdup(s->room, text);
		name[top] = '\0';
		v[i].name = name;
	}
	return 0;
}

static int
read_gates(struct sweep *s, const struct gate **out, size_t *n,
    const struct opt_list *texts)
{
	struct gate *v = arena_take(s->room, (texts->n + 1) * sizeof(*v));

	for (size_t i = 0; i < texts->n; i++)
		TRY(gate_parse(&v[i], texts->v[i]));
	*out = v;
	*n = texts->n;
	return 0;
}

int
sweep_open(struct sweep *s)
{
	struct train_job *job = &s->setup.job;

	s->room = arena_new();
	/* all trainings of a sweep read the same */
	job->sources = inputs_new();
	TRY(read_inputs(s));
	own_take(s);
	TRY(augment_take(&job->augment, &s->setup.augment));
	TRY(scales_parse(&job->scales, s->scales));
	TRY(read_mean(s));
	TRY(read_channels(
	    s->setup.recipe.std, &s->setup.recipe.nstd, s->std, 1e-6, "--std"));
	TRY(read_gates(s, &job->until, &job->nuntil, &s->until));
	TRY(read_gates(s, &job->require, &job->nrequire, &s->require));
	TRY(read_batches(s));
	TRY(read_numbers(&s->rates, &s->nrates, s->lr, 0, 1e6, "--lr"));
	TRY(read_numbers(
	    &s->steps, &s->nsteps, s->stepvalues, 0, 100, "--stepvalues"));
	for (size_t i = 0; i < s->nbatches; i++)
		if (s->batches[i] != floor(s->batches[i]))
			return err_set(ERR_USAGE,
			    "--batch-size %g: not a whole number",
			    s->batches[i]);
	s->setup.recipe.stepvalues = s->steps;
	s->setup.recipe.nstepvalues = s->nsteps;
	return 0;
}

void
sweep_close(struct sweep *s)
{
	mem_free(s->batches);
	mem_free(s->rates);
	mem_free(s->steps);
	arena_free(s->room);
	inputs_free(s->setup.job.sources);
	memset(s, 0, sizeof(*s));
}
