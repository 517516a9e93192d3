/*
 * The options that programs which ask the network share, as rows for their
 * option tables, and the client made of them.
 *
 *	struct args { struct http_args http; … };
 *	static const struct opt opts[] = {
 *		…
 *		HTTP_OPTS(offsetof(struct args, http)),
 *		{ 0 },
 *	};
 *	struct args args = { .http = HTTP_ARGS };
 *	rc = http_open(&h, &args.http, url, "NNUTILS_TOKEN");
 */
#ifndef HTTP_ARGS_H
#define HTTP_ARGS_H

#include <stdbool.h>

#include "http/http.h"
#include "prog/prog.h"

struct http_args {
	bool offline;
	const char *token_file;
	const char *cacert;
	double connect_timeout, stall, speed_time;
	int retries, parallel;
	uint64_t rate, speed_limit;
};

#define HTTP_ARGS                                                              \
	{                                                                      \
		.connect_timeout = 10, .stall = 30, .speed_time = 30,          \
		.speed_limit = 1000, .retries = 5, .parallel = 8               \
	}

#define HTTP_AT(at, field) ((at) + offsetof(struct http_args, field))

/* clang-format off */
#define HTTP_OPTS(at) \
	{ .type = OPT_HEAD, .help = "Network" }, \
	{ 0, "offline", OPT_FLAG, HTTP_AT(at, offline), NULL, \
	    "open no connection; use only what is here or in the cache" }, \
	{ 0, "token-file", OPT_STR, HTTP_AT(at, token_file), "FILE", \
	    "file with a bearer token, or with lines \"HOST TOKEN\"; a token is sent to its host only" }, \
	{ 0, "cacert", OPT_STR, HTTP_AT(at, cacert), "FILE", \
	    "trust the certificates in this PEM file" }, \
	{ 0, "connect-timeout", OPT_DURATION, HTTP_AT(at, connect_timeout), \
	    "TIME", "give up connecting after this long" }, \
	{ 0, "stall-timeout", OPT_DURATION, HTTP_AT(at, stall), "TIME", \
	    "try again when nothing arrives for this long" }, \
	{ 0, "speed-limit", OPT_SIZE, HTTP_AT(at, speed_limit), "BYTES", \
	    "try again when fewer bytes a second came for --speed-time; 0: " \
	    "however slow" }, \
	{ 0, "speed-time", OPT_DURATION, HTTP_AT(at, speed_time), "TIME", \
	    "how long a server may stay below --speed-limit" }, \
	{ 0, "retries", OPT_INT, HTTP_AT(at, retries), "N", \
	    "give up after so many attempts in a row that bring nothing, or less than " \
	    "--speed-limit", .lo = 0, .hi = 1000 }, \
	{ 0, "parallel", OPT_INT, HTTP_AT(at, parallel), "N", \
	    "files to transfer at once", .lo = 1, .hi = 64 }, \
	{ 0, "limit-rate", OPT_SIZE, HTTP_AT(at, rate), "BYTES", \
	    "bytes a second for each file; 0: no limit" }
/* clang-format on */

/*
 * A client.  The token, from the file or else the environment variable
 * token_env (NULL: none), is for the host of url, which may be NULL: then
 * there is no token.
 */
int http_open(struct http **out, const struct http_args *a, const char *url,
    const char *token_env);

#endif
