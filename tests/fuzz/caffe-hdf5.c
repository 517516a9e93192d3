/* HDF5 weights and solver states, in a file that lives in memory. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
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

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = memfd_create("input", MFD_CLOEXEC);
	Caffe__NetParameter *net;
	Caffe__SolverState *state;
	char path[64];

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (caffe_hdf5_read_weights(&net, path) == 0)
		caffe_msg_free(net);
	if (caffe_hdf5_read_state(&state, path) == 0)
		caffe_msg_free(state);
	close(fd);
	return 0;
}
