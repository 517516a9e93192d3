/* A reader in a process of its own: see apart.h. */
#include "hdf5/apart.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"

/* CPU time for a step: seconds, and one more for so many bytes. */
enum { STEP_SECONDS = 20, BYTES_A_SECOND = 4 << 20 };
/* Memory beyond what the parent has: bytes, and some per byte of the file. */
enum { MEMORY = 1 << 30, MEMORY_PER_BYTE = 192 };
enum { SOCKET_BYTES = 1 << 20, STATUS_SYSTEM = 5 };

/* What the child tells while it lives. */
struct place {
	char path[PATH_MAX]; /* of the file that is being read */
};

struct h5_apart {
	pid_t pid; /* -1: it is gone */
	int fd;
	struct place *at;
};

/* Before each answer; text: bytes of a sentence that follows in its place. */
struct head {
	int rc;
	unsigned text;
	uint64_t n;
};

/* ---- the child ---- */

static struct place *place; /* of this process, if it is a child */

void
h5_apart_answer(FILE *out, uint64_t n)
{
	const struct head h = { 0, 0, n };

	(void)!fwrite(&h, sizeof(h), 1, out);
}

/* Bytes of memory that count against RLIMIT_DATA. */
static uint64_t
data_bytes(void)
{
	unsigned long long data = 0;
	FILE *f = fopen("/proc/self/statm", "re");

	if (f == NULL)
		return 0;
	if (fscanf(f, "%*s %*s %*s %*s %*s %llu", &data) != 1)
		data = 0;
	fclose(f);
	return data * (uint64_t)sysconf(_SC_PAGESIZE);
}

static void
limit_time(uint64_t bytes)
{
	struct itimerval t = { 0 };

	t.it_value.tv_sec = STEP_SECONDS + (time_t)(bytes / BYTES_A_SECOND);
	setitimer(ITIMER_PROF, &t, NULL);
}

static void
limit_memory(uint64_t bytes)
{
	struct rlimit most;
	uint64_t used = data_bytes();

	if (used == 0 || getrlimit(RLIMIT_DATA, &most) != 0)
		return;
	used += MEMORY + bytes;
	if (used >= most.rlim_max)
		return;
	most.rlim_cur = (rlim_t)used;
	setrlimit(RLIMIT_DATA, &most);
}

void
h5_apart_at(const char *path)
{
	struct stat st;
	uint64_t size = 0;

	if (place == NULL)
		return;
	snprintf(place->path, sizeof(place->path), "%s", path);
	if (stat(path, &st) == 0 && st.st_size > 0)
		size = (uint64_t)st.st_size;
	limit_time(size);
	limit_memory(size * MEMORY_PER_BYTE);
}

void
h5_apart_step(const char *path, uint64_t bytes)
{
	if (place == NULL)
		return;
	snprintf(place->path, sizeof(place->path), "%s", path);
	limit_time(bytes);
	if (bytes > MEMORY / 8)
		limit_memory(bytes * 2);
}

