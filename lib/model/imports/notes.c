/* See notes.h. */
#include "model/imports/notes.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/num.h"
#include "image/image.h"

/* "WxH" as height and width; 0 where text is none. */
static void
take_pair(int to[2], const char *text)
{
	const char *x = text != NULL ? strchr(text, 'x') : NULL;
	int64_t w, h;
	char *first;

	if (x == NULL)
		return;
	first = mem_strndup(text, (size_t)(x - text));
	if (num_int(&w, first, 1, IMAGE_MAX_SIDE) >= 0 &&
	    num_int(&h, x + 1, 1, IMAGE_MAX_SIDE) >= 0) {
		to[0] = (int)h;
		to[1] = (int)w;
	}
	mem_free(first);
}

static int
take_numbers(double v[4], int *n, const struct onnx_file *f, const char *key)
{
	const char *text = onnx_file_note(f, key);

	*n = 0;
	if (text == NULL)
		return 0;
	*n = model_prepared_numbers(v, text);
	if (*n == 0)
		return err_set(ERR_FORMAT,
		    "%s: metadata %s is \"%s\": numbers are meant", f->path,
		    key, text);
	return 0;
}

static int
take_lines(struct model_prepared *p, const char *text)
{
	while (text != NULL && *text != '\0') {
		const size_t n = strcspn(text, "\n");

		TRY(model_prepared_label(p, text, n));
		text += n + (text[n] != '\0');
	}
	return 0;
}

/* The names of image.h that text is one of; or NULL. */
static const char *
mode_of(const char *text)
{
	enum image_mode mode;

	return text != NULL && image_mode_find(&mode, text) >= 0
	    ? image_mode_name(mode)
	    : NULL;
}

static const char *
filter_of(const char *text)
{
	enum image_filter filter;

	return text != NULL && image_filter_find(&filter, text) >= 0
	    ? image_filter_name(filter)
	    : NULL;
}

static const char *
task_of(const char *text)
{
	static const char *const tasks[] = { "classification", "detection",
		"segmentation", "image", "generic" };

	for (size_t i = 0; text != NULL && i < LENGTH(tasks); i++)
		if (strcmp(text, tasks[i]) == 0)
			return tasks[i];
	return NULL;
}

static int
take_ours(struct model_prepared *p, const struct onnx_file *f)
{
	const char *channels = onnx_file_note(f, "nnutils.channels");
	const char *prepared = onnx_file_note(f, "nnutils.prepared");
	const char *scale = onnx_file_note(f, "nnutils.scale");
	const char *whiten = onnx_file_note(f, "nnutils.whiten");
	const char *middle = onnx_file_note(f, "nnutils.middle");

	p->task = task_of(onnx_file_note(f, "nnutils.task"));
	TRY(take_lines(p, onnx_file_note(f, "nnutils.labels")));
	if (channels == NULL)
		return 0;
	p->from = mem_strdup("metadata");
	take_pair(p->net, onnx_file_note(f, "nnutils.size"));
	if (strcmp(channels, "RGB") == 0)
		p->order = "RGB";
	else if (strcmp(channels, "BGR") == 0)
		p->order = "BGR";
	take_pair(p->fit, onnx_file_note(f, "nnutils.resize_to"));
	take_pair(p->pad, onnx_file_note(f, "nnutils.pad_to"));
	p->resize = mode_of(onnx_file_note(f, "nnutils.resize"));
	p->filter = filter_of(onnx_file_note(f, "nnutils.interpolation"));
	p->digits = middle == NULL;
	p->whiten = whiten != NULL && strcmp(whiten, "true") == 0;
	if (prepared != NULL && strcmp(prepared, "inside") == 0)
		return 0; /* the net takes bytes */
	TRY(take_numbers(p->mean, &p->nmean, f, "nnutils.mean"));
	TRY(take_numbers(p->std, &p->nstd, f, "nnutils.std"));
	if (scale != NULL && num_double(&p->scale, scale, 0, 1e6) < 0)
		return err_set(ERR_FORMAT,
		    "%s: metadata nnutils.scale is \"%s\": a number is meant",
		    f->path, scale);
	return 0;
}

/* A string of Python's between quotes at *s into b; false: there is none. */
static bool
take_string(struct buf *b, const char **s)
{
	const char *t = *s, quote = *t;

	buf_reset(b);
	if (quote != '\'' && quote != '"')
		return false;
	for (t++; *t != '\0' && *t != quote; t++) {
		if (*t == '\\' && t[1] != '\0')
			t++;
		if (buf_addc(b, *t) < 0)
			return false;
	}
	if (*t != quote)
		return false;
	*s = t + 1;
	return true;
}

static const char *
past_blanks(const char *s)
{
	while (isspace((unsigned char)*s) || *s == ',')
		s++;
	return s;
}

/* "{0: 'cat', 1: 'dog'}" or "['cat', 'dog']"; false: it is something else. */
static bool
take_names(struct model_prepared *p, const char *s)
{
	struct buf b;
	bool good = *s == '{' || *s == '[';
	long next = 0;

	buf_init(&b, 1 << 16);
	for (s = past_blanks(s + good); good && *s != '}' && *s != ']';
	     s = past_blanks(s)) {
		char *end;

		if (isdigit((unsigned char)*s)) {
			good = strtol(s, &end, 10) == next;
			s = past_blanks(end);
			good = good && *s == ':';
			s = past_blanks(s + good);
		}
		next++;
		good = good && take_string(&b, &s) &&
		    model_prepared_label(p, buf_str(&b), b.len) >= 0;
	}
	buf_clear(&b);
	if (!good)
		buf_reset(&p->labels);
	return good;
}

/* "[640, 480]", height first, or "640". */
static void
take_imgsz(int to[2], const char *s)
{
	char *end;
	long v;

	while (*s == '[' || *s == '(')
		s++;
	v = strtol(s, &end, 10);
	if (v < 1 || v > IMAGE_MAX_SIDE)
		return;
	to[0] = to[1] = (int)v;
	v = strtol(past_blanks(end), NULL, 10);
	if (v >= 1 && v <= IMAGE_MAX_SIDE)
		to[1] = (int)v;
}

static void
take_yolo(struct model_prepared *p, const struct onnx_file *f)
{
	const char *names = onnx_file_note(f, "names");
	const char *imgsz = onnx_file_note(f, "imgsz");
	const char *task = onnx_file_note(f, "task");

	if (names != NULL && p->labels.len == 0 && !take_names(p, names))
		log_warn("%s: metadata names is no list of names", f->path);
	if (imgsz != NULL)
		take_imgsz(p->net, imgsz);
	if (names == NULL || imgsz == NULL ||
	    onnx_file_note(f, "stride") == NULL)
		return;
	model_prepared_preset(p, MODEL_ZERO_ONE);
	mem_free(p->from);
	p->from = mem_strdup("metadata");
	if (task != NULL && strcmp(task, "classify") == 0) {
		p->task = "classification";
		p->resize = "crop";
		p->share = 1;
	} else {
		p->resize = "letterbox";
		if (task != NULL && strcmp(task, "detect") == 0)
			p->task = "detection";
	}
}

int
model_notes_take(struct model_prepared *p, const struct onnx_file *f)
{
	TRY(take_ours(p, f));
	if (p->from == NULL)
		take_yolo(p, f);
	if (p->from == NULL || model_prepared_check(p) >= 0)
		return 0;
	return err_in(ERR_FORMAT, "%s", f->path);
}
