/* Lines and objects: see show.h. */
#include "store/show.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "json/json.h"

const char *const store_columns[STORE_COLUMNS] = { "STORE", "NAME",
	"CONTRIBUTOR", "FRAMEWORK", "DATA SET", "NOTE", "LICENCE", "SIZE",
	"FILES" };

void
store_line_make(struct store_line *l, const struct store *s,
    const struct store_model *m, int exact)
{
	const char *cells[STORE_COLUMNS] = { s->label, m->dir, m->info.username,
		m->info.framework, m->dataset, m->info.note, m->licence,
		l->size, l->files };
	size_t i;

	l->size[0] = '\0';
	snprintf(l->files, sizeof(l->files), "%zu", m->files);
	if (m->size != UINT64_MAX && exact)
		snprintf(l->size, sizeof(l->size), "%" PRIu64, m->size);
	else if (m->size != UINT64_MAX) {
		l->size[0] = '~';
		num_bytes_text(l->size + m->size_is_weights, m->size);
	}
	for (i = 0; i < STORE_COLUMNS; i++)
		l->cell[i] = cells[i] != NULL ? cells[i] : "";
}

int
store_line_has(
    const struct store_line *l, const struct store_model *m, const char *word)
{
	size_t c;

	if (m->info.name != NULL && strcasestr(m->info.name, word) != NULL)
		return 1;
	for (c = 0; c < STORE_COLUMNS; c++)
		if (strcasestr(l->cell[c], word) != NULL)
			return 1;
	return 0;
}

int
store_model_json(
    struct buf *out, const struct store *s, const struct store_model *m)
{
	struct json_w w;

	json_w_init(&w, out, 0);
	json_w_object(&w);
	json_w_kstr(&w, "store", s->label);
	json_w_kstr(&w, "url", s->url);
	json_w_kstr(&w, "name", m->dir);
	json_w_kstr(&w, "title", m->info.name);
	json_w_kstr(&w, "contributor", m->info.username);
	json_w_kstr(&w, "framework", m->info.framework);
	json_w_kstr(&w, "dataset", m->dataset);
	json_w_kstr(&w, "note", m->info.note);
	json_w_kstr(&w, "license", m->licence);
	json_w_key(&w, m->size_is_weights ? "weights_size" : "size");
	if (m->size == UINT64_MAX)
		json_w_null(&w);
	else
		json_w_int(&w, (int64_t)m->size);
	json_w_kint(&w, "files", (int64_t)m->files);
	json_w_kstr(&w, "digest", m->digest[0] != '\0' ? m->digest : NULL);
	json_w_kint(&w, "fetched", (int64_t)s->fetched);
	json_w_object_end(&w);
	return json_w_end(&w);
}

int
store_pulled_json(struct buf *out, const struct store *s,
    const struct store_model *m, const struct pull_result *r)
{
	struct json_w w;

	json_w_init(&w, out, 0);
	json_w_object(&w);
	json_w_kstr(&w, "name", m->dir);
	json_w_kstr(&w, "store", s->url);
	json_w_kstr(&w, "path", r->path);
	json_w_kstr(&w, "digest", r->digest);
	json_w_kstr(&w, "framework", m->info.framework);
	json_w_kstr(&w, "license", m->licence);
	json_w_kint(&w, "size", (int64_t)r->size);
	json_w_kint(&w, "files", (int64_t)r->files);
	json_w_kint(&w, "missing", (int64_t)r->missing);
	json_w_kint(&w, "fetched", (int64_t)r->fetched);
	json_w_kbool(&w, "was_there", r->was_there);
	json_w_object_end(&w);
	return json_w_end(&w);
}
