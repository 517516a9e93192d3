/* Names without waiting, unless told to: see names.h. */
#include "infer/names.h"

#include <ctype.h>
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "archive/stream.h"
#include "base/err.h"
#include "base/queue.h"
#include "base/stop.h"
#include "file/file.h"
#include "image/image.h"

enum { NAME_MAX_BYTES = 1 << 16, CHUNK = 4096 };

void
names_init(struct names *l, int fd, char delimiter)
{
	*l = (struct names){ .fd = fd, .delimiter = delimiter };
	buf_init(&l->b, NAME_MAX_BYTES);
}

void
names_clear(struct names *l)
{
	buf_clear(&l->b);
}

/* What comes next, behind what is there. */
static int
read_more(struct names *l)
{
	size_t left = l->b.len - l->at;
	ssize_t n;
	char *room;

	if (left > 0)
		memmove(l->b.data, l->b.data + l->at, left);
	l->b.len = left;
	l->at = 0;
	room = buf_room(&l->b, CHUNK);
	if (room == NULL)
		return err_set(ERR_RANGE, "line %lld is longer than %d bytes",
		    (long long)l->number + 1, NAME_MAX_BYTES);
	TRY(file_wait(l->fd, "names"));
	n = read(l->fd, room, CHUNK);
	if (n < 0 && errno != EINTR)
		return err_sys("read names");
	if (n == 0)
		l->end = true;
	if (n > 0)
		buf_grew(&l->b, (size_t)n);
	if (stop_asked())
		return err_set(ERR_STOPPED, "stopped by %s", stop_reason());
	return 0;
}

int
names_next(struct names *l, char **out)
{
	for (;;) {
		char *start = l->b.data != NULL ? l->b.data + l->at : NULL;
		size_t left = l->b.len - l->at;
		char *end = left > 0 ? memchr(start, l->delimiter, left) : NULL;
		struct pollfd p = { .fd = l->fd, .events = POLLIN };

		if (end != NULL || (l->end && left > 0)) {
			if (end == NULL)
				end = start + left;
			l->at =
			    (size_t)(end - l->b.data) + (*end == l->delimiter);
			l->zero =
			    memchr(start, '\0', (size_t)(end - start)) != NULL;
			*end = '\0';
			*out = start;
			l->number++;
			return 1;
		}
		if (l->end)
			return 0;
		if (!l->may_wait && poll(&p, 1, 0) == 0) {
			l->may_wait = true;
			return QUEUE_LATER;
		}
		l->may_wait = false;
		TRY(read_more(l));
	}
}

/* Is it text?  A file that is none shows it soon, also one that begins with letters
 * ("BM", "GIF89a"), and a tar by the 0 bytes behind the name of its first file. */
static bool
is_text(const struct names *l, const char *p, size_t n)
{
	for (size_t i = 0; i < n && i < IMAGE_HEAD; i++) {
		if (p[i] == l->delimiter) {
			if (p[i] == '\0' && i + 1 < n && p[i + 1] == '\0')
				return false;
		} else if (iscntrl((unsigned char)p[i]) &&
		    !isspace((unsigned char)p[i])) {
			return false;
		}
	}
	return true;
}

/* Does a name stand there, whole?  The pictures that are text begin with "P6" and
 * such, or "#?RADIANCE". */
static bool
is_name(const struct names *l, const char *p, size_t n)
{
	if (n > 0 && memchr(p, l->delimiter, n) == NULL && !l->end)
		return false;
	if (n == 0)
		return l->end;
	return is_text(l, p, n) &&
	    !((p[0] == 'P' || p[0] == '#') && image_known(p, n));
}

int
names_kind(enum names_kind *out, struct names *l)
{
	for (;;) {
		const char *p = l->b.data != NULL ? l->b.data + l->at : "";
		size_t n = l->b.len - l->at;

		*out = NAMES_LINES;
		if (is_name(l, p, n))
			return 0;
		if (n >= ARCHIVE_HEAD || l->end) {
			*out = archive_known(p, n) ? NAMES_ARCHIVE
			    : image_known(p, n)    ? NAMES_PICTURE
						   : NAMES_LINES;
			return 0;
		}
		TRY(read_more(l));
	}
}
