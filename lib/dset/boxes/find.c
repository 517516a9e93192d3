/* Pairs of pictures and labels. */
#include "dset/boxes/find.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/path.h"
#include "dset/sources/source.h"
#include "file/file.h"
#include "file/lines.h"

enum { LOOK_BYTES = 1 << 16, LOOK_WORDS = 16, LOOK_FILES = 64 };

const char *
dset_stem(size_t *n, const char *path)
{
	const char *base = path_base(path);

	*n = strlen(base) - strlen(path_ext(base));
	return base;
}

/* The first path where there is something, else the second. */
static char *
first_there(char *first, char *second)
{
	bool there = file_exists(first);

	mem_free(there ? second : first);
	return there ? first : second;
}

/* Where YOLO's tools look: n bytes of picture are its path without the ending. */
static char *
yolo_place(const char *picture, size_t n, const char *ext)
{
	static const char images[] = "images/";
	const char *at, *last = NULL, *rest;
	char *beside = mem_printf("%.*s%s", (int)n, picture, ext);

	for (at = picture; (at = strstr(at, images)) != NULL; at++)
		if (at == picture || at[-1] == '/')
			last = at;
	if (last == NULL)
		return beside;
	rest = last + sizeof images - 1;
	return first_there(beside,
	    mem_printf("%.*slabels/%.*s%s", (int)(last - picture), picture,
		(int)(n - (size_t)(rest - picture)), rest, ext));
}

char *
dset_labels_of(const char *labels, const char *images, const char *picture,
    const char *ext)
{
	size_t top = strlen(images);
	size_t n = strlen(picture) - strlen(path_ext(picture));
	const char *rel = picture, *stem;
	char *path;

	if (labels == NULL)
		return yolo_place(picture, n, ext);
	while (top > 0 && images[top - 1] == '/')
		top--;
	if (strncmp(picture, images, top) == 0 && picture[top] == '/')
		rel = picture + top + strspn(picture + top, "/");
	path = mem_printf(
	    "%s/%.*s%s", labels, (int)(n - (size_t)(rel - picture)), rel, ext);
	if (strchr(rel, '/') == NULL)
		return path;
	stem = dset_stem(&n, picture);
	return first_there(
	    path, mem_printf("%s/%.*s%s", labels, (int)n, stem, ext));
}

/* ---- what kind of labels ---- */

/* Text files: YOLO's lines begin with a number and four more. */
static int
look_text(enum dset_label_format *out, const char *path)
{
	char *word[LOOK_WORDS], *line, *end;
	double v;
	struct buf b;
	size_t n, i;
	int rc;

	buf_init(&b, BOXES_FILE_MAX);
	rc = file_read(&b, path);
	line = rc == 0 && b.len > 0 ? b.data : NULL;
	while (line != NULL && *out == LABELS_AUTO) {
		end = strchr(line, '\n');
		if (end != NULL)
			*end = '\0';
		n = dset_page_words(word, LOOK_WORDS, line);
		for (i = 0; i < n && i < LOOK_WORDS &&
		     num_double(&v, word[i], -1e30, 1e30) == 0;
		     i++)
			continue;
		if (n > 0)
			*out = n >= 5 && i == (n < LOOK_WORDS ? n : LOOK_WORDS)
			    ? LABELS_YOLO
			    : LABELS_KITTI;
		line = end != NULL ? end + 1 : NULL;
	}
	buf_clear(&b);
	return rc;
}

struct found {
	size_t xml, txt, json;
	bool names;      /* of YOLO's classes */
	const char *one; /* the last .json */
};

static void
look_names(struct found *f, char **names, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const char *s = names[i];

		if (strcmp(s, "classes.txt") == 0 ||
		    strcmp(s, "obj.names") == 0)
			f->names = true;
		else if (path_has_ext(s, ".xml"))
			f->xml++;
		else if (path_has_ext(s, ".txt"))
			f->txt++;
		else if (path_has_ext(s, ".json")) {
			f->json++;
			f->one = s;
		}
	}
}

