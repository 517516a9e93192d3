/*
 * The directory listings that web servers make (Apache, nginx, lighttpd,
 * python's http.server), read as lists of names, and a crawl through them.
 *
 * Links decide: those that lead to something directly below the page.  As in
 * DIGITS, text in a table cell that ends in '/' is a folder too.  "..",
 * sorting links and other hosts are left out; so is every name that
 * path_check_inside refuses.
 */
#ifndef HTTP_LISTING_H
#define HTTP_LISTING_H

#include <stddef.h>

struct http;

struct listing_entry {
	char *name; /* decoded, without '/' */
	int is_dir;
};

struct listing {
	struct listing_entry *v; /* in byte order, no name twice */
	size_t n, cap;
};

enum {
	LISTING_MAX = 64 << 20,
	LISTING_ENTRIES_MAX = 2000000,
	LISTING_FOLDERS_MAX = 20000, /* of a crawl ... */
	LISTING_EMPTY_MAX = 1000     /* ... and those beyond one for a file */
};

void listing_init(struct listing *l);
void listing_clear(struct listing *l);
/* html of the page at url. */
int
listing_parse(struct listing *l, const char *html, size_t n, const char *url);
/* GET url (a folder) and parse it; ERR_FORMAT when it is not HTML. */
int listing_get(struct listing *l, struct http *h, const char *url);

/*
 * Every file below url, folder by folder, in byte order: path is relative to
 * url and decoded.  At most depth folders deep, at most LISTING_ENTRIES_MAX
 * files.  Folders within folders without a file in them, as a server makes them
 * that shows each folder inside itself, are given up after LISTING_EMPTY_MAX
 * with ERR_RANGE.  found returns < 0 to stop with that error.
 */
int listing_crawl(struct http *h, const char *url, int depth,
    int (*found)(void *ctx, const char *url, const char *path), void *ctx);

#endif
