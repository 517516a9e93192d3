/* Samples out of a tar stream: see stream.h. */
#include "dset/stream/stream.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "archive/stream.h"
#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/path.h"
#include "dset/sources/source.h"
#include "dset/stream/stream_int.h"
#include "dset/tasks/task.h"
#include "file/file.h"

static const char *const role_files[ROLES] = { "a picture", "KEY.data.npy",
	"KEY.cls", "KEY.txt", "KEY.json", "KEY.label.npy",
	"a picture KEY.label" };

enum { FILES_MAX = 1 << 27 };

size_t
dset_stream_key(const char *name)
{
	const char *base = path_base(name);

	return (size_t)(base - name) + strcspn(base, ".");
}

char *
dset_stream_word(const void *p, size_t n)
{
	const char *s = p, *end = s;

	while (end < s + n && *end != '\r' && *end != '\n' && *end != '\0')
		end++;
	return mem_strndup(s, (size_t)(end - s));
}

/* ---- reading ---- */

/* 1: the file is of use. */
static int
role_of(enum stream_role *out, const char *name, const struct buf *b)
{
	const char *ext = name + dset_stream_key(name);
	const bool label = strncmp(ext, ".label.", 7) == 0;
	const char *last = label ? ext + 6 : ext;

	if (strcmp(last, ".cls") == 0)
		*out = ROLE_CLASS;
	else if (strcmp(last, ".txt") == 0)
		*out = ROLE_TEXT;
	else if (strcmp(last, ".json") == 0)
		*out = ROLE_JSON;
	else if (strcmp(last, ".npy") == 0 || strcmp(last, ".data.npy") == 0)
		*out = label ? ROLE_NUMBERS : ROLE_ARRAY;
	else if (image_known(buf_str(b), b->len) ||
	    dset_source_picture(path_base(name)))
		*out = label ? ROLE_IMAGE : ROLE_PICTURE;
	else
		return 0;
	return 1;
}

static int
take_file(struct dset_stream *s, const char *name, const struct buf *b)
{
	size_t key = dset_stream_key(name);
	struct stream_entry e = { .n = b->len, .order = s->n };
	char *copy;

	if (key == 0 || !role_of(&e.role, name, b)) {
		if (s->others++ == 0)
			s->other = mem_strdup(name);
		return 0;
	}
	if (s->n == FILES_MAX)
		return err_set(ERR_RANGE, "more than %d files", FILES_MAX);
	TRY(dset_spool_add(&s->spool, &e.at, b->data, b->len));
	copy = arena_take(s->arena, key + 1);
	memcpy(copy, name, key);
	copy[key] = '\0';
	e.key = copy;
	mem_grow(&s->v, &s->cap, s->n + 1);
	s->v[s->n++] = e;
	return 0;
}

static int
read_files(
    struct dset_stream *s, struct archive_stream *a, const struct dset_bad *bad)
{
	const char *name;
	struct buf b;
	int rc;

	buf_init(&b, IMAGE_MAX_FILE);
	while ((rc = archive_stream_next(a, &name)) == 1) {
		buf_reset(&b);
		rc = archive_stream_read(a, &b);
		if (rc == ERR_RANGE || rc == ERR_UNSUPPORTED)
			rc = dset_bad_tell(bad, name, -1, err_text());
		else if (rc == 0)
			rc = take_file(s, name, &b);
		else
			rc = err_in(rc, "%s", name);
		if (rc < 0)
			break;
	}
	buf_clear(&b);
	if (rc == 0 && !archive_stream_ended(a))
		rc = err_set(ERR_FORMAT,
		    "%s: the archive has no end: whoever made it stopped half-way",
		    dset_stream_name(s));
	return rc;
}

static int
read_archive(struct dset_stream *s, const struct dset_bad *bad)
{
	struct archive_stream *a = NULL;
	const bool in = strcmp(s->o->from, "-") == 0;
	int fd = in ? STDIN_FILENO : file_open_stream(s->o->from), rc;

	if (fd < 0)
		return fd;
	rc = archive_stream_open(&a, fd, dset_stream_name(s), NULL, 0);
	if (rc == 0)
		rc = read_files(s, a, bad);
	archive_stream_close(a);
	if (!in)
		close(fd);
	return rc == 0 ? dset_spool_map(&s->spool) : rc;
}

/* ---- samples ---- */

static int
entry_cmp(const void *a, const void *b)
{
	const struct stream_entry *x = a, *y = b;
	int c = strcmp(x->key, y->key);

	return c ? c : (x->order > y->order) - (x->order < y->order);
}

static int
sample_cmp(const void *a, const void *b)
{
	const struct stream_sample *x = a, *y = b;

	return (x->data->order > y->data->order) -
	    (x->data->order < y->data->order);
}

