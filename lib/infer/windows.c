/* Files of windows: see windows.h. */
#include "infer/windows.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/text.h"
#include "file/file.h"
#include "file/sniff.h"
#include "input/windows.h"

enum { WINDOWS_MOST = 1 << 24, FAR = 1 << 24, SIDES = 4 };
static const size_t file_bytes_max = (size_t)1 << 30;

struct entry {
	const char *picture;
	size_t index; /* in the file */
	struct stream_piece at;
};

struct infer_windows {
	struct arena *arena;
	struct entry *v; /* by picture, then as in the file */
	size_t n, cap;
	const char **pictures; /* in the order of the file */
	size_t npictures;
};

/* A file being read, line by line. */
struct scan {
	struct infer_windows *w;
	const char *path, *root;
	size_t line;
	int column[SIDES + 1]; /* of a CSV: of left, top, right, bottom, name */
	bool csv;
};

static int
bad(const struct scan *s, const char *what)
{
	return err_set(ERR_FORMAT, "%s:%zu: %s", s->path, s->line, what);
}

static int
add(struct scan *s, const char *name, const double edge[SIDES])
{
	struct infer_windows *w = s->w;
	struct entry *e;
	char *full;

	if (!(edge[2] > edge[0] && edge[3] > edge[1]))
		return bad(s,
		    "a window's right and bottom are behind its left and top");
	if (w->n == WINDOWS_MOST)
		return bad(s, "too many windows");
	full = s->root != NULL ? file_below(s->root, name) : mem_strdup(name);
	mem_grow(&w->v, &w->cap, w->n + 1);
	e = &w->v[w->n];
	/* names are mostly those of the line before */
	e->picture = w->n > 0 && strcmp(w->v[w->n - 1].picture, full) == 0
	    ? w->v[w->n - 1].picture
	    : arena_strdup(w->arena, full);
	mem_free(full);
	e->index = w->n++;
	e->at.x = (int)floor(edge[0]);
	e->at.y = (int)floor(edge[1]);
	e->at.w = (int)ceil(edge[2]) - e->at.x;
	e->at.h = (int)ceil(edge[3]) - e->at.y;
	return 0;
}

/* "PATH LEFT TOP RIGHT BOTTOM": the last four words are the numbers. */
static int
take_plain(struct scan *s, char *line)
{
	double edge[SIDES];
	char *end = line + strlen(line);

	for (int i = SIDES - 1; i >= 0; i--) {
		char *word;

		while (end > line && strchr(" \t", end[-1]) != NULL)
			*--end = '\0';
		for (word = end;
		     word > line && strchr(" \t", word[-1]) == NULL;)
			word--;
		if (word == line || num_double(&edge[i], word, -FAR, FAR) < 0)
			return bad(s, "PATH LEFT TOP RIGHT BOTTOM is wanted");
		end = word;
	}
	while (end > line && strchr(" \t", end[-1]) != NULL)
		*--end = '\0';
	return add(s, line, edge);
}

/* Is it the first line of a CSV? */
static bool
are_names(const char *line)
{
	static const char name[] = "filename";

	for (;;) {
		const size_t n = strcspn(line, ",");

		if (n == sizeof(name) - 1 && strncasecmp(line, name, n) == 0)
			return true;
		if (line[n] == '\0')
			return false;
		line += n + 1;
	}
}

static int
take_names(struct scan *s, char *line)
{
	static const char *const names[] = { "xmin", "ymin", "xmax", "ymax",
		"filename" };
	char *cell;

	for (int i = 0; i <= SIDES; i++)
		s->column[i] = -1;
	for (int k = 0; (cell = strsep(&line, ",")) != NULL; k++)
		for (int i = 0; i <= SIDES; i++)
			if (strcasecmp(cell, names[i]) == 0)
				s->column[i] = k;
	for (int i = 0; i <= SIDES; i++)
		if (s->column[i] < 0)
			return err_set(ERR_FORMAT,
			    "%s:%zu: no column is called %s", s->path, s->line,
			    names[i]);
	s->csv = true;
	return 0;
}

static int
take_csv(struct scan *s, char *line)
{
	const char *name = NULL;
	double edge[SIDES];
	int found = 0;
	char *cell;

	for (int k = 0; (cell = strsep(&line, ",")) != NULL; k++)
		for (int i = 0; i <= SIDES; i++) {
			if (s->column[i] != k)
				continue;
			found++;
			if (i == SIDES)
				name = cell;
			else if (num_double(&edge[i], cell, -FAR, FAR) < 0)
				return err_in(
				    ERR_FORMAT, "%s:%zu", s->path, s->line);
		}
	if (found <= SIDES || name[0] == '\0')
		return bad(s, "has fewer columns than the first line names");
	return add(s, name, edge);
}

static int
read_lines(struct scan *s, char *text)
{
	char *line;

	while ((line = strsep(&text, "\n")) != NULL) {
		size_t n = strlen(line);

		s->line++;
		while (n > 0 && strchr(" \t\r", line[n - 1]) != NULL)
			line[--n] = '\0';
		if (n == 0)
			continue;
		if (s->csv)
			TRY(take_csv(s, line));
		else if (s->w->n == 0 && are_names(line))
			TRY(take_names(s, line));
		else
			TRY(take_plain(s, line));
	}
	return 0;
}

