/* LMDB files: every record of whatever the pages say. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "record/column.h"
#include "record/db.h"
#include "../record/make.h"
#include "fuzz.h"

static char pair_dir[] = "/tmp/fuzz-pair-XXXXXX";

static void
remove_pair(void)
{
	(void)!file_remove_tree(pair_dir);
}

/* A folder whose features and labels are file, which is the same in each run. */
static void
make_pair(const char *file)
{
	static const char *const parts[] = { "features", "labels" };
	static bool made;
	char path[128];

	if (made)
		return;
	made = true;
	if (!mkdtemp(pair_dir) || atexit(remove_pair) != 0)
		abort();
	for (size_t i = 0; i < 2; i++) {
		snprintf(path, sizeof path, "%s/%s", pair_dir, parts[i]);
		if (mkdir(path, 0700) < 0)
			abort();
		snprintf(
		    path, sizeof path, "%s/%s/data.mdb", pair_dir, parts[i]);
		if (symlink(file, path) < 0)
			abort();
	}
}

/* The file as the features and as the labels of one database. */
static void
read_pair(const char *file)
{
	struct record_tools t;
	struct record_db *db;
	struct record r;
	size_t i;

	make_pair(file);
	record_tools_init(&t);
	if (record_db_open(&db, pair_dir) == 0) {
		for (i = 0; i < record_db_count(db) && i < 100; i++)
			(void)record_read(&r, db, i, &t, 0);
		record_column_is(db, RECORD_LABEL, VALUE_TEXT);
		for (i = 0; i < record_db_count(db) && i < 100; i++)
			(void)record_read(&r, db, i, &t, RECORD_KEEP);
		record_db_close(db);
	}
	record_tools_clear(&t);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct record_scratch s;
	struct record_item it;
	struct record_db *db;
	char path[64];
	size_t i;
	int fd = memfd_create("mdb", 0);

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	if (record_db_open(&db, path) == 0) {
		record_scratch_init(&s);
		for (i = 0; i < record_db_count(db) && i < 1000; i++)
			(void)record_db_get(&it, db, i, &s, RECORD_GREY);
		(void)record_db_find(&i, db, "00000001_1", 10);
		record_scratch_clear(&s);
		record_db_close(db);
	}
	read_pair(path);
	close(fd);
	return 0;
}

static void
seed(void (*add)(const void *p, size_t n), size_t n, int side, int encoded)
{
	char dir[] = "/tmp/fuzz-dset-XXXXXX", *path;
	struct buf b;

	buf_init(&b, 1 << 20);
	if (!mkdtemp(dir) || make_lmdb(dir, n, side, encoded) < 0)
		abort();
	path = mem_printf("%s/data.mdb", dir);
	if (file_read(&b, path) < 0)
		abort();
	add(b.data, b.len);
	buf_clear(&b);
	mem_free(path);
	(void)!file_remove_tree(dir);
}

void
fuzz_seed(void (*add)(const void *p, size_t n))
{
	seed(add, 0, 1, 0);
	seed(add, 20, 6, 0);
	seed(add, 40, 9, 1);
	seed(add, 3, 70, 0);  /* on overflow pages */
	seed(add, 400, 8, 0); /* with a branch page */
}