static int
look_folder(enum dset_label_format *out, char **file, const char *dir)
{
	struct found f = { 0 };
	char **names, *path;
	size_t n, i, seen = 0;
	int rc = file_list(&names, &n, dir);

	if (rc < 0)
		return rc;
	look_names(&f, names, n);
	if (f.xml > 0 && f.txt > 0)
		rc = err_set(ERR_USAGE,
		    "%s has .xml and .txt files: say which by --label-format",
		    dir);
	else if (f.xml > 0)
		*out = LABELS_VOC;
	else if (f.names)
		*out = LABELS_YOLO;
	else if (f.txt == 0 && f.json == 1) {
		*out = LABELS_COCO;
		*file = path_join(dir, f.one);
	} else if (f.txt == 0)
		rc = err_set(f.json ? ERR_USAGE : ERR_FORMAT,
		    f.json
			? "%s has several .json files: say which by --labels FILE"
			: "%s: no label files (.txt, .xml or .json); where they are in folders below it, say which by --label-format",
		    dir);
	/* The first that says something tells for all. */
	for (i = 0; rc == 0 && *out == LABELS_AUTO && i < n; i++) {
		if (!path_has_ext(names[i], ".txt") || seen++ == LOOK_FILES)
			continue;
		path = path_join(dir, names[i]);
		rc = look_text(out, path);
		mem_free(path);
	}
	if (rc == 0 && *out == LABELS_AUTO)
		*out = LABELS_KITTI; /* without a single box */
	file_list_free(names, n);
	return rc;
}

static int
look_file(enum dset_label_format *out, const char *file)
{
	static const char *const yolo[] = { ".yaml", ".yml", ".data",
		".names" };

	if (path_has_ext(file, ".json")) {
		*out = LABELS_COCO;
		return 0;
	}
	for (size_t i = 0; i < LENGTH(yolo); i++)
		if (path_has_ext(file, yolo[i])) {
			*out = LABELS_YOLO;
			return 0;
		}
	return err_set(ERR_USAGE,
	    "%s: a folder of labels is wanted, or a file of COCO (.json) or YOLO (.yaml, .data, .names); else say which by --label-format",
	    file);
}

int
dset_labels_find(enum dset_label_format *out, char **file, const char *labels,
    enum dset_label_format asked)
{
	int is = file_look_dir(labels), rc = is < 0 ? is : 0;

	*out = asked;
	*file = NULL;
	if (rc == 0 && !file_exists(labels))
		rc = file_absent(labels, "%s: no such labels", labels);
	if (rc == 0 && is && (asked == LABELS_AUTO || asked == LABELS_COCO)) {
		*out = LABELS_AUTO;
		rc = look_folder(out, file, labels);
		if (rc == 0 && asked == LABELS_COCO && *out != asked)
			rc = err_set(ERR_USAGE,
			    "%s holds no single .json file: say which by --labels FILE",
			    labels);
	} else if (rc == 0 && !is && asked == LABELS_AUTO) {
		rc = look_file(out, labels);
	} else if (rc == 0 && !is &&
	    (asked == LABELS_KITTI || asked == LABELS_VOC)) {
		rc = err_set(ERR_USAGE, "%s is not a folder of labels", labels);
	}
	if (rc == 0 && *file == NULL)
		*file = mem_strdup(labels);
	return rc;
}

/* ---- lists of stems ---- */

struct stem {
	const char *s;
	size_t n, at;
};

static int
stem_cmp(const void *a, const void *b)
{
	const struct stem *x = a, *y = b;
	size_t n = x->n < y->n ? x->n : y->n;
	int c = memcmp(x->s, y->s, n);

	return c ? c : (x->n > y->n) - (x->n < y->n);
}

/* "a/b/1.png" and "1" name the same; a dot within a stem does not end it. */
static struct stem
stem_named(char *line)
{
	struct stem s = { 0 };

	s.s = path_base(line);
	s.n = dset_source_picture(s.s) ? strlen(s.s) - strlen(path_ext(s.s))
				       : strlen(s.s);
	return s;
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
    const struct stem *all, char *line)
{
	const struct stem *end = all + pictures->n, *hit;
	struct stem key = stem_named(line);
	const char *path;
	size_t like, best = 0;
	int found = 0;

	hit = bsearch(&key, all, pictures->n, sizeof *all, stem_cmp);
	while (hit != NULL && hit > all && stem_cmp(hit - 1, &key) == 0)
		hit--;
	for (; hit != NULL && hit < end && stem_cmp(hit, &key) == 0; hit++) {
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
    const struct stem *all, char *line)
{
	struct stem key;
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
	struct stem *all = mem_array(struct stem, pictures->n + 1);
	struct dset_sample *out =
	    mem_array(struct dset_sample, pictures->n + 1);
	char **lines, *why;
	size_t i, n, have = 0;
	int rc = lines_read(&lines, &n, file, "list of pictures");

	for (i = 0; i < pictures->n; i++) {
		all[i].s = dset_stem(&all[i].n, pictures->v[i].path);
		all[i].at = i;
	}
	qsort(all, pictures->n, sizeof *all, stem_cmp);
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
