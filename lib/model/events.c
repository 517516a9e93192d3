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
}

void
events_clear(struct events *e)
{
	buf_clear(&e->line);
}

/* The line that is whole now. */
static bool
hand_on(struct events *e)
{
	struct json *line = NULL;
	const size_t bytes = e->line.len + 1;

	if (e->too_long ||
	    json_parse(&line, buf_str(&e->line), e->line.len, "train.ndjson") <
		0)
		line = NULL;
	if (line != NULL && json_type(line) != JSON_OBJECT) {
		json_free(line);
		line = NULL;
	}
	buf_reset(&e->line);
	e->too_long = false;
	return e->take(e->ctx, line, bytes);
}

bool
events_add(struct events *e, const char *p, size_t n)
{
	const char *end;

	while ((end = memchr(p, '\n', n)) != NULL) {
		if (buf_add(&e->line, p, (size_t)(end - p)) < 0)
			e->too_long = true;
		if (!hand_on(e))
			return false;
		n -= (size_t)(end - p) + 1;
		p = end + 1;
	}
	if (buf_add(&e->line, p, n) < 0)
		e->too_long = true;
	return true;
}
