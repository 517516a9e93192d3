/* Choices that were measured: see tune.h. */
#include "cuda/tune.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/path.h"
#include "file/file.h"

enum { FILE_MAX = 4 << 20 };

static const char title[] = "nnutils tune 1\n";

struct tune {
	char *path; /* NULL: nothing is kept */
	struct kept {
		char *key, *choice;
	} * all;
	size_t n, cap;
};

static struct kept *
find_choice(const struct tune *t, const char *key, size_t len)
{
	for (size_t i = 0; i < t->n; i++)
		if (strlen(t->all[i].key) == len &&
		    memcmp(t->all[i].key, key, len) == 0)
			return &t->all[i];
	return NULL;
}

static void
add_choice(
    struct tune *t, const char *key, size_t nkey, const char *choice, size_t n)
{
	struct kept *k = find_choice(t, key, nkey);

	if (k == NULL) {
		mem_grow(&t->all, &t->cap, t->n + 1);
		k = &t->all[t->n++];
		k->key = mem_strndup(key, nkey);
		k->choice = NULL;
	}
	mem_free(k->choice);
	k->choice = mem_strndup(choice, n);
}

/* Lines "key TAB choice" that are not known yet; false: this is no such file. */
static bool
take_lines(struct tune *t, const char *s)
{
	if (strncmp(s, title, sizeof(title) - 1) != 0)
		return false;
	for (s += sizeof(title) - 1; *s != '\0';) {
		const size_t line = strcspn(s, "\n");
		const char *tab = memchr(s, '\t', line);

		if (s[line] != '\n' || tab == NULL || tab == s)
			return false;
		if (find_choice(t, s, (size_t)(tab - s)) == NULL)
			add_choice(t, s, (size_t)(tab - s), tab + 1,
			    line - (size_t)(tab + 1 - s));
		s += line + 1;
	}
	return true;
}

static void
forget_oldest(struct tune *t, size_t from)
{
	for (; t->n > from; t->n--) {
		mem_free(t->all[t->n - 1].key);
		mem_free(t->all[t->n - 1].choice);
	}
}

static void
read_file(struct tune *t)
{
	const size_t known = t->n;
	struct buf b;

	if (t->path == NULL || !file_exists(t->path))
		return;
	buf_init(&b, FILE_MAX);
	if (file_read(&b, t->path) < 0) {
		log_info("%s is left out: %s", t->path, err_text());
	} else if (strlen(buf_str(&b)) != b.len ||
	    !take_lines(t, buf_str(&b))) {
		log_info("%s is left out: it is damaged", t->path);
		forget_oldest(t, known);
	}
	buf_clear(&b);
}

static int
write_file(const struct tune *t)
{
	char *dir = path_dir(t->path);
	struct buf b;
	int rc;

	buf_init(&b, FILE_MAX);
	rc = buf_adds(&b, title);
	for (size_t i = 0; i < t->n && rc == 0; i++)
		rc =
		    buf_printf(&b, "%s\t%s\n", t->all[i].key, t->all[i].choice);
	if (rc == 0)
		rc = file_mkdirs(dir);
	if (rc == 0)
		rc = file_write(t->path, b.data, b.len, 1);
	buf_clear(&b);
	mem_free(dir);
	return rc;
}

struct tune *
tune_open(const char *device, const char *library)
{
	struct tune *t = mem_new(struct tune);
	char *name = mem_printf("tune/%s-%s.txt", device, library);

	for (char *c = name + strlen("tune/"); *c != '\0'; c++)
		if (!isalnum((unsigned char)*c) && *c != '.')
			*c = '-';
	t->path = path_cache_dir(name);
	mem_free(name);
	read_file(t);
	return t;
}

void
tune_close(struct tune *t)
{
	if (t == NULL)
		return;
	forget_oldest(t, 0);
	mem_free(t->all);
	mem_free(t->path);
	mem_free(t);
}

const char *
tune_find(const struct tune *t, const char *key)
{
	const struct kept *k = find_choice(t, key, strlen(key));

	return k != NULL ? k->choice : NULL;
}

int
tune_choose(struct tune *t, const char *key, const char *const *names, int n,
    tune_clock *clock, void *ctx)
{
	const char *known = tune_find(t, key);
	double best = -1;
	int chosen = 0;

	for (int i = 0; i < n && known != NULL; i++)
		if (strcmp(names[i], known) == 0)
			return i;
	for (int i = 0; i < n; i++) {
		const double s = clock(ctx, i);

		log_debug("%s: %s takes %.1f us", key, names[i], s * 1e6);
		if (s >= 0 && (best < 0 || s < best)) {
			best = s;
			chosen = i;
		}
	}
	if (best < 0)
		return 0;
	add_choice(t, key, strlen(key), names[chosen], strlen(names[chosen]));
	read_file(t); /* what others added */
	if (t->path != NULL && write_file(t) < 0)
		log_info("choices are not saved: %s", err_text());
	return chosen;
}
