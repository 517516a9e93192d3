/* train.ndjson, line by line: see events.h. */
#include "model/events.h"

#include <string.h>

void
events_init(struct events *e,
    bool (*take)(void *ctx, struct json *line, size_t bytes), void *ctx)
{
	memset(e, 0, sizeof(*e));
	e->take = take;
	e->ctx = ctx;
	buf_init(&e->line, EVENT_MAX);
	buf_init(&e->held, EVENT_MAX);
}

void
events_clear(struct events *e)
{
	buf_clear(&e->line);
	buf_clear(&e->held);
}

static bool
hand_on(struct events *e, struct buf *b, bool too_long, size_t bytes)
{
	struct json *line = NULL;

	if (too_long ||
	    json_parse(&line, buf_str(b), b->len, "train.ndjson") < 0)
		line = NULL;
	if (line != NULL && json_type(line) != JSON_OBJECT) {
		json_free(line);
		line = NULL;
	}
	buf_reset(b);
	return e->take(e->ctx, line, bytes);
}

/* Is the line one of a row?  One that was cut off is not. */
static bool
is_of_row(const struct events *e)
{
	const size_t n = e->row != NULL ? strlen(e->row) : 0;

	return n > 0 && !e->too_long && e->line.len > n &&
	    memcmp(e->line.data, e->row, n) == 0 &&
	    e->line.data[e->line.len - 1] == '}';
}

static bool
hand_on_held(struct events *e)
{
	const size_t bytes = e->held_bytes;

	e->held_bytes = 0;
	return bytes == 0 || hand_on(e, &e->held, false, bytes);
}

/* The line that is whole now. */
static bool
end_line(struct events *e)
{
	const size_t bytes = e->line.len + 1;
	const bool too_long = e->too_long;
	struct buf line;

	if (is_of_row(e)) {
		line = e->held;
		e->held = e->line;
		e->line = line;
		buf_reset(&e->line);
		e->held_bytes += bytes;
		return true;
	}
	e->too_long = false;
	if (!hand_on_held(e)) {
		buf_reset(&e->line);
		return false;
	}
	return hand_on(e, &e->line, too_long, bytes);
}

void
events_end(struct events *e)
{
	hand_on_held(e);
}

bool
events_add(struct events *e, const char *p, size_t n)
{
	const char *end;

	while ((end = memchr(p, '\n', n)) != NULL) {
		if (buf_add(&e->line, p, (size_t)(end - p)) < 0)
			e->too_long = true;
		if (!end_line(e))
			return false;
		n -= (size_t)(end - p) + 1;
		p = end + 1;
	}
	if (buf_add(&e->line, p, n) < 0)
		e->too_long = true;
	return true;
}
