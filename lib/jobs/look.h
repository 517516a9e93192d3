/*
 * A folder's names, read once, and what can be told of it by them: for job.c.
 */
#ifndef JOBS_LOOK_H
#define JOBS_LOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

struct model_info;

struct look {
	const char *path; /* the caller's */
	char **names;     /* in byte order */
	size_t n;
	char *unfinished; /* NAME, of a hidden ".NAME.tmp-XXXXXXXX"; or NULL */
};

/* l is to be closed whatever is returned. */
int look_open(struct look *l, const char *path);
void look_close(struct look *l);

bool look_has(const struct look *l, const char *name);
bool look_any(const struct look *l, const char *pattern); /* fnmatch(3) */
/* Is dataset.json, if there is one, whole, and are the databases there that it
 * names?  0, or the error that says what is wrong. */
int look_dataset(const struct look *l);
/* When the newest of the files was written that say how a job stands. */
int look_changed(time_t *newest, const struct look *l);
/* Bytes of its files and those of the folders in it.  Links are not followed. */
int look_bytes(uint64_t *sum, const struct look *l);

/* Is the archive path one of a model?  1, 0 or < 0; info gets what its info.json
 * says, where that takes no long reading. */
int look_packed(struct model_info *info, const char *path);
/* The name of a hidden folder's product; NULL: it is none.  The caller's. */
char *look_unfinished(const char *path);

#endif
