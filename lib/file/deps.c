/*
 * Names of files that were read, gathered as they come, sorted and told apart
 * when the rule is written: see deps.h.
 */
#include "file/deps.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alias.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/path.h"
#include "file/file.h"

struct names {
	char **v;
	size_t n, cap;
};

static struct {
	pthread_mutex_t lock;
	_Atomic bool on;
	struct names read, left;
	struct names full, given; /* of aliases, side by side */
} deps = { .lock = PTHREAD_MUTEX_INITIALIZER };

static void
names_add(struct names *n, const char *name)
{
	mem_grow(&n->v, &n->cap, n->n + 1);
	n->v[n->n++] = mem_strdup(name);
}

static void
names_clear(struct names *n)
{
	size_t i;

	for (i = 0; i < n->n; i++)
		mem_free(n->v[i]);
	mem_free(n->v);
	*n = (struct names){ 0 };
}

int
deps_on(void)
{
	return deps.on;
}

void
deps_stop(void)
{
	pthread_mutex_lock(&deps.lock);
	deps.on = false;
	names_clear(&deps.read);
	names_clear(&deps.left);
	names_clear(&deps.full);
	names_clear(&deps.given);
	pthread_mutex_unlock(&deps.lock);
}

void
deps_start(void)
{
	deps_stop();
	deps.on = true;
}

static void
note_path(struct names *n, const char *path)
{
	if (!deps.on || path == NULL || path[0] == '\0' ||
	    strcmp(path, "-") == 0)
		return;
	pthread_mutex_lock(&deps.lock);
	names_add(n, path);
	pthread_mutex_unlock(&deps.lock);
}

void
deps_add(const char *path)
{
	note_path(&deps.read, path);
}

void
deps_leave(const char *path)
{
	note_path(&deps.left, path);
}

void
deps_alias(const char *full, const char *given)
{
	alias_add(full, given);
	if (!deps.on)
		return;
	pthread_mutex_lock(&deps.lock);
	names_add(&deps.full, full);
	names_add(&deps.given, given);
	pthread_mutex_unlock(&deps.lock);
}

/* ---- which of them count -------------------------------------------------- */

struct dep {
	char *name; /* as given */
	char *full; /* its folder resolved: what it is the same as */
};

/* A folder resolved; neighbours ask for the same one. */
struct resolver {
	char *dir, *real;
};

/* The folder of path resolved, and the name in it; caller's. */
static char *
resolve(struct resolver *r, const char *path)
{
	char *dir = path_dir(path), *real;

	if (r->dir == NULL || strcmp(dir, r->dir) != 0) {
		mem_free(r->dir);
		mem_free(r->real);
		real = realpath(dir, NULL);
		r->real = mem_strdup(real != NULL ? real : dir);
		r->dir = mem_strdup(dir);
		free(real);
	}
	mem_free(dir);
	return path_join(r->real, path_base(path));
}

static void
resolver_clear(struct resolver *r)
{
	mem_free(r->dir);
	mem_free(r->real);
}

/* What of path lies below dir: "", "/x", or NULL where it does not. */
static const char *
below(const char *path, const char *dir)
{
	size_t n = strlen(dir);

	while (n > 1 && dir[n - 1] == '/')
		n--;
	if (strncmp(path, dir, n) != 0 || (path[n] != '/' && path[n] != '\0'))
		return NULL;
	return path + n;
}

/* Is a part of it an unfinished output, ".NAME.tmp-XXXXXXXX"? */
static bool
is_unfinished(const char *path)
{
	const char *part, *end, *tmp;

	for (part = path; *part != '\0'; part = end + (*end == '/')) {
		end = strchrnul(part, '/');
		tmp = part[0] == '.' ? strstr(part, ".tmp-") : NULL;
		if (tmp != NULL && end - tmp == 5 + 8)
			return true;
	}
	return false;
}

/* A folder that we write into is new each time. */
static bool
holds_one(const char *dir, const struct names *left)
{
	size_t n = strlen(dir), i;

	for (i = 0; i < left->n; i++)
		if (strncmp(left->v[i], dir, n) == 0 && left->v[i][n] == '/' &&
		    strchr(left->v[i] + n + 1, '/') == NULL)
			return true;
	return false;
}

static bool
counts(const struct dep *d, const struct names *left)
{
	static const char *const system[] = { "/proc", "/sys" };
	struct stat st;
	size_t i;
	int there;

	if (is_unfinished(d->full))
		return false;
	there = file_look(&st, d->name);
	if (there == 0 ||
	    (there > 0 && !S_ISREG(st.st_mode) &&
		(!S_ISDIR(st.st_mode) || holds_one(d->full, left))))
		return false;
	for (i = 0; i < LENGTH(system); i++)
		if (below(d->full, system[i]) != NULL)
			return false;
	for (i = 0; i < left->n; i++)
		if (below(d->full, left->v[i]) != NULL)
			return false;
	return true;
}

/* As it was given, where it was given otherwise; caller's. */
static char *
given_name(const char *path)
{
	const char *rest;
	size_t i;

	for (i = 0; i < deps.full.n; i++) {
		rest = below(path, deps.full.v[i]);
		if (rest != NULL)
			return mem_printf("%s%s", deps.given.v[i], rest);
	}
	return mem_strdup(path);
}

/* Of two names of one file the one that is not its whole path first. */
static int
by_file(const void *a, const void *b)
{
	const struct dep *x = a, *y = b;
	int c = strcmp(x->full, y->full);

	if (c != 0)
		return c;
	c = (strcmp(x->name, x->full) == 0) - (strcmp(y->name, y->full) == 0);
	return c != 0 ? c : strcmp(x->name, y->name);
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(
	    ((const struct dep *)a)->name, ((const struct dep *)b)->name);
}

