/* Writing again what was read: json_w_value of json.h. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "json/json.h"

struct member {
	const char *name;
	const struct json *value;
	size_t place;
};

/* By name; of one name as they stand. */
static int
member_cmp(const void *a, const void *b)
{
	const struct member *x = a, *y = b;
	int c = strcmp(x->name, y->name);

	return c != 0 ? c : (x->place > y->place) - (x->place < y->place);
}

/* Two members of one name give the first one twice: JSON leaves that open. */
static void
object_write(struct json_w *w, const struct json *j)
{
	size_t i, n = json_length(j);
	struct member *m = mem_array(struct member, n + 1);
	const struct json *v = json_first(j);

	for (i = 0; v != NULL && i < n; v = json_next(v), i++)
		m[i] = (struct member){ json_key(v), v, i };
	n = i;
	qsort(m, n, sizeof(*m), member_cmp);
	json_w_object(w);
	for (i = 0; i < n; i++) {
		if (i > 0 && strcmp(m[i].name, m[i - 1].name) == 0)
			m[i].value = m[i - 1].value;
		json_w_key(w, m[i].name);
		json_w_value(w, m[i].value);
	}
	json_w_object_end(w);
	mem_free(m);
}

void
json_w_value(struct json_w *w, const struct json *v)
{
	switch (json_type(v)) {
	case JSON_OBJECT: object_write(w, v); break;
	case JSON_ARRAY:
		json_w_array(w);
		for (v = json_first(v); v != NULL; v = json_next(v))
			json_w_value(w, v);
		json_w_array_end(w);
		break;
	case JSON_STRING: json_w_str(w, json_text(v)); break;
	case JSON_NUMBER: json_w_number(w, json_number(v)); break;
	case JSON_BOOL: json_w_bool(w, json_truth(v) == 1); break;
	case JSON_NULL: json_w_null(w); break;
	}
}
