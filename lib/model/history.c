/* What a training measured, read and judged: see history.h. */
#include "model/history.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/num.h"
#include "base/path.h"
#include "base/stop.h"
#include "device/panel.h"
#include "file/file.h"
#include "json/json.h"
#include "metric/score.h"
#include "model/events.h"
#include "model/model.h"

enum { CHUNK = 256 << 10 };

void
history_init(struct history *h)
{
	memset(h, 0, sizeof(*h));
	h->iter = h->until = -1;
	h->elapsed = -1;
	h->room = arena_new();
}

void
history_clear(struct history *h)
{
	mem_free(h->v);
	mem_free(h->panel_text);
	mem_free(h->panel_json);
	arena_free(h->room);
	memset(h, 0, sizeof(*h));
}

static void
set_score(struct history_val *v)
{
	const struct score s = score_outputs(v->v, v->n);

	v->score = s.value;
	v->accuracy = s.accuracy;
}

/* Is a better than b?  Of equals the earlier one is. */
static bool
better(const struct history_val *a, const struct history_val *b)
{
	int order = score_compare(a->score, b->score);

	return order != 0 ? order > 0 : !isnan(a->score) && a->iter < b->iter;
}

static void
find_best(struct history *h)
{
	h->best = h->n;
	for (size_t i = 0; i < h->n; i++)
		if (!isnan(h->v[i].score) &&
		    (h->best == h->n || better(&h->v[i], &h->v[h->best])))
			h->best = i;
}

/* At the end, wherever its iteration belongs: see sort_vals. */
static struct history_val *
append_val(struct history *h, int64_t iter, double epoch)
{
	struct history_val *v;

	mem_grow(&h->v, &h->cap, h->n + 1);
	v = &h->v[h->n++];
	memset(v, 0, sizeof(*v));
	v->iter = iter;
	v->epoch = epoch;
	v->place = h->n;
	return v;
}

/* Names are mostly those of the validation before. */
static const char *
keep_name(struct history *h, size_t i, const char *name)
{
	const struct history_val *last = h->n > 1 ? &h->v[h->n - 2] : NULL;

	if (last != NULL && i < last->n && strcmp(last->v[i].name, name) == 0)
		return last->v[i].name;
	return arena_strdup(h->room, name);
}

static int
by_iter(const void *a, const void *b)
{
	const struct history_val *x = a, *y = b;

	return x->iter < y->iter ? -1 : x->iter > y->iter;
}

static int
by_iter_and_place(const void *a, const void *b)
{
	const struct history_val *x = a, *y = b;
	int order = by_iter(a, b);

	return order != 0 ? order : x->place < y->place ? -1 : 1;
}

/* By iteration, and of each the last one that was appended. */
static void
sort_vals(struct history *h)
{
	struct history_val *sorted = h->v;
	size_t n = 0;
	bool ordered = true;

	for (size_t i = 1; i < h->n; i++)
		ordered = ordered && h->v[i - 1].iter <= h->v[i].iter;
	if (!ordered)
		qsort(sorted, h->n, sizeof(*sorted), by_iter_and_place);
	for (size_t i = 0; i < h->n; i++) {
		if (n > 0 && sorted[n - 1].iter == sorted[i].iter)
			n--;
		sorted[n++] = sorted[i];
	}
	h->n = n;
	find_best(h);
}

void
history_add(struct history *h, int64_t iter, double epoch,
    const struct gate_value *v, size_t n)
{
	struct history_val *val = append_val(h, iter, epoch);

	n = n < HISTORY_OUTPUTS ? n : HISTORY_OUTPUTS;
	val->v = arena_take(h->room, (n + 1) * sizeof(*val->v));
	for (size_t i = 0; i < n; i++) {
		val->v[i].name = keep_name(h, i, v[i].name);
		val->v[i].value = v[i].value;
	}
	val->n = n;
	set_score(val);
	if (h->n > 1 && h->v[h->n - 2].iter >= iter)
		sort_vals(h);
	else if (h->best == h->n - 1 || better(val, &h->v[h->best]))
		h->best = isnan(val->score) ? h->n : h->n - 1;
}

