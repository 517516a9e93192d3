/* Snapshots and data sets against what was made again: see compare.h. */
#include "jobs/compare.h"

#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/path.h"
#include "caffe/model.h"
#include "caffe/msg.h"
#include "file/file.h"
#include "file/hash.h"
#include "jobs/origin.h"
#include "json/line.h"
#include "prog/line.h"
#include "prog/prog.h"

static int
tell(struct comparing *c, const char *name, bool same)
{
	struct line l = { stdout, prog_options()->format == PROG_FMT_TSV };
	struct json_line line;
	struct json_w *w;

	c->n++;
	c->same += same;
	if (prog_options()->format == PROG_FMT_JSON) {
		w = json_line_begin(&line);
		json_w_kstr(w, "name", name);
		json_w_kbool(w, "same", same);
		return json_line_end(&line, stdout);
	}
	line_cell(&l, "%s", name);
	line_cell(&l, "%s", same ? "the same" : "differs");
	line_end(&l);
	return 0;
}

/* Bit for bit, which 0 and -0 are not. */
static bool
same_blob(const Caffe__BlobProto *a, const Caffe__BlobProto *b)
{
	return caffe_msg_equal(a, b) && a->n_data == b->n_data &&
	    (a->n_data == 0 ||
		memcmp(a->data, b->data, a->n_data * sizeof(*a->data)) == 0);
}

static bool
same_layer(const Caffe__LayerParameter *a, const Caffe__LayerParameter *b)
{
	bool same = strcmp(a->name, b->name) == 0 && a->n_blobs == b->n_blobs;

	for (size_t i = 0; same && i < a->n_blobs; i++)
		same = same_blob(a->blobs[i], b->blobs[i]);
	return same;
}

/* All weights of two snapshots; what their nets say beside, such as where the data
 * lies, is of no matter. */
static int
same_weights(bool *same, const char *was, const char *now)
{
	Caffe__NetParameter *a = NULL, *b = NULL;
	int rc = caffe_weights_read(&a, was);

	if (rc >= 0)
		rc = caffe_weights_read(&b, now);
	*same = rc >= 0 && a->n_layer == b->n_layer;
	for (size_t i = 0; *same && i < a->n_layer; i++)
		*same = same_layer(a->layer[i], b->layer[i]);
	caffe_msg_free(a);
	caffe_msg_free(b);
	return rc;
}

static int
same_bytes(bool *same, const char *was, const char *now)
{
	char a[HASH_HEX_MAX], b[HASH_HEX_MAX];

	TRY(hash_file(HASH_SHA256, was, a));
	TRY(hash_file(HASH_SHA256, now, b));
	*same = strcmp(a, b) == 0;
	return 0;
}

static int
compare_file(struct comparing *c, const char *name)
{
	char *was = path_join(c->dir, name), *now = path_join(c->made, name);
	const bool weights = strstr(name, ".caffemodel") != NULL;
	bool same = false;
	int rc = 0;

	if (file_exists(now))
		rc = weights ? same_weights(&same, was, now)
			     : same_bytes(&same, was, now);
	if (rc >= 0)
		rc = tell(c, name, same);
	mem_free(was);
	mem_free(now);
	return rc;
}

/* All snapshots that are there. */
int
compare_models(struct comparing *c)
{
	char **names;
	size_t n;
	int rc;

	TRY(file_list(&names, &n, c->dir));
	rc = 0;
	for (size_t i = 0; i < n && rc >= 0; i++)
		if (fnmatch("*_iter_[0-9]*.caffemodel", names[i], 0) == 0 ||
		    fnmatch("*_iter_[0-9]*.caffemodel.h5", names[i], 0) == 0 ||
		    fnmatch("*_iter_[0-9]*.solverstate", names[i], 0) == 0)
			rc = compare_file(c, names[i]);
	file_list_free(names, n);
	return rc;
}

/* The digests of all parts, which their makers wrote down. */
int
compare_sets(struct comparing *c)
{
	struct origin was, now;
	const struct json *part;
	int rc = origin_open(&was, c->dir);

	memset(&now, 0, sizeof(now));
	if (rc >= 0)
		rc = origin_open(&now, c->made);
	part = rc >= 0 ? json_first(json_find(was.j, "parts")) : NULL;
	for (; part != NULL && rc >= 0; part = json_next(part)) {
		const struct json *other =
		    json_find(json_find(now.j, "parts"), json_key(part));
		const char *digest = json_str(part, "digest", "");

		rc = tell(c, json_key(part),
		    digest[0] != '\0' &&
			strcmp(digest, json_str(other, "digest", "")) == 0);
	}
	origin_close(&was);
	if (now.room != NULL)
		origin_close(&now);
	return rc;
}
