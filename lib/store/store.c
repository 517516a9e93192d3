/* Stores and their models: see store.h. */
#include "store/store.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/path.h"
#include "file/file.h"
#include "http/http.h"
#include "http/url.h"
#include "json/json.h"

void
store_options_init(struct store_options *o)
{
	memset(o, 0, sizeof(*o));
	o->max_age = 86400;
}

void
store_doc_clear(struct store_doc *d)
{
	mem_free(d->text);
	mem_free(d->etag);
	mem_free(d->modified);
	memset(d, 0, sizeof(*d));
}

void
store_model_drop(struct store_model *m)
{
	model_info_clear(&m->info);
	store_doc_clear(&m->info_doc);
	store_doc_clear(&m->aux_doc);
	mem_free(m->dir);
	mem_free(m->dataset);
	mem_free(m->licence);
	mem_free(m->logo);
	mem_free(m->licence_file);
}

void
store_clear(struct store *s)
{
	size_t i;

	for (i = 0; i < s->models.n; i++)
		store_model_drop(&s->models.v[i]);
	mem_free(s->models.v);
	store_doc_clear(&s->master_doc);
	store_doc_clear(&s->manifest_doc);
	manifest_free(s->manifest);
	mem_free(s->verified);
	mem_free(s->url);
	mem_free(s->label);
	mem_free(s->welcome);
	memset(s, 0, sizeof(*s));
}

void
stores_free(struct stores *s)
{
	size_t i;

	if (s == NULL)
		return;
	for (i = 0; i < s->n; i++)
		store_clear(&s->v[i]);
	mem_free(s->v);
	mem_free(s);
}

char **
store_urls(size_t *n)
{
	const char *env = getenv("DIGITS_MODEL_STORE_URL");
	char *copy, *save = NULL, *s, **v = NULL;
	size_t cap = 0;

	*n = 0;
	copy = mem_strdup(env != NULL && env[0] != '\0' ? env : STORE_DEFAULT);
	for (s = strtok_r(copy, ", \t\n", &save); s != NULL;
	     s = strtok_r(NULL, ", \t\n", &save)) {
		mem_grow(&v, &cap, *n + 1);
		v[(*n)++] = mem_strdup(s);
	}
	mem_free(copy);
	return v;
}

void
store_urls_free(char **urls, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		mem_free(urls[i]);
	mem_free(urls);
}

/* The path of a file: URL (of this machine), or NULL. */
static char *
file_url_path(const char *url)
{
	if (strncasecmp(url, "file://localhost/", 17) == 0)
		return url_decode(url + 16);
	if (strncasecmp(url, "file:///", 8) == 0)
		return url_decode(url + 7);
	return NULL;
}

static int
store_init(struct store *s, const char *url)
{
	char *path = file_url_path(url);

	if (path != NULL || !path_is_url(url)) {
		s->is_dir = 1;
		s->url = path != NULL ? path : mem_strdup(url);
		if (!file_is_dir(s->url)) {
			s->rc = file_absent(
			    s->url, "store %s: no such folder", s->url);
			err_save(&s->error, s->rc);
		}
		return 0;
	}
	s->url = url_folder(url);
	return url_check(s->url);
}

/* "host", "host:port", the last part of a path; a number where they clash. */
static void
labels_set(struct stores *s)
{
	size_t i, j, clash;

	for (i = 0; i < s->n; i++) {
		char *name;

		if (!s->v[i].is_dir) {
			name = url_host(s->v[i].url);
		} else {
			char *real = realpath(s->v[i].url, NULL);

			name = mem_strdup(
			    path_base(real != NULL ? real : s->v[i].url));
			free(real);
		}
		for (j = clash = 0; j < i; j++)
			clash +=
			    strncmp(s->v[j].label, name, strlen(name)) == 0;
		s->v[i].label =
		    clash > 0 ? mem_printf("%s#%zu", name, clash + 1) : name;
		if (clash > 0)
			mem_free(name);
	}
}

static int
model_cmp(const void *a, const void *b)
{
	const struct store_model *x = a, *y = b;

	return strcmp(x->dir, y->dir);
}

