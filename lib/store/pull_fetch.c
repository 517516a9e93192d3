/*
 * Every file of a pull's plan into its staging folder: from an earlier pull,
 * from the documents that were read already, from a folder, over the network.
 * See pull_int.h.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/progress.h"
#include "file/file.h"
#include "file/sniff.h"
#include "http/http.h"
#include "store/pull_int.h"

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

/* ---- what an earlier pull left ------------------------------------------ */

/* A file of an earlier pull with damaged blocks: only those come again.  1: it
 * is whole in the stage now; 0: it has to be fetched. */
static int
mend_file(struct pull *p, struct plan_file *f, const char *old, const char *new)
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
keep_file(struct pull *p, struct plan_file *f)
{
	char *old = path_join(p->target, f->name);
	char *new = path_join(p->stage, f->name);
	struct manifest_file is = { 0 };
	int kept = 0, right = 0;

	if (f->state == PLAN_FETCH && f->known != NULL && file_exists(old) &&
	    manifest_file_read(&is, old, 0) == 0) {
		right = strcmp(is.sha256, f->known->sha256) == 0;
		f->in_place = right && p->repair;
		if (f->in_place) {
			kept = 1;
		} else {
			unlink(new);
			kept = right
			    ? link(old, new) == 0 || file_copy(old, new) == 0
			    : mend_file(p, f, old, new);
		}
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

int
pull_keep(struct pull *p)
{
	struct stat st;
	size_t i, want = 0, right = 0;

	if (!file_exists(p->target))
		return 0;
	if (lstat(p->target, &st) != 0 || !S_ISDIR(st.st_mode))
		return err_set(ERR_REFUSED, "%s is not a folder", p->target);
	if (p->locked == NULL && !p->o->force)
		return err_set(ERR_REFUSED,
		    "%s exists and is not in models.lock (--force replaces it)",
		    p->target);
	p->repair = !p->o->force;
	for (i = 0; i < p->plan.n; i++) {
		want += p->plan.v[i].state != PLAN_MISSING;
		right += (size_t)keep_file(p, &p->plan.v[i]);
	}
	if (right != want && p->o->force) {
		p->staged = 1; /* with what is there: nothing is lost with it */
		TRY(pull_may_replace(p));
	}
	return right == want;
}

/* ---- what has to come --------------------------------------------------- */

/* Servers answer with a page where they should say 404, and copies of what they
 * answered hold it. */
static bool
drop_page(struct plan_file *f, const char *path)
{
	if (f->required || f->known != NULL || !sniff_is_page(path) ||
	    unlink(path) != 0)
		return false;
	log_warn("%s: is an HTML page: missing", f->name);
	f->state = PLAN_MISSING;
	return true;
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
	if (drop_page(f, r->path))
		return 0;
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
		rc = f->required ? file_absent(from, "%s: no such file", from)
				 : 0;
		goto done;
	}
	rc = file_copy(from, to);
	if (rc == 0 && drop_page(f, to))
		goto done;
	if (rc == 0)
		rc = manifest_file_read(&is, to, 0);
	if (rc == 0 && f->known != NULL &&
	    strcmp(is.sha256, f->known->sha256) != 0)
		rc = err_set(ERR_REFUSED,
		    "%s has the digest %s instead of the promised %s", from,
		    is.sha256, f->known->sha256);
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
			    "%s has the digest %s instead of the promised %s",
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

int
pull_fetch(struct pull *p)
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