static bool
is_data(enum stream_role r)
{
	return r == ROLE_PICTURE || r == ROLE_ARRAY;
}

/* The files of one key: a sample, or ERR_FORMAT with what is wrong. */
static int
join(struct stream_sample *out, const struct stream_entry *v, size_t n)
{
	*out = (struct stream_sample){ 0 };
	for (size_t i = 0; i < n; i++) {
		const struct stream_entry **to =
		    is_data(v[i].role) ? &out->data : &out->label;

		if (*to != NULL && (*to)->role == v[i].role)
			return err_set(ERR_FORMAT, "%s comes twice",
			    role_files[v[i].role]);
		if (*to != NULL)
			return err_set(ERR_FORMAT, "has %s and %s",
			    role_files[(*to)->role], role_files[v[i].role]);
		*to = &v[i];
	}
	if (out->data == NULL)
		return err_set(ERR_FORMAT, "has %s, but no picture or array",
		    role_files[out->label->role]);
	if (out->label == NULL)
		return err_set(ERR_FORMAT,
		    "has %s, but no label (KEY.cls, KEY.label.npy, KEY.label.png, KEY.txt or KEY.json)",
		    role_files[out->data->role]);
	return 0;
}

/* Samples in the order in which their data came. */
static int
find_samples(struct dset_stream *s, const struct dset_bad *bad)
{
	size_t i, n;
	int rc = 0;

	if (s->n > 0)
		qsort(s->v, s->n, sizeof *s->v, entry_cmp);
	s->sample = mem_array(struct stream_sample, s->n + 1);
	for (i = 0; rc == 0 && i < s->n; i += n) {
		struct stream_sample *out = &s->sample[s->nsamples];

		for (n = 1;
		     i + n < s->n && strcmp(s->v[i].key, s->v[i + n].key) == 0;
		     n++)
			continue;
		if (bad != NULL && bad->total != NULL)
			++*bad->total;
		if (join(out, s->v + i, n) == 0)
			s->nsamples++;
		else
			rc = dset_bad_tell(bad, s->v[i].key, -1, err_text());
	}
	if (rc == 0 && s->nsamples == 0)
		rc = err_set(ERR_FORMAT, "%s: no samples%s%s",
		    dset_stream_name(s), s->others > 0 ? ", but " : "",
		    s->others > 0 ? s->other : "");
	if (rc == 0)
		qsort(s->sample, s->nsamples, sizeof *s->sample, sample_cmp);
	return rc;
}

/* "train/a" and the like, all of them. */
static void
find_parts(struct dset_stream *s)
{
	size_t i;
	int part, k;

	for (i = 0; i < s->nsamples; i++) {
		const char *key = s->sample[i].data->key;

		for (part = -1, k = 0; k < DSET_PARTS; k++) {
			const char *name = dset_part_name((enum dset_part)k);

			if (strncmp(key, name, strlen(name)) == 0 &&
			    key[strlen(name)] == '/')
				part = k;
		}
		if (part < 0)
			break;
		s->sample[i].part = (enum dset_part)part;
		s->has[part] = true;
	}
	s->parts = i == s->nsamples && s->has[DSET_TRAIN] &&
	    (s->has[DSET_VAL] || s->has[DSET_TEST]);
	if (s->parts)
		log_warn("%s: taken as parts: the keys begin with train%s%s",
		    dset_stream_name(s), s->has[DSET_VAL] ? ", val" : "",
		    s->has[DSET_TEST] ? ", test" : "");
}

/* One shape for all, or none. */
static int
take_shape(struct dset_stream *s, const int shape[3], const char *key)
{
	if (!s->shaped)
		memcpy(s->shape, shape, sizeof s->shape);
	s->shaped = true;
	if (memcmp(s->shape, shape, sizeof s->shape) == 0)
		return 0;
	if (s->o->same_shape)
		return err_set(ERR_FORMAT,
		    "%s: an array of %dx%dx%d, where the first has %dx%dx%d: --no-same-shape keeps them as they are",
		    key, shape[0], shape[1], shape[2], s->shape[0], s->shape[1],
		    s->shape[2]);
	memset(s->shape, 0, sizeof s->shape);
	return 0;
}

