/* Sources by what their layers say: see input.h. */
#include "input/input.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "caffe/msg.h"
#include "input/feed.h"

struct inputs {
	struct input **v;
	size_t n, cap;
	struct record_db **db;
	size_t ndb, db_cap;
};

struct inputs *
inputs_new(void)
{
	return mem_new(struct inputs);
}

static void
input_free(struct input *in)
{
	Caffe__LayerParameter *p = in->p;

	in->type->release(in);
	caffe_msg_free(p);
}

void
inputs_free(struct inputs *in)
{
	if (in == NULL)
		return;
	for (size_t i = 0; i < in->n; i++)
		input_free(in->v[i]);
	for (size_t i = 0; i < in->ndb; i++)
		record_db_close(in->db[i]);
	mem_free(in->v);
	mem_free(in->db);
	mem_free(in);
}

int
inputs_db(struct record_db **out, struct inputs *in, const char *path)
{
	struct record_db *db = NULL;

	for (size_t i = 0; i < in->ndb; i++)
		if (strcmp(record_db_path(in->db[i]), path) == 0) {
			*out = in->db[i];
			return 0;
		}
	TRY(record_db_begin(&db, path));
	mem_grow(&in->db, &in->db_cap, in->ndb + 1);
	in->db[in->ndb++] = db;
	*out = db;
	return 0;
}

int
inputs_walk(struct inputs *in)
{
	for (size_t i = 0; i < in->ndb; i++)
		TRY(record_db_walk(in->db[i]));
	return 0;
}

static void
drop_rules(Caffe__NetStateRule ***v, size_t *n)
{
	for (size_t i = 0; i < *n; i++)
		caffe_msg_free((*v)[i]);
	free(*v);
	*v = NULL;
	*n = 0;
}

/* What of a layer tells its source. */
static Caffe__LayerParameter *
source_of(const Caffe__LayerParameter *p)
{
	Caffe__LayerParameter *s = caffe_msg_copy(p);

	caffe_set_str(s, "name", NULL);
	drop_rules(&s->include, &s->n_include);
	drop_rules(&s->exclude, &s->n_exclude);
	if (s->data_param != NULL)
		s->data_param->has_batch_size = s->data_param->batch_size = 0;
	if (s->image_data_param != NULL)
		s->image_data_param->has_batch_size =
		    s->image_data_param->batch_size = 0;
	if (s->hdf5_data_param != NULL)
		s->hdf5_data_param->has_batch_size =
		    s->hdf5_data_param->batch_size = 0;
	if (s->window_data_param != NULL)
		s->window_data_param->has_batch_size =
		    s->window_data_param->batch_size = 0;
	return s;
}

int
inputs_find(struct input **out, struct inputs *in, const struct layer *l,
    const struct feed_type *type, const struct feed_opts *o)
{
	Caffe__LayerParameter *p = source_of(l->p);
	struct input *made = NULL;
	int rc;

	*out = NULL;
	for (size_t i = 0; i < in->n && *out == NULL; i++)
		if (in->v[i]->rgb == o->rgb && in->v[i]->seed == o->seed &&
		    caffe_msg_equal(in->v[i]->p, p))
			*out = in->v[i];
	if (*out != NULL) {
		caffe_msg_free(p);
		return 0;
	}
	rc = type->source(&made, p, in, o);
	if (rc < 0) {
		caffe_msg_free(p);
		return rc;
	}
	made->type = type;
	made->p = p;
	made->rgb = o->rgb;
	made->seed = o->seed;
	mem_grow(&in->v, &in->cap, in->n + 1);
	in->v[in->n++] = made;
	*out = made;
	return 0;
}
