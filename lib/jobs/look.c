/* What a folder's names say: see look.h. */
#include "jobs/look.h"

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "archive/stream.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/path.h"
#include "file/deps.h"
#include "file/file.h"
#include "json/json.h"
#include "model/model.h"

/* How deep files are counted; of what size an archive may be to be read whole. */
enum { DEPTH = 2, WHOLE_MAX = 4 << 20, HEX = 8 };

char *
look_unfinished(const char *path)
{
	static const char kind[] = ".tmp-";
	const char *name = path_base(path);
	const size_t n = strlen(name), tail = strlen(kind) + HEX;
	const char *end;

	if (name[0] != '.' || n <= 1 + tail)
		return NULL;
	end = name + n - tail;
	if (strncmp(end, kind, strlen(kind)) != 0 ||
	    strspn(end + strlen(kind), "0123456789abcdef") != HEX)
		return NULL;
	return mem_strndup(name + 1, n - 1 - tail);
}

int
look_open(struct look *l, const char *path)
{
	memset(l, 0, sizeof(*l));
	l->path = path;
	l->unfinished = look_unfinished(path);
	return file_list(&l->names, &l->n, path);
}

void
look_close(struct look *l)
{
	file_list_free(l->names, l->n);
	mem_free(l->unfinished);
	memset(l, 0, sizeof(*l));
}

bool
look_has(const struct look *l, const char *name)
{
	return l->n > 0 &&
	    bsearch(&name, l->names, l->n, sizeof(*l->names), path_cmp) != NULL;
}

bool
look_any(const struct look *l, const char *pattern)
{
	for (size_t i = 0; i < l->n; i++)
		if (fnmatch(pattern, l->names[i], 0) == 0)
			return true;
	return false;
}

int
look_dataset(const struct look *l)
{
	char *path = path_join(l->path, "dataset.json");
	struct json *j = NULL;
	const struct json *part;
	int rc = 0;

	if (look_has(l, "dataset.json"))
		rc = json_read(&j, path);
	if (rc >= 0 && j != NULL && json_type(j) != JSON_OBJECT)
		rc = err_set(ERR_FORMAT, "%s: not a JSON object", path);
	part = json_first(rc >= 0 ? json_find(j, "parts") : NULL);
	for (; rc >= 0 && part != NULL; part = json_next(part)) {
		const char *db = json_str(part, "database", NULL);

		if (db != NULL && !look_has(l, db))
			rc = err_set(ERR_FORMAT,
			    "%s names %s, which is not there", path, db);
	}
	json_free(j);
	mem_free(path);
	return rc;
}

int
look_changed(time_t *newest, const struct look *l)
{
	static const char *const files[] = { "dataset.json", "info.json",
		"train.ndjson", "train_db" };
	struct stat st;
	int rc = 0;

	*newest = 0;
	for (size_t i = 0; i < LENGTH(files) && rc >= 0; i++) {
		char *path;

		if (!look_has(l, files[i]))
			continue;
		path = path_join(l->path, files[i]);
		rc = file_look(&st, path);
		if (rc > 0 && st.st_mtime > *newest)
			*newest = st.st_mtime;
		mem_free(path);
	}
	if (rc >= 0 && *newest == 0) {
		rc = file_look(&st, l->path);
		*newest = rc > 0 ? st.st_mtime : 0;
	}
	return rc < 0 ? rc : 0;
}

static int
names_bytes(
    uint64_t *sum, const char *dir, char *const *names, size_t n, int depth)
{
	int rc = 0;

	for (size_t i = 0; rc >= 0 && i < n; i++) {
		char *path = path_join(dir, names[i]), **below = NULL;
		size_t nbelow = 0;
		struct stat st;

		if (lstat(path, &st) < 0) {
			if (errno != ENOENT) /* else gone while we looked */
				rc = err_sys("%s", path);
			mem_free(path);
			continue;
		}
		if (S_ISREG(st.st_mode))
			*sum += (uint64_t)st.st_size;
		if (S_ISDIR(st.st_mode) && depth > 0) {
			rc = file_list(&below, &nbelow, path);
			if (rc >= 0)
				rc = names_bytes(
				    sum, path, below, nbelow, depth - 1);
			if (rc == ERR_MISSING)
				rc = 0;
			file_list_free(below, nbelow);
		}
		mem_free(path);
	}
	return rc;
}

int
look_bytes(uint64_t *sum, const struct look *l)
{
	return names_bytes(sum, l->path, l->names, l->n, DEPTH);
}

/* What an archive of a model begins with, or has somewhere. */
static bool
is_model_file(const char *name)
{
	static const char *const patterns[] = { "*.caffemodel",
		"*.caffemodel.h5", "*.prototxt", "info.json" };

	name = path_base(name);
	for (size_t i = 0; i < LENGTH(patterns); i++)
		if (fnmatch(patterns[i], name, 0) == 0)
			return true;
	return false;
}

static int
read_entries(struct model_info *info, struct archive_stream *s,
    const char *path, bool all)
{
	const char *name;
	bool model = false;
	struct buf b;
	int rc = archive_stream_next(s, &name);

	while (rc == 1) {
		model |= is_model_file(name);
		if (!model)
			break;
		if (strcmp(path_base(name), "info.json") == 0) {
			buf_init(&b, MODEL_INFO_MAX);
			rc = archive_stream_read(s, &b);
			if (rc >= 0)
				rc = model_info_parse(
				    info, buf_str(&b), b.len, path);
			buf_clear(&b);
			break;
		}
		if (!all)
			break;
		rc = archive_stream_next(s, &name);
	}
	return rc < 0 ? rc : model;
}

int
look_packed(struct model_info *info, const char *path)
{
	struct archive_stream *s = NULL;
	char head[ARCHIVE_HEAD];
	struct stat st;
	ssize_t n;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), rc = 0;

	if (fd < 0)
		return err_sys("open %s", path);
	deps_add(path);
	n = read(fd, head, sizeof(head));
	if (n > 0 && fstat(fd, &st) == 0 && archive_known(head, (size_t)n)) {
		rc = archive_stream_open(&s, fd, path, head, (size_t)n);
		if (rc >= 0)
			rc =
			    read_entries(info, s, path, st.st_size < WHOLE_MAX);
		archive_stream_close(s);
	}
	close(fd);
	return rc;
}
