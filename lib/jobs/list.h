/*
 * The jobs of some folders: found, chosen, put in order.
 *
 *	struct jobs l = { 0 };
 *	rc = jobs_find(&l, dirs, n, &choice);
 *	jobs_sort(&l, JOBS_BY_BEST, false);
 *	jobs_clear(&l);
 */
#ifndef JOBS_LIST_H
#define JOBS_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include "jobs/job.h"
#include "prog/prog.h"

/* What is listed; of each list any, and empty ones choose nothing. */
struct jobs_choice {
	struct opt_list group, status, kind;
	struct opt_list name; /* fnmatch(3) patterns of name or folder */
	double newer, older;  /* changed so many seconds ago; 0: whenever */
	bool all;             /* folders that are nothing of the kind, too */
};

/* ERR_USAGE for a word that is no status and no kind. */
int jobs_choice_check(const struct jobs_choice *c);

struct jobs {
	struct job *v;
	size_t n, cap;
};

/*
 * Each dir is a job itself or a folder that has some; hidden folders in it are
 * looked at where a run makes something in them.  A dir that is not there is an
 * error, whatever else is wrong a job's status.
 */
int jobs_find(
    struct jobs *l, char *const *dirs, size_t n, const struct jobs_choice *c);
void jobs_clear(struct jobs *l);

#define JOBS_KEYS                                                              \
	"path|name|kind|status|progress|eta|time|best|size|changed|group"
enum jobs_key {
	JOBS_BY_PATH,
	JOBS_BY_NAME,
	JOBS_BY_KIND,
	JOBS_BY_STATUS,
	JOBS_BY_PROGRESS,
	JOBS_BY_ETA,
	JOBS_BY_TIME,
	JOBS_BY_BEST,
	JOBS_BY_SIZE,
	JOBS_BY_CHANGED,
	JOBS_BY_GROUP
};
/* Texts from A to Z; the largest number, the best and the latest first, the least
 * that is left to wait for; what is not known last, also in reverse. */
void jobs_sort(struct jobs *l, enum jobs_key key, bool reverse);

#endif