/* 1: of the kind of the others, and sound as far as its first bytes tell. */
static int
look_at(struct dset_stream *s, const struct stream_sample *one)
{
	const struct stream_entry *d = one->data, *l = one->label;
	struct image_info info;
	int shape[3];

	if (d->role != s->data || l->role != s->label) {
		const bool data = d->role != s->data;

		(void)err_set(ERR_FORMAT, "has %s, where others have %s",
		    role_files[data ? d->role : l->role],
		    role_files[data ? s->data : s->label]);
		return 0;
	}
	if (d->role == ROLE_ARRAY) {
		if (dset_npy_shape(shape, stream_bytes(s, d), d->n, "array") <
		    0)
			return 0;
		TRY(take_shape(s, shape, d->key));
	} else {
		if (image_probe(&info, stream_bytes(s, d), d->n, "picture") < 0)
			return 0;
		TRY(dset_one_size(&s->pictures, &info, d->key,
		    s->o->same_shape && !s->o->any_size, "--size"));
	}
	if (l->role != ROLE_IMAGE)
		return 1;
	if (image_probe(&info, stream_bytes(s, l), l->n, "label") < 0)
		return 0;
	if (!s->o->masks)
		TRY(dset_one_size(&s->targets, &info, d->key,
		    s->o->same_shape && !s->o->any_target, "--target-size"));
	return 1;
}

static int
check_samples(struct dset_stream *s, const struct dset_bad *bad)
{
	size_t i, n = 0;
	int rc;

	s->data = s->sample[0].data->role;
	s->label = s->sample[0].label->role;
	for (i = 0; i < s->nsamples; i++) {
		rc = look_at(s, &s->sample[i]);
		if (rc < 0)
			return rc;
		if (rc > 0)
			s->sample[n++] = s->sample[i];
		else
			TRY(dset_bad_tell(
			    bad, s->sample[i].data->key, -1, err_text()));
	}
	s->nsamples = n;
	if (n == 0)
		return err_set(
		    ERR_FORMAT, "%s: no samples", dset_stream_name(s));
	if (s->data == ROLE_ARRAY && s->label == ROLE_IMAGE)
		return err_set(ERR_UNSUPPORTED,
		    "%s: arrays with pictures as labels: KEY.label.npy is wanted",
		    dset_stream_name(s));
	return 0;
}

int
dset_stream_read(struct dset_stream **out, const struct dset_stream_options *o,
    const char *work, const struct dset_bad *bad)
{
	struct dset_stream *s = mem_new(struct dset_stream);
	int rc;

	s->o = o;
	s->arena = arena_new();
	rc = dset_spool_open(&s->spool, work);
	if (rc == 0)
		rc = read_archive(s, bad);
	if (rc == 0)
		rc = find_samples(s, bad);
	if (rc == 0 && s->others > 0)
		log_warn("%s: %zu %s passed over, no part of a sample: %s%s",
		    dset_stream_name(s), s->others,
		    num_plural(s->others, "file is", "files are"), s->other,
		    s->others > 1 ? ", ..." : "");
	if (rc == 0)
		rc = check_samples(s, bad);
	if (rc == 0)
		find_parts(s);
	if (rc < 0) {
		dset_stream_free(s);
		s = NULL;
	}
	*out = s;
	return rc;
}

void
dset_stream_free(struct dset_stream *s)
{
	if (s == NULL)
		return;
	dset_spool_close(&s->spool);
	arena_free(s->arena);
	mem_free(s->v);
	mem_free(s->sample);
	mem_free(s->pictures.first);
	mem_free(s->targets.first);
	mem_free(s->other);
	mem_free(s);
}

/* ---- what it is ---- */

const char *
dset_stream_name(const struct dset_stream *s)
{
	return strcmp(s->o->from, "-") == 0 ? "standard input" : s->o->from;
}

/* A word or a list of numbers: the first sample's tells. */
static bool
is_word(const struct dset_stream *s)
{
	const struct stream_entry *e = s->sample[0].label;
	char *text = NULL;
	bool word;
	double v;

	if (s->label != ROLE_JSON ||
	    stream_json_text(&text, stream_bytes(s, e), e->n) < 0)
		return false;
	word = strchr(text, ' ') == NULL &&
	    num_double(&v, text, -1e300, 1e300) < 0;
	mem_free(text);
	return word;
}

const struct dset_task *
dset_stream_task(const struct dset_stream *s)
{
	if (s->label == ROLE_CLASS || is_word(s))
		return &dset_task_classify;
	if (s->label == ROLE_IMAGE)
		return s->o->masks ? &dset_task_segment : &dset_task_image;
	return &dset_task_regress;
}

bool
dset_stream_has(const struct dset_stream *s, enum dset_part part)
{
	return s->parts && s->has[part];
}

bool
dset_stream_arrays(const struct dset_stream *s, int shape[3])
{
	memcpy(shape, s->shape, sizeof s->shape);
	return s->data == ROLE_ARRAY;
}

const struct dset_one_size *
dset_stream_size(const struct dset_stream *s)
{
	return &s->pictures;
}

const struct dset_one_size *
dset_stream_targets(const struct dset_stream *s)
{
	return &s->targets;
}
