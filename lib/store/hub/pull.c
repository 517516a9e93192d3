/* Models of the hub into folders: see hub.h. */
#include "store/hub/hub.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/path.h"
#include "file/file.h"
#include "file/hash.h"
#include "file/lock.h"
#include "http/url.h"
#include "json/json.h"
#include "model/imports/prepare.h"
#include "model/model.h"
#include "model/pack.h"
#include "model/product.h"
#include "store/hub/fetch.h"

/* The key of info.json that says where a model is from. */
static const char source_key[] = "source";
enum { DAY = 24 * 60 * 60 };

struct pulling {
	struct hub_repo repo;
	const struct hub_file **files; /* the weights first */
	size_t n;
	char *dir;    /* of the files in the cache */
	char *source; /* "hf:ORG/NAME@COMMIT", and "/FILE" where it was named */
	const struct hub_options *o;
	struct hub_result *r;
};

bool
hub_is(const char *name)
{
	return strncmp(name, "hf:", 3) == 0;
}

/* ---- the client ---- */

/* Where huggingface's own programs keep the token; the caller's. */
static char *
token_file(void)
{
	const char *home = getenv("HF_HOME"), *user = getenv("HOME");
	char *path = NULL;

	if (home != NULL && home[0] != '\0')
		path = path_join(home, "token");
	else if (user != NULL && user[0] != '\0')
		path = path_join(user, ".cache/huggingface/token");
	if (path != NULL && !file_is_regular(path)) {
		mem_free(path);
		path = NULL;
	}
	return path;
}

int
hub_http(struct http **out, const struct http_args *a)
{
	const char *env = getenv("HF_TOKEN");
	struct hub_repo r = { 0 };
	struct http_args with = *a;
	char *file = NULL;
	int rc = hub_repo_name(&r, "hf:any");

	if (a->token_file == NULL && (env == NULL || env[0] == '\0'))
		with.token_file = file = token_file();
	if (rc >= 0)
		rc = http_open(out, &with, r.endpoint, "HF_TOKEN");
	mem_free(file);
	hub_repo_clear(&r);
	return rc;
}

/* ---- the folder ---- */

/* What kind of weights a file has, where they cannot be run here. */
static const char *
framework_of(const char *file)
{
	if (path_has_ext(file, ".onnx"))
		return "onnx";
	return path_has_ext(file, ".safetensors") ? "safetensors" : "pytorch";
}

/* From where it is, by info.json: "hf:…", or NULL; the caller's. */
static char *
source_of(const char *path, struct hub_result *r)
{
	struct model_info info;
	const char *text;
	struct json *j = NULL;
	char *s = NULL;

	model_info_init(&info);
	if (model_info_read(&info, path) >= 0) {
		text = model_info_find(&info, source_key);
		if (text != NULL &&
		    json_parse(&j, text, strlen(text), source_key) >= 0)
			s = mem_strdup(json_text(j));
		r->framework = mem_strdup(info.framework);
	}
	json_free(j);
	model_info_clear(&info);
	return s;
}

/* What is there already: 1 where it is this model. */
static int
was_there(struct pulling *p)
{
	char *source;
	int same;

	if (!file_exists(p->r->path))
		return 0;
	source = source_of(p->r->path, p->r);
	same = source != NULL && strcmp(source, p->source) == 0;
	if (!same && !p->o->force)
		same =
		    err_set(ERR_REFUSED, "%s exists%s%s (--force replaces it)",
			p->r->path, source != NULL ? " and is " : "",
			source != NULL ? source : "");
	mem_free(source);
	if (same == 0) {
		mem_free(p->r->framework);
		p->r->framework = NULL;
	}
	return same;
}

static void
set_source(const struct pulling *p, struct model_info *info)
{
	struct json_w w;
	struct buf b;

	buf_init(&b, 1 << 16);
	json_w_init(&w, &b, 0);
	json_w_str(&w, p->source);
	if (json_w_end(&w) >= 0)
		model_info_extra(info, source_key, buf_str(&b));
	buf_clear(&b);
	if (p->repo.licence != NULL)
		model_set(&info->licence, p->repo.licence);
}

