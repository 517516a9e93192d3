/* Making a store of a folder: see index.h. */
#include "store/index.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/path.h"
#include "base/queue.h"
#include "file/file.h"
#include "file/lock.h"
#include "json/json.h"
#include "store/sign.h"

struct indexing {
	const char *dir;
	const struct index_options *o;
	struct manifest *m;
	struct store s; /* the models, for checks and the page */
	struct job {
		struct manifest_file *file;
		char *path;
		struct err_saved error;
	} * jobs;
	size_t n_jobs, cap_jobs;
};

static void
problem(const struct indexing *x, const char *path, const char *what)
{
	if (x->o->problem != NULL)
		x->o->problem(x->o->ctx, path, what);
}

static int
text_read(struct store_doc *d, const char *dir, const char *name)
{
	char *path = path_join(dir, name);
	struct buf b;
	int rc;

	buf_init(&b, STORE_INFO_MAX);
	rc = file_read(&b, path);
	if (rc == 0)
		d->text = buf_steal(&b);
	buf_clear(&b);
	mem_free(path);
	return rc == ERR_MISSING ? 0 : rc;
}

static bool
is_link(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 && S_ISLNK(st.st_mode);
}

/* The plain files of a model's folder; others are named and left out. */
static int
files_find(struct indexing *x, struct manifest_model *mm, const char *dir)
{
	char **names = NULL;
	size_t i, n = 0;
	struct stat st;
	int rc = file_list(&names, &n, dir);

	mm->v = mem_array(struct manifest_file, n + 1);
	for (i = 0; i < n && rc == 0; i++) {
		char *path = path_join(dir, names[i]);

		if (names[i][0] == '.' ||
		    (model_is_best_link(names[i]) && is_link(path))) {
			mem_free(path);
			continue;
		}
		if (lstat(path, &st) != 0) {
			rc = err_sys("stat %s", path);
		} else if (!S_ISREG(st.st_mode)) {
			problem(x, path, "not a file: left out");
		} else if (path_check_inside(names[i]) < 0) {
			problem(x, path, err_text());
		} else {
			mm->v[mm->n++].name = mem_strdup(names[i]);
		}
		mem_free(path);
	}
	file_list_free(names, n);
	return rc;
}

/* Names that info.json gives and the folder has not. */
static void
named_check(struct indexing *x, const struct store_model *sm,
    const struct manifest_model *mm)
{
	struct model_files f;
	size_t i;

	model_files_named(&f, &sm->info);
	for (i = 0; i < f.n; i++)
		if (manifest_file_find(mm, f.name[i]) == NULL) {
			char *path = mem_printf("%s/%s", mm->dir, f.name[i]);

			problem(x, path, "named in info.json, but missing");
			mem_free(path);
		}
	model_files_free(&f);
}

static int
model_add(struct indexing *x, const char *name, const char *dir)
{
	struct store_model *sm = store_model_add(&x->s, name);
	struct manifest_model *mm;
	int rc;

	rc = text_read(&sm->info_doc, dir, "info.json");
	if (rc == 0)
		rc = text_read(&sm->aux_doc, dir, "aux.json");
	if (rc < 0) {
		sm->rc = rc;
		err_save(&sm->error, rc);
	}
	store_model_read(sm, &x->s);
	if (sm->rc < 0) {
		problem(x, name, sm->error.text);
		x->s.models.n--; /* the last one: left out */
		store_model_drop(sm);
		return 0;
	}
	mm = &x->m->v[x->m->n++];
	mm->dir = mem_strdup(name);
	rc = files_find(x, mm, dir);
	if (rc == 0)
		named_check(x, sm, mm);
	return rc;
}

