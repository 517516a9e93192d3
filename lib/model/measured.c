/* What a training measured: see measured.h. */
#include "model/measured.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/path.h"
#include "device/panel.h"
#include "json/json.h"

enum { LINE_BYTES_MAX = 1 << 20 };

static void
outputs_take(struct model_val *val, const struct json *outputs)
{
	char number[NUM_TEXT_MAX];
	const struct json *o;
	struct json_w w;
	struct buf text, json;
	int rated = 0;

	buf_init(&text, LINE_BYTES_MAX);
	buf_init(&json, LINE_BYTES_MAX);
	for (o = json_first(outputs); o != NULL; o = json_next(o)) {
		double d = json_number(o);
		int first = text.len == 0;

		buf_printf(&text, "%s%s %s", first ? "" : ", ", json_key(o),
		    isfinite(d) ? num_float_text(number, (float)d) : "nan");
		if (strstr(json_key(o), "accuracy") != NULL && !rated) {
			val->score = d;
			rated = 1;
		} else if (first) {
			val->score = -d;
		}
	}
	json_w_init(&w, &json, 0);
	json_w_value(&w, outputs);
	val->text = buf_steal(&text);
	val->json = buf_steal(&json);
	buf_clear(&text);
	buf_clear(&json);
}

static void
line_take(struct model_vals *out, size_t *cap, const char *line)
{
	const struct json *outputs;
	struct json *j = NULL;
	struct model_val *v;

	if (strstr(line, "\"val\"") == NULL ||
	    json_parse(&j, line, strlen(line), "train.ndjson") < 0)
		return;
	outputs = json_find(j, "outputs");
	if (strcmp(json_str(j, "event", ""), "val") == 0 && outputs != NULL &&
	    json_type(outputs) == JSON_OBJECT) {
		mem_grow(&out->v, cap, out->n + 1);
		v = &out->v[out->n++];
		memset(v, 0, sizeof(*v));
		v->iter = (int64_t)json_num(j, "iter", -1);
		v->epoch = json_num(j, "epoch", -1);
		v->score = -INFINITY;
		outputs_take(v, outputs);
	}
	json_free(j);
}

/* The panel of this line, the last one that has it. */
static void
panel_take(struct model_vals *out, const char *line)
{
	const struct json *panel;
	char text[PANEL_TEXT_MAX];
	struct panel_sample s;
	struct json *j = NULL;
	struct json_w w;
	struct buf b;

	if (line == NULL ||
	    json_parse(&j, line, strlen(line), "train.ndjson") < 0)
		return;
	panel = json_find(j, "panel");
	if (panel != NULL && json_type(panel) == JSON_OBJECT) {
		for (int i = 0; i < PANEL_FIELDS; i++)
			s.v[i] = json_num(panel, panel_keys[i], NAN);
		out->panel_text = mem_strdup(panel_text(text, &s));
		buf_init(&b, LINE_BYTES_MAX);
		json_w_init(&w, &b, 0);
		json_w_value(&w, panel);
		out->panel_json = buf_steal(&b);
	}
	json_free(j);
}

int
model_vals_read(struct model_vals *out, const char *dir)
{
	char *path = path_join(dir, "train.ndjson"), *line = NULL, *last = NULL;
	size_t room = 0, cap = 0;
	FILE *f;
	int rc = 0;

	memset(out, 0, sizeof(*out));
	f = file_exists(path) ? fopen(path, "r") : NULL;
	if (f == NULL) {
		mem_free(path);
		return 0;
	}
	while (getline(&line, &room, f) > 0 && room <= LINE_BYTES_MAX) {
		line_take(out, &cap, line);
		if (strstr(line, "\"panel\"") != NULL) {
			mem_free(last);
			last = mem_strdup(line);
		}
	}
	panel_take(out, last);
	if (ferror(f))
		rc = err_sys("read %s", path);
	free(line);
	mem_free(last);
	fclose(f);
	mem_free(path);
	return rc;
}

void
model_vals_free(struct model_vals *v)
{
	size_t i;

	for (i = 0; i < v->n; i++) {
		mem_free(v->v[i].text);
		mem_free(v->v[i].json);
	}
	mem_free(v->v);
	mem_free(v->panel_text);
	mem_free(v->panel_json);
	memset(v, 0, sizeof(*v));
}

const struct model_val *
model_val_at(const struct model_vals *v, int64_t iter)
{
	size_t i;

	for (i = v->n; i > 0; i--)
		if (v->v[i - 1].iter == iter)
			return &v->v[i - 1];
	return NULL;
}
