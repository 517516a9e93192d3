/* How a model came about: see origin.h. */
#include "model/origin.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/path.h"
#include "file/file.h"
#include "file/hash.h"
#include "json/json.h"
#include "prog/prog.h"

enum { TEXT_MAX = 1 << 22, RUNS_MAX = 1000 };

/* Keep what was written, if it could be. */
static int
keep(struct model_info *info, const char *key, struct json_w *w, struct buf *b)
{
	int rc = json_w_end(w);

	if (rc >= 0)
		model_info_extra(info, key, buf_str(b));
	buf_clear(b);
	return rc;
}

void
origin_begin(struct model_info *info, const char *const *words)
{
	static const char place[] = "directory";
	char *here = getcwd(NULL, 0);
	struct json_w w;
	struct buf b;

	buf_init(&b, TEXT_MAX);
	json_w_init(&w, &b, 0);
	json_w_object(&w);
	json_w_kwords(&w, "arguments", words);
	json_w_object_end(&w);
	/* the array alone: what stands behind its key */
	if (json_w_end(&w) >= 0) {
		char *array = strchr(buf_str(&b), '[');

		array[strlen(array) - 1] = '\0';
		model_info_extra(info, "arguments", array);
	}
	buf_clear(&b);
	buf_init(&b, TEXT_MAX);
	json_w_init(&w, &b, 0);
	json_w_str(&w, here);
	(void)!keep(info, place, &w, &b);
	free(here);
}

/* Is the last of the runs the same, but for the time? */
static bool
is_last(const struct json *runs, const char *run)
{
	const struct json *last = json_at(runs, json_length(runs) - 1);
	struct json_w w;
	struct buf b;
	bool same;

	if (last == NULL)
		return false;
	buf_init(&b, TEXT_MAX);
	json_w_init(&w, &b, 0);
	json_w_value(&w, last);
	same = json_w_end(&w) >= 0 && strcmp(buf_str(&b), run) == 0;
	buf_clear(&b);
	return same;
}

/* {"arguments": [...], "directory": "..."}, in the order of json_w_value. */
static int
describe_run(struct buf *b)
{
	char *here = getcwd(NULL, 0);
	struct json_w w;

	json_w_init(&w, b, 0);
	json_w_object(&w);
	json_w_kwords(&w, "arguments", prog_words());
	json_w_kstr(&w, "directory", here);
	json_w_object_end(&w);
	free(here);
	return json_w_end(&w);
}

int
origin_resume(struct model_info *info)
{
	const char *text = model_info_find(info, "resumed");
	struct json *runs = NULL;
	struct buf run, all;
	int rc = 0;

	buf_init(&run, TEXT_MAX);
	buf_init(&all, TEXT_MAX);
	if (text != NULL)
		rc =
		    json_parse(&runs, text, strlen(text), "info.json: resumed");
	if (rc >= 0)
		rc = describe_run(&run);
	if (rc >= 0 && json_length(runs) < RUNS_MAX &&
	    !is_last(runs, buf_str(&run))) {
		const bool more = json_length(runs) > 0;

		rc = more ? buf_add(&all, text, strlen(text) - 1)
			  : buf_adds(&all, "[");
		if (rc >= 0)
			rc = buf_printf(
			    &all, "%s%s]", more ? ", " : "", buf_str(&run));
		if (rc >= 0)
			model_info_extra(info, "resumed", buf_str(&all));
	}
	json_free(runs);
	buf_clear(&run);
	buf_clear(&all);
	return rc;
}

int
origin_dataset(struct model_info *info, const char *dset)
{
	char *path = path_join(dset, "dataset.json");
	const struct json *train;
	struct json *j = NULL;
	int rc = 0;

	if (file_is_regular(path))
		rc = json_read(&j, path);
	train = json_find(rc >= 0 ? json_find(j, "parts") : NULL, "train");
	model_set(&info->dataset_digest, json_str(train, "digest", NULL));
	json_free(j);
	mem_free(path);
	return rc;
}

int
origin_pretrained(struct model_info *info, const char *const *paths,
    const char *const *files, size_t n)
{
	char hex[HASH_HEX_MAX];
	struct json_w w;
	struct buf b;
	int rc = 0;

	if (n == 0)
		return 0;
	buf_init(&b, TEXT_MAX);
	json_w_init(&w, &b, 0);
	json_w_array(&w);
	for (size_t i = 0; i < n && rc >= 0; i++) {
		json_w_object(&w);
		json_w_kstr(&w, "path", paths[i]);
		rc = files[i] != NULL ? hash_file(HASH_SHA256, files[i], hex)
				      : 0;
		if (rc >= 0 && files[i] != NULL) {
			json_w_kstr(&w, "file", files[i]);
			json_w_kstr(&w, "sha256", hex);
		}
		json_w_object_end(&w);
	}
	json_w_array_end(&w);
	if (rc >= 0)
		return keep(info, "pretrained", &w, &b);
	buf_clear(&b);
	return rc;
}
