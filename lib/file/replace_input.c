/* What a command reads, which nothing it writes may replace: see replace.h. */
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/path.h"
#include "file/file.h"
#include "file/replace.h"

struct input {
	char *name, *real;
	dev_t dev;
	ino_t ino;
};

static struct {
	pthread_mutex_t lock;
	struct input *v;
	size_t n, cap;
	char *unknown; /* one that could not be looked at */
} inputs = { .lock = PTHREAD_MUTEX_INITIALIZER };

void
replace_input(const char *path)
{
	struct err_saved why;
	struct stat st;
	struct input *in;
	char *real;
	int there;

	if (path == NULL || path[0] == '\0' || strcmp(path, "-") == 0 ||
	    path_is_url(path))
		return;
	err_save(&why, 0); /* the caller's error stays what it is */
	there = file_look(&st, path);
	err_restore(&why);
	if (there == 0 ||
	    (there > 0 && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode)))
		return;
	real = there > 0 ? realpath(path, NULL) : NULL;
	pthread_mutex_lock(&inputs.lock);
	if (real == NULL) {
		mem_free(inputs.unknown);
		inputs.unknown = mem_strdup(path);
		pthread_mutex_unlock(&inputs.lock);
		return;
	}
	mem_grow(&inputs.v, &inputs.cap, inputs.n + 1);
	in = &inputs.v[inputs.n++];
	in->name = mem_strdup(path);
	in->real = mem_strdup(real);
	in->dev = st.st_dev;
	in->ino = st.st_ino;
	pthread_mutex_unlock(&inputs.lock);
	free(real);
}

/* Is that file or folder the absolute path, or one of those it lies in?  By
 * what they are, so that a second mount of a folder is known for the same.  Of
 * what cannot be looked at: yes. */
static int
leads_to(const char *real, dev_t dev, ino_t ino)
{
	char path[PATH_MAX];
	size_t n = strlen(real);
	struct stat st;

	if (n == 0 || n >= sizeof(path))
		return 0;
	memcpy(path, real, n + 1);
	for (;;) {
		int there = file_look(&st, path);

		if (there < 0 ||
		    (there > 0 && st.st_dev == dev && st.st_ino == ino))
			return 1;
		if (n <= 1)
			return 0;
		while (n > 1 && path[n - 1] != '/')
			n--;
		if (n > 1)
			n--;
		path[n] = '\0';
	}
}

static int
check_one(const struct input *in, const char *path, const char *real,
    const struct stat *st)
{
	if (in->dev == st->st_dev && in->ino == st->st_ino)
		return err_set(ERR_REFUSED,
		    "%s is read by this command: not replaced", path);
	if (leads_to(in->real, st->st_dev, st->st_ino))
		return err_set(ERR_REFUSED,
		    "%s holds %s, which is read by this command: not replaced",
		    path, in->name);
	if (leads_to(real, in->dev, in->ino))
		return err_set(ERR_REFUSED,
		    "%s lies inside %s, which is read by this command: not replaced",
		    path, in->name);
	return 0;
}

/* Under the lock: what is read is known, all of it. */
static int
check_known(const char *path)
{
	return inputs.unknown == NULL
	    ? 0
	    : err_set(ERR_REFUSED,
		  "%s may be %s, which is read by this command and cannot be looked at: not replaced",
		  path, inputs.unknown);
}

int
replace_check_inputs(const char *path)
{
	char *real;
	struct stat st;
	int rc = file_look(&st, path);

	if (rc <= 0)
		return rc;
	real = realpath(path, NULL);
	if (real == NULL)
		return err_sys("open %s", path);
	pthread_mutex_lock(&inputs.lock);
	rc = check_known(path);
	for (size_t i = 0; rc == 0 && i < inputs.n; i++)
		rc = check_one(&inputs.v[i], path, real, &st);
	pthread_mutex_unlock(&inputs.lock);
	free(real);
	return rc;
}

int
replace_check_file(const char *path)
{
	struct stat st;
	int rc = file_look(&st, path);

	if (rc < 0 || (rc > 0 && !S_ISREG(st.st_mode)))
		return rc < 0 ? rc : 0;
	if (rc == 0)
		return 0;
	pthread_mutex_lock(&inputs.lock);
	rc = check_known(path);
	for (size_t i = 0; rc == 0 && i < inputs.n; i++)
		if (inputs.v[i].dev == st.st_dev &&
		    inputs.v[i].ino == st.st_ino)
			rc = err_set(ERR_REFUSED,
			    "%s is read by this command: not replaced", path);
	pthread_mutex_unlock(&inputs.lock);
	return rc;
}

/* The path of real within the folder in; NULL: it is not in there. */
static const char *
path_within(const struct input *in, const char *real)
{
	size_t n = strlen(in->real);

	if (strncmp(in->real, real, n) != 0 || real[n] != '/')
		return NULL;
	return real + n + 1;
}

int
replace_check_output(const char *path, int (*reads)(const char *rel))
{
	const char *rel;
	char *real;
	int rc = 0;

	TRY(replace_check_file(path));
	real = reads != NULL ? realpath(path, NULL) : NULL;
	pthread_mutex_lock(&inputs.lock);
	for (size_t i = 0; real != NULL && rc == 0 && i < inputs.n; i++) {
		rel = path_within(&inputs.v[i], real);
		if (rel != NULL && reads(rel))
			rc = err_set(ERR_REFUSED,
			    "%s belongs to %s, which is read by this command: not replaced",
			    path, inputs.v[i].name);
	}
	pthread_mutex_unlock(&inputs.lock);
	free(real);
	return rc;
}

int
replace_check_anew(const char *path, const char *what, const char *begin,
    const char *within_it)
{
	const void *p = NULL;
	struct stat st;
	size_t n;
	int ours = file_look(&st, path);

	if (ours <= 0 || !S_ISREG(st.st_mode) || st.st_size == 0)
		return ours < 0 ? ours : 0;
	TRY(file_map(&p, &n, path));
	ours = (begin != NULL && n >= strlen(begin) &&
		   memcmp(p, begin, strlen(begin)) == 0) ||
	    (within_it != NULL &&
		memmem(p, n, within_it, strlen(within_it)) != NULL);
	file_unmap(p, n);
	return ours
	    ? 0
	    : err_set(ERR_REFUSED, "%s exists and is not a %s: not replaced",
		  path, what);
}
