/* Arrays as layers of a net: see torch.h. */
#include "nn/torch/torch.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "caffe/blob.h"
#include "caffe/model.h"
#include "caffe/msg.h"
#include "file/file.h"
#include "nn/torch/rules.h"
#include "tensors/tensors.h"

enum { NAME_MAX_BYTES = 2000, FIRST_BYTES = 64 };

/* What wrappers put in front of every name. */
static const char *const prefixes[] = { "", "module.", "_orig_mod.", "model.",
	"module.model.", "net.", "backbone." };

/* Numbers that only torch has a use for. */
static const char counter[] = ".num_batches_tracked";

/* Which names, and what stands in front of them. */
struct naming {
	bool caffe; /* LAYER/0, LAYER/1 */
	const struct net_names *names;
	const char *prefix;
};

struct taking {
	const struct tensors *t;
	const Caffe__NetParameter *net;
	struct naming by;
	bool *used;               /* for each array */
	struct buf name;          /* of an array */
	Caffe__NetParameter *out; /* NULL: only count */
	size_t layers;            /* that were found */
};

/* ---- arrays ---- */

static const struct tensors_item *
find(struct taking *k, const char *module, const char *part)
{
	const struct tensors_item *item;

	buf_reset(&k->name);
	if (buf_printf(&k->name, "%s%s%s", k->by.prefix, module, part) < 0)
		return NULL;
	item = tensors_find(k->t, buf_str(&k->name));
	if (item != NULL)
		k->used[item - k->t->v] = true;
	return item;
}

/* The window of a convolution, where it is a square. */
static int64_t
window_of(const Caffe__LayerParameter *l)
{
	const Caffe__ConvolutionParameter *p = l->convolution_param;

	return p != NULL && p->n_kernel_size > 0 ? (int64_t)p->kernel_size[0]
						 : 1;
}

/* A linear layer's weights are (outputs, inputs), a convolution's (outputs, inputs,
 * height, width): one may be kept as the other. */
static int
shape_for(int64_t out[TENSORS_DIMS], const struct tensors_item *item,
    const Caffe__LayerParameter *l)
{
	const int64_t k = window_of(l);
	int n = item->ndim;

	memcpy(out, item->dim, sizeof(item->dim));
	if (strcmp(l->type, "InnerProduct") == 0 && n > 2) {
		for (int i = 2; i < n; i++)
			out[1] *= out[i];
		n = 2;
	}
	if (strcmp(l->type, "Convolution") == 0 && n == 2 &&
	    out[1] % (k * k) == 0) {
		out[1] /= k * k;
		out[2] = out[3] = k;
		n = 4;
	}
	return n;
}

static int
add_blob(Caffe__LayerParameter *to, const struct tensors_item *item,
    const Caffe__LayerParameter *l)
{
	int64_t dim[TENSORS_DIMS];
	const int n = shape_for(dim, item, l);
	Caffe__BlobProto *b = caffe_blob_new(dim, n, NULL);

	caffe_add(&to->blobs, &to->n_blobs, b);
	return item->count > 0 ? tensors_floats(b->data, item) : 0;
}

/* Parts that end with NULL, as long as they are there; how many. */
static int
add_parts(struct taking *k, Caffe__LayerParameter *to,
    const Caffe__LayerParameter *l, const char *module,
    const char *const *parts)
{
	int n = 0;

	for (; *parts != NULL; parts++, n++) {
		const struct tensors_item *item = find(k, module, *parts);

		if (item == NULL)
			break;
		if (to != NULL)
			TRY(add_blob(to, item, l));
	}
	return n;
}

static int
add_parts_of(struct taking *k, Caffe__LayerParameter *to,
    const Caffe__LayerParameter *l, const char *module)
{
	static const char *const caffe[] = { "/0", "/1", "/2", "/3", "/4", "/5",
		"/6", "/7", NULL };
	static const char *const statistics[] = { ".running_mean",
		".running_var", NULL };
	static const char *const torch[] = { ".weight", ".bias", NULL };
	/* a parameter that is no module of its own */
	static const char *const bare[] = { "", NULL };
	const bool sums = strcmp(l->type, "BatchNorm") == 0;
	int n;

	if (k->by.caffe)
		return add_parts(k, to, l, module, caffe);
	n = add_parts(k, to, l, module, sums ? statistics : torch);
	if (n == 0)
		n = add_parts(k, to, l, module, bare);
	if (sums && n == 2 && to != NULL) {
		const int64_t one = 1;
		const float factor = 1;

		caffe_add(
		    &to->blobs, &to->n_blobs, caffe_blob_new(&one, 1, &factor));
	}
	return n;
}

/* A Scale behind a BatchNorm may be a module of its own as well: as model-export
 * writes nets that no one else has. */
static int
take_layer(
    struct taking *k, const Caffe__LayerParameter *l, Caffe__LayerParameter *to)
{
	struct buf module;
	int n;

	buf_init(&module, NAME_MAX_BYTES);
	if (k->by.caffe)
		n = buf_adds(&module, l->name) < 0
		    ? ERR_RANGE
		    : add_parts_of(k, to, l, l->name);
	else if (net_names_module(&module, k->by.names, k->net, l) < 0)
		n = 0;
	else
		n = add_parts_of(k, to, l, buf_str(&module));
	if (n == 0 && k->by.names == NULL)
		n = add_parts_of(k, to, l, l->name);
	buf_clear(&module);
	return n;
}

/* Did a layer of that name come before?  (One for each phase, say.) */
static bool
seen(const Caffe__NetParameter *net, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (strcmp(net->layer[k]->name, net->layer[i]->name) == 0)
			return true;
	return false;
}

