/* train.ndjson and train.log, cut back on resume: see journal.h. */
#include "train/journal.h"

#include <fcntl.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/stop.h"
#include "file/file.h"
#include "json/json.h"

enum { LINE_MAX_BYTES = 64 << 10 };

double
journal_elapsed(const struct journal *j)
{
	return j->before + stop_clock() - j->start;
}

/* The validation that a resumed training begins with. */
static void
recall(struct journal *j, int64_t from)
{
	const struct history_val *v = history_at(&j->history, from);

	if (v == NULL)
		return;
	j->last_val.iter = v->iter;
	j->last_val.epoch = v->epoch;
	j->last_val.n = v->n;
	memcpy(j->last_val.v, v->v, v->n * sizeof(*v->v));
}

/* Take up what was written until iteration `from`, and cut off the rest. */
static int
cut(struct journal *j, const char *dir, const char *path, int64_t from)
{
	uint64_t size;

	history_clear(&j->history);
	TRY(history_read(&j->history, dir, from));
	j->before = fmax(j->history.elapsed, 0);
	recall(j, from);
	if (!file_exists(path))
		return 0;
	TRY(file_size(&size, path));
	if (size > j->history.bytes &&
	    truncate(path, (off_t)j->history.bytes) != 0)
		return err_sys("truncate %s", path);
	return 0;
}

