/* manifest.json: see manifest.h. */
#include "store/manifest.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/path.h"
#include "file/deps.h"
#include "file/file.h"
#include "json/json.h"

enum { MODELS_MAX = 100000, FILES_MAX = 10000, CHUNK = 1 << 20 };

void
manifest_file_clear(struct manifest_file *f)
{
	size_t i;

	for (i = 0; i < f->n_blocks; i++)
		mem_free(f->blocks[i]);
	mem_free(f->blocks);
	mem_free(f->name);
	memset(f, 0, sizeof(*f));
}

void
manifest_model_clear(struct manifest_model *model)
{
	size_t i;

	for (i = 0; i < model->n; i++)
		manifest_file_clear(&model->v[i]);
	mem_free(model->v);
	mem_free(model->dir);
	mem_free(model->store);
	memset(model, 0, sizeof(*model));
}

void
manifest_free(struct manifest *m)
{
	size_t i;

	if (m == NULL)
		return;
	for (i = 0; i < m->n; i++)
		manifest_model_clear(&m->v[i]);
	mem_free(m->v);
	mem_free(m);
}

/* 64 lower-case hex digits into out. */
static int
digest_take(char out[HASH_HEX_MAX], const char *s, const char *name)
{
	if (s == NULL || strlen(s) != 64 || strspn(s, "0123456789abcdef") != 64)
		return err_set(ERR_FORMAT, "%s: not a SHA-256", name);
	memcpy(out, s, 65);
	return 0;
}

static int
blocks_take(
    struct manifest_file *f, const struct json *blocks, uint64_t block_size)
{
	const struct json *v;
	size_t want;
	char hex[HASH_HEX_MAX];

	if (blocks == NULL)
		return 0;
	want = block_size > 0
	    ? (size_t)((f->size + block_size - 1) / block_size)
	    : 0;
	if (json_type(blocks) != JSON_ARRAY || json_length(blocks) != want)
		return err_set(
		    ERR_FORMAT, "%s: wrong number of blocks", f->name);
	f->blocks = mem_array(char *, want > 0 ? want : 1);
	for (v = json_first(blocks); v != NULL; v = json_next(v)) {
		TRY(digest_take(hex, json_text(v), f->name));
		f->blocks[f->n_blocks++] = mem_strdup(hex);
	}
	return 0;
}

static int
file_take(struct manifest_file *f, const struct json *j, uint64_t block_size)
{
	double size = json_num(j, "size", -1);

	f->name = mem_strdup(json_key(j));
	TRY(path_check_inside(f->name));
	if (strchr(f->name, '/') != NULL)
		return err_set(
		    ERR_REFUSED, "'%s' is not a plain name", f->name);
	if (!(size >= 0 && size < 9e15))
		return err_set(ERR_FORMAT, "%s: no size", f->name);
	f->size = (uint64_t)size;
	TRY(digest_take(f->sha256, json_str(j, "sha256", NULL), f->name));
	return blocks_take(f, json_find(j, "blocks"), block_size);
}

