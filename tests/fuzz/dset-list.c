/* Lists, labels and class maps: lines of text. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/buf.h"
#include "dset/dset.h"
#include "dset/list.h"
#include "dset/plan/classmap.h"
#include "dset/plan/names.h"
#include "dset/tasks/task.h"
#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dset_list_options o = { .root = "/r", .classes = 5 };
	struct dset_classmap *map;
	struct dset_list l;
	char path[64], **names;
	size_t n;
	int fd = memfd_create("list", 0), i;

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	for (i = 0; i < 6; i++) {
		o.nul = i & 1;
		o.task = i >> 1 == 1 ? &dset_task_regress : &dset_task_classify;
		o.names = i >> 1 == 2 ? dset_names_new(NULL, 0) : NULL;
		dset_list_init(&l);
		(void)dset_list_read(&l, path, &o, NULL);
		dset_list_clear(&l);
		dset_names_free(o.names);
	}
	if (dset_labels_read(&names, &n, path) == 0)
		dset_labels_free(names, n);
	if (dset_classmap_read(&map, path) == 0)
		dset_classmap_free(map);
	close(fd);
	return 0;
}

void
fuzz_seed(void (*add)(const void *p, size_t n))
{
	static const char *const seeds[] = { "a b.png 3\nc.png\t4\n\n bad\n",
		"x.png 0.5 -1 2e3\ny z.png\t1 2 3\n", "cat\ndog\r\n\n",
		"cat\ttiger\ndog\t\n", "a 1",
		"\xef\xbb\xbf\"a\\nb\\001.png\" cat\r\nc d.png\tbig cat\n" };
	size_t i;

	for (i = 0; i < sizeof seeds / sizeof *seeds; i++)
		add(seeds[i], strlen(seeds[i]));
	add("a 1\0b c 2\0", 10);
}
