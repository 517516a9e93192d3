/* The second folder of pairs: see partners.h. */
#include "dset/sources/partners.h"

#include <stdlib.h>

#include "base/err.h"
#include "base/mem.h"
#include "dset/sources/source.h"

int
dset_partners_find(
    struct dset_partners *p, const struct dset_pairs *from, const char *what)
{
	struct dset_list *l = &p->found;
	int rc;

	*p = (struct dset_partners){ .from = from, .what = what };
	dset_list_init(l);
	rc = dset_source_walk(l, from->labels);
	if (rc == 0 && l->n == 0)
		rc = err_set(ERR_FORMAT, "%s: no %ss", from->labels, what);
	if (rc < 0)
		return rc;
	p->v = mem_array(struct dset_partner, l->n);
	for (size_t i = 0; i < l->n; i++) {
		p->v[i].path = l->v[i].path;
		p->v[i].stem = dset_stem_below(l->v[i].path, from->labels);
	}
	qsort(p->v, l->n, sizeof *p->v, dset_stem_cmp);
	return 0;
}

void
dset_partners_clear(struct dset_partners *p)
{
	mem_free(p->v);
	p->v = NULL;
	dset_list_clear(&p->found);
}

/* Is there another with the stem of number i? */
static bool
is_twice(const struct dset_partners *p, size_t i)
{
	const struct dset_partner *v = p->v + i;

	return (i > 0 && dset_stem_cmp(v - 1, v) == 0) ||
	    (i + 1 < p->found.n && dset_stem_cmp(v + 1, v) == 0);
}

int
dset_partners_take(
    struct dset_partner **out, struct dset_partners *p, const char *picture)
{
	const size_t n = p->found.n;
	const char *where = p->from->labels;
	struct dset_stem key = dset_stem_below(picture, p->from->images);
	struct dset_partner *hit =
	    bsearch(&key, p->v, n, sizeof *hit, dset_stem_cmp);

	if (hit == NULL) {
		key = dset_stem(picture);
		hit = bsearch(&key, p->v, n, sizeof *hit, dset_stem_cmp);
	}
	if (hit == NULL)
		return err_set(ERR_MISSING, "no %s in %s is called %.*s",
		    p->what, where, (int)key.n, key.s);
	if (is_twice(p, (size_t)(hit - p->v)))
		return err_set(ERR_FORMAT, "%s has two %ss called %.*s", where,
		    p->what, (int)key.n, key.s);
	if (hit->taken != NULL)
		return err_set(ERR_FORMAT, "%s is also the %s of %s", hit->path,
		    p->what, hit->taken);
	hit->taken = picture;
	*out = hit;
	return 0;
}

int
dset_partners_lonely(const struct dset_partners *p, const struct dset_bad *bad)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < p->found.n; i++) {
		const struct dset_partner *v = &p->v[i];

		/* Of two with one stem their picture has spoken. */
		if (v->taken != NULL || is_twice(p, i))
			continue;
		(void)err_set(ERR_MISSING,
		    "a %s without a picture: none in %s is called %.*s",
		    p->what, p->from->images, (int)v->stem.n, v->stem.s);
		rc = dset_bad_tell(bad, v->path, -1, err_text());
	}
	return rc;
}

int
dset_one_size(struct dset_one_size *s, const struct image_info *info,
    const char *path, bool alike, const char *option)
{
	if (s->first == NULL) {
		s->first = mem_strdup(path);
		s->width = info->width;
		s->height = info->height;
	}
	if (info->width == s->width && info->height == s->height)
		return 0;
	if (alike)
		return err_set(ERR_FORMAT,
		    "%s: %dx%d pixels, where %s has %dx%d: %s WxH makes them alike, --no-same-shape keeps them as they are",
		    path, info->width, info->height, s->first, s->width,
		    s->height, option);
	s->differ = true;
	return 0;
}
