/* What s3.c and s3_list.c share. */
#ifndef HTTP_S3_PRIVATE_H
#define HTTP_S3_PRIVATE_H

struct s3 {
	char *endpoint; /* without '/' at its end */
	char *region;
	char *key; /* NULL: requests are not signed */
	char *secret;
	char *session; /* or NULL */
};

#endif
