/* Reading /proc and the control groups: see ram.h. */
#include "file/ram.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/path.h"
#include "file/file.h"

enum { TEXT_MAX = 1 << 20 };

/* What differs between the two kinds of control groups. */
static const struct group {
	const char *line;  /* of /proc/self/cgroup, between ':' and ':' */
	const char *mount; /* below root */
	const char *limit, *usage;
	const char *cache[2]; /* fields of memory.stat */
} groups[] = {
	{ "", "/sys/fs/cgroup", "memory.max", "memory.current",
	    { "inactive_file", "active_file" } },
	{ "memory", "/sys/fs/cgroup/memory", "memory.limit_in_bytes",
	    "memory.usage_in_bytes",
	    { "total_inactive_file", "total_active_file" } },
};

static uint64_t
least_of(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint64_t
minus(uint64_t a, uint64_t b)
{
	return a > b ? a - b : 0;
}

/* The text of root/dir/name; false where there is none. */
static bool
slurp(struct buf *b, const char *root, const char *dir, const char *name)
{
	char *path = mem_printf("%s%s/%s", root, dir, name);
	int rc;

	buf_init(b, TEXT_MAX);
	rc = file_exists(path) ? file_read(b, path) : -1;
	mem_free(path);
	return rc >= 0;
}

/* The number after "key" and blanks at the start of a line. */
static bool
meminfo_field(uint64_t *out, const char *text, const char *key)
{
	const size_t n = strlen(key);

	for (; text != NULL; text = strchr(text, '\n')) {
		text += *text == '\n';
		if (strncmp(text, key, n) == 0 &&
		    sscanf(text + n, " %" SCNu64, out) == 1)
			return true;
		if (*text == '\0')
			break;
	}
	return false;
}

/* A file that holds one number; "max" is none. */
static bool
read_number(uint64_t *out, const char *root, const char *dir, const char *name)
{
	struct buf b;
	bool found = slurp(&b, root, dir, name) &&
	    sscanf(buf_str(&b), "%" SCNu64, out) == 1;

	buf_clear(&b);
	return found;
}

/* What one group leaves. */
static uint64_t
left(const char *root, const struct group *g, const char *dir)
{
	uint64_t limit, usage, cache;
	struct buf b;

	if (!read_number(&limit, root, dir, g->limit) ||
	    !read_number(&usage, root, dir, g->usage))
		return UINT64_MAX;
	if (slurp(&b, root, dir, "memory.stat"))
		for (size_t i = 0; i < LENGTH(g->cache); i++)
			if (meminfo_field(&cache, buf_str(&b), g->cache[i]))
				usage = minus(usage, cache);
	buf_clear(&b);
	return minus(limit, usage);
}

/* The path of this process in groups of a kind: the caller's, or NULL. */
static char *
group_path(const char *root, const struct group *g)
{
	char *out = NULL, *key = mem_printf(":%s:", g->line);
	struct buf b;

	if (slurp(&b, root, "/proc/self", "cgroup")) {
		const char *at = strstr(buf_str(&b), key);

		if (at != NULL) {
			at += strlen(key);
			out = mem_strndup(at, strcspn(at, "\n"));
		}
	}
	buf_clear(&b);
	mem_free(key);
	return out;
}

/* The group and all above it; in a container those above may be out of sight. */
static uint64_t
groups_leave(const char *root, const struct group *g)
{
	char *path = group_path(root, g), *end;
	uint64_t least_left = UINT64_MAX;

	while (path != NULL) {
		char *dir = mem_printf(
		    "%s%s", g->mount, strcmp(path, "/") == 0 ? "" : path);

		least_left = least_of(least_left, left(root, g, dir));
		mem_free(dir);
		end = strrchr(path, '/');
		if (end == NULL || path[1] == '\0')
			break;
		end[end == path] = '\0';
	}
	mem_free(path);
	return least_left;
}

static uint64_t
machine(const char *root)
{
	uint64_t kib, swap, out = UINT64_MAX;
	struct buf b;

	if (slurp(&b, root, "/proc", "meminfo") &&
	    meminfo_field(&kib, buf_str(&b), "MemAvailable:")) {
		out = kib * 1024;
		if (meminfo_field(&swap, buf_str(&b), "SwapFree:"))
			out += swap * 1024;
	}
	buf_clear(&b);
	return out;
}

/* What ulimit -v leaves. */
static uint64_t
own_limit(void)
{
	uint64_t kib = 0;
	struct rlimit l;
	struct buf b;

	if (getrlimit(RLIMIT_AS, &l) != 0 || l.rlim_cur == RLIM_INFINITY)
		return UINT64_MAX;
	if (slurp(&b, "", "/proc/self", "status"))
		meminfo_field(&kib, buf_str(&b), "VmSize:");
	buf_clear(&b);
	return minus(l.rlim_cur, kib * 1024);
}

uint64_t
ram_available(const char *root)
{
	uint64_t out = least_of(machine(root), own_limit());

	for (size_t i = 0; i < LENGTH(groups); i++)
		out = least_of(out, groups_leave(root, &groups[i]));
	return out;
}

/* The kernel's count of this program; that of getrusage begins with what the
 * process had which started it. */
uint64_t
ram_peak(void)
{
	FILE *f = fopen("/proc/self/status", "re");
	char line[256];
	uint64_t kib = 0;
	struct rusage u;

	while (f != NULL && kib == 0 && fgets(line, sizeof(line), f) != NULL)
		if (strncmp(line, "VmHWM:", 6) == 0)
			kib = strtoull(line + 6, NULL, 10);
	if (f != NULL)
		fclose(f);
	if (kib == 0 && getrusage(RUSAGE_SELF, &u) == 0)
		kib = (uint64_t)u.ru_maxrss;
	return kib * 1024;
}
