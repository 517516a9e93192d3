/* What a map is of, as text, TAB-separated columns and JSON. */
#include "infer/saliency/saliency.h"
#include "json/line.h"
#include "prog/line.h"

static int
print_json(const struct saliency_answer *a)
{
	struct json_line line;
	struct json_w *w = json_line_begin(&line);

	json_w_kstr(w, "path", a->path);
	json_w_kstr(w, "method", a->method);
	json_w_kstr(w, "label", a->label);
	json_w_kint(w, "index", a->class);
	json_w_knum(w, "score", a->score);
	json_w_kstr(w, "layer", a->layer);
	json_w_key(w, "shape");
	json_w_array(w);
	json_w_int(w, a->map->h);
	json_w_int(w, a->map->w);
	json_w_array_end(w);
	json_w_knum(w, "min", a->map->min);
	json_w_knum(w, "max", a->map->max);
	json_w_key(w, "peak");
	json_w_array(w);
	json_w_int(w, a->x);
	json_w_int(w, a->y);
	json_w_array_end(w);
	json_w_kstr(w, "overlay", a->overlay);
	json_w_kstr(w, "array", a->array);
	return json_line_end(&line, stdout);
}

int
saliency_print(const struct saliency_answer *a)
{
	struct line l = { stdout, prog_options()->format == PROG_FMT_TSV, 0 };

	if (prog_options()->format == PROG_FMT_JSON)
		return print_json(a);
	line_cell(&l, "%s", a->path);
	line_cell(&l, "%s", a->label);
	line_cell(&l, "%.6g", a->score);
	if (l.tsv) {
		line_cell(&l, "%d", a->x);
		line_cell(&l, "%d", a->y);
		line_cell(&l, "%.6g", a->map->max);
	} else {
		line_cell(&l, "highest at %d,%d", a->x, a->y);
	}
	line_end(&l);
	return 0;
}
