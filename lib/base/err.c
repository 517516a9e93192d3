/*
 * The per-thread error sentence and the map from codes to exit statuses.
 * Sentences are cut at ERR_TEXT_MAX - 1 bytes; prefixes push the end out.
 */
#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/alias.h"
#include "base/mem.h"

static _Thread_local char text[ERR_TEXT_MAX];

static const struct {
	int code, status;
} statuses[] = {
	{ ERR_USAGE, 2 },
	{ ERR_FORMAT, 3 },
	{ ERR_RANGE, 3 },
	{ ERR_MISSING, 4 },
	{ ERR_IO, 5 },
	{ ERR_NET, 6 },
	{ ERR_DEVICE, 7 },
	{ ERR_REFUSED, 8 },
	{ ERR_GATE, 9 },
	{ ERR_STOPPED, 75 },
	{ ERR_UNSUPPORTED, 3 },
	{ ERR_ITEMS, 1 },
};

/* Formatting goes through a second buffer: an argument may be err_text(). */
static void
set_text(const char *fmt, va_list ap, const char *tail)
{
	char made[ERR_TEXT_MAX], *shown;
	size_t n;

	vsnprintf(made, sizeof(made), fmt, ap);
	n = strlen(made);
	if (tail != NULL)
		snprintf(made + n, sizeof(made) - n, ": %s", tail);
	shown = alias_shown(made);
	snprintf(text, sizeof(text), "%s", shown != NULL ? shown : made);
	mem_free(shown);
}

int
err_set(int code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	set_text(fmt, ap, NULL);
	va_end(ap);
	return code;
}

int
err_sys(const char *fmt, ...)
{
	int e = errno;
	char words[128];
	va_list ap;

	va_start(ap, fmt);
	/* With _GNU_SOURCE strerror_r returns the text, maybe not in words. */
	set_text(fmt, ap, strerror_r(e, words, sizeof(words)));
	va_end(ap);
	if (e == ENOENT || e == ENOTDIR)
		return ERR_MISSING;
	return e == EEXIST ? ERR_REFUSED : ERR_IO;
}

int
err_in(int code, const char *fmt, ...)
{
	char old[ERR_TEXT_MAX];
	va_list ap;

	memcpy(old, text, sizeof(old));
	va_start(ap, fmt);
	set_text(fmt, ap, old);
	va_end(ap);
	return code;
}

const char *
err_text(void)
{
	return text;
}

void
err_save(struct err_saved *s, int code)
{
	s->code = code;
	memcpy(s->text, text, sizeof(text));
}

int
err_restore(const struct err_saved *s)
{
	memcpy(text, s->text, sizeof(text));
	return s->code;
}

int
err_exit(int code)
{
	size_t i;

	if (code >= 0)
		return 0;
	for (i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++)
		if (statuses[i].code == code)
			return statuses[i].status;
	return 5; /* a code nobody listed: treat as a failure of the system */
}
