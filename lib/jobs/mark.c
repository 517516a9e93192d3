/* Group and note of a folder: see mark.h. */
#include "jobs/mark.h"

#include "base/err.h"
#include "base/mem.h"
#include "base/path.h"
#include "file/file.h"
#include "json/json.h"
#include "model/model.h"

enum { MARKS_MAX = 1 << 20 };

static void
take(char **text, const struct json *j, const char *key)
{
	const char *value = json_str(j, key, NULL);

	if (value != NULL)
		model_set(text, value[0] != '\0' ? value : NULL);
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
	char *path = path_join(dir, JOB_MARKS);
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

int
mark_write(const char *dir, const char *group, const char *note)
{
	char *path = path_join(dir, JOB_MARKS);
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