static int
models_find(struct indexing *x)
{
	char **names = NULL;
	size_t i, n = 0;
	int is, rc = file_list(&names, &n, x->dir);

	x->m->v = mem_array(struct manifest_model, n + 1);
	for (i = 0; i < n && rc == 0; i++) {
		char *dir = path_join(x->dir, names[i]);
		char *info = path_join(dir, "info.json");

		is = names[i][0] != '.' ? file_look_dir(dir) : 0;
		if (is < 0)
			rc = is;
		else if (is > 0 && file_exists(info))
			rc = model_add(x, names[i], dir);
		else if (is > 0)
			problem(x, names[i], "no info.json: left out");
		mem_free(info);
		mem_free(dir);
	}
	file_list_free(names, n);
	if (rc == 0 && x->m->n > STORE_MODELS_MAX)
		rc =
		    err_set(ERR_RANGE, "more than %d models", STORE_MODELS_MAX);
	return rc;
}

static void
hash_one(void *ctx, size_t i, int thread)
{
	struct indexing *x = ctx;
	struct job *j = &x->jobs[i];
	int rc;

	(void)thread;
	rc = manifest_file_read(j->file, j->path, x->m->block_size);
	if (rc < 0)
		err_save(&j->error, rc);
}

/* All files of all models, spread over the threads. */
static int
hash_all(struct indexing *x)
{
	struct pool *pool = NULL;
	size_t i, k;
	int rc;

	for (i = 0; i < x->m->n; i++)
		for (k = 0; k < x->m->v[i].n; k++) {
			struct job *j;

			mem_grow(&x->jobs, &x->cap_jobs, x->n_jobs + 1);
			j = &x->jobs[x->n_jobs++];
			memset(j, 0, sizeof(*j));
			j->file = &x->m->v[i].v[k];
			j->path = mem_printf(
			    "%s/%s/%s", x->dir, x->m->v[i].dir, j->file->name);
		}
	rc = pool_new(&pool, x->o->threads);
	if (rc == 0)
		pool_for(pool, x->n_jobs, hash_one, x);
	pool_free(pool);
	for (i = 0; i < x->n_jobs; i++) {
		if (rc == 0 && x->jobs[i].error.code < 0)
			rc = err_restore(&x->jobs[i].error);
		mem_free(x->jobs[i].path);
	}
	mem_free(x->jobs);
	x->jobs = NULL;
	for (i = 0; i < x->m->n; i++)
		manifest_digest(x->m->v[i].digest, x->m->v[i].v, x->m->v[i].n);
	return rc;
}

static int
write_file(const struct indexing *x, const char *name, const struct buf *b)
{
	char *path = path_join(x->dir, name);
	struct buf old;
	int rc = 0;

	/* what has not changed keeps its time, and caches their copies */
	buf_init(&old, MANIFEST_MAX);
	if (!file_exists(path) || file_read(&old, path) < 0 ||
	    old.len != b->len || memcmp(old.data, b->data, b->len) != 0)
		rc = file_write(path, b->data, b->len, 1);
	buf_clear(&old);
	mem_free(path);
	return rc;
}

/* "msg" of the master.json that is there, which nobody has but this file: one
 * that cannot be read is not written over.  *out: the caller's. */
static int
old_message(char **out, const char *dir)
{
	char *path = path_join(dir, "master.json");
	struct json *j = NULL;
	int rc = file_exists(path) ? json_read(&j, path) : 0;

	if (rc < 0)
		err_in(
		    rc, "the greeting of the store (--message TEXT gives it)");
	*out = rc == 0
	    ? mem_strdup(json_str(j, "msg", "Welcome to this model store"))
	    : NULL;
	json_free(j);
	mem_free(path);
	return rc;
}

static int
master_write(const struct indexing *x, const char *message)
{
	struct json_w w;
	struct buf b;
	size_t i;
	int rc;

	buf_init(&b, STORE_MASTER_MAX);
	json_w_init(&w, &b, 4);
	json_w_object(&w);
	json_w_key(&w, "children");
	json_w_array(&w);
	for (i = 0; i < x->m->n; i++)
		json_w_str(&w, x->m->v[i].dir);
	json_w_array_end(&w);
	json_w_kstr(&w, "msg", message);
	json_w_object_end(&w);
	rc = json_w_end(&w);
	if (rc == 0)
		rc = buf_addc(&b, '\n');
	if (rc == 0)
		rc = write_file(x, "master.json", &b);
	buf_clear(&b);
	return rc;
}

