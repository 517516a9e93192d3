/*
 * A picture's place in the cache follows from its URL: dset/pictures/ab/cd….  A
 * file appears there complete (written beside and renamed); without a cache
 * that can be written pictures are fetched each time.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/path.h"
#include "dset/remote.h"
#include "file/file.h"
#include "file/hash.h"
#include "http/http.h"
#include "http/s3.h"

struct dset_remote {
	struct http *http;
	struct s3 *s3;
	char *s3_endpoint;
	char *cache; /* NULL: none */
};

int
dset_remote_new(struct dset_remote **out, const char *s3_endpoint)
{
	struct dset_remote *r = mem_new(struct dset_remote);
	struct http_options o;
	int rc;

	*out = NULL;
	http_options_init(&o);
	rc = http_new(&r->http, &o);
	r->s3_endpoint = mem_strdup(s3_endpoint);
	r->cache = path_cache_dir("dset/pictures");
	if (rc < 0)
		dset_remote_free(r);
	else
		*out = r;
	return rc;
}

void
dset_remote_free(struct dset_remote *r)
{
	if (r == NULL)
		return;
	http_free(r->http);
	s3_close(r->s3);
	mem_free(r->s3_endpoint);
	mem_free(r->cache);
	mem_free(r);
}

struct http *
dset_remote_http(struct dset_remote *r)
{
	return r->http;
}

int
dset_remote_s3(struct s3 **out, struct dset_remote *r)
{
	if (r->s3 == NULL)
		TRY(s3_open(&r->s3, r->s3_endpoint));
	*out = r->s3;
	return 0;
}

/* Keep the bytes at path; that it cannot be done matters little. */
static void
keep(const char *path, const struct buf *b, size_t from)
{
	char *tmp =
	    mem_printf("%s.%ld-%p", path, (long)getpid(), (const void *)b);
	FILE *f = fopen(tmp, "wb");
	int good = f != NULL;

	if (f != NULL &&
	    fwrite(b->data + from, 1, b->len - from, f) != b->len - from)
		good = 0;
	if (f != NULL && fclose(f) != 0)
		good = 0;
	if (!good || rename(tmp, path) < 0)
		(void)remove(tmp);
	mem_free(tmp);
}

int
dset_remote_fetch(struct dset_remote *r, struct buf *b, const char *url)
{
	struct http_call call = { .url = url, .max = b->max - b->len };
	char *bucket = NULL, *key = NULL, *real = NULL;
	struct s3 *s3;
	int rc = 0;

	if (strncmp(url, "s3://", 5) == 0) {
		rc = dset_remote_s3(&s3, r);
		if (rc == 0)
			rc = s3_split(&bucket, &key, url);
		if (rc == 0) {
			real = s3_url(s3, bucket, key);
			call.url = real;
			call.sign = s3;
		}
	}
	if (rc == 0)
		rc = http_do(r->http, &call);
	if (rc == 0 && (call.status < 200 || call.status > 299))
		rc = http_status_error(call.status, url);
	if (rc == 0)
		rc = buf_add(b, call.answer.data, call.answer.len);
	http_call_clear(&call);
	mem_free(bucket);
	mem_free(key);
	mem_free(real);
	return rc;
}

int
dset_remote_read(struct dset_remote *r, struct buf *b, const char *url)
{
	char hex[HASH_HEX_MAX], *dir, *path;
	size_t from = b->len;
	int rc;

	if (r->cache == NULL)
		return dset_remote_fetch(r, b, url);
	hash_of(HASH_SHA256, url, strlen(url), hex);
	dir = mem_printf("%s/%.2s", r->cache, hex);
	path = mem_printf("%s/%s", dir, hex + 2);
	rc = file_read(b, path);
	if (rc < 0) { /* not in the cache, or nobody can say */
		b->len = from;
		rc = dset_remote_fetch(r, b, url);
		if (rc == 0 && file_mkdirs(dir) == 0)
			keep(path, b, from);
	}
	mem_free(dir);
	mem_free(path);
	return rc;
}
