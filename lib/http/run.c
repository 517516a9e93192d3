/*
 * The loop: many transfers on one thread, each in a slot from its first attempt
 * to its last, waiting there before it tries again.  See client.h.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/num.h"
#include "base/stop.h"
#include "http/client.h"
#include "http/s3.h"
#include "http/url.h"

/* When the next bytes of the body may come.  (libcurl's own limit is looked at
 * once in a hundred buffers: small files would know nothing of it.) */
static double
rate_due(const struct transfer *t)
{
	return t->h->o.rate == 0
	    ? 0
	    : t->body_since + (double)t->body_bytes / (double)t->h->o.rate;
}

static size_t
on_body(char *p, size_t size, size_t n, void *ctx)
{
	struct transfer *t = ctx;
	int rc;

	n *= size;
	t->reached = 1;
	if (t->body_bytes == 0)
		t->body_since = stop_clock();
	else if (t->h->o.rate > 0 && rate_due(t) > stop_clock()) {
		t->paused = 1;
		return CURL_WRITEFUNC_PAUSE;
	}
	t->body_bytes += n;
	t->came += n;
	rc = t->body(t, p, n);
	if (rc < 0) {
		t->body_rc = rc;
		err_save(&t->body_error, rc);
		return 0;
	}
	return n;
}

/* libcurl keeps every header for curl_easy_header; an endless list of them
 * must not fill the memory. */
static size_t
on_header(char *p, size_t size, size_t n, void *ctx)
{
	struct transfer *t = ctx;

	(void)p;
	n *= size;
	t->header_bytes += n;
	t->came += n;
	return t->header_bytes > HTTP_HEADER_MAX ? 0 : n;
}

static int
ready(struct http *h)
{
	if (h->o.offline)
		return err_set(ERR_NET, "offline: the network is not used");
	if (h->curl == NULL) {
		h->curl = curl_api();
		if (h->curl == NULL)
			return ERR_NET;
	}
	if (h->multi == NULL) {
		h->multi = curl_(h, multi_init)();
		if (h->multi == NULL)
			return err_set(ERR_IO, "libcurl: no memory");
	}
	return 0;
}

static void
token_set(struct http *h, struct transfer *t)
{
	char *host;

	if (h->o.token == NULL)
		return;
	host = url_host(t->url);
	if (host != NULL && strcasecmp(host, h->o.token_host) == 0) {
		curl_(h, easy_setopt)(
		    t->easy, CURLOPT_HTTPAUTH, (long)CURLAUTH_BEARER);
		curl_(h, easy_setopt)(
		    t->easy, CURLOPT_XOAUTH2_BEARER, h->o.token);
	}
	mem_free(host);
}

/* At most a quarter of a second's bytes at a time. */
static long
buffer_size(const struct http *h)
{
	enum { LARGE = 512 << 10, SMALL = 1 << 10 };
	uint64_t n = h->o.rate / 4;

	return n > LARGE ? LARGE : n < SMALL ? SMALL : (long)n;
}

static void
options_set(struct http *h, struct transfer *t)
{
	CURLcode (*set)(CURL *, CURLoption, ...) = curl_(h, easy_setopt);
	CURL *e = t->easy;
	int tls = strncasecmp(t->url, "https:", 6) == 0;

	set(e, CURLOPT_URL, t->url);
	set(e, CURLOPT_PROTOCOLS_STR, "http,https");
	set(e, CURLOPT_REDIR_PROTOCOLS_STR, tls ? "https" : "http,https");
	set(e, CURLOPT_FOLLOWLOCATION, 1L);
	set(e, CURLOPT_MAXREDIRS, (long)h->o.max_redirects);
	set(e, CURLOPT_CONNECTTIMEOUT_MS, (long)(h->o.connect_timeout * 1000));
	set(e, CURLOPT_LOW_SPEED_LIMIT, 1L);
	set(e, CURLOPT_LOW_SPEED_TIME, h->o.stall < 1 ? 1L : (long)h->o.stall);
	set(e, CURLOPT_NOSIGNAL, 1L);
	set(e, CURLOPT_USERAGENT, "nnutils/" NNUTILS_VERSION);
	if (t->sign == NULL)
		set(e, CURLOPT_NETRC, (long)CURL_NETRC_OPTIONAL);
	if (h->o.ca_file != NULL)
		set(e, CURLOPT_CAINFO, h->o.ca_file);
	if (h->o.rate > 0)
		set(e, CURLOPT_BUFFERSIZE, buffer_size(h));
	/* never wait for a name server that does not answer */
	set(e, CURLOPT_QUICK_EXIT, 1L);
	/* where one connection can carry many requests, wait for it */
	if (h->many && tls)
		set(e, CURLOPT_PIPEWAIT, 1L);
	set(e, CURLOPT_ERRORBUFFER, t->text);
	set(e, CURLOPT_WRITEFUNCTION, on_body);
	set(e, CURLOPT_WRITEDATA, t);
	set(e, CURLOPT_HEADERFUNCTION, on_header);
	set(e, CURLOPT_HEADERDATA, t);
	set(e, CURLOPT_PRIVATE, t);
	if (t->method != NULL && strcmp(t->method, "HEAD") == 0)
		set(e, CURLOPT_NOBODY, 1L);
	else if (t->method != NULL)
		set(e, CURLOPT_CUSTOMREQUEST, t->method);
	token_set(h, t);
}

