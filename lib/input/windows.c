/* R-CNN's window files read, with bounds: see windows.h. */
#include "input/windows.h"

#include <math.h>
#include <string.h>

#include "base/err.h"
#include "base/num.h"
#include "base/path.h"
#include "base/text.h"
#include "file/file.h"

static const size_t file_bytes_max = (size_t)4 << 30;
enum { WINDOWS_MAX = 1 << 28, SIDE_MAX = 1 << 20 };

/* The text, word by word; paths are whole lines. */
struct scan {
	const char *path;
	char *at, *end;
	size_t line;
	float thresholds[2]; /* bg, fg */
	const char *root;
};

static int
bad(const struct scan *s, const char *what)
{
	return err_set(ERR_FORMAT, "%s:%zu: %s", s->path, s->line, what);
}

/* The next line that is not empty, cut at its end; NULL: no more. */
static char *
next_line(struct scan *s)
{
	while (s->at < s->end) {
		char *line = s->at;
		char *stop = memchr(line, '\n', (size_t)(s->end - line));
		size_t n;

		s->at = stop != NULL ? stop + 1 : s->end;
		if (stop == NULL)
			stop = s->end;
		*stop = '\0';
		s->line++;
		line += strspn(line, " \t\r");
		n = strlen(line);
		while (n > 0 && strchr(" \t\r", line[n - 1]) != NULL)
			line[--n] = '\0';
		if (n > 0)
			return line;
	}
	return NULL;
}

/* The next word of a line, or NULL. */
static char *
word(char **line)
{
	char *w = *line + strspn(*line, " \t");
	size_t n = strcspn(w, " \t");

	if (n == 0)
		return NULL;
	*line = w + n + (w[n] != '\0');
	w[n] = '\0';
	return w;
}

static int
number(struct scan *s, int64_t lo, int64_t hi, int64_t *out)
{
	char *line = next_line(s);

	if (line == NULL)
		return bad(s, "the file ends within a picture");
	if (num_int(out, line, lo, hi) < 0)
		return err_in(ERR_FORMAT, "%s:%zu", s->path, s->line);
	return 0;
}

static int
read_window(struct windows *w, struct scan *s)
{
	char *line = next_line(s), *t;
	int64_t label, side[4];
	double overlap;
	struct window *v;
	int kind;

	if (line == NULL)
		return bad(s, "the file ends within a picture");
	t = word(&line);
	if (t == NULL || num_int(&label, t, 0, INT32_MAX) < 0)
		return bad(s, "CLASS OVERLAP X1 Y1 X2 Y2 is wanted");
	t = word(&line);
	if (t == NULL || num_double(&overlap, t, -1, 2) < 0)
		return bad(s, "CLASS OVERLAP X1 Y1 X2 Y2 is wanted");
	for (int i = 0; i < 4; i++) {
		t = word(&line);
		if (t == NULL || num_int(&side[i], t, -SIDE_MAX, SIDE_MAX) < 0)
			return bad(s, "CLASS OVERLAP X1 Y1 X2 Y2 is wanted");
	}
	if ((float)overlap >= s->thresholds[1])
		kind = 1;
	else if ((float)overlap < s->thresholds[0])
		kind = 0;
	else
		return 0;
	if (kind == 1 && label == 0)
		return bad(s,
		    "a foreground window of class 0, which is the background's");
	if (w->n[kind] >= WINDOWS_MAX)
		return bad(s, "too many windows");
	mem_grow(&w->v[kind], &w->cap[kind], w->n[kind] + 1);
	v = &w->v[kind][w->n[kind]++];
	*v = (struct window){ (uint32_t)(w->npictures - 1),
		kind == 1 ? (int32_t)label : 0, (int32_t)side[0],
		(int32_t)side[1], (int32_t)side[2], (int32_t)side[3] };
	return 0;
}

static int
read_picture(struct windows *w, struct scan *s)
{
	int64_t channels, side, n;
	char *line = next_line(s), *full;

	if (line == NULL)
		return bad(s, "the file ends within a picture");
	full = s->root[0] != '\0' ? mem_printf("%s%s", s->root, line)
				  : mem_strdup(line);
	mem_grow(&w->pictures, &w->pictures_cap, w->npictures + 1);
	w->pictures[w->npictures++] = arena_strdup(w->arena, full);
	mem_free(full);
	TRY(number(s, 1, 4, &channels));
	if (w->channels != 0 && w->channels != (int)channels)
		return bad(s,
		    "a different number of channels from the picture before");
	w->channels = (int)channels;
	TRY(number(s, 1, SIDE_MAX, &side));
	TRY(number(s, 1, SIDE_MAX, &side));
	TRY(number(s, 0, WINDOWS_MAX, &n));
	for (int64_t i = 0; i < n; i++)
		TRY(read_window(w, s));
	return 0;
}

