/*
 * Unpacking archives that nobody vouches for, and packing ones that are the
 * same bytes every time.
 *
 * Read: tar (ustar, pax, GNU) and zip, the stream plain or gzip, bzip2, xz or
 * zstd.  Refused, with the entry named: names that path_check_inside refuses,
 * symbolic and hard links, devices, pipes, sockets, encrypted entries, a name
 * twice or twice but for the case of its letters, more entries, bytes or a
 * higher ratio than the limits allow.  Permissions, owners and times in the
 * archive are ignored.
 *
 * Unpacking writes into a folder the caller has made for it and throws away
 * when this fails (file_dir_begin, file_dir_abort), so that nothing of a
 * refused archive is ever seen under the final name.
 */
#ifndef ARCHIVE_ARCHIVE_H
#define ARCHIVE_ARCHIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct unpack_limits {
	uint64_t bytes; /* all files together */
	uint64_t ratio; /* unpacked : packed, looked at past ratio_from */
	uint64_t ratio_from;
	size_t entries;
	int depth; /* folders deep */
	/* Is a symbolic link of this name (without its folder) passed over, not
	 * refused?  NULL: all are refused. */
	bool (*passes)(const char *name);
};

void unpack_limits_init(struct unpack_limits *l); /* 64 GiB, 200, 256 MiB,
                                                     10,000, 8 */
/* "-" is stdin.  limits may be NULL.  ERR_REFUSED: hostile; ERR_RANGE: past a
 * limit; ERR_FORMAT: damaged or no archive. */
int archive_unpack(
    const char *path, const char *dir, const struct unpack_limits *limits);

/* Is it named like an archive that archive_unpack reads? */
int archive_named(const char *path);

enum pack_format {
	PACK_TAR,
	PACK_TAR_GZ,
	PACK_TAR_BZ2,
	PACK_TAR_XZ,
	PACK_ZIP,
};

/* By the end of the name; ERR_USAGE when it is none of .tar .tar.gz .tgz
 * .tar.bz2 .tar.xz .zip. */
int pack_format_of(enum pack_format *out, const char *path);

struct pack_file {
	const char *name; /* in the archive */
	const char *path; /* on disk, or NULL: */
	const void *data; /* these bytes */
	size_t n;
};

/*
 * The files, in the order given, with owner 0, mode 644 and one fixed time
 * (1980-01-01, the earliest a zip can say): same input, same bytes.  path
 * appears when it is complete; "-" is stdout.
 */
int archive_pack(const char *path, enum pack_format format,
    const struct pack_file *files, size_t n, int force);

#endif
