/* Pulling a model: see pull.h. */
#include "store/pull.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/progress.h"
#include "http/http.h"
#include "store/plan.h"
#include "store/sign.h"

struct pull {
	struct http *h;
	struct store *s;
	struct store_model *m;
	const struct pull_options *o;
	struct pull_result *r;
	char *target, *stage, *lock_path;
	int stage_fd; /* locked while we are at it */
	struct manifest *lock;
	const struct manifest_model *offered; /* of the manifest, or NULL */
	const struct manifest_model *locked;  /* of models.lock, or NULL */
	struct pull_plan plan;
};

/* ---- what the store says now -------------------------------------------- */

static int
doc_refresh(struct http *h, const struct store *s, struct store_doc *d,
    const char *dir, const char *name, size_t max)
{
	struct buf b;
	int rc;

	buf_init(&b, max);
	rc = store_read(&b, h, s, dir, name);
	store_doc_clear(d);
	if (rc == 0)
		d->text = buf_steal(&b);
	buf_clear(&b);
	return rc == ERR_MISSING ? 0 : rc;
}

int
store_model_refresh(struct http *h, struct store *s, struct store_model *m)
{
	if (m->rc < 0 && m->rc != ERR_NET)
		return err_restore(&m->error);
	m->rc = 0;
	TRY(doc_refresh(
	    h, s, &s->manifest_doc, NULL, "manifest.json", MANIFEST_MAX));
	TRY(store_manifest_read(s));
	TRY(doc_refresh(
	    h, s, &m->info_doc, m->dir, "info.json", STORE_INFO_MAX));
	TRY(doc_refresh(h, s, &m->aux_doc, m->dir, "aux.json", STORE_INFO_MAX));
	store_model_read(m, s);
	return m->rc < 0 ? err_restore(&m->error) : 0;
}

/* --verify: the manifest must be signed by one of the keys. */
static int
signature_check(struct pull *p)
{
	const char *text = p->s->manifest_doc.text;
	struct buf sig;
	int rc;

	if (p->o->verify == NULL)
		return 0;
	if (text == NULL)
		return err_set(ERR_REFUSED,
		    "the store has no manifest.json, so "
		    "nothing that could be signed");
	buf_init(&sig, 1 << 16);
	rc = store_read(&sig, p->h, p->s, NULL, "manifest.json.sig");
	if (rc == ERR_MISSING)
		rc = err_set(ERR_REFUSED, "manifest.json is not signed");
	if (rc == 0)
		rc = sign_check(
		    p->o->verify, sig.data, sig.len, text, strlen(text));
	buf_clear(&sig);
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
		    "the store has another model under "
		    "this name than models.lock records "
		    "(--force takes it)");
	return 0;
}

/* ---- the staging folder -------------------------------------------------- */

