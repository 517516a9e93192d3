/* Paths as text. */
#include "base/path.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/text.h"

enum { NAME_MAX_BYTES = 4096 };

char *
path_join(const char *dir, const char *name)
{
	size_t n = strlen(dir);

	if (name[0] == '/' || n == 0)
		return mem_strdup(name);
	return mem_printf("%s%s%s", dir, dir[n - 1] == '/' ? "" : "/", name);
}

const char *
path_base(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

char *
path_dir(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (slash == NULL)
		return mem_strdup(".");
	if (slash == path)
		return mem_strdup("/");
	return mem_strndup(path, (size_t)(slash - path));
}

const char *
path_ext(const char *path)
{
	const char *base = path_base(path);
	const char *dot = strrchr(base, '.');

	/* A leading dot hides a file; it does not begin an extension. */
	return dot != NULL && dot != base ? dot : "";
}

int
path_has_ext(const char *path, const char *ext)
{
	return strcasecmp(path_ext(path), ext) == 0;
}

static int
is_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9');
}

int
path_is_url(const char *path)
{
	const char *p = path;

	/* RFC 3986: ALPHA *( ALPHA / DIGIT / "+" / "-" / "." ) */
	if (!is_alnum(*p) || (*p >= '0' && *p <= '9'))
		return 0;
	while (is_alnum(*p) || *p == '+' || *p == '-' || *p == '.')
		p++;
	return strncmp(p, "://", 3) == 0;
}

int
path_check_inside(const char *name)
{
	const char *p, *end;
	size_t len = strlen(name);

	if (len == 0)
		return err_set(ERR_REFUSED, "an empty name");
	if (len > NAME_MAX_BYTES)
		return err_set(ERR_REFUSED, "a name of %zu bytes", len);
	TRY(text_check(name));
	if (strchr(name, '\\') != NULL)
		return err_set(ERR_REFUSED, "a backslash in a name");
	if (name[0] == '/' || (is_alnum(name[0]) && name[1] == ':'))
		return err_set(ERR_REFUSED, "'%s' is an absolute name", name);
	for (p = name; *p != '\0'; p = *end == '/' ? end + 1 : end) {
		end = strchrnul(p, '/');
		if (end == p || (end == p + 1 && p[0] == '.') ||
		    (end == p + 2 && p[0] == '.' && p[1] == '.'))
			return err_set(ERR_REFUSED,
			    "'%s' has an empty, \".\" or \"..\" part", name);
		if (*end == '/' && end[1] == '\0')
			return err_set(
			    ERR_REFUSED, "'%s' ends in a slash", name);
	}
	return 0;
}

int
path_cmp(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

char *
path_cache_dir(const char *sub)
{
	const char *own = getenv("NNUTILS_CACHE");
	const char *xdg = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");

	if (own != NULL && own[0] != '\0')
		return mem_printf("%s/%s", own, sub);
	if (xdg != NULL && xdg[0] == '/')
		return mem_printf("%s/nnutils/%s", xdg, sub);
	if (home != NULL && home[0] != '\0')
		return mem_printf("%s/.cache/nnutils/%s", home, sub);
	return NULL;
}
