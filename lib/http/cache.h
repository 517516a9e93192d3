/* Where what was fetched is kept between runs. */
#ifndef HTTP_CACHE_H
#define HTTP_CACHE_H

/* $NNUTILS_CACHE/sub, else $XDG_CACHE_HOME/nnutils/sub, else
 * ~/.cache/nnutils/sub; NULL when none of them is set.  Not made here.  The
 * caller's. */
char *http_cache_dir(const char *sub);

#endif
