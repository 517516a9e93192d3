/* Pages about a file and the file itself, by the rules of those who host both. */
#include <stdbool.h>
#include <string.h>

#include "base/mem.h"
#include "http/url.h"

static bool
is_host(const char *host, const char *name)
{
	const size_t n = strlen(host), k = strlen(name);

	return n >= k && strcmp(host + n - k, name) == 0 &&
	    (n == k || host[n - k - 1] == '.');
}

/* The value of a parameter of the query; the caller's, or NULL. */
static char *
query_value(const char *url, const char *key)
{
	const char *p = strpbrk(url, "?#");
	const size_t n = strlen(key);

	while (p != NULL && *p != '#' && *p != '\0') {
		p++;
		if (strncmp(p, key, n) == 0 && p[n] == '=')
			return mem_strndup(p + n + 1, strcspn(p + n + 1, "&#"));
		p += strcspn(p, "&#");
	}
	return NULL;
}

/* dl=1 in place of dl=0, or added. */
static char *
dropbox(const char *url)
{
	const size_t n = strcspn(url, "#");
	const char *query = memchr(url, '?', n);
	const char *dl = NULL, *p;

	for (p = query; p != NULL && dl == NULL;
	     p = memchr(p + 1, '&', n - (size_t)(p + 1 - url)))
		if (strncmp(p + 1, "dl=", 3) == 0)
			dl = p + 4;
	if (dl == NULL)
		return mem_printf(
		    "%.*s%cdl=1", (int)n, url, query != NULL ? '&' : '?');
	return mem_printf("%.*s1%.*s", (int)(dl - url), url,
	    (int)(n - (size_t)(dl - url) - strcspn(dl, "&#")),
	    dl + strcspn(dl, "&#"));
}

/* .../file/d/ID/view, .../open?id=ID or .../uc?id=ID, past the page that warns of
 * large files. */
static char *
google_drive(const char *url)
{
	const char *d = strstr(url, "/file/d/");
	char *id = d != NULL ? mem_strndup(d + 8, strcspn(d + 8, "/?#"))
			     : query_value(url, "id");
	char *direct = NULL;

	if (id != NULL && id[0] != '\0')
		direct = mem_printf(
		    "https://drive.usercontent.google.com/download?id=%s&export=download&confirm=t",
		    id);
	mem_free(id);
	return direct;
}

/* .../USER/NAME/FROM/REF/... with TO in place of FROM. */
static char *
file_page(const char *url, const char *from, const char *to)
{
	const char *at = strstr(url, from);

	if (at == NULL || (size_t)(at - url) > strcspn(url, "?#"))
		return NULL;
	return mem_printf(
	    "%.*s%s%s", (int)(at - url), url, to, at + strlen(from));
}

char *
url_direct(const char *url)
{
	char *host = url_host(url), *direct = NULL;

	if (host != NULL && is_host(host, "dropbox.com"))
		direct = dropbox(url);
	else if (host != NULL && is_host(host, "drive.google.com"))
		direct = google_drive(url);
	else if (host != NULL && is_host(host, "github.com"))
		direct = file_page(url, "/blob/", "/raw/");
	else if (host != NULL && is_host(host, "huggingface.co"))
		direct = file_page(url, "/blob/", "/resolve/");
	mem_free(host);
	return direct != NULL ? direct : mem_strdup(url);
}
