/*
 * Listing stores over the network, in waves: first each store's master.json
 * and manifest.json, then the directory listings of those without the first,
 * then the small files of every model, last the size of the weights where no
 * manifest tells it.  Each wave asks everything at once, of all stores; what
 * the cache knows is asked conditionally.
 */
#include <string.h>

#include "base/mem.h"
#include "file/file.h"
#include "http/http.h"
#include "http/listing.h"
#include "http/url.h"
#include "store/store.h"

enum { WAVE = 2000 }; /* requests in flight or waiting, with their answers */

/* A document to ask for, and where the answer goes. */
struct ask {
	struct store_doc *doc;
	char *url;
	size_t max;
	int rc; /* 0 also for 404: text is NULL then */
	struct err_saved error;
	int head;       /* only its length */
	uint64_t *size; /* ... goes here */
};

static void
answer_take(struct ask *a, struct http_call *c)
{
	if (c->status == 304 && a->doc->text != NULL)
		return;
	if (a->head) {
		if (c->status == 200 && c->length >= 0)
			*a->size = (uint64_t)c->length;
		return;
	}
	store_doc_clear(a->doc);
	if (c->status == 200) {
		a->doc->etag = mem_strdup(c->etag);
		a->doc->modified = mem_strdup(c->modified);
		/* a NUL inside ends the text: then it is not JSON either */
		a->doc->text = buf_steal(&c->answer);
	} else if (c->status != 404 && c->status != 410) {
		a->rc = http_status_error(c->status, a->url);
		err_save(&a->error, a->rc);
	}
}

static void
ask_some(struct http *h, struct ask *v, size_t n)
{
	struct http_call *c = mem_array(struct http_call, n + 1);
	struct err_saved why;
	size_t i;
	int rc;

	for (i = 0; i < n; i++) {
		c[i].url = v[i].url;
		c[i].max = v[i].max;
		if (v[i].head)
			c[i].method = "HEAD";
		if (v[i].doc != NULL && v[i].doc->text != NULL) {
			c[i].if_etag = v[i].doc->etag;
			c[i].if_modified = v[i].doc->modified;
		}
	}
	rc = http_do_many(h, c, n);
	err_save(&why, rc);
	for (i = 0; i < n; i++) {
		if (c[i].rc == 0 && (rc == 0 || c[i].status != 0)) {
			answer_take(&v[i], &c[i]);
		} else if (!v[i].head) {
			v[i].rc = c[i].rc < 0 ? c[i].rc : rc;
			v[i].error = c[i].rc < 0 ? c[i].error : why;
		}
		http_call_clear(&c[i]);
	}
	mem_free(c);
}

static void
ask_all(struct http *h, struct ask *v, size_t n)
{
	size_t i;

	for (i = 0; i < n; i += WAVE)
		ask_some(h, v + i, n - i < WAVE ? n - i : WAVE);
	for (i = 0; i < n; i++)
		mem_free(v[i].url);
}

static void
broken(struct store *s, int rc, const struct err_saved *why)
{
	s->rc = rc;
	if (why != NULL)
		s->error = *why;
	else
		err_save(&s->error, err_in(rc, "store %s", s->url));
}

/* DIGITS's second way: the folders that the server's own listing shows. */
static void
page_read(struct store *s, struct http *h)
{
	struct listing l;
	char *shown = url_public(s->url);
	size_t i;
	int rc;

	listing_init(&l);
	rc = listing_get(&l, h, s->url);
	if (rc == ERR_MISSING)
		rc = err_set(ERR_MISSING, "neither master.json nor a listing");
	for (i = 0; i < l.n && rc == 0; i++)
		if (l.v[i].is_dir && l.v[i].name[0] != '.' &&
		    s->models.n < STORE_MODELS_MAX)
			store_model_add(s, l.v[i].name);
	if (rc == 0 && s->models.n == 0)
		rc = err_set(ERR_MISSING,
		    "no models: neither master.json nor folders in its listing");
	if (rc < 0)
		broken(s, rc, NULL);
	model_set(&s->welcome, NULL);
	s->welcome = mem_printf("Thanks for visiting %s", shown);
	store_models_sort(s);
	listing_clear(&l);
	mem_free(shown);
}

/* What is known of models moves over when the list is made anew. */
static void
docs_move(struct store *s, struct store_model *old, size_t n)
{
	size_t i, j;

	for (i = j = 0; i < s->models.n; i++) {
		while (j < n && strcmp(old[j].dir, s->models.v[i].dir) < 0)
			j++;
		if (j == n || strcmp(old[j].dir, s->models.v[i].dir) != 0)
			continue;
		s->models.v[i].info_doc = old[j].info_doc;
		s->models.v[i].aux_doc = old[j].aux_doc;
		memset(&old[j].info_doc, 0, sizeof(old[j].info_doc));
		memset(&old[j].aux_doc, 0, sizeof(old[j].aux_doc));
	}
}

static void
models_find(struct store *s, struct http *h)
{
	struct store old = { .models = { s->models.v, s->models.n, 0 } };
	int rc;

	s->models.v = NULL;
	s->models.n = s->models.cap = 0;
	if (s->master_doc.text != NULL) {
		rc = store_master_read(s);
		if (rc < 0)
			broken(s, rc, NULL);
	} else {
		page_read(s, h);
	}
	docs_move(s, old.models.v, old.models.n);
	store_clear(&old);
}

