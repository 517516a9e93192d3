/*
 * S3 and what speaks like it (MinIO, Ceph, moto): listing a bucket and reading
 * its objects, signed with AWS Signature Version 4 (AWS documentation,
 * "Signature Calculations for the Authorization Header").  Not by libcurl's
 * CURLOPT_AWS_SIGV4: 7.88 signs all that is asked here as the servers do, but
 * 8.16 not a prefix with a '+' (curl issue 20543).
 *
 * Keys are taken from AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and
 * AWS_SESSION_TOKEN, else from the section AWS_PROFILE ("default") of
 * ~/.aws/credentials; without keys requests are not signed (public buckets).
 * The region is AWS_REGION, AWS_DEFAULT_REGION or us-east-1; the endpoint
 * AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL or Amazon's.
 */
#ifndef HTTP_S3_H
#define HTTP_S3_H

#include <stdint.h>
#include <time.h>

struct http;
struct s3;

enum { S3_HEADERS = 4 };

/* endpoint: "https://host[:port]", or NULL: the environment's. */
int s3_open(struct s3 **out, const char *endpoint);
void s3_close(struct s3 *s); /* accepts NULL */

/* "s3://bucket/prefix" in two; prefix may be "".  Both the caller's. */
int s3_split(char **bucket, char **prefix, const char *url);
/* The URL of an object (path style), key not encoded. */
char *s3_url(const struct s3 *s, const char *bucket, const char *key);

/* Headers (at most S3_HEADERS, each the caller's) that sign a request without
 * body; method NULL: GET.  Nothing is set when there are no keys. */
int s3_sign(
    const struct s3 *s, char **headers, const char *method, const char *url);
/* The same at a given time (for tests). */
int s3_sign_at(const struct s3 *s, char **headers, const char *method,
    const char *url, time_t now);

struct s3_object {
	const char *key; /* borrowed during the call */
	uint64_t size;
	const char *etag;
};

/* Every object whose key begins with prefix, in key order.  found returns < 0
 * to stop with that error. */
int s3_list(struct http *h, const struct s3 *s, const char *bucket,
    const char *prefix, int (*found)(void *ctx, const struct s3_object *o),
    void *ctx);

#endif
