/* Writing safetensors. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "file/file.h"
#include "json/json.h"
#include "tensors/safetensors.h"
#include "tensors/tensors.h"

static int
by_name(const void *a, const void *b)
{
	const struct tensors_item *const *x = a, *const *y = b;

	return strcmp((*x)->name, (*y)->name);
}

static int
check_names(const struct tensors_item *v, size_t n)
{
	const struct tensors_item **s =
	    mem_array(const struct tensors_item *, n + 1);
	int rc = 0;

	for (size_t i = 0; i < n; i++)
		s[i] = &v[i];
	qsort(s, n, sizeof(*s), by_name);
	for (size_t i = 0; i < n && rc == 0; i++)
		if (i + 1 < n && strcmp(s[i]->name, s[i + 1]->name) == 0)
			rc = err_set(ERR_FORMAT,
			    "\"%s\" is the name of two arrays", s[i]->name);
		else if (strcmp(s[i]->name, SAFETENSORS_META) == 0)
			rc = err_set(ERR_FORMAT,
			    "\"%s\" cannot be the name of an array",
			    s[i]->name);
	mem_free(s);
	return rc;
}

static void
add_meta(struct json_w *w, const char *const *meta)
{
	if (meta == NULL)
		return;
	json_w_key(w, SAFETENSORS_META);
	json_w_object(w);
	for (; meta[0] != NULL; meta += 2)
		json_w_kstr(w, meta[0], meta[1]);
	json_w_object_end(w);
}

static void
add_item(struct json_w *w, const struct tensors_item *t, size_t *at)
{
	const size_t bytes = t->count * tensors_type_size(t->type);

	json_w_key(w, t->name);
	json_w_object(w);
	json_w_kstr(w, "dtype", tensors_type_name(t->type));
	json_w_key(w, "shape");
	json_w_array(w);
	for (int i = 0; i < t->ndim; i++)
		json_w_int(w, t->dim[i]);
	json_w_array_end(w);
	json_w_key(w, "data_offsets");
	json_w_array(w);
	json_w_int(w, (int64_t)*at);
	json_w_int(w, (int64_t)(*at + bytes));
	json_w_array_end(w);
	json_w_object_end(w);
	*at += bytes;
}

/* The widest numbers first, so that each begins where its size divides. */
static size_t *
order_of(const struct tensors_item *v, size_t n)
{
	size_t *order = mem_array(size_t, n + 1), k = 0;

	for (size_t size = 8; size > 0; size /= 2)
		for (size_t i = 0; i < n; i++)
			if (tensors_type_size(v[i].type) == size)
				order[k++] = i;
	return order;
}

static int
make_header(struct buf *b, const struct tensors_item *v, const size_t *order,
    size_t n, const char *const *meta)
{
	struct json_w w;
	size_t at = 0;

	json_w_init(&w, b, 0);
	json_w_object(&w);
	add_meta(&w, meta);
	for (size_t i = 0; i < n; i++)
		add_item(&w, &v[order[i]], &at);
	json_w_object_end(&w);
	TRY(json_w_end(&w));
	while (b->len % 8 != 0)
		TRY(buf_addc(b, ' '));
	return 0;
}

static void
put(FILE *f, const struct tensors_item *t)
{
	fwrite(t->data, tensors_type_size(t->type), t->count, f);
}

int
tensors_write(const char *path, const struct tensors_item *v, size_t n,
    const char *const *meta, int force)
{
	struct file_out *o = NULL;
	uint64_t length;
	size_t *order;
	struct buf b;
	int rc;

	TRY(check_names(v, n));
	order = order_of(v, n);
	buf_init(&b, SAFETENSORS_HEADER_MAX);
	rc = make_header(&b, v, order, n, meta);
	if (rc >= 0)
		rc = file_out_open(&o, path, force);
	if (rc >= 0) {
		length = b.len;
		fwrite(&length, sizeof(length), 1, file_out_stream(o));
		fwrite(b.data, 1, b.len, file_out_stream(o));
		for (size_t i = 0; i < n; i++)
			put(file_out_stream(o), &v[order[i]]);
		rc = file_out_commit(&o);
	}
	file_out_abort(&o);
	buf_clear(&b);
	mem_free(order);
	return rc;
}
