/*
 * A store's listing on disk: one JSON file per store, named by the hash of its
 * URL, with the text and validators of every document it was made from.
 */
#include <string.h>

#include "base/mem.h"
#include "file/file.h"
#include "http/url.h"
#include "json/json.h"
#include "store/store.h"

static char *
cache_path(const struct store *s, const char *cache)
{
	char hex[HASH_HEX_MAX];

	hash_of(HASH_SHA256, s->url, strlen(s->url), hex);
	return mem_printf("%s/%s.json", cache, hex);
}

static void
doc_write(struct json_w *w, const char *key, const struct store_doc *d)
{
	if (d->text == NULL)
		return;
	json_w_key(w, key);
	json_w_object(w);
	json_w_kstr(w, "text", d->text);
	if (d->etag != NULL)
		json_w_kstr(w, "etag", d->etag);
	if (d->modified != NULL)
		json_w_kstr(w, "modified", d->modified);
	json_w_object_end(w);
}

static void
doc_read(struct store_doc *d, const struct json *j, const char *key)
{
	const struct json *v = json_find(j, key);

	if (v == NULL)
		return;
	d->text = mem_strdup(json_str(v, "text", NULL));
	d->etag = mem_strdup(json_str(v, "etag", NULL));
	d->modified = mem_strdup(json_str(v, "modified", NULL));
}

static void
model_write(struct json_w *w, const struct store_model *m)
{
	json_w_object(w);
	json_w_kstr(w, "dir", m->dir);
	doc_write(w, "info", &m->info_doc);
	doc_write(w, "aux", &m->aux_doc);
	if (m->size_is_weights && m->size != UINT64_MAX)
		json_w_kint(w, "weights_size", (int64_t)m->size);
	if (m->rc < 0 && m->rc != ERR_NET) {
		json_w_kint(w, "rc", m->rc);
		json_w_kstr(w, "error", m->error.text);
	}
	json_w_object_end(w);
}

int
store_cache_write(const struct store *s, const char *cache)
{
	char *path = cache_path(s, cache), *url = url_public(s->url);
	struct json_w w;
	struct buf b;
	size_t i;
	int rc;

	buf_init(&b, JSON_MAX_BYTES);
	json_w_init(&w, &b, 0);
	json_w_object(&w);
	json_w_kstr(&w, "url", url);
	json_w_kint(&w, "fetched", (int64_t)s->fetched);
	json_w_kstr(&w, "welcome", s->welcome);
	doc_write(&w, "master", &s->master_doc);
	doc_write(&w, "manifest", &s->manifest_doc);
	json_w_key(&w, "models");
	json_w_array(&w);
	for (i = 0; i < s->models.n; i++)
		model_write(&w, &s->models.v[i]);
	json_w_array_end(&w);
	json_w_object_end(&w);
	rc = json_w_end(&w);
	if (rc == 0)
		rc = file_mkdirs(cache);
	if (rc == 0)
		rc = file_write(path, b.data, b.len, 1);
	buf_clear(&b);
	mem_free(url);
	mem_free(path);
	return rc < 0 ? err_in(rc, "cache") : 0;
}

static void
model_read(struct store *s, const struct json *j)
{
	struct store_model *m = store_model_add(s, json_str(j, "dir", ""));
	double size = json_num(j, "weights_size", -1);
	const char *error = json_str(j, "error", NULL);

	doc_read(&m->info_doc, j, "info");
	doc_read(&m->aux_doc, j, "aux");
	if (error != NULL && m->rc == 0) {
		m->rc = (int)json_num(j, "rc", ERR_FORMAT);
		if (m->rc >= 0)
			m->rc = ERR_FORMAT;
		err_save(&m->error, err_set(m->rc, "%s", error));
	}
	if (size >= 0 && size < 9e15) {
		m->size = (uint64_t)size;
		m->size_is_weights = 1;
	}
	store_model_read(m, s);
}

int
store_cache_read(struct store *s, const char *cache)
{
	const struct json *models, *m;
	struct json *j = NULL;
	char *path = cache_path(s, cache);
	int rc = json_read(&j, path);

	mem_free(path);
	if (rc < 0)
		return rc;
	s->fetched = (time_t)json_num(j, "fetched", 0);
	model_set(&s->welcome, json_str(j, "welcome", NULL));
	doc_read(&s->master_doc, j, "master");
	doc_read(&s->manifest_doc, j, "manifest");
	rc = store_manifest_read(s);
	models = json_find(j, "models");
	for (m = rc == 0 && models != NULL ? json_first(models) : NULL;
	     m != NULL; m = json_next(m))
		model_read(s, m);
	store_models_sort(s);
	json_free(j);
	return rc;
}
