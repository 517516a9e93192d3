/*
 * YOLO's labels, one a line: "class x y width height", the number of a name, the
 * centre and the size as shares of the picture's sides.  A line with a polygon,
 * "class x y x y x y ...", has the box around it.
 */
#include "dset/boxes/yolo.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/path.h"
#include "dset/boxes/boxes.h"
#include "dset/boxes/detect.h"
#include "file/file.h"
#include "file/lines.h"

enum { WORDS_MAX = 1 << 16, NAMES_BYTES_MAX = 1 << 20 };

/* ---- label files ---- */

int
dset_yolo_number(int64_t *out, const struct dset_page *p, const char *word)
{
	if (num_int(out, word, 0, DETECT_CLASSES_MAX) < 0)
		return err_set(
		    ERR_FORMAT, "\"%s\" is not the number of a class", word);
	if (p->names != NULL && (size_t)*out >= p->nnames)
		return err_set(ERR_FORMAT,
		    "class %lld, and there are names for %zu", (long long)*out,
		    p->nnames);
	return 0;
}

static int
read_class(int32_t *class, struct dset_page *p, const char *word)
{
	char number[NUM_TEXT_MAX];
	int64_t n;
	long at;

	TRY(dset_yolo_number(&n, p, word));
	if (p->names != NULL)
		return dset_detect_class(class, p->detect, p->names[n]);
	/* Without names --classes names them, in order. */
	at = dset_detect_nth(p->detect, n);
	if (at >= 0) {
		*class = (int32_t)at;
		return 1;
	}
	/* Nor that: the numbers themselves, and those below come first. */
	for (int64_t i = (int64_t)p->detect->n - 1; !p->detect->closed && i < n;
	     i++) {
		snprintf(number, sizeof number, "%lld", (long long)i);
		TRY(dset_detect_class(class, p->detect, number));
	}
	snprintf(number, sizeof number, "%lld", (long long)n);
	return dset_detect_class(class, p->detect, number);
}

/* Six digits of a share are what most files have: an edge within a thousandth of a
 * pixel of a whole one was that. */
static double
whole(double v)
{
	return fabs(v - round(v)) < 1e-3 ? round(v) : v;
}

static struct dset_box
box_of(const double *v, size_t n, const struct dset_page *p)
{
	double left = v[0], top = v[1], right = v[0], bottom = v[1];

	if (n == 4) {
		left = v[0] - v[2] / 2;
		right = v[0] + v[2] / 2;
		top = v[1] - v[3] / 2;
		bottom = v[1] + v[3] / 2;
	}
	for (size_t i = 2; n > 4 && i + 1 < n; i += 2) {
		left = v[i] < left ? v[i] : left;
		right = v[i] > right ? v[i] : right;
		top = v[i + 1] < top ? v[i + 1] : top;
		bottom = v[i + 1] > bottom ? v[i + 1] : bottom;
	}
	return dset_box_make(whole(left * p->width), whole(top * p->height),
	    whole(right * p->width), whole(bottom * p->height));
}

struct dset_yolo_words *
dset_yolo_words_new(void)
{
	struct dset_yolo_words *w = mem_new(struct dset_yolo_words);

	w->word = mem_array(char *, WORDS_MAX);
	w->v = mem_array(double, WORDS_MAX);
	return w;
}

void
dset_yolo_words_free(struct dset_yolo_words *w)
{
	mem_free(w->v);
	mem_free(w->word);
	mem_free(w);
}

int
dset_yolo_line(struct dset_yolo_words *w, char *line)
{
	char **word = w->word;
	double *v = w->v;
	size_t n = dset_page_words(word, WORDS_MAX, line), i;

	w->n = 0;
	if (n == 0)
		return 0;
	if (n != 5 && (n < 7 || n % 2 == 0 || n > WORDS_MAX))
		return err_set(ERR_FORMAT,
		    "%zu %s, where YOLO has a class and 4 numbers (or the points of a polygon)",
		    n, num_plural(n, "word", "words"));
	for (i = 1; i < n; i++) {
		if (num_double(&v[i - 1], word[i], -1e6, 1e6) < 0)
			return err_set(
			    ERR_FORMAT, "\"%s\" is not a number", word[i]);
		if (v[i - 1] < -1 || v[i - 1] > 2)
			return err_set(ERR_FORMAT,
			    "%s is not a share of the picture's side (0 to 1)",
			    word[i]);
	}
	w->n = n - 1;
	return 0;
}

