/* The devices of this machine, for --device list: see device.h. */
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/log.h"
#include "base/num.h"
#include "device/device.h"
#include "device/nvml.h"
#include "file/file.h"
#include "prog/table.h"

enum { PROC_MAX = 4 << 20, COLUMNS = 8 };

static const char *const keys[COLUMNS] = { "device", "name", "arch", "units",
	"memory", "free", "software", "driver" };
static const char *const heads[COLUMNS] = { "DEVICE", "NAME", "ARCH", "UNITS",
	"MEMORY", "FREE", "SOFTWARE", "DRIVER" };
enum { UNITS = 3, MEMORY = 4, FREE = 5 };

/* What follows "KEY :" in a file of /proc, to the end of the line; "" where
 * there is none. */
static void
proc_value(char *out, size_t size, const char *path, const char *key)
{
	struct buf b;
	const char *p;

	out[0] = '\0';
	buf_init(&b, PROC_MAX);
	p = file_read(&b, path) >= 0 ? strstr(buf_str(&b), key) : NULL;
	if (p != NULL) {
		p += strlen(key);
		p += strspn(p, " \t:");
		snprintf(out, size, "%.*s", (int)strcspn(p, "\n"), p);
	}
	buf_clear(&b);
}

/* The processor and its memory. */
static void
host(struct device_info *d)
{
	char kib[32];
	int64_t n = 0;

	proc_value(d->name, sizeof(d->name), "/proc/cpuinfo", "model name");
	d->memory =
	    (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE);
	proc_value(kib, sizeof(kib), "/proc/meminfo", "MemAvailable");
	kib[strspn(kib, "0123456789")] = '\0';
	if (num_int(&n, kib, 0, INT64_MAX >> 10) == 0)
		d->free = (uint64_t)n << 10;
}

/* The driver by its own number, where NVML tells it. */
static void
driver(struct device_info *d)
{
	struct nvml *n;
	char version[64];

	if (nvml_open(&n, d->bus) < 0)
		return;
	nvml_driver(n, version, sizeof(version));
	if (version[0] != '\0')
		memcpy(d->driver, version, sizeof(d->driver));
	nvml_close(n);
}

struct list {
	struct table t;
	FILE *out;
	enum prog_format format;
};

static void
add_json(struct list *l, const char *const *cells)
{
	struct buf b;

	buf_init(&b, PROC_MAX);
	for (int i = 0; i < COLUMNS; i++) {
		buf_printf(&b, "%s\"%s\": ", i == 0 ? "{" : ", ", keys[i]);
		if (cells[i][0] == '\0')
			buf_adds(&b, "null");
		else if (i == UNITS || i == MEMORY || i == FREE)
			buf_adds(&b, cells[i]);
		else
			buf_add_json(&b, cells[i], strlen(cells[i]));
	}
	fprintf(l->out, "%s}\n", buf_str(&b));
	buf_clear(&b);
}

/* A number of bytes, for people or as it is; 0: nothing. */
static void
bytes_text(const struct list *l, char out[NUM_TEXT_MAX], uint64_t n)
{
	out[0] = '\0';
	if (n > 0 && l->format == PROG_TEXT)
		num_bytes_text(out, n);
	else if (n > 0)
		snprintf(out, NUM_TEXT_MAX, "%" PRIu64, n);
}

static void
add_device(struct list *l, const char *name, const struct device_info *d)
{
	char units[NUM_TEXT_MAX] = "", memory[NUM_TEXT_MAX], left[NUM_TEXT_MAX];
	const char *const cells[COLUMNS] = { name, d->name, d->arch, units,
		memory, left, d->software, d->driver };

	if (d->units > 0)
		snprintf(units, sizeof(units), "%d", d->units);
	bytes_text(l, memory, d->memory);
	bytes_text(l, left, d->free);
	if (l->format == PROG_FMT_JSON)
		add_json(l, cells);
	else
		table_row(&l->t, cells);
}

/* All of a kind; numbered: "cuda:0", "cuda:1". */
static void
add_kind(struct list *l, const char *kind, bool numbered)
{
	struct device_info d;
	char name[NUM_TEXT_MAX];
	int i;

	for (i = 0; device_info(&d, kind, i) >= 0; i++) {
		if (d.name[0] == '\0')
			host(&d);
		if (d.bus[0] != '\0')
			driver(&d);
		snprintf(
		    name, sizeof(name), numbered ? "%s:%d" : "%s", kind, i);
		add_device(l, name, &d);
	}
	if (i == 0)
		log_info("%s: %s", kind, err_text());
}

int
device_list(FILE *out, enum prog_format format)
{
	struct list l = { .out = out, .format = format };

	table_init(&l.t, COLUMNS);
	l.t.right[UNITS] = l.t.right[MEMORY] = l.t.right[FREE] = 1;
	if (format == PROG_TEXT)
		table_row(&l.t, heads);
	add_kind(&l, "cuda", true);
	add_kind(&l, "cpu", false);
	add_kind(&l, "ref", false);
	table_print(&l.t, out, format == PROG_FMT_TSV);
	table_clear(&l.t);
	return 0;
}
