/* The sources there are, and what all of them share. */
#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "archive/stream.h"
#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/path.h"
#include "dset/sources/source.h"
#include "file/file.h"
#include "file/sniff.h"
#include "image/image.h"

static const struct dset_source *const sources[] = {
	&dset_source_folder,
	&dset_source_url,
	&dset_source_s3,
	NULL,
};

void
dset_scan_init(struct dset_scan *s)
{
	memset(s, 0, sizeof *s);
	dset_list_init(&s->list);
}

void
dset_scan_clear(struct dset_scan *s)
{
	dset_list_clear(&s->list);
	mem_free(s->classes);
	mem_free(s->places);
	memset(s, 0, sizeof *s);
}

size_t
dset_scan_class(struct dset_scan *s, const char *name, const char *place)
{
	mem_grow(&s->classes, &s->cap, s->n + 1);
	mem_grow(&s->places, &s->places_cap, s->n + 1);
	s->classes[s->n] = arena_strdup(s->list.arena, name);
	s->places[s->n] = arena_strdup(s->list.arena, place);
	return s->n++;
}

/* The first bytes of a file; 0: there are none, or they cannot be read. */
static size_t
read_head(uint8_t *head, size_t size, const char *path)
{
	const int fd = file_open(path);
	ssize_t n;

	if (fd < 0)
		return 0;
	n = read(fd, head, size);
	close(fd);
	return n > 0 ? (size_t)n : 0;
}

/* What a name does not tell, the first bytes do. */
static bool
begins_as_picture(const char *path)
{
	uint8_t head[IMAGE_HEAD];
	const size_t n = read_head(head, sizeof head, path);

	return n > 0 && image_known(head, n);
}

static bool
begins_as_archive(const char *path)
{
	uint8_t head[ARCHIVE_HEAD];
	const size_t n = read_head(head, sizeof head, path);
	const char *what = sniff(head, n);

	return archive_known(head, n) ||
	    (what != NULL && strstr(what, "archive") != NULL);
}

int
dset_source_find(const struct dset_source **out,
    const struct dset_source *const *from, const char *where)
{
	struct stat st;
	size_t i;

	if (from == NULL)
		from = sources;
	for (i = 0; from[i]; i++) {
		if (from[i]->fits(where)) {
			*out = from[i];
			return 0;
		}
	}
	if (path_is_url(where))
		return err_set(ERR_UNSUPPORTED,
		    "%s: no kind of source can read this", where);
	if (stat(where, &st) < 0)
		return err_sys("%s", where);
	if (begins_as_archive(where))
		return err_set(ERR_FORMAT,
		    "%s is an archive: unpack it, and name the folder", where);
	return err_set(ERR_USAGE, "%s is not %s (for a list: --list %s)", where,
	    from == sources ? "a folder of class folders" : from[0]->what,
	    where);
}

bool
dset_source_takes(const char *path)
{
	const char *kind = file_kind(path);

	if (kind == NULL)
		return dset_source_picture(path_base(path)) ||
		    begins_as_picture(path);
	log_warn("%s: %s is left out", path, kind);
	return false;
}

bool
dset_source_hidden(const char *name)
{
	return name[0] == '.' || strcmp(name, "__MACOSX") == 0;
}

int
dset_source_picture(const char *name)
{
	static const char *const extensions[] = { ".png", ".jpg", ".jpeg",
		".jpe", ".jfif", ".bmp", ".dib", ".ppm", ".pgm", ".pbm", ".pnm",
		".tif", ".tiff", ".webp", ".gif", ".tga", ".psd", ".hdr" };
	size_t i;

	if (name[0] == '.')
		return 0;
	for (i = 0; i < LENGTH(extensions); i++)
		if (path_has_ext(name, extensions[i]))
			return 1;
	return 0;
}

char *
dset_source_class(const char *folder)
{
	char *name = mem_strdup(folder), *p;
	size_t n = strlen(name), lead;

	for (p = name; *p; p++)
		if (*p == '_' || iscntrl((unsigned char)*p))
			*p = ' ';
	while (n > 0 && name[n - 1] == ' ')
		name[--n] = '\0';
	lead = strspn(name, " ");
	memmove(name, name + lead, n - lead + 1);
	if (*name != '\0')
		return name;
	mem_free(name);
	name = mem_strdup(folder);
	for (p = name; *p; p++)
		if (iscntrl((unsigned char)*p) || *p == ' ')
			*p = '_';
	return name;
}
