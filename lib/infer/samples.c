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
#include "image/image.h"

static void
sample_clear(struct sample *s)
{
	mem_free(s->key);
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
	const char *base = path_base(name);

	return mem_strndup(name, (size_t)(base - name) + strcspn(base, "."));
}

/* "7\n" -> 7; -1: it is no number of a class. */
static int
truth_of(const struct buf *b)
{
	char *text = mem_strndup(buf_str(b), strcspn(buf_str(b), "\r\n"));
	int64_t v;
	int rc = num_int(&v, text, 0, INT32_MAX);

	mem_free(text);
	return rc < 0 ? -1 : (int)v;
}

/* Give the sample that is whole. */
static int
give(struct samples *s, char **name, struct buf *bytes, int *truth)
{
	*name = s->next.name;
	*truth = s->next.truth;
	buf_clear(bytes);
	*bytes = s->next.bytes;
	s->next.name = NULL;
	buf_init(&s->next.bytes, IMAGE_MAX_FILE);
	sample_clear(&s->next);
	return 1;
}

static void
pass_over(struct samples *s, const char *name)
{
	if (s->others++ == 0)
		s->other = mem_strdup(name);
}

/* A file of the archive into s->next; 1 when the sample before it was given. */
static int
take(struct samples *s, const char *file, struct buf *b, char **name,
    struct buf *bytes, int *truth)
{
	bool cls = path_has_ext(file, ".cls");
	bool picture = !cls &&
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
		(picture && s->next.name != NULL))) {
		if (s->next.name != NULL)
			given = give(s, name, bytes, truth);
		sample_clear(&s->next);
	}
	mem_free(s->next.key);
	s->next.key = key;
	if (cls) {
		s->next.truth = truth_of(b);
		if (s->next.truth < 0)
			pass_over(s, file);
	}
	if (picture) {
		s->next.name = mem_strdup(file);
		buf_clear(&s->next.bytes);
		s->next.bytes = *b;
		buf_init(b, IMAGE_MAX_FILE);
	}
	return given;
}

int
samples_next(struct samples *s, char **name, struct buf *bytes, int *truth)
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
			if (rc == 0)
				rc = take(s, file, &b, name, bytes, truth);
			else
				rc = err_in(rc, "%s", file);
		}
		buf_clear(&b);
	}
	if (rc == 0 && s->next.name != NULL)
		return give(s, name, bytes, truth);
	return rc;
}
