/*
 * A folder for a test to write in: made by tmp_setup, removed by tmp_teardown
 * (for cmocka_unit_test_setup_teardown, or a group).  tmp_path("a") names a file
 * in it; the text lives until 8 calls later.
 */
#ifndef TESTS_TMP_H
#define TESTS_TMP_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "file/file.h"

static char tmp_dir[128];

static inline int
tmp_setup(void **state)
{
	const char *parent = getenv("TMPDIR");

	(void)state;
	snprintf(tmp_dir, sizeof(tmp_dir), "%s/test-XXXXXX",
	    parent != NULL && strlen(parent) < 64 ? parent : "/tmp");
	return mkdtemp(tmp_dir) == NULL ? -1 : 0;
}

static inline int
tmp_teardown(void **state)
{
	(void)state;
	return file_remove_tree(tmp_dir);
}

static inline const char *
tmp_path(const char *name)
{
	static char paths[8][256];
	static unsigned next;
	char *p = paths[next++ % 8];

	/* Without tmp_setup it would be the root folder. */
	if (tmp_dir[0] == '\0')
		abort();
	snprintf(p, sizeof(paths[0]), "%s/%s", tmp_dir, name);
	return p;
}

#endif
