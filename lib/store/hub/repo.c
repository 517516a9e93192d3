/* What the hub says of a repository: see repo.h and hub.h. */
#include "store/hub/repo.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/path.h"
#include "file/file.h"
#include "http/http.h"
#include "http/url.h"
#include "json/json.h"
#include "store/hub/hub.h"

enum { ANSWER_MAX = 32 << 20, FILES_MAX = 100000 };

/* ---- names ---- */

static bool
is_word(const char *s, size_t n)
{
	static const char more[] = "-_.";

	for (size_t i = 0; i < n; i++)
		if (!((s[i] >= 'a' && s[i] <= 'z') ||
			(s[i] >= 'A' && s[i] <= 'Z') ||
			(s[i] >= '0' && s[i] <= '9') ||
			memchr(more, s[i], sizeof(more) - 1) != NULL))
			return false;
	return n > 0 && n <= 96 && s[0] != '.' && s[0] != '-';
}

static int
bad_name(const char *name)
{
	return err_set(ERR_USAGE,
	    "%s: a model of the hub is named hf:ORG/NAME or hf:ORG/NAME@REVISION",
	    name);
}

static char *
endpoint(void)
{
	const char *env = getenv("HF_ENDPOINT");
	char *url = mem_strdup(
	    env != NULL && env[0] != '\0' ? env : "https://huggingface.co");
	size_t n = strlen(url);

	while (n > 0 && url[n - 1] == '/')
		url[--n] = '\0';
	return url;
}

int
hub_repo_name(struct hub_repo *r, const char *name)
{
	const char *id = name + 3, *at = strchr(id, '@'), *slash;
	const size_t n = at != NULL ? (size_t)(at - id) : strlen(id);
	char *folder, *sub;

	slash = memchr(id, '/', n);
	if (slash == NULL ? !is_word(id, n)
			  : !is_word(id, (size_t)(slash - id)) ||
		    !is_word(slash + 1, n - (size_t)(slash + 1 - id)))
		return bad_name(name);
	if (at != NULL && path_check_inside(at + 1) < 0)
		return bad_name(name);
	r->endpoint = endpoint();
	r->id = mem_strndup(id, n);
	r->asked = mem_strdup(at != NULL ? at + 1 : "main");
	folder = slash != NULL ? mem_printf("hub/%.*s--%s", (int)(slash - id),
				     id, r->id + (slash + 1 - id))
			       : mem_printf("hub/%s", r->id);
	sub = path_cache_dir(folder);
	mem_free(folder);
	if (sub == NULL)
		return err_set(ERR_USAGE,
		    "there is no cache for models of the hub: set NNUTILS_CACHE or HOME");
	r->cache = sub;
	return url_check(r->endpoint);
}

void
hub_repo_clear(struct hub_repo *r)
{
	for (size_t i = 0; i < r->n; i++)
		mem_free(r->v[i].name);
	mem_free(r->v);
	mem_free(r->endpoint);
	mem_free(r->id);
	mem_free(r->asked);
	mem_free(r->commit);
	mem_free(r->licence);
	mem_free(r->cache);
	memset(r, 0, sizeof(*r));
}

const struct hub_file *
hub_repo_find(const struct hub_repo *r, const char *name)
{
	for (size_t i = 0; i < r->n; i++)
		if (strcmp(r->v[i].name, name) == 0)
			return &r->v[i];
	return NULL;
}

char *
hub_repo_url(const struct hub_repo *r, const struct hub_file *f)
{
	char *name = url_encode(f->name, 1);
	char *url = mem_printf(
	    "%s/%s/resolve/%s/%s", r->endpoint, r->id, r->commit, name);

	mem_free(name);
	return url;
}

/* ---- the answer ---- */

static bool
is_hex(const char *s, size_t n)
{
	return strlen(s) == n && strspn(s, "0123456789abcdef") == n;
}

/* A digest of so many letters, or "". */
static void
take_digest(
    char out[HASH_HEX_MAX], const struct json *j, const char *key, size_t n)
{
	const char *s = json_str(j, key, "");

	out[0] = '\0';
	if (is_hex(s, n))
		memcpy(out, s, n + 1);
}

static int
take_file(struct hub_repo *r, const struct json *j)
{
	struct hub_file *f = &r->v[r->n];
	const struct json *lfs = json_find(j, "lfs");
	const char *name;
	double size;

	TRY(json_need_str(&name, j, "rfilename"));
	if (path_check_inside(name) < 0)
		return 0; /* none that could be wanted */
	TRY(json_need_num(&size, j, "size"));
	if (!(size >= 0 && size < 9e15))
		return err_set(ERR_FORMAT, "%s: a size of %g", name, size);
	f->name = mem_strdup(name);
	r->n++;
	f->size = (uint64_t)size;
	take_digest(f->sha1, j, "blobId", 40);
	if (lfs != NULL && json_type(lfs) == JSON_OBJECT) {
		take_digest(f->sha256, lfs, "sha256", 64);
		f->sha1[0] = '\0'; /* of the pointer to it */
		if (f->sha256[0] == '\0')
			return err_set(
			    ERR_FORMAT, "%s: its sha256 is missing", name);
	}
	return 0;
}

