/*
 * Two messages of one kind, field by field: see differ.h.
 */
#include "caffe/differ.h"

#include <string.h>

#include "base/mem.h"
#include "caffe/msg.h"
#include "caffe/msg_build.h"
#include "caffe/text.h"

enum { VALUES_MAX = 1 << 20 }; /* bytes of the values of a field */

struct differ {
	const char *const *skip;
	void (*each)(
	    void *ctx, const char *field, const char *a, const char *b);
	void *ctx;
};

/* A field that is no message: what it is, or its default; "none" of one that has no
 * default. */
static void
put_field(struct buf *b, const void *m, const ProtobufCFieldDescriptor *f)
{
	const size_t n = caffe_msg_count(m, f);

	if (f->label != PROTOBUF_C_LABEL_REPEATED &&
	    (n > 0 || f->default_value != NULL)) {
		caffe_text_value(b, caffe_field_value(m, f, 0), f);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		buf_adds(b, i > 0 ? ", " : "");
		caffe_text_value(b, caffe_field_value(m, f, i), f);
	}
	if (n == 0)
		buf_adds(b, "none");
}

/* ---- messages ---------------------------------------------------------------- */

static void diff_messages(
    const struct differ *d, const char *path, const void *a, const void *b);

static const void *
part(const void *m, const ProtobufCFieldDescriptor *f, size_t i)
{
	return i < caffe_msg_count(m, f)
	    ? *(void *const *)caffe_field_value(m, f, i)
	    : NULL;
}

/* Messages of a field; one that is left out is as one in which all is. */
static void
diff_parts(const struct differ *d, const char *path, const void *a,
    const void *b, const ProtobufCFieldDescriptor *f)
{
	const size_t na = caffe_msg_count(a, f), nb = caffe_msg_count(b, f);
	void *empty = caffe_msg_new(f->descriptor);

	for (size_t i = 0; i < na || i < nb; i++) {
		const void *x = part(a, f, i), *y = part(b, f, i);
		char *name = f->label == PROTOBUF_C_LABEL_REPEATED
		    ? mem_printf("%s[%zu]", path, i)
		    : mem_strdup(path);

		diff_messages(
		    d, name, x != NULL ? x : empty, y != NULL ? y : empty);
		mem_free(name);
	}
	caffe_msg_free(empty);
}

static bool
is_skipped(const struct differ *d, const ProtobufCFieldDescriptor *f)
{
	for (const char *const *s = d->skip; s != NULL && *s != NULL; s++)
		if (strcmp(f->name, *s) == 0)
			return true;
	return false;
}

static void
diff_messages(
    const struct differ *d, const char *path, const void *a, const void *b)
{
	const ProtobufCMessageDescriptor *type =
	    ((const ProtobufCMessage *)a)->descriptor;

	for (unsigned i = 0; i < type->n_fields; i++) {
		const ProtobufCFieldDescriptor *f = &type->fields[i];
		struct buf x, y;
		char *name;
		size_t len;

		if (caffe_field_hidden(f) ||
		    (path[0] == '\0' && is_skipped(d, f)))
			continue;
		caffe_field_name(f, &len);
		name = mem_printf("%s%s%.*s", path, path[0] != '\0' ? "." : "",
		    (int)len, f->name);
		if (f->type == PROTOBUF_C_TYPE_MESSAGE) {
			diff_parts(d, name, a, b, f);
		} else {
			buf_init(&x, VALUES_MAX);
			buf_init(&y, VALUES_MAX);
			put_field(&x, a, f);
			put_field(&y, b, f);
			if (strcmp(buf_str(&x), buf_str(&y)) != 0)
				d->each(d->ctx, name, buf_str(&x), buf_str(&y));
			buf_clear(&x);
			buf_clear(&y);
		}
		mem_free(name);
	}
}

void
caffe_msg_differ(const void *a, const void *b, const char *const *skip,
    void (*each)(void *ctx, const char *field, const char *a, const char *b),
    void *ctx)
{
	const struct differ d = { skip, each, ctx };

	diff_messages(&d, "", a, b);
}
