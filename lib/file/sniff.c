/* Files told by their first bytes: see sniff.h. */
#include "file/sniff.h"

#include <fcntl.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/text.h"

enum { HEAD = 512 };

static const struct kind {
	const char *bytes;
	size_t n;
	const char *what;
	size_t at; /* where they are */
} kinds[] = {
	{ "version https://git-lfs", 23, "a Git LFS pointer" },
	{ "PK\3\4", 4, "a zip archive" },
	{ "\x1f\x8b", 2, "a gzip archive" },
	{ "BZh", 3, "a bzip2 archive" },
	{ "\xfd"
	  "7zXZ",
	    5, "an xz archive" },
	{ "\x28\xb5\x2f\xfd", 4, "a zstd archive" },
	{ "\x89PNG", 4, "a PNG picture" },
	{ "\xff\xd8\xff", 3, "a JPEG picture" },
	{ "%PDF-", 5, "a PDF file" },
	{ "\x93NUMPY", 6, "a NumPy array" },
	{ "\x89HDF\r\n\x1a\n", 8, "an HDF5 file" },
	{ "\x7f"
	  "ELF",
	    4, "a program of this system" },
	{ "<svg", 4, "an SVG picture" },
	{ "<?xml", 5, "an XML file" },
	{ "ftypavif", 8, "an AVIF picture", 4 },
	{ "ftypheic", 8, "a HEIF picture", 4 },
	{ "ftypheix", 8, "a HEIF picture", 4 },
	{ "ftypmif1", 8, "a HEIF picture", 4 },
	{ "ftyp", 4, "a film or an MPEG-4 file", 4 },
	{ "jP  \r\n\x87\n", 8, "a JPEG 2000 picture", 4 },
	{ "\xff\x4f\xff\x51", 4, "a JPEG 2000 picture" },
	{ "\xff\x0a", 2, "a JPEG XL picture" },
	{ "JXL \r\n\x87\n", 8, "a JPEG XL picture", 4 },
	{ "\0\0\1\0", 4, "an icon" },
	{ "\0\5\x16\7", 4, "an AppleDouble file, as macOS leaves them" },
	{ "\xff\xfe", 2, "UTF-16 text" },
	{ "\xfe\xff", 2, "UTF-16 text" },
};

/* "<html", "<!doctype html", "<head", in any case, after blanks. */
static int
is_html(const char *p, size_t n)
{
	static const char *const starts[] = { "<!doctype html", "<html",
		"<head", "<body", "<title" };
	size_t i, k;

	i = text_mark(p, n);
	while (i < n && strchr(" \t\r\n", p[i]) != NULL && p[i] != '\0')
		i++;
	for (k = 0; k < LENGTH(starts); k++) {
		size_t len = strlen(starts[k]);

		if (n - i >= len && strncasecmp(p + i, starts[k], len) == 0)
			return 1;
	}
	return 0;
}

static int
is_kind(const char *p, size_t n, const struct kind *k)
{
	return n >= k->at + k->n && memcmp(p + k->at, k->bytes, k->n) == 0;
}

bool
sniff_page(const void *p, size_t n)
{
	return is_html(p, n) != 0;
}

const char *
sniff(const void *p, size_t n)
{
	size_t i;

	if (n == 0)
		return NULL;
	if (is_html(p, n))
		return "an HTML page";
	for (i = 0; i < LENGTH(kinds); i++)
		if (is_kind(p, n, &kinds[i]))
			return kinds[i].what;
	return NULL;
}

int
sniff_fail(int rc, const char *name, const void *p, size_t n, const char *want)
{
	const char *what = rc < 0 ? sniff(p, n) : NULL;

	return what != NULL
	    ? err_set(ERR_FORMAT, "%s: is %s, not %s", name, what, want)
	    : rc;
}

/* The first bytes of a file: how many; 0 when it cannot be read. */
static size_t
read_head(char head[HEAD], const char *path)
{
	struct stat st;
	ssize_t n = 0;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return 0;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		n = read(fd, head, HEAD);
	close(fd);
	return n > 0 ? (size_t)n : 0;
}

int
sniff_file_fail(int rc, const char *path, const char *want)
{
	char head[HEAD];
	const size_t n = read_head(head, path);

	return n > 0 ? sniff_fail(rc, path, head, n, want) : rc;
}

bool
sniff_is_page(const char *path)
{
	char head[HEAD];

	return is_html(head, read_head(head, path)) != 0;
}
