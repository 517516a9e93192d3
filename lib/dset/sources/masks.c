/*
 * Pictures with masks: a folder of pictures and a folder of masks, whose files have
 * the same stems.  A sample gets one value, the mask, by the name of its file.
 *
 * Of pictures and masks only what their first bytes say is looked at here.
 */
#include <string.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "dset/masks/masks.h"
#include "dset/sources/outlines.h"
#include "dset/sources/partners.h"
#include "dset/sources/source.h"
#include "file/file.h"

struct masks_scan {
	struct dset_list *list;
	const struct dset_source_options *o;
	struct dset_masks *masks;
	const struct dset_pairs *from;
	struct dset_partners partners;
};

static int
tell_bad(const struct masks_scan *s, const char *path)
{
	return dset_bad_tell(s->o->bad, path, -1, err_text());
}

/* The first palette is kept; the colours that another has, too, are the same. */
static int
check_palette(struct dset_masks *m, const void *p, size_t n, const char *path)
{
	uint8_t rgb[3 * IMAGE_COLOURS];
	int have = image_palette(rgb, p, n), both;

	if (have == 0)
		return 0;
	if (m->palette_of == NULL) {
		memcpy(m->palette, rgb, sizeof rgb);
		m->npalette = have;
		m->palette_of = mem_strdup(path);
		return 0;
	}
	both = have < m->npalette ? have : m->npalette;
	if (memcmp(m->palette, rgb, 3 * (size_t)both) != 0)
		return err_set(ERR_FORMAT,
		    "%s: its palette is not that of %s (--colormap none leaves palettes unheeded)",
		    path, m->palette_of);
	return 0;
}

static int
look_mask(struct image_info *info, const struct masks_scan *s, const char *path)
{
	const char *how = s->masks->o->colormap;
	const void *p;
	size_t n;
	int rc;

	TRY(file_map(&p, &n, path));
	rc = image_probe(info, p, n, path);
	if (rc == 0 && !s->masks->mapped &&
	    (how == NULL || strcmp(how, MASK_COLOURS_NONE) != 0))
		rc = check_palette(s->masks, p, n, path);
	file_unmap(p, n);
	if (rc == 0 && strcmp(info->format, "jpeg") == 0 &&
	    s->masks->lossy++ == 0)
		log_warn(
		    "%s: a mask that is a JPEG: its classes are not what they were, PNG keeps them",
		    path);
	return rc;
}

/* 1: sample i is taken, 0: it is bad, which was told. */
static int
take(void *ctx, size_t i)
{
	struct masks_scan *s = ctx;
	const char *picture = s->list->v[i].path;
	struct value v = { .kind = VALUE_IMAGE };
	struct image_info info, of_mask;
	struct dset_partner *mask = NULL;

	if (dset_partners_take(&mask, &s->partners, picture) < 0)
		return tell_bad(s, picture);
	if (dset_pairs_probe(&info, picture) < 0 ||
	    look_mask(&of_mask, s, mask->path) < 0)
		return tell_bad(s, picture);
	if (info.width != of_mask.width || info.height != of_mask.height) {
		(void)err_set(ERR_FORMAT,
		    "%s has %dx%d pixels, and the picture %dx%d", mask->path,
		    of_mask.width, of_mask.height, info.width, info.height);
		return tell_bad(s, picture);
	}
	TRY(dset_one_size(&s->masks->size, &info, picture,
	    s->masks->o->same_shape, "--size"));
	v.file = mask->path;
	dset_list_say(s->list, i, &v, 1);
	return 1;
}

static int
scan(struct dset_scan *out, const char *where,
    const struct dset_source_options *o)
{
	struct masks_scan s = { .list = &out->list,
		.o = o,
		.masks = o->masks,
		.from = &o->masks->o->from[o->part] };
	int rc;

	(void)where; /* s.from->images */
	if (file_exists(s.from->labels) && !file_is_dir(s.from->labels))
		return dset_outlines_scan(s.list, o);
	rc = dset_partners_find(&s.partners, s.from, "mask");
	if (rc == ERR_FORMAT && s.partners.found.n == 0) {
		dset_partners_clear(&s.partners);
		return dset_outlines_scan(s.list, o);
	}
	if (rc == 0)
		rc = dset_pairs_walk(s.list, s.from, o->bad);
	if (rc == 0)
		rc =
		    dset_pairs_take(s.list, take, &s, s.from->images, "a mask");
	if (rc == 0 && s.from->list == NULL)
		rc = dset_partners_lonely(&s.partners, o->bad);
	dset_partners_clear(&s.partners);
	return rc;
}

const struct dset_source dset_source_masks = {
	.name = "masks",
	.what = "a folder of pictures",
	.fits = file_is_dir,
	.scan = scan,
};
