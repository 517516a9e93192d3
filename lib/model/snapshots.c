/* Snapshots in a folder, epochs and iterations: see model.h. */
#include <ctype.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/path.h"
#include "file/file.h"
#include "model/model.h"

/* The N of "PREFIX_iter_N" + end; -1 if name is not that. */
static int64_t
iteration(const char *name, const char *end)
{
	size_t n = strlen(name), k = strlen(end), i;
	int64_t iter;
	char *digits;
	int rc;

	if (n <= k || strcmp(name + n - k, end) != 0)
		return -1;
	for (i = n - k; i > 0 && isdigit((unsigned char)name[i - 1]); i--)
		;
	if (i == n - k || i < 6 || strncmp(name + i - 6, "_iter_", 6) != 0)
		return -1;
	digits = mem_strndup(name + i, n - k - i);
	rc = num_int(&iter, digits, 0, INT64_MAX / 2);
	mem_free(digits);
	return rc < 0 ? -1 : iter;
}

/* DIGITS's solvers snapshot once an epoch unless told otherwise: *n iterations, 0
 * where that is not known. */
static int
epoch_of_solver(double *n, const char *dir)
{
	char *path = path_join(dir, "solver.prototxt"), *p;
	struct buf b;
	int rc;

	*n = 0;
	buf_init(&b, 1 << 20);
	rc = file_exists(path) ? file_read(&b, path) : 0;
	for (p = rc == 0 ? b.data : NULL; p != NULL; p = strchr(p, '\n')) {
		p += strspn(p, " \t\r\n");
		if (strncmp(p, "snapshot:", 9) == 0) {
			*n = strtod(p + 9, NULL);
			break;
		}
	}
	if (!(*n >= 1 && *n < 1e15))
		*n = 0;
	buf_clear(&b);
	mem_free(path);
	return rc == ERR_IO ? rc : 0; /* a file of another kind tells nothing */
}

static int
by_iter(const void *a, const void *b)
{
	const struct model_snapshot *x = a, *y = b;

	return x->iter < y->iter ? -1 : x->iter > y->iter;
}

static const char *const ends[][2] = {
	{ ".caffemodel", ".solverstate" },
	{ ".caffemodel.h5", ".solverstate.h5" },
};

static void
add_snapshot(
    struct model_snapshots *s, size_t *cap, const char *dir, const char *name)
{
	size_t i, n;
	int64_t iter;

	for (i = 0; i < LENGTH(ends); i++) {
		char *state, *path;

		iter = iteration(name, ends[i][0]);
		if (iter < 0)
			continue;
		n = strlen(name) - strlen(ends[i][0]);
		state = mem_printf("%.*s%s", (int)n, name, ends[i][1]);
		path = path_join(dir, state);
		mem_grow(&s->v, cap, s->n + 1);
		memset(&s->v[s->n], 0, sizeof(*s->v));
		s->v[s->n].iter = iter;
		s->v[s->n].weights = mem_strdup(name);
		if (file_exists(path))
			s->v[s->n].state = mem_strdup(state);
		s->n++;
		mem_free(path);
		mem_free(state);
	}
}

int
model_snapshots_find(
    struct model_snapshots *s, const char *dir, const struct model_info *info)
{
	char **names = NULL;
	size_t i, n = 0, cap = 0;
	double per;
	int rc = 0;

	memset(s, 0, sizeof(*s));
	TRY(file_list(&names, &n, dir));
	for (i = 0; i < n; i++)
		add_snapshot(s, &cap, dir, names[i]);
	file_list_free(names, n);
	if (s->n > 1)
		qsort(s->v, s->n, sizeof(*s->v), by_iter);
	per = info != NULL ? info->iter_per_epoch : 0;
	if (per <= 0 && (rc = epoch_of_solver(&per, dir)) < 0)
		model_snapshots_free(s);
	for (i = 0; i < s->n; i++)
		s->v[i].epoch = per > 0 ? (double)s->v[i].iter / per : -1;
	return rc;
}

void
model_snapshots_free(struct model_snapshots *s)
{
	size_t i;

	for (i = 0; i < s->n; i++) {
		mem_free(s->v[i].weights);
		mem_free(s->v[i].state);
	}
	mem_free(s->v);
	memset(s, 0, sizeof(*s));
}

bool
model_is_best_link(const char *name)
{
	const size_t n = strlen(MODEL_BEST_LINK);

	return strncmp(name, MODEL_BEST_LINK, n) == 0 &&
	    (name[n] == '\0' || strcmp(name + n, ".h5") == 0);
}

const struct model_snapshot *
model_snapshot_at(const struct model_snapshots *s, double epoch)
{
	const struct model_snapshot *best = NULL;
	double gap = INFINITY, half = 0.5, d;
	size_t i;

	if (s->n == 0) {
		err_set(ERR_MISSING, "no snapshots");
		return NULL;
	}
	if (epoch < 0)
		return &s->v[s->n - 1];
	for (i = 0; i < s->n; i++) {
		d = fabs(s->v[i].epoch - epoch);
		if (s->v[i].epoch >= 0 && d < gap) {
			gap = d;
			best = &s->v[i];
		}
	}
	for (i = 1; i < s->n; i++) {
		d = (s->v[i].epoch - s->v[i - 1].epoch) / 2;
		if (d > 0 && d < half)
			half = d;
	}
	if (best != NULL && gap <= half)
		return best;
	if (best == NULL)
		err_set(ERR_MISSING, "epochs of the snapshots are not known");
	else
		err_set(ERR_MISSING, "no snapshot of epoch %g (nearest: %g)",
		    epoch, best->epoch);
	return NULL;
}
