/* A model folder as a gist: its text files, as Caffe's script does it. */
#include <string.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/path.h"
#include "file/file.h"
#include "json/json.h"
#include "zoo/card.h"
#include "zoo/zoo.h"

enum { PUBLISH_FILE_MAX = 8 << 20, PUBLISH_MAX = 64 << 20 };

/* Endings of files that never go, whatever is in them. */
static const char *const heavy[] = { ".caffemodel", ".solverstate", ".h5",
	".binaryproto", ".npy", ".mdb", ".ndjson" };

static int
is_text(const struct buf *b)
{
	const unsigned char *p = (const unsigned char *)buf_str(b);
	size_t i = 0;

	while (i < b->len) {
		int more = p[i] < 0x80      ? 0
		    : (p[i] & 0xe0) == 0xc0 ? 1
		    : (p[i] & 0xf0) == 0xe0 ? 2
		    : (p[i] & 0xf8) == 0xf0 ? 3
					    : -1;

		if (p[i] == 0 || more < 0 || i + (size_t)more >= b->len)
			return 0;
		for (int k = 1; k <= more; k++)
			if ((p[i + (size_t)k] & 0xc0) != 0x80)
				return 0;
		i += 1 + (size_t)more;
	}
	return 1;
}

static int
file_wanted(const char *name)
{
	if (name[0] == '.')
		return 0;
	for (size_t i = 0; i < LENGTH(heavy); i++)
		if (path_has_ext(name, heavy[i]))
			return 0;
	return 1;
}

/* One file into the request, unless it is not text. */
static int
add_file(struct json_w *w, const char *dir, const char *name,
    struct publish_report *report)
{
	char *path = path_join(dir, name);
	struct buf b;
	int rc = 0;

	buf_init(&b, PUBLISH_FILE_MAX);
	if (!file_is_dir(path))
		rc = file_read(&b, path);
	if (rc >= 0 && !file_is_dir(path) && b.len > 0) {
		if (is_text(&b)) {
			json_w_key(w, name);
			json_w_object(w);
			json_w_kstr(w, "content", buf_str(&b));
			json_w_object_end(w);
			mem_grow(&report->v, &report->cap, report->n + 1);
			report->v[report->n++] =
			    (struct publish_file){ mem_strdup(name), b.len };
		} else {
			log_info("%s: not text, so it is not published", path);
		}
	}
	buf_clear(&b);
	mem_free(path);
	return rc;
}

static int
make_request(struct buf *out, const char *dir, const struct card *c,
    const struct publish_options *o, struct publish_report *report)
{
	char **names = NULL;
	struct json_w w;
	size_t n = 0;
	int rc;

	TRY(file_list(&names, &n, dir));
	json_w_init(&w, out, 0);
	json_w_object(&w);
	json_w_kstr(
	    &w, "description", c->name != NULL ? c->name : path_base(dir));
	if (c->gist_id == NULL)
		json_w_kbool(&w, "public", o->public_gist);
	json_w_key(&w, "files");
	json_w_object(&w);
	rc = 0;
	for (size_t i = 0; rc >= 0 && i < n; i++)
		if (file_wanted(names[i]))
			rc = add_file(&w, dir, names[i], report);
	json_w_object_end(&w);
	json_w_object_end(&w);
	file_list_free(names, n);
	return rc < 0 ? rc : json_w_end(&w);
}

/* POST a new gist or PATCH that of the card; id and address of the answer. */
static int
send_request(struct http *h, const struct card *c, const char *api,
    const struct buf *body, char **id, char **address)
{
	static const char *const headers[] = {
		"Accept: application/vnd.github+json",
		"Content-Type: application/json", NULL
	};
	char *url = c->gist_id != NULL
	    ? mem_printf("%s/gists/%s", api, c->gist_id)
	    : mem_printf("%s/gists", api);
	struct http_call call = { .url = url,
		.method = c->gist_id != NULL ? "PATCH" : "POST",
		.body = body->data,
		.body_n = body->len,
		.headers = headers };
	struct json *j = NULL;
	const char *text = NULL;
	int rc = http_do(h, &call);

	if (rc >= 0 && (call.status < 200 || call.status > 299))
		rc = http_status_error(call.status, url);
	if (rc >= 0)
		rc =
		    json_parse(&j, buf_str(&call.answer), call.answer.len, url);
	if (rc >= 0)
		rc = json_need_str(&text, j, "id");
	if (rc >= 0) {
		*id = mem_strdup(text);
		*address = mem_strdup(json_str(j, "html_url", ""));
	}
	json_free(j);
	http_call_clear(&call);
	mem_free(url);
	return rc;
}

/* A gist whose id cannot be written down would be made again each time. */
static int
prove_card(const char *dir)
{
	char *path = path_join(dir, card_file(dir));
	int rc = file_out_prove(path, 1);

	mem_free(path);
	return rc;
}

/* Once: read the card, make the request, send it.  1: a new gist was made. */
static int
publish(struct http *h, const char *dir, const struct publish_options *o,
    struct publish_report *report)
{
	char *id = NULL, *address = NULL;
	struct buf body;
	struct card c;
	int rc, fresh;

	TRY(card_read(&c, dir));
	fresh = c.gist_id == NULL;
	buf_init(&body, PUBLISH_MAX);
	rc = fresh && !o->dry_run ? prove_card(dir) : 0;
	if (rc >= 0)
		rc = make_request(&body, dir, &c, o, report);
	if (rc >= 0 && o->dry_run)
		report->request =
		    mem_printf("%s %s/gists%s%s", fresh ? "POST" : "PATCH",
			o->api, fresh ? "" : "/", fresh ? "" : c.gist_id);
	else if (rc >= 0)
		rc = send_request(h, &c, o->api, &body, &id, &address);
	if (rc >= 0 && !o->dry_run && fresh)
		rc = card_write_gist(dir, &c, id);
	if (rc >= 0 && !o->dry_run)
		report->address = mem_strdup(address[0] != '\0' ? address : id);
	mem_free(id);
	mem_free(address);
	buf_clear(&body);
	card_clear(&c);
	return rc < 0 ? rc : fresh && !o->dry_run;
}

void
publish_report_clear(struct publish_report *r)
{
	for (size_t i = 0; i < r->n; i++)
		mem_free(r->v[i].name);
	mem_free(r->v);
	mem_free(r->request);
	mem_free(r->address);
	*r = (struct publish_report){ 0 };
}

/* Does the sentence begin with the folder, or with a file in it? */
static bool
names_folder(const char *text, const char *dir)
{
	const size_t n = strlen(dir);

	return strncmp(text, dir, n) == 0 &&
	    (dir[n - 1] == '/' || strchr("/: ", text[n]) != NULL);
}

int
zoo_publish(struct http *h, const char *dir, const struct publish_options *o,
    struct publish_report *report)
{
	int rc = publish(h, dir, o, report);

	/* A new gist's readme.md does not name it yet: send it once more. */
	if (rc == 1) {
		publish_report_clear(report);
		rc = publish(h, dir, o, report);
	}
	if (rc < 0 && !names_folder(err_text(), dir))
		return err_in(rc, "%s", dir);
	return rc < 0 ? rc : 0;
}
