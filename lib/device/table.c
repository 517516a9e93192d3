/*
 * The devices and the backends behind them.  This is the one file that knows
 * which backends were built: oneDNN when its header is in the tree, CUDA when
 * its module can be opened at run time, so that one build serves machines with
 * and without a GPU.
 */
#include "device/device.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/module.h"
#include "base/num.h"
#include "ref/ref.h"

#if __has_include("onednn/onednn.h")
#include "onednn/onednn.h"
#define CPU_BACKEND &backend_onednn
#else
#define CPU_BACKEND &backend_ref
#endif

enum { DEVICES_MAX = 64 };

/* The GPU backend, a module (base/module.h). */
static int
find_cuda(const struct backend **out)
{
	void *p;

	if (module_find(&p, "cuda", "backend_cuda") < 0)
		return err_in(ERR_DEVICE,
		    "no GPU support (make it where nvcc is, or use "
		    "--device cpu)");
	*out = p;
	return 0;
}

static int
find_ref(const struct backend **out)
{
	*out = &backend_ref;
	return 0;
}

static int
find_cpu(const struct backend **out)
{
	*out = CPU_BACKEND;
	return 0;
}

static const struct entry {
	const char *name;
	bool indexed; /* "name:N" */
	int (*find)(const struct backend **out);
} entries[] = {
	{ "cuda", true, find_cuda },
	{ "cpu", false, find_cpu },
	{ "ref", false, find_ref },
};

static int
open_entry(struct device **out, const struct entry *e, int index,
    const struct device_opts *o)
{
	static const struct device_opts plain = { .threads = 0 };
	const struct backend *b;

	TRY(e->find(&b));
	TRY(b->open(out, index, o != NULL ? o : &plain));
	(*out)->backend = b;
	(*out)->fallback = &backend_ref;
	log_info("device %s", (*out)->name);
	return 0;
}

/* Opening the module costs a tenth of a second: not where nothing can come of
 * it.  The second file is the driver's under WSL. */
static bool
worth_trying(const struct entry *e)
{
	return e->find != find_cuda || access("/dev/nvidiactl", F_OK) == 0 ||
	    access("/dev/dxg", F_OK) == 0;
}

static int
open_auto(struct device **out, const struct device_opts *o)
{
	const char *name = getenv("NNUTILS_DEVICE");

	if (name != NULL && *name != '\0' && strcmp(name, "auto") != 0) {
		int rc = device_open(out, name, o);

		return rc < 0 ? err_in(rc, "NNUTILS_DEVICE") : 0;
	}
	for (size_t i = 0; i + 1 < LENGTH(entries); i++)
		if (worth_trying(&entries[i]) &&
		    open_entry(out, &entries[i], 0, o) == 0)
			return 0;
	return ERR_DEVICE;
}

int
device_open(struct device **out, const char *name, const struct device_opts *o)
{
	*out = NULL;
	if (name == NULL || strcmp(name, "auto") == 0)
		return open_auto(out, o);
	for (size_t i = 0; i < LENGTH(entries); i++) {
		const struct entry *e = &entries[i];
		const size_t n = strlen(e->name);
		int64_t index = 0;

		if (strncmp(name, e->name, n) != 0)
			continue;
		if (name[n] == ':' && e->indexed)
			TRY(num_int(&index, name + n + 1, 0, DEVICES_MAX - 1));
		else if (name[n] != '\0')
			continue;
		return open_entry(out, e, (int)index, o);
	}
	return err_set(ERR_DEVICE,
	    "device %s: one of auto, cpu, cuda, cuda:N, "
	    "ref is wanted",
	    name);
}

int
device_list(struct buf *out)
{
	for (size_t i = 0; i < LENGTH(entries); i++) {
		const struct entry *e = &entries[i];

		for (int k = 0; k < (e->indexed ? DEVICES_MAX : 1); k++) {
			struct device *d = NULL;
			int rc;

			if (open_entry(&d, e, k, NULL) < 0)
				break;
			rc = e->indexed
			    ? buf_printf(
				  out, "%s:%d\t%s\n", e->name, k, d->name)
			    : buf_printf(out, "%s\t%s\n", e->name, d->name);
			device_close(d);
			TRY(rc);
		}
	}
	return 0;
}