/* A signature of another manifest than this one is worse than none. */
static int
signature_write(struct index_result *r, const struct indexing *x,
    const struct buf *manifest, int changed)
{
	char *path = path_join(x->dir, "manifest.json.sig");
	struct buf sig;
	int rc = 0;

	buf_init(&sig, 1 << 16);
	if (x->o->sign != NULL) {
		rc = sign_make(&sig, x->o->sign, manifest->data, manifest->len);
		if (rc == 0)
			rc = write_file(x, "manifest.json.sig", &sig);
	} else if (changed && file_exists(path)) {
		r->unsigned_now = 1;
		if (unlink(path) != 0)
			rc = err_sys("remove %s", path);
	}
	buf_clear(&sig);
	mem_free(path);
	return rc;
}

/* Is that manifest there already?  1, 0, or < 0 where it cannot be read. */
static int
same_on_disk(const struct indexing *x, const struct buf *b)
{
	char *path = path_join(x->dir, "manifest.json");
	struct buf old;
	int rc;

	buf_init(&old, MANIFEST_MAX);
	rc = file_read(&old, path);
	if (rc == 0)
		rc =
		    old.len == b->len && memcmp(old.data, b->data, b->len) == 0;
	else if (rc != ERR_IO)
		rc = 0;
	buf_clear(&old);
	mem_free(path);
	return rc;
}

static int
outputs_write(struct index_result *r, const struct indexing *x)
{
	char *message = mem_strdup(x->o->message);
	struct buf b, page;
	int rc = 0;

	buf_init(&b, MANIFEST_MAX);
	buf_init(&page, MANIFEST_MAX);
	if (message == NULL)
		rc = old_message(&message, x->dir);
	if (rc == 0)
		rc = manifest_text(&b, x->m);
	if (rc == 0)
		rc = same_on_disk(x, &b);
	if (rc < 0)
		goto done;
	rc = signature_write(r, x, &b, !rc);
	if (rc == 0)
		rc = write_file(x, "manifest.json", &b);
	if (rc == 0 && x->o->html)
		rc = index_page(&page, x->m, x->s.models.v, message);
	if (rc == 0 && x->o->html)
		rc = write_file(x, "index.html", &page);
	if (rc == 0)
		rc = master_write(x, message);
done:
	buf_clear(&b);
	buf_clear(&page);
	mem_free(message);
	return rc;
}

/* One run at a time: the manifest of one beside the signature of another would
 * be a store that nobody can pull from. */
static int
folder_lock(int *fd, const char *dir)
{
	int rc;

	*fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (*fd < 0)
		return err_sys("store %s", dir);
	rc = lock_wait(*fd, dir, "another process is writing this store");
	if (rc < 0)
		close(*fd);
	return rc;
}

int
store_index(
    struct index_result *r, const char *dir, const struct index_options *o)
{
	struct indexing x = { .dir = dir, .o = o };
	size_t i;
	int rc, fd;

	memset(r, 0, sizeof(*r));
	TRY(folder_lock(&fd, dir));
	x.m = mem_new(struct manifest);
	x.m->block_size = MANIFEST_BLOCK;
	rc = models_find(&x);
	if (rc == 0)
		rc = hash_all(&x);
	if (rc == 0)
		rc = outputs_write(r, &x);
	for (i = 0; i < x.m->n; i++) {
		r->models++;
		r->files += x.m->v[i].n;
		r->bytes += manifest_size(&x.m->v[i]);
	}
	store_clear(&x.s);
	manifest_free(x.m);
	close(fd);
	return rc;
}
