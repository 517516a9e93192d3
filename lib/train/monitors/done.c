/* --on-done: see done.h. */
#include "train/monitors/done.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/stop.h"
#include "file/shell/shell.h"

enum { VARIABLES = 16, TEXT_MAX = 1 << 16 };

struct variables {
	struct shell_env v[VARIABLES];
	size_t n;
	struct arena *room;
};

/* NULL: also one that is there by another training's doing is taken away. */
static void
set(struct variables *e, const char *name, const char *value)
{
	e->v[e->n++] = (struct shell_env){ name,
		value != NULL ? arena_strdup(e->room, value) : NULL };
}

static void
set_number(struct variables *e, const char *name, double v, bool known)
{
	char text[NUM_TEXT_MAX];

	set(e, name, known ? num_double_text(text, v) : NULL);
}

static void
set_outputs(struct variables *e, const struct train_result *r)
{
	struct buf b;

	buf_init(&b, TEXT_MAX);
	for (size_t i = 0; i < r->n; i++)
		buf_printf(&b, "%s%s=%.6g", i > 0 ? " " : "", r->v[i].name,
		    r->v[i].value);
	set(e, "NNUTILS_OUTPUTS", r->n > 0 ? buf_str(&b) : NULL);
	buf_clear(&b);
}

static void
set_all(struct variables *e, const char *model, const struct train_result *r,
    const struct err_saved *why)
{
	const bool good = why->code >= 0 || why->code == ERR_GATE;
	const bool stopped = why->code == ERR_STOPPED;
	const bool ran = r->reason != NULL;
	char *real = realpath(model, NULL);

	set(e, "NNUTILS_MODEL", real != NULL ? real : model);
	free(real);
	set(e, "NNUTILS_STATUS", good ? "Done" : stopped ? "Aborted" : "Error");
	set_number(e, "NNUTILS_EXIT", err_exit(why->code), true);
	set(e, "NNUTILS_REASON", r->reason);
	set(e, "NNUTILS_ERROR", why->code < 0 && !stopped ? why->text : NULL);
	set_number(e, "NNUTILS_ITERATION", (double)r->iter, ran);
	set_number(e, "NNUTILS_EPOCH", r->epoch, ran);
	set_number(e, "NNUTILS_SECONDS", r->seconds, ran);
	set(e, "NNUTILS_SNAPSHOT", r->snapshot);
	set_number(e, "NNUTILS_BEST_ITERATION", (double)r->best_iter,
	    ran && r->best_iter >= 0);
	set_number(
	    e, "NNUTILS_BEST_SCORE", r->best_score, ran && r->best_iter >= 0);
	set_outputs(e, r);
}

int
done_run(const char *command, const char *model, const struct train_result *r,
    int rc)
{
	const char *const words[] = { "-c", command, NULL };
	struct variables e = { .room = arena_new() };
	struct err_saved why;
	int status;

	err_save(&why, rc);
	set_all(&e, model, r, &why);
	stop_hold(1); /* a training that was told to stop has its say, too */
	status = shell_run(words, e.v, e.n, false);
	stop_hold(0);
	if (status < 0)
		log_warn("--on-done: %s", err_text());
	else if (status > 0)
		log_warn(
		    "--on-done: '%s' ended with status %d", command, status);
	arena_free(e.room);
	return err_restore(&why);
}
