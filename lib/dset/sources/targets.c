/*
 * Pictures with targets: a folder of pictures, and a folder of others whose files
 * have the same stems; or pictures that are their own targets.  A sample gets one
 * value, the target, by the name of its file.
 *
 * Only what the first bytes of the files say is looked at here.
 */
#include "base/err.h"
#include "dset/sources/partners.h"
#include "dset/sources/source.h"
#include "dset/targets/targets.h"
#include "file/file.h"

struct targets_scan {
	struct dset_list *list;
	const struct dset_source_options *o;
	struct dset_targets *targets;
	const struct dset_pairs *from;
	struct dset_partners partners;
};

static int
tell_bad(const struct targets_scan *s, const char *path)
{
	return dset_bad_tell(s->o->bad, path, -1, err_text());
}

/* 1: sample i is taken, 0: it is bad, which was told. */
static int
take(void *ctx, size_t i)
{
	struct targets_scan *s = ctx;
	struct dset_targets *t = s->targets;
	const char *picture = s->list->v[i].path;
	struct value v = { .kind = VALUE_IMAGE, .file = picture };
	struct dset_partner *target = NULL;
	struct image_info info, of_target;

	if (s->from->labels != NULL) {
		if (dset_partners_take(&target, &s->partners, picture) < 0)
			return tell_bad(s, picture);
		v.file = target->path;
	}
	if (dset_pairs_probe(&info, picture) < 0 ||
	    dset_pairs_probe(&of_target, v.file) < 0)
		return tell_bad(s, picture);
	TRY(dset_one_size(&t->pictures, &info, picture,
	    t->o->same_shape && !t->o->any_size, "--size"));
	if (target != NULL)
		TRY(dset_one_size(&t->targets, &of_target, v.file,
		    t->o->same_shape && t->o->width == 0, "--target-size"));
	dset_list_say(s->list, i, &v, 1);
	return 1;
}

static int
scan(struct dset_scan *out, const char *where,
    const struct dset_source_options *o)
{
	struct targets_scan s = { .list = &out->list,
		.o = o,
		.targets = o->targets,
		.from = &o->targets->o->from[o->part] };
	int rc;

	(void)where; /* s.from->images */
	rc = dset_pairs_walk(s.list, s.from, o->bad);
	if (rc == 0 && s.from->labels != NULL)
		rc = dset_partners_find(&s.partners, s.from, "target");
	if (rc == 0)
		rc = dset_pairs_take(
		    s.list, take, &s, s.from->images, "a target");
	if (rc == 0 && s.from->list == NULL)
		rc = dset_partners_lonely(&s.partners, o->bad);
	dset_partners_clear(&s.partners);
	return rc;
}

const struct dset_source dset_source_targets = {
	.name = "targets",
	.what = "a folder of pictures",
	.fits = file_is_dir,
	.scan = scan,
};
