/*
 * Temporary files that go with a signal: see tidy.h.  What runs in a handler is
 * limited to what signal-safety(7) lists, and getdents64, which is a plain
 * system call.
 */
#include "base/tidy.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/mem.h"

enum {
	FILES = 64,
	MAPS = 64,
	NAME_BYTES = 256,
	DEPTH = 16,
	PASSES = 100,
	STACK = 64 << 10
};

enum { FREE, BUSY, READY };

static struct file {
	atomic_int state;
	pid_t owner;
	char path[PATH_MAX];
} files[FILES];

static struct map {
	atomic_int state;
	uintptr_t at;
	size_t n;
	char path[NAME_BYTES];
} maps[MAPS];

static char program[64];
static atomic_int holds;
static atomic_int waiting;          /* for a release: a signal */
static struct sigaction bus_before; /* a sanitizer's, or the default */

static bool
take_state(atomic_int *state)
{
	int expected = FREE;

	return atomic_compare_exchange_strong(state, &expected, BUSY);
}

void
tidy_add(const char *path)
{
	const size_t n = strlen(path);

	for (size_t i = 0; n < PATH_MAX && i < FILES; i++) {
		if (!take_state(&files[i].state))
			continue;
		memcpy(files[i].path, path, n + 1);
		files[i].owner = getpid();
		atomic_store(&files[i].state, READY);
		return;
	}
}

void
tidy_drop(const char *path)
{
	for (size_t i = 0; i < FILES; i++)
		if (atomic_load(&files[i].state) == READY &&
		    strcmp(files[i].path, path) == 0) {
			atomic_store(&files[i].state, FREE);
			return;
		}
}

void
tidy_hold(void)
{
	atomic_fetch_add(&holds, 1);
}

void
tidy_release(void)
{
	if (atomic_fetch_sub(&holds, 1) == 1 && atomic_load(&waiting) != 0)
		tidy_die(atomic_load(&waiting), NULL);
}

void
tidy_mapped(const void *p, size_t n, const char *path)
{
	for (size_t i = 0; i < MAPS; i++) {
		if (!take_state(&maps[i].state))
			continue;
		maps[i].at = (uintptr_t)p;
		maps[i].n = n;
		snprintf(maps[i].path, NAME_BYTES, "%s", path);
		atomic_store(&maps[i].state, READY);
		return;
	}
}

void
tidy_unmapped(const void *p)
{
	for (size_t i = 0; i < MAPS; i++)
		if (atomic_load(&maps[i].state) == READY &&
		    maps[i].at == (uintptr_t)p)
			atomic_store(&maps[i].state, FREE);
}

/* As the kernel gives it. */
struct entry {
	uint64_t ino;
	int64_t off;
	unsigned short length;
	unsigned char type;
	char name[];
};

static void remove_at(int dir, const char *name, int depth);

/* One pass over an open folder; how many names it had. */
static int
empty_once(int fd, int depth)
{
	_Alignas(struct entry) char room[4096];
	long n, at;
	int names = 0;

	(void)lseek(fd, 0, SEEK_SET);
	while ((n = syscall(SYS_getdents64, fd, room, sizeof(room))) > 0)
		for (at = 0; at < n;) {
			const struct entry *e = (void *)(room + at);

			at += e->length;
			if (strcmp(e->name, ".") == 0 ||
			    strcmp(e->name, "..") == 0)
				continue;
			names++;
			remove_at(fd, e->name, depth + 1);
		}
	return names;
}

/* Other threads may still be writing there, so until it is empty. */
static void
remove_at(int dir, const char *name, int depth)
{
	int fd;

	if (unlinkat(dir, name, 0) == 0 ||
	    (errno != EISDIR && errno != EPERM) || depth > DEPTH)
		return;
	fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return;
	for (int i = 0; i < PASSES; i++) {
		empty_once(fd, depth);
		if (unlinkat(dir, name, AT_REMOVEDIR) == 0 ||
		    errno != ENOTEMPTY)
			break;
	}
	close(fd);
}

