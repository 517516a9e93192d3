/* Packing the same bytes every time: see archive.h. */
#include "archive/archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/err.h"
#include "base/mem.h"
#include "file/deps.h"
#include "file/file.h"

enum { EPOCH_1980 = 315532800, CHUNK = 1 << 18 };

struct kind {
	const char *end;
	enum pack_format format;
};

static const struct kind kinds[] = {
	{ ".tar", PACK_TAR },
	{ ".tar.gz", PACK_TAR_GZ },
	{ ".tgz", PACK_TAR_GZ },
	{ ".tar.bz2", PACK_TAR_BZ2 },
	{ ".tar.xz", PACK_TAR_XZ },
	{ ".zip", PACK_ZIP },
};

int
pack_format_of(enum pack_format *out, const char *path)
{
	size_t i, n = strlen(path), k;

	for (i = 0; i < LENGTH(kinds); i++) {
		k = strlen(kinds[i].end);
		if (n > k && strcasecmp(path + n - k, kinds[i].end) == 0) {
			*out = kinds[i].format;
			return 0;
		}
	}
	return err_set(ERR_USAGE,
	    "%s: the name must end in .tar, .tar.gz, .tgz, .tar.bz2, .tar.xz or .zip",
	    path);
}

static int
pack_failed(struct archive *a)
{
	const char *why = archive_error_string(a);

	return err_set(ERR_IO, "write the archive: %s",
	    why != NULL ? why : "libarchive gives no reason");
}

/* The gzip header would carry the time of day. */
static int
format_set(struct archive *a, enum pack_format format)
{
	int bad = 0;

	if (format == PACK_ZIP) {
		bad |= archive_write_set_format_zip(a) != ARCHIVE_OK;
		return bad ? pack_failed(a) : 0;
	}
	bad |= archive_write_set_format_ustar(a) != ARCHIVE_OK;
	if (format == PACK_TAR_GZ) {
		bad |= archive_write_add_filter_gzip(a) != ARCHIVE_OK;
		bad |= archive_write_set_filter_option(
			   a, "gzip", "timestamp", NULL) != ARCHIVE_OK;
	} else if (format == PACK_TAR_BZ2) {
		bad |= archive_write_add_filter_bzip2(a) != ARCHIVE_OK;
	} else if (format == PACK_TAR_XZ) {
		bad |= archive_write_add_filter_xz(a) != ARCHIVE_OK;
	}
	return bad ? pack_failed(a) : 0;
}

static la_ssize_t
on_write(struct archive *a, void *ctx, const void *p, size_t n)
{
	if (fwrite(p, 1, n, ctx) == n)
		return (la_ssize_t)n;
	archive_set_error(a, errno, "%s", strerror(errno));
	return -1;
}

static int
header_write(struct archive *a, const char *name, uint64_t size)
{
	struct archive_entry *e = archive_entry_new();
	int rc = 0;

	archive_entry_set_pathname(e, name);
	archive_entry_set_size(e, (la_int64_t)size);
	archive_entry_set_filetype(e, AE_IFREG);
	archive_entry_set_perm(e, 0644);
	archive_entry_set_mtime(e, EPOCH_1980, 0);
	if (archive_write_header(a, e) != ARCHIVE_OK)
		rc = pack_failed(a);
	archive_entry_free(e);
	return rc;
}

static int
data_write(struct archive *a, const void *p, size_t n)
{
	return archive_write_data(a, p, n) == (la_ssize_t)n ? 0
							    : pack_failed(a);
}

static int
file_pack(struct archive *a, const struct pack_file *f)
{
	uint64_t size, done = 0;
	char *chunk = NULL;
	FILE *in = NULL;
	size_t n;
	int rc;

	if (f->path == NULL) {
		TRY(header_write(a, f->name, f->n));
		return data_write(a, f->data, f->n);
	}
	TRY(file_size(&size, f->path));
	in = file_fopen(&rc, f->path);
	if (in == NULL)
		return rc;
	deps_add(f->path);
	chunk = mem_array(char, CHUNK);
	rc = header_write(a, f->name, size);
	while (rc == 0 && (n = fread(chunk, 1, CHUNK, in)) > 0) {
		done += n;
		rc = data_write(a, chunk, n);
	}
	if (rc == 0 && ferror(in))
		rc = err_sys("read %s", f->path);
	else if (rc == 0 && done != size)
		rc = err_set(ERR_IO, "%s changed while it was packed", f->path);
	fclose(in);
	mem_free(chunk);
	return rc;
}

static int
files_pack(
    FILE *to, enum pack_format format, const struct pack_file *files, size_t n)
{
	struct archive *a = archive_write_new();
	size_t i;
	int rc;

	if (a == NULL)
		return err_set(ERR_IO, "libarchive: no memory");
	rc = format_set(a, format);
	if (rc == 0 &&
	    archive_write_open(a, to, NULL, on_write, NULL) != ARCHIVE_OK)
		rc = pack_failed(a);
	for (i = 0; i < n && rc == 0; i++)
		rc = file_pack(a, &files[i]);
	if (rc == 0 && archive_write_close(a) != ARCHIVE_OK)
		rc = pack_failed(a);
	archive_write_free(a);
	return rc;
}

int
archive_pack(const char *path, enum pack_format format,
    const struct pack_file *files, size_t n, int force)
{
	struct file_out *o = NULL;
	int rc;

	if (strcmp(path, "-") == 0)
		return files_pack(stdout, format, files, n);
	rc = file_out_open(&o, path, force);
	if (rc == 0)
		rc = files_pack(file_out_stream(o), format, files, n);
	if (rc == 0)
		rc = file_out_commit(&o);
	file_out_abort(&o);
	return rc;
}
