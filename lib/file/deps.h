/*
 * What was read, for make: every module that opens a file to read it says so
 * here, and the program writes a rule of it (--deps, prog/prog.h).
 *
 * Noted are files that people gave or that lie where they said.  Left out are
 * what this process made itself, its temporary folders and the cache, /proc
 * and /sys, pipes and devices.  Nothing is noted before deps_start, so that it costs nothing.
 * Thread-safe.
 */
#ifndef FILE_DEPS_H
#define FILE_DEPS_H

#include <stddef.h>

#include "base/buf.h"

void deps_start(void);
int deps_on(void);
/* Forget all and note no more: for ranks that are not the first. */
void deps_stop(void);
/* A file that was opened, or a folder whose list of names counts; "-" and NULL
 * are passed over. */
void deps_add(const char *path);
/* A file or folder that is no input, with all below it. */
void deps_leave(const char *path);
/* Files at or below full were given as `given`, and are named so, also in messages
 * (base/alias.h). */
void deps_alias(const char *full, const char *given);

/* "target...: files", and a line for each file without a recipe, so that it may
 * go away.  targets are text as make reads it (deps_quote); n of them. */
int deps_rule(struct buf *b, const char *const *targets, size_t n);
/* A name as make reads it as a target. */
int deps_quote(struct buf *b, const char *name);

#endif
