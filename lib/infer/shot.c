/* Pictures that are asked about: see shot.h. */
#include "infer/shot.h"

#include <string.h>

#include "base/err.h"
#include "base/mem.h"

struct shot *
shot_new(void)
{
	struct shot *s = mem_new(struct shot);

	s->users = 1;
	s->truth = -1;
	s->record = -1;
	image_init(&s->im);
	return s;
}

void
shot_hold(struct shot *s)
{
	s->users++;
}

void
shot_drop(struct shot *s)
{
	if (s == NULL || --s->users > 0)
		return;
	mem_free(s->name);
	mem_free(s->bytes);
	image_clear(&s->im);
	mem_free(s);
}

int
shot_label(struct shot *s, const struct value *v)
{
	const void *from = v->floats != NULL ? (const void *)v->floats
	    : v->data != NULL                ? (const void *)v->data
					     : (const void *)v->blob;
	const size_t n = v->floats != NULL ? value_count(v) * sizeof(float)
	    : v->data != NULL              ? value_count(v)
					   : v->blob_len;

	s->label = *v;
	s->labelled = true;
	if (from == NULL)
		return 0;
	TRY(mem_take(&s->bytes, n, 1, SIZE_MAX, "a label"));
	memcpy(s->bytes, from, n);
	if (v->floats != NULL)
		s->label.floats = s->bytes;
	else if (v->data != NULL)
		s->label.data = s->bytes;
	else
		s->label.blob = s->bytes;
	return 0;
}
