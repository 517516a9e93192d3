/* --version; with --verbose what is needed to tell what somebody runs. */
#include "prog/prog_int.h"

#include <link.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/module.h"
#include "base/path.h"

const char *const nnutils_version = NNUTILS_VERSION;

/* Made with each program by the Makefile, which asks scripts/commit; tests have
 * none. */
extern const char nnutils_commit[] __attribute__((weak));

#ifdef __clang__
#define COMPILER __VERSION__
#else
#define COMPILER "gcc " __VERSION__
#endif

/* Libraries that were said already, by where they are loaded. */
struct said {
	FILE *f;
	uintptr_t *at;
	size_t n, cap;
	const char *indent;
};

static bool
is_new(struct said *s, uintptr_t at)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->at[i] == at)
			return false;
	mem_grow(&s->at, &s->cap, s->n + 1);
	s->at[s->n++] = at;
	return true;
}

/* libdnnl.so.2 is the name it is asked for by; the file it stands for is called
 * libdnnl.so.2.6, which tells the version. */
static int
say_library(struct dl_phdr_info *info, size_t size, void *arg)
{
	struct said *s = arg;
	char *file;

	(void)size;
	/* Not the program, what the kernel brings, and our own modules. */
	if (!is_new(s, info->dlpi_addr) ||
	    strchr(info->dlpi_name, '/') == NULL ||
	    strncmp(path_base(info->dlpi_name), "nnutils-", 8) == 0)
		return 0;
	file = realpath(info->dlpi_name, NULL);
	fprintf(s->f, "%slibrary   %s\n", s->indent,
	    file != NULL ? file : info->dlpi_name);
	free(file);
	return 0;
}

static void
say_module(struct said *s, const char *name)
{
	char *path, *real;
	int rc = module_open(&path, name);

	real = path != NULL ? realpath(path, NULL) : NULL;
	if (real == NULL)
		fprintf(s->f, "module    nnutils-%s.so: not here\n", name);
	else if (rc < 0)
		fprintf(s->f, "module    %s: cannot be opened: %s\n", real,
		    err_text());
	else
		fprintf(s->f, "module    %s\n", real);
	free(real);
	mem_free(path);
	dl_iterate_phdr(say_library, s);
}

void
prog_version(const struct prog *p, bool all, FILE *f)
{
	struct said s = { .f = f, .indent = "" };

	fprintf(f, "%s (nnutils) %s\n", p->name, nnutils_version);
	if (!all)
		return;
	fprintf(f, "commit    %s\n",
	    nnutils_commit != NULL ? nnutils_commit : "unknown");
	fprintf(f, "compiler  %s\n", COMPILER);
	dl_iterate_phdr(say_library, &s);
	s.indent = "  ";
	for (size_t i = 0; module_names[i] != NULL; i++)
		say_module(&s, module_names[i]);
	mem_free(s.at);
}
