/* Orders of models: see order.h. */
#include "store/order.h"

#include <string.h>

#include "base/mem.h"
#include "base/path.h"
#include "http/http.h"

/* A model's folder in its store, that folder's last name, info.json's name. */
enum by { BY_DIR, BY_BASE, BY_TITLE };

/* Models that a name can mean, with a store's label in front or without. */
static size_t
matches(struct store_found *f, struct stores *all, const char *name, enum by by)
{
	size_t i, j, n = 0, k;

	for (i = 0; i < all->n; i++)
		for (j = 0; j < all->v[i].models.n; j++) {
			struct store *s = &all->v[i];
			struct store_model *m = &s->models.v[j];
			const char *title = by == BY_TITLE ? m->info.name
			    : by == BY_BASE                ? path_base(m->dir)
							   : m->dir;
			const char *at = name;

			k = strlen(s->label);
			if (strncmp(name, s->label, k) == 0 && name[k] == ':')
				at = name + k + 1;
			if (title == NULL || strcmp(at, title) != 0)
				continue;
			/* listed twice, which store_models_sort has said */
			if (j > 0 && strcmp(m[-1].dir, m->dir) == 0)
				continue;
			f->s = s;
			f->m = m;
			n++;
		}
	return n;
}

int
store_find(struct store_found *f, struct stores *all, const char *name)
{
	size_t n = 0, i;

	for (enum by by = BY_DIR; n == 0 && by <= BY_TITLE; by++)
		n = matches(f, all, name, by);
	if (n == 1)
		return 0;
	if (n > 1)
		return err_set(ERR_USAGE,
		    "%s is in %zu places: write STORE:NAME, both as store-list shows them",
		    name, n);
	for (i = 0; i < all->n; i++)
		if (all->v[i].rc < 0)
			return err_restore(&all->v[i].error);
	return err_set(ERR_MISSING, "no model %s in %s", name,
	    all->n == 1 ? all->v[0].url : "the stores");
}

/* "name@sha256:hex" in two, in place; the pin, or NULL. */
static const char *
pin_split(char *name)
{
	char *at = strstr(name, "@sha256:");

	if (at == NULL)
		return NULL;
	*at = '\0';
	return at + strlen("@sha256:");
}

/* Does the listing know every name?  If not, a cached one may be old. */
static int
all_known(struct stores *all, const struct pull_order *o)
{
	struct store_found f;
	size_t i;
	int known = 1;

	for (i = 0; i < o->n_names && known; i++) {
		char *name = mem_strdup(o->names[i]);

		pin_split(name);
		known = store_find(&f, all, name) == 0;
		mem_free(name);
	}
	return known;
}

static int
any_cached(const struct stores *all)
{
	size_t i;

	for (i = 0; i < all->n; i++)
		if (all->v[i].cached && !all->v[i].down)
			return 1;
	return 0;
}

/* An order on its way. */
struct run {
	struct http *h;
	const struct pull_order *o;
	struct stores *all;
	struct store_found *began; /* models asked for so far */
	size_t n, cap, bad;
};

/* Models are put beside one another by the last names of their folders; a second
 * one of that name would take the place of the first. */
static int
begin(struct run *run, const struct store_found *f)
{
	const char *name = path_base(f->m->dir);
	size_t i;

	for (i = 0; i < run->n; i++)
		if (strcmp(path_base(run->began[i].m->dir), name) == 0)
			break;
	if (i == run->n) {
		mem_grow(&run->began, &run->cap, run->n + 1);
		run->began[run->n++] = *f;
	}
	if (run->began[i].m == f->m)
		return 0;
	return err_set(ERR_REFUSED,
	    "%s: model %s would be %s/%s, as %s of %s is: pull it with another --output",
	    f->s->label, f->m->dir, run->o->pull.out, name,
	    run->began[i].m->dir, run->began[i].s->label);
}

/* 0, 1 when files were missing, or an error. */
static int
pull_one(struct run *run, struct store_found *f, const char *pin)
{
	const struct pull_order *o = run->o;
	struct pull_options options = o->pull;
	struct pull_result r = { 0 };
	int rc;

	options.pin = pin;
	TRY(begin(run, f));
	rc = store_model_refresh(run->h, f->s, f->m);
	if (rc < 0)
		return err_in(rc, "%s: model %s", f->s->label, f->m->dir);
	rc = store_pull(&r, run->h, f->s, f->m, &options);
	if (rc == 0 && o->pulled != NULL)
		rc = o->pulled(o->ctx, f->s, f->m, &r);
	if (rc == 0 && r.missing > 0)
		rc = 1;
	mem_free(r.path);
	return rc;
}

static int
pull_named(struct run *run, const char *operand)
{
	char *name = mem_strdup(operand);
	const char *pin = pin_split(name);
	struct store_found f = { 0 };
	int rc;

	if (pin != NULL && strlen(pin) != 64)
		rc = err_set(ERR_USAGE, "%s: a SHA-256 has 64 digits", operand);
	else
		rc = store_find(&f, run->all, name);
	if (rc == 0)
		rc = pull_one(run, &f, pin);
	mem_free(name);
	return rc;
}

/* One of n: its failure is told and the others go on. */
static int
count_failure(struct run *run, int rc, size_t n)
{
	if (rc == 0 || rc == ERR_STOPPED)
		return rc;
	run->bad++;
	if (rc > 0)
		return 0;
	if (n == 1)
		return rc;
	if (run->o->failed != NULL)
		run->o->failed(run->o->ctx);
	return 0;
}

static int
pull_listed(struct run *run)
{
	const struct pull_order *o = run->o;
	size_t i, j;
	int rc = 0;

	for (i = 0; i < o->n_names && rc == 0; i++)
		rc = count_failure(
		    run, pull_named(run, o->names[i]), o->n_names);
	for (i = 0; o->n_names == 0 && i < run->all->n && rc == 0; i++) {
		struct store *s = &run->all->v[i];

		if (s->rc < 0)
			rc = count_failure(
			    run, err_restore(&s->error), run->all->n);
		for (j = 0; j < s->models.n && rc == 0; j++) {
			struct store_found f = { s, &s->models.v[j] };

			rc = count_failure(run, pull_one(run, &f, NULL), 2);
		}
	}
	if (rc < 0)
		return rc;
	return run->bad == 0
	    ? 0
	    : err_set(ERR_ITEMS,
		  "models that could not be pulled whole, or are damaged: %zu",
		  run->bad);
}

int
store_pull_order(struct http *h, const struct pull_order *o)
{
	struct store_options options;
	struct stores *all = NULL;
	int rc;

	store_options_init(&options);
	options.refresh = o->n_names == 0 && !http_is_offline(h);
	rc = stores_list(&all, h, o->urls, o->n_urls, &options);
	if (rc == 0 && !all_known(all, o) && any_cached(all) &&
	    !http_is_offline(h)) {
		stores_free(all);
		options.refresh = 1;
		rc = stores_list(&all, h, o->urls, o->n_urls, &options);
	}
	if (rc == 0) {
		struct run run = { .h = h, .o = o, .all = all };

		rc = pull_listed(&run);
		mem_free(run.began);
	}
	stores_free(all);
	return rc;
}
