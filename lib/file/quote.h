/*
 * Names in lists, one a line.  One that a line cannot hold as it is (a line break,
 * a TAB, another control character, blanks at its ends) stands between double
 * quotes with backslashes, as git writes such names: "a\nb.png".
 */
#ifndef FILE_QUOTE_H
#define FILE_QUOTE_H

#include "base/buf.h"

/* Append name as a list has it. */
int quote_name(struct buf *b, const char *name);
/* The name that s stands for: the caller's, or NULL where s is not quoted and so
 * stands for itself. */
char *quote_read(const char *s);

#endif
