/* What a Data layer reads: a database and how its records are transformed. */
#include "input/source_data.h"

#include <string.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/path.h"
#include "file/file.h"
#include "input/augment/scene.h"
#include "input/feed.h"
#include "input/geometry.h"

void
data_source_close(struct input *in)
{
	struct data_source *s = (struct data_source *)in;

	transform_clear(&s->transform);
	mem_free(s);
}

static int
flags_of(const Caffe__LayerParameter *p)
{
	const Caffe__TransformationParameter *t = p->transform_param;

	if (t != NULL && t->force_gray)
		return RECORD_GREY;
	if ((t != NULL && t->force_color) || p->data_param->force_encoded_color)
		return RECORD_COLOUR;
	return 0;
}

/* What lies there counts, not data_param.backend, whose default is LEVELDB. */
static int
check_backend(const char *source)
{
	char *path = path_join(source, "CURRENT");
	int is = file_is_regular(path);

	mem_free(path);
	return is
	    ? err_set(ERR_UNSUPPORTED,
		  "%s is a LevelDB, which is not supported: make an LMDB of the pictures with dset-create, or convert it with Caffe",
		  source)
	    : 0;
}

static bool
is_boxes(const struct record_item *it)
{
	if (it->nlabels > 0)
		return geometry_is_boxes(it->labels, it->nlabels);
	return it->floats != NULL && it->channels == 1 &&
	    it->width == GEOMETRY_BOX &&
	    geometry_is_boxes(
		it->floats, (size_t)it->height * (size_t)it->width);
}

/* Labels go where the pixels of their pictures go. */
static int
follow_pictures(struct data_source *s, const struct transform *of,
    const struct record_item *first)
{
	struct transform *t = &s->transform;
	const int times = first->height / of->height;

	if (s->moves == DATA_BOXES || times < 1 ||
	    first->height != times * of->height ||
	    first->width != times * of->width) {
		if (t->crop > 0 || t->mirror)
			return err_set(ERR_FORMAT,
			    "these labels have no pixel for each of the picture's: mirror and crop_size belong to the layer of the pictures");
		if (s->moves != DATA_BOXES && first->height > 1 &&
		    first->width > 1 &&
		    (of->crop > 0 || of->mirror ||
			augment_random(&of->augment)))
			log_warn(
			    "%s: labels of %dx%d stay as they are while pictures of %dx%d are cropped, mirrored or moved",
			    record_db_path(s->db), first->width, first->height,
			    of->width, of->height);
		return 0;
	}
	if (t->crop > 0 && t->crop != times * of->crop)
		return err_set(ERR_FORMAT,
		    "crop_size %d, but the pictures of these labels have %d",
		    t->crop, of->crop);
	s->moves = DATA_MASK;
	s->times = times;
	t->crop = times * of->crop;
	t->mirror = of->mirror;
	return 0;
}

/* Shape and transformation by the first record. */
static int
look_at_first(struct data_source *s, const Caffe__LayerParameter *p,
    const struct data_source *pictures, bool rgb)
{
	struct record_scratch scratch;
	struct record_item first;
	int rc;

	record_scratch_init(&scratch);
	rc = record_db_get(&first, s->db, 0, &scratch, s->flags);
	if (rc >= 0)
		rc = transform_init(&s->transform, p->transform_param, false,
		    first.channels, first.height, first.width);
	if (rc >= 0) {
		s->nlabels = first.nlabels;
		s->decoded = first.encoded ||
		    (scratch.planes != NULL && first.data == scratch.planes);
		s->floats = first.data == NULL;
		s->augments = pictures != NULL ? pictures->augments
					       : p->transform_param != NULL &&
			p->transform_param->augment_param != NULL;
		if (rgb && pictures == NULL)
			transform_want_rgb(&s->transform, true);
		if ((first.nlabels > 0 || pictures != NULL) && is_boxes(&first))
			s->moves = DATA_BOXES;
	}
	if (rc >= 0 && pictures != NULL)
		rc = follow_pictures(s, &pictures->transform, &first);
	record_scratch_clear(&scratch);
	return rc;
}