static void
take_val(struct history *h, const struct json *line)
{
	const struct json *o = json_find(line, "outputs");
	struct history_val *v;

	if (o == NULL || json_type(o) != JSON_OBJECT)
		return;
	v = append_val(h, (int64_t)json_num(line, "iter", -1),
	    json_num(line, "epoch", -1));
	v->v = arena_take(h->room, HISTORY_OUTPUTS * sizeof(*v->v));
	for (o = json_first(o); o != NULL && v->n < HISTORY_OUTPUTS;
	     o = json_next(o)) {
		v->v[v->n].name = keep_name(h, v->n, json_key(o));
		v->v[v->n++].value = json_number(o);
	}
	set_score(v);
}

static void
take_panel(struct history *h, const struct json *panel)
{
	char text[PANEL_TEXT_MAX];
	struct panel_sample s;
	struct json_w w;
	struct buf b;

	if (panel == NULL || json_type(panel) != JSON_OBJECT)
		return;
	for (int i = 0; i < PANEL_FIELDS; i++)
		s.v[i] = json_num(panel, panel_keys[i], NAN);
	h->panel_text = mem_strdup(panel_text(text, &s));
	buf_init(&b, EVENT_MAX);
	json_w_init(&w, &b, 0);
	json_w_value(&w, panel);
	h->panel_json = buf_steal(&b);
}

static void
take_scale(struct history *h, const struct json *line)
{
	h->scale.found = true;
	h->scale.scale = json_num(line, "scale", 0);
	h->scale.good = json_num(line, "good", -1);
	h->scale.skipped = json_num(line, "skipped", -1);
}

/* A file being read. */
struct reading {
	struct history *h;
	struct json *panel; /* the last line that has one */
};

static void
take_event(struct history *h, const struct json *line)
{
	const char *event = json_str(line, "event", "");

	if (strcmp(event, "val") == 0)
		take_val(h, line);
	else if (strcmp(event, "scale") == 0 && h->iter == h->until)
		take_scale(h, line);
	else if (strcmp(event, "start") == 0)
		h->reason[0] = '\0';
	else if (strcmp(event, "end") == 0)
		snprintf(h->reason, sizeof(h->reason), "%s",
		    json_str(line, "reason", ""));
}

/* Where a training goes on from `until`, a line that is broken or of a later time
 * is the end. */
static bool
take_line(void *ctx, struct json *line, size_t bytes)
{
	struct reading *r = ctx;
	struct history *h = r->h;
	double iter = line != NULL ? json_num(line, "iter", 0) : -1;

	/* also of a line that is not ours: NaN, or before the start */
	if (!(iter >= 0 && iter < 9e15) ||
	    (h->until >= 0 && iter > (double)h->until)) {
		json_free(line);
		return h->until < 0;
	}
	h->iter = (int64_t)iter;
	h->elapsed = fmax(h->elapsed, json_num(line, "elapsed", -1));
	h->bytes += bytes;
	take_event(h, line);
	if (json_find(line, "panel") != NULL) {
		json_free(r->panel);
		r->panel = line;
	} else {
		json_free(line);
	}
	return true;
}

static int
read_lines(struct history *h, int fd, const char *path)
{
	char *chunk = mem_array(char, CHUNK);
	struct reading r = { .h = h };
	struct events e;
	int rc = 1;

	events_init(&e, take_line, &r);
	/* as train/journal.c writes them; they have nothing but how far it is */
	if (h->until < 0)
		e.row = "{\"event\": \"train\", ";
	while (rc > 0) {
		ssize_t n = read(fd, chunk, CHUNK);

		if (n == 0)
			break;
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			rc = err_sys("read %s", path);
		else if (stop_signalled() && !stop_held())
			rc = err_set(ERR_STOPPED,
			    "stopped by %s while reading %s", stop_reason(),
			    path);
		else
			rc = events_add(&e, chunk, (size_t)n);
	}
	if (rc >= 0)
		events_end(&e);
	if (r.panel != NULL)
		take_panel(h, json_find(r.panel, "panel"));
	json_free(r.panel);
	events_clear(&e);
	mem_free(chunk);
	return rc < 0 ? rc : 0;
}

