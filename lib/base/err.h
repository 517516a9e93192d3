/*
 * Errors: a negative code and a sentence.
 *
 * Every function that can fail returns 0 (or a count >= 0) or one of the codes
 * below, having put a sentence into a per-thread buffer.  A code means a
 * reaction (fix the file, free the disk, ask again), not a place; exit
 * statuses follow from it (err_exit).  Each level may put its own name in
 * front:
 *
 *	if (w == 0)
 *		return err_set(ERR_FORMAT, "record %zu: width is 0", i);
 *	fd = open(path, O_RDONLY);
 *	if (fd < 0)
 *		return err_sys("open %s", path);
 *	rc = caffe_text_read(&net, path);
 *	if (rc < 0)
 *		return err_in(rc, "net %s", path);
 *
 * The sentence belongs to the thread.  A worker that fails hands it over with
 * err_save in the worker and err_restore in the thread that joins it.  After a
 * success the sentence is stale: look at it only after a failure.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stddef.h>

enum err {
	ERR_USAGE = -1,    /* wrong usage: exit 2 */
	ERR_FORMAT = -2,   /* bad data in a file, record or stream: exit 3 */
	ERR_RANGE = -3,    /* a value or size outside its stated cap: exit 3 */
	ERR_MISSING = -4,  /* not found: exit 4 */
	ERR_IO = -5,       /* the system failed, or the disk is full: exit 5 */
	ERR_NET = -6,      /* network: exit 6 */
	ERR_DEVICE = -7,   /* no such device, or it failed: exit 7 */
	ERR_REFUSED = -8,  /* exists, unsafe, digest or signature differs: 8 */
	ERR_GATE = -9,     /* a --require gate was not met: exit 9 */
	ERR_STOPPED = -10, /* stopped by a signal or a time budget: exit 75 */
	ERR_UNSUPPORTED = -11, /* legal, but not offered here: exit 3 */
	ERR_ITEMS = -12        /* done, but some items were bad: exit 1 */
};

enum { ERR_TEXT_MAX = 1024 };

/* Text of one failure, to carry it from one thread to another. */
struct err_saved {
	int code;
	char text[ERR_TEXT_MAX];
};

/* Set the sentence, return code.  No full stop, no newline. */
int
err_set(int code, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/*
 * Set the sentence and append ": " and strerror(errno).  Returns ERR_MISSING
 * for ENOENT and ENOTDIR, ERR_REFUSED for EEXIST, else ERR_IO.
 */
int err_sys(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Put "fmt: " in front of the sentence; returns code as given. */
int
err_in(int code, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* The sentence of this thread; never NULL.  Borrowed until the next err_*. */
const char *err_text(void);

void err_save(struct err_saved *s, int code);
int err_restore(const struct err_saved *s);

/* The exit status of CLI.md for a code; 0 for code >= 0. */
int err_exit(int code);

/* Forward a failure as it is.  Only before the first acquisition. */
#define TRY(call)                                                              \
	do {                                                                   \
		int try_rc_ = (call);                                          \
		if (try_rc_ < 0)                                               \
			return try_rc_;                                        \
	} while (0)

#endif
