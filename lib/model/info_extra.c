/* Keys of info.json that are not in info.c's table, kept as JSON text; and the
 * one of them that says why a training failed: see model.h. */
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "json/json.h"
#include "model/model.h"

static void
extra_drop(struct model_info *m, size_t i)
{
	mem_free(m->extra[i].key);
	mem_free(m->extra[i].text);
	m->n_extra--;
	memmove(&m->extra[i], &m->extra[i + 1],
	    (m->n_extra - i) * sizeof(*m->extra));
}

const char *
model_info_find(const struct model_info *m, const char *key)
{
	for (size_t i = 0; i < m->n_extra; i++)
		if (strcmp(m->extra[i].key, key) == 0)
			return m->extra[i].text;
	return NULL;
}

void
model_info_extra(struct model_info *m, const char *key, const char *json)
{
	size_t i;

	for (i = 0; i < m->n_extra; i++)
		if (strcmp(m->extra[i].key, key) == 0) {
			if (json == NULL) {
				extra_drop(m, i);
				return;
			}
			model_set(&m->extra[i].text, json);
			return;
		}
	if (json == NULL)
		return;
	m->extra = mem_realloc(m->extra, m->n_extra + 1, sizeof(*m->extra));
	m->extra[m->n_extra].key = mem_strdup(key);
	m->extra[m->n_extra].text = mem_strdup(json);
	m->n_extra++;
}

void
model_info_fail(struct model_info *m, const char *sentence)
{
	struct buf b;

	buf_init(&b, 16 * ERR_TEXT_MAX);
	if (sentence != NULL)
		buf_add_json(&b, sentence, strlen(sentence));
	model_info_extra(m, "error", sentence != NULL ? buf_str(&b) : NULL);
	buf_clear(&b);
}

char *
model_info_failure(const struct model_info *m)
{
	const char *text = model_info_find(m, "error");
	struct json *j = NULL;
	char *sentence = NULL;

	if (text != NULL && json_parse(&j, text, strlen(text), "error") == 0)
		sentence = mem_strdup(json_text(j));
	json_free(j);
	return sentence;
}
