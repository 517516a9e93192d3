/*
 * Inside http: the client and the loop that runs many transfers on one thread.
 * A transfer is one request with its attempts; what becomes of the bytes is up
 * to the two users, call.c (memory) and fetch.c (disk).
 */
#ifndef HTTP_CLIENT_H
#define HTTP_CLIENT_H

#include "http/curl.h"
#include "http/http.h"

enum { HTTP_HEADER_MAX = 256 << 10 }; /* bytes of headers of one answer */

struct http {
	struct http_options o;
	char *ca_file, *token, *token_host; /* o's strings, owned */
	const struct curl_api *curl;        /* NULL until the first request */
	CURLM *multi;
	int many;    /* far more is asked for than at once */
	CURL **idle; /* handles to use again */
	size_t n_idle, cap_idle;
};

struct transfer {
	/* set by the user */
	const char *url;
	const struct s3 *sign;
	const char *method; /* NULL: GET */
	/* Before each attempt: options and headers (transfer_header) of its own.
	 * < 0: the transfer fails; 1: nothing to ask for, it is done. */
	int (*start)(struct transfer *t);
	/* Bytes of the body; < 0 stops the attempt with that code. */
	int (*body)(struct transfer *t, const char *p, size_t n);
	/* Nothing is there to be read just now; or NULL. */
	void (*wait)(struct transfer *t);
	/* The attempt has ended.  rc is 0 when an answer came whole (of any
	 * status), else an error whose sentence is set and t->again says whether
	 * trying again may help.  Returns the final rc, or TRANSFER_AGAIN. */
	int (*end)(struct transfer *t, int rc);
	void *ctx;
	/* kept by the loop */
	struct http *h;
	CURL *easy;
	struct curl_slist *headers;
	char text[CURL_ERROR_SIZE];
	size_t header_bytes;
	uint64_t came; /* bytes of this attempt: headers and body */
	uint64_t
	    gained;   /* bytes it added to what was there; the user's count */
	double since; /* the window in which the rate is looked at ... */
	uint64_t before;     /* ... and what had come when it began */
	double mark;         /* when the attempt before this one ended */
	uint64_t body_bytes; /* of this attempt, since ... */
	double body_since;   /* the first of them */
	int paused;          /* they came quicker than options allow */
	int again;           /* the failure may pass */
	int reached;         /* bytes came in some attempt: the server exists */
	int tries;           /* attempts in a row that brought nothing */
	double due;          /* stop_clock() before which not to try */
	int body_rc;         /* what body() said, with its sentence */
	struct err_saved body_error;
	int rc; /* the end: 0 or an error */
	struct err_saved error;
};

enum { TRANSFER_AGAIN = 1 };

/* All of them, at most parallel at once.  Sets each rc and error. */
int transfers_run(struct http *h, struct transfer *v, size_t n, int parallel);

/* For the callbacks. */
int transfer_header(struct transfer *t, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
long transfer_status(struct transfer *t);
/* A header of the last answer, borrowed until the next attempt; or NULL. */
const char *transfer_got(struct transfer *t, const char *name);
int64_t transfer_length(struct transfer *t); /* Content-Length or -1 */
/* The error for a code of libcurl's, with its sentence; sets again. */
int transfer_outcome(struct transfer *t, CURLcode cc);
/* Would trying again help with this status (408, 429, 5xx)? */
int transfer_status_passes(long status);

#define curl_(h, f) ((h)->curl->curl_##f)

#endif
