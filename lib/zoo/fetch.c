/* A model of the zoo, from its card to a folder. */
#include "zoo/fetch.h"

#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/progress.h"
#include "caffe/model.h"
#include "caffe/msg.h"
#include "file/file.h"
#include "file/hash.h"
#include "file/sniff.h"
#include "http/url.h"
#include "model/check.h"
#include "model/product.h"
#include "zoo/card.h"

static void
on_bytes(void *ctx, int64_t n)
{
	const struct http_file *f = ctx;

	progress_total(f->total);
	progress_add((uint64_t)n);
}

/* 1: the weights are there and right; 0: to be fetched; wrong ones go, but only
 * when they may be replaced. */
static int
have_weights(const struct card *c, const char *path, bool force)
{
	char hex[HASH_HEX_MAX];

	if (!file_exists(path))
		return 0;
	if (c->sha1 == NULL) {
		log_info("%s: kept unchecked, as the card has no sha1", path);
		return 1;
	}
	TRY(hash_file(HASH_SHA1, path, hex));
	if (strcasecmp(hex, c->sha1) == 0)
		return 1;
	if (!force)
		return err_set(ERR_REFUSED,
		    "%s: its SHA-1 is %s, the card says %s (-f fetches it again)",
		    path, hex, c->sha1);
	return 0;
}

static int
fetch_to(struct http *h, const struct card *c, const char *path,
    const struct zoo_options *o)
{
	char *url = url_direct(c->caffemodel_url);
	struct http_file f = { .url = url,
		.path = path,
		.size = UINT64_MAX,
		.max = o->max_size,
		.sha1 = c->sha1,
		.progress = on_bytes,
		.ctx = &f };
	int rc;

	if (c->sha1 == NULL)
		log_warn(
		    "%s: the card has no sha1; the download cannot be checked",
		    path);
	progress_begin(path_base(path), 0, "B");
	rc = http_fetch(h, &f, 1);
	progress_end();
	mem_free(url);
	return rc;
}

/* The name of the weights: the card's, else the end of the address. */
static char *
weights_name(const struct card *c)
{
	const char *base;
	char *name;

	if (c->caffemodel != NULL)
		return mem_printf("%s%s", c->caffemodel,
		    path_has_ext(c->caffemodel, ".caffemodel") ||
			    path_has_ext(c->caffemodel, ".h5")
			? ""
			: ".caffemodel");
	base = path_base(c->caffemodel_url);
	name = mem_strndup(base, strcspn(base, "?#"));
	if (name[0] == '\0' || path_check_inside(name) < 0) {
		mem_free(name);
		name = mem_strdup("weights.caffemodel");
	}
	return name;
}

/* Are they weights, and this net's?  What has just come and cannot even be read
 * goes again, so that the next run fetches it. */
static int
judge_weights(
    const char *dir, const char *path, const struct card *c, bool fetched)
{
	Caffe__NetParameter *w = NULL;
	struct model *m = NULL;
	int rc = caffe_weights_read(&w, path);

	caffe_msg_free(w);
	if (rc == ERR_FORMAT && fetched && sniff_is_page(path) &&
	    unlink(path) == 0)
		return err_set(ERR_FORMAT,
		    "%s: is an HTML page, not weights, and was removed: %s answers with it (to confirm a large download, perhaps, or to log in); fetch the file with a browser, and put it there",
		    path, c->caffemodel_url);
	if (rc == ERR_FORMAT && fetched && unlink(path) == 0)
		return err_set(ERR_FORMAT, "%s; it was removed", err_text());
	if (rc >= 0)
		rc = model_open(&m, dir, MODEL_NEWEST);
	if (rc >= 0) {
		mem_free(m->weights);
		m->weights = mem_strdup(path);
		rc = model_judge(m, NULL, NULL);
	}
	model_close(m);
	return rc;
}

int
zoo_fetch_weights(struct http *h, const char *dir, const struct zoo_options *o)
{
	struct card c;
	char *name, *path;
	bool had;
	int rc;

	TRY(card_read(&c, dir));
	if (c.caffemodel_url == NULL) {
		card_clear(&c);
		return err_set(ERR_ITEMS,
		    "%s: its readme.md names no caffemodel_url; there are no weights to fetch",
		    dir);
	}
	if (url_check(c.caffemodel_url) < 0) {
		card_clear(&c);
		return err_in(
		    ERR_FORMAT, "%s: caffemodel_url in its readme.md", dir);
	}
	name = weights_name(&c);
	path = path_join(dir, name);
	rc = have_weights(&c, path, o->force);
	had = rc == 1;
	if (rc == 0)
		rc = fetch_to(h, &c, path, o);
	if (rc >= 0)
		rc = judge_weights(dir, path, &c, !had);
	mem_free(name);
	mem_free(path);
	card_clear(&c);
	return rc < 0 ? rc : 0;
}

/* What an operand means. */
enum kind { FOLDER, BUILTIN, ZIP, GIST };

