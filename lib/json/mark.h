/*
 * What a user says of a folder afterwards: its group and a note, in the small file
 * job.json of it.  They hold before those of info.json, which is left to the training
 * that may be at work there.
 *
 *	{"group": "lr", "note": "with mirror"}
 */
#ifndef JSON_MARK_H
#define JSON_MARK_H

#include "file/replace.h"

/* Into *group and *note (owned texts, or NULL) what the file says, where there is
 * one; a text that is empty takes away what was there. */
int mark_read(char **group, char **note, const char *dir);
/* Keep these; NULL: as it was, as all else that is in the file.  It appears whole. */
int mark_write(const char *dir, const char *group, const char *note);
/* Add the file to what the folder holds of ours (file/replace.h), if it has nothing
 * but these two: any other is the user's. */
void mark_name(struct replace_names *more, const char *dir);

#endif
