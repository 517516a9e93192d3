/*
 * The lines of a train.ndjson, one after the other: what model/history.h and the
 * plots are made of.
 *
 * Bytes come in pieces of any size; each whole line is handed on as JSON.  Lines
 * that are no JSON objects or longer than EVENT_MAX are handed on as NULL, and a
 * last line without its end, as a killed run may leave it, is not seen at all.
 */
#ifndef MODEL_EVENTS_H
#define MODEL_EVENTS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "json/json.h"

enum { EVENT_MAX = 1 << 20 };

struct events {
	/* A line (the callee's, by json_free) of so many bytes with its end, or NULL;
	 * false: no more of them are wanted. */
	bool (*take)(void *ctx, struct json *line, size_t bytes);
	void *ctx;
	/* NULL, or how lines begin of which, of those that follow one another, only
	 * the last is wanted: with the bytes of all. */
	const char *row;
	/* its own */
	struct buf line, held;
	size_t held_bytes;
	bool too_long;
};

void events_init(struct events *e,
    bool (*take)(void *ctx, struct json *line, size_t bytes), void *ctx);
void events_clear(struct events *e);
/* n bytes more; false once `take` wants no more. */
bool events_add(struct events *e, const char *p, size_t n);
/* There are no more: of a row the last is handed on. */
void events_end(struct events *e);

#endif
