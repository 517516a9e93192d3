/* Unpacking what nobody vouches for: see archive.h. */
#include "archive/archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <ctype.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "archive/leftover.h"
#include "archive/reader.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/path.h"
#include "file/file.h"
#include "file/sniff.h"

enum { CHUNK = 1 << 18 };

struct unpack {
	const char *path; /* of the archive, for sentences */
	const char *dir;
	struct unpack_limits limit;
	struct archive *a;
	char **seen; /* names of files in lower case, sorted */
	size_t n_seen, cap_seen;
	size_t entries;
	uint64_t bytes;
	char *chunk;
};

void
unpack_limits_init(struct unpack_limits *l)
{
	l->bytes = (uint64_t)64 << 30;
	l->ratio = 200;
	l->ratio_from = (uint64_t)256 << 20;
	l->entries = 10000;
	l->depth = 8;
	l->passes = NULL;
}

int
archive_named(const char *path)
{
	static const char *const ends[] = { ".tar", ".tar.gz", ".tgz",
		".tar.bz2", ".tbz2", ".tar.xz", ".txz", ".tar.zst", ".zip" };
	size_t i, n = strlen(path), k;

	for (i = 0; i < LENGTH(ends); i++) {
		k = strlen(ends[i]);
		if (n > k && strcasecmp(path + n - k, ends[i]) == 0)
			return 1;
	}
	return 0;
}

static char *
lower(const char *s)
{
	char *out = mem_strdup(s), *p;

	for (p = out; *p != '\0'; p++)
		*p = (char)tolower((unsigned char)*p);
	return out;
}

