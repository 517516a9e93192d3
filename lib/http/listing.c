/* Directory listings of web servers: see listing.h. */
#include "http/listing.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/path.h"
#include "http/http.h"
#include "http/url.h"

void
listing_init(struct listing *l)
{
	memset(l, 0, sizeof(*l));
}

void
listing_clear(struct listing *l)
{
	size_t i;

	for (i = 0; i < l->n; i++)
		mem_free(l->v[i].name);
	mem_free(l->v);
	listing_init(l);
}

/* The five entities that listings use, in place. */
static void
entities_decode(char *s)
{
	static const struct {
		const char *name;
		char c;
	} known[] = {
		{ "&amp;", '&' },
		{ "&lt;", '<' },
		{ "&gt;", '>' },
		{ "&quot;", '"' },
		{ "&#39;", '\'' },
		{ "&#x27;", '\'' },
		{ "&#34;", '"' },
		{ "&#38;", '&' },
		{ "&#43;", '+' },
	};
	char *o = s;
	size_t i, n;

	while (*s != '\0') {
		for (i = 0; i < LENGTH(known); i++) {
			n = strlen(known[i].name);
			if (strncmp(s, known[i].name, n) == 0)
				break;
		}
		if (i < LENGTH(known)) {
			*o++ = known[i].c;
			s += n;
		} else {
			*o++ = *s++;
		}
	}
	*o = '\0';
}

/* Keep name (of n bytes) if it is one that may be kept. */
static int
add_entry(struct listing *l, const char *name, size_t n, int is_dir)
{
	char *s;

	if (n == 0 || memchr(name, '/', n) != NULL)
		return 0;
	if (l->n >= LISTING_ENTRIES_MAX)
		return err_set(ERR_RANGE, "listing of more than %d names",
		    LISTING_ENTRIES_MAX);
	s = mem_strndup(name, n);
	if (path_check_inside(s) < 0) {
		mem_free(s);
		return 0;
	}
	mem_grow(&l->v, &l->cap, l->n + 1);
	l->v[l->n].name = s;
	l->v[l->n].is_dir = is_dir;
	l->n++;
	return 0;
}

/* href as found on the page whose decoded path is base. */
static int
add_href(struct listing *l, const char *href, const char *url, const char *base)
{
	char *raw = mem_strndup(href, strcspn(href, "?#")), *path;
	const char *p;
	size_t n;
	int rc = 0;

	path = url_decode(raw);
	p = path;
	if (p == NULL || p[0] == '\0')
		goto done;
	n = strcspn(raw, ":/");
	if (raw[n] == ':' && strncmp(raw + n, "://", 3) != 0)
		goto done; /* mailto: and the like */
	if (strstr(raw, "://") != NULL) {
		char *landed = url_path(raw);

		mem_free(path);
		path = url_same_origin(raw, url) ? url_decode(landed) : NULL;
		mem_free(landed);
		p = path;
		if (p == NULL)
			goto done;
	}
	if (p[0] == '/') {
		if (strncmp(p, base, strlen(base)) != 0)
			goto done;
		p += strlen(base);
	}
	while (strncmp(p, "./", 2) == 0)
		p += 2;
	n = strlen(p);
	if (n > 0 && p[n - 1] == '/')
		rc = add_entry(l, p, n - 1, 1);
	else
		rc = add_entry(l, p, n, 0);
done:
	mem_free(path);
	mem_free(raw);
	return rc;
}

/* The value of attribute name in a tag; the caller's, or NULL. */
static char *
attribute(const char *tag, size_t n, const char *name)
{
	size_t k = strlen(name), i, len;

	for (i = 0; i + k + 1 < n; i++) {
		const char *v;
		char quote;

		if (!isspace((unsigned char)tag[i]) ||
		    strncasecmp(tag + i + 1, name, k) != 0)
			continue;
		v = tag + i + 1 + k;
		while (v < tag + n && isspace((unsigned char)*v))
			v++;
		if (v >= tag + n || *v++ != '=')
			continue;
		while (v < tag + n && isspace((unsigned char)*v))
			v++;
		quote = v < tag + n ? *v : '\0';
		if (quote == '"' || quote == '\'')
			v++;
		else
			quote = '\0';
		for (len = 0; v + len < tag + n; len++)
			if (quote != '\0' ? v[len] == quote
					  : isspace((unsigned char)v[len]))
				break;
		return mem_strndup(v, len);
	}
	return NULL;
}

/* DIGITS's rule: the text of a cell that ends in '/' names a folder. */
static int
add_cell(struct listing *l, const char *text, size_t n)
{
	char *s;
	int rc = 0;

	while (n > 0 && isspace((unsigned char)text[n - 1]))
		n--;
	while (n > 0 && isspace((unsigned char)text[0]))
		text++, n--;
	if (n < 2 || n > 4096 || text[n - 1] != '/')
		return 0;
	s = mem_strndup(text, n - 1);
	entities_decode(s);
	rc = add_entry(l, s, strlen(s), 1);
	mem_free(s);
	return rc;
}

