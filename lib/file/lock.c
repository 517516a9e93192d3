/* Locks that are waited for: see lock.h. */
#include "file/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/err.h"
#include "base/log.h"
#include "base/stop.h"
#include "file/file.h"

enum { TRIES = 1000, STEP_MS = 50, MOMENTS = 5, MOMENT_US = 5000 };

int
lock_same(int fd, const char *path)
{
	struct stat a, b;

	return fstat(fd, &a) == 0 && lstat(path, &b) == 0 &&
	    a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

/* Polled: a call that sleeps in the kernel would begin anew after a signal. */
int
lock_wait(int fd, const char *path, const char *who)
{
	const struct timespec step = { 0, STEP_MS * 1000000L };
	int told = 0;

	while (flock(fd, LOCK_EX | LOCK_NB) != 0) {
		if (errno == EINTR)
			continue;
		if (errno != EWOULDBLOCK)
			return 0;
		if (stop_asked())
			return err_set(ERR_STOPPED,
			    "stopped by %s while waiting: %s: %s",
			    stop_reason(), path, who);
		if (!told)
			log_warn("waiting: %s: %s", path, who);
		told = 1;
		nanosleep(&step, NULL);
	}
	return 0;
}

int
lock_now(const char *dir)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC), busy = 0, i;
	struct stat a, b;

	if (fd < 0)
		return err_sys("open folder %s", dir);
	/* Who only asks (lock_held) has it for a moment. */
	for (i = 0; i < MOMENTS; i++) {
		busy =
		    flock(fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
		if (!busy)
			break;
		usleep(MOMENT_US);
	}
	/* It may have been replaced in between. */
	if (!busy && fstat(fd, &a) == 0 && stat(dir, &b) == 0 &&
	    a.st_dev == b.st_dev && a.st_ino == b.st_ino)
		return fd;
	close(fd);
	return err_set(ERR_REFUSED, "%s: another process is using it", dir);
}

int
lock_folder(int *fd, const char *path, const char *who)
{
	int i, rc;

	*fd = -1;
	for (i = 0; i < TRIES; i++) {
		TRY(file_mkdirs(path));
		*fd =
		    open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (*fd < 0 && errno == ENOENT)
			continue;
		if (*fd < 0)
			return err_sys("open folder %s", path);
		rc = lock_wait(*fd, path, who);
		if (rc == 0 && lock_same(*fd, path))
			return 0;
		close(*fd);
		*fd = -1;
		if (rc < 0)
			return rc;
	}
	return err_set(ERR_IO, "%s: cannot be locked", path);
}

int
lock_held(const char *dir)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC), held;

	if (fd < 0)
		return -1;
	/* Shared, so that two who ask do not see each other. */
	held = flock(fd, LOCK_SH | LOCK_NB) == 0 ? 0
	    : errno == EWOULDBLOCK               ? 1
						 : -1;
	close(fd);
	return held;
}
