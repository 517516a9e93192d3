/* HDF5 weights and solver states, in a file. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "caffe/hdf5.h"
#include "caffe/msg.h"
#include "fuzz.h"

/* The library itself loses a few hundred bytes on some broken files. */
const char *__lsan_default_suppressions(void);
const char *
__lsan_default_suppressions(void)
{
	return "leak:libhdf5";
}

const char *__lsan_default_options(void);
const char *
__lsan_default_options(void)
{
	return "print_suppressions=0";
}

static char path[64];

static void
remove_file(void)
{
	unlink(path);
}

/* The file that inputs are written to, in memory where there is a disk of it:
 * libhdf5 asks for its real name, which a memfd has not. */
static int
file(void)
{
	static int fd = -1;

	if (fd >= 0)
		return fd;
	snprintf(path, sizeof(path), "%s/fuzz-hdf5-XXXXXX",
	    access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	fd = mkstemp(path);
	if (fd < 0)
		abort();
	atexit(remove_file);
	return fd;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	Caffe__NetParameter *net;
	Caffe__SolverState *state;

	if (ftruncate(file(), 0) < 0 ||
	    pwrite(file(), data, size, 0) != (ssize_t)size)
		abort();
	if (caffe_hdf5_read_weights(&net, path) == 0)
		caffe_msg_free(net);
	if (caffe_hdf5_read_state(&state, path) == 0)
		caffe_msg_free(state);
	return 0;
}
