/* LMDB files: every record of whatever the pages say. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/mem.h"
#include "record/db.h"
#include "../record/make.h"
#include "fuzz.h"

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
