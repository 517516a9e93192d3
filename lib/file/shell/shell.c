/* Commands run by sh: see shell.h. */
#include "file/shell/shell.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/stop.h"

extern char **environ;

enum { STEP_MS = 20, SIGNALLED = 128 };

/* Does "NAME=…" set that variable? */
static bool
sets(const char *setting, const char *name)
{
	const size_t n = strlen(name);

	return strncmp(setting, name, n) == 0 && setting[n] == '=';
}

/* The environment with these variables; the texts of env in *room. */
static char **
make_env(struct arena *room, const struct shell_env *env, size_t n)
{
	size_t have = 0, k = 0;
	char **out;

	while (environ[have] != NULL)
		have++;
	out = arena_take(room, (have + n + 1) * sizeof(*out));
	for (size_t i = 0; i < have; i++) {
		bool again = false;

		for (size_t e = 0; e < n; e++)
			again |= sets(environ[i], env[e].name);
		if (!again)
			out[k++] = environ[i];
	}
	for (size_t e = 0; e < n; e++) {
		char *text;

		if (env[e].value == NULL)
			continue;
		text = mem_printf("%s=%s", env[e].name, env[e].value);
		out[k++] = arena_strdup(room, text);
		mem_free(text);
	}
	out[k] = NULL;
	return out;
}

static char **
make_words(struct arena *room, const char *const *words)
{
	size_t n = 0;
	char **out;

	while (words[n] != NULL)
		n++;
	out = arena_take(room, (n + 2) * sizeof(*out));
	out[0] = arena_strdup(room, "sh");
	for (size_t i = 0; i < n; i++)
		out[i + 1] = arena_strdup(room, words[i]);
	out[n + 1] = NULL;
	return out;
}

static int
start(pid_t *pid, char **words, char **env)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	sigset_t usual, none;
	int rc;

	sigfillset(&usual);
	sigemptyset(&none);
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_addopen(
	    &files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&files, STDERR_FILENO, STDOUT_FILENO);
	posix_spawnattr_init(&attr);
	posix_spawnattr_setsigdefault(&attr, &usual);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setpgroup(&attr, 0);
	posix_spawnattr_setflags(&attr,
	    POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK |
		POSIX_SPAWN_SETPGROUP);
	rc = posix_spawnp(pid, "sh", &files, &attr, words, env);
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&files);
	errno = rc;
	return rc != 0 ? err_sys("start sh") : 0;
}

/* Until it has ended; it is told once to end, where that is wanted. */
static int
wait_for(pid_t pid, bool heed)
{
	const struct timespec step = { 0, STEP_MS * 1000000L };
	bool told = !heed;
	int status;

	for (;;) {
		const pid_t got = waitpid(pid, &status, told ? 0 : WNOHANG);

		if (got == pid)
			break;
		if (got < 0 && errno != EINTR)
			return err_sys("wait for sh");
		if (!told && stop_asked()) {
			kill(-pid, SIGTERM);
			told = true;
		} else if (!told) {
			nanosleep(&step, NULL);
		}
	}
	return WIFSIGNALED(status) ? SIGNALLED + WTERMSIG(status)
				   : WEXITSTATUS(status);
}

int
shell_run(
    const char *const *words, const struct shell_env *env, size_t n, bool heed)
{
	struct arena *room = arena_new();
	pid_t pid;
	int rc = start(&pid, make_words(room, words), make_env(room, env, n));

	if (rc >= 0)
		rc = wait_for(pid, heed);
	arena_free(room);
	return rc;
}
