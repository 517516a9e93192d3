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

	if (module_find(&p, "cuda", "backend_cuda", BACKEND_ABI) < 0)
		return err_in(ERR_DEVICE,
		    "no GPU support (build nnutils where nvcc is installed, or use --device cpu)");
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
	if (o != NULL && o->autotune && !b->tunes)
		log_warn(
		    "--autotune has no effect: %s has no engines to measure",
		    (*out)->name);
	return 0;
}

int
device_count(const char *name, int *n)
{
	const struct backend *b;

	for (size_t i = 0; i < LENGTH(entries); i++) {
		if (strcmp(name, entries[i].name) != 0)
			continue;
		TRY(entries[i].find(&b));
		*n = 1;
		return b->count != NULL ? b->count(n) : 0;
	}
	return err_set(ERR_DEVICE, "%s: no such kind of device", name);
}

/* The second file is the driver's under WSL. */
bool
device_has_driver(void)
{
	return access("/dev/nvidiactl", F_OK) == 0 ||
	    access("/dev/dxg", F_OK) == 0;
}

/* Opening the module costs a tenth of a second: not where nothing can come of
 * it. */
static bool
worth_trying(const struct entry *e)
{
	return e->find != find_cuda || device_has_driver();
}

/* What stands for "auto" here, or NULL: what is found. */
static const char *
found_device(void)
{
	const char *name = getenv("NNUTILS_DEVICE");

	return name != NULL && *name != '\0' && strcmp(name, "auto") != 0
	    ? name
	    : NULL;
}

static int
open_auto(struct device **out, const struct device_opts *o)
{
	const char *name = found_device();

	if (name != NULL) {
		int rc = device_open(out, name, o);

		return rc < 0 ? err_in(rc, "NNUTILS_DEVICE") : 0;
	}
	for (size_t i = 0; i + 1 < LENGTH(entries); i++)
		if (worth_trying(&entries[i]) &&
		    open_entry(out, &entries[i], 0, o) == 0)
			return 0;
	return ERR_DEVICE;
}

/* A GPU that is not here: plans for it can be measured. */
static int
open_like(struct device **out, const char *model, const struct device_opts *o)
{
	struct device_opts like = { .threads = 0 };

	if (o != NULL)
		like = *o;
	like.like = model;
	return open_entry(out, &entries[0], 0, &like);
}

/* "cuda:3": its entry, and 3. */
static int
find_entry(const struct entry **e, int *index, const char *name)
{
	for (size_t i = 0; i < LENGTH(entries); i++) {
		const size_t n = strlen(entries[i].name);
		int64_t k = 0;

		*e = &entries[i];
		if (strncmp(name, entries[i].name, n) != 0)
			continue;
		if (name[n] == ':' && entries[i].indexed &&
		    num_int(&k, name + n + 1, 0, DEVICES_MAX - 1) < 0)
			return err_in(ERR_DEVICE, "device %s", name);
		if (name[n] != '\0' && !(name[n] == ':' && entries[i].indexed))
			continue;
		*index = (int)k;
		return 0;
	}
	return err_set(ERR_DEVICE,
	    "device %s: one of auto, cpu, cuda, cuda:N, ref is wanted", name);
}

int
device_open(struct device **out, const char *name, const struct device_opts *o)
{
	const struct entry *e;
	int index;

	*out = NULL;
	if (name == NULL || strcmp(name, "auto") == 0)
		return open_auto(out, o);
	if (strncmp(name, "like:", 5) == 0)
		return open_like(out, name + 5, o);
	TRY(find_entry(&e, &index, name));
	return open_entry(out, e, index, o);
}

int
device_info(struct device_info *out, const char *kind, int index)
{
	const struct backend *b;
	const struct entry *e;
	int none;

	TRY(find_entry(&e, &none, kind));
	TRY(e->find(&b));
	return b->info(out, index);
}

int
device_check(const char *name)
{
	struct device_info info;
	const struct entry *e;
	int index;

	if (name == NULL || strcmp(name, "auto") == 0) {
		int rc =
		    found_device() != NULL ? device_check(found_device()) : 0;

		return rc < 0 ? err_in(rc, "NNUTILS_DEVICE") : 0;
	}
	if (strncmp(name, "like:", 5) == 0) {
		struct device *d;

		TRY(device_open(&d, name, NULL));
		device_close(d);
		return 0;
	}
	TRY(find_entry(&e, &index, name));
	return device_info(&info, e->name, index);
}
