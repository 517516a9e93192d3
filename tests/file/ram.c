/* What is left of memory, from folders that stand for "/". */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/err.h"
#include "file/file.h"
#include "base/mem.h"
#include "base/path.h"
#include "file/ram.h"
#include "../tmp.h"

static void
put(const char *root, const char *name, const char *text)
{
	char *path = mem_printf("%s/%s", root, name), *dir = path_dir(path);

	assert_int_equal(file_mkdirs(dir), 0);
	assert_int_equal(file_write(path, text, strlen(text), 1), 0);
	mem_free(dir);
	mem_free(path);
}

static const char *
machine(const char *name)
{
	const char *root = tmp_path(name);

	put(root, "proc/meminfo",
	    "MemTotal:       4000 kB\nMemFree:         100 kB\n"
	    "MemAvailable:   3000 kB\nSwapTotal: 9 kB\nSwapFree:  24 kB\n");
	return root;
}

static void
alone(void **state)
{
	(void)state;
	assert_int_equal(ram_available(machine("alone")), 3024 * 1024);
	assert_true(ram_available(tmp_path("nothing")) == UINT64_MAX);
	assert_true(ram_available("") > 0);
	assert_true(ram_peak() > 1 << 20);
}

/* The tightest group above counts, and cached files are free. */
static void
version2(void **state)
{
	const char *root = machine("v2");

	(void)state;
	put(root, "proc/self/cgroup", "0::/a/b\n");
	put(root, "sys/fs/cgroup/a/b/memory.max", "max\n");
	put(root, "sys/fs/cgroup/a/b/memory.current", "5000\n");
	assert_int_equal(ram_available(root), 3024 * 1024);
	put(root, "sys/fs/cgroup/a/memory.max", "1000000\n");
	put(root, "sys/fs/cgroup/a/memory.current", "700000\n");
	assert_int_equal(ram_available(root), 300000);
	put(root, "sys/fs/cgroup/a/memory.stat",
	    "anon 1\nfile 60000\nactive_file 40000\ninactive_file 10000\n");
	assert_int_equal(ram_available(root), 350000);
	put(root, "sys/fs/cgroup/memory.max", "1000\n");
	put(root, "sys/fs/cgroup/memory.current", "2000\n");
	assert_int_equal(ram_available(root), 0);
}

static void
version1(void **state)
{
	const char *root = machine("v1");

	(void)state;
	put(root, "proc/self/cgroup", "9:name=systemd:/\n4:memory:/x\n0::/\n");
	put(root, "sys/fs/cgroup/memory/x/memory.limit_in_bytes",
	    "9223372036854771712\n");
	put(root, "sys/fs/cgroup/memory/x/memory.usage_in_bytes", "1\n");
	assert_int_equal(ram_available(root), 3024 * 1024);
	put(root, "sys/fs/cgroup/memory/memory.limit_in_bytes", "900\n");
	put(root, "sys/fs/cgroup/memory/memory.usage_in_bytes", "400\n");
	put(root, "sys/fs/cgroup/memory/memory.stat",
	    "inactive_file 3\ntotal_inactive_file 100\n"
	    "total_active_file 50\n");
	assert_int_equal(ram_available(root), 650);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(alone),
		cmocka_unit_test(version2),
		cmocka_unit_test(version1),
	};

	return cmocka_run_group_tests(tests, tmp_setup, tmp_teardown);
}