static int
read_line(struct dset_boxes *out, struct dset_page *p, char *line, void *ctx)
{
	struct dset_yolo_words *w = ctx;
	struct dset_box b;
	int32_t class;
	int rc;

	TRY(dset_yolo_line(w, line));
	if (w->n == 0)
		return 0;
	rc = read_class(&class, p, w->word[0]);
	if (rc <= 0)
		return rc;
	b = box_of(w->v, w->n, p);
	b.class = class;
	return dset_boxes_add(out, &b, p->width, p->height);
}

int
dset_yolo_read(struct dset_boxes *out, struct dset_page *p)
{
	struct dset_yolo_words *w = dset_yolo_words_new();
	int rc = dset_page_lines(out, p, read_line, w);

	dset_yolo_words_free(w);
	return rc;
}

/* ---- names ---- */

/* obj.data: "names = data/obj.names", as its reader's folder has it. */
static int
read_data(char ***names, size_t *n, const char *path)
{
	char *dir = path_dir(path), *file = NULL, *beside;
	char **lines;
	size_t count, i;
	int rc = lines_read(&lines, &count, path, "names");

	for (i = 0; rc == 0 && i < count; i++) {
		char *s = lines[i] + strspn(lines[i], " \t");

		if (strncmp(s, "names", 5) != 0 ||
		    s[5 + strspn(s + 5, " \t")] != '=')
			continue;
		s = strchr(s, '=') + 1;
		s += strspn(s, " \t");
		mem_free(file);
		file = mem_strdup(s);
		beside = path_join(dir, path_base(s));
		if (!file_exists(file) && file_exists(beside)) {
			mem_free(file);
			file = beside;
		} else {
			mem_free(beside);
		}
	}
	if (rc == 0)
		lines_free(lines, count);
	if (rc == 0 && file == NULL)
		rc = err_set(
		    ERR_FORMAT, "%s has no line \"names = FILE\"", path);
	if (rc == 0)
		rc = lines_read(names, n, file, "names");
	mem_free(file);
	mem_free(dir);
	return rc;
}

static int
read_names(char ***names, size_t *n, const char *path)
{
	struct buf b;
	int rc;

	if (path_has_ext(path, ".data"))
		return read_data(names, n, path);
	if (!path_has_ext(path, ".yaml") && !path_has_ext(path, ".yml"))
		return lines_read(names, n, path, "names");
	buf_init(&b, NAMES_BYTES_MAX);
	rc = file_read(&b, path);
	if (rc == 0)
		rc = dset_yolo_yaml(names, n, buf_str(&b));
	buf_clear(&b);
	return rc < 0 ? err_in(rc, "%s", path) : 0;
}

/* In the folder of labels, or up to two above it. */
static char *
look_up(const char *dir)
{
	static const char *const up[] = { "", "../", "../../" };
	static const char *const names[] = { "data.yaml", "obj.names",
		"classes.txt" };
	char *path;

	for (size_t i = 0; i < LENGTH(up); i++)
		for (size_t k = 0; k < LENGTH(names); k++) {
			path = mem_printf("%s/%s%s", dir, up[i], names[k]);
			if (file_is_regular(path))
				return path;
			mem_free(path);
		}
	return NULL;
}

int
dset_yolo_names(char ***names, size_t *n, char **labels, const char *images)
{
	char *file;
	int rc;

	*names = NULL;
	*n = 0;
	if (file_is_dir(*labels)) {
		file = look_up(*labels);
		if (file == NULL)
			file = look_up(images);
	} else {
		file = *labels;
		*labels = NULL;
	}
	if (file == NULL)
		return 0;
	log_info("the names of the classes are those of %s", file);
	rc = read_names(names, n, file);
	if (rc < 0)
		*n = 0;
	mem_free(file);
	return rc;
}
