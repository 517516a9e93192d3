/*
 * Pictures with masks: a folder of pictures and a folder of masks, whose files have
 * the same stems.  A sample gets one value, the mask, by the name of its file.
 *
 * Of pictures and masks only what their first bytes say is looked at here.
 */
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "dset/masks/masks.h"
#include "dset/sources/pairs.h"
#include "dset/sources/source.h"
#include "file/file.h"

struct mask {
	struct dset_stem stem; /* "sub/a" of sub/a.png */
	const char *path;
	const char *taken; /* by this picture, or NULL */
};

struct masks_scan {
	struct dset_list *list, found;
	const struct dset_source_options *o;
	struct dset_masks *masks;
	const struct dset_pairs *from;
	struct mask *v;
};

static int
tell_bad(const struct masks_scan *s, const char *path)
{
	return dset_bad_tell(s->o->bad, path, -1, err_text());
}

static int
find_masks(struct masks_scan *s)
{
	struct dset_list *l = &s->found;
	int rc = dset_source_walk(l, s->from->labels);

	if (rc == 0 && l->n == 0)
		rc = err_set(ERR_FORMAT, "%s: no masks", s->from->labels);
	if (rc < 0)
		return rc;
	s->v = mem_array(struct mask, l->n);
	for (size_t i = 0; i < l->n; i++) {
		s->v[i].path = l->v[i].path;
		s->v[i].stem = dset_stem_below(l->v[i].path, s->from->labels);
	}
	qsort(s->v, l->n, sizeof *s->v, dset_stem_cmp);
	return 0;
}

/* The one mask of a picture: below the same folder, or at the top. */
static int
mask_of(struct mask **out, struct masks_scan *s, const char *picture)
{
	const size_t n = s->found.n;
	struct dset_stem key = dset_stem_below(picture, s->from->images);
	struct mask *hit = bsearch(&key, s->v, n, sizeof *hit, dset_stem_cmp);

	if (hit == NULL) {
		key = dset_stem(picture);
		hit = bsearch(&key, s->v, n, sizeof *hit, dset_stem_cmp);
	}
	if (hit == NULL)
		return err_set(ERR_MISSING, "no mask in %s is called %.*s",
		    s->from->labels, (int)key.n, key.s);
	if ((hit > s->v && dset_stem_cmp(hit - 1, hit) == 0) ||
	    (hit < s->v + n - 1 && dset_stem_cmp(hit + 1, hit) == 0))
		return err_set(ERR_FORMAT, "%s has two masks called %.*s",
		    s->from->labels, (int)key.n, key.s);
	if (hit->taken != NULL)
		return err_set(ERR_FORMAT, "%s is also the mask of %s",
		    hit->path, hit->taken);
	*out = hit;
	return 0;
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

/* Have all pictures one size? */
static int
check_size(
    struct dset_masks *m, const struct image_info *info, const char *path)
{
	if (m->first == NULL) {
		m->first = mem_strdup(path);
		m->width = info->width;
		m->height = info->height;
	}
	if (info->width == m->width && info->height == m->height)
		return 0;
	if (m->o->same_shape)
		return err_set(ERR_FORMAT,
		    "%s: %dx%d pixels, where %s has %dx%d: --size WxH makes them alike, --no-same-shape keeps them as they are",
		    path, info->width, info->height, m->first, m->width,
		    m->height);
	m->differ = true;
	return 0;
}

/* 1: sample i is taken, 0: it is bad, which was told. */
static int
take(void *ctx, size_t i)
{
	struct masks_scan *s = ctx;
	const char *picture = s->list->v[i].path;
	struct value v = { .kind = VALUE_IMAGE };
	struct image_info info, of_mask;
	struct mask *mask = NULL;

	if (mask_of(&mask, s, picture) < 0)
		return tell_bad(s, picture);
	mask->taken = picture;
	if (dset_pairs_probe(&info, picture) < 0 ||
	    look_mask(&of_mask, s, mask->path) < 0)
		return tell_bad(s, picture);
	if (info.width != of_mask.width || info.height != of_mask.height) {
		(void)err_set(ERR_FORMAT,
		    "%s has %dx%d pixels, and the picture %dx%d", mask->path,
		    of_mask.width, of_mask.height, info.width, info.height);
		return tell_bad(s, picture);
	}
	TRY(check_size(s->masks, &info, picture));
	v.file = mask->path;
	dset_list_say(s->list, i, &v, 1);
	return 1;
}

/* Masks that belong to no picture. */
static int
tell_lonely(struct masks_scan *s)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < s->found.n; i++) {
		const struct mask *m = &s->v[i];

		if (m->taken != NULL)
			continue;
		/* Of two with one stem their picture has spoken. */
		if ((i > 0 && dset_stem_cmp(m - 1, m) == 0) ||
		    (i + 1 < s->found.n && dset_stem_cmp(m + 1, m) == 0))
			continue;
		(void)err_set(ERR_MISSING,
		    "a mask without a picture: none in %s is called %.*s",
		    s->from->images, (int)m->stem.n, m->stem.s);
		rc = tell_bad(s, m->path);
	}
	return rc;
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
	dset_list_init(&s.found);
	rc = dset_pairs_walk(s.list, s.from, o->bad);
	if (rc == 0)
		rc = find_masks(&s);
	if (rc == 0)
		rc =
		    dset_pairs_take(s.list, take, &s, s.from->images, "a mask");
	if (rc == 0 && s.from->list == NULL)
		rc = tell_lonely(&s);
	mem_free(s.v);
	dset_list_clear(&s.found);
	return rc;
}

const struct dset_source dset_source_masks = {
	.name = "masks",
	.what = "a folder of pictures",
	.fits = file_is_dir,
	.scan = scan,
};