/* A handle from the idle ones, or a new one. */
static CURL *
handle_take(struct http *h)
{
	CURL *e;

	if (h->n_idle == 0)
		return curl_(h, easy_init)();
	e = h->idle[--h->n_idle];
	curl_(h, easy_reset)(e);
	return e;
}

static void
attempt_clear(struct transfer *t)
{
	struct http *h = t->h;

	if (t->easy != NULL) {
		curl_(h, multi_remove_handle)(h->multi, t->easy);
		/* also forgets the pointers to t */
		curl_(h, easy_reset)(t->easy);
		mem_grow(&h->idle, &h->cap_idle, h->n_idle + 1);
		h->idle[h->n_idle++] = t->easy;
		t->easy = NULL;
	}
	if (t->headers != NULL)
		curl_(h, slist_free_all)(t->headers);
	t->headers = NULL;
}

static int
sign_add(struct transfer *t)
{
	char *v[S3_HEADERS] = { NULL };
	int rc = s3_sign(t->sign, v, t->method, t->url), i;

	for (i = 0; i < S3_HEADERS && rc == 0 && v[i] != NULL; i++)
		rc = transfer_header(t, "%s", v[i]);
	for (i = 0; i < S3_HEADERS; i++)
		mem_free(v[i]);
	return rc;
}

/* Begin an attempt.  0: on its way; 1: done without; < 0: failed. */
static int
attempt_start(struct http *h, struct transfer *t)
{
	int rc;

	t->easy = handle_take(h);
	if (t->easy == NULL)
		return err_set(ERR_IO, "libcurl: no memory");
	t->text[0] = '\0';
	t->header_bytes = 0;
	t->came = t->before = t->gained = t->body_bytes = 0;
	t->paused = 0;
	t->since = stop_clock();
	if (t->mark == 0)
		t->mark = t->since;
	t->body_rc = 0;
	t->again = 0;
	options_set(h, t);
	rc = t->start(t);
	if (rc == 0 && t->sign != NULL)
		rc = sign_add(t);
	if (rc != 0)
		return rc;
	if (t->headers != NULL)
		curl_(h, easy_setopt)(t->easy, CURLOPT_HTTPHEADER, t->headers);
	if (curl_(h, multi_add_handle)(h->multi, t->easy) != CURLM_OK)
		return err_set(ERR_IO, "libcurl refuses a transfer");
	return 0;
}

static void
finish_transfer(struct transfer *t, int rc)
{
	t->rc = rc > 0 ? 0 : rc;
	if (rc < 0)
		err_save(&t->error, rc);
	attempt_clear(t);
}

/* An attempt has ended: 1 when the transfer has. */
static int
attempt_end(struct http *h, struct transfer *t, CURLcode cc)
{
	const char *after;
	double wait, now = stop_clock();
	int rc = 0, i;

	/* an attempt that brought as little as a slow server was in vain */
	if (t->gained > 0 &&
	    (double)t->gained >= (double)h->o.speed_limit * (now - t->mark))
		t->tries = 0;
	t->mark = now;
	if (t->body_rc < 0)
		rc = err_restore(&t->body_error);
	else if (cc != CURLE_OK)
		rc = transfer_outcome(t, cc);
	rc = t->end(t, rc);
	if (rc == TRANSFER_AGAIN && t->tries >= h->o.retries)
		rc = err_set(ERR_NET, "%s: given up after %d %s", t->url,
		    t->tries + 1,
		    num_plural((uint64_t)t->tries + 1, "attempt", "attempts"));
	if (rc != TRANSFER_AGAIN) {
		finish_transfer(t, rc);
		return 1;
	}
	wait = h->o.retry_wait;
	for (i = 0; i < t->tries && wait < 30; i++)
		wait *= 2;
	after = transfer_got(t, "Retry-After");
	if (after != NULL && strtod(after, NULL) > wait)
		wait = strtod(after, NULL);
	t->due = now + (wait < 30 ? wait : 30);
	t->tries++;
	attempt_clear(t);
	return 0;
}

struct slots {
	struct transfer **v; /* in flight or waiting; NULL: free */
	size_t n;
	size_t busy;
	double next; /* when the first waiting one is due */
};

/* Fill the free slots, start what is due. */
static void
slots_start(
    struct http *h, struct slots *s, struct transfer *v, size_t n, size_t *next)
{
	double now = stop_clock();
	size_t i;
	int rc;

	s->next = now + 1;
	for (i = 0; i < s->n; i++) {
		while (s->v[i] == NULL && *next < n) {
			s->v[i] = &v[(*next)++];
			s->v[i]->h = h;
			s->busy++;
		}
		if (s->v[i] == NULL || s->v[i]->easy != NULL)
			continue;
		if (s->v[i]->due > now) {
			if (s->v[i]->due < s->next)
				s->next = s->v[i]->due;
			continue;
		}
		rc = attempt_start(h, s->v[i]);
		if (rc != 0) {
			finish_transfer(s->v[i], rc);
			s->v[i] = NULL;
			s->busy--;
			i--; /* the slot takes the next one */
		}
	}
}