/* What the card says, else a tag. */
static void
take_licence(struct hub_repo *r, const struct json *j)
{
	const struct json *card = json_find(j, "cardData");
	const struct json *tags = json_find(j, "tags"), *t;
	const char *s = card != NULL && json_type(card) == JSON_OBJECT
	    ? json_str(card, "license", NULL)
	    : NULL;

	t = tags != NULL && json_type(tags) == JSON_ARRAY ? json_first(tags)
							  : NULL;
	for (; s == NULL && t != NULL; t = json_next(t))
		if (json_text(t) != NULL &&
		    strncmp(json_text(t), "license:", 8) == 0)
			s = json_text(t) + 8;
	r->licence = mem_strdup(s);
}

int
hub_repo_parse(struct hub_repo *r, const char *text, size_t n)
{
	const struct json *files, *f;
	const char *commit = NULL;
	struct json *j = NULL;
	int rc;

	TRY(json_parse(&j, text, n, "the hub's answer"));
	rc = json_need_str(&commit, j, "sha");
	if (rc >= 0 && !is_hex(commit, 40))
		rc = err_set(ERR_FORMAT, "\"sha\" is no commit");
	files = json_find(j, "siblings");
	if (rc >= 0 && (files == NULL || json_type(files) != JSON_ARRAY))
		rc = err_set(ERR_FORMAT, "\"siblings\" is no list");
	if (rc >= 0 && json_length(files) > FILES_MAX)
		rc = err_set(ERR_RANGE, "%zu files, more than %d",
		    json_length(files), FILES_MAX);
	if (rc >= 0) {
		r->commit = mem_strdup(commit);
		take_licence(r, j);
		r->v = mem_array(struct hub_file, json_length(files) + 1);
		f = json_first(files);
		for (; rc >= 0 && f != NULL; f = json_next(f))
			rc = take_file(r, f);
	}
	json_free(j);
	return rc < 0 ? err_in(rc, "the hub's answer") : 0;
}

/* ---- asking ---- */

/* Where the answer is kept; the caller's. */
static char *
answer_path(const struct hub_repo *r)
{
	char *rev = url_encode(r->asked, 0);
	char *path = mem_printf("%s/refs/%s.json", r->cache, rev);

	mem_free(rev);
	return path;
}

static int
status_error(const struct hub_repo *r, long status, const char *url)
{
	if (status == 401 || status == 403)
		return err_set(ERR_REFUSED,
		    "there is no such model, or it wants a token: agree to its terms at %s/%s and put a token into HF_TOKEN or ~/.cache/huggingface/token",
		    r->endpoint, r->id);
	if (status == 404)
		return err_set(ERR_MISSING,
		    "the hub has no model %s of revision %s", r->id, r->asked);
	return http_status_error(status, url);
}

static int
ask_hub(struct buf *b, struct hub_repo *r, struct http *h)
{
	char *rev = url_encode(r->asked, 0);
	char *url = mem_printf(
	    "%s/api/models/%s/revision/%s?blobs=true", r->endpoint, r->id, rev);
	struct http_call c = { .url = url, .max = ANSWER_MAX };
	int rc = http_do(h, &c);

	if (rc >= 0 && c.status != 200)
		rc = status_error(r, c.status, url);
	if (rc >= 0)
		rc = buf_add(b, buf_str(&c.answer), c.answer.len);
	http_call_clear(&c);
	mem_free(url);
	mem_free(rev);
	return rc;
}

static bool
is_fresh(const char *path, double max_age)
{
	struct stat st;

	return max_age > 0 && stat(path, &st) == 0 &&
	    difftime(time(NULL), st.st_mtime) < max_age;
}

/* Keep it for when the hub is not to be had. */
static void
keep(const char *path, const struct buf *b)
{
	char *dir = path_dir(path);

	if (file_mkdirs(dir) < 0 || file_write(path, b->data, b->len, 1) < 0)
		log_warn("%s", err_text());
	mem_free(dir);
}

int
hub_repo_ask(struct hub_repo *r, struct http *h, const struct hub_options *o)
{
	char *path = answer_path(r);
	bool kept = o->offline || is_fresh(path, o->max_age);
	struct buf b;
	int rc;

	buf_init(&b, ANSWER_MAX);
	if (kept && file_exists(path)) {
		rc = file_read(&b, path);
	} else {
		rc = ask_hub(&b, r, h);
		kept = false;
		if (rc == ERR_NET && !o->offline && file_exists(path)) {
			log_warn("%s; what the hub said before is taken",
			    err_text());
			rc = file_read(&b, path);
			kept = true;
		}
	}
	if (rc >= 0)
		rc = hub_repo_parse(r, buf_str(&b), b.len);
	if (rc >= 0 && !kept)
		keep(path, &b);
	buf_clear(&b);
	mem_free(path);
	return rc;
}
