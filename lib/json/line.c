/* A JSON object as a line: see line.h. */
#include "json/line.h"

struct json_w *
json_line_begin(struct json_line *l)
{
	buf_init(&l->b, JSON_LINE_MAX);
	json_w_init(&l->w, &l->b, 0);
	json_w_object(&l->w);
	return &l->w;
}

int
json_line_end(struct json_line *l, FILE *out)
{
	int rc;

	json_w_object_end(&l->w);
	rc = json_w_end(&l->w);
	if (rc >= 0)
		fprintf(out, "%s\n", buf_str(&l->b));
	buf_clear(&l->b);
	return rc;
}

void
json_line_drop(struct json_line *l)
{
	buf_clear(&l->b);
}
