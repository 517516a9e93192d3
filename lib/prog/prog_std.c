/*
 * Standard input, output and error of a program.  One that is closed at the
 * start would be taken by the first file that is opened, and messages would
 * go into a data set: it is opened the wrong way round, so that whoever uses it
 * hears EBADF.  A pipe whose reader has gone is an error, not a signal.
 */
#include "prog/prog.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "base/err.h"
#include "file/file.h"
#include "prog/prog_int.h"

void
prog_std_open(void)
{
	int fd, got;

	for (fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (fcntl(fd, F_GETFD) >= 0)
			continue;
		got =
		    open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
		/* No /dev: a descriptor that can neither be read nor written. */
		if (got < 0)
			got = open("/", O_PATH);
		if (got != fd && got > STDERR_FILENO)
			close(got);
	}
	signal(SIGPIPE, SIG_IGN);
}

int
prog_std_check(void)
{
	int failed = file_stream_failed(stdout);

	if (failed == 0)
		return 0;
	if (failed == EBADF)
		return err_set(ERR_IO, "write standard output: it is closed");
	errno = failed;
	err_sys("write standard output");
	return ERR_IO;
}

int
prog_std_close(int rc)
{
	bool worse = rc < 0 && rc != ERR_ITEMS;
	struct err_saved saved;
	int out;

	err_save(&saved, rc);
	out = prog_std_check();
	if (fclose(stdout) != 0 && errno != EBADF && out == 0) {
		err_sys("write standard output");
		out = ERR_IO;
	}
	return out < 0 && !worse ? out : err_restore(&saved);
}
