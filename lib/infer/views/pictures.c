/* Pictures into a folder: see pictures.h. */
#include "infer/views/pictures.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/path.h"
#include "file/file.h"
#include "file/replace.h"
#include "prog/prog.h"

enum { STEM_MAX = 200 };

/* A name that was given, and the last number that stood behind it. */
struct taken {
	char *name;
	size_t last;
};

struct infer_pictures {
	struct file_dir *dir;
	struct taken *taken; /* in byte order */
	size_t n, cap;
};

static int
judge(struct replace_names *more, const char *dir, const void *ctx)
{
	int rc = replace_list_read(more, dir, "folder of answers");

	(void)ctx;
	return rc == 0
	    ? err_set(ERR_MISSING, "there is no %s in it", REPLACE_LIST)
	    : rc;
}

static const struct replace_kind answers_kind = { "folder of answers", NULL,
	judge, NULL };

static const struct replace_kind *
force(void)
{
	return prog_options()->force ? &answers_kind : NULL;
}

int
infer_pictures_check(const char *path)
{
	return file_dir_check(path, force());
}

int
infer_pictures_new(struct infer_pictures **out, const char *path)
{
	struct infer_pictures *p = mem_new(struct infer_pictures);
	int rc = file_dir_begin(&p->dir, path, force());

	if (rc < 0)
		infer_pictures_free(p);
	else
		*out = p;
	return rc;
}

void
infer_pictures_free(struct infer_pictures *p)
{
	if (p == NULL)
		return;
	for (size_t i = 0; i < p->n; i++)
		mem_free(p->taken[i].name);
	mem_free(p->taken);
	file_dir_abort(&p->dir);
	mem_free(p);
}

int
infer_pictures_commit(struct infer_pictures *p)
{
	int rc;

	if (p == NULL)
		return 0;
	rc = replace_list_write(file_dir_path(p->dir), answers_kind.what, NULL);
	return rc < 0 ? rc : file_dir_commit(&p->dir);
}

/* Where the name stands among those taken, or should. */
static size_t
find_place(const struct infer_pictures *p, const char *name, bool *there)
{
	size_t lo = 0, hi = p->n;

	*there = false;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		int c = strcmp(p->taken[mid].name, name);

		if (c == 0)
			*there = true;
		if (c < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* name is taken from now on, unless it was before. */
static bool
take_name(struct infer_pictures *p, const char *name)
{
	bool there;
	size_t at = find_place(p, name, &there);

	if (there)
		return false;
	mem_grow(&p->taken, &p->cap, p->n + 1);
	memmove(
	    p->taken + at + 1, p->taken + at, (p->n - at) * sizeof(*p->taken));
	p->taken[at] = (struct taken){ mem_strdup(name), 1 };
	p->n++;
	return true;
}

/* The last number behind a name that is taken. */
static size_t *
last_of(struct infer_pictures *p, const char *name)
{
	bool there;

	return &p->taken[find_place(p, name, &there)].last;
}

/* n bytes as a part of a path: harmless, never empty. */
static char *
tame(const char *name, size_t n)
{
	char *s = mem_strndup(name, n < STEM_MAX ? n : STEM_MAX);

	for (char *at = s; *at != '\0'; at++)
		if ((unsigned char)*at < ' ' || *at == 0x7f || *at == '/' ||
		    *at == '\\')
			*at = '-';
	if (*s == '.')
		*s = '-';
	if (*s == '\0' || strcmp(s, "-") == 0) {
		mem_free(s);
		s = mem_strdup("picture");
	}
	return s;
}

/* What a file may be called that comes of this picture. */
static char *
stem_of(const char *name)
{
	const char *base = path_base(name), *dot = NULL;
	const size_t n = path_is_url(name) ? strcspn(base, "?#") : strlen(base);

	for (size_t i = 1; i < n; i++)
		if (base[i] == '.')
			dot = base + i;
	return tame(base, dot != NULL ? (size_t)(dot - base) : n);
}

int
infer_pictures_path(char **out, struct infer_pictures *p, const char *folder,
    const char *name, const char *suffix, const char *ext)
{
	char *below = folder != NULL ? tame(folder, strlen(folder)) : NULL;
	const char *gap = below != NULL ? "/" : "";
	char *stem = stem_of(name), *plain, *file, *dir;
	int rc = 0;

	if (below == NULL)
		below = mem_strdup("");
	plain = mem_printf("%s%s%s%s%s", below, gap, stem, suffix, ext);
	file = mem_strdup(plain);
	while (!take_name(p, file)) {
		mem_free(file);
		file = mem_printf("%s%s%s-%zu%s%s", below, gap, stem,
		    ++*last_of(p, plain), suffix, ext);
	}
	dir = path_join(file_dir_path(p->dir), below);
	if (folder != NULL)
		rc = file_mkdirs(dir);
	if (rc >= 0)
		*out = path_join(file_dir_path(p->dir), file);
	mem_free(dir);
	mem_free(file);
	mem_free(plain);
	mem_free(stem);
	mem_free(below);
	return rc;
}

char *
infer_pictures_folder(struct infer_pictures *p, const char *name)
{
	char *stem = stem_of(name), *folder = mem_strdup(stem);

	while (!take_name(p, folder)) {
		mem_free(folder);
		folder = mem_printf("%s-%zu", stem, ++*last_of(p, stem));
	}
	mem_free(stem);
	return folder;
}

int
infer_pictures_add(struct infer_pictures *p, const char *folder,
    const char *name, const char *suffix, const struct image *im)
{
	char *path = NULL;
	int rc = infer_pictures_path(&path, p, folder, name, suffix, ".png");

	if (rc >= 0)
		rc = image_write(path, im, 0);
	mem_free(path);
	return rc;
}
