/*
 * A result as one line with a JSON object, as programs print it for --json:
 *
 *	struct json_line l;
 *	struct json_w *w = json_line_begin(&l);
 *
 *	json_w_kstr(w, "path", path);
 *	return json_line_end(&l, stdout);
 */
#ifndef JSON_LINE_H
#define JSON_LINE_H

#include <stdio.h>

#include "json/json.h"

enum { JSON_LINE_MAX = 1 << 30 };

struct json_line {
	struct json_w w;
	struct buf b;
};

/* The object is open for its members. */
struct json_w *json_line_begin(struct json_line *l);
/* Closes and writes it, unless it grew past JSON_LINE_MAX: then ERR_RANGE.  To be
 * called once for each begin; where something else went wrong, drop instead. */
int json_line_end(struct json_line *l, FILE *out);
void json_line_drop(struct json_line *l);

#endif
