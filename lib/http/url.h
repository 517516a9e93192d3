/*
 * URLs as text: what a client of stores needs and no more.  Nothing here asks
 * the network.  Made strings are the caller's.
 */
#ifndef HTTP_URL_H
#define HTTP_URL_H

enum { URL_MAX = 8192 };

/* http:// or https://, a host, no space or control character, at most URL_MAX
 * bytes.  0, or ERR_USAGE with the reason. */
int url_check(const char *url);

/* name (a relative path, not encoded) below the folder base. */
char *url_join(const char *base, const char *name);
/* url with a '/' at its end. */
char *url_folder(const char *url);
/* Percent-encode all but unreserved characters, and '/' if keep_slash. */
char *url_encode(const char *s, int keep_slash);
/* Undo it; a bad escape stays as it is, %00 ends in NULL. */
char *url_decode(const char *s);

/* "host" or "host:port" in lower case, without user and password; NULL if
 * there is none. */
char *url_host(const char *url);
/* Same scheme, host and port? */
int url_same_origin(const char *a, const char *b);
/* The path, beginning with '/', without query and fragment. */
char *url_path(const char *url);
/* For messages: without user:password@ and query. */
char *url_public(const char *url);

/* The address of the file itself where url is that of the page about it: a link
 * shared by Dropbox (dl=0) or Google Drive, a file's page at GitHub or Hugging
 * Face.  Others come back as they are. */
char *url_direct(const char *url);

#endif
