/* Keys, endpoints and signatures of S3: see s3.h.  Listing is in s3_list.c. */
#include "http/s3.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/text.h"
#include "file/file.h"
#include "file/hash.h"
#include "http/s3_private.h"
#include "http/url.h"

enum { MAC = 32 };

/* SHA-256 of nothing: requests here have no body. */
static const char empty_sha256[] =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

static const char *
env(const char *a, const char *b)
{
	const char *v = getenv(a);

	if (v != NULL && v[0] != '\0')
		return v;
	v = b != NULL ? getenv(b) : NULL;
	return v != NULL && v[0] != '\0' ? v : NULL;
}

/* "name = value" in a line of the credentials file; the value, or NULL. */
static char *
ini_value(const char *line, const char *name)
{
	size_t n = strlen(name);

	line += strspn(line, " \t");
	if (strncmp(line, name, n) != 0)
		return NULL;
	line += n;
	line += strspn(line, " \t");
	if (*line++ != '=')
		return NULL;
	line += strspn(line, " \t");
	n = strlen(line);
	while (n > 0 && strchr(" \t\r", line[n - 1]) != NULL)
		n--;
	return mem_strndup(line, n);
}

static void
credentials_line(struct s3 *s, const char *line)
{
	static const struct {
		const char *name;
		size_t at;
	} fields[] = {
		{ "aws_access_key_id", offsetof(struct s3, key) },
		{ "aws_secret_access_key", offsetof(struct s3, secret) },
		{ "aws_session_token", offsetof(struct s3, session) },
	};
	size_t i;

	for (i = 0; i < LENGTH(fields); i++) {
		char **at = (char **)(void *)((char *)s + fields[i].at);
		char *v = ini_value(line, fields[i].name);

		if (v != NULL) {
			mem_free(*at);
			*at = v;
		}
	}
}

/* The section of the profile in ~/.aws/credentials; its absence is fine. */
static void
credentials_read(struct s3 *s)
{
	const char *home = env("HOME", NULL),
		   *profile = env("AWS_PROFILE", NULL);
	const char *path = env("AWS_SHARED_CREDENTIALS_FILE", NULL);
	char *made = NULL, *head = NULL, *line, *save = NULL;
	int inside = 0;
	struct buf b;

	if (path == NULL && home == NULL)
		return;
	if (path == NULL)
		path = made = mem_printf("%s/.aws/credentials", home);
	head = mem_printf("[%s]", profile != NULL ? profile : "default");
	buf_init(&b, 1 << 20);
	if (file_exists(path) && file_read(&b, path) == 0 && b.len > 0)
		for (line = strtok_r(
			 b.data + text_mark(b.data, b.len), "\n", &save);
		     line != NULL; line = strtok_r(NULL, "\n", &save)) {
			if (line[0] == '[')
				inside = strncmp(line, head, strlen(head)) == 0;
			else if (inside)
				credentials_line(s, line);
		}
	buf_clear(&b);
	mem_free(head);
	mem_free(made);
}

int
s3_open(struct s3 **out, const char *endpoint)
{
	struct s3 *s = mem_new(struct s3);
	const char *region = env("AWS_REGION", "AWS_DEFAULT_REGION");
	size_t n;
	int rc;

	*out = NULL;
	if (endpoint == NULL)
		endpoint = env("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL");
	s->region = mem_strdup(region != NULL ? region : "us-east-1");
	if (endpoint != NULL)
		s->endpoint = mem_strdup(endpoint);
	else
		s->endpoint =
		    mem_printf("https://s3.%s.amazonaws.com", s->region);
	n = strlen(s->endpoint);
	while (n > 0 && s->endpoint[n - 1] == '/')
		s->endpoint[--n] = '\0';
	s->key = mem_strdup(env("AWS_ACCESS_KEY_ID", NULL));
	s->secret = mem_strdup(env("AWS_SECRET_ACCESS_KEY", NULL));
	s->session = mem_strdup(env("AWS_SESSION_TOKEN", NULL));
	if (s->key == NULL)
		credentials_read(s);
	rc = url_check(s->endpoint);
	if (rc < 0) {
		s3_close(s);
		return err_in(rc, "S3 endpoint");
	}
	*out = s;
	return 0;
}

void
s3_close(struct s3 *s)
{
	if (s == NULL)
		return;
	mem_free(s->endpoint);
	mem_free(s->region);
	mem_free(s->key);
	mem_free(s->secret);
	mem_free(s->session);
	mem_free(s);
}