static int
read_all(struct windows *w, struct scan *s)
{
	char *line;

	while ((line = next_line(s)) != NULL) {
		if (line[0] != '#')
			return bad(s, "\"# INDEX\" of a picture is wanted");
		TRY(read_picture(w, s));
	}
	if (w->n[0] == 0 && w->n[1] == 0)
		return err_set(ERR_FORMAT, "%s: no windows", s->path);
	return 0;
}

int
windows_parse(struct windows *w, struct buf *text, const char *path,
    const char *root, float fg_threshold, float bg_threshold)
{
	struct scan s = { .path = path,
		.root = root,
		.thresholds = { bg_threshold, fg_threshold } };
	int rc;

	memset(w, 0, sizeof(*w));
	w->arena = arena_new();
	if (text->len > 0) {
		s.at = text->data + text_mark(text->data, text->len);
		s.end = text->data + text->len;
	}
	rc = read_all(w, &s);
	if (rc < 0)
		windows_clear(w);
	return rc;
}

int
windows_read(struct windows *w, const char *path, const char *root,
    float fg_threshold, float bg_threshold)
{
	struct buf text;
	int rc;

	memset(w, 0, sizeof(*w));
	buf_init(&text, file_bytes_max);
	rc = file_read(&text, path);
	if (rc >= 0)
		rc = windows_parse(
		    w, &text, path, root, fg_threshold, bg_threshold);
	buf_clear(&text);
	return rc;
}

void
windows_clear(struct windows *w)
{
	arena_free(w->arena);
	mem_free(w->pictures);
	mem_free(w->v[0]);
	mem_free(w->v[1]);
	memset(w, 0, sizeof(*w));
}

/* A place on an axis.  A context wider than any picture is cut, not wrapped. */
static int
nearest(double x)
{
	const double far = 1 << 28;

	return (int)round(fmax(-far, fmin(far, x)));
}

/* One axis: [from, to] with context around it, clipped to 0 .. size - 1. */
struct side {
	int from, to;      /* clipped */
	int before, after; /* how much was clipped off */
};

static struct side
widen(double center, double half, double scale, int size)
{
	int from = nearest(center - half * scale);
	int to = nearest(center + half * scale);
	struct side s = { .before = from < 0 ? -from : 0,
		.after = to > size - 1 ? to - size + 1 : 0 };

	s.from = from + s.before;
	s.to = to - s.after;
	return s;
}

/* Size and place of a widened side in the square. */
static void
place_side(const struct side *s, int crop, int mirror, int *to, int *pad)
{
	double scale =
	    (double)crop / (s->to - s->from + 1 + s->before + s->after);

	*to = (int)round((s->to - s->from + 1) * scale);
	*pad = (int)round((mirror ? s->after : s->before) * scale);
	if (*pad + *to > crop)
		*to = crop - *pad;
}

int
window_cut(struct cut *c, const struct window *w, int width, int height,
    int crop, int pad, int square, int mirror)
{
	struct side x = { .from = w->x1, .to = w->x2 };
	struct side y = { .from = w->y1, .to = w->y2 };

	*c = (struct cut){ .to_w = crop, .to_h = crop };
	if (pad > 0 || square) {
		double scale = (double)crop / (crop - 2 * pad);
		double half_w = (w->x2 - w->x1 + 1) / 2.0;
		double half_h = (w->y2 - w->y1 + 1) / 2.0;
		double mid_x = w->x1 + half_w, mid_y = w->y1 + half_h;

		if (square)
			half_w = half_h = fmax(half_w, half_h);
		x = widen(mid_x, half_w, scale, width);
		y = widen(mid_y, half_h, scale, height);
	}
	if (x.from < 0 || y.from < 0 || x.to >= width || y.to >= height ||
	    x.to < x.from || y.to < y.from)
		return err_set(ERR_FORMAT,
		    "window %d,%d to %d,%d is not in the picture of %dx%d",
		    w->x1, w->y1, w->x2, w->y2, width, height);
	if (pad > 0 || square) {
		place_side(&x, crop, mirror, &c->to_w, &c->pad_x);
		place_side(&y, crop, 0, &c->to_h, &c->pad_y);
	}
	c->x = x.from;
	c->y = y.from;
	c->w = x.to - x.from + 1;
	c->h = y.to - y.from + 1;
	if (c->to_w < 1 || c->to_h < 1)
		return err_set(ERR_FORMAT,
		    "window %d,%d to %d,%d has nothing left in the picture",
		    w->x1, w->y1, w->x2, w->y2);
	return 0;
}