static int
fill_folder(struct http *h, enum kind kind, const char *what, const char *dir,
    const struct zoo_options *o)
{
	char *id;
	int rc;

	if (kind == BUILTIN)
		return zoo_builtin_files(zoo_model_find(what), dir);
	if (kind == ZIP)
		return zoo_zip_files(h, what, dir);
	id = zoo_gist_id(what);
	rc = zoo_gist_files(h, o->api, id, dir);
	mem_free(id);
	return rc;
}

/* What lies in dir, and its weights, which may come later. */
static int
list_files(const char *dir)
{
	static const char *const ends[] = { "", ".part", ".part.json" };
	struct replace_names more = { 0 };
	char *name, *path;
	struct card c;
	int rc = 0;

	if (card_file(dir) != NULL) {
		TRY(card_read(&c, dir));
		name = c.caffemodel_url != NULL ? weights_name(&c) : NULL;
		for (size_t i = 0; name != NULL && i < LENGTH(ends); i++) {
			path = mem_printf("%s%s", name, ends[i]);
			replace_name_add(&more, path);
			mem_free(path);
		}
		mem_free(name);
		card_clear(&c);
	}
	rc = replace_list_write(dir, model_kind.what, &more);
	replace_names_clear(&more);
	return rc;
}

/* Weights of the old folder that are what the new card says. */
static int
keep_weights(const char *dir, const char *old)
{
	char hex[HASH_HEX_MAX], *name, *from, *to;
	struct card c;
	int rc = 0;

	if (card_file(dir) == NULL)
		return 0;
	TRY(card_read(&c, dir));
	if (c.caffemodel_url == NULL || c.sha1 == NULL) {
		card_clear(&c);
		return 0;
	}
	name = weights_name(&c);
	from = path_join(old, name);
	to = path_join(dir, name);
	if (hash_file(HASH_SHA1, from, hex) == 0 &&
	    strcasecmp(hex, c.sha1) == 0 && link(from, to) != 0)
		rc = file_copy(from, to);
	mem_free(name);
	mem_free(from);
	mem_free(to);
	card_clear(&c);
	return rc;
}

/* An old folder stays until the new one has its weights, too. */
static int
make_folder(struct http *h, enum kind kind, const char *what, const char *dir,
    const struct zoo_options *o)
{
	struct file_dir *d = NULL;
	const char *new;
	int rc;

	TRY(file_dir_begin(&d, dir, o->force ? &model_kind : NULL));
	new = file_dir_path(d);
	rc = fill_folder(h, kind, what, new, o);
	if (rc >= 0)
		rc = list_files(new);
	if (rc >= 0 && file_dir_replaces(d)) {
		rc = keep_weights(new, dir);
		if (rc >= 0 && !o->no_weights)
			rc = zoo_fetch_weights(h, new, o);
	}
	if (rc >= 0 || rc == ERR_ITEMS)
		rc = file_dir_commit(&d);
	file_dir_abort(&d);
	return rc;
}

static int
find_kind(enum kind *kind, const char *what)
{
	const char *end = what + strcspn(what, "?#");
	char *id = zoo_gist_id(what);

	if (file_is_dir(what))
		*kind = FOLDER;
	else if (zoo_model_find(what) != NULL)
		*kind = BUILTIN;
	else if (path_is_url(what) && end - what > 4 &&
	    strncmp(end - 4, ".zip", 4) == 0)
		*kind = ZIP;
	else if (id != NULL &&
	    (path_is_url(what) || strchr(what, '/') == NULL ||
		!file_exists(what)))
		*kind = GIST;
	else {
		mem_free(id);
		return err_set(ERR_MISSING,
		    "%s: not a folder, a gist or one of BVLC's models (--list)",
		    what);
	}
	mem_free(id);
	return 0;
}

/* Where the model goes: -o, else its name or id in the current folder. */
static char *
folder_for(enum kind kind, const char *what, const struct zoo_options *o)
{
	char *id;

	if (kind == FOLDER)
		return mem_strdup(what);
	if (o->out != NULL)
		return mem_strdup(o->out);
	if (kind == BUILTIN)
		return mem_strdup(what);
	id = zoo_gist_id(what);
	return id != NULL ? id : mem_strdup("gist");
}

int
zoo_fetch(
    char **dir, struct http *h, const char *what, const struct zoo_options *o)
{
	enum kind kind = FOLDER;
	char *path;
	int rc = 0;

	TRY(find_kind(&kind, what));
	path = folder_for(kind, what, o);
	/* A folder with a card is one whose weights an earlier run did not get. */
	if (kind != FOLDER &&
	    (o->force || !file_is_dir(path) || card_file(path) == NULL))
		rc = make_folder(h, kind, what, path, o);
	if (rc >= 0 && !o->no_weights)
		rc = zoo_fetch_weights(h, path, o);
	if (rc < 0 && rc != ERR_ITEMS) {
		mem_free(path);
		return err_in(rc, "%s", what);
	}
	*dir = path;
	return rc;
}
