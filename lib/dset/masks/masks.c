/* Mask files: see masks.h. */
#include "dset/masks/masks.h"

#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/num.h"

int
dset_masks_new(struct dset_masks **out, const struct dset_masks_options *o)
{
	struct dset_masks *m = mem_new(struct dset_masks);
	int rc = 0;

	m->o = o;
	if (o->labels != NULL)
		rc = dset_labels_read(&m->labels, &m->nlabels, o->labels);
	if (rc == 0 && m->nlabels > MASK_IGNORED)
		rc = err_set(ERR_RANGE,
		    "%s: %zu classes, where masks can have %d (255 is what is not counted)",
		    o->labels, m->nlabels, MASK_IGNORED);
	if (rc == 0 && o->colormap != NULL &&
	    strcmp(o->colormap, MASK_COLOURS_LABEL) != 0 &&
	    strcmp(o->colormap, MASK_COLOURS_NONE) != 0)
		rc = dset_masks_colours(m, o->colormap);
	if (rc < 0)
		dset_masks_free(m);
	*out = rc < 0 ? NULL : m;
	return rc;
}

void
dset_masks_free(struct dset_masks *m)
{
	if (m == NULL)
		return;
	dset_labels_free(m->labels, m->nlabels);
	mem_free(m->palette_of);
	mem_free(m->other);
	mem_free(m->size.first);
	mem_free(m);
}

int
dset_masks_class(int32_t *out, struct dset_masks *m, const char *name)
{
	const bool given = m->o->labels != NULL;

	if (m->nlabels == 0 && !given) {
		mem_grow(&m->labels, &m->labels_cap, 1);
		m->labels[m->nlabels++] = mem_strdup(MASK_BACKGROUND);
	}
	for (size_t i = 0; i < m->nlabels; i++)
		if (strcmp(m->labels[i], name) == 0) {
			*out = (int32_t)i;
			return 1;
		}
	if (given)
		return 0;
	if (m->nlabels == MASK_IGNORED)
		return err_set(ERR_RANGE,
		    "more than %d classes beside " MASK_BACKGROUND
		    ": --class-labels takes some of them",
		    MASK_IGNORED - 1);
	*out = (int32_t)m->nlabels;
	mem_grow(&m->labels, &m->labels_cap, m->nlabels + 1);
	m->labels[m->nlabels++] = mem_strdup(name);
	return 1;
}

void
dset_masks_other(struct dset_masks *m, const char *name)
{
	if (m->others++ == 0)
		m->other = mem_strdup(name);
}

static unsigned
apart(uint8_t a, uint8_t b)
{
	return a > b ? (unsigned)a - b : (unsigned)b - a;
}

/* The nearest colour within the limit, the first of those as near; -1: none. */
static int
nearest(const struct dset_masks *m, const uint8_t *rgb)
{
	const unsigned limit = (unsigned)m->o->limit;
	unsigned least = UINT32_MAX, d, sum;
	int best = -1;
	bool fits;

	for (size_t i = 0; i < m->ncolours; i++) {
		fits = true;
		sum = 0;
		for (int c = 0; c < 3; c++) {
			d = apart(rgb[c], m->colours[3 * i + (size_t)c]);
			fits = fits && d <= limit;
			sum += d * d;
		}
		if (fits && sum < least) {
			least = sum;
			best = (int)i;
		}
	}
	return best;
}

/* Colours to classes, in place. */
static int
map_colours(struct image *im, const struct dset_masks *m, const char *path)
{
	const size_t n = (size_t)im->width * (size_t)im->height;
	const size_t step = (size_t)im->channels;
	uint8_t rgb[3], last[3] = { 0 };
	int at = -2;

	for (size_t i = 0; i < n; i++) {
		const uint8_t *p = im->data + i * step;

		for (int c = 0; c < 3; c++)
			rgb[c] = p[step == 3 ? c : 0];
		if (at == -2 || memcmp(rgb, last, 3) != 0)
			at = nearest(m, rgb);
		memcpy(last, rgb, 3);
		if (at < 0)
			return err_set(ERR_FORMAT,
			    "%s: the pixel at %zu,%zu is %d %d %d, which %s does not have%s",
			    path, i % (size_t)im->width, i / (size_t)im->width,
			    rgb[0], rgb[1], rgb[2], m->o->colormap,
			    m->o->limit == 0
				? " (--color-limit takes the nearest)"
				: " within --color-limit");
		im->data[i] = m->to[at];
	}
	im->channels = 1;
	return 0;
}

static int
check_classes(
    const struct image *im, const struct dset_masks *m, const char *path)
{
	const size_t n = (size_t)im->width * (size_t)im->height;

	for (size_t i = 0; m->nlabels > 0 && i < n; i++)
		if (im->data[i] >= m->nlabels && im->data[i] != MASK_IGNORED)
			return err_set(ERR_FORMAT,
			    "%s: the pixel at %zu,%zu has class %d, and there %s %zu (255 would be what is not counted)",
			    path, i % (size_t)im->width, i / (size_t)im->width,
			    im->data[i], num_plural(m->nlabels, "is", "are"),
			    m->nlabels);
	return 0;
}

int
dset_masks_decode(struct image *out, const struct dset_masks *m, const void *p,
    size_t n, const char *path)
{
	struct image_info info;

	TRY(image_probe(&info, p, n, path));
	TRY(image_decode(out, p, n, path,
	    IMAGE_NO_EXIF | (m->mapped ? 0 : IMAGE_INDICES), 0, 0));
	if (m->mapped) {
		TRY(map_colours(out, m, path));
		return check_classes(out, m, path);
	}
	if (out->channels != 1)
		return err_set(ERR_FORMAT,
		    "%s: the mask is in colours and has no palette: --colormap FILE says which class each colour is",
		    path);
	if (info.bits > 8)
		return err_set(ERR_FORMAT,
		    "%s: the mask has %d bits a pixel, and classes 8", path,
		    info.bits);
	return check_classes(out, m, path);
}
