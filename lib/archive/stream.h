/*
 * The files of an archive as they come, from a pipe too: nothing is unpacked to
 * the disk, and no more is kept than one file.
 *
 *	struct archive_stream *s = NULL;
 *	rc = archive_stream_open(&s, STDIN_FILENO, "standard input", NULL, 0);
 *	while (rc == 0 && (rc = archive_stream_next(s, &name)) == 1)
 *		rc = archive_stream_read(s, &b);
 *	archive_stream_close(s);
 *
 * Read: tar (ustar, pax, GNU), also one behind another, plain or gzip, bzip2, xz or
 * zstd.  Folders, devices and what systems leave (archive/leftover.h) are passed
 * over.  Names are for messages and for telling files apart, never paths to write
 * to.
 */
#ifndef ARCHIVE_STREAM_H
#define ARCHIVE_STREAM_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

struct archive_stream;

/* Do bytes that begin so belong to such an archive?  ARCHIVE_HEAD of them tell. */
enum { ARCHIVE_HEAD = 512 };
bool archive_known(const void *p, size_t n);

/* Go on with fd behind the n bytes of head, which were read of it; fd stays the
 * caller's.  name is for sentences. */
int archive_stream_open(struct archive_stream **out, int fd, const char *name,
    const void *head, size_t n);
void archive_stream_close(struct archive_stream *s); /* accepts NULL */
/* To the next file: 1 and its name, borrowed until the next call; 0 at the end.
 * ERR_FORMAT: damaged; ERR_STOPPED. */
int archive_stream_next(struct archive_stream *s, const char **name);
/* After the end: was it marked as such (two blocks of zeros)?  A tar whose maker
 * stopped between two files lacks that. */
bool archive_stream_ended(const struct archive_stream *s);
/* Append that file to b.  The next one can be gone on with after ERR_RANGE (past the
 * maximum of b, which has what fits) and ERR_UNSUPPORTED (a link: what it leads to
 * is not here). */
int archive_stream_read(struct archive_stream *s, struct buf *b);

#endif
