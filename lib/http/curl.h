/*
 * libcurl, opened when the first request is made.
 *
 * Linked in the usual way libcurl brings thirty libraries with it and costs a
 * program 4 ms before main, whether it asks the network or not (measured:
 * 0.7 ms without, 5.2 ms with).  Most runs of ours don't: a listing from the
 * cache, a data set from a folder.  So the functions are found with dlsym, and
 * called through curl_(name)(...).  Private to this module.
 */
#ifndef HTTP_CURL_H
#define HTTP_CURL_H

#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>

#define CURL_FUNCTIONS(X)                                                      \
	X(curl_global_init)                                                    \
	X(curl_slist_append)                                                   \
	X(curl_slist_free_all)                                                 \
	X(curl_easy_init)                                                      \
	X(curl_easy_cleanup)                                                   \
	X(curl_easy_reset)                                                     \
	X(curl_easy_setopt)                                                    \
	X(curl_easy_getinfo)                                                   \
	X(curl_easy_pause)                                                     \
	X(curl_easy_header)                                                    \
	X(curl_easy_strerror)                                                  \
	X(curl_multi_init)                                                     \
	X(curl_multi_cleanup)                                                  \
	X(curl_multi_setopt)                                                   \
	X(curl_multi_add_handle)                                               \
	X(curl_multi_remove_handle)                                            \
	X(curl_multi_perform)                                                  \
	X(curl_multi_poll)                                                     \
	X(curl_multi_strerror)                                                 \
	X(curl_multi_info_read)

struct curl_api {
#define X(f) __typeof__(&(f)) f;
	CURL_FUNCTIONS(X)
#undef X
};

/* The functions, or NULL with the sentence set.  Thread-safe. */
const struct curl_api *curl_api(void);

#endif
