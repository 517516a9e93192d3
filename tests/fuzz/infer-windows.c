/* Files of windows, in their three forms, and the windows of their pictures. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/mem.h"
#include "fuzz.h"
#include "infer/windows.h"

/* Each lies in the picture and holds a pixel, or the picture is refused. */
static void
check(const struct infer_windows *w)
{
	size_t pictures, n;
	const char *const *name = infer_windows_pictures(w, &pictures);
	struct stream_piece *v;

	for (size_t i = 0; i < pictures; i++) {
		if (infer_windows_of(w, name[i], 640, 480, &v, &n) < 0)
			continue;
		if (n == 0)
			abort();
		for (size_t k = 0; k < n; k++)
			if (v[k].x < 0 || v[k].y < 0 || v[k].w < 1 ||
			    v[k].h < 1 || v[k].x + v[k].w > 640 ||
			    v[k].y + v[k].h > 480)
				abort();
		mem_free(v);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct infer_windows *w;
	char path[64];
	int fd = memfd_create("windows", 0);

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	if (infer_windows_read(&w, path, size & 1 ? "/r" : NULL) == 0) {
		check(w);
		infer_windows_free(w);
	}
	close(fd);
	return 0;
}

void
fuzz_seed(void (*add)(const void *p, size_t n))
{
	static const char *const seeds[] = {
		"a b.png 1 2 3 4\nc.png\t-1 0 8.5 12\n\na b.png 0 0 9 9\n",
		"\xef\xbb\xbf"
		"filename,ymin,xmin,ymax,xmax\r\np.png,12,8,24,16\r\n",
		"# 0\np.png\n3\n48\n32\n2\n1 1 8 12 15 23\n0 0.2 9 12 16 23\n",
		"a 1 2 3 nan\n", "a 0 0 1e9 1e9\n", "a 1e308 1 2 3"
	};

	for (size_t i = 0; i < sizeof seeds / sizeof *seeds; i++)
		add(seeds[i], strlen(seeds[i]));
}
