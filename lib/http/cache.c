/* The folder of the cache: see cache.h. */
#include "http/cache.h"

#include <stdlib.h>

#include "base/mem.h"

char *
http_cache_dir(const char *sub)
{
	const char *own = getenv("NNUTILS_CACHE");
	const char *xdg = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");

	if (own != NULL && own[0] != '\0')
		return mem_printf("%s/%s", own, sub);
	if (xdg != NULL && xdg[0] == '/')
		return mem_printf("%s/nnutils/%s", xdg, sub);
	if (home != NULL && home[0] != '\0')
		return mem_printf("%s/.cache/nnutils/%s", home, sub);
	return NULL;
}
