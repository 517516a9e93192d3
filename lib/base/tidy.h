/*
 * What a signal must not leave behind: temporary files and folders.
 *
 *	tidy_install();              once, at the start of a program
 *	tidy_hold();
 *	fd = open(path, …);
 *	tidy_add(path);
 *	tidy_release();
 *	...                          a signal here removes it, then ends the program
 *	tidy_drop(path);             renamed, or removed by its owner
 *
 * Every signal that can be caught and would end the program is: it still ends it,
 * with the status the shell knows.  A process that was forked removes nothing of
 * its parent's.  SIGXFSZ is ignored, so that a file that may not grow is an error
 * of write(2) as a full disk is.
 *
 * A file that is mapped and gets shorter raises SIGBUS where it is read: a
 * sentence and exit status 5 for those that tidy_mapped knows.
 *
 * All but tidy_install may be called from any thread.
 */
#ifndef BASE_TIDY_H
#define BASE_TIDY_H

#include <stddef.h>

void tidy_install(const char *program);
/* Between making a file and tidy_add: a signal that would end the program waits
 * for tidy_release, in whatever thread it comes. */
void tidy_hold(void);
void tidy_release(void);
/* A file, or a folder with all that is in it; the path is copied. */
void tidy_add(const char *path);
void tidy_drop(const char *path); /* fine when it was not added */
/* n bytes at p are those of path; tidy_unmapped when they are no more. */
void tidy_mapped(const void *p, size_t n, const char *path);
void tidy_unmapped(const void *p);

/* For signal handlers: remove all; and end the program by the signal itself. */
void tidy_now(void);
_Noreturn void tidy_die(int sig, const char *why);

#endif
