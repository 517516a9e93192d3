/* The backends there are. */
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "record/sink.h"

static const struct record_backend *const backends[] = {
	&record_backend_lmdb,
	&record_backend_hdf5,
};

int
record_backend_find(const struct record_backend **out, const char *name)
{
	size_t i;

	for (i = 0; i < LENGTH(backends); i++) {
		if (strcmp(backends[i]->name, name) == 0) {
			*out = backends[i];
			return 0;
		}
	}
	return err_set(
	    ERR_USAGE, "backend \"%s\": lmdb and hdf5 are known", name);
}

void
record_packed_init(struct record_packed *p)
{
	int k;

	memset(p, 0, sizeof *p);
	buf_init(&p->data, RECORD_BYTES_MAX);
	for (k = 0; k < RECORD_COLUMNS_MAX; k++)
		buf_init(&p->column[k], RECORD_BYTES_MAX);
}

void
record_packed_clear(struct record_packed *p)
{
	int k;

	buf_clear(&p->data);
	for (k = 0; k < RECORD_COLUMNS_MAX; k++)
		buf_clear(&p->column[k]);
}

void
record_packed_print(struct record_packed *p, const struct value *values, int n)
{
	struct record_bytes labels[RECORD_COLUMNS_MAX];
	int k;

	for (k = 0; k < n; k++) {
		labels[k] = record_bytes_of(&values[k]);
		if (labels[k].p == NULL)
			labels[k] = (struct record_bytes){ p->column[k].data,
				p->column[k].len };
	}
	record_print_columns(&p->print, p->data.data, p->data.len, labels, n);
}

int
record_value_check(const struct value *v, const struct record_column *c)
{
	if (v->kind != c->kind)
		return err_set(ERR_FORMAT, "%s: %s, where %s is wanted",
		    c->name, value_kind_name(v->kind),
		    value_kind_name(c->kind));
	if (c->channels > 0 &&
	    (v->channels != c->channels || v->height != c->height ||
		v->width != c->width))
		return err_set(ERR_FORMAT,
		    "%s: shape %dx%dx%d, where all have %dx%dx%d", c->name,
		    v->channels, v->height, v->width, c->channels, c->height,
		    c->width);
	return 0;
}
