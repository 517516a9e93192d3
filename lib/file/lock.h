/*
 * Locks between processes, and waiting for them: flock(2), which the kernel takes back however a
 * process ends.  Waiting ends when the process is asked to stop (base/stop.h).
 */
#ifndef FILE_LOCK_H
#define FILE_LOCK_H

/* Lock what fd is open on; who says what holds it ("another process pulls it"),
 * for the one line that is written when it has to be waited for.  Where a file
 * system has no locks, nothing is locked and that is fine.  0, or
 * ERR_STOPPED. */
int lock_wait(int fd, const char *path, const char *who);

/* Does path still lead to what fd is open on?  Asked after locking: meanwhile
 * its owner may have renamed or removed it. */
int lock_same(int fd, const char *path);

/*
 * Make the folder path if need be and lock it.  The lock is given back by
 * closing *fd.
 */
int lock_folder(int *fd, const char *path, const char *who);

/*
 * Lock an existing folder, so that no other process goes to work in it or
 * replaces it: a descriptor, whose closing gives it back.  ERR_REFUSED when
 * another has it; nothing is waited for.
 */
int lock_now(const char *dir);

/* Is some process at work in it?  1 or 0; -1: it cannot be told. */
int lock_held(const char *dir);

#endif
