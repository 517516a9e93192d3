/* libarchive as this module reads with it: tar, and the compressions that are
 * taken.  Only for archive/. */
#ifndef ARCHIVE_READER_H
#define ARCHIVE_READER_H

struct archive;

/* The caller's, by archive_read_free; NULL: no memory. */
struct archive *archive_reader(void);

#endif
