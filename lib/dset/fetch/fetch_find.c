/*
 * dset-fetch, the files: downloaded into the cache, unpacked, or found in a
 * folder.  What is in them is looked at elsewhere.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "archive/archive.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/progress.h"
#include "dset/fetch/fetch_int.h"
#include "file/file.h"
#include "file/hash.h"
#include "file/lock.h"
#include "http/http.h"
#include "http/url.h"

enum { FILES_MAX = 1000, DEPTH_MAX = 4 };

/* Every file below dir, by full name. */
static int
find_files(struct fetching *f, const char *dir, int depth)
{
	char **names, *path;
	size_t i, n;
	int is, rc = file_list(&names, &n, dir);

	if (rc < 0)
		return rc;
	for (i = 0; rc == 0 && i < n; i++) {
		path = path_join(dir, names[i]);
		is = file_look_dir(path);
		if (is != 0) {
			if (is < 0)
				rc = is;
			else if (depth < DEPTH_MAX && names[i][0] != '.')
				rc = find_files(f, path, depth + 1);
			mem_free(path);
			continue;
		}
		if (f->n == FILES_MAX)
			rc = err_set(ERR_RANGE, "%s: more than %d files", dir,
			    FILES_MAX);
		mem_grow(&f->files, &f->cap, f->n + 1);
		f->files[f->n++] = path;
	}
	file_list_free(names, n);
	return rc;
}

static void
came(void *ctx, int64_t bytes)
{
	const struct http_file *f = ctx;

	progress_total(f->total);
	progress_add((uint64_t)bytes); /* going back wraps around, rightly */
}

/* In the cache, a folder for each name and place; NULL: there is no cache. */
static char *
cache_folder(const char *name, const char *url)
{
	char hex[HASH_HEX_MAX], *sub, *path;

	hash_of(HASH_SHA256, url, strlen(url), hex);
	sub = mem_printf("dset/%s-%.8s", name, hex);
	path = path_cache_dir(sub);
	mem_free(sub);
	return path;
}

/* Fetch one file, resumed; what is in the cache is not fetched again. */
static int
download_one(const struct fetching *f, const char *url, const char *path)
{
	struct http_file file = { .url = url,
		.path = path,
		.size = UINT64_MAX,
		.max = f->o->max_size,
		.progress = came,
		.ctx = &file };
	int rc;

	if (file_exists(path))
		return 0;
	progress_begin(path_base(path), 0, "B");
	rc = http_fetch(f->o->http, &file, 1);
	progress_end();
	return rc;
}

/* The set's files, from the URL of a folder, or the one file at a URL. */
static int
download(struct fetching *f, const char *base, const char *dir)
{
	static const char *const none[] = { NULL };
	const char *const *files = f->set != NULL ? f->set->files : none;
	char *url, *path;
	int rc, fd = -1;

	rc = lock_folder(&fd, dir, "another process is downloading it");
	if (rc == 0 && archive_named(base)) {
		path = path_join(dir, path_base(base));
		rc = download_one(f, base, path);
		mem_free(path);
		files = none;
	} else if (rc == 0 && f->set == NULL) {
		rc = err_set(ERR_USAGE,
		    "%s: not a known data set (%s); give --from a folder or an archive",
		    f->o->name, dset_fetch_names());
	}
	for (; rc == 0 && *files != NULL; files++) {
		url = url_join(base, *files);
		path = path_join(dir, *files);
		rc = download_one(f, url, path);
		mem_free(url);
		mem_free(path);
	}
	if (fd >= 0)
		close(fd);
	return rc;
}

/* Archives among the files are unpacked into dir, and found there. */
static int
unpack(struct fetching *f, const char *dir)
{
	struct unpack_limits limits;
	size_t i, n = f->n;
	char *to;
	int rc = 0;

	unpack_limits_init(&limits);
	for (i = 0; rc == 0 && i < n; i++) {
		if (!archive_named(f->files[i]))
			continue;
		to = mem_printf("%s/%zu", dir, i);
		rc = file_mkdirs(to);
		if (rc == 0)
			rc = archive_unpack(f->files[i], to, &limits);
		if (rc == 0)
			rc = find_files(f, to, 0);
		mem_free(to);
	}
	return rc;
}

int
fetch_find(struct fetching *f, const char *unpack_dir)
{
	const char *from = f->o->from;
	char *cache = NULL;
	int rc = 0;

	if (from == NULL && f->set == NULL)
		return err_set(ERR_USAGE,
		    "%s: not a known data set (%s); any other needs --from",
		    f->o->name, dset_fetch_names());
	if (from == NULL || path_is_url(from)) {
		cache =
		    cache_folder(f->o->name, from != NULL ? from : f->set->url);
		if (cache == NULL)
			return err_set(ERR_USAGE,
			    "no folder to download to: set NNUTILS_CACHE, XDG_CACHE_HOME or HOME");
		rc = download(f, from != NULL ? from : f->set->url, cache);
		from = cache;
	}
	if (rc == 0 && !file_exists(from)) {
		rc = file_absent(from, "%s: no such folder or file", from);
	} else if (rc == 0 && file_is_dir(from)) {
		rc = find_files(f, from, 0);
	} else if (rc == 0) {
		mem_grow(&f->files, &f->cap, 1);
		f->files[f->n++] = mem_strdup(from);
	}
	if (rc == 0)
		rc = unpack(f, unpack_dir);
	if (rc == 0 && f->n > 0)
		qsort(f->files, f->n, sizeof *f->files, path_cmp);
	mem_free(cache);
	return rc;
}
