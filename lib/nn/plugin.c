/* Layer types from shared objects: dlopen, one table each; see plugin.h. */
#include <dlfcn.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"
#include "file/file.h"
#include "file/sniff.h"
#include "nn/plugin.h"

/* Tables of the objects loaded so far, newest last; for the process's life. */
static const struct layer_type *const **tables;
static size_t ntables, tables_cap;

static const char *
dl_text(void)
{
	const char *s = dlerror();

	return s != NULL ? s : "unknown error";
}

static int
check_types(void *dl, const char *path)
{
	const int *abi = dlsym(dl, "nnutils_abi");
	const struct layer_type *const *t = dlsym(dl, "nnutils_layers");

	if (t == NULL || abi == NULL)
		return err_set(ERR_FORMAT,
		    "%s is not a layer plug-in: it does not export %s", path,
		    t != NULL ? "nnutils_abi" : "nnutils_layers");
	if (*abi != LAYER_ABI)
		return err_set(ERR_FORMAT,
		    "%s was built for layer interface %d; this is %d: rebuild it",
		    path, *abi, LAYER_ABI);
	for (; *t; t++)
		if ((*t)->name == NULL || (*t)->emit == NULL)
			return err_set(ERR_FORMAT,
			    "%s has a layer type without %s", path,
			    (*t)->name != NULL ? "emit" : "a name");
	return 0;
}

int
layer_plugin_load(const char *path)
{
	char *here = NULL;
	void *dl;
	int rc;

	/* A bare name is a file here, not one of the system's libraries. */
	if (strchr(path, '/') == NULL)
		path = here = mem_printf("./%s", path);
	rc = file_open(path); /* what dlopen says of a file is not its reason */
	if (rc < 0)
		goto done;
	close(rc);
	dl = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (dl == NULL) {
		rc = err_set(ERR_FORMAT, "open %s: %s", path, dl_text());
		rc = sniff_file_fail(rc, path, "a plug-in");
		goto done;
	}
	rc = check_types(dl, path);
	if (rc < 0) {
		dlclose(dl);
		goto done;
	}
	mem_grow(&tables, &tables_cap, ntables + 1);
	tables[ntables++] = dlsym(dl, "nnutils_layers");
done:
	mem_free(here);
	return rc < 0 ? rc : 0;
}

const struct layer_type *
layer_plugin_find(const char *name)
{
	const struct layer_type *const *t;
	size_t i;

	for (i = ntables; i > 0; i--)
		for (t = tables[i - 1]; *t; t++)
			if (strcmp((*t)->name, name) == 0)
				return *t;
	return NULL;
}
