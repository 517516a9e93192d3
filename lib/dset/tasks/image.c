/*
 * Image: for each picture another that is to be made of it, its target.  A record
 * has both as pictures, each of its own size, as DIGITS's image processing has them.
 */
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "dset/create.h"
#include "dset/plan/plan.h"
#include "dset/sources/source.h"
#include "dset/targets/targets.h"
#include "dset/tasks/task.h"
#include "file/file.h"
#include "file/hash.h"

static const struct dset_source *const sources[] = { &dset_source_targets,
	NULL };

/* The sizes that the targets have in their files. */
static const struct dset_one_size *
found(const struct dset_plan *p)
{
	return p->stream != NULL ? dset_stream_targets(p->stream)
				 : &p->targets->targets;
}

/* The size of all targets; 0, 0: they have several. */
static void
size_of(int *w, int *h, const struct dset_plan *p,
    const struct record_column *picture)
{
	const struct dset_targets *t = p->targets;

	*w = t->o->width;
	*h = t->o->height;
	if (*w == 0 && found(p)->first == NULL) {
		*w = picture->width;
		*h = picture->height;
	} else if (*w == 0 && !found(p)->differ) {
		*w = found(p)->width;
		*h = found(p)->height;
	}
}

static int
target_columns(struct record_column *out, const struct dset_plan *p,
    const struct record_column *picture)
{
	*out = *picture;
	out->name = "label";
	size_of(&out->width, &out->height, p, picture);
	out->channels = out->width > 0 ? p->targets->o->channels : 0;
	return 1;
}

/* The n bytes of a file, brought to w x h where these are not 0. */
static int
decode_target(struct image *out, const struct dset_fit *f, const void *p,
    size_t n, const char *path, int w, int h)
{
	uint64_t noise = 0;
	struct image im;
	int rc;

	image_init(&im);
	rc = image_decode(&im, p, n, path, IMAGE_NO_EXIF, 0, 0);
	/* As the picture's: of its own bytes. */
	if (f->mode == IMAGE_FILL || f->mode == IMAGE_HALF_CROP)
		noise = hash_fast(p, n, 0);
	if (rc == 0)
		rc = image_channels(&im, f->plan->targets->o->channels);
	if (rc == 0 && w > 0)
		rc = image_fit(out, &im, w, h, f->mode, noise, NULL);
	else if (rc == 0)
		rc = image_copy(out, &im);
	image_clear(&im);
	return rc;
}

static int
read_target(struct image *out, const struct dset_fit *f,
    const struct dset_sample *s, int w, int h)
{
	const struct value *v = &s->values[0];
	const void *p;
	size_t n;
	int rc;

	if (v->blob != NULL)
		return decode_target(
		    out, f, v->blob, v->blob_len, s->path, w, h);
	TRY(file_map(&p, &n, v->file));
	rc = decode_target(out, f, p, n, v->file, w, h);
	file_unmap(p, n);
	return rc;
}

static int
put_target(struct value *out, struct buf *room, const struct image *im)
{
	size_t n =
	    (size_t)im->width * (size_t)im->height * (size_t)im->channels;
	uint8_t *planes = buf_room(room, n);

	if (planes == NULL)
		return ERR_RANGE;
	record_image_to_planes(planes, im);
	*out = (struct value){ .kind = VALUE_IMAGE,
		.channels = im->channels,
		.height = im->height,
		.width = im->width,
		.data = planes };
	return 0;
}

static int
target_fit(struct value *out, struct dset_fit *f, const struct dset_sample *s)
{
	const struct record_column picture = { .width = f->picture->width,
		.height = f->picture->height };
	const char *path = s->values[0].file;
	const bool own = path != NULL && strcmp(path, s->path) == 0;
	struct image im;
	int w, h, rc;

	size_of(&w, &h, f->plan, &picture);
	if (own && w == picture.width && h == picture.height &&
	    f->picture->channels == f->plan->targets->o->channels)
		return put_target(out, &f->room[0], f->picture);
	image_init(&im);
	rc = read_target(&im, f, s, w, h);
	if (rc == 0)
		rc = put_target(out, &f->room[0], &im);
	image_clear(&im);
	return rc;
}

const struct dset_task dset_task_image = {
	.name = "image",
	.labels_from = "targets",
	.sources = sources,
	.columns = target_columns,
	.fit = target_fit,
};
