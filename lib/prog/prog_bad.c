/* Bad items: counted, named, written to --bad. */
#include "prog/prog.h"

#include <inttypes.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/log.h"
#include "base/num.h"
#include "file/file.h"
#include "file/replace.h"
#include "prog/prog_int.h"

enum { LINE_MAX_BYTES = 64 << 10 };

#define BAD_BEGIN "{\"path\": "

static struct file_out *bad_out;
static uint64_t bad_count;

int
prog_bad_open(const char *path)
{
	int rc = 0;

	if (!prog_options()->force)
		rc = replace_check_anew(
		    path, "list of bad items", BAD_BEGIN, NULL);
	if (rc == 0)
		rc = file_out_open(&bad_out, path, 1);

	return rc < 0 ? err_in(rc, "--bad") : 0;
}

static void
write_bad(const char *path, int64_t record, const char *reason)
{
	struct buf b;

	if (bad_out == NULL)
		return;
	buf_init(&b, LINE_MAX_BYTES);
	buf_adds(&b, BAD_BEGIN);
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

/* A sentence of the library begins with the name, or with what could not be done
 * to it ("open x.png: ..."); the name is said already. */
static const char *
without_name(const char *reason, const char *path)
{
	const size_t n = strlen(path);

	if (n > 0 && strncmp(reason, "open ", 5) == 0 &&
	    strncmp(reason + 5, path, n) == 0 &&
	    strncmp(reason + 5 + n, ": ", 2) == 0)
		return reason + 5 + n + 2;
	if (n > 0 && strncmp(reason, path, n) == 0 &&
	    (strncmp(reason + n, ": ", 2) == 0 ||
		strncmp(reason + n, " is ", 4) == 0))
		reason += n + (reason[n] == ':' ? 2 : 1);
	return reason;
}

int
prog_bad(const char *path, int64_t record, const char *reason, uint64_t total)
{
	const struct prog_options *o = prog_options();

	bad_count++;
	reason = without_name(reason, path);
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
	return err_set(ERR_ITEMS, "%" PRIu64 " bad %s", bad_count,
	    num_plural(bad_count, "item", "items"));
}
