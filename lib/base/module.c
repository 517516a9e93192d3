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

/* Open dir/file: 1, or 0 where there is none; dir may be NULL. */
static int
open_in(void **so, const char *dir, const char *file)
{
	char *path;
	int rc = 0;

	if (dir == NULL || *dir == '\0')
		return 0;
	path = path_join(dir, file);
	if (access(path, R_OK) == 0) {
		*so = dlopen(path, RTLD_NOW | RTLD_LOCAL);
		rc = *so != NULL ? 1 : err_set(ERR_MISSING, "%s", dlerror());
	}
	mem_free(path);
	return rc;
}

static int
open_any(void **so, const char *file)
{
	char *own = program_dir();
	char *installed = own != NULL ? path_join(own, "../lib/nnutils") : NULL;
	const char *dirs[] = { getenv("NNUTILS_MODULES"), own, installed };
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < LENGTH(dirs); i++)
		rc = open_in(so, dirs[i], file);
	if (rc == 0)
		rc = err_set(ERR_MISSING,
		    "%s is not built or not installed (looked in "
		    "$NNUTILS_MODULES, %s and %s)",
		    file, own != NULL ? own : "-",
		    installed != NULL ? installed : "-");
	mem_free(installed);
	mem_free(own);
	return rc;
}

int
module_find(void **out, const char *name, const char *symbol)
{
	char *file = mem_printf("nnutils-%s.so", name);
	void *so = NULL;
	int rc = open_any(&so, file);

	if (rc > 0) {
		*out = dlsym(so, symbol);
		rc = *out != NULL
		    ? 0
		    : err_set(ERR_MISSING,
			  "%s has no %s: is it of another version?", file,
			  symbol);
	}
	mem_free(file);
	return rc;
}
