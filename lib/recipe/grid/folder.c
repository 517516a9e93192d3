/* The folder of a sweep and its sweep.json: see grid_int.h and
 * model/sweeps/sweep.h. */
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/path.h"
#include "file/file.h"
#include "file/lock.h"
#include "file/replace.h"
#include "json/json.h"
#include "model/model.h"
#include "model/product.h"
#include "model/sweeps/sweep.h"
#include "recipe/grid/grid_int.h"

enum { FILE_BYTES = 64 << 20, VERSION = 1 };

/* ---- members -------------------------------------------------------------- */

int
grid_state(enum grid_state *out, const char *dir, const char *name)
{
	char *path = path_join(dir, name), **names = NULL;
	struct model_info info;
	size_t n = 0;
	int rc = file_look_dir(path);

	*out = GRID_NONE;
	if (rc > 0) /* an empty one, as made for a job, was not begun */
		rc = file_list(&names, &n, path);
	if (rc >= 0 && n > 0) {
		model_info_init(&info);
		rc = model_info_read(&info, path);
		*out = rc >= 0 && info.status != NULL &&
			strcmp(info.status, "Done") == 0
		    ? GRID_DONE
		    : GRID_BEGUN;
		model_info_clear(&info);
		if (rc == ERR_MISSING)
			rc = err_set(
			    ERR_REFUSED, "%s is there, and is no model", path);
	}
	file_list_free(names, n);
	mem_free(path);
	return rc < 0 ? rc : 0;
}

/* ---- then and now --------------------------------------------------------- */

struct compare {
	const struct grid_plan *plan;
	const struct json *then;
	const char *dir;
	int rc;
};

static int
differ(const char *dir, const char *option, const char *then, const char *now)
{
	static const char what_helps[] =
	    "-f replaces it, another -o leaves it as it is";

	if (then == NULL)
		return err_set(ERR_REFUSED,
		    "%s is a sweep that was begun without --%s, not with %s: %s",
		    dir, option, now != NULL ? now : "", what_helps);
	return err_set(ERR_REFUSED,
	    "%s is a sweep that was begun with --%s %s, not %s%s: %s", dir,
	    option, then, now != NULL ? "with " : "without",
	    now != NULL ? now : "", what_helps);
}

static void
compare_given(void *ctx, const struct prog_given *g)
{
	struct compare *c = ctx;
	const char *then = json_str(c->then, g->name, NULL);

	if (c->rc >= 0 && grid_lasting(c->plan, g->name) &&
	    (then == NULL || strcmp(then, g->text) != 0))
		c->rc = differ(c->dir, g->name, then, g->text);
}

/* What was given then, and is not now. */
static int
compare_gone(const struct compare *c)
{
	for (const struct json *o = json_first(c->then); o != NULL;
	     o = json_next(o))
		if (prog_given(json_key(o)) == NULL)
			return differ(c->dir, json_key(o), json_text(o), NULL);
	return 0;
}

static int
compare_axes(
    const struct grid_plan *p, const struct json *axes, const char *dir)
{
	const struct json *a = axes != NULL ? json_first(axes) : NULL;

	for (size_t i = 0; i < p->naxes || a != NULL; i++) {
		const struct json *values =
		    a != NULL ? json_find(a, "values") : NULL;
		const char *then = a != NULL ? json_str(a, "option", "") : "";
		bool same = i < p->naxes && values != NULL &&
		    json_length(values) == p->axis[i].n &&
		    strcmp(then, p->axis[i].option) == 0;

		for (size_t k = 0; same && k < p->axis[i].n; k++) {
			const char *v = json_text(json_at(values, k));

			same = v != NULL && strcmp(v, p->axis[i].value[k]) == 0;
		}
		if (!same)
			return err_set(ERR_REFUSED,
			    "%s is a sweep of other values of --%s: -f replaces it, another -o leaves it as it is",
			    dir, i < p->naxes ? p->axis[i].option : then);
		a = json_next(a);
	}
	return 0;
}

static int
compare_sweep(const struct grid_plan *p, const char *dir)
{
	struct compare c = { .plan = p, .dir = dir };
	struct model_sweep s;
	int rc = model_sweep_read(&s, dir);

	c.then = rc >= 0 ? json_find(s.doc, "options") : NULL;
	if (rc >= 0)
		rc = compare_axes(p, json_find(s.doc, "axes"), dir);
	if (rc >= 0 && c.then != NULL) {
		prog_given_each(compare_given, &c);
		rc = c.rc < 0 ? c.rc : compare_gone(&c);
	}
	model_sweep_clear(&s);
	return rc;
}

/* ---- what -f may remove --------------------------------------------------- */

/* make or Slurm may be training a member. */
static int
check_idle(const char *member)
{
	int fd = lock_now(member);

	if (fd >= 0)
		close(fd);
	return fd < 0 ? fd : 0;
}

