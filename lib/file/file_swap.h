/*
 * A folder takes the place of another.  In one step where the file system can
 * (RENAME_EXCHANGE); elsewhere in two: the old one is renamed to
 * ".NAME.old-XXXXXXXX" first.  A run that is killed in between leaves it so.  The
 * next one that makes NAME puts it back, with a message; until then whoever looks
 * for NAME is told where it is (file_absent).
 */
#ifndef FILE_FILE_SWAP_H
#define FILE_FILE_SWAP_H

struct replace_kind;

/* final becomes what is at path; *old: where the old one is now, the caller's.  On
 * failure both are where they were. */
int file_swap(char **old, const char *path, const char *final);
/* Put back, or remove, what a run that was killed left.  Removed is only what
 * force allows (file/replace.h); NULL: nothing. */
void file_swap_mend(const char *final, const struct replace_kind *force);
/* Where such a run left final, which is not there; the caller's, or NULL. */
char *file_swap_aside(const char *final);

#endif
