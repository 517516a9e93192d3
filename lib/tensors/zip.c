/* Zip archives in memory: see zip.h. */
#include "tensors/zip.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/err.h"
#include "base/mem.h"

enum {
	LOCAL = 30,      /* bytes of a local header before its name */
	CENTRAL = 46,    /* of an entry of the central directory */
	END = 22,        /* of its end */
	END64 = 56,      /* of that of 64 bits */
	LOCATOR = 20,    /* of what says where that is */
	COMMENT = 65535, /* at most, behind the end */
	ENTRIES_MAX = 2000000
};

/* Nothing that deflate makes unpacks to more than 1032 times itself. */
enum { RATIO_MAX = 1100 };
#define UNPACKED_MAX ((uint64_t)16 << 30)

static uint32_t
u16(const uint8_t *p)
{
	return (uint32_t)(p[0] | p[1] << 8);
}

static uint32_t
u32(const uint8_t *p)
{
	return u16(p) | u16(p + 2) << 16;
}

static uint64_t
u64(const uint8_t *p)
{
	return u32(p) | (uint64_t)u32(p + 4) << 32;
}

bool
zip_is(const void *p, size_t n)
{
	return n >= 4 && memcmp(p, "PK\3\4", 4) == 0;
}

/* Where a directory is, and how many entries it has. */
struct directory {
	uint64_t at, bytes, count;
};

static const uint8_t *
find_end(const struct zip *z)
{
	const size_t last = z->n < COMMENT + END ? z->n : COMMENT + END;

	for (size_t i = END; i <= last; i++) {
		const uint8_t *p = z->p + z->n - i;

		if (memcmp(p, "PK\5\6", 4) == 0 && u16(p + 20) == i - END)
			return p;
	}
	return NULL;
}

/* The end of 64 bits, where there is one. */
static int
take_end64(struct directory *d, const struct zip *z, const uint8_t *end)
{
	const uint8_t *locator = end - LOCATOR, *p;
	uint64_t at;

	if (end - z->p < LOCATOR || memcmp(locator, "PK\6\7", 4) != 0)
		return 0;
	at = u64(locator + 8);
	if (z->n < END64 || at > z->n - END64 ||
	    memcmp(z->p + at, "PK\6\6", 4) != 0)
		return err_set(
		    ERR_FORMAT, "zip: its end of 64 bits is missing");
	p = z->p + at;
	d->count = u64(p + 32);
	d->bytes = u64(p + 40);
	d->at = u64(p + 48);
	return 0;
}

static int
find_directory(struct directory *d, const struct zip *z)
{
	const uint8_t *end = find_end(z);

	if (end == NULL)
		return err_set(ERR_FORMAT,
		    "zip: it has no directory at its end: is it cut short?");
	d->count = u16(end + 10);
	d->bytes = u32(end + 12);
	d->at = u32(end + 16);
	TRY(take_end64(d, z, end));
	if (d->at > z->n || d->bytes > z->n - d->at)
		return err_set(
		    ERR_FORMAT, "zip: its directory is outside of it");
	if (d->count > d->bytes / CENTRAL || d->count > ENTRIES_MAX)
		return err_set(ERR_FORMAT, "zip: %llu files cannot be in it",
		    (unsigned long long)d->count);
	return 0;
}

/* Sizes and place of 64 bits, for those that do not fit in 32. */
static int
take_extra(struct zip_entry *e, const uint8_t *p, size_t n)
{
	while (n >= 4) {
		const uint32_t id = u16(p), size = u16(p + 2);
		uint64_t *const wide[] = { &e->size, &e->packed, &e->at };
		const uint8_t *q = p + 4;

		if (size > n - 4)
			break;
		for (size_t i = 0; id == 1 && i < LENGTH(wide); i++) {
			if (*wide[i] != UINT32_MAX)
				continue;
			if (p + 4 + size - q < 8)
				return err_set(ERR_FORMAT,
				    "zip: a size of 64 bits is missing");
			*wide[i] = u64(q);
			q += 8;
		}
		p += 4 + size;
		n -= 4 + size;
	}
	return 0;
}

/* The entry at p, of which n bytes of directory are left; how long it is. */
static int
take_entry(size_t *taken, struct zip_entry *e, const uint8_t *p, size_t n)
{
	size_t extra;

	if (n < CENTRAL || memcmp(p, "PK\1\2", 4) != 0)
		return err_set(ERR_FORMAT, "zip: a broken directory");
	e->encrypted = u16(p + 8) & 1;
	e->method = (int)u16(p + 10);
	e->crc = u32(p + 16);
	e->packed = u32(p + 20);
	e->size = u32(p + 24);
	e->name_n = u16(p + 28);
	extra = u16(p + 30);
	*taken = CENTRAL + e->name_n + extra + u16(p + 32);
	e->at = u32(p + 42);
	e->name = (const char *)p + CENTRAL;
	if (*taken > n)
		return err_set(ERR_FORMAT, "zip: a broken directory");
	return take_extra(e, p + CENTRAL + e->name_n, extra);
}

static int
compare(const char *a, size_t n, const char *b, size_t k)
{
	const int c = memcmp(a, b, n < k ? n : k);

	return c != 0 ? c : n < k ? -1 : n > k;
}

static int
by_name(const void *a, const void *b)
{
	const struct zip_entry *x = a, *y = b;

	return compare(x->name, x->name_n, y->name, y->name_n);
}

