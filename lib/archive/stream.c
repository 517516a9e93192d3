/* Archives from a descriptor, file by file: see stream.h. */
#include "archive/stream.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "archive/leftover.h"
#include "archive/reader.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/stop.h"
#include "file/file.h"

enum { CHUNK = 1 << 16 };

struct archive_stream {
	struct archive *a;
	char *name;
	bool link;   /* the file that stands next is but one */
	int64_t end; /* of what was read of the files, in bytes of the tar */
	bool ended;
	int fd;
	char *head; /* what comes before the rest of fd; once */
	size_t head_n;
	struct err_saved failure; /* of reading fd */
	char chunk[CHUNK];
};

/* ustar's and GNU's magic (POSIX.1-1988), and those of compressed files. */
bool
archive_known(const void *p, size_t n)
{
	static const struct {
		size_t at;
		const char *bytes;
		size_t n;
	} magic[] = {
		{ 257, "ustar", 5 },
		{ 0, "\x1f\x8b\x08", 3 },
		{ 0, "BZh", 3 },
		{ 0,
		    "\xfd"
		    "7zXZ",
		    6 },
		{ 0, "\x28\xb5\x2f\xfd", 4 },
	};

	for (size_t i = 0; i < LENGTH(magic); i++)
		if (n >= magic[i].at + magic[i].n &&
		    memcmp((const char *)p + magic[i].at, magic[i].bytes,
			magic[i].n) == 0)
			return true;
	return false;
}

static la_ssize_t
feed(struct archive *a, void *ctx, const void **out)
{
	struct archive_stream *s = ctx;
	ssize_t n;
	int rc;

	*out = s->chunk;
	if (s->head_n > 0) {
		*out = s->head;
		n = (ssize_t)s->head_n;
		s->head_n = 0;
		return n;
	}
	rc = file_wait(s->fd, s->name);
	do
		n = rc < 0 ? -1 : read(s->fd, s->chunk, CHUNK);
	while (n < 0 && rc == 0 && errno == EINTR && !stop_asked());
	if (n < 0) {
		if (rc == 0)
			rc = stop_asked() ? err_set(ERR_STOPPED,
						"stopped by %s", stop_reason())
					  : err_sys("read %s", s->name);
		err_save(&s->failure, rc);
		archive_set_error(a, EIO, "%s", err_text());
	}
	return n;
}

static int
damaged(const struct archive_stream *s)
{
	const char *why = archive_error_string(s->a);

	if (s->failure.code < 0)
		return err_restore(&s->failure);
	return err_set(
	    ERR_FORMAT, "%s: %s", s->name, why != NULL ? why : "damaged");
}

int
archive_stream_open(struct archive_stream **out, int fd, const char *name,
    const void *head, size_t n)
{
	struct archive_stream *s = mem_new(struct archive_stream);
	int rc;

	*out = s;
	s->fd = fd;
	s->name = mem_strdup(name);
	s->head = mem_array(char, n + 1);
	memcpy(s->head, n > 0 ? head : "", n);
	s->head_n = n;
	s->a = archive_reader();
	if (s->a == NULL) {
		rc = err_set(ERR_IO, "libarchive: no memory");
		goto done;
	}
	/* "cat a.tar b.tar": both */
	archive_read_set_option(s->a, "tar", "read_concatenated_archives", "1");
	rc = archive_read_open(s->a, s, NULL, feed, NULL) == ARCHIVE_OK
	    ? 0
	    : damaged(s);
done:
	if (rc < 0) {
		archive_stream_close(s);
		*out = NULL;
	}
	return rc;
}

void
archive_stream_close(struct archive_stream *s)
{
	if (s == NULL)
		return;
	archive_read_free(s->a);
	mem_free(s->name);
	mem_free(s->head);
	mem_free(s);
}

enum { TAR_BLOCK = 512 };

/* How much of the tar was read, in whole blocks. */
static int64_t
blocks_read(const struct archive_stream *s)
{
	int64_t n = archive_filter_bytes(s->a, 0);

	return (n + TAR_BLOCK - 1) / TAR_BLOCK * TAR_BLOCK;
}

bool
archive_stream_ended(const struct archive_stream *s)
{
	return s->ended;
}

int
archive_stream_next(struct archive_stream *s, const char **name)
{
	struct archive_entry *e;
	int r;

	for (;;) {
		r = archive_read_next_header(s->a, &e);
		if (r == ARCHIVE_EOF) {
			s->ended = blocks_read(s) > s->end;
			return 0;
		}
		if (r != ARCHIVE_OK && r != ARCHIVE_WARN)
			return damaged(s);
		s->end = blocks_read(s);
		*name = archive_entry_pathname_utf8(e);
		if (*name == NULL)
			*name = archive_entry_pathname(e);
		s->link = archive_entry_hardlink(e) != NULL ||
		    archive_entry_filetype(e) == AE_IFLNK;
		if (*name == NULL || archive_leftover(*name) ||
		    (!s->link && archive_entry_filetype(e) != AE_IFREG))
			continue;
		while (strncmp(*name, "./", 2) == 0)
			*name += 2;
		return 1;
	}
}

int
archive_stream_read(struct archive_stream *s, struct buf *b)
{
	if (s->link)
		return err_set(ERR_UNSUPPORTED,
		    "is a link; tar -h --hard-dereference packs what it leads to");
	for (;;) {
		char *room = buf_room(b, CHUNK);
		la_ssize_t n;

		if (room == NULL)
			return ERR_RANGE;
		n = archive_read_data(s->a, room, CHUNK);
		if (n < 0)
			return damaged(s);
		if (n == 0) {
			s->end = blocks_read(s);
			return 0;
		}
		buf_grew(b, (size_t)n);
	}
}