static int
stage_open(struct pull *p)
{
	TRY(file_mkdirs(p->stage));
	p->stage_fd =
	    open(p->stage, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (p->stage_fd < 0)
		return err_sys("open %s", p->stage);
	if (flock(p->stage_fd, LOCK_EX | LOCK_NB) != 0)
		return err_set(
		    ERR_REFUSED, "%s: another process pulls it", p->stage);
	return 0;
}

static void
request_make(struct pull *p, struct http_file *r, const struct plan_file *f);

/* A file of an earlier pull with damaged blocks: only those come again.  1: it
 * is whole in the stage now; 0: it has to be fetched. */
static int
mend(struct pull *p, struct plan_file *f, const char *old, const char *new)
{
	struct http_file r;
	int fd, rc;

	if (p->s->is_dir || f->known->n_blocks == 0 || file_copy(old, new) < 0)
		return 0;
	fd = open(new, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return 0;
	request_make(p, &r, f);
	rc = http_repair(p->h, &r, fd);
	if (rc == 0 && ftruncate(fd, (off_t)f->known->size) != 0)
		rc = -1;
	close(fd);
	if (rc < 0)
		unlink(new);
	mem_free((void *)(uintptr_t)r.url);
	mem_free((void *)(uintptr_t)r.path);
	return rc == 0;
}

/* A file of an earlier pull need not come again, or not all of it.  1: it was
 * right where it is. */
static int
keep(struct pull *p, struct plan_file *f)
{
	char *old = path_join(p->target, f->name);
	char *new = path_join(p->stage, f->name);
	struct manifest_file is = { 0 };
	int kept = 0, right = 0;

	if (f->state == PLAN_FETCH && f->known != NULL && file_exists(old) &&
	    manifest_file_read(&is, old, 0) == 0) {
		right = strcmp(is.sha256, f->known->sha256) == 0;
		unlink(new);
		kept = right ? link(old, new) == 0 || file_copy(old, new) == 0
			     : mend(p, f, old, new);
	}
	if (kept) {
		memcpy(f->sha256, f->known->sha256, sizeof(f->sha256));
		f->size = f->known->size;
		f->state = PLAN_HERE;
	}
	manifest_file_clear(&is);
	mem_free(old);
	mem_free(new);
	return right;
}

/* Is the folder here, complete and right?  Keeps what can be kept. */
static int
keep_all(struct pull *p)
{
	struct stat st;
	size_t i, want = 0, right = 0;

	if (!file_exists(p->target))
		return 0;
	if (lstat(p->target, &st) != 0 || !S_ISDIR(st.st_mode))
		return err_set(ERR_REFUSED, "%s is not a folder", p->target);
	if (p->locked == NULL && !p->o->force)
		return err_set(ERR_REFUSED,
		    "%s exists and is not in "
		    "models.lock (--force replaces it)",
		    p->target);
	for (i = 0; i < p->plan.n; i++) {
		want += p->plan.v[i].state != PLAN_MISSING;
		right += (size_t)keep(p, &p->plan.v[i]);
	}
	return right == want;
}

/* ---- fetching ------------------------------------------------------------ */

static void
on_bytes(void *ctx, int64_t n)
{
	(void)ctx;
	progress_add((uint64_t)n); /* going back wraps around, and is right */
}

static void
request_make(struct pull *p, struct http_file *r, const struct plan_file *f)
{
	memset(r, 0, sizeof(*r));
	r->url = store_place(p->s, p->m->dir, f->name);
	r->path = path_join(p->stage, f->name);
	r->size = UINT64_MAX;
	r->max = p->o->max_size;
	r->of_set = 1;
	r->progress = on_bytes;
	if (f->known == NULL)
		return;
	r->size = f->known->size;
	r->sha256 = f->known->sha256;
	if (f->known->n_blocks > 0) {
		r->block_size = p->s->manifest->block_size;
		r->blocks = (const char *const *)f->known->blocks;
		r->n_blocks = f->known->n_blocks;
	}
}

static int
answer_take(struct pull *p, struct plan_file *f, const struct http_file *r)
{
	p->r->fetched += r->transferred;
	if (r->rc == ERR_MISSING && !f->required) {
		f->state = PLAN_MISSING;
		return 0;
	}
	if (r->rc < 0)
		return err_restore(&r->error);
	memcpy(f->sha256, r->got_sha256, sizeof(f->sha256));
	f->size = r->got;
	f->state = PLAN_HERE;
	log_info("%s: %s", f->name, f->sha256);
	return 0;
}

static int
fetch_network(struct pull *p)
{
	struct http_file *r = mem_array(struct http_file, p->plan.n + 1);
	size_t *of = mem_array(size_t, p->plan.n + 1), i, n = 0;
	int rc = 0, one;

	for (i = 0; i < p->plan.n; i++)
		if (p->plan.v[i].state == PLAN_FETCH) {
			of[n] = i;
			request_make(p, &r[n++], &p->plan.v[i]);
		}
	http_fetch(p->h, r, n);
	for (i = 0; i < n; i++) {
		one = answer_take(p, &p->plan.v[of[i]], &r[i]);
		if (one < 0 && rc == 0)
			rc = one;
		mem_free((void *)(uintptr_t)r[i].url);
		mem_free((void *)(uintptr_t)r[i].path);
	}
	mem_free(of);
	mem_free(r);
	return rc;
}

static int
copy_one(struct pull *p, struct plan_file *f)
{
	char *from = store_place(p->s, p->m->dir, f->name);
	char *to = path_join(p->stage, f->name);
	struct manifest_file is = { 0 };
	int rc;

	if (!file_exists(from)) {
		if (!f->required)
			f->state = PLAN_MISSING;
		rc = f->required
		    ? err_set(ERR_MISSING, "%s: no such file", from)
		    : 0;
		goto done;
	}
	rc = file_copy(from, to);
	if (rc == 0)
		rc = manifest_file_read(&is, to, 0);
	if (rc == 0 && f->known != NULL &&
	    strcmp(is.sha256, f->known->sha256) != 0)
		rc = err_set(ERR_REFUSED,
		    "%s has the digest %s, promised was "
		    "%s",
		    from, is.sha256, f->known->sha256);
	if (rc == 0) {
		memcpy(f->sha256, is.sha256, sizeof(f->sha256));
		f->size = is.size;
		f->state = PLAN_HERE;
		progress_add(is.size);
	}
done:
	manifest_file_clear(&is);
	mem_free(from);
	mem_free(to);
	return rc;
}

static int
fetch_folder(struct pull *p)
{
	size_t i;

	for (i = 0; i < p->plan.n; i++)
		if (p->plan.v[i].state == PLAN_FETCH)
			TRY(copy_one(p, &p->plan.v[i]));
	return 0;
}

/* info.json and aux.json are here already: they only need writing down. */
static int
texts_write(struct pull *p)
{
	size_t i;

	for (i = 0; i < p->plan.n; i++) {
		struct plan_file *f = &p->plan.v[i];
		size_t n;
		char *path;
		int rc;

		if (f->text == NULL || f->state != PLAN_FETCH)
			continue;
		n = strlen(f->text);
		hash_of(HASH_SHA256, f->text, n, f->sha256);
		if (f->known != NULL &&
		    strcmp(f->known->sha256, f->sha256) != 0)
			return err_set(ERR_REFUSED,
			    "%s has the digest %s, "
			    "promised was %s",
			    f->name, f->sha256, f->known->sha256);
		path = path_join(p->stage, f->name);
		rc = file_write(path, f->text, n, 1);
		mem_free(path);
		if (rc < 0)
			return rc;
		f->size = n;
		f->state = PLAN_HERE;
	}
	return 0;
}

static int
fetch(struct pull *p)
{
	uint64_t total = pull_plan_bytes(&p->plan);
	int rc;

	progress_begin(p->m->dir, total, "B");
	rc = texts_write(p);
	if (rc == 0)
		rc = p->s->is_dir ? fetch_folder(p) : fetch_network(p);
	progress_end();
	return rc;
}

/* ---- the end ------------------------------------------------------------- */

/* What was got, as models.lock has it. */
static int
result_make(struct pull *p, struct manifest_model *got)
{
	size_t i;

	got->dir = mem_strdup(p->m->dir);
	got->store = mem_strdup(p->s->url);
	got->v = mem_array(struct manifest_file, p->plan.n + 1);
	for (i = 0; i < p->plan.n; i++) {
		const struct plan_file *f = &p->plan.v[i];

		if (f->state == PLAN_MISSING) {
			if (!f->named)
				continue;
			p->r->missing++;
			if (p->o->missing != NULL)
				p->o->missing(p->o->ctx, p->m, f->name);
			continue;
		}
		got->v[got->n].name = mem_strdup(f->name);
		got->v[got->n].size = f->size;
		memcpy(got->v[got->n].sha256, f->sha256, sizeof(f->sha256));
		got->n++;
		p->r->size += f->size;
	}
	manifest_files_sort(got->v, got->n);
	manifest_digest(got->digest, got->v, got->n);
	memcpy(p->r->digest, got->digest, sizeof(got->digest));
	p->r->files = got->n;
	if (p->o->pin != NULL && strcasecmp(p->o->pin, got->digest) != 0)
		return err_set(ERR_REFUSED, "it has sha256:%s", got->digest);
	return 0;
}

/* Nothing but the files of the plan: no states, nothing of an older plan. */
static int
stage_tidy(struct pull *p)
{
	char **names = NULL;
	size_t i, j, n = 0;
	int rc = file_list(&names, &n, p->stage);

	for (i = 0; i < n && rc == 0; i++) {
		char *path = path_join(p->stage, names[i]);

		for (j = 0; j < p->plan.n; j++)
			if (p->plan.v[j].state == PLAN_HERE &&
			    strcmp(p->plan.v[j].name, names[i]) == 0)
				break;
		if (j == p->plan.n)
			rc = file_remove_tree(path);
		mem_free(path);
	}
	file_list_free(names, n);
	return rc;
}

/*
 * The staging folder becomes the model's.  It is not synced: a power failure
 * soon after may damage it, which the digests of models.lock tell the next
 * pull.  (Syncing would make a pull wait for the disk, which no other
 * downloader does; writing back is begun while the bytes come in.)
 */
static int
publish(struct pull *p)
{
	char *old;
	int rc = 0;

	TRY(stage_tidy(p));
	if (renameat2(
		AT_FDCWD, p->stage, AT_FDCWD, p->target, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno == EEXIST &&
	    renameat2(
		AT_FDCWD, p->stage, AT_FDCWD, p->target, RENAME_EXCHANGE) == 0)
		return file_remove_tree(p->stage); /* the old one */
	if (errno != EINVAL && errno != ENOSYS)
		return err_sys("rename to %s", p->target);
	/* a file system without either: two steps */
	old = mem_printf("%s.old", p->stage);
	if (file_exists(p->target) && rename(p->target, old) != 0)
		rc = err_sys("rename %s", p->target);
	else if (rename(p->stage, p->target) != 0)
		rc = err_sys("rename to %s", p->target);
	if (rc == 0)
		rc = file_remove_tree(old);
	mem_free(old);
	return rc;
}

/* Other pulls may write it meanwhile: one at a time. */
static int
lock_write(struct pull *p, struct manifest_model *got)
{
	struct manifest *lock = NULL;
	int fd = open(p->o->out, O_RDONLY | O_DIRECTORY | O_CLOEXEC), rc;

	if (fd < 0)
		return err_sys("open %s", p->o->out);
	rc = flock(fd, LOCK_EX) != 0 ? err_sys("lock %s", p->o->out) : 0;
	if (rc == 0)
		rc = manifest_read(&lock, p->lock_path);
	if (rc == 0) {
		manifest_put(lock, got);
		rc = manifest_write(lock, p->lock_path);
	}
	manifest_free(lock);
	close(fd);
	return rc;
}

/* The record comes first: a folder without one would be refused later, a
 * record without its folder only says what is to come. */
static int
finish(struct pull *p)
{
	struct manifest_model got = { 0 };
	int rc;

	rc = result_make(p, &got);
	if (rc == 0 && !p->r->was_there) {
		rc = lock_write(p, &got);
		if (rc == 0)
			rc = publish(p);
	}
	if (rc == 0)
		rc = file_remove_tree(p->stage);
	manifest_model_clear(&got);
	return rc;
}

static int
pull(struct pull *p)
{
	int rc;

	TRY(manifest_read(&p->lock, p->lock_path));
	if (!p->o->force)
		p->locked = manifest_find(p->lock, p->m->dir);
	TRY(offer_check(p));
	if (p->o->agree != NULL)
		TRY(p->o->agree(p->o->ctx, p->s, p->m));
	TRY(pull_plan_make(&p->plan, p->m, p->offered, p->locked));
	TRY(stage_open(p));
	rc = keep_all(p);
	if (rc < 0)
		return rc;
	p->r->was_there = rc == 1;
	if (!p->r->was_there)
		TRY(fetch(p));
	return finish(p);
}

/* What was stopped is gone on with; what is wrong is not kept. */
static int
worth_keeping(int rc)
{
	return rc == ERR_NET || rc == ERR_STOPPED || rc == ERR_IO;
}

int
store_pull(struct pull_result *r, struct http *h, struct store *s,
    struct store_model *m, const struct pull_options *o)
{
	struct pull p = {
		.h = h, .s = s, .m = m, .o = o, .r = r, .stage_fd = -1
	};
	int rc;

	memset(r, 0, sizeof(*r));
	rc = file_mkdirs(o->out);
	p.target = path_join(o->out, m->dir);
	p.stage = mem_printf("%s/.%s.pull", o->out, m->dir);
	p.lock_path = path_join(o->out, "models.lock");
	r->path = mem_strdup(p.target);
	if (rc == 0)
		rc = pull(&p);
	if (p.stage_fd >= 0) {
		struct err_saved why;

		err_save(&why, rc);
		if (rc < 0 && !worth_keeping(rc))
			file_remove_tree(p.stage);
		err_restore(&why);
		close(p.stage_fd);
	}
	pull_plan_free(&p.plan);
	manifest_free(p.lock);
	mem_free(p.target);
	mem_free(p.stage);
	mem_free(p.lock_path);
	return rc < 0 ? err_in(rc, "%s: model %s", s->label, m->dir) : 0;
}
