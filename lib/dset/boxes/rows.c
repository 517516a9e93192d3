/* Boxes of records: what they are, and as text. */
#include "dset/boxes/rows.h"

#include <math.h>

#include "base/err.h"
#include "base/num.h"
#include "dset/tasks/task.h"

bool
dset_rows_are(const struct dset *d, const struct record *r)
{
	const float *v;
	size_t n;

	return d->kind == &dset_task_detect ||
	    (*d->task == '\0' && dset_rows(&v, &n, r));
}

int
dset_rows(const float **out, size_t *n, const struct record *r)
{
	const struct value *v = &r->v[RECORD_LABEL];
	size_t count = value_count(v);

	*n = 0;
	if (r->n <= RECORD_LABEL || v->floats == NULL || count < ROW_NUMBERS ||
	    v->width != ROW_NUMBERS || v->channels != 1 ||
	    v->floats[1] != ROW_NUMBERS || !(v->floats[0] >= 0) ||
	    v->floats[0] > (float)(count / ROW_NUMBERS - 1))
		return 0;
	*n = (size_t)v->floats[0];
	*out = v->floats + ROW_NUMBERS;
	return 1;
}

bool
dset_row_sound(const float *row)
{
	for (int k = ROW_LEFT; k <= ROW_HEIGHT; k++)
		if (!(fabsf(row[k]) <= 1 << 24))
			return false;
	return row[ROW_WIDTH] > 0 && row[ROW_HEIGHT] > 0 &&
	    dset_row_class(row) >= 0;
}

int32_t
dset_row_class(const float *row)
{
	float c = row[ROW_CLASS];

	return c >= 0 && c < LABELS_MAX && c == floorf(c) ? (int32_t)c : -1;
}

const char *
dset_row_name(const struct dset *d, int32_t class)
{
	return class >= 0 && (size_t) class < d->nlabels ? d->labels[class]
							 : NULL;
}

void
dset_rows_json(struct json_w *w, const struct record *r, const struct dset *d)
{
	const float *v;
	size_t n, i;

	if (!dset_rows(&v, &n, r) || !dset_rows_are(d, r))
		return;
	json_w_key(w, "boxes");
	json_w_array(w);
	for (i = 0; i < n; i++, v += ROW_NUMBERS) {
		json_w_object(w);
		json_w_kint(w, "label", dset_row_class(v));
		json_w_kstr(w, "class", dset_row_name(d, dset_row_class(v)));
		json_w_key(w, "left");
		json_w_float(w, v[ROW_LEFT]);
		json_w_key(w, "top");
		json_w_float(w, v[ROW_TOP]);
		json_w_key(w, "width");
		json_w_float(w, v[ROW_WIDTH]);
		json_w_key(w, "height");
		json_w_float(w, v[ROW_HEIGHT]);
		json_w_object_end(w);
	}
	json_w_array_end(w);
}

int
dset_rows_text(struct buf *out, const struct record *r, const struct dset *d)
{
	char number[NUM_TEXT_MAX];
	const char *name;
	const float *v;
	size_t n, i;

	if (!dset_rows(&v, &n, r) || !dset_rows_are(d, r))
		return 0;
	for (i = 0; i < n; i++, v += ROW_NUMBERS) {
		name = dset_row_name(d, dset_row_class(v));
		TRY(buf_printf(out, "\t%d\t%s", dset_row_class(v),
		    name != NULL ? name : "-"));
		for (int k = ROW_LEFT; k <= ROW_HEIGHT; k++)
			TRY(buf_printf(
			    out, "\t%s", num_float_text(number, v[k])));
		TRY(buf_addc(out, '\n'));
	}
	return 0;
}
