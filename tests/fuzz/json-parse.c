/* JSON text: parsed, walked, written again. */
#include "json/json.h"

#include "fuzz.h"

enum { OUT_MAX = 8 << 20 };

static void
write_value(struct json_w *w, const struct json *j)
{
	const struct json *v;

	switch (json_type(j)) {
	case JSON_NULL: json_w_null(w); break;
	case JSON_BOOL: json_w_bool(w, true); break;
	case JSON_NUMBER: json_w_num(w, json_number(j)); break;
	case JSON_STRING: json_w_str(w, json_text(j)); break;
	case JSON_ARRAY:
		json_w_array(w);
		for (v = json_first(j); v != NULL; v = json_next(v))
			write_value(w, v);
		json_w_array_end(w);
		break;
	case JSON_OBJECT:
		json_w_object(w);
		for (v = json_first(j); v != NULL; v = json_next(v)) {
			json_w_key(w, json_key(v));
			write_value(w, v);
		}
		json_w_object_end(w);
		break;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct json *j = NULL, *again = NULL;
	struct json_w w;
	struct buf b;

	buf_init(&b, OUT_MAX);
	if (json_parse(&j, (const char *)data, size, "input") == 0) {
		json_w_init(&w, &b, size % 2 ? 4 : 0);
		write_value(&w, j);
		/* What we write, we read. */
		if (json_w_end(&w) == 0 &&
		    json_parse(&again, buf_str(&b), b.len, "output") < 0)
			__builtin_trap();
	}
	json_free(again);
	json_free(j);
	buf_clear(&b);
	return 0;
}
