/* What pairs of pictures and labels share: see pairs.h. */
#include "dset/sources/pairs.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/stop.h"
#include "dset/sources/source.h"
#include "file/file.h"
#include "file/lines.h"

/* ---- stems ---- */

struct dset_stem
dset_stem(const char *path)
{
	const char *base = path_base(path);

	return (
	    struct dset_stem){ base, strlen(base) - strlen(path_ext(base)) };
}

struct dset_stem
dset_stem_below(const char *path, const char *dir)
{
	size_t top = strlen(dir);
	const char *rel = path;

	while (top > 0 && dir[top - 1] == '/')
		top--;
	if (strncmp(path, dir, top) == 0 && path[top] == '/')
		rel = path + top + strspn(path + top, "/");
	return (struct dset_stem){ rel, strlen(rel) - strlen(path_ext(rel)) };
}

int
dset_stem_cmp(const void *a, const void *b)
{
	const struct dset_stem *x = a, *y = b;
	int c = memcmp(x->s, y->s, x->n < y->n ? x->n : y->n);

	return c ? c : (x->n > y->n) - (x->n < y->n);
}

/* ---- lists of stems ---- */

struct placed {
	struct dset_stem stem;
	size_t at; /* among the pictures */
};

/* "a/b/1.png" and "1" name the same; a dot within a stem does not end it. */
static struct dset_stem
stem_named(const char *line)
{
	const char *base = path_base(line);

	return dset_source_picture(base)
	    ? dset_stem(line)
	    : (struct dset_stem){ base, strlen(base) };
}

/* How many folders, from the last one up, two paths have in common. */
static size_t
folders_alike(const char *a, const char *b)
{
	const char *x = path_base(a), *y = path_base(b);
	size_t n = 0;

	while (x > a && y > b && x[-1] == y[-1]) {
		x--;
		y--;
		while (x > a && y > b && x[-1] == y[-1] && x[-1] != '/') {
			x--;
			y--;
		}
		if ((x > a && x[-1] != '/') || (y > b && y[-1] != '/'))
			break;
		n++;
	}
	return n;
}

/* Of the pictures with the stem of a line that whose path is most like it: 1; 0:
 * there is none, 2: several are as much like it. */
static int
find_named(size_t *out, const struct dset_list *pictures,
    const struct placed *all, const char *line)
{
	const struct placed *end = all + pictures->n, *hit;
	struct dset_stem key = stem_named(line);
	const char *path;
	size_t like, best = 0;
	int found = 0;

	hit = bsearch(&key, all, pictures->n, sizeof *all, dset_stem_cmp);
	while (hit != NULL && hit > all && dset_stem_cmp(hit - 1, &key) == 0)
		hit--;
	for (; hit != NULL && hit < end && dset_stem_cmp(hit, &key) == 0;
	     hit++) {
		path = pictures->v[hit->at].path;
		like = 2 * folders_alike(line, path) + 1 +
		    (strcmp(path_base(line), path_base(path)) == 0);
		found = like > best ? 1 : like == best ? 2 : found;
		if (like > best) {
			best = like;
			*out = hit->at;
		}
	}
	return found;
}

static int
pick_line(struct dset_list *pictures, struct dset_sample *out, size_t *n,
    const struct placed *all, char *line)
{
	struct dset_stem key;
	size_t at = 0;
	char *end;
	int found = find_named(&at, pictures, all, line);

	if (found == 0) { /* "000005  1" */
		end = line + strcspn(line, " \t");
		if (*end != '\0') {
			*end = '\0';
			found = find_named(&at, pictures, all, line);
		}
	}
	key = stem_named(line);
	if (found == 0)
		return err_set(
		    ERR_FORMAT, "no picture is called %.*s", (int)key.n, key.s);
	if (found > 1)
		return err_set(ERR_FORMAT,
		    "several pictures are called %.*s: name it with its folder",
		    (int)key.n, key.s);
	if (pictures->v[at].label < 0)
		return err_set(
		    ERR_FORMAT, "%.*s is in the list twice", (int)key.n, key.s);
	out[(*n)++] = pictures->v[at];
	pictures->v[at].label = -1; /* taken */
	return 0;
}

int
dset_stems_pick(
    struct dset_list *pictures, const char *file, const struct dset_bad *bad)
{
	struct placed *all = mem_array(struct placed, pictures->n + 1);
	struct dset_sample *out =
	    mem_array(struct dset_sample, pictures->n + 1);
	char **lines, *why;
	size_t i, n, have = 0;
	int rc = lines_read(&lines, &n, file, "list of pictures");

	for (i = 0; i < pictures->n; i++)
		all[i] = (struct placed){ dset_stem(pictures->v[i].path), i };
	qsort(all, pictures->n, sizeof *all, dset_stem_cmp);
	for (i = 0; rc == 0 && i < n; i++) {
		if (*lines[i] == '\0' ||
		    pick_line(pictures, out, &have, all, lines[i]) == 0)
			continue;
		why = mem_printf("line %zu: %s", i + 1, err_text());
		rc = dset_bad_tell(bad, file, -1, why);
		mem_free(why);
	}
	lines_free(lines, n);
	if (rc == 0 && have == 0)
		rc = err_set(ERR_FORMAT, "%s names none of the pictures", file);
	if (rc == 0) {
		memcpy(pictures->v, out, have * sizeof *out);
		pictures->n = have;
	}
	mem_free(all);
	mem_free(out);
	return rc;
}

/* ---- pictures ---- */

int
dset_pairs_walk(struct dset_list *out, const struct dset_pairs *p,
    const struct dset_bad *bad)
{
	TRY(dset_source_walk(out, p->images));
	if (out->n == 0)
		return err_set(ERR_FORMAT, "%s: no pictures", p->images);
	if (p->list != NULL)
		TRY(dset_stems_pick(out, p->list, bad));
	if (bad != NULL && bad->total != NULL)
		*bad->total += out->n;
	return 0;
}

int
dset_pairs_probe(struct image_info *out, const char *picture)
{
	const void *p;
	size_t n;
	int rc;

	TRY(file_map(&p, &n, picture));
	rc = image_probe(out, p, n, picture);
	file_unmap(p, n);
	return rc;
}

int
dset_pairs_probe_as(
    struct image_info *out, const char *picture, const struct value *v)
{
	TRY(dset_pairs_probe(out, picture));
	if (v->width > 0 && v->height > 0 &&
	    (v->width != out->width || v->height != out->height))
		return err_set(ERR_FORMAT,
		    "the picture has %dx%d pixels, %s says %dx%d", out->width,
		    out->height, v->file, v->width, v->height);
	return 0;
}

int
dset_pairs_take(struct dset_list *l, int (*take)(void *ctx, size_t i),
    void *ctx, const char *images, const char *what)
{
	size_t i, n = 0;
	int rc;

	for (i = 0; i < l->n; i++) {
		if (stop_asked())
			return err_set(
			    ERR_STOPPED, "stopped by %s", stop_reason());
		rc = take(ctx, i);
		if (rc < 0)
			return rc;
		if (rc > 0)
			l->v[n++] = l->v[i];
	}
	l->n = n;
	return n > 0
	    ? 0
	    : err_set(ERR_FORMAT, "%s: no picture has %s that can be used",
		  images, what);
}
