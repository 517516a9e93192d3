/* What libcurl's codes mean to the caller, and whether to try again. */
#include "base/mem.h"
#include "http/client.h"
#include "http/url.h"

int
transfer_outcome(struct transfer *t, CURLcode cc)
{
	static const struct {
		CURLcode cc;
		int rc;
		int again; /* 1: yes; 2: if the server was ever reached */
	} meaning[] = {
		{ CURLE_COULDNT_RESOLVE_HOST, ERR_NET, 2 },
		{ CURLE_COULDNT_CONNECT, ERR_NET, 2 },
		{ CURLE_OPERATION_TIMEDOUT, ERR_NET, 2 },
		{ CURLE_SSL_CONNECT_ERROR, ERR_NET, 2 },
		{ CURLE_PARTIAL_FILE, ERR_NET, 1 },
		{ CURLE_RECV_ERROR, ERR_NET, 1 },
		{ CURLE_SEND_ERROR, ERR_NET, 1 },
		{ CURLE_GOT_NOTHING, ERR_NET, 1 },
		{ CURLE_HTTP2, ERR_NET, 1 },
		{ CURLE_HTTP2_STREAM, ERR_NET, 1 },
		{ CURLE_UNSUPPORTED_PROTOCOL, ERR_REFUSED, 0 },
		{ CURLE_PEER_FAILED_VERIFICATION, ERR_REFUSED, 0 },
		{ CURLE_SSL_CACERT_BADFILE, ERR_MISSING, 0 },
		{ CURLE_URL_MALFORMAT, ERR_USAGE, 0 },
		{ CURLE_OUT_OF_MEMORY, ERR_IO, 0 },
	};
	char *url = url_public(t->url);
	int rc = ERR_NET;
	size_t i;

	for (i = 0; i < LENGTH(meaning); i++)
		if (meaning[i].cc == cc) {
			rc = meaning[i].rc;
			t->again = meaning[i].again == 1 ||
			    (meaning[i].again == 2 && t->reached);
		}
	if (t->header_bytes > HTTP_HEADER_MAX)
		rc = err_set(ERR_RANGE, "%s: more than %d bytes of headers",
		    url, HTTP_HEADER_MAX);
	else
		err_set(rc, "%s: %s%s", url,
		    t->text[0] != '\0' ? t->text
				       : curl_(t->h, easy_strerror)(cc),
		    cc == CURLE_SSL_CACERT_BADFILE && t->h->o.ca_file == NULL
			? " (install the package ca-certificates, or name a file by --cacert)"
			: "");
	mem_free(url);
	return rc;
}
