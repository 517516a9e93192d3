/*
 * What a file is when it is not what was expected: the page of a web server that
 * came in place of the file, the pointer that Git LFS leaves, an archive.  Readers
 * ask when they have failed; what they read well is never looked at here.
 */
#ifndef FILE_SNIFF_H
#define FILE_SNIFF_H

#include <stdbool.h>
#include <stddef.h>

/* "an HTML page", "a Git LFS pointer", "a zip archive", … or NULL, from the first
 * bytes of a file (512 are enough). */
const char *sniff(const void *p, size_t n);

/* After a failure: rc, or ERR_FORMAT with "name: is an HTML page, not WANT". */
int
sniff_fail(int rc, const char *name, const void *p, size_t n, const char *want);
/* The same for a file that another library reads; it is opened again. */
int sniff_file_fail(int rc, const char *path, const char *want);

/* Is the file a web page?  No when it cannot be read. */
bool sniff_is_page(const char *path);
bool sniff_page(const void *p, size_t n); /* of its first bytes */

#endif
