/*
 * Bad items: counted, named, written to --bad.  Of many that are bad for the same
 * reason the first are named and the rest counted, so that a folder that is not
 * there does not hide what else is wrong.
 */
#include "prog/prog.h"

#include <inttypes.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/num.h"
#include "file/file.h"
#include "file/replace.h"
#include "prog/prog_int.h"

enum { LINE_MAX_BYTES = 64 << 10 };

#define BAD_BEGIN "{\"path\": "

enum { NAMED_MAX = 10, REASONS_MAX = 16 };

static struct file_out *bad_out;
static uint64_t bad_count;

/* The last one is for all that found no place of their own. */
static struct reason {
	char *text;
	uint64_t n;
} reasons[REASONS_MAX];

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

static struct reason *
reason_of(const char *text)
{
	size_t i = 0;

	while (i < REASONS_MAX - 1 && reasons[i].text != NULL &&
	    strcmp(reasons[i].text, text) != 0)
		i++;
	if (i < REASONS_MAX - 1 && reasons[i].text == NULL)
		reasons[i].text = mem_strdup(text);
	return &reasons[i];
}

void
prog_bad_rest(void)
{
	for (struct reason *r = reasons; r < reasons + REASONS_MAX; r++) {
		if (r->n > NAMED_MAX && !log_enabled(LOG_INFO))
			log_warn("... and %" PRIu64 " more: %s%s",
			    r->n - NAMED_MAX,
			    r->text != NULL ? r->text : "for other reasons",
			    bad_out == NULL ? " (--bad FILE names all)" : "");
		mem_free(r->text);
		*r = (struct reason){ 0 };
	}
}

static void
name_bad(const char *path, int64_t record, const char *reason)
{
	const enum log_level level =
	    ++reason_of(reason)->n <= NAMED_MAX ? LOG_WARN : LOG_INFO;

	if (record >= 0)
		log_at(
		    level, "%s: record %" PRId64 ": %s", path, record, reason);
	else
		log_at(level, "%s: %s", path, reason);
}

int
prog_bad(const char *path, int64_t record, const char *reason, uint64_t total)
{
	const struct prog_options *o = prog_options();

	bad_count++;
	reason = without_name(reason, path);
	write_bad(path, record, reason);
	name_bad(path, record, reason);
	if (strstr(reason, "No such file") != NULL)
		prog_hint_path(path, ERR_MISSING);
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
