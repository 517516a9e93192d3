/*
 * Hidden names of unfinished outputs; for file_out.c and file_dir.c only.
 *
 * An output DIR/NAME is written as DIR/.NAME.tmp-XXXXXXXX, a file or a folder
 * on which its owner holds flock(2).  Sentences show NAME (base/alias.h).  The kernel drops the lock with the owner,
 * however that ends, so what can be locked is a leftover and is removed.
 */
#ifndef FILE_FILE_TMP_H
#define FILE_FILE_TMP_H

#include <stddef.h>

struct file_tmp {
	char *final; /* the name wanted, without trailing slashes */
	char *dir;   /* its folder */
	char *path;  /* the hidden name */
	int fd;      /* open on it, locked; -1 */
	/* path, while a signal would remove it (base/tidy.h), and while it is
	 * shown as final */
	char *listed;
};

enum file_tmp_kind { FILE_TMP_FILE, FILE_TMP_FOLDER, FILE_TMP_ALONE };
/* Make the hidden file, or folder; remove what dead owners left.  ALONE: a
 * folder, and ERR_REFUSED when another process is making one of that name. */
int
file_tmp_make(struct file_tmp *t, const char *final, enum file_tmp_kind kind);
/* A fresh hidden name ".NAME.KIND-XXXXXXXX" beside final; caller's. */
char *file_tmp_name(const struct file_tmp *t, const char *kind);
/* The length of NAME in ".NAME.KIND-XXXXXXXX"; 0: it is no such name. */
size_t file_tmp_is_hidden(const char *hidden, const char *kind);
/* Is it one of that very NAME? */
int file_tmp_is_of(const char *hidden, const char *kind, const char *base);
/* rename(2) that fails with EEXIST when the new name is taken. */
int file_tmp_rename_new(const char *from, const char *to);
/* fsync(2), or nothing with NNUTILS_FSYNC=0, which the tests set: they make
 * thousands of files that need not outlive a power cut. */
int file_tmp_sync(int fd);
/* fsync of the folder that holds the name. */
int file_tmp_sync_dir(const struct file_tmp *t);
void file_tmp_clear(struct file_tmp *t); /* closes and frees, removes nothing */

#endif
