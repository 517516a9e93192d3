/* Writing again what was read: json_w_value of json.h. */
#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/path.h"
#include "json/json.h"

/* Two members of one name give the first one twice: JSON leaves that open. */
static void
object_write(struct json_w *w, const struct json *v)
{
	size_t i, n = json_length(v);
	const char **names = mem_array(const char *, n > 0 ? n : 1);

	for (i = 0; i < n; i++)
		names[i] = json_key_at(v, i);
	if (n > 1)
		qsort(names, n, sizeof(*names), path_cmp);
	json_w_object(w);
	for (i = 0; i < n; i++) {
		json_w_key(w, names[i]);
		json_w_value(w, json_find(v, names[i]));
	}
	json_w_object_end(w);
	mem_free(names);
}

static void
number_write(struct json_w *w, double d)
{
	if (d == floor(d) && fabs(d) < 9e15)
		json_w_int(w, (int64_t)d);
	else
		json_w_num(w, d);
}

void
json_w_value(struct json_w *w, const struct json *v)
{
	size_t i;

	switch (json_type(v)) {
	case JSON_OBJECT: object_write(w, v); break;
	case JSON_ARRAY:
		json_w_array(w);
		for (i = 0; i < json_length(v); i++)
			json_w_value(w, json_at(v, i));
		json_w_array_end(w);
		break;
	case JSON_STRING: json_w_str(w, json_text(v)); break;
	case JSON_NUMBER: number_write(w, json_number(v)); break;
	case JSON_BOOL: json_w_bool(w, json_truth(v) == 1); break;
	case JSON_NULL: json_w_null(w); break;
	}
}