/* Signals as they are by default, but those that ask the parent to stop. */
static void
plain_signals(void)
{
	static const int ignored[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT,
		SIGUSR1, SIGUSR2, SIGALRM, SIGPIPE };
	sigset_t none;

	for (int sig = 1; sig <= SIGRTMAX; sig++)
		signal(sig, SIG_DFL);
	for (size_t i = 0; i < LENGTH(ignored); i++)
		signal(ignored[i], SIG_IGN);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Leave the parent's files, on which it may hold locks, and say nothing: what
 * crashes is reported by the parent.  Returns the socket's new number. */
static int
leave_files(int fd, const char *path)
{
	const struct rlimit none = { 0 };
	int null = open("/dev/null", O_WRONLY);

	if (null >= 0) {
		dup2(null, STDOUT_FILENO);
		dup2(null, STDERR_FILENO);
	}
	setrlimit(RLIMIT_CORE, &none);
	/* Names of descriptors stay good. */
	if (strncmp(path, "/dev/", 5) == 0 || strncmp(path, "/proc/", 6) == 0)
		return fd;
	fd = dup2(fd, STDERR_FILENO + 1);
#ifdef SYS_close_range
	(void)syscall(SYS_close_range, (unsigned)fd + 1, ~0U, 0);
#endif
	return fd;
}

static int
read_full(int fd, void *p, size_t n)
{
	size_t done = 0;

	while (done < n) {
		ssize_t k = read(fd, (char *)p + done, n - done);

		if (k < 0 && errno == EINTR)
			continue;
		if (k <= 0)
			return -1;
		done += (size_t)k;
	}
	return 0;
}

static void
send_error(FILE *out, int rc)
{
	const char *text = err_text();
	const struct head h = { rc, (unsigned)strlen(text), 0 };

	(void)!fwrite(&h, sizeof(h), 1, out);
	(void)!fwrite(text, 1, h.text, out);
}

static _Noreturn void
child(struct h5_apart *a, int fd, const char *path, h5_apart_fn *fn, void *ctx)
{
	struct h5_ask ask;
	FILE *out;

	plain_signals();
	prctl(PR_SET_NAME, "nnutils-hdf5");
	place = a->at;
	fd = leave_files(fd, path);
	h5_apart_at(path);
	out = fdopen(fd, "w");
	if (out == NULL)
		_exit(STATUS_SYSTEM);
	while (read_full(fd, &ask, sizeof(ask)) == 0) {
		int rc = fn(ctx, &ask, out);

		if (rc < 0)
			send_error(out, rc);
		if (fflush(out) != 0)
			break;
	}
	_exit(0);
}

/* ---- the parent ---- */

int
h5_apart_start(
    struct h5_apart **out, const char *path, h5_apart_fn *fn, void *ctx)
{
	const int room = SOCKET_BYTES;
	struct h5_apart *a = mem_new(struct h5_apart);
	int pair[2] = { -1, -1 };

	*out = NULL;
	a->at = mmap(NULL, sizeof(*a->at), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (a->at == MAP_FAILED)
		goto failed;
	snprintf(a->at->path, sizeof(a->at->path), "%s", path);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
		goto failed;
	(void)setsockopt(pair[1], SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
	a->pid = fork();
	if (a->pid == 0) {
		close(pair[0]);
		child(a, pair[1], path, fn, ctx);
	}
	if (a->pid < 0)
		goto failed;
	close(pair[1]);
	a->fd = pair[0];
	*out = a;
	return 0;
failed:
	err_sys("%s: a process to read it", path);
	for (int i = 0; i < 2; i++)
		if (pair[i] >= 0)
			close(pair[i]);
	if (a->at != MAP_FAILED)
		munmap(a->at, sizeof(*a->at));
	mem_free(a);
	return ERR_IO;
}

/* The child's end, which has come, in words. */
static int
died(struct h5_apart *a)
{
	char path[PATH_MAX];
	int status = 0, known;

	memcpy(path, a->at->path, sizeof(path));
	path[sizeof(path) - 1] = '\0';
	if (a->pid > 0) {
		while (
		    (known = waitpid(a->pid, &status, 0)) < 0 && errno == EINTR)
			;
		a->pid = -1;
		if (known > 0 && WIFSIGNALED(status) &&
		    WTERMSIG(status) == SIGKILL)
			return err_set(ERR_IO,
			    "%s: the process that reads it was killed", path);
		if (known > 0 && WIFSIGNALED(status) &&
		    WTERMSIG(status) == SIGPROF)
			return err_set(ERR_FORMAT,
			    "%s: is damaged: libhdf5 does not finish reading it",
			    path);
	}
	return err_set(
	    ERR_FORMAT, "%s: is damaged: libhdf5 crashes on it", path);
}

int
h5_apart_odd(struct h5_apart *a)
{
	if (a->pid > 0)
		kill(a->pid, SIGABRT);
	return died(a);
}

int
h5_apart_take(struct h5_apart *a, void *p, size_t n)
{
	return read_full(a->fd, p, n) < 0 ? died(a) : 0;
}

int
h5_apart_ask(struct h5_apart *a, const struct h5_ask *ask, uint64_t *n)
{
	char text[ERR_TEXT_MAX];
	struct head h;

	*n = 0;
	/* A child that is gone is found by the reading. */
	(void)!send(a->fd, ask, sizeof(*ask), MSG_NOSIGNAL);
	TRY(h5_apart_take(a, &h, sizeof(h)));
	if (h.rc >= 0) {
		*n = h.n;
		return 0;
	}
	if (h.text >= sizeof(text))
		return h5_apart_odd(a);
	TRY(h5_apart_take(a, text, h.text));
	text[h.text] = '\0';
	return err_set(h.rc, "%s", text);
}

void
h5_apart_end(struct h5_apart **a)
{
	struct h5_apart *w = *a;

	if (w == NULL)
		return;
	*a = NULL;
	if (w->pid > 0) {
		kill(w->pid, SIGKILL);
		while (waitpid(w->pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	close(w->fd);
	munmap(w->at, sizeof(*w->at));
	mem_free(w);
}
