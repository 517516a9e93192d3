/* HDF5 files are told by their first bytes; what reads them is a module. */
#include "caffe/hdf5.h"

#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/module.h"
#include "caffe/hdf5_ops.h"
#include "file/deps.h"
#include "file/file.h"

int
caffe_hdf5_is(const char *path)
{
	static const char signature[] = "\x89HDF\r\n\x1a\n";
	char head[8];
	size_t n;
	int rc;
	FILE *f = file_fopen(&rc, path);

	if (f == NULL)
		return rc;
	deps_add(path);
	n = fread(head, 1, sizeof(head), f);
	if (ferror(f)) {
		fclose(f);
		return err_sys("read %s", path);
	}
	fclose(f);
	return n == sizeof(head) && memcmp(head, signature, n) == 0;
}

static int
find_module(const struct caffe_hdf5_ops **out, const char *path)
{
	void *p;

	if (module_find(&p, "hdf5", "caffe_hdf5_ops", CAFFE_HDF5_ABI) < 0) {
		err_in(ERR_MISSING, "%s: HDF5", path);
		return ERR_MISSING;
	}
	*out = p;
	return 0;
}

int
caffe_hdf5_read_weights(Caffe__NetParameter **out, const char *path)
{
	const struct caffe_hdf5_ops *ops;

	*out = NULL;
	TRY(find_module(&ops, path));
	return ops->read_weights(out, path);
}

int
caffe_hdf5_write_weights(
    const char *path, const Caffe__NetParameter *net, int force)
{
	const struct caffe_hdf5_ops *ops;

	TRY(find_module(&ops, path));
	return ops->write_weights(path, net, force);
}

int
caffe_hdf5_read_state(Caffe__SolverState **out, const char *path)
{
	const struct caffe_hdf5_ops *ops;

	*out = NULL;
	TRY(find_module(&ops, path));
	return ops->read_state(out, path);
}

int
caffe_hdf5_write_state(
    const char *path, const Caffe__SolverState *state, int force)
{
	const struct caffe_hdf5_ops *ops;

	TRY(find_module(&ops, path));
	return ops->write_state(path, state, force);
}
