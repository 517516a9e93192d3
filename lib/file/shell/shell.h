/*
 * A command of the user's, run by sh(1).
 *
 * It reads nothing (standard input is empty) and what it prints goes to standard
 * error, for standard output is the program's result.  Signals are as a shell has
 * them, and it is a process group of its own: a signal to this program ends it only
 * through shell_run.
 */
#ifndef FILE_SHELL_H
#define FILE_SHELL_H

#include <stdbool.h>
#include <stddef.h>

/* Variables added to the environment; value NULL: taken away. */
struct shell_env {
	const char *name, *value;
};

/*
 * Run words (up to a NULL) with sh, as "sh words...": {"-c", "echo", NULL} or
 * {"file.sh", NULL}.  heed: when this program is asked to stop (base/stop.h), the
 * command is sent SIGTERM.  Its exit status (128 and the signal that ended it), or
 * ERR_IO where it cannot be started.
 */
int shell_run(
    const char *const *words, const struct shell_env *env, size_t n, bool heed);

#endif