/* The transfer has left its slot. */
static void
slot_free(struct slots *s, const struct transfer *t)
{
	size_t i;

	for (i = 0; i < s->n; i++)
		if (s->v[i] == t)
			s->v[i] = NULL;
	s->busy--;
}

/* End the attempts of servers that keep going, but hardly.  (libcurl's own
 * limit is what tells that nothing comes at all.) */
static void
slots_watch(struct http *h, struct slots *s)
{
	double now = stop_clock(), spent;
	size_t i;

	for (i = 0; h->o.speed_limit > 0 && i < s->n; i++) {
		struct transfer *t = s->v[i];
		curl_off_t sent = 0;
		uint64_t all;

		if (t == NULL || t->easy == NULL)
			continue;
		spent = now - t->since;
		if (spent < h->o.speed_time)
			continue;
		curl_(h, easy_getinfo)(t->easy, CURLINFO_SIZE_UPLOAD_T, &sent);
		all = t->came + (uint64_t)sent;
		if ((double)(all - t->before) >=
		    (double)h->o.speed_limit * spent) {
			t->since = now;
			t->before = all;
			continue;
		}
		snprintf(t->text, sizeof(t->text),
		    "slower than %" PRIu64 " bytes a second for %.0f seconds",
		    h->o.speed_limit, spent);
		if (attempt_end(h, t, CURLE_OPERATION_TIMEDOUT))
			slot_free(s, t);
	}
}

static void
slots_collect(struct http *h, struct slots *s)
{
	CURLMsg *m;
	int left;

	while ((m = curl_(h, multi_info_read)(h->multi, &left)) != NULL) {
		struct transfer *t = NULL;

		if (m->msg != CURLMSG_DONE)
			continue;
		curl_(h, easy_getinfo)(
		    m->easy_handle, CURLINFO_PRIVATE, (char **)&t);
		if (attempt_end(h, t, m->data.result))
			slot_free(s, t);
	}
}

/* Let those go on that have waited long enough. */
static void
slots_resume(struct http *h, struct slots *s)
{
	double now = stop_clock();
	size_t i;

	for (i = 0; i < s->n; i++) {
		struct transfer *t = s->v[i];

		if (t == NULL || t->easy == NULL || !t->paused)
			continue;
		if (rate_due(t) <= now) {
			t->paused = 0;
			/* may pause it again; an error shows as its end */
			(void)curl_(h, easy_pause)(t->easy, CURLPAUSE_CONT);
		}
		if (t->paused && rate_due(t) < s->next)
			s->next = rate_due(t);
	}
}

/* Until something comes, or until the first waiting transfer is due. */
static CURLMcode
slots_wait(struct http *h, struct slots *s)
{
	double seconds = s->next - stop_clock();
	size_t i;

	if (seconds <= 0)
		return CURLM_OK;
	for (i = 0; i < s->n; i++)
		if (s->v[i] != NULL && s->v[i]->wait != NULL)
			s->v[i]->wait(s->v[i]);
	return curl_(h, multi_poll)(
	    h->multi, NULL, 0, (int)(seconds * 1000) + 1, NULL);
}

/* Whatever has not ended, ends with rc and the sentence that is set. */
static void
abandon(struct slots *s, struct transfer *v, size_t n, size_t next, int rc)
{
	struct err_saved why;
	size_t i;

	err_save(&why, rc);
	for (i = 0; i < s->n; i++)
		if (s->v[i] != NULL) {
			s->v[i]->body_rc = rc;
			err_restore(&why);
			s->v[i]->end(s->v[i], rc);
			err_restore(&why);
			finish_transfer(s->v[i], rc);
		}
	for (; next < n; next++) {
		v[next].rc = rc;
		v[next].error = why;
	}
}

int
transfers_run(struct http *h, struct transfer *v, size_t n, int parallel)
{
	struct slots s = { .n = (size_t)parallel };
	size_t next = 0;
	int running, rc;
	CURLMcode mc = CURLM_OK;

	rc = ready(h);
	h->many = n > 2 * s.n;
	s.v = mem_array(struct transfer *, s.n);
	while (rc == 0 && (next < n || s.busy > 0)) {
		slots_start(h, &s, v, n, &next);
		slots_resume(h, &s);
		mc = curl_(h, multi_perform)(h->multi, &running);
		slots_collect(h, &s);
		slots_watch(h, &s);
		if (stop_asked())
			rc = err_set(
			    ERR_STOPPED, "stopped by %s", stop_reason());
		else if (mc == CURLM_OK && s.busy > 0)
			mc = slots_wait(h, &s);
		if (rc == 0 && mc != CURLM_OK)
			rc = err_set(ERR_NET, "libcurl: %s",
			    curl_(h, multi_strerror)(mc));
	}
	if (rc < 0)
		abandon(&s, v, n, next, rc);
	mem_free(s.v);
	return rc;
}
