/* Files to disk: resumed, verified, many at once.  See http.h. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/num.h"
#include "http/client.h"
#include "http/part.h"
#include "http/url.h"

enum { DISCARD_MAX = 64 << 10 }; /* bytes read of an error page */

struct job {
	struct http_file *f;
	struct part part;
	int begun;        /* the answer's status and headers were looked at */
	int keep;         /* its body is the file */
	size_t discarded; /* bytes of an error page */
	uint64_t asked;   /* where this attempt starts */
	/* bytes there ever were: a server that always begins anew and stops
	 * brings nothing */
	uint64_t furthest;
	int differs; /* the digest is wrong; blocks may repair it */
};

/* Would n bytes be more than may come?  Then what is there is nothing to go on
 * from. */
static int
too_large(struct transfer *t, struct job *j, uint64_t n)
{
	const struct http_file *f = j->f;
	char most[NUM_TEXT_MAX];
	int rc = 0;

	if (f->size != UINT64_MAX && n > f->size)
		rc = err_set(ERR_REFUSED,
		    "%s has more than the %" PRIu64 " bytes promised", f->url,
		    f->size);
	else if (f->max > 0 && n > f->max)
		rc = err_set(ERR_RANGE, "%s is larger than %" PRIu64 " bytes",
		    f->url, f->max);
	else if (f->max == 0 && f->size == UINT64_MAX &&
	    j->part.total == UINT64_MAX && n > t->h->o.unknown_max)
		rc = err_set(ERR_RANGE,
		    "%s does not say how long it is, and is longer than %s",
		    f->url, num_bytes_text(most, t->h->o.unknown_max));
	if (rc < 0)
		part_discard(&j->part);
	return rc;
}

static void
report_bytes(struct http_file *f, int64_t n)
{
	if (f->progress != NULL && n != 0)
		f->progress(f->ctx, n);
}

static int
begin_anew(
    struct job *j, const char *etag, const char *modified, uint64_t total)
{
	report_bytes(j->f, -(int64_t)j->part.have);
	if (j->part.have > 0)
		j->f->restarts++;
	j->f->resumed = 0;
	return part_restart(&j->part, j->f, etag, modified, total);
}

/* The digests of what is there against what was promised: 0 right, 1 not. */
static int
differs(struct job *j)
{
	struct http_file *f = j->f;

	if (part_end(&j->part, f) < 0)
		return -1;
	if (f->size != UINT64_MAX && f->got != f->size)
		return 1;
	if (f->sha256 != NULL && strcasecmp(f->sha256, f->got_sha256) != 0)
		return 1;
	return f->sha1 != NULL && strcasecmp(f->sha1, f->got_sha1) != 0;
}

/*
 * All bytes are there.  0: right, and the file has its name; 1: wrong, and it
 * is worth beginning anew (part of it is from an earlier run); < 0: wrong.
 */
static int
settle_file(struct job *j)
{
	struct http_file *f = j->f;
	int rc = differs(j);

	if (rc < 0)
		return ERR_IO;
	if (rc == 0)
		return part_commit(&j->part, f);
	if (f->n_blocks > 0 && f->got == f->size) {
		j->differs = 1;
		return err_set(ERR_REFUSED, "%s: some blocks differ", f->url);
	}
	if (f->resumed > 0) {
		rc = begin_anew(j, NULL, NULL, UINT64_MAX);
		return rc < 0 ? rc : 1;
	}
	part_discard(&j->part);
	if (f->size != UINT64_MAX && f->got != f->size)
		return err_set(ERR_REFUSED,
		    "%s has %" PRIu64 " bytes instead of the promised %" PRIu64,
		    f->url, f->got, f->size);
	return err_set(ERR_REFUSED,
	    "%s has the digest %s instead of the promised %s", f->url,
	    f->sha256 != NULL ? f->got_sha256 : f->got_sha1,
	    f->sha256 != NULL ? f->sha256 : f->sha1);
}

