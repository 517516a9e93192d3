/* A client from the command line: see args.h. */
#include "http/args.h"

#include <stdlib.h>

#include "base/mem.h"
#include "http/url.h"

int
http_open(struct http **out, const struct http_args *a, const char *url,
    const char *token_env)
{
	char *host = url != NULL ? url_host(url) : NULL, *token = NULL;
	const char *env = token_env != NULL ? getenv(token_env) : NULL;
	struct http_options o;
	int rc = 0;

	*out = NULL;
	http_options_init(&o);
	o.offline = a->offline;
	if (a->cacert != NULL)
		o.ca_file = a->cacert;
	o.connect_timeout = a->connect_timeout;
	o.stall = a->stall;
	o.speed_limit = a->speed_limit;
	o.speed_time = a->speed_time;
	o.retries = a->retries;
	o.parallel = a->parallel;
	o.rate = a->rate;
	if (host != NULL && a->token_file != NULL)
		rc = http_token_read(&token, a->token_file, host);
	else if (host != NULL && env != NULL && env[0] != '\0')
		token = mem_strdup(env);
	if (token != NULL) {
		o.token = token;
		o.token_host = host;
	}
	if (rc == 0)
		rc = http_new(out, &o);
	mem_free(token);
	mem_free(host);
	return rc;
}
