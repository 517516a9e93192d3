/*
 * The stop flag.  Handlers restart system calls, so that a signal never shows
 * as a failed read somewhere; loops notice it at their next poll.
 */
#include "base/stop.h"

#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/tidy.h"

static volatile sig_atomic_t signalled, snapshot, held;
static double deadline, budget; /* stop_clock seconds; 0: none */

static void
handle(int sig)
{
	if (sig == SIGINT && signalled == SIGINT) {
		tidy_now();
		_exit(130);
	}
	if (signalled == 0)
		alarm(STOP_SECONDS);
	if (signalled == 0 || sig == SIGINT)
		signalled = sig;
}

/* The time to stop is over. */
static void
too_late(int sig)
{
	if (signalled == 0)
		tidy_die(sig, NULL);
	if (held)
		alarm(1);
	else
		tidy_die(signalled, "asked to stop, and ended while it waited");
}

/* Unless it is ignored, by whoever started this program. */
static void
install(int sig, void (*handler)(int))
{
	struct sigaction sa, old;

	if (sigaction(sig, NULL, &old) == 0 &&
	    (old.sa_flags & SA_SIGINFO) == 0 && old.sa_handler == SIG_IGN)
		return;
	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = handler;
	sa.sa_flags = SA_RESTART;
	sigemptyset(&sa.sa_mask);
	sigaction(sig, &sa, NULL);
}

void
stop_install(void)
{
	static const int asking[] = { SIGINT, SIGTERM, SIGHUP };

	for (size_t i = 0; i < LENGTH(asking); i++)
		install(asking[i], handle);
	install(SIGALRM, too_late);
}

static void
handle_snapshot(int sig)
{
	(void)sig;
	snapshot = 1;
}

void
stop_snapshot_install(void)
{
	install(SIGUSR1, handle_snapshot);
}

int
stop_snapshot_asked(void)
{
	if (!snapshot)
		return 0;
	snapshot = 0;
	return 1;
}

void
stop_hold(int on)
{
	held = on;
}

int
stop_held(void)
{
	return held;
}

void
stop_budget(double seconds)
{
	budget = seconds > 0 ? seconds : 0;
	deadline = seconds > 0 ? stop_clock() + seconds : 0;
}

double
stop_budget_seconds(void)
{
	return budget;
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
		return signalled == SIGINT ? "SIGINT"
		    : signalled == SIGHUP  ? "SIGHUP"
					   : "SIGTERM";
	return stop_asked() ? "time budget" : "";
}

double
stop_clock(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}