static int
start_part(struct transfer *t)
{
	struct job *j = t->ctx;
	const char *validator;
	int rc;

	if (j->part.path == NULL) {
		TRY(part_open(&j->part, j->f));
		j->f->resumed = j->part.have;
		report_bytes(j->f, (int64_t)j->part.have);
	}
	if (j->part.have > 0 && j->part.have == j->f->size) {
		rc = settle_file(j);
		if (rc <= 0)
			return rc < 0 ? rc : 1;
	}
	j->begun = j->keep = 0;
	j->discarded = 0;
	j->asked = j->part.have;
	if (t->h->o.rate == 0)
		curl_(t->h, easy_setopt)(
		    t->easy, CURLOPT_BUFFERSIZE, 512L << 10);
	if (j->part.have == 0)
		return 0;
	validator = part_validator(&j->part);
	if (validator != NULL)
		TRY(transfer_header(t, "If-Range: %s", validator));
	return transfer_header(t, "Range: bytes=%" PRIu64 "-", j->part.have);
}

/* "bytes 100-199/200": 0 when it says so. */
static int
content_range(struct transfer *t, uint64_t *from, uint64_t *total)
{
	const char *s = transfer_got(t, "Content-Range");
	uint64_t last;

	if (s == NULL)
		return -1;
	if (sscanf(s, "bytes %" SCNu64 "-%" SCNu64 "/%" SCNu64, from, &last,
		total) == 3 &&
	    last >= *from && last < *total)
		return 0;
	if (sscanf(s, "bytes */%" SCNu64, total) == 1) {
		*from = UINT64_MAX;
		return 0;
	}
	return -1;
}

/* 206: is it the rest of what we have?  0, or 1 when it is of another file. */
static int
continues(struct transfer *t, struct job *j)
{
	const char *etag = transfer_got(t, "ETag");
	uint64_t from, total;

	if (content_range(t, &from, &total) < 0 || from != j->asked)
		return 1;
	if (j->part.total != UINT64_MAX && total != j->part.total)
		return 1;
	if (etag != NULL && j->part.etag != NULL &&
	    strcmp(etag, j->part.etag) != 0)
		return 1;
	j->part.total = j->f->total = total;
	TRY(too_large(t, j, total));
	j->keep = 1;
	return 0;
}

/* The head of the answer is there: decide what its body is. */
static int
begin_body(struct transfer *t, struct job *j)
{
	long status = transfer_status(t);
	int64_t length = transfer_length(t);
	int rc = 0;

	j->begun = 1;
	if (status == 206) {
		rc = continues(t, j);
		if (rc <= 0)
			return rc;
		/* another file by now: empty the part, ask for all of it */
		TRY(begin_anew(j, NULL, NULL, UINT64_MAX));
		t->again = 1;
		return err_set(ERR_NET, "%s changed on the server", j->f->url);
	}
	if (status != 200)
		return 0;
	j->keep = 1;
	if (length >= 0) {
		j->part.total = j->f->total = (uint64_t)length;
		TRY(too_large(t, j, (uint64_t)length));
		if (j->f->size != UINT64_MAX && (uint64_t)length < j->f->size)
			return err_set(ERR_REFUSED,
			    "%s has %" PRId64
			    " bytes instead of the promised %" PRIu64,
			    j->f->url, length, j->f->size);
	}
	return begin_anew(j, transfer_got(t, "ETag"),
	    transfer_got(t, "Last-Modified"),
	    length >= 0 ? (uint64_t)length : UINT64_MAX);
}

static int
body(struct transfer *t, const char *p, size_t n)
{
	struct job *j = t->ctx;
	int rc;

	if (!j->begun)
		TRY(begin_body(t, j));
	if (!j->keep) {
		j->discarded += n;
		return j->discarded > DISCARD_MAX
		    ? http_status_error(transfer_status(t), j->f->url)
		    : 0;
	}
	TRY(too_large(t, j, j->part.have + n));
	rc = part_write(&j->part, p, n);
	if (rc < 0) {
		/* what may be endless is no beginning of anything */
		if (j->part.total == UINT64_MAX && j->f->size == UINT64_MAX)
			part_discard(&j->part);
		return rc;
	}
	j->f->transferred += n;
	if (j->part.have > j->furthest) {
		t->gained += j->part.have - j->furthest;
		j->furthest = j->part.have;
	}
	report_bytes(j->f, (int64_t)n);
	return 0;
}

/* Nothing comes just now.  What cannot be written is told by the next bytes or
 * the end. */
static void
wait_begins(struct transfer *t)
{
	struct job *j = t->ctx;

	(void)part_flush(&j->part);
}

