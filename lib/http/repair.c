/* Fetching again only the blocks of a file that are damaged: see http.h. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/num.h"
#include "http/http.h"
#include "http/s3.h"
#include "http/url.h"

enum { BLOCK_MAX = 64 << 20 };

static int
block_read(int fd, char *p, size_t n, uint64_t at, size_t *got)
{
	ssize_t r;

	for (*got = 0; *got < n; *got += (size_t)r) {
		r = pread(fd, p + *got, n - *got, (off_t)(at + *got));
		if (r < 0 && errno == EINTR)
			r = 0;
		else if (r < 0)
			return err_sys("read back what was fetched");
		else if (r == 0)
			break;
	}
	return 0;
}

static int
block_write(int fd, const char *p, size_t n, uint64_t at)
{
	ssize_t w;

	for (; n > 0; n -= (size_t)w, p += w, at += (uint64_t)w) {
		w = pwrite(fd, p, n, (off_t)at);
		if (w < 0 && errno == EINTR)
			w = 0;
		else if (w < 0)
			return err_sys("write what was fetched again");
	}
	return 0;
}

static int
block_right(const char *p, size_t n, const char *promised)
{
	char hex[HASH_HEX_MAX];

	hash_of(HASH_SHA256, p, n, hex);
	return strcasecmp(hex, promised) == 0;
}

static int
block_fetch(struct http *h, struct http_file *f, int fd, size_t i, size_t n)
{
	uint64_t at = i * f->block_size;
	char range[64];
	const char *headers[] = { range, NULL };
	struct http_call c = { .url = f->url, .headers = headers, .max = n };
	int rc;

	c.sign = f->sign;
	c.method = "GET"; /* as it is, not compressed */
	snprintf(range, sizeof(range), "Range: bytes=%" PRIu64 "-%" PRIu64, at,
	    at + n - 1);
	rc = http_do(h, &c);
	if (rc == 0 && c.status != 206)
		rc = err_set(ERR_REFUSED,
		    "%s: damaged, and the server does not serve parts of it",
		    f->url);
	if (rc == 0 &&
	    (c.answer.len != n || !block_right(c.answer.data, n, f->blocks[i])))
		rc = err_set(ERR_REFUSED,
		    "%s: block %zu differs from its promised digest", f->url,
		    i);
	if (rc == 0)
		rc = block_write(fd, c.answer.data, n, at);
	f->transferred += c.answer.len;
	http_call_clear(&c);
	return rc;
}

int
http_repair(struct http *h, struct http_file *f, int fd)
{
	struct hash *whole = NULL;
	char *p = NULL;
	size_t i, n, got, mended = 0;
	int rc = 0;

	if (f->block_size == 0 || f->block_size > BLOCK_MAX ||
	    f->n_blocks != (f->size + f->block_size - 1) / f->block_size)
		return err_set(
		    ERR_REFUSED, "%s differs from its promised digest", f->url);
	p = mem_array(char, (size_t)f->block_size);
	whole = hash_new(HASH_SHA256);
	for (i = 0; i < f->n_blocks && rc == 0; i++) {
		uint64_t left = f->size - i * f->block_size;

		n = (size_t)(left < f->block_size ? left : f->block_size);
		rc = block_read(fd, p, n, i * f->block_size, &got);
		if (rc < 0)
			break;
		if (got < n || !block_right(p, n, f->blocks[i])) {
			rc = block_fetch(h, f, fd, i, n);
			mended++;
			if (rc == 0)
				rc = block_read(
				    fd, p, n, i * f->block_size, &got);
		}
		hash_add(whole, p, n);
	}
	if (rc == 0) {
		hash_hex(whole, f->got_sha256);
		if (f->sha256 != NULL &&
		    strcasecmp(f->got_sha256, f->sha256) != 0)
			rc = err_set(ERR_REFUSED,
			    "%s: all blocks are right, but the whole is not",
			    f->url);
		log_info("%s: %zu of %s fetched again", f->path, mended,
		    NUM_COUNTED(f->n_blocks, "block"));
	}
	f->got = f->size;
	hash_free(whole);
	mem_free(p);
	return rc;
}
