/* Group and note of a folder: see mark.h. */
#include "json/mark.h"

#include <string.h>
#include <sys/stat.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/path.h"
#include "file/file.h"
#include "json/json.h"

#define FILE_NAME "job.json"

enum { MARKS_MAX = 1 << 20 };

static void
take(char **text, const struct json *j, const char *key)
{
	const char *value = json_str(j, key, NULL);

	if (value == NULL)
		return;
	mem_free(*text);
	*text = value[0] != '\0' ? mem_strdup(value) : NULL;
}

static int
read_file(struct json **out, const char *path)
{
	struct buf b;
	int rc;

	*out = NULL;
	if (!file_exists(path))
		return 0;
	buf_init(&b, MARKS_MAX);
	rc = file_read(&b, path);
	if (rc >= 0)
		rc = json_parse(out, buf_str(&b), b.len, path);
	if (rc >= 0 && json_type(*out) != JSON_OBJECT)
		rc = err_set(ERR_FORMAT, "%s: not a JSON object", path);
	buf_clear(&b);
	return rc;
}

int
mark_read(char **group, char **note, const char *dir)
{
	char *path = path_join(dir, FILE_NAME);
	struct json *j = NULL;
	int rc = read_file(&j, path);

	if (rc >= 0 && j != NULL) {
		take(group, j, "group");
		take(note, j, "note");
	}
	json_free(j);
	mem_free(path);
	return rc;
}

static bool
is_mark(const char *key)
{
	return strcmp(key, "group") == 0 || strcmp(key, "note") == 0;
}

void
mark_name(struct replace_names *more, const char *dir)
{
	char *path = path_join(dir, FILE_NAME);
	const struct json *one;
	struct json *j = NULL;
	struct stat st;

	if (lstat(path, &st) == 0 && S_ISREG(st.st_mode) &&
	    read_file(&j, path) >= 0) {
		one = json_first(j);
		while (one != NULL && is_mark(json_key(one)) &&
		    json_text(one) != NULL)
			one = json_next(one);
		if (one == NULL)
			replace_name_add(more, FILE_NAME);
	}
	json_free(j);
	mem_free(path);
}

static void
put_others(struct json_w *w, const struct json *old)
{
	for (const struct json *one = json_first(old); one != NULL;
	     one = json_next(one))
		if (!is_mark(json_key(one))) {
			json_w_key(w, json_key(one));
			json_w_value(w, one);
		}
}

int
mark_write(const char *dir, const char *group, const char *note)
{
	char *path = path_join(dir, FILE_NAME);
	struct json *old = NULL;
	struct json_w w;
	struct buf b;
	int rc = read_file(&old, path);

	if (rc >= 0 && group == NULL)
		group = json_str(old, "group", NULL);
	if (rc >= 0 && note == NULL)
		note = json_str(old, "note", NULL);
	buf_init(&b, MARKS_MAX);
	json_w_init(&w, &b, 4);
	json_w_object(&w);
	if (group != NULL)
		json_w_kstr(&w, "group", group);
	if (note != NULL)
		json_w_kstr(&w, "note", note);
	put_others(&w, old);
	json_w_object_end(&w);
	if (rc >= 0)
		rc = json_w_end(&w);
	if (rc >= 0)
		rc = buf_addc(&b, '\n');
	if (rc >= 0)
		rc = file_write(path, b.data, b.len, 1);
	buf_clear(&b);
	json_free(old);
	mem_free(path);
	return rc;
}
