/* What may be meant by a path that is not there. */
#include "prog/prog_int.h"

#include <ctype.h>
#include <string.h>

#include "base/err.h"
#include "base/log.h"

/* Does a path begin at p within text? */
static bool
begins(const char *text, const char *p)
{
	return p == text ||
	    (!isalnum((unsigned char)p[-1]) && p[-1] != '/' && p[-1] != '.' &&
		p[-1] != '_' && p[-1] != '-');
}

static bool
has_tilde(const char *text)
{
	const char *p;

	for (p = strchr(text, '~'); p != NULL; p = strchr(p + 1, '~'))
		if (p[1] == '/' && begins(text, p))
			return true;
	return false;
}

/* The letter of a drive of Windows, or 0. */
static char
drive_of(const char *text)
{
	const char *p;

	for (p = strchr(text, ':'); p != NULL; p = strchr(p + 1, ':'))
		if (p > text && isalpha((unsigned char)p[-1]) &&
		    (p[1] == '\\' || (p[1] == '/' && p[2] != '/')) &&
		    begins(text, p - 1))
			return p[-1];
	return 0;
}

void
prog_hint_path(const char *text, int rc)
{
	static bool said;
	const char drive = drive_of(text);

	if (said || (rc != ERR_MISSING && strstr(text, "No such file") == NULL))
		return;
	said = drive != 0 || has_tilde(text);
	if (drive != 0)
		log_error(
		    "%c: is a drive of Windows; on Linux names have / between them (under WSL /mnt/%c/...)",
		    drive, tolower((unsigned char)drive));
	else if (said)
		log_error(
		    "~ is a home folder only to the shell, and only at the start of a word outside quotes; $HOME works elsewhere, too");
}