/* What is left out, resolved: the cache too. */
static void
resolve_left(struct names *out)
{
	struct resolver r = { NULL, NULL };
	char *cache = path_cache_dir(""), *full;
	size_t i;

	for (i = 0; i <= deps.left.n; i++) {
		const char *path = i < deps.left.n ? deps.left.v[i] : cache;
		char *real = path != NULL ? realpath(path, NULL) : NULL;

		if (path == NULL)
			continue;
		full = resolve(&r, path);
		names_add(out, full);
		if (real != NULL && strcmp(real, full) != 0)
			names_add(out, real);
		mem_free(full);
		free(real);
	}
	resolver_clear(&r);
	mem_free(cache);
}

/* Every file once, by name; caller frees with dep_free. */
static struct dep *
gather_deps(size_t *n)
{
	struct dep *v = mem_array(struct dep, deps.read.n + 1);
	struct names left = { 0 };
	struct resolver r = { NULL, NULL };
	size_t i, k = 0;

	resolve_left(&left);
	for (i = 0; i < deps.read.n; i++) {
		v[i].name = given_name(deps.read.v[i]);
		v[i].full = resolve(&r, v[i].name);
	}
	if (i > 0)
		qsort(v, i, sizeof(*v), by_file);
	for (i = 0; i < deps.read.n; i++) {
		if ((k > 0 && strcmp(v[k - 1].full, v[i].full) == 0) ||
		    !counts(&v[i], &left)) {
			mem_free(v[i].name);
			mem_free(v[i].full);
		} else {
			v[k++] = v[i];
		}
	}
	if (k > 0)
		qsort(v, k, sizeof(*v), by_name);
	resolver_clear(&r);
	names_clear(&left);
	*n = k;
	return v;
}

/* ---- as make reads it ----------------------------------------------------- */

/* Names that make cannot be told to have exactly, or takes for something else
 * where they stand alone. */
static bool
is_odd(const char *s)
{
	static const char *const words[] = { "define", "endef", "export",
		"include", "-include", "sinclude", "load", "-load", "override",
		"private", "undefine", "unexport", "vpath", "ifdef", "ifndef",
		"ifeq", "ifneq", "else", "endif" };
	const size_t n = strlen(s);
	size_t i;

	for (i = 0; i < LENGTH(words); i++)
		if (strcmp(s, words[i]) == 0)
			return true;
	return strpbrk(s, "\t\n;&|=") != NULL || s[n - 1] == '\\' ||
	    s[n - 1] == ' ';
}

/* A character that no quoting gets past make, at s[i]: it is named by "?". */
static bool
is_lost(const char *s, size_t i)
{
	if (strchr(";\t\n|", s[i]) != NULL)
		return true;
	if (s[i] == '=')
		return i == 0 || s[i - 1] == '\\';
	return (s[i] == ' ' || s[i] == '\\') && s[i + 1] == '\0';
}

static int
add_name(struct buf *b, const char *s, bool target)
{
	size_t i, k;

	if (s[0] == '~')
		TRY(buf_adds(b, "./"));
	for (i = 0; s[i] != '\0'; i++) {
		const bool lost = is_lost(s, i);
		const bool quoted =
		    strchr(target ? " #:*?[%" : " #:*?[", s[i]) != NULL;

		/* Before what is quoted a backslash counts as quoting. */
		for (k = i; (lost || quoted) && k > 0 && s[k - 1] == '\\'; k--)
			TRY(buf_addc(b, '\\'));
		if (s[i] == '$')
			TRY(buf_addc(b, '$'));
		else if (quoted && !lost)
			TRY(buf_addc(b, '\\'));
		TRY(buf_addc(b, lost ? '?' : s[i]));
	}
	return 0;
}

int
deps_quote(struct buf *b, const char *name)
{
	return add_name(b, name, true);
}

static int
add_rule(struct buf *b, const char *const *targets, size_t ntargets,
    const struct dep *v, size_t n)
{
	bool odd = false;
	size_t i;

	for (i = 0; i < ntargets; i++)
		TRY(buf_printf(b, "%s%s", i > 0 ? " " : "", targets[i]));
	TRY(buf_addc(b, ':'));
	for (i = 0; i < n && !odd; i++)
		odd = is_odd(v[i].name);
	/* So that the first is not taken for a word or a variable. */
	if (odd)
		TRY(buf_adds(b, " $(subst ,,)"));
	for (i = 0; i < n; i++) {
		TRY(buf_adds(b, " \\\n\t"));
		TRY(add_name(b, v[i].name, false));
	}
	TRY(buf_addc(b, '\n'));
	for (i = 0; i < n; i++) {
		if (is_odd(v[i].name))
			continue;
		TRY(add_name(b, v[i].name, true));
		TRY(buf_adds(b, ":\n"));
	}
	return 0;
}

int
deps_rule(struct buf *b, const char *const *targets, size_t n)
{
	struct dep *v;
	size_t i, count = 0;
	int rc;

	pthread_mutex_lock(&deps.lock);
	v = gather_deps(&count);
	pthread_mutex_unlock(&deps.lock);
	rc = add_rule(b, targets, n, v, count);
	for (i = 0; i < count; i++) {
		mem_free(v[i].name);
		mem_free(v[i].full);
	}
	mem_free(v);
	return rc;
}
