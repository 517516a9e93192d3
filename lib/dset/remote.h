/*
 * Pictures that are not files: http://, https:// and s3:// URLs, fetched once
 * and kept in the cache.  A connection belongs to one thread.
 */
#ifndef DSET_REMOTE_H
#define DSET_REMOTE_H

#include "base/buf.h"

struct http;
struct s3;
struct dset_remote;

/* s3_endpoint: NULL: the environment's (http/s3.h). */
int dset_remote_new(struct dset_remote **out, const char *s3_endpoint);
void dset_remote_free(struct dset_remote *r); /* accepts NULL */

/* Its client, and its S3 (opened at the first call). */
struct http *dset_remote_http(struct dset_remote *r);
int dset_remote_s3(struct s3 **out, struct dset_remote *r);

/* Append the bytes behind url to b, from the cache when they are there. */
int dset_remote_read(struct dset_remote *r, struct buf *b, const char *url);
/* As it is now: the cache is not looked at. */
int dset_remote_fetch(struct dset_remote *r, struct buf *b, const char *url);

#endif
