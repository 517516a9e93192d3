/* Lists of devices: what they stand for, and whose is which; see device.h. */
#include "device/device.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/num.h"

enum { GPUS_MAX = 64 };

/* What the counting process leaves behind. */
struct counted {
	int n;
	struct err_saved why;
};

static void
count_devices(struct counted *c)
{
	err_save(&c->why, device_count("cuda", &c->n));
}

static int
count_apart(int *n)
{
	struct counted *c = mmap(NULL, sizeof(*c), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int status = 0, rc;
	pid_t child;

	if (c == MAP_FAILED)
		return err_sys("memory to count GPUs");
	child = fork();
	if (child == 0) {
		count_devices(c);
		_exit(0);
	}
	if (child < 0 || waitpid(child, &status, 0) != child)
		rc = err_sys("fork to count GPUs");
	else if (status != 0)
		rc = err_set(ERR_DEVICE, "counting GPUs ended with signal %d",
		    WTERMSIG(status));
	else
		rc = c->why.code < 0 ? err_restore(&c->why) : 0;
	*n = c->n;
	munmap(c, sizeof(*c));
	return rc;
}

static void
add_name(struct device_names *out, const char *kind, int64_t index)
{
	size_t cap = out->n;

	mem_grow(&out->v, &cap, out->n + 1);
	out->v[out->n++] = mem_printf("%s:%d", kind, (int)index);
}

static const char *
resolve(const char *name)
{
	const char *env = getenv("NNUTILS_DEVICE");

	if (name != NULL && strcmp(name, "auto") != 0)
		return name;
	return env != NULL && *env != '\0' ? env : "auto";
}

static bool
is(const char *a, const char *b)
{
	return strcmp(a, b) == 0;
}

static bool
several(const char *name)
{
	return is(name, "all") || is(name, "cuda:all") ||
	    (strncmp(name, "cuda:", 5) == 0 && strchr(name, ',') != NULL);
}

static int
take_numbers(struct device_names *out, const char *list, int gpus)
{
	bool taken[GPUS_MAX] = { false };

	while (list != NULL) {
		const size_t n = strcspn(list, ",");
		char *one = mem_strndup(list, n);
		int64_t i = 0;
		const int rc = num_int(&i, one, 0, GPUS_MAX - 1);

		mem_free(one);
		if (rc < 0)
			return ERR_USAGE;
		if (taken[i])
			return err_set(
			    ERR_USAGE, "GPU %d is named twice", (int)i);
		if (i >= gpus)
			return err_set(ERR_DEVICE,
			    "there is no GPU %d: this machine has %d", (int)i,
			    gpus);
		taken[i] = true;
		add_name(out, "cuda", i);
		list = list[n] == ',' ? list + n + 1 : NULL;
	}
	return 0;
}

/* GPUs by their numbers; without, all there are. */
static int
take_device(struct device_names *out, const char *name, int gpus)
{
	const bool listed =
	    strncmp(name, "cuda:", 5) == 0 && !is(name, "cuda:all");
	int rc = 0;

	for (int i = 0; !listed && i < gpus; i++)
		add_name(out, "cuda", i);
	if (listed)
		rc = take_numbers(out, name + 5, gpus);
	if (rc < 0)
		device_names_clear(out);
	return rc < 0 ? err_in(rc, "device %s", name) : 0;
}

int
device_names(struct device_names *out, const char *name)
{
	const char *what = resolve(name);
	int gpus = 0;

	memset(out, 0, sizeof(*out));
	if (several(what)) {
		TRY(count_apart(&gpus));
		return take_device(out, what, gpus);
	}
	out->v = mem_array(char *, 1);
	out->v[out->n++] = mem_strdup(name != NULL ? name : "auto");
	return 0;
}

void
device_names_clear(struct device_names *names)
{
	for (size_t i = 0; i < names->n; i++)
		mem_free(names->v[i]);
	mem_free(names->v);
	memset(names, 0, sizeof(*names));
}

/* A process that sees one GPU was given its own, as srun does it. */
static int
choose_own(char **out, const struct device_names *names, int gpus, int local,
    int locals)
{
	const bool own = gpus == 1 && getenv("CUDA_VISIBLE_DEVICES") != NULL;

	if ((size_t)locals > names->n && !own)
		return err_set(ERR_DEVICE,
		    "%d ranks on this machine, but only %zu %s", locals,
		    names->n, num_plural(names->n, "GPU", "GPUs"));
	*out = mem_strdup(names->v[own ? 0 : local]);
	return 0;
}

int
device_of_rank(char **out, const char *name, int local, int locals)
{
	const char *what = resolve(name);
	const bool any = is(what, "auto");
	struct device_names names = { 0 };
	int gpus = 0, rc = 0;

	if (any && (!device_has_driver() || device_count("cuda", &gpus) < 0))
		what = "cpu";
	if (is(what, "cuda") || several(what) || strncmp(what, "cuda:", 5) == 0)
		rc = device_count("cuda", &gpus);
	else if (!is(what, "auto")) {
		*out = mem_strdup(what);
		return 0;
	}
	if (rc == 0)
		rc = take_device(&names, what, gpus);
	if (rc == 0)
		rc = choose_own(out, &names, gpus, local, locals);
	device_names_clear(&names);
	return rc;
}
