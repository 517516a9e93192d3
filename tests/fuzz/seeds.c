/*
 * Under libFuzzer: with FUZZ_SEEDS=DIR in its environment a target writes the
 * inputs that its fuzz_seed makes into that folder, and ends.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/err.h"
#include "base/mem.h"
#include "file/file.h"
#include "fuzz.h"

#pragma weak fuzz_seed

int LLVMFuzzerInitialize(int *argc, char ***argv);

static const char *folder;
static int count;

static void
add(const void *p, size_t n)
{
	char *path = mem_printf("%s/seed-%02d", folder, count++);

	if (file_write(path, p, n, 1) < 0) {
		fprintf(stderr, "%s\n", err_text());
		exit(1);
	}
	mem_free(path);
}

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	folder = getenv("FUZZ_SEEDS");
	if (folder == NULL)
		return 0;
	if (fuzz_seed != NULL)
		fuzz_seed(add);
	exit(0);
}
