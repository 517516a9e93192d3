/* Processes at the other end of two pipes: see child.h. */
#include "speed/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/stop.h"
#include "file/file.h"

extern char **environ;

enum { LINE_MAX_BYTES = 1 << 26, PIECE = 1 << 12 };

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

	*c = (struct child){ .from = -1, .what = mem_strdup(what) };
	buf_init(&c->in, LINE_MAX_BYTES);
	if (pipe2(in, O_CLOEXEC) < 0 || pipe2(out, O_CLOEXEC) < 0)
		rc = err_sys("pipe");
	else
		rc = spawn(c, argv, in[0], out[1]);
	if (rc >= 0) {
		c->to = fdopen(in[1], "w");
		c->from = out[0];
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

/* What it says next.  A read would go on when this process is told to stop. */
static int
hear(struct child *c)
{
	ssize_t n;
	void *to;

	TRY(file_wait(c->from, c->what));
	to = buf_room(&c->in, PIECE);
	if (to == NULL)
		return err_in(ERR_RANGE, "%s", c->what);
	n = read(c->from, to, PIECE);
	if (n < 0)
		return err_sys("%s", c->what);
	if (n == 0)
		return err_set(ERR_IO, "%s ended without an answer", c->what);
	buf_grew(&c->in, (size_t)n);
	return 0;
}

int
child_answer(struct child *c)
{
	char *end;

	if (c->answered > 0) {
		c->in.len -= c->answered;
		memmove(c->in.data, c->in.data + c->answered, c->in.len);
		c->answered = 0;
	}
	while (c->in.len == 0 ||
	    (end = memchr(c->in.data, '\n', c->in.len)) == NULL)
		TRY(hear(c));
	*end = '\0';
	c->line = c->in.data;
	c->answered = (size_t)(end - c->line) + 1;
	return 0;
}

int
child_end(struct child *c)
{
	int status = -1;

	if (c->to != NULL)
		fclose(c->to);
	if (c->pid > 0) {
		close(c->from);
		if (stop_asked())
			kill(c->pid, SIGTERM);
		while (waitpid(c->pid, &status, 0) < 0 && errno == EINTR)
			;
	}
	buf_clear(&c->in);
	mem_free(c->what);
	memset(c, 0, sizeof(*c));
	return status >= 0 && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}
