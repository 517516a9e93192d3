/* Gists: the REST API (GET /gists/ID), and the zip that gist servers give. */
#include <ctype.h>
#include <string.h>
#include <unistd.h>

#include "archive/archive.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/path.h"
#include "file/file.h"
#include "json/json.h"
#include "zoo/fetch.h"

enum { GIST_FILES_MAX = 300, GIST_FILE_MAX = 64 << 20 };

char *
zoo_gist_id(const char *text)
{
	const char *end = text + strcspn(text, "?#"), *best = NULL;
	size_t best_n = 0;

	while (text < end) {
		size_t n = strcspn(text, "/?#");
		size_t hex = strspn(text, "0123456789abcdefABCDEF");

		/* A name may look like an id; of several the longest is it. */
		if (hex == n && n >= 5 && n <= 64 && n > best_n) {
			best = text;
			best_n = n;
		}
		text += n + (text[n] == '/');
	}
	return best != NULL ? mem_strndup(best, best_n) : NULL;
}

static int
write_file(const char *dir, const char *name, const void *p, size_t n)
{
	char *path;
	int rc;

	if (strchr(name, '/') != NULL || path_check_inside(name) < 0)
		return err_set(
		    ERR_REFUSED, "gist: a file is called \"%s\"", name);
	path = path_join(dir, name);
	rc = file_write(path, p, n, 0);
	mem_free(path);
	return rc < 0 ? err_in(rc, "gist") : 0;
}

/* Content of one file: inline, or from its raw address when it was cut. */
static int
take_file(
    struct http *h, const struct json *f, const char *key, const char *dir)
{
	const char *name = json_str(f, "filename", key);
	const char *content = json_str(f, "content", NULL);
	const char *raw = json_str(f, "raw_url", NULL);
	struct buf b;
	int rc;

	if (content != NULL && !json_bool(f, "truncated", false))
		return write_file(dir, name, content, strlen(content));
	if (raw == NULL)
		return err_set(ERR_FORMAT, "gist: %s has no content", name);
	buf_init(&b, GIST_FILE_MAX);
	rc = http_get(h, &b, raw);
	if (rc >= 0)
		rc = write_file(dir, name, buf_str(&b), b.len);
	buf_clear(&b);
	return rc;
}

int
zoo_gist_files(struct http *h, const char *api, const char *id, const char *dir)
{
	char *url = mem_printf("%s/gists/%s", api, id);
	const struct json *files, *f;
	struct json *j = NULL;
	struct buf b;
	int rc;

	buf_init(&b, GIST_FILE_MAX);
	rc = http_get(h, &b, url);
	if (rc >= 0)
		rc = json_parse(&j, buf_str(&b), b.len, url);
	files = rc >= 0 ? json_find(j, "files") : NULL;
	if (rc >= 0 &&
	    (files == NULL || json_type(files) != JSON_OBJECT ||
		json_length(files) == 0 || json_length(files) > GIST_FILES_MAX))
		rc = err_set(ERR_FORMAT, "%s: not a gist with 1 to %d files",
		    url, GIST_FILES_MAX);
	for (f = json_first(files); rc >= 0 && f != NULL; f = json_next(f))
		rc = take_file(h, f, json_key(f), dir);
	json_free(j);
	buf_clear(&b);
	mem_free(url);
	return rc;
}

/* One folder and nothing else in dir: what is in it goes up. */
static int
flatten(const char *dir)
{
	char **names = NULL, *inner;
	size_t n = 0;
	int rc;

	TRY(file_list(&names, &n, dir));
	inner = n == 1 ? path_join(dir, names[0]) : NULL;
	file_list_free(names, n);
	if (inner == NULL || !file_is_dir(inner)) {
		mem_free(inner);
		return 0;
	}
	rc = file_list(&names, &n, inner);
	for (size_t i = 0; rc >= 0 && i < n; i++) {
		char *from = path_join(inner, names[i]);
		char *to = path_join(dir, names[i]);

		if (rename(from, to) != 0)
			rc = err_sys("rename %s", from);
		mem_free(from);
		mem_free(to);
	}
	if (rc >= 0) {
		file_list_free(names, n);
		if (rmdir(inner) != 0)
			rc = err_sys("remove %s", inner);
	}
	mem_free(inner);
	return rc;
}

int
zoo_zip_files(struct http *h, const char *url, const char *dir)
{
	struct http_file f = {
		.url = url, .size = UINT64_MAX, .max = GIST_FILE_MAX
	};
	char *zip = mem_printf("%s/.gist.zip", dir);
	int rc;

	f.path = zip;
	rc = http_fetch(h, &f, 1);
	if (rc >= 0)
		rc = archive_unpack(zip, dir, NULL);
	unlink(zip);
	mem_free(zip);
	return rc < 0 ? rc : flatten(dir);
}