/* A window file of R-CNN's: all its windows, whatever they overlap. */
static int
read_caffe(struct scan *s, struct buf *b)
{
	struct windows all;
	int rc = 0;

	/* all are background: the class that stands there is not looked at */
	TRY(windows_parse(&all, b, s->path, "", INFINITY, INFINITY));
	for (size_t i = 0; i < all.n[0] && rc >= 0; i++) {
		const struct window *v = &all.v[0][i];

		rc = add(s, all.pictures[v->picture],
		    (const double[]){ v->x1, v->y1, v->x2 + 1.0, v->y2 + 1.0 });
	}
	windows_clear(&all);
	return rc;
}

static int
by_picture(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	int order = strcmp(x->picture, y->picture);

	return order != 0 ? order : x->index < y->index ? -1 : 1;
}

static int
by_index(const void *a, const void *b)
{
	const struct entry *const *x = a, *const *y = b;

	return (*x)->index < (*y)->index ? -1 : 1;
}

static void
sort(struct infer_windows *w)
{
	const struct entry **first = mem_array(const struct entry *, w->n + 1);

	qsort(w->v, w->n, sizeof(*w->v), by_picture);
	for (size_t i = 0; i < w->n; i++)
		if (i == 0 || strcmp(w->v[i - 1].picture, w->v[i].picture) != 0)
			first[w->npictures++] = &w->v[i];
	qsort(first, w->npictures, sizeof(*first), by_index);
	w->pictures = mem_array(const char *, w->npictures + 1);
	for (size_t i = 0; i < w->npictures; i++)
		w->pictures[i] = first[i]->picture;
	mem_free(first);
}

static int
read_text(struct scan *s, struct buf *b)
{
	char *text = b->data + text_mark(buf_str(b), b->len);
	int rc;

	if (strlen(b->data) != b->len)
		return err_set(ERR_FORMAT, "%s: has 0 bytes", s->path);
	if (text[strspn(text, " \t\r\n")] == '#')
		return read_caffe(s, b);
	rc = read_lines(s, text);
	return rc < 0 ? sniff_file_fail(rc, s->path, "windows of pictures")
		      : rc;
}

int
infer_windows_read(
    struct infer_windows **out, const char *path, const char *root)
{
	struct infer_windows *w = mem_new(struct infer_windows);
	struct scan s = { .w = w, .path = path, .root = root };
	struct buf b;
	int rc;

	w->arena = arena_new();
	buf_init(&b, file_bytes_max);
	rc = file_read(&b, path);
	if (rc >= 0 && b.len > 0)
		rc = read_text(&s, &b);
	if (rc >= 0 && w->n == 0)
		rc = err_set(ERR_FORMAT, "%s: has no windows", path);
	buf_clear(&b);
	if (rc < 0) {
		infer_windows_free(w);
		return rc;
	}
	sort(w);
	*out = w;
	return 0;
}

void
infer_windows_free(struct infer_windows *w)
{
	if (w == NULL)
		return;
	arena_free(w->arena);
	mem_free(w->v);
	mem_free(w->pictures);
	mem_free(w);
}

const char *const *
infer_windows_pictures(const struct infer_windows *w, size_t *n)
{
	*n = w->npictures;
	return w->pictures;
}

/* The first entry of the picture; w->n: there is none. */
static size_t
first_of(const struct infer_windows *w, const char *picture)
{
	size_t lo = 0, hi = w->n;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (strcmp(w->v[mid].picture, picture) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static int
clip(struct stream_piece *p, int width, int height)
{
	const struct stream_piece was = *p;
	int right = p->x + p->w, bottom = p->y + p->h;

	right = right < width ? right : width;
	bottom = bottom < height ? bottom : height;
	p->x = p->x > 0 ? p->x : 0;
	p->y = p->y > 0 ? p->y : 0;
	p->w = right - p->x;
	p->h = bottom - p->y;
	if (p->w > 0 && p->h > 0)
		return 0;
	return err_set(ERR_FORMAT,
	    "window %d,%d to %d,%d is not in the picture of %dx%d", was.x,
	    was.y, was.x + was.w, was.y + was.h, width, height);
}

int
infer_windows_of(const struct infer_windows *w, const char *picture, int width,
    int height, struct stream_piece **out, size_t *n)
{
	const size_t first = first_of(w, picture);
	struct stream_piece *v;
	size_t end = first;
	int rc = 0;

	while (end < w->n && strcmp(w->v[end].picture, picture) == 0)
		end++;
	if (end == first) /* of a folder that the file names, or of "-" */
		return err_set(ERR_FORMAT, "no window is of this picture");
	v = mem_array(struct stream_piece, end - first);
	for (size_t i = first; i < end && rc >= 0; i++) {
		v[i - first] = w->v[i].at;
		rc = clip(&v[i - first], width, height);
	}
	if (rc < 0) {
		mem_free(v);
		return rc;
	}
	*out = v;
	*n = end - first;
	return 0;
}