static int
open_database(struct data_source *s, const Caffe__LayerParameter *p,
    const struct data_source *pictures, struct inputs *in, bool rgb)
{
	const Caffe__DataParameter *d = p->data_param;
	size_t n;

	if (d == NULL || d->source == NULL || d->source[0] == '\0')
		return err_set(ERR_FORMAT, "data_param.source is not set");
	TRY(check_backend(d->source));
	TRY(inputs_db(&s->db, in, d->source));
	s->flags = flags_of(p);
	n = record_db_count(s->db);
	if (n == 0)
		return err_set(ERR_FORMAT, "%s: no records", d->source);
	if (n > UINT32_MAX)
		return err_set(
		    ERR_RANGE, "%s: more than 2^32 records", d->source);
	if (pictures != NULL && n != pictures->input.spec.items)
		return err_set(ERR_FORMAT,
		    "%s has %zu %s, but %s has %llu: each picture has one label",
		    d->source, n, num_plural(n, "record", "records"),
		    record_db_path(pictures->db),
		    (unsigned long long)pictures->input.spec.items);
	s->input.spec.items = n;
	return look_at_first(s, p, pictures, rgb);
}

/* Labels of samples that are made of several. */
static int
shape_scenes(struct data_source *s, const struct data_source *pictures,
    const Caffe__LayerParameter *p)
{
	const struct augment *a =
	    &(pictures != NULL ? pictures : s)->transform.augment;
	struct input_spec *spec = &s->input.spec;
	const bool boxes = s->moves == DATA_BOXES;

	if (!augment_is_scene(a))
		return 0;
	if ((boxes || s->moves == DATA_MASK) && a->rand_n > 0)
		return err_set(ERR_FORMAT,
		    "augment_param: rand_n is for pictures with a class, and these have %s, which would not move along",
		    boxes ? "boxes" : "masks");
	if (s->moves == DATA_MASK && a->mixup > 0)
		return err_set(ERR_FORMAT,
		    "augment_param: mixup cannot mix the labels of pixels (cutmix can)");
	if (boxes && s->nlabels > 0)
		spec->shape[1].d[0] = (int64_t)(GEOMETRY_BOX *
		    scene_rows(a, s->nlabels / GEOMETRY_BOX));
	else if (boxes)
		spec->shape[0].d[1] =
		    (int64_t)scene_rows(a, (size_t)s->transform.height);
	if (pictures != NULL || s->nlabels > 0 || p->n_top < 2)
		return 0;
	return scene_class_shape(&spec->shape[1], a);
}

/* Which tops have a place in the picture. */
static void
set_kinds(struct data_source *s, const struct input *pictures)
{
	static const enum input_kind of[] = {
		[DATA_MASK] = INPUT_MASK, [DATA_BOXES] = INPUT_BOXES
	};
	struct input_spec *spec = &s->input.spec;

	if (pictures != NULL)
		spec->kind[0] = of[s->moves];
	else
		spec->kind[0] = INPUT_PICTURE;
	if (pictures == NULL && s->nlabels > 0)
		spec->kind[1] = of[s->moves];
}

int
data_source_open(struct input **out, const Caffe__LayerParameter *p,
    struct input *pictures, struct inputs *in, const struct feed_opts *o)
{
	struct data_source *s = mem_new(struct data_source);
	struct input_spec *spec = &s->input.spec;
	int h, w,
	    rc = open_database(
		s, p, (const struct data_source *)pictures, in, o->rgb);

	if (rc < 0) {
		data_source_close(&s->input);
		return rc;
	}
	transform_size(&s->transform, &h, &w);
	spec->ntop = 2;
	set_kinds(s, pictures);
	spec->shape[0] = shape_of(3, s->transform.channels, h, w);
	if (s->nlabels > 0)
		spec->shape[1] = shape_of(1, (int)s->nlabels);
	if (o->train)
		rc = shape_scenes(s, (const struct data_source *)pictures, p);
	if (rc < 0) {
		data_source_close(&s->input);
		return rc;
	}
	*out = &s->input;
	return 0;
}

static int
match_keys(const struct data_source *s, const struct data_source *pictures)
{
	for (size_t i = 0; i < s->input.spec.items; i++) {
		const char *key, *of;
		size_t len, of_len;

		if (record_db_key(&key, &len, s->db, i) < 0 ||
		    record_db_key(&of, &of_len, pictures->db, i) < 0)
			return 0; /* HDF5 has none */
		if (len != of_len || memcmp(key, of, len) != 0)
			return err_set(ERR_FORMAT,
			    "%s: record %zu has the key \"%.*s\", in %s it is \"%.*s\"",
			    record_db_path(s->db), i, (int)len, key,
			    record_db_path(pictures->db), (int)of_len, of);
	}
	return 0;
}

int
data_source_walk(struct data_source *s)
{
	struct data_source *pictures = (struct data_source *)s->input.pictures;

	TRY(record_db_walk(s->db));
	if (pictures == NULL || s->matched)
		return 0;
	TRY(record_db_walk(pictures->db));
	TRY(match_keys(s, pictures));
	s->matched = true;
	return 0;
}