int
s3_split(char **bucket, char **prefix, const char *url)
{
	const char *p, *slash;
	size_t n;

	*bucket = *prefix = NULL;
	if (strncmp(url, "s3://", 5) != 0)
		return err_set(ERR_USAGE, "%s is not s3://bucket/prefix", url);
	p = url + 5;
	slash = strchr(p, '/');
	n = slash != NULL ? (size_t)(slash - p) : strlen(p);
	if (n == 0 || n > 255 ||
	    strspn(p,
		"abcdefghijklmnopqrstuvwxyz"
		"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_") < n)
		return err_set(ERR_USAGE, "%s: not the name of a bucket", url);
	*bucket = mem_strndup(p, n);
	*prefix = mem_strdup(slash != NULL ? slash + 1 : "");
	return 0;
}

char *
s3_url(const struct s3 *s, const char *bucket, const char *key)
{
	char *coded = url_encode(key, 1);
	char *url = mem_printf("%s/%s/%s", s->endpoint, bucket, coded);

	mem_free(coded);
	return url;
}

static void
hex_text(char out[HASH_HEX_MAX], const unsigned char *p)
{
	int i;

	for (i = 0; i < MAC; i++)
		snprintf(out + 2 * i, 3, "%02x", p[i]);
}

static void
mac(unsigned char out[MAC], const void *key, size_t n, const char *text)
{
	HMAC(EVP_sha256(), key, (int)n, (const unsigned char *)text,
	    strlen(text), out, NULL);
}

/* The hash of the canonical request (step 1). */
static void
request_hash(char out[HASH_HEX_MAX], const struct s3 *s, const char *method,
    const char *url, const char *when)
{
	char *path = url_path(url), *host = url_host(url);
	const char *query = strchr(url, '?');
	char *token = s->session != NULL
	    ? mem_printf("x-amz-security-token:%s\n", s->session)
	    : mem_strdup("");
	char *text = mem_printf("%s\n%s\n%s\nhost:%s\n"
				"x-amz-content-sha256:%s\nx-amz-date:%s\n%s\n"
				"host;x-amz-content-sha256;x-amz-date%s\n%s",
	    method != NULL ? method : "GET", path,
	    query != NULL ? query + 1 : "", host, empty_sha256, when, token,
	    s->session != NULL ? ";x-amz-security-token" : "", empty_sha256);

	hash_of(HASH_SHA256, text, strlen(text), out);
	mem_free(text);
	mem_free(token);
	mem_free(host);
	mem_free(path);
}

/* The signature (steps 2 and 3). */
static void
signature(char out[HASH_HEX_MAX], const struct s3 *s, const char *when,
    const char *scope, const char *hash)
{
	char *first = mem_printf("AWS4%s", s->secret);
	char *text =
	    mem_printf("AWS4-HMAC-SHA256\n%s\n%s\n%s", when, scope, hash);
	char *day = mem_strndup(when, 8);
	unsigned char k[MAC];

	mac(k, first, strlen(first), day);
	mac(k, k, MAC, s->region);
	mac(k, k, MAC, "s3");
	mac(k, k, MAC, "aws4_request");
	mac(k, k, MAC, text);
	hex_text(out, k);
	mem_free(day);
	mem_free(text);
	mem_free(first);
}

int
s3_sign_at(const struct s3 *s, char **headers, const char *method,
    const char *url, time_t now)
{
	char when[32], hash[HASH_HEX_MAX], sig[HASH_HEX_MAX], *scope;
	struct tm tm;

	if (s->key == NULL || s->secret == NULL)
		return 0;
	gmtime_r(&now, &tm);
	strftime(when, sizeof(when), "%Y%m%dT%H%M%SZ", &tm);
	scope = mem_printf("%.8s/%s/s3/aws4_request", when, s->region);
	request_hash(hash, s, method, url, when);
	signature(sig, s, when, scope, hash);
	headers[0] = mem_printf("x-amz-date: %s", when);
	headers[1] = mem_printf("x-amz-content-sha256: %s", empty_sha256);
	headers[2] = mem_printf(
	    "Authorization: AWS4-HMAC-SHA256 Credential=%s/%s, SignedHeaders=host;"
	    "x-amz-content-sha256;x-amz-date%s, Signature=%s",
	    s->key, scope, s->session != NULL ? ";x-amz-security-token" : "",
	    sig);
	if (s->session != NULL)
		headers[3] = mem_printf("x-amz-security-token: %s", s->session);
	mem_free(scope);
	return 0;
}

int
s3_sign(const struct s3 *s, char **headers, const char *method, const char *url)
{
	return s3_sign_at(s, headers, method, url, time(NULL));
}
