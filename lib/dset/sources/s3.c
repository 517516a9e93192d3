/*
 * s3://bucket/prefix: the objects below prefix/CLASS/ are the pictures of CLASS,
 * at any depth.  All of them, where DIGITS looked at the first hundred.
 */
#include <string.h>

#include "base/err.h"
#include "base/path.h"
#include "base/stop.h"
#include "dset/remote.h"
#include "dset/sources/source.h"
#include "http/s3.h"

struct s3_found {
	struct dset_scan *scan;
	const char *where; /* for the names of classes' places */
	const char *bucket;
	size_t skip;  /* bytes of keys before the class */
	char *folder; /* the present class as in the key, or NULL */
	int32_t class;
};

static int
fits(const char *where)
{
	return strncmp(where, "s3://", 5) == 0;
}

/* The class of a key; keys come in order, so classes come one by one. */
static void
enter(struct s3_found *f, const char *folder, size_t n)
{
	char *name, *place;

	if (f->folder != NULL && strlen(f->folder) == n &&
	    strncmp(f->folder, folder, n) == 0)
		return;
	mem_free(f->folder);
	f->folder = mem_strndup(folder, n);
	name = dset_source_class(f->folder);
	place = mem_printf("%s/%s", f->where, f->folder);
	f->class = (int32_t)dset_scan_class(f->scan, name, place);
	mem_free(place);
	mem_free(name);
}

static int
add(void *ctx, const struct s3_object *o)
{
	struct s3_found *f = ctx;
	const char *rest, *slash;
	char *url;

	if (stop_asked())
		return err_set(ERR_STOPPED, "stopped by %s", stop_reason());
	if (strlen(o->key) <= f->skip)
		return 0;
	rest = o->key + f->skip;
	slash = strchr(rest, '/');
	if (slash == NULL || slash == rest || rest[0] == '.' ||
	    !dset_source_picture(path_base(o->key)))
		return 0;
	enter(f, rest, (size_t)(slash - rest));
	url = mem_printf("s3://%s/%s", f->bucket, o->key);
	dset_list_add(&f->scan->list, url, f->class, NULL, 0);
	mem_free(url);
	return 0;
}

static int
scan(struct dset_scan *out, const char *where,
    const struct dset_source_options *o)
{
	struct s3_found f = { .scan = out, .where = where };
	struct dset_remote *r = NULL;
	char *bucket = NULL, *prefix = NULL, *below = NULL;
	struct s3 *s3;
	int rc = s3_split(&bucket, &prefix, where);

	if (rc == 0)
		rc = dset_remote_new(&r, o->s3_endpoint);
	if (rc == 0)
		rc = dset_remote_s3(&s3, r);
	if (rc == 0) {
		size_t n = strlen(prefix);

		while (n > 0 && prefix[n - 1] == '/')
			prefix[--n] = '\0';
		below = n > 0 ? mem_printf("%s/", prefix) : mem_strdup("");
		f.bucket = bucket;
		f.skip = strlen(below);
		rc = s3_list(dset_remote_http(r), s3, bucket, below, add, &f);
	}
	if (rc == 0 && out->n == 0)
		rc = err_set(ERR_FORMAT, "%s has no class folders", where);
	mem_free(f.folder);
	mem_free(bucket);
	mem_free(prefix);
	mem_free(below);
	dset_remote_free(r);
	return rc;
}

const struct dset_source dset_source_s3 = {
	.name = "s3",
	.what = "s3://bucket/prefix with one folder per class",
	.fits = fits,
	.scan = scan,
};