static int
by_name(const void *a, const void *b)
{
	const struct listing_entry *x = a, *y = b;
	int c = strcmp(x->name, y->name);

	return c != 0 ? c : y->is_dir - x->is_dir;
}

static void
sort(struct listing *l)
{
	size_t i, n = 0;

	if (l->n > 1)
		qsort(l->v, l->n, sizeof(*l->v), by_name);
	for (i = 0; i < l->n; i++) {
		if (n > 0 && strcmp(l->v[n - 1].name, l->v[i].name) == 0)
			mem_free(l->v[i].name);
		else
			l->v[n++] = l->v[i];
	}
	l->n = n;
}

/* The decoded path of the page, with '/' at its end. */
static char *
base_path(const char *url)
{
	char *folder = url_folder(url), *coded = url_path(folder);
	char *path = url_decode(coded);

	mem_free(folder);
	mem_free(coded);
	return path != NULL ? path : mem_strdup("/");
}

static int
tag_read(struct listing *l, const char *tag, size_t n, const char *text,
    size_t text_n, const char *url, const char *base)
{
	char *href;
	int rc = 0;

	if (n >= 2 && strncasecmp(tag, "td", 2) == 0 &&
	    !isalpha((unsigned char)tag[2]))
		return add_cell(l, text, text_n);
	if (n < 2 || tolower((unsigned char)tag[0]) != 'a' ||
	    !isspace((unsigned char)tag[1]))
		return 0;
	href = attribute(tag, n, "href");
	if (href != NULL) {
		entities_decode(href);
		rc = add_href(l, href, url, base);
	}
	mem_free(href);
	return rc;
}

int
listing_parse(struct listing *l, const char *html, size_t n, const char *url)
{
	const char *p = html, *end = html + n, *close, *next;
	char *base = base_path(url);
	int rc = 0;

	while (rc == 0 && p < end) {
		p = memchr(p, '<', (size_t)(end - p));
		close = p != NULL ? memchr(p, '>', (size_t)(end - p)) : NULL;
		if (close == NULL)
			break;
		next = memchr(close, '<', (size_t)(end - close));
		if (next == NULL)
			next = end;
		rc = tag_read(l, p + 1, (size_t)(close - p - 1), close + 1,
		    (size_t)(next - close - 1), url, base);
		p = next;
	}
	sort(l);
	mem_free(base);
	return rc;
}

int
listing_get(struct listing *l, struct http *h, const char *url)
{
	char *folder = url_folder(url);
	struct http_call c = { .url = folder, .max = LISTING_MAX };
	int rc = http_do(h, &c);

	if (rc == 0 && c.status != 200)
		rc = http_status_error(c.status, folder);
	if (rc == 0 && (c.type == NULL || strstr(c.type, "html") == NULL))
		rc = err_set(
		    ERR_FORMAT, "%s is not a directory listing", folder);
	if (rc == 0)
		rc = listing_parse(l, buf_str(&c.answer), c.answer.len, folder);
	http_call_clear(&c);
	mem_free(folder);
	return rc;
}

struct crawl {
	struct http *h;
	size_t files, folders;
	int (*found)(void *ctx, const char *url, const char *path);
	void *ctx;
};

static int
crawl(struct crawl *c, const char *url, const char *path, int depth)
{
	struct listing l;
	size_t i;
	int rc;

	if (++c->folders > LISTING_FOLDERS_MAX ||
	    c->folders > c->files + LISTING_EMPTY_MAX)
		return err_set(ERR_RANGE, "%s: %zu folders with %zu files", url,
		    c->folders, c->files);
	listing_init(&l);
	rc = listing_get(&l, c->h, url);
	for (i = 0; i < l.n && rc == 0; i++) {
		char *u = url_join(url, l.v[i].name);
		char *p =
		    mem_printf("%s%s%s", path, path[0] ? "/" : "", l.v[i].name);

		if (l.v[i].is_dir && depth > 1)
			rc = crawl(c, u, p, depth - 1);
		else if (!l.v[i].is_dir && ++c->files > LISTING_ENTRIES_MAX)
			rc = err_set(ERR_RANGE, "%s: more than %d files", url,
			    LISTING_ENTRIES_MAX);
		else if (!l.v[i].is_dir)
			rc = c->found(c->ctx, u, p);
		mem_free(u);
		mem_free(p);
	}
	listing_clear(&l);
	return rc;
}

int
listing_crawl(struct http *h, const char *url, int depth,
    int (*found)(void *ctx, const char *url, const char *path), void *ctx)
{
	struct crawl c = { .h = h, .found = found, .ctx = ctx };

	return crawl(&c, url, "", depth);
}
