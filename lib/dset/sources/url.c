/*
 * A web folder with one folder per class, as servers list them (nginx, Apache,
 * python's http.server, …).  Classes are called as in folder.c.
 */
#include <string.h>

#include "base/err.h"
#include "base/path.h"
#include "base/stop.h"
#include "dset/remote.h"
#include "dset/sources/source.h"
#include "http/listing.h"
#include "http/url.h"

enum { DEPTH_MAX = 16 };

struct url_found {
	struct dset_scan *scan;
	int32_t class;
};

static int
fits(const char *where)
{
	return strncmp(where, "http://", 7) == 0 ||
	    strncmp(where, "https://", 8) == 0;
}

static int
add(void *ctx, const char *url, const char *path)
{
	struct url_found *f = ctx;

	if (stop_asked())
		return err_set(ERR_STOPPED, "stopped by %s", stop_reason());
	if (dset_source_picture(path_base(path)))
		dset_list_add(&f->scan->list, url, f->class, NULL, 0);
	return 0;
}

static int
add_class(struct dset_scan *out, struct dset_remote *r, const char *where,
    const char *dir)
{
	struct url_found f = { .scan = out };
	char *url = url_join(where, dir), *name = dset_source_class(dir);
	int rc;

	f.class = (int32_t)dset_scan_class(out, name, url);
	rc = listing_crawl(dset_remote_http(r), url, DEPTH_MAX, add, &f);
	mem_free(name);
	mem_free(url);
	return rc;
}

static int
scan(struct dset_scan *out, const char *where,
    const struct dset_source_options *o)
{
	struct dset_remote *r = NULL;
	struct listing l;
	size_t i, classes = 0;
	int rc;

	listing_init(&l);
	rc = dset_remote_new(&r, o->s3_endpoint);
	if (rc == 0)
		rc = listing_get(&l, dset_remote_http(r), where);
	for (i = 0; rc == 0 && i < l.n; i++) {
		if (!l.v[i].is_dir || l.v[i].name[0] == '.')
			continue;
		classes++;
		rc = add_class(out, r, where, l.v[i].name);
	}
	if (rc == 0 && classes == 0)
		rc = err_set(ERR_FORMAT, "%s has no class folders", where);
	listing_clear(&l);
	dset_remote_free(r);
	return rc;
}

const struct dset_source dset_source_url = {
	.name = "url",
	.what = "a web folder with one folder per class",
	.fits = fits,
	.scan = scan,
};