/* By name; of two with one name the second is broken. */
void
store_models_sort(struct store *s)
{
	size_t i;

	if (s->models.n > 1)
		qsort(
		    s->models.v, s->models.n, sizeof(*s->models.v), model_cmp);
	for (i = 1; i < s->models.n; i++) {
		struct store_model *m = &s->models.v[i];

		if (strcmp(m[-1].dir, m->dir) != 0)
			continue;
		m->rc = err_set(ERR_REFUSED, "%s is listed twice", m->dir);
		err_save(&m->error, m->rc);
	}
}

/* As DIGITS joins it to the store's address: "./m" and "m/" are m. */
static char *
plain_dir(const char *dir)
{
	size_t n;

	while (strncmp(dir, "./", 2) == 0)
		dir += 1 + strspn(dir + 1, "/");
	n = strlen(dir);
	while (n > 1 && dir[n - 1] == '/')
		n--;
	return mem_strndup(dir, n);
}

struct store_model *
store_model_add(struct store *s, const char *given)
{
	char *dir = plain_dir(given);
	struct store_model *m;
	int rc = path_check_inside(dir);

	if (rc == 0 && (dir[0] == '.' || strstr(dir, "/.") != NULL))
		rc = err_set(
		    ERR_REFUSED, "'%s' is not the name of a model", dir);
	mem_grow(&s->models.v, &s->models.cap, s->models.n + 1);
	m = &s->models.v[s->models.n++];
	memset(m, 0, sizeof(*m));
	m->dir = dir;
	m->size = UINT64_MAX;
	m->rc = rc;
	model_info_init(&m->info);
	if (rc < 0)
		err_save(&m->error, rc);
	return m;
}

static int
aux_read(struct store_model *m)
{
	const struct json *licence;
	struct json *j = NULL;
	const char *logo;

	if (m->aux_doc.text == NULL)
		return 0;
	TRY(json_parse(
	    &j, m->aux_doc.text, strlen(m->aux_doc.text), "aux.json"));
	licence = json_find(j, "license");
	model_set(&m->dataset, json_str(j, "dataset", NULL));
	model_set(&m->licence, json_text(licence));
	logo = json_str(j, "logo", NULL);
	if (logo != NULL && logo[0] != '\0' && path_check_inside(logo) == 0 &&
	    strchr(logo, '/') == NULL)
		model_set(&m->logo, logo);
	json_free(j);
	return 0;
}

static int
info_read(struct store_model *m)
{
	if (m->info_doc.text == NULL)
		return err_set(ERR_MISSING, "no info.json");
	TRY(model_info_parse(
	    &m->info, m->info_doc.text, strlen(m->info_doc.text), "info.json"));
	return model_info_check(&m->info, "info.json");
}

void
store_model_read(struct store_model *m, const struct store *s)
{
	const struct manifest_model *mm;
	struct model_files f;

	if (m->rc < 0)
		return;
	m->rc = info_read(m);
	if (m->rc == 0)
		m->rc = aux_read(m);
	if (m->rc < 0) {
		err_save(&m->error, m->rc);
		return;
	}
	if (m->licence == NULL)
		model_set(&m->licence, m->info.licence);
	model_files_named(&f, &m->info);
	m->files = f.n + 1;
	model_files_free(&f);
	mm = manifest_find(s->manifest, m->dir);
	if (mm != NULL) {
		m->size = manifest_size(mm);
		m->size_is_weights = 0;
		m->files = mm->n;
		memcpy(m->digest, mm->digest, sizeof(m->digest));
	}
}

int
store_master_read(struct store *s)
{
	const struct json *children, *c;
	struct json *j = NULL;
	int rc;

	rc = json_parse(
	    &j, s->master_doc.text, strlen(s->master_doc.text), "master.json");
	if (rc < 0)
		return rc;
	children = json_find(j, "children");
	if (children == NULL || json_type(children) != JSON_ARRAY) {
		rc = err_set(ERR_FORMAT, "master.json has no \"children\"");
		goto done;
	}
	if (json_length(children) > STORE_MODELS_MAX) {
		rc = err_set(ERR_RANGE, "master.json names more than %d models",
		    STORE_MODELS_MAX);
		goto done;
	}
	model_set(&s->welcome, json_str(j, "msg", NULL));
	for (c = json_first(children); c != NULL; c = json_next(c))
		store_model_add(s, json_text(c) != NULL ? json_text(c) : "");
	store_models_sort(s);
done:
	json_free(j);
	return rc;
}

