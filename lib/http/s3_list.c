/*
 * ListObjectsV2: pages of XML, read by looking for the few tags that matter.
 * A general XML parser is deliberately not here; keys come percent-encoded
 * (encoding-type=url), so no entity can hide a tag.
 */
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/num.h"
#include "http/http.h"
#include "http/s3.h"
#include "http/s3_private.h"
#include "http/url.h"

enum { PAGE_MAX = 16 << 20, PAGES_MAX = 100000 };

/* The text between <tag> and </tag> in p..end; the caller's, or NULL. */
static char *
between(const char *p, const char *end, const char *tag)
{
	char *open = mem_printf("<%s>", tag), *close = mem_printf("</%s>", tag);
	const char *a = memmem(p, (size_t)(end - p), open, strlen(open));
	const char *z = NULL;
	char *out = NULL;

	if (a != NULL) {
		a += strlen(open);
		z = memmem(a, (size_t)(end - a), close, strlen(close));
	}
	if (z != NULL)
		out = mem_strndup(a, (size_t)(z - a));
	mem_free(open);
	mem_free(close);
	return out;
}

static int
object_report(const char *p, const char *end,
    int (*found)(void *, const struct s3_object *), void *ctx)
{
	char *coded = between(p, end, "Key"), *key = NULL;
	char *size = between(p, end, "Size"), *etag = between(p, end, "ETag");
	struct s3_object o = { 0 };
	int64_t n = 0;
	int rc = 0;

	if (coded != NULL)
		key = url_decode(coded);
	if (key == NULL || size == NULL)
		rc = err_set(
		    ERR_FORMAT, "S3 listing: an object without key or size");
	if (rc == 0)
		rc = num_int(&n, size, 0, INT64_MAX);
	if (rc == 0) {
		o.key = key;
		o.size = (uint64_t)n;
		o.etag = etag;
		rc = found(ctx, &o);
	}
	mem_free(coded);
	mem_free(key);
	mem_free(size);
	mem_free(etag);
	return rc;
}

static int
page_report(const char *p, const char *end,
    int (*found)(void *, const struct s3_object *), void *ctx)
{
	static const char open[] = "<Contents>", close[] = "</Contents>";
	const char *z;
	int rc = 0;

	while (rc == 0) {
		p = memmem(p, (size_t)(end - p), open, sizeof(open) - 1);
		if (p == NULL)
			return 0;
		z = memmem(p, (size_t)(end - p), close, sizeof(close) - 1);
		if (z == NULL)
			return err_set(ERR_FORMAT, "S3 listing: cut short");
		rc = object_report(p, z, found, ctx);
		p = z;
	}
	return rc;
}

/* Query parameters in the order that the signature wants: sorted. */
static char *
page_url(const struct s3 *s, const char *bucket, const char *prefix,
    const char *token)
{
	char *p = url_encode(prefix, 0);
	char *t = token != NULL ? url_encode(token, 0) : NULL;
	char *url = mem_printf("%s/%s?%s%s%sencoding-type=url&list-type=2"
			       "&prefix=%s",
	    s->endpoint, bucket, t != NULL ? "continuation-token=" : "",
	    t != NULL ? t : "", t != NULL ? "&" : "", p);

	mem_free(p);
	mem_free(t);
	return url;
}

static int
status_error(const struct http_call *c, const char *bucket)
{
	const char *p = buf_str(&c->answer);
	char *code = between(p, p + c->answer.len, "Code");
	int rc = http_status_error(c->status, c->url);

	if (code != NULL && strlen(code) < 64)
		rc = err_in(rc, "bucket %s: %s", bucket, code);
	mem_free(code);
	return rc;
}

int
s3_list(struct http *h, const struct s3 *s, const char *bucket,
    const char *prefix, int (*found)(void *, const struct s3_object *),
    void *ctx)
{
	char *token = NULL, *more = NULL;
	int rc = 0, page;

	for (page = 0; page < PAGES_MAX && rc == 0; page++) {
		char *url = page_url(s, bucket, prefix, token);
		struct http_call c = { .url = url, .sign = s, .max = PAGE_MAX };
		const char *p, *end;

		rc = http_do(h, &c);
		if (rc == 0 && c.status != 200)
			rc = status_error(&c, bucket);
		p = buf_str(&c.answer);
		end = p + c.answer.len;
		if (rc == 0)
			rc = page_report(p, end, found, ctx);
		mem_free(token);
		token =
		    rc == 0 ? between(p, end, "NextContinuationToken") : NULL;
		mem_free(more);
		more = rc == 0 ? between(p, end, "IsTruncated") : NULL;
		http_call_clear(&c);
		mem_free(url);
		if (token == NULL || more == NULL || strcmp(more, "true") != 0)
			break;
	}
	mem_free(token);
	mem_free(more);
	return rc;
}