/* Weights that model-import takes, by themselves or with a standard net. */
static int
import(struct pulling *p, const char *weights)
{
	const char *net = NULL;
	struct model_import o = { .out = p->r->path,
		.force = p->o->force,
		.preset = MODEL_PRESET_NONE,
		.name = path_base(p->r->path) };
	struct model_info info;
	int rc;

	if (path_has_ext(weights, ".onnx"))
		o.archive = weights;
	else if ((net = hub_standard_net(p->dir)) == NULL)
		return err_set(ERR_UNSUPPORTED,
		    "its config.json names no net that is one of the standard nets");
	else
		o.weights = weights;
	o.net = net;
	TRY(model_import(&o));
	model_info_init(&info);
	rc = model_info_read(&info, p->r->path);
	if (rc >= 0) {
		set_source(p, &info);
		rc = model_info_write(&info, p->r->path);
	}
	p->r->framework = mem_strdup("caffe");
	model_info_clear(&info);
	return rc;
}

/* The files by their own names, and what info.json can say of them. */
static int
copy_files(struct pulling *p, const char *dir)
{
	struct model_info info;
	int rc = 0;

	for (size_t i = 0; i < p->n && rc >= 0; i++) {
		char *from = path_join(p->dir, p->files[i]->name);
		char *to = path_join(dir, path_base(p->files[i]->name));

		rc = file_copy(from, to);
		mem_free(from);
		mem_free(to);
	}
	TRY(rc);
	model_info_init(&info);
	model_info_defaults(&info);
	model_set(&info.name, path_base(p->r->path));
	model_set(&info.framework, p->r->framework);
	model_set(&info.snapshot_file, path_base(p->files[0]->name));
	model_set(&info.model_file, path_base(p->files[0]->name));
	set_source(p, &info);
	rc = model_info_write(&info, dir);
	if (rc >= 0)
		rc = model_list_others(dir);
	model_info_clear(&info);
	return rc;
}

static int
keep_files(struct pulling *p)
{
	struct file_dir *d = NULL;
	int rc;

	p->r->framework = mem_strdup(framework_of(p->files[0]->name));
	rc = file_dir_begin(&d, p->r->path, p->o->force ? &model_kind : NULL);
	if (rc >= 0)
		rc = copy_files(p, file_dir_path(d));
	if (rc >= 0)
		rc = file_dir_commit(&d);
	file_dir_abort(&d);
	return rc;
}

/* Is the failure one of the weights, so that the files are worth having? */
static bool
of_the_weights(int rc)
{
	return rc == ERR_UNSUPPORTED || rc == ERR_FORMAT || rc == ERR_RANGE;
}

static int
make_folder(struct pulling *p)
{
	char *weights = path_join(p->dir, p->files[0]->name);
	int rc = import(p, weights);

	if (of_the_weights(rc)) {
		log_warn(
		    "%s: its files are kept as they are, because it cannot be run here: %s",
		    p->source, err_text());
		rc = keep_files(p);
	}
	mem_free(weights);
	return rc;
}

/* ---- a pull ---- */

static int
agree(struct pulling *p)
{
	struct hub_offer offer = {
		.name = p->source, .licence = p->repo.licence, .files = p->n
	};

	for (size_t i = 0; i < p->n; i++)
		if (p->files[i]->size != UINT64_MAX)
			offer.size += p->files[i]->size;
	p->r->size = offer.size;
	p->r->files = offer.files;
	return p->o->agree != NULL ? p->o->agree(p->o->ctx, &offer) : 0;
}

static int
prepare(struct pulling *p, struct http *h, const char *name)
{
	const char *as = p->o->as;

	TRY(hub_repo_name(&p->repo, name));
	TRY(hub_repo_ask(&p->repo, h, p->o));
	TRY(hub_choose(&p->files, &p->n, &p->repo, p->o->file));
	p->source = mem_printf("hf:%s@%s%s%s", p->repo.id, p->repo.commit,
	    p->o->file != NULL ? "/" : "",
	    p->o->file != NULL ? p->o->file : "");
	p->dir = path_join(p->repo.cache, p->repo.commit);
	p->r->path =
	    path_join(p->o->out, as != NULL ? as : path_base(p->repo.id));
	p->r->revision = mem_strdup(p->repo.commit);
	p->r->licence = mem_strdup(p->repo.licence);
	p->r->file = mem_strdup(p->files[0]->name);
	return 0;
}

