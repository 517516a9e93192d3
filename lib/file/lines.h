/* Names one a line: labels.txt and its like. */
#ifndef FILE_LINES_H
#define FILE_LINES_H

#include <stddef.h>
#include <stdint.h>

enum { LINES_MAX = 1 << 20 };

/*
 * The lines of a file; a byte order mark, trailing blanks, carriage returns and a
 * final empty line are ignored, and a file without any line is ERR_FORMAT.  what: "labels", for errors.  Free with
 * lines_free.
 */
int lines_read(char ***out, size_t *n, const char *path, const char *what);
/* How many lines, each with an end as given, the file has, wherever fd stands in it
 * (which does not move); 0 where it is no file of its own (a pipe). */
uint64_t lines_count(int fd, char end);
void lines_free(char **lines, size_t n);

#endif