/* 416: either all of it is there already, or it is another file now. */
static int
range_refused(struct transfer *t, struct job *j)
{
	uint64_t from, total;
	int rc;

	if (j->asked == 0)
		return http_status_error(416, j->f->url);
	if (content_range(t, &from, &total) == 0 && total == j->part.have &&
	    (j->part.total == UINT64_MAX || j->part.total == total)) {
		rc = settle_file(j);
		return rc == 1 ? TRANSFER_AGAIN : rc;
	}
	rc = begin_anew(j, NULL, NULL, UINT64_MAX);
	return rc < 0 ? rc : TRANSFER_AGAIN;
}

static int
job_end(struct transfer *t, int rc)
{
	struct job *j = t->ctx;
	long status;

	if (rc < 0)
		return t->again ? TRANSFER_AGAIN : rc;
	if (!j->begun) {
		rc = begin_body(t, j);
		if (rc < 0)
			return t->again ? TRANSFER_AGAIN : rc;
	}
	status = transfer_status(t);
	if (status == 416)
		return range_refused(t, j);
	if (!j->keep)
		return transfer_status_passes(status) &&
			t->tries < t->h->o.retries
		    ? TRANSFER_AGAIN
		    : http_status_error(status, j->f->url);
	if (j->part.total != UINT64_MAX && j->part.have < j->part.total)
		return TRANSFER_AGAIN;
	rc = settle_file(j);
	return rc == 1 ? TRANSFER_AGAIN : rc;
}

/* The end of a transfer, however it ended: nothing stays open. */
static int
end_fetch(struct transfer *t, int rc)
{
	struct job *j = t->ctx;

	rc = job_end(t, rc);
	if (rc == TRANSFER_AGAIN && t->tries < t->h->o.retries)
		return rc;
	if (rc == TRANSFER_AGAIN && t->text[0] != '\0')
		rc = err_set(ERR_NET, "%s: %s (given up after %d %s)",
		    j->f->url, t->text, t->tries + 1,
		    num_plural((uint64_t)t->tries + 1, "attempt", "attempts"));
	if (!j->differs)
		part_close(&j->part);
	return rc;
}

static void
fetch_all(struct http *h, struct job *jobs, struct transfer *t, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		struct http_file *f = jobs[i].f;

		part_init(&jobs[i].part);
		t[i].url = f->url;
		t[i].sign = f->sign;
		t[i].start = start_part;
		t[i].body = body;
		t[i].wait = wait_begins;
		t[i].end = end_fetch;
		t[i].ctx = &jobs[i];
		f->transferred = f->resumed = f->got = 0;
		f->restarts = 0;
	}
	transfers_run(h, t, n, h->o.parallel);
	for (i = 0; i < n; i++) {
		jobs[i].f->rc = t[i].rc;
		jobs[i].f->error = t[i].error;
	}
}

/* A wrong digest, right blocks known: mend the part, then name it. */
static void
mend_blocks(struct http *h, struct job *j)
{
	struct http_file *f = j->f;
	int rc = http_repair(h, f, j->part.fd);

	if (rc == 0)
		rc = part_commit(&j->part, f);
	else if (rc == ERR_REFUSED)
		part_discard(&j->part);
	f->rc = rc;
	if (rc < 0)
		err_save(&f->error, rc);
}

int
http_fetch(struct http *h, struct http_file *v, size_t n)
{
	struct job *jobs = mem_array(struct job, n > 0 ? n : 1);
	struct transfer *t = mem_array(struct transfer, n > 0 ? n : 1);
	size_t i;
	int rc = 0;

	for (i = 0; i < n && rc == 0; i++) {
		jobs[i].f = &v[i];
		rc = url_check(v[i].url);
	}
	if (rc == 0)
		fetch_all(h, jobs, t, n);
	for (i = 0; i < n; i++) {
		if (rc == 0 && jobs[i].differs)
			mend_blocks(h, &jobs[i]);
		if (jobs[i].f != NULL)
			part_close(&jobs[i].part);
	}
	for (i = 0; i < n && rc == 0; i++)
		if (v[i].rc < 0)
			rc = err_restore(&v[i].error);
	mem_free(t);
	mem_free(jobs);
	return rc;
}
