/*
 * HTTP for stores, zoos and data sets: small answers into memory, files to
 * disk, many at once.
 *
 *	struct http_options o;
 *	struct http *h = NULL;
 *	http_options_init(&o);             defaults, then the environment
 *	rc = http_new(&h, &o);
 *	rc = http_get(h, &body, url);      200, or an error
 *	rc = http_fetch(h, files, n);      to disk, resumed, verified
 *	http_free(h);
 *
 * Promises.  Only http and https, also after a redirect (of which there are
 * at most max_redirects; never from https to http).  Certificates are checked.
 * A token is sent to the host it is for and to no other.  Every answer has a
 * byte cap.  Proxies (http_proxy …) and ~/.netrc are honoured.  With offline
 * no socket is opened and every call fails.
 *
 * A client belongs to one thread; connections are kept and reused by it.  Many
 * requests at once need no threads of the caller's.
 *
 * Errors: ERR_NET for what the network or the server did, ERR_MISSING for 404
 * and 410, ERR_REFUSED for 401, 403 and for digests or sizes that differ from
 * what was promised, ERR_RANGE past a cap, ERR_IO for the disk, ERR_STOPPED
 * when stop_asked() (what was fetched stays and is resumed).
 */
#ifndef HTTP_HTTP_H
#define HTTP_HTTP_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "file/hash.h"

struct http;
struct s3;

struct http_options {
	/* PEM bundle; NULL: CURL_CA_BUNDLE, SSL_CERT_FILE, the system's */
	const char *ca_file;
	const char *token;      /* Bearer token, or NULL */
	const char *token_host; /* "host" or "host:port" it is for */
	double connect_timeout; /* seconds (10) */
	double stall; /* give up after this long without a byte (30) */
	/* ... or after speed_time seconds (30) in which fewer than speed_limit
	 * bytes a second (1000) came; 0: however slow */
	uint64_t speed_limit;
	double speed_time;
	/* attempts that bring nothing, or less than speed_limit, in a row (5)
	 */
	int retries;
	/* before the first retry; doubles, at most 30 s (0.5) */
	double retry_wait;
	int max_redirects; /* 10 */
	int parallel;      /* transfers at once (8) */
	uint64_t rate;     /* bytes a second of each transfer; 0: no limit */
	/* cap of a file whose length nobody tells and that states none (4 GiB) */
	uint64_t unknown_max;
	int offline;
};

void http_options_init(struct http_options *o);
int http_new(struct http **out, const struct http_options *o);
void http_free(struct http *h); /* accepts NULL */
int http_is_offline(const struct http *h);

/*
 * Read a token file: one token, or lines "HOST TOKEN" of which the one for
 * host is taken.  The token is the caller's; NULL in *out when no line fits.
 */
int http_token_read(char **out, const char *path, const char *host);

/* ---- into memory -------------------------------------------------------- */

enum { HTTP_BODY_MAX = 64 << 20 }; /* the cap when none is given */

struct http_call {
	/* asked */
	const char *url;
	const char *method; /* NULL: GET */
	const void *body;   /* sent; NULL: nothing */
	size_t body_n;
	const char *const
	    *headers;        /* "Name: value", NULL at the end; or NULL */
	const char *if_etag; /* conditional: answer 304 when unchanged */
	const char *if_modified;
	uint64_t max;          /* cap of the answer; 0: HTTP_BODY_MAX */
	const struct s3 *sign; /* sign the request, or NULL */
	/* answered */
	int rc;                 /* 0, or why there is no answer */
	struct err_saved error; /* its sentence */
	long status;            /* 200, 404, … */
	struct buf answer;
	char *etag;     /* or NULL */
	char *modified; /* Last-Modified, or NULL */
	char *type;     /* Content-Type, or NULL */
	char *landed;   /* the URL after redirects */
	int64_t length; /* Content-Length, also of HEAD; -1 */
};

/* Answers of any status are answers: look at status. */
int http_do(struct http *h, struct http_call *c);
/* Several at once, in any order.  Looks at nothing but usage: see each rc. */
int http_do_many(struct http *h, struct http_call *v, size_t n);
void http_call_clear(struct http_call *c); /* frees the answered half */
/* The error for an answer that is not 2xx; sets the sentence. */
int http_status_error(long status, const char *url);

/* 200 into b (whose max is the cap), else an error. */
int http_get(struct http *h, struct buf *b, const char *url);

/* ---- to disk ------------------------------------------------------------ */

/*
 * While a file is on its way it is PATH.part, beside PATH.part.json which says
 * what it is the beginning of (URL, ETag, Last-Modified, length).  A later
 * http_fetch goes on from there, with If-Range, and begins anew when the file
 * has changed on the server or the server does not do ranges.  When all of it
 * is there and right it is renamed to PATH.
 */
struct http_file {
	/* asked */
	const char *url;
	const char *path;
	uint64_t size;      /* promised size; UINT64_MAX: not known */
	uint64_t max;       /* cap; 0: the free disk, or unknown_max */
	const char *sha256; /* promised digest, lower-case hex, or NULL */
	const char *sha1;
	uint64_t block_size; /* promised digests of its blocks, or 0: a  */
	const char *const
	    *blocks; /* damaged file is then repaired in place   */
	size_t n_blocks;
	const struct s3 *sign;
	/* One of a set that is fetched together: PATH keeps its .part.json, and
	 * a run of the set after one that was stopped takes PATH as it is when
	 * it is still the file on the server. */
	int of_set;
	/* bytes that came (also again, negative when begun anew) */
	void (*progress)(void *ctx, int64_t bytes);
	void *ctx;
	/* answered */
	int rc;
	struct err_saved error;
	char got_sha256[HASH_HEX_MAX];
	char got_sha1[HASH_HEX_MAX]; /* if sha1 was promised */
	uint64_t total;              /* as the server says; 0: it did not */
	uint64_t got;                /* bytes of the file */
	uint64_t transferred;        /* bytes that came over the network now */
	uint64_t resumed;            /* bytes that were there already */
	int restarts;                /* times it was begun anew */
};

/* 0 when all came; else the first error in order, each in its rc. */
int http_fetch(struct http *h, struct http_file *v, size_t n);

/* Check a file on disk against sha256 and the blocks of f, in place; fetch the
 * blocks that differ.  0, or ERR_REFUSED when it cannot be made right. */
int http_repair(struct http *h, struct http_file *f, int fd);

#endif
