/* What a layer is but its names, and how two differ in that: see diff.h. */
#include <string.h>

#include "base/mem.h"
#include "caffe/differ.h"
#include "nn/diff/diff.h"

/* FNV-1a. */
static uint64_t
mix(uint64_t h, const void *p, size_t n)
{
	const unsigned char *s = p;

	for (size_t i = 0; i < n; i++)
		h = (h ^ s[i]) * 0x100000001b3;
	return h;
}

static uint64_t
mix_shape(uint64_t h, const struct shape *s)
{
	char text[SHAPE_TEXT_MAX];

	shape_text(text, s);
	return mix(h, text, strlen(text) + 1);
}

uint64_t
net_layer_print(uint64_t h, const struct layer *l)
{
	Caffe__LayerParameter p = *l->p;
	uint8_t *bytes;
	size_t n;

	p.name = NULL;
	p.has_line = false; /* where it is in its file */
	p.n_bottom = p.n_top = p.n_blobs = p.n_param = 0;
	n = caffe__layer_parameter__get_packed_size(&p);
	bytes = mem_array(uint8_t, n + 1);
	caffe__layer_parameter__pack(&p, bytes);
	h = mix(h ^ 0xcbf29ce484222325, bytes, n);
	mem_free(bytes);
	for (int i = 0; i < l->nbottom; i++)
		h = mix_shape(h, graph_shape(l->graph, l->bottom[i]));
	for (int i = 0; i < l->ntop; i++)
		h = mix_shape(h, graph_shape(l->graph, l->top[i]));
	return h;
}

void
net_diff_field(
    struct net_diff_row *r, const char *name, const char *a, const char *b)
{
	struct net_diff_field *f;

	if (strcmp(a, b) == 0)
		return;
	mem_grow(&r->field, &r->cap, r->nfields + 1);
	f = &r->field[r->nfields++];
	*f = (struct net_diff_field){ mem_strdup(name), mem_strdup(a),
		mem_strdup(b) };
}

/* What is compared otherwise, or says where a layer is and not what it does. */
static const char *const apart[] = { "name", "type", "bottom", "top", "blobs",
	"include", "exclude", "phase", NULL };

static void
add_field(void *ctx, const char *field, const char *a, const char *b)
{
	net_diff_field(ctx, field, a, b);
}

void
net_diff_fields(
    struct net_diff_row *r, const struct layer *a, const struct layer *b)
{
	caffe_msg_differ(a->p, b->p, apart, add_field, r);
}
