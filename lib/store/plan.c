/* The files of a pull: see plan.h. */
#include "store/plan.h"

#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/path.h"

static struct plan_file *
find_file(struct pull_plan *p, const char *name)
{
	size_t i;

	for (i = 0; i < p->n; i++)
		if (strcmp(p->v[i].name, name) == 0)
			return &p->v[i];
	return NULL;
}

static struct plan_file *
add_file(struct pull_plan *p, const char *name)
{
	struct plan_file *f = find_file(p, name);

	if (f != NULL)
		return f;
	p->v = mem_realloc(p->v, p->n + 1, sizeof(*p->v));
	f = &p->v[p->n++];
	memset(f, 0, sizeof(*f));
	f->name = mem_strdup(name);
	return f;
}

static void
add_named(struct pull_plan *p, const struct store_model *m)
{
	struct model_files named;
	size_t i;

	model_files_named(&named, &m->info);
	for (i = 0; i < named.n; i++) {
		struct plan_file *f = add_file(p, named.name[i]);

		f->named = 1;
		f->required = named.required[i];
	}
	model_files_free(&named);
	if (m->logo != NULL)
		add_file(p, m->logo)->named = 1;
	if (m->aux_doc.text != NULL)
		add_file(p, "license.txt"); /* where DIGITS's page links to */
}

/* Is there another file of this name but for the case of its letters? */
static const char *
clash(const struct pull_plan *p, size_t i)
{
	size_t k;

	for (k = 0; k < i; k++)
		if (strcasecmp(p->v[k].name, p->v[i].name) == 0)
			return p->v[k].name;
	return NULL;
}

int
pull_plan_make(struct pull_plan *p, const struct store_model *m,
    const struct manifest_model *offered, const struct manifest_model *locked)
{
	size_t i;

	memset(p, 0, sizeof(*p));
	for (i = 0; offered != NULL && i < offered->n; i++)
		add_file(p, offered->v[i].name);
	add_named(p, m);
	add_file(p, "info.json")->text = m->info_doc.text;
	if (m->aux_doc.text != NULL)
		add_file(p, "aux.json")->text = m->aux_doc.text;
	for (i = 0; i < p->n; i++) {
		struct plan_file *f = &p->v[i];

		TRY(path_check_inside(f->name));
		if (f->name[0] == '.')
			return err_set(ERR_REFUSED,
			    "'%s' is not the name of a model's file", f->name);
		if (clash(p, i) != NULL)
			return err_set(ERR_REFUSED,
			    "'%s' and '%s' are one file where case does not count",
			    clash(p, i), f->name);
		f->known = offered != NULL
		    ? manifest_file_find(offered, f->name)
		    : manifest_file_find(locked, f->name);
		if (f->known != NULL || (offered == NULL && locked == NULL))
			continue;
		/* not in the manifest, or not there at the pull before */
		if (f->required && offered != NULL)
			return err_set(ERR_REFUSED,
			    "manifest.json does not have %s", f->name);
		f->state = PLAN_MISSING;
		f->text = NULL;
	}
	return 0;
}

void
pull_plan_free(struct pull_plan *p)
{
	size_t i;

	for (i = 0; i < p->n; i++)
		mem_free(p->v[i].name);
	mem_free(p->v);
	memset(p, 0, sizeof(*p));
}

uint64_t
pull_plan_bytes(const struct pull_plan *p)
{
	uint64_t n = 0;
	size_t i;

	for (i = 0; i < p->n; i++) {
		if (p->v[i].state != PLAN_FETCH)
			continue;
		if (p->v[i].known == NULL)
			return 0;
		n += p->v[i].known->size;
	}
	return n;
}
