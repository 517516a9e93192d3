/* train.ndjson: read whole and up to an iteration, judged, shown. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/mem.h"
#include "fuzz.h"
#include "model/history.h"

static char dir[] = "/tmp/fuzz-history-XXXXXX", link_path[64];

static void
remove_folder(void)
{
	unlink(link_path);
	rmdir(dir);
}

/* A folder whose train.ndjson is what fd is open on. */
static void
folder(int fd)
{
	char to[64];

	if (link_path[0] == '\0') {
		if (mkdtemp(dir) == NULL)
			abort();
		snprintf(link_path, sizeof(link_path), "%s/train.ndjson", dir);
		atexit(remove_folder);
	}
	snprintf(to, sizeof(to), "/proc/self/fd/%d", fd);
	unlink(link_path);
	if (symlink(to, link_path) < 0)
		abort();
}

static void
judge(struct history *h)
{
	const struct history_val *best = history_best(h);
	int64_t iter[64];
	size_t i;

	for (i = 0; i < h->n && i < 64; i++) {
		iter[i] = h->v[i].iter;
		if (i > 0 && h->v[i - 1].iter >= h->v[i].iter)
			abort();
		mem_free(history_text(&h->v[i]));
		mem_free(history_json(&h->v[i]));
	}
	if (best != NULL && isnan(best->score))
		abort();
	if (history_order(h, iter, i) > i)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const int64_t until[] = { -1, 0, 100 };
	int fd = memfd_create("history", MFD_CLOEXEC);
	struct history h;
	size_t i;

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	folder(fd);
	for (i = 0; i < LENGTH(until); i++) {
		if (history_read(&h, dir, until[i]) == 0)
			judge(&h);
		if (h.bytes > size)
			abort();
		history_clear(&h);
	}
	close(fd);
	return 0;
}

void
fuzz_seed(void (*add)(const void *p, size_t n))
{
	static const char *const seeds[] = {
		"{\"event\":\"start\",\"iter\":0,\"device\":\"cpu\"}\n"
		"{\"event\":\"train\",\"iter\":10,\"epoch\":0.5,\"lr\":0.01,"
		"\"outputs\":{\"loss\":1.5},\"elapsed\":2.5}\n"
		"{\"event\":\"val\",\"iter\":20,\"epoch\":1,\"outputs\":{"
		"\"accuracy\":0.98,\"loss\":0.06},\"panel\":{\"cpu_percent\":"
		"198.5,\"rss_bytes\":42676224}}\n"
		"{\"event\":\"scale\",\"iter\":20,\"scale\":65536,\"good\":3,"
		"\"skipped\":0}\n"
		"{\"event\":\"snapshot\",\"iter\":20,\"epoch\":1,\"file\":"
		"\"snapshot_iter_20.caffemodel\"}\n"
		"{\"event\":\"end\",\"iter\":20,\"reason\":\"done\"}\n",
		"{\"event\":\"val\",\"iter\":9,\"outputs\":{\"loss\":null}}\n"
		"no "
		"json\n{\"event\":\"val\",\"iter\":9,\"outputs\":{\"loss\":2}}"
		"\n"
		"{\"event\":\"val\",\"iter\":3,\"outputs\":{}}\n"
		"{\"event\":\"val\",\"iter\":1",
	};
	size_t i;

	for (i = 0; i < sizeof(seeds) / sizeof(*seeds); i++)
		add(seeds[i], strlen(seeds[i]));
}
