/* Files of a repository into the cache: see fetch.h. */
#include "store/hub/fetch.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/progress.h"
#include "file/file.h"
#include "http/http.h"

/* As git names a file: the sha1 of "blob SIZE", a 0 byte and its bytes. */
static int
blob_name(char out[HASH_HEX_MAX], const char *path)
{
	struct hash *hash = hash_new(HASH_SHA1);
	const void *p = NULL;
	char head[40];
	size_t n = 0;
	int rc = file_map(&p, &n, path);

	if (rc >= 0) {
		const int k = snprintf(head, sizeof(head), "blob %zu", n) + 1;

		hash_add(hash, head, (size_t)k);
		hash_add(hash, p, n);
		hash_hex(hash, out);
	}
	if (p != NULL)
		file_unmap(p, n);
	hash_free(hash);
	return rc;
}

/* Is the file what the hub says?  1 or 0; < 0: it cannot be read. */
static int
is_right(const char *path, const struct hub_file *f)
{
	char got[HASH_HEX_MAX];
	uint64_t size;

	TRY(file_size(&size, path));
	if (f->size != UINT64_MAX && size != f->size)
		return 0;
	if (f->sha256[0] != '\0') {
		TRY(hash_file(HASH_SHA256, path, got));
		return strcmp(got, f->sha256) == 0;
	}
	if (f->sha1[0] == '\0')
		return 1;
	TRY(blob_name(got, path));
	return strcmp(got, f->sha1) == 0;
}

static void
on_bytes(void *ctx, int64_t n)
{
	(void)ctx;
	progress_add((uint64_t)n); /* going back wraps around, and is right */
}

static int
make_folder(const char *path)
{
	char *dir = path_dir(path);
	int rc = file_mkdirs(dir);

	mem_free(dir);
	return rc;
}

/* What a request is for: 1 where there is something to ask for. */
static int
request_make(struct http_file *q, const struct hub_repo *repo,
    const struct hub_file *f, const char *dir, const struct hub_options *o)
{
	char *path = path_join(dir, f->name);
	int rc = file_exists(path) ? is_right(path, f) : 0;

	/* what nothing is known of may be another by now */
	if (rc > 0 && f->size == UINT64_MAX && !o->offline)
		rc = 0;
	if (rc == 0) {
		unlink(path);
		rc = make_folder(path);
	}
	if (rc != 0) {
		mem_free(path);
		return rc < 0 ? rc : 0;
	}
	*q = (struct http_file){ .url = f->url != NULL ? mem_strdup(f->url)
						       : hub_repo_url(repo, f),
		.path = path,
		.size = f->size,
		.max = o->max_size,
		.sha256 = f->sha256[0] != '\0' ? f->sha256 : NULL,
		.progress = on_bytes };
	return 1;
}

/* A file came; the digest of small ones is not http's to check. */
static int
answer_take(
    struct hub_result *r, const struct http_file *q, const struct hub_file *f)
{
	int rc;

	r->fetched += q->transferred;
	if (q->rc < 0)
		return err_restore(&q->error);
	rc = is_right(q->path, f);
	if (rc > 0)
		return 0;
	if (rc == 0) {
		unlink(q->path);
		rc = err_set(ERR_REFUSED,
		    "%s is not the file that the hub lists", q->url);
	}
	return rc;
}

int
hub_fetch(struct hub_result *r, struct http *h, const struct hub_repo *repo,
    const struct hub_file *const *v, size_t n, const char *dir,
    const struct hub_options *o)
{
	struct http_file *q = mem_array(struct http_file, n + 1);
	size_t *of = mem_array(size_t, n + 1), k = 0;
	uint64_t bytes = 0;
	int rc = 0;

	for (size_t i = 0; i < n && rc >= 0; i++) {
		rc = request_make(&q[k], repo, v[i], dir, o);
		if (rc > 0) {
			bytes += v[i]->size != UINT64_MAX ? v[i]->size : 0;
			of[k++] = i;
		}
	}
	if (rc >= 0 && k > 0) {
		progress_begin(repo->id, bytes, "B");
		http_fetch(h, q, k);
		progress_end();
		rc = 0;
		for (size_t i = 0; i < k; i++) {
			const int one = answer_take(r, &q[i], v[of[i]]);

			if (one < 0 && rc == 0)
				rc = one;
		}
	}
	for (size_t i = 0; i < k; i++) {
		mem_free((void *)(uintptr_t)q[i].url);
		mem_free((void *)(uintptr_t)q[i].path);
	}
	mem_free(of);
	mem_free(q);
	return rc < 0 ? rc : 0;
}