int
store_manifest_read(struct store *s)
{
	manifest_free(s->manifest);
	s->manifest = NULL;
	model_set(&s->verified, NULL);
	if (s->manifest_doc.text == NULL)
		return 0;
	return manifest_parse(&s->manifest, s->manifest_doc.text,
	    strlen(s->manifest_doc.text), "manifest.json");
}

char *
store_place(const struct store *s, const char *dir, const char *name)
{
	char *rel =
	    dir != NULL ? mem_printf("%s/%s", dir, name) : mem_strdup(name);
	char *place =
	    s->is_dir ? path_join(s->url, rel) : url_join(s->url, rel);

	mem_free(rel);
	return place;
}

int
store_read(struct buf *b, struct http *h, const struct store *s,
    const char *dir, const char *name)
{
	char *place = store_place(s, dir, name);
	int rc = s->is_dir ? file_read(b, place) : http_get(h, b, place);

	mem_free(place);
	return rc;
}

static int
is_fresh(const struct store *s, const struct store_options *o, time_t now)
{
	return !o->refresh && s->fetched > 0 && s->fetched <= now &&
	    (double)(now - s->fetched) < o->max_age;
}

/* Could not be asked: what the cache knows, and how old that is. */
static void
fall_back(struct store *s, const char *cache)
{
	struct store old = { .url = mem_strdup(s->url) };
	struct err_saved why = s->error;
	char age[NUM_TEXT_MAX];

	if (store_cache_read(&old, cache) < 0) {
		store_clear(&old);
		return;
	}
	old.label = mem_strdup(s->label);
	old.cached = old.down = 1;
	old.error = why;
	store_clear(s);
	*s = old;
	log_warn("%s; the listing is %s old", why.text,
	    num_time_text(age, (double)(time(NULL) - s->fetched)));
}

/* Ask those that the cache does not answer for. */
static void
network_list(struct stores *s, struct http *h, const struct store_options *o,
    const char *cache)
{
	struct store **ask = mem_array(struct store *, s->n + 1);
	time_t now = time(NULL);
	size_t i, n = 0;

	for (i = 0; i < s->n; i++) {
		struct store *x = &s->v[i];

		if (x->is_dir || x->rc < 0)
			continue;
		x->cached = cache[0] != '\0' && store_cache_read(x, cache) == 0;
		if (x->cached && (is_fresh(x, o, now) || http_is_offline(h)))
			continue;
		ask[n++] = x;
	}
	store_list_network(h, ask, n);
	for (i = 0; i < n; i++) {
		if (ask[i]->rc < 0 && cache[0] != '\0') {
			if (ask[i]->rc == ERR_NET)
				fall_back(ask[i], cache);
		} else if (cache[0] != '\0' &&
		    store_cache_write(ask[i], cache) < 0) {
			log_info("%s", err_text());
		}
	}
	mem_free(ask);
}

int
stores_list(struct stores **out, struct http *h, const char *const *urls,
    size_t n, const struct store_options *o)
{
	struct stores *s = mem_new(struct stores);
	char *cache =
	    o->cache != NULL ? mem_strdup(o->cache) : path_cache_dir("store");
	size_t i;
	int rc = 0;

	*out = NULL;
	s->v = mem_array(struct store, n + 1);
	for (i = 0; i < n && rc == 0; i++)
		rc = store_init(&s->v[s->n++], urls[i]);
	if (rc == 0) {
		labels_set(s);
		for (i = 0; i < n; i++)
			if (s->v[i].is_dir && s->v[i].rc == 0)
				store_list_folder(&s->v[i]);
		network_list(s, h, o, cache != NULL ? cache : "");
	}
	mem_free(cache);
	if (rc < 0)
		stores_free(s);
	else
		*out = s;
	return rc;
}