/* All layers; how many arrays they have, or an error. */
static int
take_net(struct taking *k)
{
	int all = 0;

	for (size_t i = 0; i < k->net->n_layer; i++) {
		const Caffe__LayerParameter *l = k->net->layer[i];
		Caffe__LayerParameter *to = NULL;
		int n;

		if (l->name == NULL || seen(k->net, i))
			continue;
		if (k->out != NULL) {
			to = caffe_new(Caffe__LayerParameter, layer_parameter);
			caffe_set_str(to, "name", l->name);
			caffe_set_str(to, "type", l->type);
		}
		n = take_layer(k, l, to);
		if (n > 0 && to != NULL)
			caffe_add(&k->out->layer, &k->out->n_layer, to);
		else
			caffe_msg_free(to);
		if (n < 0)
			return err_in(
			    n, "%s: layer \"%s\"", k->t->path, l->name);
		all += n;
	}
	return all;
}

/* ---- whose names ---- */

/* Has any array that in front of its name? */
static bool
has_prefix(const struct tensors *t, const char *prefix)
{
	for (size_t i = 0; i < t->n; i++)
		if (strncmp(t->v[i].name, prefix, strlen(prefix)) == 0)
			return true;
	return false;
}

static void
try_naming(
    struct taking *k, struct naming *best, int *most, struct naming naming)
{
	for (size_t p = 0; p < LENGTH(prefixes); p++) {
		int n;

		if (!has_prefix(k->t, prefixes[p]))
			continue;
		k->by = naming;
		k->by.prefix = prefixes[p];
		n = take_net(k);
		if (n <= *most)
			continue;
		*most = n;
		*best = k->by;
	}
}

static bool
in_net(const Caffe__NetParameter *net, const char *layer)
{
	for (size_t i = 0; i < net->n_layer; i++)
		if (net->layer[i]->name != NULL &&
		    strcmp(net->layer[i]->name, layer) == 0)
			return true;
	return false;
}

static int
check_strangers(struct taking *k)
{
	for (const struct net_stranger *s = net_strangers; s->layer != NULL;
	     s++)
		for (size_t p = 0; p < LENGTH(prefixes); p++) {
			k->by.prefix = prefixes[p];
			if (find(k, s->array, "") != NULL &&
			    in_net(k->net, s->layer))
				return err_set(ERR_UNSUPPORTED, "%s: %s",
				    k->t->path, s->differ);
		}
	return 0;
}

static int
choose(struct taking *k)
{
	struct naming best = { 0 };
	int most = 0;

	TRY(check_strangers(k));
	try_naming(k, &best, &most, (struct naming){ .caffe = true });
	try_naming(k, &best, &most, (struct naming){ .caffe = false });
	for (const struct net_names *n = net_names_all; n->net != NULL; n++) {
		size_t named, all;

		/* a net may have a body of theirs, and a head of its own */
		net_names_cover(&named, &all, n, k->net);
		if (2 * named > all)
			try_naming(
			    k, &best, &most, (struct naming){ .names = n });
	}
	if (most == 0)
		return err_set(ERR_FORMAT,
		    "%s: is another net's: of its %zu arrays (\"%s\", …) none is of one of this net's layers",
		    k->t->path, k->t->n, k->t->n > 0 ? k->t->v[0].name : "");
	k->by = best;
	memset(k->used, 0, k->t->n * sizeof(*k->used));
	return 0;
}

static void
tell_unused(const struct taking *k, const struct net_weights_about *about)
{
	for (size_t i = 0; about->unused != NULL && i < k->t->n; i++) {
		const char *name = k->t->v[i].name;
		const size_t n = strlen(name), m = sizeof(counter) - 1;

		if (!k->used[i] &&
		    (n < m || strcmp(name + n - m, counter) != 0))
			about->unused(about->ctx, name);
	}
}

int
net_weights_from(Caffe__NetParameter **out, const struct tensors *t,
    const Caffe__NetParameter *net, struct net_weights_about *about)
{
	struct taking k = { .t = t, .net = net };
	int rc;

	k.used = mem_array(bool, t->n + 1);
	buf_init(&k.name, 2 * NAME_MAX_BYTES);
	rc = choose(&k);
	if (rc >= 0) {
		k.out = caffe_new(Caffe__NetParameter, net_parameter);
		caffe_set_str(k.out, "name", net->name);
		rc = take_net(&k);
	}
	if (rc >= 0 && about != NULL) {
		about->names = k.by.names;
		about->prepared = net_preparation_of(net, k.by.names);
		tell_unused(&k, about);
	}
	if (rc >= 0)
		*out = k.out;
	else
		caffe_msg_free(k.out);
	mem_free(k.used);
	buf_clear(&k.name);
	return rc < 0 ? rc : 0;
}

int
net_weights_are_arrays(const char *path)
{
	char first[FIRST_BYTES];
	int fd = file_open(path);
	ssize_t n;

	TRY(fd);
	n = read(fd, first, sizeof(first));
	if (n < 0)
		n = err_sys("read %s", path);
	close(fd);
	return n < 0 ? (int)n : tensors_is(first, (size_t)n);
}

int
net_weights_read(Caffe__NetParameter **out, const char *path,
    const Caffe__NetParameter *net, struct net_weights_about *about)
{
	struct tensors *t;
	int rc;

	*out = NULL;
	TRY(rc = net_weights_are_arrays(path));
	if (!rc)
		return caffe_weights_read(out, path);
	TRY(tensors_open(&t, path));
	if (t->part != NULL && about != NULL)
		log_warn("%s: of it, \"%s\" is taken", path, t->part);
	rc = net_weights_from(out, t, net, about);
	tensors_close(t);
	return rc;
}
