/* What is answered instead of working: help, the page, completion, the version. */
#include <errno.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"
#include "prog/prog_int.h"

extern char **environ;

/* The page through man(1), with its pager: 0, or -1 where that cannot be done. */
static int
show_page(const struct prog *p, const struct prog_row *rows)
{
	char man[] = "man", local[] = "-l", input[] = "-";
	char *argv[] = { man, local, input, NULL };
	posix_spawn_file_actions_t files;
	FILE *page = tmpfile();
	int rc, status = -1;
	pid_t pid;

	if (page == NULL)
		return -1;
	prog_man(p, rows, page);
	rc = fflush(page);
	rewind(page);
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_adddup2(&files, fileno(page), STDIN_FILENO);
	if (rc == 0)
		rc = posix_spawnp(&pid, man, &files, NULL, argv, environ);
	while (rc == 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	posix_spawn_file_actions_destroy(&files);
	fclose(page);
	return rc == 0 && status == 0 ? 0 : -1;
}

static int
help(const struct prog *p, const struct prog_row *rows, const char *topic)
{
	char *topics;
	int rc = 0;

	if (topic == NULL || topic[0] == '\0') {
		prog_help(p, rows, stdout);
	} else if (strcmp(topic, "all") == 0) {
		prog_help_all(p, rows, stdout);
	} else if (strcmp(topic, "exit") == 0) {
		prog_help_exit(stdout);
	} else if (strcmp(topic, "man") == 0) {
		if (!isatty(STDOUT_FILENO) || show_page(p, rows) < 0)
			prog_man(p, rows, stdout);
	} else if (prog_help_group(rows, topic, stdout) < 0) {
		topics = prog_help_topics(rows);
		prog_unknown_choice(topics, topic);
		mem_free(topics);
		rc = err_in(ERR_USAGE, "--help");
	}
	return rc;
}

int
prog_answer(const struct prog *p, const struct prog_row *rows)
{
	if (prog_raw.version)
		prog_version(p, prog_raw.verbose > 0, stdout);
	else if (prog_raw.completion != NULL)
		return prog_completion(p, rows, prog_raw.completion, stdout);
	else if (prog_raw.help)
		return help(p, rows, prog_raw.help_topic);
	else
		return 1;
	return 0;
}
