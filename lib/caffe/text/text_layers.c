/* The layers of a text that need not be a net: see text.h. */
#include <stdbool.h>
#include <string.h>

#include "base/mem.h"
#include "caffe/text.h"
#include "caffe/text/text_lex.h"
#include "caffe/upgrade.h"

static bool
is_word(const struct lex *l, const char *word)
{
	return l->kind == LEX_WORD && l->len == strlen(word) &&
	    memcmp(l->tok, word, l->len) == 0;
}

/* What the token does to the depth. */
static int
step(const struct lex *l)
{
	if (lex_is(l, '{') || lex_is(l, '<') || lex_is(l, '['))
		return 1;
	return lex_is(l, '}') || lex_is(l, '>') || lex_is(l, ']') ? -1 : 0;
}

static bool
goes_on(const struct lex *l)
{
	return l->kind != LEX_END && l->bad == NULL;
}

/* Today's name of a type of 2014, which is a bare word. */
static const char *
type_of_word(const char *word)
{
	const ProtobufCEnumValue *v =
	    protobuf_c_enum_descriptor_get_value_by_name(
		&caffe__v1_layer_parameter__layer_type__descriptor, word);

	return v != NULL
	    ? caffe_v1_type_name((Caffe__V1LayerParameter__LayerType)v->value)
	    : caffe_v1_fork_type(word);
}

/* A string or a word behind "name:" or "type:". */
static void
take_text(char **out, struct lex *l)
{
	struct buf b;

	if (lex_is(l, ':'))
		lex_next(l);
	if (l->kind != LEX_STRING && l->kind != LEX_WORD)
		return;
	buf_init(&b, CAFFE_TEXT_MAX);
	if (l->kind == LEX_WORD) {
		char *word = mem_strndup(l->tok, l->len);

		buf_adds(&b, type_of_word(word));
		mem_free(word);
		lex_next(l);
	}
	for (; l->kind == LEX_STRING; lex_next(l))
		(void)lex_unescape(&b, l->tok, l->len);
	mem_free(*out);
	*out = mem_strdup(buf_str(&b));
	buf_clear(&b);
}

/* What is known of a layer so far. */
struct text_layer {
	char *name, *type;
	int deep; /* brackets around its fields: 2 in the form of 2013 */
};

/* From the layer's opening bracket to behind the closing one. */
static void
take_layer(struct text_layer *t, struct lex *l)
{
	int depth = 0;

	t->deep = 1;
	do {
		char **to = depth != t->deep ? NULL
		    : is_word(l, "name")     ? &t->name
		    : is_word(l, "type")     ? &t->type
					     : NULL;

		if (depth == 1 && is_word(l, "layer"))
			t->deep = 2;
		depth += step(l);
		lex_next(l);
		if (to != NULL)
			take_text(to, l);
	} while (depth > 0 && goes_on(l));
}

int
caffe_text_layers(const char *text, size_t n,
    int (*each)(void *ctx, const char *name, const char *type, int line),
    void *ctx)
{
	struct lex l;
	int depth = 0, rc = 0;

	lex_init(&l, text, n);
	lex_next(&l);
	while (goes_on(&l) && rc == 0) {
		const bool named = depth == 0 &&
		    (is_word(&l, "layer") || is_word(&l, "layers"));
		struct text_layer t = { .deep = 1 };
		int line;

		depth += step(&l);
		lex_next(&l);
		if (named && lex_is(&l, ':'))
			lex_next(&l);
		line = l.tok_line;
		if (!named || step(&l) != 1)
			continue;
		take_layer(&t, &l);
		if (t.type != NULL)
			rc = each(ctx, t.name != NULL ? t.name : "",
			    t.deep == 2 ? caffe_v0_type_name(t.type) : t.type,
			    line);
		mem_free(t.name);
		mem_free(t.type);
	}
	return rc;
}

bool
caffe_text_names(const char *text, size_t n, const char *const *words)
{
	struct lex l;
	int depth = 0;
	bool found = false;

	lex_init(&l, text, n);
	for (lex_next(&l); goes_on(&l) && !found; lex_next(&l)) {
		for (size_t i = 0; words[i] != NULL && depth == 0; i++)
			found |= is_word(&l, words[i]);
		depth += step(&l);
	}
	return found;
}