static void
stores_open(struct http *h, struct store *const *v, size_t n)
{
	struct ask *a = mem_array(struct ask, 2 * n + 1);
	size_t i;
	int rc;

	for (i = 0; i < n; i++) {
		a[2 * i].doc = &v[i]->master_doc;
		a[2 * i].url = url_join(v[i]->url, "master.json");
		a[2 * i].max = STORE_MASTER_MAX;
		a[2 * i + 1].doc = &v[i]->manifest_doc;
		a[2 * i + 1].url = url_join(v[i]->url, "manifest.json");
		a[2 * i + 1].max = MANIFEST_MAX;
	}
	ask_all(h, a, 2 * n);
	for (i = 0; i < n; i++) {
		if (a[2 * i].rc < 0) {
			broken(v[i], a[2 * i].rc, &a[2 * i].error);
			continue;
		}
		if (a[2 * i + 1].rc < 0) {
			broken(v[i], a[2 * i + 1].rc, &a[2 * i + 1].error);
			continue;
		}
		rc = store_manifest_read(v[i]);
		if (rc < 0)
			broken(v[i], rc, NULL);
		else
			models_find(v[i], h);
	}
	mem_free(a);
}

static size_t
models_count(struct store *const *v, size_t n)
{
	size_t i, sum = 0;

	for (i = 0; i < n; i++)
		sum += v[i]->rc < 0 ? 0 : v[i]->models.n;
	return sum;
}

/* info.json and aux.json of all models. */
static void
models_ask(struct http *h, struct store *const *v, size_t n)
{
	size_t total = models_count(v, n), i, j, k = 0;
	struct ask *a = mem_array(struct ask, 2 * total + 1);

	for (i = 0; i < n; i++)
		for (j = 0; v[i]->rc == 0 && j < v[i]->models.n; j++) {
			struct store_model *m = &v[i]->models.v[j];

			if (m->rc < 0)
				continue;
			a[k].doc = &m->info_doc;
			a[k].url = store_place(v[i], m->dir, "info.json");
			a[k++].max = STORE_INFO_MAX;
			a[k].doc = &m->aux_doc;
			a[k].url = store_place(v[i], m->dir, "aux.json");
			a[k++].max = STORE_INFO_MAX;
		}
	ask_all(h, a, k);
	for (i = k = 0; i < n; i++)
		for (j = 0; v[i]->rc == 0 && j < v[i]->models.n; j++) {
			struct store_model *m = &v[i]->models.v[j];
			struct ask *info = &a[k];

			if (m->rc < 0)
				continue;
			k += 2;
			if (info[0].rc < 0) {
				m->rc = info[0].rc;
				m->error = info[0].error;
			} else if (info[1].rc < 0) {
				m->rc = info[1].rc;
				m->error = info[1].error;
			}
			store_model_read(m, v[i]);
		}
	mem_free(a);
}

static void
sizes_ask(struct http *h, struct store *const *v, size_t n)
{
	struct ask *a = mem_array(struct ask, models_count(v, n) + 1);
	struct model_files f;
	size_t i, j, k = 0;

	for (i = 0; i < n; i++)
		for (j = 0; v[i]->rc == 0 && j < v[i]->models.n; j++) {
			struct store_model *m = &v[i]->models.v[j];

			if (m->rc < 0 || m->size != UINT64_MAX)
				continue;
			model_files_named(&f, &m->info);
			if (f.n > 0) {
				a[k].url = store_place(v[i], m->dir, f.name[0]);
				a[k].head = 1;
				a[k++].size = &m->size;
				m->size_is_weights = 1;
			}
			model_files_free(&f);
		}
	ask_all(h, a, k);
	mem_free(a);
}

void
store_list_network(struct http *h, struct store *const *v, size_t n)
{
	size_t i, j;

	stores_open(h, v, n);
	models_ask(h, v, n);
	sizes_ask(h, v, n);
	for (i = 0; i < n; i++) {
		v[i]->fetched = time(NULL);
		v[i]->cached = 0;
		/* what did not come is asked for again next time */
		for (j = 0; v[i]->rc == 0 && j < v[i]->models.n; j++)
			if (v[i]->models.v[j].rc == ERR_NET)
				v[i]->fetched = 0;
	}
}

int
store_ask_again(struct http *h, struct store *s, struct store_model *m)
{
	struct ask a[3] = { { 0 } };
	size_t i, n = 2;

	a[0].doc = &m->info_doc;
	a[0].url = store_place(s, m->dir, "info.json");
	a[0].max = STORE_INFO_MAX;
	a[1].doc = &m->aux_doc;
	a[1].url = store_place(s, m->dir, "aux.json");
	a[1].max = STORE_INFO_MAX;
	if (!s->asked) {
		a[n].doc = &s->manifest_doc;
		a[n].url = store_place(s, NULL, "manifest.json");
		a[n++].max = MANIFEST_MAX;
	}
	ask_all(h, a, n);
	for (i = 0; i < n; i++)
		if (a[i].rc < 0)
			return err_restore(&a[i].error);
	if (!s->asked)
		TRY(store_manifest_read(s));
	s->asked = 1;
	store_model_read(m, s);
	return m->rc < 0 ? err_restore(&m->error) : 0;
}