static int
file_cmp(const void *a, const void *b)
{
	const struct manifest_file *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static int
model_cmp(const void *a, const void *b)
{
	const struct manifest_model *x = a, *y = b;

	return strcmp(x->dir, y->dir);
}

void
manifest_files_sort(struct manifest_file *v, size_t n)
{
	if (n > 1)
		qsort(v, n, sizeof(*v), file_cmp);
}

void
manifest_digest(char out[HASH_HEX_MAX], const struct manifest_file *v, size_t n)
{
	struct hash *h = hash_new(HASH_SHA256);
	size_t i;

	for (i = 0; i < n; i++) {
		hash_add(h, v[i].sha256, 64);
		hash_add(h, "  ", 2);
		hash_add(h, v[i].name, strlen(v[i].name));
		hash_add(h, "\n", 1);
	}
	hash_hex(h, out);
	hash_free(h);
}

static int
model_take(struct manifest_model *m, const struct json *j, uint64_t block_size)
{
	const struct json *files = json_find(j, "files"), *f;
	char said[HASH_HEX_MAX];
	size_t i;

	m->dir = mem_strdup(json_key(j));
	TRY(path_check_inside(m->dir));
	if (strchr(m->dir, '/') != NULL)
		return err_set(ERR_REFUSED, "'%s' is not a plain name", m->dir);
	m->store = mem_strdup(json_str(j, "store", NULL));
	if (files == NULL || json_type(files) != JSON_OBJECT)
		return err_set(ERR_FORMAT, "%s: no files", m->dir);
	if (json_length(files) > FILES_MAX)
		return err_set(
		    ERR_RANGE, "%s: more than %d files", m->dir, FILES_MAX);
	m->v = mem_array(struct manifest_file, json_length(files) + 1);
	for (f = json_first(files); f != NULL; f = json_next(f))
		TRY(file_take(&m->v[m->n++], f, block_size));
	manifest_files_sort(m->v, m->n);
	for (i = 1; i < m->n; i++)
		if (strcmp(m->v[i - 1].name, m->v[i].name) == 0)
			return err_set(ERR_REFUSED, "%s: file %s appears twice",
			    m->dir, m->v[i].name);
	manifest_digest(m->digest, m->v, m->n);
	TRY(digest_take(said, json_str(j, "digest", NULL), m->dir));
	if (strcmp(said, m->digest) != 0)
		return err_set(ERR_REFUSED,
		    "%s: its digest is not that of its files", m->dir);
	return 0;
}

static int
models_take(struct manifest *m, const struct json *j)
{
	const struct json *models = json_find(j, "models"), *v;
	double block = json_num(j, "block_size", 0);
	size_t i;

	if (json_num(j, "version", 0) != 1)
		return err_set(ERR_UNSUPPORTED, "not a manifest of version 1");
	if (models == NULL || json_type(models) != JSON_OBJECT)
		return err_set(ERR_FORMAT, "no models");
	if (json_length(models) > MODELS_MAX)
		return err_set(ERR_RANGE, "more than %d models", MODELS_MAX);
	if (!(block >= 0 && block <= 64 << 20))
		return err_set(ERR_FORMAT, "wrong block size");
	m->block_size = (uint64_t)block;
	m->v = mem_array(struct manifest_model, json_length(models) + 1);
	for (v = json_first(models); v != NULL; v = json_next(v))
		TRY(model_take(&m->v[m->n++], v, m->block_size));
	if (m->n > 1)
		qsort(m->v, m->n, sizeof(*m->v), model_cmp);
	for (i = 1; i < m->n; i++)
		if (strcmp(m->v[i - 1].dir, m->v[i].dir) == 0)
			return err_set(
			    ERR_REFUSED, "model %s appears twice", m->v[i].dir);
	return 0;
}

int
manifest_parse(
    struct manifest **out, const char *text, size_t n, const char *name)
{
	struct json *j = NULL;
	struct manifest *m = mem_new(struct manifest);
	int rc;

	*out = NULL;
	rc = json_parse(&j, text, n, name);
	if (rc == 0) {
		rc = models_take(m, j);
		if (rc < 0)
			rc = err_in(rc, "%s", name);
	}
	json_free(j);
	if (rc < 0)
		manifest_free(m);
	else
		*out = m;
	return rc;
}

static void
file_write_json(struct json_w *w, const struct manifest_file *f)
{
	size_t i;

	json_w_key(w, f->name);
	json_w_object(w);
	if (f->n_blocks > 0) {
		json_w_key(w, "blocks");
		json_w_array(w);
		for (i = 0; i < f->n_blocks; i++)
			json_w_str(w, f->blocks[i]);
		json_w_array_end(w);
	}
	json_w_kstr(w, "sha256", f->sha256);
	json_w_kint(w, "size", (int64_t)f->size);
	json_w_object_end(w);
}

int
manifest_text(struct buf *out, const struct manifest *m)
{
	struct json_w w;
	size_t i, j;

	json_w_init(&w, out, 4);
	json_w_object(&w);
	json_w_kint(&w, "block_size", (int64_t)m->block_size);
	json_w_key(&w, "models");
	json_w_object(&w);
	for (i = 0; i < m->n; i++) {
		json_w_key(&w, m->v[i].dir);
		json_w_object(&w);
		json_w_kstr(&w, "digest", m->v[i].digest);
		json_w_key(&w, "files");
		json_w_object(&w);
		for (j = 0; j < m->v[i].n; j++)
			file_write_json(&w, &m->v[i].v[j]);
		json_w_object_end(&w);
		if (m->v[i].store != NULL)
			json_w_kstr(&w, "store", m->v[i].store);
		json_w_object_end(&w);
	}
	json_w_object_end(&w);
	json_w_kint(&w, "version", 1);
	json_w_object_end(&w);
	TRY(json_w_end(&w));
	return buf_addc(out, '\n');
}

const struct manifest_model *
manifest_find(const struct manifest *m, const char *dir)
{
	struct manifest_model key = { .dir = (char *)(uintptr_t)dir };

	if (m == NULL || m->n == 0)
		return NULL;
	return bsearch(&key, m->v, m->n, sizeof(key), model_cmp);
}

const struct manifest_file *
manifest_file_find(const struct manifest_model *m, const char *name)
{
	struct manifest_file key = { .name = (char *)(uintptr_t)name };

	if (m == NULL || m->n == 0)
		return NULL;
	return bsearch(&key, m->v, m->n, sizeof(key), file_cmp);
}

uint64_t
manifest_size(const struct manifest_model *m)
{
	uint64_t n = 0;
	size_t i;

	for (i = 0; i < m->n; i++)
		n += m->v[i].size;
	return n;
}

void
manifest_put(struct manifest *m, struct manifest_model *model)
{
	size_t i = 0;
	int c = 1;

	while (i < m->n && (c = strcmp(m->v[i].dir, model->dir)) < 0)
		i++;
	if (i < m->n && c == 0) {
		manifest_model_clear(&m->v[i]);
	} else {
		m->v = mem_realloc(m->v, m->n + 1, sizeof(*m->v));
		memmove(m->v + i + 1, m->v + i, (m->n - i) * sizeof(*m->v));
		m->n++;
	}
	m->v[i] = *model;
	memset(model, 0, sizeof(*model));
}

int
manifest_read(struct manifest **out, const char *path)
{
	struct buf b;
	int rc = 0;

	*out = NULL;
	if (!file_exists(path)) {
		*out = mem_new(struct manifest);
		return 0;
	}
	buf_init(&b, MANIFEST_MAX);
	rc = file_read(&b, path);
	if (rc == 0)
		rc = manifest_parse(out, buf_str(&b), b.len, path);
	buf_clear(&b);
	return rc;
}

int
manifest_write(const struct manifest *m, const char *path)
{
	struct buf b;
	int rc;

	buf_init(&b, MANIFEST_MAX);
	rc = manifest_text(&b, m);
	if (rc == 0)
		rc = file_write(path, b.data, b.len, 1);
	buf_clear(&b);
	return rc;
}

static void
block_end(struct manifest_file *f, struct hash *block)
{
	char hex[HASH_HEX_MAX];

	hash_hex(block, hex);
	f->blocks = mem_realloc(f->blocks, f->n_blocks + 1, sizeof(*f->blocks));
	f->blocks[f->n_blocks++] = mem_strdup(hex);
}

int
manifest_file_read(
    struct manifest_file *f, const char *path, uint64_t block_size)
{
	struct hash *whole = hash_new(HASH_SHA256);
	struct hash *block = hash_new(HASH_SHA256);
	char *chunk = mem_array(char, CHUNK);
	uint64_t in_block = 0;
	size_t want;
	ssize_t n = 0;
	struct stat st;
	int rc = 0, fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0) {
		rc = err_sys("open %s", path);
		goto done;
	}
	deps_add(path);
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
		rc = err_set(ERR_FORMAT, "%s: not a regular file", path);
		goto done;
	}
	for (f->size = 0;; f->size += (uint64_t)n) {
		want = CHUNK;
		if (block_size > 0 && block_size - in_block < want)
			want = (size_t)(block_size - in_block);
		n = read(fd, chunk, want);
		if (n < 0 && errno == EINTR)
			n = 0;
		else if (n <= 0)
			break;
		hash_add(whole, chunk, (size_t)n);
		hash_add(block, chunk, (size_t)n);
		in_block += (uint64_t)n;
		if (block_size > 0 && in_block == block_size) {
			block_end(f, block);
			in_block = 0;
		}
	}
	if (n < 0)
		rc = err_sys("read %s", path);
	hash_hex(whole, f->sha256);
	if (block_size > 0 && in_block > 0 && f->n_blocks > 0)
		block_end(f, block);
	if (f->n_blocks == 1) { /* one block says nothing new */
		mem_free(f->blocks[0]);
		mem_free(f->blocks);
		f->blocks = NULL;
		f->n_blocks = 0;
	}
done:
	if (fd >= 0)
		close(fd);
	hash_free(whole);
	hash_free(block);
	mem_free(chunk);
	return rc;
}