/* All that models of members hold. */
static int
judge_folder(struct replace_names *more, const char *dir, const void *ctx)
{
	struct model_sweep s;
	int rc = model_sweep_read(&s, dir);

	(void)ctx;
	for (size_t i = 0; rc >= 0 && i < s.n; i++) {
		struct replace_names own = { 0 };
		char *path = path_join(dir, s.v[i].name);
		enum grid_state state;

		rc = grid_state(&state, dir, s.v[i].name);
		if (rc >= 0 && state != GRID_NONE)
			rc = check_idle(path);
		if (rc >= 0 && state != GRID_NONE)
			rc = model_kind.judge(&own, path, model_kind.ctx);
		for (size_t k = 0; k < own.n; k++) {
			char *rel = mem_printf("%s/%s", s.v[i].name, own.v[k]);

			replace_name_add(more, rel);
			mem_free(rel);
		}
		replace_names_clear(&own);
		mem_free(path);
	}
	model_sweep_clear(&s);
	return rc < 0 ? rc : 0;
}

/* Patterns of the files of a model, one folder down. */
static int
check_replaced(const char *dir)
{
	struct replace_kind kind = { "sweep", NULL, judge_folder, NULL };
	size_t n = 0;
	char **names;
	int rc;

	while (model_kind.names[n] != NULL)
		n++;
	names = mem_array(char *, n + 2);
	names[0] = mem_strdup(MODEL_SWEEP_FILE);
	for (size_t i = 0; i < n; i++)
		names[i + 1] = mem_printf("*/%s", model_kind.names[i]);
	kind.names = (const char *const *)names;
	rc = replace_check(dir, &kind);
	for (size_t i = 0; i <= n; i++)
		mem_free(names[i]);
	mem_free(names);
	return rc;
}

int
grid_folder_check(const struct grid_plan *p, const char *dir, bool force)
{
	char **names = NULL;
	size_t n = 0;
	int there = file_look_dir(dir), rc;

	if (there == 0)
		return file_refuse(dir, "it is no folder");
	TRY(there);
	rc = file_list(&names, &n, dir);
	file_list_free(names, n);
	if (rc < 0 || n == 0)
		return rc;
	there = model_sweep_there(dir);
	TRY(there);
	if (there == 0)
		return err_set(ERR_REFUSED, "%s exists and is no sweep", dir);
	return force ? check_replaced(dir) : compare_sweep(p, dir);
}

/* Locked until it is gone. */
static int
remove_member(const char *path)
{
	int fd, rc;

	if (!file_is_dir(path))
		return file_remove_tree(path);
	fd = lock_now(path);
	TRY(fd);
	rc = file_remove_tree(path);
	close(fd);
	return rc;
}

int
grid_folder_empty(const char *dir)
{
	struct model_sweep s;
	char *path;
	int rc;

	if (model_sweep_there(dir) <= 0)
		return 0;
	TRY(check_replaced(dir)); /* once more: time has passed */
	rc = model_sweep_read(&s, dir);
	for (size_t i = 0; rc >= 0 && i < s.n; i++) {
		path = path_join(dir, s.v[i].name);
		rc = remove_member(path);
		mem_free(path);
	}
	path = path_join(dir, MODEL_SWEEP_FILE);
	if (rc >= 0)
		rc = file_remove_tree(path);
	mem_free(path);
	model_sweep_clear(&s);
	return rc;
}

/* ---- writing -------------------------------------------------------------- */

struct writing {
	struct json_w *w;
	const struct grid_plan *plan;
};

static void
write_option(void *ctx, const struct prog_given *g)
{
	const struct writing *o = ctx;

	if (grid_lasting(o->plan, g->name))
		json_w_kstr(o->w, g->name, g->text);
}

static void
write_axes(struct json_w *w, const struct grid_plan *p)
{
	json_w_key(w, "axes");
	json_w_array(w);
	for (size_t i = 0; i < p->naxes; i++) {
		json_w_object(w);
		json_w_kstr(w, "option", p->axis[i].option);
		json_w_key(w, "values");
		json_w_array(w);
		for (size_t k = 0; k < p->axis[i].n; k++)
			json_w_str(w, p->axis[i].value[k]);
		json_w_array_end(w);
		json_w_object_end(w);
	}
	json_w_array_end(w);
}

static void
write_sweep(
    struct json_w *w, const struct grid_plan *p, const struct grid_result *r)
{
	struct writing o = { w, p };

	json_w_object(w);
	json_w_kstr(w, "kind", "sweep");
	json_w_kint(w, "version", VERSION);
	json_w_kstr(w, "command", prog_command());
	json_w_key(w, "options");
	json_w_object(w);
	prog_given_each(write_option, &o);
	json_w_object_end(w);
	write_axes(w, p);
	json_w_key(w, "members");
	json_w_array(w);
	for (size_t i = 0; i < p->n; i++) {
		json_w_object(w);
		json_w_kstr(w, "name", p->v[i].name);
		grid_result_write(w, p, &r[i]);
		json_w_object_end(w);
	}
	json_w_array_end(w);
	json_w_object_end(w);
}

int
grid_folder_write(
    const struct grid_plan *p, const struct grid_result *r, const char *dir)
{
	char *path = path_join(dir, MODEL_SWEEP_FILE);
	struct json_w w;
	struct buf b;
	int rc;

	buf_init(&b, FILE_BYTES);
	json_w_init(&w, &b, 4);
	write_sweep(&w, p, r);
	rc = json_w_end(&w);
	if (rc >= 0)
		rc = buf_addc(&b, '\n');
	if (rc >= 0)
		rc = file_write(path, buf_str(&b), b.len, 1);
	buf_clear(&b);
	mem_free(path);
	return rc;
}
