/*
 * The folder of pictures that views draw (-o): a PNG for each picture that was
 * asked about, named after it.  The folder appears whole at the end; with -f it
 * takes the place of one that was made so and holds nothing else.
 */
#ifndef INFER_VIEWS_PICTURES_H
#define INFER_VIEWS_PICTURES_H

#include "image/image.h"

struct infer_pictures;
/* May the folder be made?  ERR_REFUSED says why not. */
int infer_pictures_check(const char *path);
int infer_pictures_new(struct infer_pictures **out, const char *path);
/*
 * The file for the picture of that name: its last part without the extension, then
 * suffix ("", or "-3") and ext (".png"); what a name of a file should not have is
 * "-", and where that file was given before "-2", "-3" … stand behind the name.
 * folder: the one below that it goes into, of a class maybe, which is made; NULL:
 * none.  All is in a hidden folder until the commit.  The caller's.
 */
int infer_pictures_path(char **out, struct infer_pictures *p,
    const char *folder, const char *name, const char *suffix, const char *ext);
/* A folder of its own for what is about the picture of that name, as such a file is
 * named: for the folder of infer_pictures_path, the caller's. */
char *infer_pictures_folder(struct infer_pictures *p, const char *name);
/* The picture as a PNG under infer_pictures_path. */
int infer_pictures_add(struct infer_pictures *p, const char *folder,
    const char *name, const char *suffix, const struct image *im);
int infer_pictures_commit(struct infer_pictures *p); /* accepts NULL */
void infer_pictures_free(struct infer_pictures *p);  /* accepts NULL */

#endif
