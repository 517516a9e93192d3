/*
 * What a user says of a job afterwards: its group and a note, in the small file
 * job.json of its folder.  They hold before those of info.json, which is left to
 * the training that may be at work there.
 *
 *	{"group": "lr", "note": "with mirror"}
 */
#ifndef JOBS_MARK_H
#define JOBS_MARK_H

#define JOB_MARKS "job.json"

/* Into *group and *note (owned texts, or NULL) what the file says, where there is
 * one; a text that is empty takes away what was there. */
int mark_read(char **group, char **note, const char *dir);
/* Keep these; NULL: as it was.  The file appears whole. */
int mark_write(const char *dir, const char *group, const char *note);

#endif