/* Where name is in the sorted list, or where it would be. */
static size_t
seen_at(const struct unpack *u, const char *name, int *found)
{
	size_t lo = 0, hi = u->n_seen, mid;
	int c;

	*found = 0;
	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		c = strcmp(u->seen[mid], name);
		if (c == 0) {
			*found = 1;
			return mid;
		}
		if (c < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static int
seen_add(struct unpack *u, const char *name)
{
	char *key = lower(name);
	int found;
	size_t at = seen_at(u, key, &found);

	if (found) {
		mem_free(key);
		return err_set(ERR_REFUSED,
		    "%s: entry %s appears twice (names that differ only in case count as one)",
		    u->path, name);
	}
	mem_grow(&u->seen, &u->cap_seen, u->n_seen + 1);
	memmove(u->seen + at + 1, u->seen + at,
	    (u->n_seen - at) * sizeof(*u->seen));
	u->seen[at] = key;
	u->n_seen++;
	return 0;
}

static int
kind_check(const struct unpack *u, struct archive_entry *e, const char *name)
{
	static const struct {
		unsigned mode;
		const char *what;
	} bad[] = {
		{ AE_IFLNK, "a symbolic link" },
		{ AE_IFCHR, "a device" },
		{ AE_IFBLK, "a device" },
		{ AE_IFIFO, "a pipe" },
		{ AE_IFSOCK, "a socket" },
	};
	unsigned mode = archive_entry_filetype(e);
	size_t i;

	if (archive_entry_hardlink(e) != NULL)
		return err_set(
		    ERR_REFUSED, "%s: entry %s is a hard link", u->path, name);
	for (i = 0; i < LENGTH(bad); i++)
		if (mode == bad[i].mode)
			return err_set(ERR_REFUSED, "%s: entry %s is %s",
			    u->path, name, bad[i].what);
	if (mode != AE_IFREG && mode != AE_IFDIR)
		return err_set(ERR_REFUSED,
		    "%s: entry %s is neither file nor folder", u->path, name);
	if (archive_entry_is_encrypted(e))
		return err_set(ERR_UNSUPPORTED, "%s: entry %s is encrypted",
		    u->path, name);
	return 0;
}

/* The name below dir; *out NULL for the folder itself. */
static int
name_take(char **out, const struct unpack *u, struct archive_entry *e)
{
	const char *s = archive_entry_pathname_utf8(e), *p;
	char *name;
	size_t n;
	int depth = 1, rc;

	*out = NULL;
	if (s == NULL)
		s = archive_entry_pathname(e);
	if (s == NULL)
		return err_set(ERR_REFUSED,
		    "%s: entry %zu has no readable name", u->path, u->entries);
	while (strncmp(s, "./", 2) == 0)
		s += 2;
	n = strlen(s);
	if (n > 0 && s[n - 1] == '/' && archive_entry_filetype(e) == AE_IFDIR)
		n--;
	if (n == 0 || (n == 1 && s[0] == '.'))
		return 0;
	name = mem_strndup(s, n);
	rc = path_check_inside(name);
	if (rc < 0)
		rc = err_in(rc, "%s: entry %zu", u->path, u->entries);
	for (p = name; rc == 0 && *p != '\0'; p++)
		if (*p == '/' && ++depth > u->limit.depth)
			rc = err_set(ERR_RANGE,
			    "%s: entry %zu is more than %d folders deep",
			    u->path, u->entries, u->limit.depth);
	if (rc < 0)
		mem_free(name);
	else
		*out = name;
	return rc;
}

static int
bytes_check(struct unpack *u, uint64_t more)
{
	int64_t packed = archive_filter_bytes(u->a, -1);
	char text[NUM_TEXT_MAX];

	u->bytes += more;
	if (u->bytes > u->limit.bytes)
		return err_set(ERR_RANGE, "%s unpacks to more than %s", u->path,
		    num_bytes_text(text, u->limit.bytes));
	if (u->bytes > u->limit.ratio_from &&
	    u->bytes / u->limit.ratio > (uint64_t)(packed > 0 ? packed : 1))
		return err_set(ERR_REFUSED,
		    "%s unpacks to more than %" PRIu64
		    " times its size: a bomb",
		    u->path, u->limit.ratio);
	return 0;
}

static int
damaged(const struct unpack *u)
{
	const char *why = archive_error_string(u->a);

	return err_set(
	    ERR_FORMAT, "%s: %s", u->path, why != NULL ? why : "damaged");
}

/* What libarchive does not know is said to be what it is. */
static int
not_archive(const struct unpack *u)
{
	int rc =
	    err_set(ERR_FORMAT, "%s: is not an archive that can be read: %s",
		u->path, archive_error_string(u->a));

	if (archive_filter_code(u->a, 0) == ARCHIVE_FILTER_NONE)
		rc = sniff_file_fail(rc, u->path, "an archive");
	return rc;
}

static int
file_unpack(struct unpack *u, const char *name)
{
	char *path = path_join(u->dir, name), *dir = path_dir(path);
	la_ssize_t n = 0;
	int fd = -1, rc;

	rc = file_mkdirs(dir);
	if (rc < 0)
		goto done;
	fd = open(
	    path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
	if (fd < 0) {
		rc = err_sys("create %s", path);
		goto done;
	}
	while ((n = archive_read_data(u->a, u->chunk, CHUNK)) > 0) {
		rc = bytes_check(u, (uint64_t)n);
		if (rc == 0)
			rc = file_write_all(fd, u->chunk, (size_t)n, path);
		if (rc < 0)
			goto done;
	}
	if (n < 0)
		rc = err_in(damaged(u), "entry %s", name);
done:
	if (fd >= 0 && close(fd) != 0 && rc == 0)
		rc = err_sys("write %s", path);
	mem_free(dir);
	mem_free(path);
	return rc;
}

/* Read and left: its bytes count, so that no bomb hides in what is passed over. */
static int
file_skip(struct unpack *u, const char *name)
{
	la_ssize_t n;

	while ((n = archive_read_data(u->a, u->chunk, CHUNK)) > 0)
		TRY(bytes_check(u, (uint64_t)n));
	return n < 0 ? err_in(damaged(u), "entry %s", name) : 0;
}

bool
archive_leftover(const char *name)
{
	const char *base = path_base(name);

	return strncmp(name, "__MACOSX/", 9) == 0 ||
	    strcmp(name, "__MACOSX") == 0 || strncmp(base, "._", 2) == 0 ||
	    strcmp(base, ".DS_Store") == 0 ||
	    strcasecmp(base, "Thumbs.db") == 0 ||
	    strcasecmp(base, "desktop.ini") == 0;
}

static int
entry_unpack(struct unpack *u, struct archive_entry *e)
{
	char *name = NULL, *path;
	int rc;

	if (++u->entries > u->limit.entries)
		return err_set(ERR_RANGE, "%s has more than %zu entries",
		    u->path, u->limit.entries);
	rc = name_take(&name, u, e);
	if (rc < 0 || name == NULL)
		return rc;
	if (archive_leftover(name) ||
	    (u->limit.passes != NULL && archive_entry_filetype(e) == AE_IFLNK &&
		u->limit.passes(path_base(name)))) {
		rc = file_skip(u, name);
		mem_free(name);
		return rc;
	}
	rc = kind_check(u, e, name);
	if (rc == 0 && archive_entry_filetype(e) == AE_IFDIR) {
		path = path_join(u->dir, name);
		rc = file_mkdirs(path);
		mem_free(path);
	} else if (rc == 0) {
		rc = seen_add(u, name);
		if (rc == 0)
			rc = file_unpack(u, name);
	}
	mem_free(name);
	return rc;
}

static int
entries_unpack(struct unpack *u)
{
	struct archive_entry *e;
	int r, rc = 0;

	while (rc == 0) {
		r = archive_read_next_header(u->a, &e);
		if (r == ARCHIVE_EOF)
			break;
		/* a warning here is about a name or a time it cannot keep */
		if (r != ARCHIVE_OK && r != ARCHIVE_WARN)
			return damaged(u);
		rc = entry_unpack(u, e);
	}
	if (rc == 0 && u->n_seen == 0)
		rc = err_set(ERR_FORMAT, "%s holds no files", u->path);
	return rc;
}

int
archive_unpack(
    const char *path, const char *dir, const struct unpack_limits *limits)
{
	struct unpack u = { .path = path, .dir = dir };
	size_t i;
	int rc, fd = STDIN_FILENO;

	if (limits != NULL)
		u.limit = *limits;
	else
		unpack_limits_init(&u.limit);
	if (strcmp(path, "-") != 0)
		TRY(fd = file_open(path));
	u.a = archive_reader();
	if (u.a == NULL) {
		if (fd != STDIN_FILENO)
			close(fd);
		return err_set(ERR_IO, "libarchive: no memory");
	}
	archive_read_support_format_zip(u.a);
	u.chunk = mem_array(char, CHUNK);
	if (archive_read_open_fd(u.a, fd, CHUNK) != ARCHIVE_OK)
		rc = not_archive(&u);
	else
		rc = entries_unpack(&u);
	archive_read_free(u.a);
	if (fd != STDIN_FILENO)
		close(fd);
	for (i = 0; i < u.n_seen; i++)
		mem_free(u.seen[i]);
	mem_free(u.seen);
	mem_free(u.chunk);
	return rc;
}