int
history_read(struct history *h, const char *dir, int64_t until)
{
	char *path = path_join(dir, "train.ndjson");
	int fd, rc;

	history_init(h);
	h->until = until;
	fd = file_exists(path) ? file_open(path) : ERR_MISSING;
	rc = fd == ERR_MISSING ? 0 : fd;
	if (fd >= 0) {
		rc = read_lines(h, fd, path);
		close(fd);
	}
	sort_vals(h);
	mem_free(path);
	return rc < 0 ? rc : 0;
}

const struct history_val *
history_at(const struct history *h, int64_t iter)
{
	const struct history_val key = { .iter = iter };

	return h->n == 0 ? NULL
			 : bsearch(&key, h->v, h->n, sizeof(*h->v), by_iter);
}

const struct history_val *
history_best(const struct history *h)
{
	return h->best < h->n ? &h->v[h->best] : NULL;
}

static int
best_first(const void *a, const void *b)
{
	const struct history_val *const *x = a, *const *y = b;

	return better(*x, *y) ? -1 : better(*y, *x);
}

size_t
history_order(const struct history *h, int64_t *iter, size_t n)
{
	const struct history_val **v =
	    mem_array(const struct history_val *, n + 1);
	int64_t *others = mem_array(int64_t, n + 1);
	size_t good = 0, rest = 0;

	for (size_t i = 0; i < n; i++) {
		const struct history_val *val = history_at(h, iter[i]);

		if (val != NULL && !isnan(val->score))
			v[good++] = val;
		else
			others[rest++] = iter[i];
	}
	qsort(v, good, sizeof(*v), best_first);
	for (size_t i = 0; i < n; i++)
		iter[i] = i < good ? v[i]->iter : others[i - good];
	mem_free(v);
	mem_free(others);
	return good;
}

int
history_best_snapshot(const struct history *h, const struct model_snapshots *s)
{
	const struct history_val *best = NULL, *v;
	int at = -1;

	for (size_t i = 0; i < s->n; i++) {
		v = history_at(h, s->v[i].iter);
		if (v == NULL || isnan(v->score) ||
		    (best != NULL && !better(v, best)))
			continue;
		best = v;
		at = (int)i;
	}
	return at;
}

const struct history_val *
history_judge(const struct history *h, const struct model_snapshots *s)
{
	int at = history_best_snapshot(h, s);

	return at >= 0 ? history_at(h, s->v[at].iter) : history_best(h);
}

char *
history_text(const struct history_val *v)
{
	char number[NUM_TEXT_MAX];
	struct buf text;

	buf_init(&text, EVENT_MAX);
	for (size_t i = 0; i < v->n; i++)
		if (!score_detail(v->v[i].name))
			buf_printf(&text, "%s%s %s", text.len > 0 ? ", " : "",
			    v->v[i].name,
			    isfinite(v->v[i].value)
				? num_float_text(number, (float)v->v[i].value)
				: "nan");
	return buf_steal(&text);
}

char *
history_json(const struct history_val *v)
{
	struct json_w w;
	struct buf b;

	buf_init(&b, EVENT_MAX);
	json_w_init(&w, &b, 0);
	json_w_object(&w);
	for (size_t i = 0; i < v->n; i++)
		json_w_knum(&w, v->v[i].name, v->v[i].value);
	json_w_object_end(&w);
	return buf_steal(&b);
}
