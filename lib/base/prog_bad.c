/* Bad items: counted, named, written to --bad; and --deps. */
#include "base/prog.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/prog_int.h"

enum { LINE_MAX_BYTES = 64 << 10, DEPS_MAX = 1 << 30 };

static struct file_out *bad_out;
static uint64_t bad_count;

static struct {
	pthread_mutex_t lock;
	char **v;
	size_t n, cap;
} deps = { .lock = PTHREAD_MUTEX_INITIALIZER };

int
prog_bad_open(const char *path)
{
	int rc = file_out_open(&bad_out, path, 1);

	return rc < 0 ? err_in(rc, "--bad") : 0;
}

static void
write_bad(const char *path, int64_t record, const char *reason)
{
	struct buf b;

	if (bad_out == NULL)
		return;
	buf_init(&b, LINE_MAX_BYTES);
	buf_adds(&b, "{\"path\": ");
	buf_add_json(&b, path, strlen(path));
	if (record >= 0)
		buf_printf(&b, ", \"record\": %" PRId64, record);
	buf_adds(&b, ", \"reason\": ");
	buf_add_json(&b, reason, strlen(reason));
	buf_adds(&b, "}\n");
	/* A failed write shows when the file is committed. */
	fputs(buf_str(&b), file_out_stream(bad_out));
	buf_clear(&b);
}

int
prog_bad(const char *path, int64_t record, const char *reason, uint64_t total)
{
	const struct prog_options *o = prog_options();

	bad_count++;
	write_bad(path, record, reason);
	if (record >= 0)
		log_warn("%s: record %" PRId64 ": %s", path, record, reason);
	else
		log_warn("%s: %s", path, reason);
	if (o->max_bad < 0 || (o->max_bad_share && total == 0))
		return 0;
	if ((double)bad_count <=
	    (o->max_bad_share ? o->max_bad * (double)total : o->max_bad))
		return 0;
	if (o->max_bad_share)
		return err_set(ERR_FORMAT,
		    "bad items: %" PRIu64 " of %" PRIu64
		    ", more than %g %% (--max-bad)",
		    bad_count, total, 100 * o->max_bad);
	return err_set(ERR_FORMAT,
	    "bad items: %" PRIu64 ", more than %g (--max-bad)", bad_count,
	    o->max_bad);
}

uint64_t
prog_bad_count(void)
{
	return bad_count;
}

/* A program that failed before it met a bad item leaves no list of none. */
void
prog_bad_abort(void)
{
	if (bad_count == 0)
		file_out_abort(&bad_out);
}

int
prog_bad_close(void)
{
	struct err_saved saved;
	int rc;

	if (bad_out == NULL)
		return 0;
	err_save(&saved, 0);
	rc = file_out_commit(&bad_out);
	if (rc < 0)
		return err_in(rc, "--bad");
	return err_restore(&saved);
}

int
prog_bad_end(void)
{
	TRY(prog_bad_close());
	if (bad_count == 0)
		return 0;
	return err_set(ERR_ITEMS, "%" PRIu64 " bad item%s", bad_count,
	    bad_count == 1 ? "" : "s");
}

void
prog_deps_add(const char *path)
{
	if (prog_options()->deps == NULL)
		return;
	pthread_mutex_lock(&deps.lock);
	mem_grow(&deps.v, &deps.cap, deps.n + 1);
	deps.v[deps.n++] = mem_strdup(path);
	pthread_mutex_unlock(&deps.lock);
}

/* As make reads names: space and # take a backslash, $ is doubled. */
static int
add_name(struct buf *b, const char *s)
{
	for (; *s != '\0'; s++) {
		if (*s == '$')
			TRY(buf_addc(b, '$'));
		else if (*s == ' ' || *s == '#' || *s == '\t')
			TRY(buf_addc(b, '\\'));
		TRY(buf_addc(b, *s));
	}
	return 0;
}

/* "target: a b", then "a:" for each, so that a file may go away. */
static int
add_rule(struct buf *b, const char *target)
{
	size_t i;

	TRY(add_name(b, target));
	TRY(buf_addc(b, ':'));
	for (i = 0; i < deps.n; i++) {
		TRY(buf_adds(b, " \\\n\t"));
		TRY(add_name(b, deps.v[i]));
	}
	TRY(buf_addc(b, '\n'));
	for (i = 0; i < deps.n; i++) {
		TRY(add_name(b, deps.v[i]));
		TRY(buf_adds(b, ":\n"));
	}
	return 0;
}

int
prog_deps_write(const char *target)
{
	const char *path = prog_options()->deps;
	struct buf b;
	size_t i, n = 0;
	int rc;

	if (path == NULL)
		return 0;
	buf_init(&b, DEPS_MAX);
	pthread_mutex_lock(&deps.lock);
	if (deps.n > 0)
		qsort(deps.v, deps.n, sizeof(*deps.v), path_cmp);
	for (i = 0; i < deps.n; i++)
		/* Make has no way to write a newline in a name. */
		if (strchr(deps.v[i], '\n') != NULL ||
		    (n > 0 && strcmp(deps.v[n - 1], deps.v[i]) == 0))
			mem_free(deps.v[i]);
		else
			deps.v[n++] = deps.v[i];
	deps.n = n;
	rc = add_rule(&b, target);
	pthread_mutex_unlock(&deps.lock);
	if (rc == 0)
		rc = file_write(path, b.data, b.len, 1);
	buf_clear(&b);
	return rc < 0 ? err_in(rc, "--deps") : 0;
}
