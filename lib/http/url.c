/* URLs as text: see url.h. */
#include "http/url.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/err.h"
#include "base/mem.h"

/* After "scheme://", or NULL. */
static const char *
authority(const char *url)
{
	const char *p = strstr(url, "://");

	return p == NULL ? NULL : p + 3;
}

static size_t
authority_len(const char *p)
{
	return strcspn(p, "/?#");
}

int
url_check(const char *url)
{
	const char *host;
	const unsigned char *p;

	if (strncasecmp(url, "http://", 7) != 0 &&
	    strncasecmp(url, "https://", 8) != 0)
		return err_set(
		    ERR_USAGE, "%s is not an http:// or https:// URL", url);
	if (strlen(url) > URL_MAX)
		return err_set(ERR_USAGE, "URL longer than %d bytes", URL_MAX);
	for (p = (const unsigned char *)url; *p != '\0'; p++)
		if (*p <= ' ' || *p == 0x7f)
			return err_set(
			    ERR_USAGE, "URL has a space or control character");
	host = url_host(url);
	if (host == NULL || host[0] == '\0' || host[0] == ':') {
		mem_free((void *)host);
		return err_set(ERR_USAGE, "URL %s has no host", url);
	}
	mem_free((void *)host);
	return 0;
}

static int
unreserved(unsigned char c)
{
	return (c < 0x80 && isalnum(c)) || strchr("-._~", c) != NULL;
}

char *
url_encode(const char *s, int keep_slash)
{
	static const char hex[] = "0123456789ABCDEF";
	char *out = mem_array(char, strlen(s) * 3 + 1), *o = out;

	for (; *s != '\0'; s++) {
		unsigned char c = (unsigned char)*s;

		if (unreserved(c) || (keep_slash && c == '/')) {
			*o++ = (char)c;
		} else {
			*o++ = '%';
			*o++ = hex[c >> 4];
			*o++ = hex[c & 15];
		}
	}
	*o = '\0';
	return out;
}

static int
hexval(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

char *
url_decode(const char *s)
{
	char *out = mem_array(char, strlen(s) + 1), *o = out;

	while (*s != '\0') {
		if (s[0] == '%' && hexval(s[1]) >= 0 && hexval(s[2]) >= 0) {
			*o = (char)(hexval(s[1]) * 16 + hexval(s[2]));
			if (*o == '\0') {
				mem_free(out);
				return NULL;
			}
			o++;
			s += 3;
		} else {
			*o++ = *s++;
		}
	}
	*o = '\0';
	return out;
}

char *
url_folder(const char *url)
{
	size_t n = strlen(url);

	return mem_printf("%s%s", url, n > 0 && url[n - 1] == '/' ? "" : "/");
}

char *
url_join(const char *base, const char *name)
{
	char *folder = url_folder(base), *coded = url_encode(name, 1);
	char *out = mem_printf("%s%s", folder, coded);

	mem_free(folder);
	mem_free(coded);
	return out;
}

char *
url_host(const char *url)
{
	const char *p = authority(url), *at;
	size_t n, i;
	char *out;

	if (p == NULL)
		return NULL;
	n = authority_len(p);
	at = memrchr(p, '@', n);
	if (at != NULL) {
		n -= (size_t)(at + 1 - p);
		p = at + 1;
	}
	out = mem_strndup(p, n);
	for (i = 0; i < n; i++)
		out[i] = (char)tolower((unsigned char)out[i]);
	return out;
}

static const char *
default_port(const char *url)
{
	return strncasecmp(url, "https:", 6) == 0 ? ":443" : ":80";
}

/* host:port, the port always there. */
static char *
host_port(const char *url)
{
	char *host = url_host(url), *out;
	const char *colon;

	if (host == NULL)
		return NULL;
	colon = strrchr(host, ':');
	if (colon != NULL && strchr(colon, ']') == NULL)
		return host;
	out = mem_printf("%s%s", host, default_port(url));
	mem_free(host);
	return out;
}

int
url_same_origin(const char *a, const char *b)
{
	char *ha = host_port(a), *hb = host_port(b);
	size_t n = strcspn(a, ":");
	int same = ha != NULL && hb != NULL && strcmp(ha, hb) == 0 &&
	    n == strcspn(b, ":") && strncasecmp(a, b, n) == 0;

	mem_free(ha);
	mem_free(hb);
	return same;
}

char *
url_path(const char *url)
{
	const char *p = authority(url);

	if (p == NULL)
		return mem_strdup("/");
	p += authority_len(p);
	if (*p != '/')
		return mem_strdup("/");
	return mem_strndup(p, strcspn(p, "?#"));
}

char *
url_public(const char *url)
{
	const char *p = authority(url), *at;
	size_t n = strcspn(url, "?#");

	if (p == NULL)
		return mem_strndup(url, n);
	at = memrchr(p, '@', authority_len(p));
	if (at == NULL)
		return mem_strndup(url, n);
	return mem_printf("%.*s%.*s", (int)(p - url), url,
	    (int)(n - (size_t)(at + 1 - url)), at + 1);
}