static int
pull(struct pulling *p, struct http *h)
{
	int lock = -1, rc;

	TRY(file_mkdirs(p->repo.cache));
	TRY(lock_folder(&lock, p->dir, "another process is pulling it"));
	rc = was_there(p);
	p->r->was_there = rc > 0;
	if (rc == 0) {
		rc = agree(p);
		if (rc >= 0)
			rc = hub_fetch(
			    p->r, h, &p->repo, p->files, p->n, p->dir, p->o);
		if (rc >= 0)
			rc = file_mkdirs(p->o->out);
		if (rc >= 0)
			rc = make_folder(p);
	}
	close(lock);
	return rc < 0 ? rc : 0;
}

/* One file, whose address is all that is known of it. */
static int
prepare_url(struct pulling *p, const char *url)
{
	char *path = url_path(url), *shown = url_public(url);
	char digest[HASH_HEX_MAX], *name, *sub;
	const char *base;

	p->repo.id = shown;
	p->repo.v = mem_array(struct hub_file, 1);
	p->repo.n = 1;
	name = url_decode(path_base(path));
	mem_free(path);
	if (name == NULL || path_check_inside(name) < 0) {
		mem_free(name);
		return err_set(ERR_USAGE, "its end is no name of a file");
	}
	p->repo.v[0] =
	    (struct hub_file){ .name = name, .url = url, .size = UINT64_MAX };
	p->files = mem_array(const struct hub_file *, 1);
	p->files[p->n++] = &p->repo.v[0];
	hash_of(HASH_SHA1, url, strlen(url), digest);
	sub = mem_printf("hub/url-%s", digest);
	p->repo.cache = path_cache_dir(sub);
	mem_free(sub);
	if (p->repo.cache == NULL)
		return err_set(ERR_USAGE, "set NNUTILS_CACHE or HOME");
	p->dir = path_join(p->repo.cache, "file");
	p->source = mem_strdup(shown);
	base = p->o->as;
	sub = mem_strndup(name, strlen(name) - strlen(path_ext(name)));
	p->r->path = path_join(p->o->out, base != NULL ? base : sub);
	mem_free(sub);
	p->r->file = mem_strdup(name);
	return 0;
}

int
hub_pull(struct hub_result *r, struct http *h, const char *name,
    const struct hub_options *o)
{
	struct pulling p = { .o = o, .r = r };
	int rc;

	memset(r, 0, sizeof(*r));
	rc = hub_is(name) ? prepare(&p, h, name) : prepare_url(&p, name);
	if (rc >= 0)
		rc = pull(&p, h);
	mem_free(p.files);
	mem_free(p.dir);
	mem_free(p.source);
	hub_repo_clear(&p.repo);
	return rc < 0 ? err_in(rc, "%s", name) : 0;
}

void
hub_result_clear(struct hub_result *r)
{
	mem_free(r->path);
	mem_free(r->revision);
	mem_free(r->licence);
	mem_free(r->file);
	mem_free(r->framework);
	memset(r, 0, sizeof(*r));
}

/* ---- by name ---- */

/* Text that lasts as long as the process, as operands and options do. */
static const char *
keep(const char *text)
{
	static char **kept;
	static size_t n, cap;

	mem_grow(&kept, &cap, n + 1);
	kept[n] = mem_strdup(text);
	return kept[n++];
}

int
hub_resolve(const char **name)
{
	const struct http_args args = HTTP_ARGS;
	struct hub_options o = { .max_age = DAY, .force = 1 };
	struct hub_repo repo = { 0 };
	struct hub_result r = { 0 };
	struct http *h = NULL;
	char *out = NULL, *as = NULL;
	int rc;

	if (!hub_is(*name))
		return 0;
	rc = hub_repo_name(&repo, *name);
	if (rc >= 0) {
		out = path_join(repo.cache, "models");
		o.out = out;
		as = url_encode(repo.asked, 0);
		o.as = as;
		rc = hub_http(&h, &args);
	}
	if (rc >= 0)
		rc = hub_pull(&r, h, *name, &o);
	if (rc >= 0 && strcmp(r.framework, "caffe") != 0)
		rc = err_set(ERR_UNSUPPORTED,
		    "%s: a model of %s, which cannot be run here", *name,
		    r.framework);
	if (rc >= 0 && !r.was_there)
		log_warn("%s: licence %s", *name,
		    r.licence != NULL ? r.licence : "not stated");
	if (rc >= 0)
		*name = keep(r.path);
	hub_result_clear(&r);
	http_free(h);
	hub_repo_clear(&repo);
	mem_free(out);
	mem_free(as);
	return rc;
}
