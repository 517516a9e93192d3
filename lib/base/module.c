/* The files that are opened at run time, and where they lie. */
#include "base/module.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/path.h"

/* The folder of this program, or NULL; caller's. */
static char *
program_dir(void)
{
	char path[4096];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);

	if (n <= 0)
		return NULL;
	path[n] = '\0';
	return path_dir(path);
}

const char *const module_names[] = { "cuda", "hdf5", "mpi", "nccl", NULL };

/* Open the file where it is first found; *path: where, or NULL. */
static int
open_any(void **so, char **path, const char *file)
{
	char *own = program_dir();
	char *installed = own != NULL ? path_join(own, "../lib/nnutils") : NULL;
	const char *dirs[] = { getenv("NNUTILS_MODULES"), own, installed };
	int rc = 0;

	*path = NULL;
	for (size_t i = 0; *path == NULL && i < LENGTH(dirs); i++) {
		if (dirs[i] == NULL || *dirs[i] == '\0')
			continue;
		*path = path_join(dirs[i], file);
		if (access(*path, R_OK) != 0) {
			mem_free(*path);
			*path = NULL;
		}
	}
	if (*path == NULL) {
		rc = err_set(ERR_MISSING,
		    "%s is not built or not installed (looked in $NNUTILS_MODULES, %s and %s)",
		    file, own != NULL ? own : "-",
		    installed != NULL ? installed : "-");
	} else {
		*so = dlopen(*path, RTLD_NOW | RTLD_LOCAL);
		if (*so == NULL)
			rc = err_set(ERR_MISSING, "%s", dlerror());
	}
	mem_free(installed);
	mem_free(own);
	return rc;
}

int
module_open(char **path, const char *name)
{
	char *file = mem_printf("nnutils-%s.so", name);
	void *so = NULL;
	int rc = open_any(&so, path, file);

	mem_free(file);
	return rc;
}

/* *path: where the module lies; the caller's, also on failure. */
static int
find_symbol(void **out, char **path, const char *name, const char *symbol)
{
	char *file = mem_printf("nnutils-%s.so", name);
	void *so = NULL;
	int rc = open_any(&so, path, file);

	if (rc == 0) {
		*out = dlsym(so, symbol);
		if (*out == NULL)
			rc = err_set(ERR_MISSING,
			    "%s has no %s: is it of another version?", file,
			    symbol);
	}
	mem_free(file);
	return rc;
}

int
module_symbol(void **out, const char *name, const char *symbol)
{
	char *path = NULL;
	int rc = find_symbol(out, &path, name, symbol);

	mem_free(path);
	return rc;
}

int
module_find(void **out, const char *name, const char *table, int abi)
{
	char *path = NULL;
	int rc = find_symbol(out, &path, name, table);

	if (rc == 0 && *(const int *)*out != abi)
		rc = err_set(ERR_MISSING,
		    "%s is of another version than this program (its %s is not number %d)",
		    path, table, abi);
	mem_free(path);
	return rc;
}
