/*
 * Inside tensors: the files of a zip in memory, by name.
 *
 * Stored files are where they lie, deflated ones are unpacked when they are asked for,
 * which has caps.  The list is the central directory (PKWARE, APPNOTE.TXT, sections
 * 4.3 to 4.5), also of 64 bits.  Checksums are looked at where something is unpacked:
 * torch may be told to write none.
 */
#ifndef TENSORS_ZIP_H
#define TENSORS_ZIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct zip_entry {
	const char *name; /* name_n bytes, no 0 behind them */
	size_t name_n;
	int method; /* 0: stored, 8: deflated */
	bool encrypted;
	uint32_t crc;
	uint64_t packed, size; /* bytes in the file, and unpacked */
	uint64_t at;           /* of its local header */
	void *own;             /* once unpacked */
};

struct zip {
	const uint8_t *p;
	size_t n;
	struct zip_entry *v; /* by name, in byte order */
	size_t count;
	uint64_t unpacked; /* bytes so far */
};

bool zip_is(const void *p, size_t n);
/* ERR_FORMAT; zip_clear in any case. */
int zip_open(struct zip *z, const void *p, size_t n);
void zip_clear(struct zip *z); /* what was unpacked goes, too */
/* The name may have any bytes; NULL where it is not there. */
struct zip_entry *zip_find(const struct zip *z, const char *name, size_t n);
/* Its bytes, size of them, until zip_clear. */
int zip_data(const void **out, struct zip *z, struct zip_entry *e);

#endif
