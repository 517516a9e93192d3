/* Paths as text; nothing here touches the file system. */
#ifndef BASE_PATH_H
#define BASE_PATH_H

#include <stddef.h>

char *
path_join(const char *dir, const char *name); /* caller's; absolute name wins */
const char *path_base(const char *path);      /* after the last '/'; borrowed */
char *path_dir(const char *path); /* before the last '/', or "."; caller's */
const char *path_ext(const char *path); /* ".png", or "" ; borrowed */
int path_has_ext(const char *path, const char *ext); /* case-insensitive */
int path_is_url(const char *path); /* has a scheme and "://" */

/*
 * Is name fit to be created below a folder of ours?  Relative, no "..", no
 * empty or "." part, UTF-8 without control characters and those that turn text
 * around (base/text.h), no backslash or drive letter, at most 4096 bytes.  0, or ERR_REFUSED with the reason.
 */
int path_check_inside(const char *name);

/* $NNUTILS_CACHE/sub, else $XDG_CACHE_HOME/nnutils/sub, else
 * ~/.cache/nnutils/sub; NULL when none of them is set.  Not made here.  The
 * caller's. */
char *path_cache_dir(const char *sub);

/* Compare as people do not: byte order, as sort(1) in the C locale. */
int path_cmp(const void *a, const void *b); /* for qsort of char * arrays */

#endif
