/* The client, and what every request has in common: see client.h. */
#include "http/client.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/path.h"
#include "file/file.h"
#include "http/s3.h"
#include "http/url.h"

static const char *
env(const char *name)
{
	const char *v = getenv(name);

	return v != NULL && v[0] != '\0' ? v : NULL;
}

void
http_options_init(struct http_options *o)
{
	memset(o, 0, sizeof(*o));
	o->ca_file = env("CURL_CA_BUNDLE");
	if (o->ca_file == NULL)
		o->ca_file = env("SSL_CERT_FILE");
	o->connect_timeout = 10;
	o->stall = 30;
	o->speed_limit = 1000;
	o->speed_time = 30;
	o->unknown_max = (uint64_t)4 << 30;
	o->retries = 5;
	o->retry_wait = 0.5;
	o->max_redirects = 10;
	o->parallel = 8;
}

int
http_new(struct http **out, const struct http_options *o)
{
	struct http *h;

	*out = NULL;
	if (o->token != NULL && o->token_host == NULL)
		return err_set(ERR_USAGE, "a token needs the host it is for");
	if (o->token != NULL && strpbrk(o->token, "\r\n") != NULL)
		return err_set(ERR_USAGE, "the token has a line break");
	h = mem_new(struct http);
	h->o = *o;
	h->o.ca_file = h->ca_file = mem_strdup(o->ca_file);
	h->o.token = h->token = mem_strdup(o->token);
	h->o.token_host = h->token_host = mem_strdup(o->token_host);
	if (h->o.parallel < 1)
		h->o.parallel = 1;
	/* a limit of our own is no slowness of the server's */
	if (h->o.rate > 0 && h->o.speed_limit > h->o.rate / 2)
		h->o.speed_limit = h->o.rate / 2;
	*out = h;
	return 0;
}

void
http_free(struct http *h)
{
	size_t i;

	if (h == NULL)
		return;
	for (i = 0; i < h->n_idle; i++)
		curl_(h, easy_cleanup)(h->idle[i]);
	if (h->multi != NULL)
		curl_(h, multi_cleanup)(h->multi);
	mem_free(h->idle);
	mem_free(h->ca_file);
	mem_free(h->token);
	mem_free(h->token_host);
	mem_free(h);
}

int
http_is_offline(const struct http *h)
{
	return h->o.offline;
}

/* One line of a token file: the token if it is for host. */
static char *
token_of_line(char *line, const char *host)
{
	char *save = NULL, *a = strtok_r(line, " \t\r", &save);
	char *b = a != NULL ? strtok_r(NULL, " \t\r", &save) : NULL;

	if (a == NULL || a[0] == '#')
		return NULL;
	if (b == NULL)
		return mem_strdup(a);
	return strcasecmp(a, host) == 0 ? mem_strdup(b) : NULL;
}

int
http_token_read(char **out, const char *path, const char *host)
{
	struct buf b;
	char *line, *save = NULL;
	int rc;

	*out = NULL;
	buf_init(&b, 1 << 16);
	rc = file_read(&b, path);
	if (rc < 0) {
		rc = err_in(rc, "token file %s", path);
		goto done;
	}
	for (line = b.len > 0 ? strtok_r(b.data, "\n", &save) : NULL;
	     line != NULL && *out == NULL; line = strtok_r(NULL, "\n", &save))
		*out = token_of_line(line, host);
done:
	buf_clear(&b);
	return rc;
}

int
http_status_error(long status, const char *url)
{
	char *shown = url_public(url);
	int rc = ERR_NET;

	if (status == 404 || status == 410)
		rc = ERR_MISSING;
	else if (status == 401 || status == 403 || status == 407)
		rc = ERR_REFUSED;
	err_set(rc, "%s: the server answers %ld%s", shown, status,
	    status == 404       ? " (not found)"
		: status == 401 ? " (a token or password is needed)"
		: status == 403 ? " (forbidden)"
				: "");
	mem_free(shown);
	return rc;
}

int
http_get(struct http *h, struct buf *b, const char *url)
{
	struct http_call c = { .url = url, .max = b->max };
	int rc = http_do(h, &c);

	if (rc == 0 && c.status != 200)
		rc = http_status_error(c.status, url);
	if (rc == 0)
		rc = buf_add(b, c.answer.data, c.answer.len);
	http_call_clear(&c);
	return rc;
}

int
transfer_header(struct transfer *t, const char *fmt, ...)
{
	struct curl_slist *more;
	struct buf b;
	va_list ap;
	int rc;

	buf_init(&b, URL_MAX * 2);
	va_start(ap, fmt);
	rc = buf_vprintf(&b, fmt, ap);
	va_end(ap);
	if (rc == 0 && strpbrk(buf_str(&b), "\r\n") != NULL)
		rc = err_set(ERR_FORMAT, "a header has a line break");
	if (rc == 0) {
		more = curl_(t->h, slist_append)(t->headers, buf_str(&b));
		if (more == NULL)
			rc = err_set(ERR_IO, "no memory for a header");
		else
			t->headers = more;
	}
	buf_clear(&b);
	return rc;
}

long
transfer_status(struct transfer *t)
{
	long status = 0;

	curl_(t->h, easy_getinfo)(t->easy, CURLINFO_RESPONSE_CODE, &status);
	return status;
}

const char *
transfer_got(struct transfer *t, const char *name)
{
	struct curl_header *found = NULL;

	if (curl_(t->h, easy_header)(
		t->easy, name, 0, CURLH_HEADER, -1, &found) != CURLHE_OK)
		return NULL;
	return found->value;
}

int64_t
transfer_length(struct transfer *t)
{
	curl_off_t n = -1;

	curl_(t->h, easy_getinfo)(
	    t->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &n);
	return n;
}

int
transfer_status_passes(long status)
{
	return status == 408 || status == 429 || status == 500 ||
	    (status >= 502 && status <= 504);
}
