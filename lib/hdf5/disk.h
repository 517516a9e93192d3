/*
 * Files that libhdf5 writes, through a driver of our own.
 *
 * A write that fails leaves libhdf5 with objects that it can neither write nor
 * let go: it tries again in H5Fclose and at exit, and crashes there.  So it is
 * never told.  From the first failure on what it writes is kept in memory, where
 * it finds it again, and the file is left alone; the writer asks h5_disk_failed
 * (h5_write_fail does) after each step, stops and closes.  What is kept is
 * little, therefore: what the library had not written yet.
 */
#ifndef HDF5_DISK_H
#define HDF5_DISK_H

#include <hdf5.h>
#include <stddef.h>

struct h5_late;

/* Lives until after the file is closed; zero, then h5_disk_create. */
struct h5_disk {
	int fd;               /* borrowed */
	int error;            /* errno of the first write that failed; 0 */
	struct h5_late *late; /* what was written since */
	size_t nlate, cap;
};

/* A new HDF5 file on fd, which is open for reading and writing and empty.  To be
 * closed by h5_close, and h5_disk_clear after that. */
hid_t h5_disk_create(struct h5_disk *d, int fd);
void h5_disk_clear(struct h5_disk *d); /* .error stays, .fd is -1 */

#endif
