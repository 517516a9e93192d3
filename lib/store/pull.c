/* Pulling a model: see pull.h. */
#include "store/pull.h"

#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/alias.h"
#include "base/mem.h"
#include "base/path.h"
#include "file/file.h"
#include "file/lock.h"
#include "http/http.h"
#include "store/pull_int.h"
#include "store/sign.h"

/* ---- what the store says now -------------------------------------------- */

int
store_model_refresh(struct http *h, struct store *s, struct store_model *m)
{
	if (m->rc < 0 && (m->rc != ERR_NET || !s->cached))
		return err_restore(&m->error);
	if (!s->cached)
		return 0;
	m->rc = 0;
	return store_ask_again(h, s, m);
}

/* --verify: the manifest must be signed by one of the keys. */
static int
signature_check(struct pull *p)
{
	const char *text = p->s->manifest_doc.text;
	struct buf sig;
	int rc;

	if (p->o->verify == NULL ||
	    (p->s->verified != NULL &&
		strcmp(p->s->verified, p->o->verify) == 0))
		return 0;
	if (text == NULL)
		return err_set(ERR_REFUSED,
		    "the store has no manifest.json, so nothing that could be signed");
	buf_init(&sig, 1 << 16);
	rc = store_read(&sig, p->h, p->s, NULL, "manifest.json.sig");
	if (rc == ERR_MISSING)
		rc = err_set(ERR_REFUSED, "manifest.json is not signed");
	if (rc == 0)
		rc = sign_check(
		    p->o->verify, sig.data, sig.len, text, strlen(text));
	buf_clear(&sig);
	if (rc == 0)
		model_set(&p->s->verified, p->o->verify);
	return rc;
}

/* Is what the store offers what was asked for, and what it was before? */
static int
offer_check(struct pull *p)
{
	TRY(signature_check(p));
	p->offered = manifest_find(p->s->manifest, p->m->dir);
	if (p->o->verify != NULL && p->offered == NULL)
		return err_set(ERR_REFUSED, "not in the signed manifest");
	if (p->o->pin != NULL && p->offered != NULL &&
	    strcasecmp(p->o->pin, p->offered->digest) != 0)
		return err_set(
		    ERR_REFUSED, "the store has sha256:%s", p->offered->digest);
	if (p->offered != NULL && p->locked != NULL &&
	    strcmp(p->offered->digest, p->locked->digest) != 0)
		return err_set(ERR_REFUSED,
		    "the store has another model under this name than models.lock records (--force takes it)");
	return 0;
}

/* ---- one pull ------------------------------------------------------------ */

/* The lock comes first: what models.lock says, and whether the target is there,
 * may change while another process pulls the same model. */
static int
pull(struct pull *p)
{
	int rc;

	TRY(lock_folder(
	    &p->stage_fd, p->stage, "another process is pulling it"));
	TRY(manifest_read(&p->lock, p->lock_path));
	pull_mend(p);
	if (!p->o->force)
		p->locked = manifest_find(p->lock, p->name);
	TRY(offer_check(p));
	if (p->o->agree != NULL)
		TRY(p->o->agree(p->o->ctx, p->s, p->m));
	TRY(pull_plan_make(&p->plan, p->m, p->offered, p->locked));
	rc = pull_keep(p);
	if (rc < 0)
		return rc;
	p->staged = 1;
	p->r->was_there = rc == 1;
	if (!p->r->was_there)
		TRY(pull_fetch(p));
	return pull_place(p);
}

/* What was stopped is gone on with; what is wrong is not kept. */
static int
worth_keeping(int rc)
{
	return rc == ERR_NET || rc == ERR_STOPPED || rc == ERR_IO;
}

/* An empty stage goes too: nothing was begun. */
static void
stage_leave(struct pull *p, int rc)
{
	struct err_saved why;

	if (p->stage_fd < 0)
		return;
	err_save(&why, rc);
	if (rc < 0 && p->staged && !worth_keeping(rc))
		file_remove_tree(p->stage);
	else if (rc < 0)
		rmdir(p->stage);
	err_restore(&why);
	close(p->stage_fd);
}

int
store_pull(struct pull_result *r, struct http *h, struct store *s,
    struct store_model *m, const struct pull_options *o)
{
	struct pull p = {
		.h = h, .s = s, .m = m, .o = o, .r = r, .stage_fd = -1
	};
	const char *name = path_base(m->dir);
	int rc;

	memset(r, 0, sizeof(*r));
	rc = file_mkdirs(o->out);
	p.name = name;
	p.target = path_join(o->out, name);
	p.stage = mem_printf("%s/.%s.pull", o->out, name);
	alias_add(p.stage, p.target);
	p.lock_path = path_join(o->out, "models.lock");
	r->path = mem_strdup(p.target);
	if (rc == 0)
		rc = pull(&p);
	stage_leave(&p, rc);
	pull_plan_free(&p.plan);
	manifest_free(p.lock);
	mem_free(p.target);
	alias_drop(p.stage);
	mem_free(p.stage);
	mem_free(p.lock_path);
	return rc < 0 ? err_in(rc, "%s: model %s", s->label, m->dir) : 0;
}
