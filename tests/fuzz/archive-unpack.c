/* Archives: unpacked into a folder, which nothing may leave. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "archive/archive.h"
#include "base/buf.h"
#include "base/mem.h"
#include "base/path.h"
#include "file/file.h"
#include "fuzz.h"

static const struct unpack_limits limits = { .bytes = 1 << 20,
	.ratio = 200,
	.ratio_from = 1 << 16,
	.entries = 50,
	.depth = 4 };

/* A folder in memory where there is one; what is in it goes each time. */
static char *
make_folder(void)
{
	char *dir = mem_printf("%s/fuzz-unpack-XXXXXX",
	    access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");

	if (mkdtemp(dir) == NULL)
		abort();
	return dir;
}

/* No more lies in dir than the limits say, and it lies there alone. */
static void
look(const char *dir)
{
	char **names, *in = path_join(dir, "in");
	size_t n;

	if (file_list(&names, &n, dir) < 0 || n != 1)
		abort();
	file_list_free(names, n);
	if (file_list(&names, &n, in) < 0 || n > limits.entries)
		abort();
	file_list_free(names, n);
	mem_free(in);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = memfd_create("archive", MFD_CLOEXEC);
	char path[64], *dir = make_folder(), *in = path_join(dir, "in");

	if (fd < 0 || write(fd, data, size) != (ssize_t)size ||
	    file_mkdirs(in) < 0)
		abort();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	(void)archive_unpack(path, in, &limits);
	look(dir);
	if (file_remove_tree(dir) < 0)
		abort();
	mem_free(in);
	mem_free(dir);
	close(fd);
	return 0;
}

void
fuzz_seed(void (*add)(const void *p, size_t n))
{
	static const char *const names[] = { "a.tar", "a.tar.gz", "a.tar.bz2",
		"a.tar.xz", "a.zip" };
	static const struct pack_file files[] = {
		{ .name = "info.json", .data = "{\"name\": 1}", .n = 11 },
		{ .name = "net.prototxt", .data = "layer {}", .n = 8 },
		{ .name = "empty", .data = "", .n = 0 },
	};
	char *dir = make_folder(), *path;
	enum pack_format f;
	struct buf b;
	size_t i;

	buf_init(&b, 1 << 20);
	for (i = 0; i < LENGTH(names); i++) {
		path = path_join(dir, names[i]);
		buf_reset(&b);
		if (pack_format_of(&f, path) < 0 ||
		    archive_pack(path, f, files, LENGTH(files), 0) < 0 ||
		    file_read(&b, path) < 0)
			abort();
		add(b.data, b.len);
		mem_free(path);
	}
	buf_clear(&b);
	(void)!file_remove_tree(dir);
	mem_free(dir);
}