void
tidy_now(void)
{
	for (size_t i = 0; i < FILES; i++)
		if (atomic_load(&files[i].state) == READY &&
		    files[i].owner == getpid())
			remove_at(AT_FDCWD, files[i].path, 0);
}

static void
write_message(const char *a, const char *b)
{
	const char *const part[] = { program, ": ", a, b, "\n" };
	char line[NAME_BYTES * 2];
	size_t n = 0;

	for (size_t i = 0; i < LENGTH(part); i++) {
		size_t k = strnlen(part[i], sizeof(line) - n);

		memcpy(line + n, part[i], k);
		n += k;
	}
	(void)!write(STDERR_FILENO, line, n);
}

void
tidy_die(int sig, const char *why)
{
	struct sigaction sa;
	sigset_t one;

	if (why != NULL)
		write_message(why, "");
	tidy_now();
	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = SIG_DFL;
	sigaction(sig, &sa, NULL);
	sigemptyset(&one);
	sigaddset(&one, sig);
	pthread_sigmask(SIG_UNBLOCK, &one, NULL);
	raise(sig);
	_exit(128 + sig);
}

/* Nothing that the program does goes on behind one of these. */
static bool
is_fault(int sig)
{
	return sig == SIGSEGV || sig == SIGILL || sig == SIGFPE ||
	    sig == SIGABRT || sig == SIGTRAP || sig == SIGSYS;
}

static void
fatal(int sig)
{
	if (!is_fault(sig) && atomic_load(&holds) > 0) {
		atomic_store(&waiting, sig);
		/* The last may have been released just now. */
		if (atomic_load(&holds) > 0)
			return;
	}
	tidy_die(sig, NULL);
}

static void
bus(int sig, siginfo_t *info, void *context)
{
	const uintptr_t at = (uintptr_t)info->si_addr;

	for (size_t i = 0; i < MAPS; i++) {
		if (atomic_load(&maps[i].state) != READY || at < maps[i].at ||
		    at - maps[i].at >= maps[i].n)
			continue;
		write_message(maps[i].path,
		    ": shrank or became unreadable while it was in use");
		tidy_now();
		_exit(5);
	}
	if ((bus_before.sa_flags & SA_SIGINFO) != 0)
		bus_before.sa_sigaction(sig, info, context);
	tidy_die(sig, NULL);
}

/* Those whose default is to end the program, but the ones that stop.h or others
 * have, and KILL. */
static bool
ends_program(int sig)
{
	static const int others[] = { SIGKILL, SIGSTOP, SIGCHLD, SIGCONT,
		SIGTSTP, SIGTTIN, SIGTTOU, SIGURG, SIGWINCH, SIGXFSZ, SIGBUS };

	for (size_t i = 0; i < LENGTH(others); i++)
		if (sig == others[i])
			return false;
	return true;
}

void
tidy_install(const char *name)
{
	static char stack[STACK];
	const stack_t own = { .ss_sp = stack, .ss_size = sizeof(stack) };
	struct sigaction sa, old;

	snprintf(program, sizeof(program), "%s", name);
	/* For a stack that overflows; a sanitizer has its own. */
	(void)sigaltstack(&own, NULL);
	memset(&sa, 0, sizeof(sa));
	sa.sa_flags = SA_ONSTACK;
	sa.sa_handler = fatal;
	for (int sig = 1; sig <= SIGRTMAX; sig++)
		if (ends_program(sig) && sigaction(sig, NULL, &old) == 0 &&
		    (old.sa_flags & SA_SIGINFO) == 0 &&
		    old.sa_handler == SIG_DFL)
			sigaction(sig, &sa, NULL);
	sa.sa_handler = SIG_IGN;
	sigaction(SIGXFSZ, &sa, NULL);
	sa.sa_flags = SA_ONSTACK | SA_SIGINFO;
	sa.sa_sigaction = bus;
	sigaction(SIGBUS, &sa, &bus_before);
}
