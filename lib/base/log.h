/*
 * Messages to people (stderr) and events to machines (--events).
 *
 * The library may warn through log_warn, never print otherwise.  A message is
 * one line, "program: sentence".  Level: -q keeps errors only, -v and -vv show
 * more.  Events are NDJSON lines on the descriptor or file of --events.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stddef.h>

enum log_level { LOG_ERROR = -1, LOG_WARN = 0, LOG_INFO = 1, LOG_DEBUG = 2 };

void log_init(const char *program, int verbosity); /* borrowed; -1, 0, 1, 2 */
const char *log_program(void);
int log_enabled(enum log_level level);
void log_at(enum log_level level, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
#define log_error(...) log_at(LOG_ERROR, __VA_ARGS__)
#define log_warn(...)  log_at(LOG_WARN, __VA_ARGS__)
#define log_info(...)  log_at(LOG_INFO, __VA_ARGS__)
#define log_debug(...) log_at(LOG_DEBUG, __VA_ARGS__)

/* --events FD|FILE; then log_event("{\"event\":…}") writes one line, at once. */
int log_events_open(const char *fd_or_file);
int log_events_on(void);
void log_event(const char *json_line, size_t n);
void log_events_close(void);

/* Colour wanted on this stream (terminal, no NO_COLOR)?  fd 1 or 2. */
int log_colour(int fd);

#endif
