/* A pulled model gets its name and its line in models.lock: see pull_int.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/path.h"
#include "file/file.h"
#include "file/file_swap.h"
#include "file/lock.h"
#include "json/mark.h"
#include "model/product.h"
#include "store/pull_int.h"

/* What was got, as models.lock has it. */
static int
result_make(struct pull *p, struct manifest_model *got)
{
	size_t i;

	got->dir = mem_strdup(p->name);
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

/* The files of an earlier pull, or those of any model. */
static int
judge_folder(struct replace_names *more, const char *dir, const void *ctx)
{
	const struct manifest_model *was = ctx;

	for (size_t i = 0; was != NULL && i < was->n; i++)
		replace_name_add(more, was->v[i].name);
	if (was == NULL)
		return model_kind.judge(more, dir, NULL);
	mark_name(more, dir);
	return 0;
}

static struct replace_kind
kind_of(const struct pull *p)
{
	return (struct replace_kind){ model_kind.what, model_kind.names,
		judge_folder, manifest_find(p->lock, p->name) };
}

int
pull_may_replace(const struct pull *p)
{
	const struct replace_kind kind = kind_of(p);

	return replace_check(p->target, &kind);
}

void
pull_mend(const struct pull *p)
{
	const struct replace_kind kind = kind_of(p);

	file_swap_mend(p->target, p->o->force ? &kind : NULL);
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

/* The old model is locked, and judged once more. */
static int
replace(struct pull *p)
{
	char *old = NULL;
	int fd, rc;

	if (!p->o->force)
		return err_set(ERR_REFUSED, "%s exists", p->target);
	fd = lock_now(p->target);
	TRY(fd);
	rc = pull_may_replace(p);
	if (rc == 0)
		rc = file_swap(&old, p->stage, p->target);
	/* A leftover that cannot be removed harms nobody. */
	if (rc == 0)
		(void)!file_remove_tree(old);
	mem_free(old);
	close(fd);
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
	TRY(stage_tidy(p));
	if (renameat2(
		AT_FDCWD, p->stage, AT_FDCWD, p->target, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EEXIST && errno != EINVAL && errno != ENOSYS)
		return err_sys("rename to %s", p->target);
	if (file_exists(p->target))
		return replace(p);
	return rename(p->stage, p->target) != 0
	    ? err_sys("rename to %s", p->target)
	    : 0;
}

/* Each file that came takes its place; each is whole at every moment. */
static int
repair(struct pull *p)
{
	size_t i;
	int rc = 0;

	for (i = 0; i < p->plan.n && rc == 0; i++) {
		const struct plan_file *f = &p->plan.v[i];
		char *from, *to;

		if (f->state != PLAN_HERE || f->in_place)
			continue;
		from = path_join(p->stage, f->name);
		to = path_join(p->target, f->name);
		if (rename(from, to) != 0)
			rc = err_sys("replace %s", to);
		mem_free(from);
		mem_free(to);
	}
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
	rc = lock_wait(fd, p->o->out, "another process is writing models.lock");
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
int
pull_place(struct pull *p)
{
	struct manifest_model got = { 0 };
	int rc;

	rc = result_make(p, &got);
	if (rc == 0 && !p->r->was_there) {
		rc = lock_write(p, &got);
		if (rc == 0)
			rc = p->repair ? repair(p) : publish(p);
	}
	if (rc == 0)
		rc = file_remove_tree(p->stage);
	manifest_model_clear(&got);
	return rc;
}
