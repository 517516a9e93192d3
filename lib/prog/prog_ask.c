/* A question to whoever started the program. */
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/stop.h"
#include "base/text.h"
#include "prog/prog.h"

/* The first character of a line, '\n' when there is none.  Read byte by byte:
 * the next line is for the next question. */
static int
first_of_line(void)
{
	struct pollfd in = { .fd = STDIN_FILENO, .events = POLLIN };
	char c = '\0', first = '\0';
	ssize_t n;

	while (c != '\n') {
		if (stop_asked())
			return err_set(
			    ERR_STOPPED, "stopped by %s", stop_reason());
		if (poll(&in, 1, 500) <= 0)
			continue;
		n = read(STDIN_FILENO, &c, 1);
		if (n < 0)
			return err_sys("read the answer");
		if (n == 0)
			break;
		if (first == '\0')
			first = c;
	}
	return first;
}

int
prog_ask(const char *question)
{
	char *text = mem_strdup(question), *line = text, *end;
	int c;

	/* a line at a time: line breaks are ours, the rest may be a store's */
	for (; line != NULL; line = end) {
		end = strchr(line, '\n');
		if (end != NULL)
			*end++ = '\0';
		text_tame(line);
		fprintf(stderr, "%s%s", line, end != NULL ? "\n" : " [y/N] ");
	}
	mem_free(text);
	c = first_of_line();
	return c < 0 ? c : c == 'y' || c == 'Y';
}
