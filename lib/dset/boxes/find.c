/* Which label file a picture has, and of which kind: see find.h. */
#include "dset/boxes/find.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/path.h"
#include "dset/sources/pairs.h"
#include "file/file.h"

enum { LOOK_BYTES = 1 << 16, LOOK_WORDS = 16, LOOK_FILES = 64 };

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
	size_t n = strlen(picture) - strlen(path_ext(picture));
	struct dset_stem below, stem;
	char *path;

	if (labels == NULL)
		return yolo_place(picture, n, ext);
	below = dset_stem_below(picture, images);
	path = mem_printf("%s/%.*s%s", labels, (int)below.n, below.s, ext);
	if (memchr(below.s, '/', below.n) == NULL)
		return path;
	stem = dset_stem(picture);
	return first_there(
	    path, mem_printf("%s/%.*s%s", labels, (int)stem.n, stem.s, ext));
}

/* ---- whose they are ---- */

struct owner {
	const char *path;
	size_t i;
};

static int
owner_cmp(const void *a, const void *b)
{
	const struct owner *x = a, *y = b;
	int c = strcmp(x->path, y->path);

	return c ? c : (x->i > y->i) - (x->i < y->i);
}

int
dset_labels_owners(
    char **paths, const struct dset_list *l, const struct dset_bad *bad)
{
	size_t n = l->n, i;
	struct owner *v = mem_array(struct owner, n + 1);
	const struct owner *first;
	int rc = 0;

	for (i = 0; i < n; i++)
		v[i] = (struct owner){ paths[i], i };
	qsort(v, n, sizeof *v, owner_cmp);
	for (first = v, i = 1; rc == 0 && i < n; i++) {
		if (strcmp(first->path, v[i].path) != 0 ||
		    !file_exists(v[i].path)) {
			first = &v[i];
			continue;
		}
		(void)err_set(ERR_FORMAT, "%s is also that of %s", first->path,
		    l->v[first->i].path);
		rc = dset_bad_tell(bad, l->v[v[i].i].path, -1, err_text());
		if (rc == 0)
			paths[v[i].i][0] = '\0';
	}
	mem_free(v);
	for (i = 0; i < n; i++)
		if (paths[i][0] == '\0') {
			mem_free(paths[i]);
			paths[i] = NULL;
		}
	return rc;
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
