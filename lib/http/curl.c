/* Finding libcurl at run time: see curl.h. */
#include "http/curl.h"

#include <dlfcn.h>
#include <pthread.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"

static struct curl_api api;
static char why[256];
static pthread_once_t once = PTHREAD_ONCE_INIT;

struct symbol {
	const char *name;
	size_t at;
};

static const struct symbol symbols[] = {
#define X(f) { #f, offsetof(struct curl_api, f) },
	CURL_FUNCTIONS(X)
#undef X
};

static void
load_failed(const char *what, const char *detail)
{
	size_t n = strlen(what);

	memcpy(why, what, n + 1);
	strncat(why, detail != NULL ? detail : "", sizeof(why) - n - 1);
}

static void
load_curl(void)
{
	void *lib = dlopen("libcurl.so.4", RTLD_LAZY | RTLD_LOCAL);
	size_t i;

	if (lib == NULL) {
		load_failed("no network: ", dlerror());
		return;
	}
	for (i = 0; i < LENGTH(symbols); i++) {
		void *f = dlsym(lib, symbols[i].name);

		if (f == NULL) {
			load_failed(
			    "libcurl is too old: it lacks ", symbols[i].name);
			return;
		}
		memcpy((char *)&api + symbols[i].at, &f, sizeof(f));
	}
	if (api.curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		load_failed("libcurl cannot be initialised", NULL);
}

const struct curl_api *
curl_api(void)
{
	pthread_once(&once, load_curl);
	if (why[0] != '\0') {
		err_set(ERR_NET, "%s", why);
		return NULL;
	}
	return &api;
}
