/*
 * The stop flag.  Handlers restart system calls, so that a signal never shows
 * as a failed read somewhere; loops notice it at their next poll.
 */
#include "base/stop.h"

#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t signalled;
static double deadline; /* stop_clock seconds; 0: none */

static void
handle(int sig)
{
	if (sig == SIGINT && signalled == SIGINT)
		_exit(130);
	if (signalled == 0 || sig == SIGINT)
		signalled = sig;
}

void
stop_install(void)
{
	struct sigaction sa;

	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = handle;
	sa.sa_flags = SA_RESTART;
	sigemptyset(&sa.sa_mask);
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
}

void
stop_budget(double seconds)
{
	deadline = seconds > 0 ? stop_clock() + seconds : 0;
}

int
stop_asked(void)
{
	return signalled != 0 || (deadline > 0 && stop_clock() >= deadline);
}

int
stop_signalled(void)
{
	return signalled != 0;
}

const char *
stop_reason(void)
{
	if (signalled != 0)
		return signalled == SIGINT ? "SIGINT" : "SIGTERM";
	return stop_asked() ? "time budget" : "";
}

double
stop_clock(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}
