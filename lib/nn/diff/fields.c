/* What a layer is but its names: see diff.h. */
#include <string.h>

#include "base/mem.h"
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
