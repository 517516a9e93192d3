/* Lines of a file: see lines.h. */
#include "file/lines.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/text.h"
#include "file/file.h"
#include "file/sniff.h"

static const size_t bytes_max = (size_t)64 << 20;

static int
split_lines(char ***out, size_t *n, const struct buf *text, const char *path,
    const char *what)
{
	char *at = text->data, *end = at != NULL ? at + text->len : NULL;
	size_t cap = 0;

	if (at != NULL)
		at += text_mark(at, text->len);
	while (at < end) {
		char *stop = memchr(at, '\n', (size_t)(end - at));
		char *next = stop != NULL ? stop + 1 : end;

		if (stop == NULL)
			stop = end;
		while (stop > at && (stop[-1] == '\r' || stop[-1] == ' '))
			stop--;
		if (next == end && stop == at)
			break; /* a final empty line */
		if (*n == LINES_MAX)
			return err_set(ERR_RANGE, "%s: more than %d %s", path,
			    LINES_MAX, what);
		mem_grow(out, &cap, *n + 1);
		(*out)[(*n)++] = mem_strndup(at, (size_t)(stop - at));
		at = next;
	}
	return *n > 0 ? 0 : err_set(ERR_FORMAT, "%s: no %s", path, what);
}

int
lines_read(char ***out, size_t *n, const char *path, const char *what)
{
	struct buf text;
	int rc;

	*out = NULL;
	*n = 0;
	buf_init(&text, bytes_max);
	rc = file_read(&text, path);
	if (rc >= 0 && sniff(text.data, text.len) != NULL)
		rc = sniff_fail(ERR_FORMAT, path, text.data, text.len, what);
	if (rc >= 0)
		rc = split_lines(out, n, &text, path, what);
	if (rc < 0) {
		lines_free(*out, *n);
		*out = NULL;
		*n = 0;
	}
	buf_clear(&text);
	return rc;
}

void
lines_free(char **lines, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		mem_free(lines[i]);
	mem_free(lines);
}

uint64_t
lines_count(int fd, char end)
{
	char block[64 << 10], last = end;
	off_t at = 0;
	struct stat st;
	uint64_t lines = 0;
	ssize_t n;

	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
		return 0;
	while ((n = pread(fd, block, sizeof(block), at)) > 0) {
		for (ssize_t i = 0; i < n; i++)
			lines += block[i] == end;
		last = block[n - 1];
		at += n;
	}
	return lines + (last != end);
}
