/*
 * Processes of a sweep, some at a time: see grid_int.h.  Each holds the write end of
 * a pipe, so that its end is seen; what it says on standard error comes through it,
 * or where one alone works in front of a person, goes to the terminal itself.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/stop.h"
#include "recipe/grid/grid_int.h"

enum { LINE_BYTES = 1 << 16, CHUNK = 4096, POLL_MS = 200, NO_PROGRAM = 127 };

/* Told to the progress line of a member (model-train's ENVIRONMENT). */
#define RUN_VARIABLE "NNUTILS_RUN"

struct child {
	pid_t pid; /* 0: free */
	int fd;    /* read end */
	size_t job;
	struct buf line;
};

struct pool {
	struct grid_jobs *jobs;
	struct child *v; /* at_once of them */
	size_t next, running;
	bool asked; /* those that run were asked to stop */
};

/* ---- what they say -------------------------------------------------------- */

static void
say_line(const struct pool *p, struct child *c)
{
	struct grid_job *j = &p->jobs->v[c->job];
	const char *text = buf_str(&c->line), *program = log_program();
	const size_t n = strlen(program);

	if (strncmp(text, program, n) == 0 && text[n] == ':' &&
	    text[n + 1] == ' ')
		text += n + 2;
	if (p->jobs->apart && text[0] != '\0') {
		log_error("%s: %s", j->label, text);
		mem_free(j->said);
		j->said = mem_strdup(text);
	}
	buf_reset(&c->line);
}

/* false: it has closed its end. */
static bool
hear(const struct pool *p, struct child *c)
{
	char chunk[CHUNK];
	ssize_t n = read(c->fd, chunk, sizeof(chunk));

	if (n < 0)
		return errno == EINTR || errno == EAGAIN;
	for (ssize_t i = 0; i < n; i++)
		if (chunk[i] == '\n')
			say_line(p, c);
		else if (buf_addc(&c->line, chunk[i]) < 0)
			say_line(p, c); /* a line without end is several */
	return n > 0;
}

/* ---- beginning and end ---------------------------------------------------- */

/* In the new process, which does nothing but this. */
static _Noreturn void
become(char **words, int out, bool apart, pid_t parent)
{
	int null = open("/dev/null", O_RDWR);

	/* Nobody trains on when the sweep was killed. */
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		_exit(NO_PROGRAM);
	if (null >= 0) {
		dup2(null, STDIN_FILENO);
		dup2(null, STDOUT_FILENO);
	}
	if (apart)
		dup2(out, STDERR_FILENO);
	else
		fcntl(out, F_SETFD, 0);
	execv("/proc/self/exe", words);
	_exit(NO_PROGRAM);
}

static int
start(struct pool *p, struct child *c)
{
	struct grid_job *j = &p->jobs->v[p->next];
	const pid_t self = getpid();
	int fd[2];

	if (pipe2(fd, O_CLOEXEC) < 0)
		return err_sys("pipe");
	if (j->run != NULL)
		setenv(RUN_VARIABLE, j->run, 1);
	c->pid = fork();
	if (c->pid == 0)
		become(j->words, fd[1], p->jobs->apart, self);
	close(fd[1]);
	if (c->pid < 0) {
		c->pid = 0;
		close(fd[0]);
		return err_sys("fork");
	}
	c->fd = fd[0];
	c->job = p->next++;
	buf_init(&c->line, LINE_BYTES);
	p->running++;
	return 0;
}

static int
finish(struct pool *p, struct child *c)
{
	struct grid_job *j = &p->jobs->v[c->job];
	int status;

	if (c->line.len > 0)
		say_line(p, c);
	buf_clear(&c->line);
	close(c->fd);
	while (waitpid(c->pid, &status, 0) < 0)
		if (errno != EINTR)
			return err_sys("waitpid");
	c->pid = 0;
	p->running--;
	j->status =
	    WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	return p->jobs->ended != NULL ? p->jobs->ended(p->jobs->ctx, c->job)
				      : 0;
}

/* ---- all of them ---------------------------------------------------------- */

static void
tell_all(const struct pool *p, int sig)
{
	for (int i = 0; i < p->jobs->at_once; i++)
		if (p->v[i].pid > 0)
			kill(p->v[i].pid, sig);
}

static void
pass_signals(struct pool *p)
{
	if (stop_snapshot_asked())
		tell_all(p, SIGUSR1);
	if (p->asked || !stop_asked())
		return;
	p->asked = true;
	tell_all(p, SIGTERM);
}

static int
fill_pool(struct pool *p)
{
	for (int i = 0; i < p->jobs->at_once; i++)
		if (!p->asked && p->v[i].pid == 0 && p->next < p->jobs->n)
			TRY(start(p, &p->v[i]));
	return 0;
}

static int
wait_some(struct pool *p, struct pollfd *fds)
{
	const int n = p->jobs->at_once;

	for (int i = 0; i < n; i++)
		fds[i] = (struct pollfd){
			.fd = p->v[i].pid > 0 ? p->v[i].fd : -1,
			.events = POLLIN,
		};
	if (poll(fds, (nfds_t)n, POLL_MS) < 0)
		return errno == EINTR ? 0 : err_sys("poll");
	for (int i = 0; i < n; i++)
		if (fds[i].revents != 0 && !hear(p, &p->v[i]))
			TRY(finish(p, &p->v[i]));
	return 0;
}

int
grid_jobs_run(struct grid_jobs *j)
{
	struct pool p = { .jobs = j };
	struct pollfd *fds = mem_array(struct pollfd, (size_t)j->at_once);
	struct err_saved why;
	int rc = 0;

	p.v = mem_array(struct child, (size_t)j->at_once);
	for (size_t i = 0; i < j->n; i++)
		j->v[i].status = -1;
	while (rc >= 0) {
		pass_signals(&p);
		rc = fill_pool(&p);
		if (rc < 0 || p.running == 0)
			break;
		rc = wait_some(&p, fds);
	}
	err_save(&why, rc);
	if (rc < 0)
		tell_all(&p, SIGTERM);
	for (int i = 0; i < j->at_once; i++)
		if (p.v[i].pid > 0)
			(void)!finish(&p, &p.v[i]);
	unsetenv(RUN_VARIABLE);
	mem_free(p.v);
	mem_free(fds);
	if (rc >= 0 && p.asked)
		return err_set(ERR_STOPPED,
		    "stopped by %s: go on with the same command",
		    stop_reason());
	return err_restore(&why);
}
