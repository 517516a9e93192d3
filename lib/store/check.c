/* Is all of a store right?  See index.h. */
#include <stdlib.h>
#include <string.h>

#include "base/alias.h"
#include "base/mem.h"
#include "base/stop.h"
#include "base/tidy.h"
#include "file/file.h"
#include "model/check.h"
#include "store/index.h"
#include "store/pull.h"

struct checking {
	void (*problem)(void *ctx, const char *path, const char *what);
	void *ctx;
	const char *model; /* whose files are looked at */
	int n;
};

static void
report_file(struct checking *c, const char *path, const char *what)
{
	c->n++;
	c->problem(c->ctx, path, what);
}

static void
file_report(void *ctx, const char *file, const char *what)
{
	struct checking *c = ctx;
	char *path = mem_printf("%s/%s", c->model, file);

	report_file(c, path, what);
	mem_free(path);
}

static void
missing(void *ctx, const struct store_model *m, const char *file)
{
	(void)m;
	file_report(ctx, file, "is missing");
}

/* What was pulled is named as the store has it. */
static int
loads(struct checking *c, const char *path, const struct store *s)
{
	struct model *m = NULL;
	char *shown = mem_printf("%s/%s", s->label, c->model);
	int rc;

	alias_add(path, shown);
	mem_free(shown);
	rc = model_open(&m, path, MODEL_NEWEST);
	if (rc < 0)
		report_file(c, c->model, err_text());
	else
		rc = model_check(m, file_report, c);
	model_close(m);
	alias_drop(path);
	return rc == ERR_IO || rc == ERR_STOPPED ? rc : 0;
}

static int
model_one(struct checking *c, struct http *h, struct store *s,
    struct store_model *m, const char *temp, const char *verify)
{
	const struct pull_options o = {
		.out = temp,
		.verify = verify,
		.missing = missing,
		.ctx = c,
	};
	struct pull_result r = { 0 };
	int rc = 0;

	c->model = m->dir;
	if (m->rc < 0) {
		report_file(c, m->dir, m->error.text);
		return 0;
	}
	rc = store_pull(&r, h, s, m, &o);
	if (rc == ERR_STOPPED || rc == ERR_IO)
		goto done;
	if (rc < 0)
		report_file(c, m->dir, err_text());
	rc = rc < 0 ? 0 : loads(c, r.path, s);
	if (r.path != NULL && file_exists(r.path))
		rc = file_remove_tree(r.path);
done:
	mem_free(r.path);
	return rc;
}

/* Models of the manifest that master.json does not show. */
static void
hidden_report(struct checking *c, const struct store *s)
{
	size_t i, j;

	for (i = 0; s->manifest != NULL && i < s->manifest->n; i++) {
		for (j = 0; j < s->models.n; j++)
			if (strcmp(s->models.v[j].dir, s->manifest->v[i].dir) ==
			    0)
				break;
		if (j == s->models.n)
			report_file(c, s->manifest->v[i].dir,
			    "in manifest.json, but not in master.json");
	}
	for (j = 0; s->manifest != NULL && j < s->models.n; j++)
		if (s->models.v[j].rc == 0 &&
		    manifest_find(s->manifest, s->models.v[j].dir) == NULL)
			report_file(c, s->models.v[j].dir,
			    "in master.json, but not in manifest.json");
}

int
store_check(struct http *h, const char *url, const char *verify,
    void (*problem)(void *ctx, const char *path, const char *what), void *ctx)
{
	const char *env = getenv("TMPDIR");
	const char *tmp = env != NULL && env[0] != '\0' ? env : "/tmp";
	char *temp = mem_printf("%s/nnutils-check-XXXXXX", tmp);
	struct checking c = { .problem = problem, .ctx = ctx };
	struct store_options o;
	struct stores *all = NULL;
	size_t i;
	int rc;

	store_options_init(&o);
	o.cache = "";
	rc = stores_list(&all, h, &url, 1, &o);
	if (rc == 0 && all->v[0].rc < 0)
		rc = err_restore(&all->v[0].error);
	if (rc == 0)
		rc = file_tmp_folder(temp);
	if (rc < 0)
		goto done;
	alias_add(temp, tmp);
	hidden_report(&c, &all->v[0]);
	for (i = 0; i < all->v[0].models.n && rc == 0; i++)
		rc = stop_asked()
		    ? err_set(ERR_STOPPED, "stopped by %s", stop_reason())
		    : model_one(&c, h, &all->v[0], &all->v[0].models.v[i], temp,
			  verify);
	file_remove_tree(temp);
	tidy_drop(temp);
	alias_drop(temp);
done:
	stores_free(all);
	mem_free(temp);
	return rc < 0 ? rc : c.n;
}
