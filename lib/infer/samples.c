/* Files of a stream put together by their keys: see samples.h. */
#include "infer/samples.h"

#include <poll.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/path.h"
#include "base/queue.h"
#include "dset/sources/source.h"
#include "dset/stream/stream.h"
#include "image/image.h"

static void
sample_clear(struct sample *s)
{
	mem_free(s->key);
	mem_free(s->cls);
	mem_free(s->name);
	buf_clear(&s->bytes);
	*s = (struct sample){ .truth = -1 };
}

int
samples_open(
    struct samples *s, int fd, const char *name, const void *head, size_t n)
{
	*s = (struct samples){ .fd = fd, .next.truth = -1 };
	return archive_stream_open(&s->archive, fd, name, head, n);
}

void
samples_close(struct samples *s)
{
	archive_stream_close(s->archive);
	s->archive = NULL;
	sample_clear(&s->next);
	mem_free(s->other);
	s->other = NULL;
}

static char *
key_of(const char *name)
{
	return mem_strndup(name, dset_stream_key(name));
}

/* "7\n" -> 7; -1: it is no number of a class. */
static int
truth_of(const struct buf *b)
{
	char *text = dset_stream_word(buf_str(b), b->len);
	int64_t v;
	int rc = num_int(&v, text, 0, INT32_MAX);

	mem_free(text);
	return rc < 0 ? -1 : (int)v;
}

static void
pass_over(struct samples *s, const char *name)
{
	if (s->others++ == 0)
		s->other = mem_strdup(name);
}

/* No more belongs to s->next: 1 where it has a picture, which *out is then; else 0,
 * and a class that has none is counted. */
static int
give(struct samples *s, struct sample *out)
{
	const bool whole = s->next.name != NULL;

	if (whole) {
		*out = s->next;
		out->key = out->cls = NULL;
		s->next.name = NULL;
		s->next.bytes = (struct buf){ 0 };
	} else if (s->next.cls != NULL) {
		pass_over(s, s->next.cls);
	}
	sample_clear(&s->next);
	return whole;
}

/* A file of the archive, of which b is all or, where rc < 0, what it begins with,
 * into s->next; 1 when the sample before it was given. */
static int
take(struct samples *s, const char *file, struct buf *b, int rc,
    struct sample *out)
{
	const bool cls = path_has_ext(file, ".cls");
	const bool picture = !cls &&
	    (image_known(buf_str(b), b->len) ||
		dset_source_picture(path_base(file)));
	char *key;
	int given = 0;

	if (!cls && !picture) {
		pass_over(s, file);
		return 0;
	}
	key = key_of(file);
	if (s->next.key != NULL &&
	    (strcmp(key, s->next.key) != 0 ||
		(picture ? s->next.name : s->next.cls) != NULL))
		given = give(s, out);
	mem_free(s->next.key);
	s->next.key = key;
	if (picture) {
		s->next.name = mem_strdup(file);
		err_save(&s->next.failure, rc);
		if (rc == 0) {
			s->next.bytes = *b;
			buf_init(b, IMAGE_MAX_FILE);
		}
		return given;
	}
	s->next.truth = truth_of(b);
	if (s->next.truth >= 0)
		s->next.cls = mem_strdup(file);
	else
		pass_over(s, file);
	return given;
}

int
samples_next(struct samples *s, struct sample *out)
{
	int rc = 0;

	while (rc == 0 && !s->end) {
		struct pollfd p = { .fd = s->fd, .events = POLLIN };
		const char *file;
		struct buf b;

		if (!s->may_wait && poll(&p, 1, 0) == 0) {
			s->may_wait = true;
			return QUEUE_LATER;
		}
		s->may_wait = false;
		buf_init(&b, IMAGE_MAX_FILE);
		rc = archive_stream_next(s->archive, &file);
		if (rc == 0)
			s->end = true;
		if (rc == 1) {
			rc = archive_stream_read(s->archive, &b);
			if (rc == 0 || rc == ERR_RANGE || rc == ERR_UNSUPPORTED)
				rc = take(s, file, &b, rc, out);
			else
				rc = err_in(rc, "%s", file);
		}
		buf_clear(&b);
	}
	return rc == 0 ? give(s, out) : rc;
}
