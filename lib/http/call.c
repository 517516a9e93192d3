/* Requests whose answer goes into memory: see http.h. */
#include <string.h>

#include "base/mem.h"
#include "http/client.h"
#include "http/url.h"

static int
start_call(struct transfer *t)
{
	struct http_call *c = t->ctx;
	CURLcode (*set)(CURL *, CURLoption, ...) = curl_(t->h, easy_setopt);
	size_t i;

	buf_reset(&c->answer);
	if (c->body != NULL) {
		set(t->easy, CURLOPT_POSTFIELDSIZE_LARGE,
		    (curl_off_t)c->body_n);
		set(t->easy, CURLOPT_POSTFIELDS, c->body);
		set(t->easy, CURLOPT_FOLLOWLOCATION, 0L);
	} else if (c->method == NULL && c->sign == NULL) {
		set(t->easy, CURLOPT_ACCEPT_ENCODING, "");
	}
	for (i = 0; c->headers != NULL && c->headers[i] != NULL; i++)
		TRY(transfer_header(t, "%s", c->headers[i]));
	if (c->if_etag != NULL)
		TRY(transfer_header(t, "If-None-Match: %s", c->if_etag));
	if (c->if_modified != NULL)
		TRY(transfer_header(
		    t, "If-Modified-Since: %s", c->if_modified));
	return 0;
}

static int
body(struct transfer *t, const char *p, size_t n)
{
	struct http_call *c = t->ctx;
	char *url;

	if (c->answer.len + n <= c->answer.max)
		return buf_add(&c->answer, p, n);
	url = url_public(c->url);
	err_set(ERR_RANGE, "%s: the answer is larger than %zu bytes", url,
	    c->answer.max);
	mem_free(url);
	return ERR_RANGE;
}

static void
answer_keep(struct transfer *t, struct http_call *c)
{
	char *landed = NULL;

	c->status = transfer_status(t);
	c->length = transfer_length(t);
	mem_free(c->etag);
	mem_free(c->modified);
	mem_free(c->type);
	mem_free(c->landed);
	c->etag = mem_strdup(transfer_got(t, "ETag"));
	c->modified = mem_strdup(transfer_got(t, "Last-Modified"));
	c->type = mem_strdup(transfer_got(t, "Content-Type"));
	curl_(t->h, easy_getinfo)(t->easy, CURLINFO_EFFECTIVE_URL, &landed);
	c->landed = mem_strdup(landed);
}

/* Small answers are asked for by somebody who waits: two more attempts. */
static int
tries_max(const struct transfer *t)
{
	return t->h->o.retries < 2 ? t->h->o.retries : 2;
}

static int
end_call(struct transfer *t, int rc)
{
	struct http_call *c = t->ctx;
	int safe = c->body == NULL &&
	    (c->method == NULL || strcmp(c->method, "HEAD") == 0);

	if (rc < 0)
		return t->again && safe && t->tries < tries_max(t)
		    ? TRANSFER_AGAIN
		    : rc;
	answer_keep(t, c);
	if (transfer_status_passes(c->status) && safe &&
	    t->tries < tries_max(t))
		return TRANSFER_AGAIN;
	return 0;
}

/* The more there is to ask, the more of it at once: a thousand small answers
 * from far away are all waiting. */
static int
at_once(const struct http *h, size_t n)
{
	int most = h->o.parallel * 8, few = h->o.parallel * 2;

	return n / 32 > (size_t)most ? most
	    : n / 32 > (size_t)few   ? (int)(n / 32)
				     : few;
}

int
http_do_many(struct http *h, struct http_call *v, size_t n)
{
	struct transfer *t;
	size_t i;
	int rc;

	for (i = 0; i < n; i++)
		TRY(url_check(v[i].url));
	t = mem_array(struct transfer, n > 0 ? n : 1);
	for (i = 0; i < n; i++) {
		t[i].url = v[i].url;
		t[i].method = v[i].method;
		t[i].sign = v[i].sign;
		t[i].start = start_call;
		t[i].body = body;
		t[i].end = end_call;
		t[i].ctx = &v[i];
		v[i].length = -1;
		buf_init(&v[i].answer,
		    v[i].max > 0 ? (size_t)v[i].max : HTTP_BODY_MAX);
	}
	rc = transfers_run(h, t, n, at_once(h, n));
	for (i = 0; i < n; i++) {
		v[i].rc = t[i].rc;
		v[i].error = t[i].error;
	}
	mem_free(t);
	return rc;
}

int
http_do(struct http *h, struct http_call *c)
{
	int rc = http_do_many(h, c, 1);

	return rc < 0 ? rc : c->rc < 0 ? err_restore(&c->error) : 0;
}

void
http_call_clear(struct http_call *c)
{
	buf_clear(&c->answer);
	mem_free(c->etag);
	mem_free(c->modified);
	mem_free(c->type);
	mem_free(c->landed);
	c->etag = c->modified = c->type = c->landed = NULL;
}
