/* A driver whose writes do not fail for libhdf5: see disk.h. */
#include "hdf5/disk.h"

#include <errno.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#if H5_VERSION_GE(1, 14, 0)
#include <H5FDdevelop.h>
#endif

#include "base/mem.h"
#include "hdf5/h5.h"

struct h5_late {
	haddr_t at;
	size_t n;
	unsigned char *p;
};

/* What the library holds; begins as it wants it. */
struct file {
	H5FD_t head;
	struct h5_disk *disk;
	haddr_t eoa, eof; /* addresses given away, and written */
};

/* What a property list carries to disk_open. */
struct info {
	struct h5_disk *disk;
};

static H5FD_t *
disk_open(const char *name, unsigned flags, hid_t access, haddr_t maxaddr)
{
	const struct info *info = H5Pget_driver_info(access);
	struct file *f;

	(void)name;
	(void)flags;
	(void)maxaddr;
	if (info == NULL)
		return NULL;
	f = mem_new(struct file);
	f->disk = info->disk;
	return &f->head;
}

static herr_t
disk_close(H5FD_t *head)
{
	mem_free(head);
	return 0;
}

/* As libhdf5's own driver of plain files has them: they decide the layout. */
static herr_t
disk_query(const H5FD_t *head, unsigned long *flags)
{
	(void)head;
	*flags = H5FD_FEAT_AGGREGATE_METADATA | H5FD_FEAT_ACCUMULATE_METADATA |
	    H5FD_FEAT_DATA_SIEVE | H5FD_FEAT_AGGREGATE_SMALLDATA |
	    H5FD_FEAT_DEFAULT_VFD_COMPATIBLE;
	return 0;
}

static haddr_t
disk_get_eoa(const H5FD_t *head, H5FD_mem_t type)
{
	(void)type;
	return ((const struct file *)head)->eoa;
}

static herr_t
disk_set_eoa(H5FD_t *head, H5FD_mem_t type, haddr_t at)
{
	(void)type;
	((struct file *)head)->eoa = at;
	return 0;
}

static haddr_t
disk_get_eof(const H5FD_t *head, H5FD_mem_t type)
{
	(void)type;
	return ((const struct file *)head)->eof;
}

/* Lay what was written late over the n bytes of at. */
static void
lay_over(const struct h5_disk *d, haddr_t at, size_t n, unsigned char *p)
{
	for (size_t i = 0; i < d->nlate; i++) {
		const struct h5_late *l = &d->late[i];
		haddr_t from = l->at > at ? l->at : at;
		haddr_t to = l->at + l->n < at + n ? l->at + l->n : at + n;

		if (from < to)
			memcpy(p + (from - at), l->p + (from - l->at),
			    (size_t)(to - from));
	}
}

static herr_t
disk_read(
    H5FD_t *head, H5FD_mem_t type, hid_t how, haddr_t at, size_t n, void *out)
{
	const struct h5_disk *d = ((struct file *)head)->disk;
	unsigned char *p = out;
	size_t done = 0;

	(void)type;
	(void)how;
	while (done < n) {
		ssize_t k =
		    pread(d->fd, p + done, n - done, (off_t)(at + done));

		if (k < 0 && errno == EINTR)
			continue;
		if (k < 0 && d->error == 0)
			return -1;
		if (k <= 0)
			break;
		done += (size_t)k;
	}
	memset(p + done, 0, n - done);
	lay_over(d, at, n, p);
	return 0;
}

static void
keep_bytes(struct h5_disk *d, haddr_t at, size_t n, const void *p)
{
	struct h5_late *l;

	mem_grow(&d->late, &d->cap, d->nlate + 1);
	l = &d->late[d->nlate++];
	l->at = at;
	l->n = n;
	l->p = mem_array(unsigned char, n ? n : 1);
	memcpy(l->p, p, n);
}

static herr_t
disk_write(H5FD_t *head, H5FD_mem_t type, hid_t how, haddr_t at, size_t n,
    const void *in)
{
	struct file *f = (struct file *)head;
	struct h5_disk *d = f->disk;
	const unsigned char *p = in;
	size_t done = 0;

	(void)type;
	(void)how;
	while (d->error == 0 && done < n) {
		ssize_t k =
		    pwrite(d->fd, p + done, n - done, (off_t)(at + done));

		if (k >= 0)
			done += (size_t)k;
		else if (errno != EINTR)
			d->error = errno;
	}
	if (done < n)
		keep_bytes(d, at + done, n - done, p + done);
	if (at + n > f->eof)
		f->eof = at + n;
	return 0;
}

static herr_t
disk_truncate(H5FD_t *head, hid_t how, hbool_t closing)
{
	struct file *f = (struct file *)head;
	struct h5_disk *d = f->disk;

	(void)how;
	(void)closing;
	if (f->eoa == f->eof)
		return 0;
	while (d->error == 0 && ftruncate(d->fd, (off_t)f->eoa) != 0)
		if (errno != EINTR)
			d->error = errno;
	f->eof = f->eoa;
	return 0;
}

static const H5FD_class_t disk_class = {
#if H5_VERSION_GE(1, 14, 0)
	.version = H5FD_CLASS_VERSION,
	.value = (H5FD_class_value_t)(H5_VFD_RESERVED + 0x6e6e),
#endif
	.name = "nnutils",
	.maxaddr = (haddr_t)INT64_MAX,
	.fc_degree = H5F_CLOSE_STRONG,
	.fapl_size = sizeof(struct info),
	.open = disk_open,
	.close = disk_close,
	.query = disk_query,
	.get_eoa = disk_get_eoa,
	.set_eoa = disk_set_eoa,
	.get_eof = disk_get_eof,
	.read = disk_read,
	.write = disk_write,
	.truncate = disk_truncate,
	.fl_map = H5FD_FLMAP_DICHOTOMY,
};

hid_t
h5_disk_create(struct h5_disk *d, int fd)
{
	const struct info info = { d };
	hid_t access = h5_access(), driver, file = -1;

	d->fd = fd;
	driver = H5FDregister(&disk_class);
	if (driver >= 0 && access >= 0 &&
	    H5Pset_driver(access, driver, &info) >= 0)
		file = H5Fcreate("file", H5F_ACC_TRUNC, H5P_DEFAULT, access);
	if (driver >= 0)
		H5FDunregister(driver);
	h5_close(access);
	return file;
}

void
h5_disk_clear(struct h5_disk *d)
{
	while (d->nlate > 0)
		mem_free(d->late[--d->nlate].p);
	mem_free(d->late);
	d->late = NULL;
	d->cap = 0;
	d->fd = -1;
}