int
zip_open(struct zip *z, const void *p, size_t n)
{
	struct directory d = { 0 };
	size_t at = 0, taken = 0;

	*z = (struct zip){ .p = p, .n = n };
	TRY(find_directory(&d, z));
	z->v = mem_array(struct zip_entry, (size_t)d.count + 1);
	for (; z->count < d.count; z->count++, at += taken)
		TRY(take_entry(&taken, &z->v[z->count], z->p + d.at + at,
		    (size_t)d.bytes - at));
	qsort(z->v, z->count, sizeof(*z->v), by_name);
	for (size_t i = 1; i < z->count; i++)
		if (by_name(&z->v[i - 1], &z->v[i]) == 0)
			return err_set(ERR_FORMAT,
			    "zip: \"%.*s\" is in it twice", (int)z->v[i].name_n,
			    z->v[i].name);
	return 0;
}

void
zip_clear(struct zip *z)
{
	for (size_t i = 0; i < z->count; i++)
		mem_free(z->v[i].own);
	mem_free(z->v);
	*z = (struct zip){ 0 };
}

struct zip_entry *
zip_find(const struct zip *z, const char *name, size_t n)
{
	size_t lo = 0, hi = z->count;

	while (lo < hi) {
		const size_t mid = lo + (hi - lo) / 2;
		const int c =
		    compare(name, n, z->v[mid].name, z->v[mid].name_n);

		if (c == 0)
			return &z->v[mid];
		if (c < 0)
			hi = mid;
		else
			lo = mid + 1;
	}
	return NULL;
}

/* All of it at once; the output is as long as the directory says. */
static int
inflate_all(void *to, const struct zip_entry *e, const uint8_t *from)
{
	uint64_t in = e->packed, out = e->size;
	z_stream s = { .next_in = (uint8_t *)(uintptr_t)from, .next_out = to };
	int rc = inflateInit2(&s, -MAX_WBITS);

	if (rc != Z_OK)
		return err_set(ERR_IO, "no memory to unpack");
	while (rc == Z_OK) {
		const uInt some = in < UINT32_MAX ? (uInt)in : UINT32_MAX;
		const uInt room = out < UINT32_MAX ? (uInt)out : UINT32_MAX;

		s.avail_in = some;
		s.avail_out = room;
		rc = inflate(&s, Z_NO_FLUSH);
		in -= some - s.avail_in;
		out -= room - s.avail_out;
	}
	inflateEnd(&s);
	if (rc != Z_STREAM_END || in != 0 || out != 0)
		return err_set(ERR_FORMAT, "it cannot be unpacked");
	return 0;
}

static uint32_t
crc_of(const uint8_t *p, uint64_t n)
{
	uLong crc = crc32(0, NULL, 0);

	for (uint64_t done = 0; done < n;) {
		const uint64_t left = n - done;
		const uInt some = left < 1u << 30 ? (uInt)left : 1u << 30;

		crc = crc32(crc, p + done, some);
		done += some;
	}
	return (uint32_t)crc;
}

static int
unpack(struct zip *z, struct zip_entry *e, const uint8_t *from)
{
	int rc;

	if (e->size / RATIO_MAX > e->packed ||
	    e->size > UNPACKED_MAX - z->unpacked)
		return err_set(ERR_RANGE,
		    "%llu bytes become %llu, which is out of all proportion",
		    (unsigned long long)e->packed, (unsigned long long)e->size);
	TRY(mem_take(
	    &e->own, (size_t)e->size + 1, 1, SIZE_MAX, "a file of it"));
	z->unpacked += e->size;
	rc = inflate_all(e->own, e, from);
	if (rc >= 0 && crc_of(e->own, e->size) != e->crc)
		rc = err_set(ERR_FORMAT, "its checksum is another");
	if (rc < 0) {
		mem_free(e->own);
		e->own = NULL;
	}
	return rc;
}

static int
entry_data(const void **out, struct zip *z, struct zip_entry *e)
{
	const uint8_t *p = z->p + e->at;
	uint64_t head;

	if (e->at > z->n || z->n - e->at < LOCAL || memcmp(p, "PK\3\4", 4) != 0)
		return err_set(ERR_FORMAT, "it is not where it should be");
	head = LOCAL + u16(p + 26) + u16(p + 28);
	if (head > z->n - e->at || e->packed > z->n - e->at - head)
		return err_set(ERR_FORMAT, "it passes the end");
	if (e->encrypted)
		return err_set(ERR_UNSUPPORTED, "it is encrypted");
	if (e->method == 8) {
		TRY(unpack(z, e, p + head));
		*out = e->own;
		return 0;
	}
	if (e->method != 0)
		return err_set(ERR_UNSUPPORTED,
		    "it is packed by method %d; stored and deflated files are read",
		    e->method);
	if (e->size != e->packed)
		return err_set(ERR_FORMAT, "it has two sizes");
	*out = p + head;
	return 0;
}

int
zip_data(const void **out, struct zip *z, struct zip_entry *e)
{
	int rc;

	if (e->own != NULL) {
		*out = e->own;
		return 0;
	}
	rc = entry_data(out, z, e);
	return rc < 0 ? err_in(rc, "zip: \"%.*s\"", (int)e->name_n, e->name)
		      : 0;
}
