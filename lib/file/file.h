/*
 * Files: whole reads with a cap, and outputs that appear whole or not at all.
 *
 *	struct file_out *o = NULL;
 *	rc = file_out_open(&o, path, force);
 *	...  fwrite(..., file_out_stream(o));
 *	rc = file_out_commit(&o);      flush, fsync, rename; fails on a full disk
 *	file_out_abort(&o);            at done: removes what was not committed
 *
 * Folders work the same (file_dir_*): everything is written in a hidden folder
 * beside the final name and renamed at the end.  With force a file is replaced,
 * but never one that the command reads (file/replace.h) or a disk.  Hidden names begin with
 * ".NAME.tmp-"; file_dir_begin removes those a killed run of the same output
 * left behind (each holds a lock while its owner lives).
 */
#ifndef FILE_FILE_H
#define FILE_FILE_H

#include <stdio.h>
#include <stdint.h>

#include "base/buf.h"

struct file_out;
int file_out_open(struct file_out **out, const char *path, int force);
FILE *file_out_stream(struct file_out *o);
int
file_out_commit(struct file_out **o); /* frees, sets NULL, also on failure */
void file_out_abort(struct file_out **o); /* accepts NULL and *o NULL */
/* Could it be opened, and for a folder begun?  Leaves nothing behind.  A folder
 * that is there must be one that can be written into; whether it may be
 * replaced is file_dir_begin's to say. */
int file_out_prove(const char *path, int force);
int file_dir_prove(const char *path);
/* Flush f; the errno with which a write to it failed, now or before, else 0. */
int file_stream_failed(FILE *f);
/* All of it at once. "-" is stdout. */
int file_write(const char *path, const void *p, size_t n, int force);
/* A last word on a full disk: over what is in the file, and only within the room
 * that it has on the disk already.  Not whole at every moment as file_write is. */
int file_overwrite(const char *path, const void *p, size_t n);

/*
 * A descriptor of an input.  A FIFO, a socket or a device is ERR_FORMAT, without
 * waiting for it; but by names that shells hand over pipes by (/dev/stdin,
 * /dev/fd, /proc) anything is taken.  A folder is opened, and cannot be read.
 */
int file_open(const char *path);
/* "a FIFO", "a socket", "a device"; NULL for files, folders and what is not
 * there. */
const char *file_kind(const char *path);
/* Would it be opened?  For what a library opens by its name. */
int file_openable(const char *path);
/* The same as a stream; NULL with *rc < 0. */
FILE *file_fopen(int *rc, const char *path);
/* For what may come as it is made (lists of names): a FIFO too, whose writer is
 * waited for. */
int file_open_stream(const char *path);
/* Until fd has something, or its end; ERR_STOPPED when stop_asked(). */
int file_wait(int fd, const char *path);

/* Everything in path ("-": stdin) appended to b, whose max is the cap; opened as
 * file_open does, file_read_stream: as file_open_stream. */
int file_read(struct buf *b, const char *path);
int file_read_stream(struct buf *b, const char *path);
/* All n bytes of p to fd, which path names in the sentence. */
int file_write_all(int fd, const void *p, size_t n, const char *path);
/* The file mapped read-only; length 0 gives *p = NULL and success.  Where it gets
 * shorter meanwhile the program ends with a sentence (base/tidy.h). */
int file_map(const void **p, size_t *n, const char *path);
void file_unmap(const void *p, size_t n);

/* A symbolic link to target, in place of one that is there, at once; never in
 * place of anything else (ERR_REFUSED).  ERR_IO where the file system has none. */
int file_link(const char *target, const char *path);

struct file_dir;
struct replace_kind;
/* What a folder is called, there or not: the last part of its path, also of "DIR/",
 * and of "." by where that lies; "" of the root.  The caller's. */
char *file_dir_name(const char *path);

/* Could file_dir_begin begin?  To ask before long work. */
int file_dir_check(const char *path, const struct replace_kind *force);
/*
 * Begin the folder path.  ERR_REFUSED when it exists and force is NULL, or what
 * is there may not be replaced by one of that kind (file/replace.h), or another
 * process is making it or at work in it.  The kind must live as long as *out.
 */
int file_dir_begin(
    struct file_dir **out, const char *path, const struct replace_kind *force);
/* Only keep others from making the folder path, or being about to: until
 * file_dir_abort.  For what is made in a folder that is there. */
int file_dir_hold(struct file_dir **out, const char *path);
/* Where to write: a hidden folder, after publishing the path itself; borrowed
 * until the next call. */
const char *file_dir_path(const struct file_dir *d);
/* Will something be replaced? */
int file_dir_replaces(const struct file_dir *d);
/* fsync, and in place, replacing what was there with force; nothing the second
 * time.  The folder stays locked (lock_now) until the end. */
int file_dir_publish(struct file_dir *d);
int file_dir_commit(struct file_dir **d); /* publish, then abort */
/* Frees; removes what was not published; accepts NULL */
/* As abort, and what was published goes too. */
void file_dir_withdraw(struct file_dir **d);
void file_dir_abort(struct file_dir **d);

/* 1, or 0 only where it certainly is not: what cannot be looked at is taken to be
 * there, and opening it says why. */
int file_exists(const char *path);
struct stat;
/* Through symbolic links: 1 and what it is, 0 where nothing is there, < 0 where
 * that cannot be told.  For what is left out, or chosen, by what is there. */
int file_look(struct stat *st, const char *path);
int file_look_dir(const char *path); /* is a folder there?  1, 0 or < 0 */
/* ERR_REFUSED with "PATH exists (HINT)" where something is there, ERR_IO where
 * that cannot be told. */
int file_refuse(const char *path, const char *hint);
/* What a list means by name, below root: root/name; also where it begins with a
 * slash, as Caffe's convert_imageset has it, unless only name itself is there.
 * Caller's. */
char *file_below(const char *root, const char *name);
/* After the failure rc to use any picture of a list, of which name was one: rc, and
 * where name is not there, in the sentence what --root would help (root: the one
 * there was, or NULL). */
int
file_root_hint(int rc, const char *list, const char *root, const char *name);
/* path, or what was wanted in the folder path, was looked for and not found:
 * ERR_MISSING with that sentence, or ERR_IO where one may not look there. */
int file_absent(const char *path, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
int file_is_dir(const char *path);     /* 1 or 0 */
int file_is_regular(const char *path); /* 1 or 0; through symbolic links */
int file_size(uint64_t *out, const char *path);
int file_mkdirs(const char *path); /* mkdir -p */
/* mkdtemp(template), which a signal removes (base/tidy.h): tidy_drop when it is
 * gone. */
int file_tmp_folder(char *template);
int file_remove_tree(const char *path); /* rm -rf; a missing path is fine */
int file_copy(const char *from, const char *to); /* atomic */
/* Names in a folder, byte order, without "." and ".."; caller frees with
 * file_list_free. */
int file_list(char ***names, size_t *n, const char *dir);
void file_list_free(char **names, size_t n);

#endif
