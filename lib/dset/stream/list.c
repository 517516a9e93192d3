/* Samples of a stream as a list: see stream.h. */
#include <string.h>

#include "base/err.h"
#include "base/num.h"
#include "dset/stream/stream_int.h"
#include "dset/tasks/task.h"
#include "file/npy.h"
#include "json/json.h"

/* Labels that are text are short; so many numbers stand in train.txt. */
enum { TEXT_BYTES_MAX = 1 << 20, NUMBERS_SAID = 256 };

/* ---- arrays ---- */

int
dset_npy_shape(int shape[3], const void *p, size_t n, const char *name)
{
	struct npy a;
	int rc = npy_parse(&a, p, n, name), lead;

	if (rc < 0)
		return rc;
	if (a.ndim > 3)
		rc = err_set(ERR_FORMAT,
		    "%s: %d axes, where a record has 3 at most", name, a.ndim);
	else if (a.count == 0 || a.count > RECORD_MAX_ELEMENTS)
		rc = err_set(ERR_FORMAT, "%s: %zu numbers", name, a.count);
	/* A row of numbers is (K, 1, 1), two axes are (1, H, W). */
	lead = a.ndim == 2;
	for (int i = 0; i < 3; i++)
		shape[i] = i >= lead && i - lead < a.ndim && rc == 0
		    ? (int)a.dim[i - lead]
		    : 1;
	npy_clear(&a);
	return rc;
}

bool
dset_npy_bytes(const void *p, size_t n)
{
	struct npy a;
	bool are;

	if (npy_parse(&a, p, n, "array") < 0)
		return false;
	are = a.type == NPY_U8 || a.type == NPY_BOOL;
	npy_clear(&a);
	return are;
}

int
dset_npy_floats(
    float *out, size_t count, const void *p, size_t n, const char *name)
{
	struct npy a;
	bool same;

	TRY(npy_parse(&a, p, n, name));
	same = a.count == count;
	if (same)
		npy_floats(out, &a);
	npy_clear(&a);
	return same
	    ? 0
	    : err_set(ERR_FORMAT, "%s: not the numbers that it had", name);
}

/* ---- text ---- */

static int
add_json(struct buf *b, const struct json *j)
{
	char number[NUM_TEXT_MAX];
	const struct json *one;

	if (json_type(j) == JSON_STRING)
		return buf_adds(b, json_text(j));
	if (json_type(j) == JSON_NUMBER)
		return buf_adds(
		    b, num_float_text(number, (float)json_number(j)));
	if (json_type(j) != JSON_ARRAY || json_length(j) == 0)
		return err_set(ERR_FORMAT,
		    "a label is a number, a list of numbers or a name");
	for (one = json_first(j); one != NULL; one = json_next(one)) {
		if (json_type(one) != JSON_NUMBER)
			return err_set(
			    ERR_FORMAT, "the label has what is no number");
		TRY(buf_printf(b, "%s%s", one == json_first(j) ? "" : " ",
		    num_float_text(number, (float)json_number(one))));
	}
	return 0;
}

int
stream_json_text(char **out, const void *p, size_t n)
{
	const struct json *label;
	struct json *j;
	struct buf b;
	int rc;

	TRY(json_parse(&j, p, n, "label"));
	buf_init(&b, TEXT_BYTES_MAX);
	label = json_type(j) == JSON_OBJECT ? json_find(j, "label") : j;
	rc = label != NULL ? add_json(&b, label)
			   : err_set(ERR_FORMAT, "the object has no \"label\"");
	if (rc == 0)
		*out = mem_strdup(buf_str(&b));
	buf_clear(&b);
	json_free(j);
	return rc;
}

