/* idx and CIFAR files; zlib's gzread reads plain files as they are. */
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/num.h"
#include "dset/fetch/records.h"
#include "file/file.h"

enum { CIFAR_SIDE = 32, CIFAR_PIXELS = CIFAR_SIDE * CIFAR_SIDE };
enum { IDX_BYTES = 8 }; /* type code of unsigned bytes */

struct dset_records {
	char *path;
	gzFile images, labels; /* labels: idx only */
	int width, height;
	uint64_t count, done;   /* count: idx only */
	int label_bytes, which; /* CIFAR only */
	uint8_t buffer[2 + 3 * CIFAR_PIXELS];
};

static int
open_gz(gzFile *out, const char *path)
{
	int fd = file_open(path);

	if (fd < 0)
		return fd;
	*out = gzdopen(fd, "rb");
	if (*out == NULL) {
		close(fd);
		return err_sys("open %s", path);
	}
	gzbuffer(*out, 1 << 17);
	return 0;
}

/* n bytes, or an error; *end: nothing at all was left. */
static int
read_gz(const struct dset_records *r, gzFile f, void *p, size_t n, int *end)
{
	int got = gzread(f, p, (unsigned)n), code;

	if (end != NULL)
		*end = got == 0;
	if (got == (int)n || (end != NULL && got == 0 && gzeof(f)))
		return 0;
	if (got < 0)
		return err_set(
		    ERR_FORMAT, "%s: %s", r->path, gzerror(f, &code));
	return err_set(ERR_FORMAT, "%s: ends in the middle of record %llu",
	    r->path, (unsigned long long)r->done);
}

static uint32_t
big32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	    (uint32_t)p[2] << 8 | p[3];
}

/* The header of an idx file of rank sides. */
static int
read_header(struct dset_records *r, gzFile f, int rank, uint32_t *size)
{
	uint8_t h[4 * 4];
	int i;

	TRY(read_gz(r, f, h, 4, NULL));
	if (h[0] || h[1] || h[2] != IDX_BYTES || h[3] != rank)
		return err_set(ERR_FORMAT,
		    "%s: not an idx file of bytes with %d dimensions", r->path,
		    rank);
	TRY(read_gz(r, f, h, 4 * (size_t)rank, NULL));
	for (i = 0; i < rank; i++)
		size[i] = big32(h + 4 * i);
	return 0;
}

static int
open_idx(struct dset_records *r, const char *images, const char *labels)
{
	uint32_t size[3], n;

	TRY(open_gz(&r->images, images));
	TRY(read_header(r, r->images, 3, size));
	if (size[1] < 1 || size[2] < 1 || size[1] > IMAGE_MAX_SIDE ||
	    size[2] > IMAGE_MAX_SIDE ||
	    (uint64_t)size[1] * size[2] > IMAGE_MAX_PIXELS)
		return err_set(ERR_RANGE, "%s: pictures of %ux%u", images,
		    (unsigned)size[2], (unsigned)size[1]);
	TRY(open_gz(&r->labels, labels));
	TRY(read_header(r, r->labels, 1, &n));
	if (n != size[0])
		return err_set(ERR_FORMAT, "%s: %s for %s", labels,
		    NUM_COUNTED(n, "label"), NUM_COUNTED(size[0], "picture"));
	r->count = n;
	r->height = (int)size[1];
	r->width = (int)size[2];
	return 0;
}

int
dset_records_idx(
    struct dset_records **out, const char *images, const char *labels)
{
	struct dset_records *r = mem_new(struct dset_records);
	int rc;

	*out = NULL;
	r->path = mem_strdup(images);
	rc = open_idx(r, images, labels);
	if (rc < 0)
		dset_records_close(r);
	else
		*out = r;
	return rc;
}

int
dset_records_cifar(
    struct dset_records **out, const char *path, int label_bytes, int which)
{
	struct dset_records *r = mem_new(struct dset_records);
	int rc;

	*out = NULL;
	r->path = mem_strdup(path);
	r->label_bytes = label_bytes;
	r->which = which;
	r->width = r->height = CIFAR_SIDE;
	rc = open_gz(&r->images, path);
	if (rc < 0)
		dset_records_close(r);
	else
		*out = r;
	return rc;
}

void
dset_records_close(struct dset_records *r)
{
	if (r == NULL)
		return;
	if (r->images != NULL)
		gzclose(r->images);
	if (r->labels != NULL)
		gzclose(r->labels);
	mem_free(r->path);
	mem_free(r);
}

static int
next_idx(struct dset_records *r, struct image *im, int *label)
{
	size_t n = (size_t)r->width * (size_t)r->height;
	uint8_t byte;

	if (r->done == r->count)
		return 0;
	TRY(image_resize_buffer(im, r->width, r->height, 1));
	TRY(read_gz(r, r->images, im->data, n, NULL));
	TRY(read_gz(r, r->labels, &byte, 1, NULL));
	*label = byte;
	return 1;
}

static int
next_cifar(struct dset_records *r, struct image *im, int *label)
{
	const uint8_t *p = r->buffer + r->label_bytes;
	size_t i;
	int end;

	TRY(read_gz(r, r->images, r->buffer,
	    (size_t)r->label_bytes + 3 * CIFAR_PIXELS, &end));
	if (end)
		return 0;
	TRY(image_resize_buffer(im, CIFAR_SIDE, CIFAR_SIDE, 3));
	for (i = 0; i < CIFAR_PIXELS; i++) {
		im->data[3 * i] = p[i];
		im->data[3 * i + 1] = p[CIFAR_PIXELS + i];
		im->data[3 * i + 2] = p[2 * CIFAR_PIXELS + i];
	}
	*label = r->buffer[r->which];
	return 1;
}

int
dset_records_next(
    struct dset_records *r, struct image *im, int *label, int invert)
{
	size_t i, n;
	int rc = r->labels != NULL ? next_idx(r, im, label)
				   : next_cifar(r, im, label);

	if (rc <= 0)
		return rc;
	r->done++;
	n = (size_t)im->width * (size_t)im->height * (size_t)im->channels;
	for (i = 0; invert && i < n; i++)
		im->data[i] = (uint8_t)(255 - im->data[i]);
	return 1;
}

int
dset_records_kind(const char *path)
{
	uint8_t h[4] = { 1 };
	gzFile f;
	int n;

	TRY(open_gz(&f, path));
	n = gzread(f, h, 4);
	gzclose(f);
	if (n != 4 || h[0] || h[1] || h[2] != IDX_BYTES)
		return 0;
	return h[3] == 3 ? 'i' : h[3] == 1 ? 'l' : 0;
}

uint64_t
dset_records_count(const char *path, int label_bytes)
{
	uint8_t h[8] = { 0 };
	uint64_t n = 0;
	struct stat st;
	gzFile f;

	if (open_gz(&f, path) < 0)
		return 0; /* said where it is read */
	if (label_bytes == 0 && gzread(f, h, sizeof h) == sizeof h)
		n = big32(h + 4);
	else if (label_bytes > 0 && gzdirect(f) && stat(path, &st) == 0)
		n = (uint64_t)st.st_size /
		    ((uint64_t)label_bytes + 3 * CIFAR_PIXELS);
	gzclose(f);
	return n;
}
