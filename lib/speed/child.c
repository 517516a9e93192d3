/* Processes at the other end of two pipes: see child.h. */
#include "speed/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/stop.h"

extern char **environ;

static void
close_pipe(int p[2])
{
	for (int i = 0; i < 2; i++)
		if (p[i] >= 0)
			close(p[i]);
}

/* in: what it reads, out: what it writes. */
static int
spawn(struct child *c, const char *const *argv, int in, int out)
{
	posix_spawn_file_actions_t files;
	int rc;

	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_adddup2(&files, in, STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&files, out, STDOUT_FILENO);
	rc = posix_spawnp(
	    &c->pid, argv[0], &files, NULL, (char *const *)argv, environ);
	posix_spawn_file_actions_destroy(&files);
	if (rc == 0)
		return 0;
	c->pid = 0;
	errno = rc;
	return err_sys("run %s", argv[0]);
}

int
child_start(struct child *c, const char *what, const char *const *argv)
{
	int in[2] = { -1, -1 }, out[2] = { -1, -1 }, rc;

	*c = (struct child){ .what = mem_strdup(what) };
	if (pipe2(in, O_CLOEXEC) < 0 || pipe2(out, O_CLOEXEC) < 0)
		rc = err_sys("pipe");
	else
		rc = spawn(c, argv, in[0], out[1]);
	if (rc >= 0) {
		c->to = fdopen(in[1], "w");
		c->from = fdopen(out[0], "r");
		in[1] = out[0] = -1;
	}
	close_pipe(in);
	close_pipe(out);
	if (rc < 0)
		child_end(c);
	return rc;
}

int
child_ask(struct child *c, const char *line)
{
	if (fprintf(c->to, "%s\n", line) < 0 || fflush(c->to) != 0)
		return err_sys("%s", c->what);
	return 0;
}

int
child_answer(struct child *c)
{
	ssize_t n;

	do {
		clearerr(c->from);
		errno = 0;
		n = getline(&c->line, &c->cap, c->from);
		if (stop_asked())
			return err_set(
			    ERR_STOPPED, "stopped by %s", stop_reason());
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return err_set(ERR_IO, "%s ended without an answer", c->what);
	if (n > 0 && c->line[n - 1] == '\n')
		c->line[n - 1] = '\0';
	return 0;
}

int
child_end(struct child *c)
{
	int status = -1;

	if (c->to != NULL)
		fclose(c->to);
	if (c->from != NULL)
		fclose(c->from);
	if (c->pid > 0) {
		if (stop_asked())
			kill(c->pid, SIGTERM);
		while (waitpid(c->pid, &status, 0) < 0 && errno == EINTR)
			;
	}
	free(c->line);
	mem_free(c->what);
	memset(c, 0, sizeof(*c));
	return status >= 0 && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}