int
journal_open(struct journal *j, const char *dir, int64_t from)
{
	char *ndjson, *log;
	int rc = 0;

	memset(j, 0, sizeof(*j));
	j->ndjson = j->log = -1;
	j->start = stop_clock();
	history_init(&j->history);
	if (dir == NULL)
		return 0;
	ndjson = path_join(dir, "train.ndjson");
	log = path_join(dir, "train.log");
	if (from >= 0)
		rc = cut(j, dir, ndjson, from);
	if (rc >= 0) {
		j->ndjson = open(
		    ndjson, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
		j->log =
		    open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
		if (j->ndjson < 0 || j->log < 0)
			rc = err_sys("open %s", j->ndjson < 0 ? ndjson : log);
	}
	mem_free(ndjson);
	mem_free(log);
	return rc;
}

void
journal_close(struct journal *j)
{
	if (j->ndjson >= 0)
		close(j->ndjson);
	if (j->log >= 0)
		close(j->log);
	j->ndjson = j->log = -1;
	history_clear(&j->history);
}

/* A line being written: JSON in b, its writer. */
struct event {
	struct buf b;
	struct json_w w;
};

static void
begin_event(
    struct event *l, const struct journal *j, const char *event, int64_t iter)
{
	buf_init(&l->b, LINE_MAX_BYTES);
	json_w_init(&l->w, &l->b, 0);
	json_w_object(&l->w);
	json_w_kstr(&l->w, "event", event);
	json_w_kint(&l->w, "iter", iter);
	json_w_knum(&l->w, "elapsed", round(journal_elapsed(j) * 1000) / 1000);
}

static int
end_event(struct event *l, struct journal *j)
{
	int rc;

	json_w_object_end(&l->w);
	rc = json_w_end(&l->w);
	if (rc >= 0)
		rc = buf_addc(&l->b, '\n');
	if (rc >= 0 && j->ndjson >= 0)
		rc = file_write_all(
		    j->ndjson, l->b.data, l->b.len, "train.ndjson");
	if (rc >= 0)
		log_event(l->b.data, l->b.len - 1);
	buf_clear(&l->b);
	return rc;
}

/* "2026-11-21 10:11:12  text" */
static int
write_log_line(struct journal *j, const char *text)
{
	char stamp[32], *line;
	time_t now = time(NULL);
	struct tm tm;
	int rc;

	localtime_r(&now, &tm);
	strftime(stamp, sizeof(stamp), "%Y-%m-%d %H:%M:%S", &tm);
	line = mem_printf("%s  %s\n", stamp, text);
	rc = j->log < 0
	    ? 0
	    : file_write_all(j->log, line, strlen(line), "train.log");
	mem_free(line);
	return rc;
}

int
journal_start(struct journal *j, int64_t iter, const char *device,
    const char *command, uint64_t seed)
{
	struct event l;
	char *text;
	int rc;

	begin_event(&l, j, "start", iter);
	json_w_kstr(&l.w, "device", device);
	json_w_kstr(&l.w, "command", command);
	json_w_kint(&l.w, "seed", (int64_t)seed);
	TRY(end_event(&l, j));
	text = mem_printf("start at iteration %lld on %s: %s", (long long)iter,
	    device, command);
	rc = write_log_line(j, text);
	mem_free(text);
	return rc;
}

static void
put_panel(struct event *l, struct journal *j)
{
	const struct panel_sample *s;

	if (j->panel == NULL)
		return;
	s = panel_now(j->panel);
	json_w_key(&l->w, "panel");
	json_w_object(&l->w);
	for (int i = 0; i < PANEL_FIELDS; i++)
		if (!isnan(s->v[i]))
			json_w_knum(
			    &l->w, panel_keys[i], round(s->v[i] * 10) / 10);
	json_w_object_end(&l->w);
}

void
journal_tick(struct journal *j, int64_t iter)
{
	struct event l;

	if (iter >= 0)
		j->iter = iter;
	if (!panel_tick(j->panel))
		return;
	panel_text(j->panel_text, panel_now(j->panel));
	if (!log_events_on())
		return;
	begin_event(&l, j, "panel", j->iter);
	put_panel(&l, j);
	json_w_object_end(&l.w);
	if (json_w_end(&l.w) >= 0)
		log_event(l.b.data, l.b.len);
	buf_clear(&l.b);
}

static int
write_measurement(
    struct journal *j, const char *event, const struct measurement *m)
{
	struct event l;
	struct buf text;
	int rc;

	begin_event(&l, j, event, m->iter);
	json_w_knum(&l.w, "epoch", m->epoch);
	if (strcmp(event, "train") == 0) {
		json_w_key(&l.w, "learning_rate");
		json_w_float(&l.w, (float)m->rate);
	}
	if (m->images_per_s > 0) {
		json_w_knum(&l.w, "images_per_s", round(m->images_per_s));
		json_w_knum(&l.w, "waited", round(m->waited * 1000) / 1000);
	}
	json_w_key(&l.w, "outputs");
	json_w_object(&l.w);
	buf_init(&text, LINE_MAX_BYTES);
	buf_printf(&text, "%-5s epoch %.3f iteration %lld:", event, m->epoch,
	    (long long)m->iter);
	for (size_t i = 0; i < m->n; i++) {
		json_w_knum(&l.w, m->v[i].name, m->v[i].value);
		buf_printf(&text, " %s %.6g", m->v[i].name, m->v[i].value);
	}
	json_w_object_end(&l.w);
	put_panel(&l, j);
	rc = end_event(&l, j);
	if (rc >= 0)
		rc = write_log_line(j, buf_str(&text));
	buf_clear(&text);
	return rc;
}

int
journal_train(struct journal *j, const struct measurement *m)
{
	return write_measurement(j, "train", m);
}

int
journal_val(struct journal *j, const struct measurement *m)
{
	j->last_val = *m;
	history_add(&j->history, m->iter, m->epoch, m->v, m->n);
	return write_measurement(j, "val", m);
}

int
journal_snapshot(
    struct journal *j, int64_t iter, double epoch, const char *file)
{
	struct event l;
	char text[512];

	begin_event(&l, j, "snapshot", iter);
	json_w_knum(&l.w, "epoch", epoch);
	json_w_kstr(&l.w, "file", file);
	TRY(end_event(&l, j));
	snprintf(text, sizeof(text), "snapshot %s", file);
	return write_log_line(j, text);
}

int
journal_end(struct journal *j, int64_t iter, double epoch, const char *reason)
{
	struct event l;
	char text[128];

	begin_event(&l, j, "end", iter);
	json_w_knum(&l.w, "epoch", epoch);
	json_w_kstr(&l.w, "reason", reason);
	TRY(end_event(&l, j));
	snprintf(text, sizeof(text), "end at iteration %lld: %s",
	    (long long)iter, reason);
	return write_log_line(j, text);
}

int
journal_note(struct journal *j, int64_t iter, const char *fmt, ...)
{
	struct event l;
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	begin_event(&l, j, "note", iter);
	json_w_kstr(&l.w, "text", text);
	TRY(end_event(&l, j));
	return write_log_line(j, text);
}

int
journal_scale(struct journal *j, int64_t iter, const struct plan_scale *s)
{
	struct event l;
	char text[128];

	begin_event(&l, j, "scale", iter);
	json_w_knum(&l.w, "scale", (double)s->scale);
	json_w_kint(&l.w, "good", s->good);
	json_w_kint(&l.w, "skipped", (int64_t)s->skipped);
	TRY(end_event(&l, j));
	snprintf(text, sizeof(text),
	    "gradient scale %g; updates left out so far: %llu",
	    (double)s->scale, (unsigned long long)s->skipped);
	return write_log_line(j, text);
}

int
journal_scale_read(struct plan_scale *s, const char *dir, int64_t iter)
{
	struct history h;
	int rc = history_read(&h, dir, iter);
	const double scale = h.scale.scale, good = h.scale.good;
	const double skipped = h.scale.skipped;
	const bool found = h.scale.found;

	history_clear(&h);
	if (rc < 0 || !found)
		return rc < 0 ? rc : 0;
	if (!(scale >= 1 && scale <= PLAN_SCALE_MAX && good >= 0 &&
		good < PLAN_SCALE_DOUBLES && skipped >= 0 && skipped < 1e15))
		return err_set(ERR_FORMAT,
		    "train.ndjson: the scale of iteration %lld is %g, %g updates old",
		    (long long)iter, scale, good);
	s->scale = (float)scale;
	s->good = (int)good;
	s->skipped = (uint64_t)skipped;
	return 1;
}