/* What a label says as the text behind a path in a list. */
static int
text_of(char **out, const struct dset_stream *s, const struct stream_entry *e)
{
	const uint8_t *p = stream_bytes(s, e);
	char *c;

	if (e->n > TEXT_BYTES_MAX)
		return err_set(ERR_FORMAT, "a label of %zu bytes", e->n);
	if (e->role == ROLE_JSON)
		return stream_json_text(out, p, e->n);
	*out = e->role == ROLE_CLASS ? dset_stream_word(p, e->n)
				     : mem_strndup((const char *)p, e->n);
	/* A list has a line for each, whose TAB is before the label. */
	for (c = *out; *c != '\0'; c++)
		if (*c == '\t' || *c == '\n' || *c == '\r')
			*c = ' ';
	while (c > *out && c[-1] == ' ')
		*--c = '\0';
	return 0;
}

/* Are most of the labels names, not numbers? */
static bool
are_names(const struct dset_stream *s)
{
	size_t names = 0;

	for (size_t i = 0; i < s->nsamples; i++) {
		const struct stream_entry *e = s->sample[i].label;
		char *text;
		double v;

		if (text_of(&text, s, e) < 0)
			continue;
		names += num_double(&v, text, -1e300, 1e300) < 0;
		mem_free(text);
	}
	return 2 * names > s->nsamples;
}

/* As a line of a list. */
static int
add_text(struct dset_list *l, const struct dset_stream *s,
    const struct stream_sample *one, const struct dset_list_options *o)
{
	char *text, *line;
	int rc = text_of(&text, s, one->label);

	if (rc < 0)
		return rc;
	line = mem_printf("%s\t%s", one->data->key, text);
	rc = *text != '\0'
	    ? o->task->scan(l, line, o)
	    : err_set(ERR_FORMAT, "%s is empty",
		  one->label->role == ROLE_CLASS ? "KEY.cls" : "KEY.txt");
	mem_free(line);
	mem_free(text);
	return rc;
}

/* ---- values that are no text ---- */

static int
add_numbers(struct dset_list *l, const struct dset_stream *s,
    const struct stream_sample *one)
{
	const uint8_t *p = stream_bytes(s, one->label);
	struct value v = { .kind = VALUE_NUMBERS };
	float said[NUMBERS_SAID];
	int shape[3];

	TRY(dset_npy_shape(shape, p, one->label->n, "label"));
	v.channels = shape[0];
	v.height = shape[1];
	v.width = shape[2];
	if (value_count(&v) <= NUMBERS_SAID) {
		TRY(dset_npy_floats(
		    said, value_count(&v), p, one->label->n, "label"));
		v.floats = said;
		dset_list_add(l, one->data->key, 0, &v, 1);
		return 0;
	}
	v.blob = p;
	v.blob_len = one->label->n;
	dset_list_hold(l, one->data->key, &v);
	return 0;
}

static int
add_sample(struct dset_list *l, const struct dset_stream *s,
    const struct stream_sample *one, const struct dset_list_options *o)
{
	struct value v = { .kind = VALUE_IMAGE };

	if (one->label->role == ROLE_NUMBERS)
		TRY(add_numbers(l, s, one));
	else if (one->label->role != ROLE_IMAGE)
		TRY(add_text(l, s, one, o));
	else {
		v.blob = stream_bytes(s, one->label);
		v.blob_len = one->label->n;
		dset_list_hold(l, one->data->key, &v);
	}
	l->v[l->n - 1].bytes = stream_bytes(s, one->data);
	l->v[l->n - 1].nbytes = one->data->n;
	return 0;
}

int
dset_stream_list(struct dset_list *l, struct dset_stream *s,
    enum dset_part part, const struct dset_list_options *o,
    const struct dset_bad *bad)
{
	struct dset_list_options own = *o;

	own.root = NULL;
	own.nul = 1; /* keys are what they are */
	if (o->task->classes && !are_names(s))
		own.names = NULL;
	l->named = own.names != NULL;
	for (size_t i = 0; i < s->nsamples; i++) {
		const struct stream_sample *one = &s->sample[i];

		if (s->parts && one->part != part)
			continue;
		if (add_sample(l, s, one, &own) < 0)
			TRY(dset_bad_tell(bad, one->data->key, -1, err_text()));
	}
	return 0;
}
