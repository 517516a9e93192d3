/*
 * Weights by the names of torchvision and timm: every array of their nets has its place
 * in ours, of its size; other names, prefixes and makes.
 *
 * tests/golden/names: a line for each array, its name and its shape, as the programs'
 * own sources make them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/err.h"
#include "base/mem.h"
#include "caffe/msg.h"
#include "caffe/upgrade.h"
#include "file/lines.h"
#include "nn/net.h"
#include "nn/nets.h"
#include "nn/torch/rules.h"
#include "nn/torch/torch.h"
#include "nn/use.h"
#include "tensors/tensors.h"

#define GOLDEN "tests/golden/names/"

/* Arrays of a list, all of whose numbers are one. */
static float number = 0.5f;

static void
item_read(struct tensors_item *item, char *line)
{
	char *save = NULL, *word = strtok_r(line, " ", &save);

	item->name = mem_strdup(word);
	item->data = &number;
	while ((word = strtok_r(NULL, " ", &save)) != NULL)
		item->dim[item->ndim++] = atoll(word);
	assert_int_equal(tensors_shape_set(item), 0);
	memset(item->stride, 0, sizeof(item->stride));
}

static struct tensors *tensors_of;

static int
by_name(const void *a, const void *b)
{
	const size_t *x = a, *y = b;

	return strcmp(tensors_of->v[*x].name, tensors_of->v[*y].name);
}

/* The arrays of a list, closed by tensors_close. */
static struct tensors *
list_read(const char *path)
{
	struct tensors *t = mem_new(struct tensors);
	char **lines;

	if (lines_read(&lines, &t->n, path, "names") < 0)
		fail_msg("%s", err_text());
	t->path = mem_strdup(path);
	t->v = mem_array(struct tensors_item, t->n + 1);
	t->by_name = mem_array(size_t, t->n + 1);
	for (size_t i = 0; i < t->n; i++) {
		item_read(&t->v[i], lines[i]);
		t->by_name[i] = i;
	}
	tensors_of = t;
	qsort(t->by_name, t->n, sizeof(*t->by_name), by_name);
	lines_free(lines, t->n);
	return t;
}

/* ---- every array has its place ---- */

static const struct net_names *
names_of(const char *whose)
{
	for (const struct net_names *n = net_names_all; n->net != NULL; n++)
		if (whose != NULL && strcmp(n->whose, whose) == 0)
			return n;
	assert_null(whose);
	return NULL;
}

static void
expect(const struct tensors *t, bool *used, const char *module,
    const char *part, const struct shape *shape)
{
	char *name = mem_printf("%s.%s", module, part);
	const struct tensors_item *item = tensors_find(t, name);

	if (item == NULL)
		item = tensors_find(t, module);
	if (item == NULL)
		fail_msg("%s: no \"%s\"", t->path, name);
	if (item->count != (size_t)shape_count(shape))
		fail_msg("%s: \"%s\" has another size", t->path, name);
	used[item - t->v] = true;
	mem_free(name);
}

static void
expect_layer(const struct tensors *t, bool *used, const struct net *n,
    const struct layer *l, const char *module)
{
	static const char *const torch[] = { "weight", "bias" };
	static const char *const sums[] = { "running_mean", "running_var" };
	const bool bn = strcmp(l->p->type, "BatchNorm") == 0;

	for (int i = 0; i < l->nparams && i < 2; i++)
		expect(t, used, module, bn ? sums[i] : torch[i],
		    &n->params[l->param + i].shape);
}

static void
has_all(const char *list, const char *net, const char *whose)
{
	char *path = mem_printf(GOLDEN "%s", list);
	const struct net_names *names = names_of(whose);
	struct net_data d = { .batch = 1, .classes = 1000 };
	struct tensors *t = list_read(path);
	bool *used = mem_array(bool, t->n + 1);
	Caffe__NetParameter *np;
	struct buf module;
	struct net *n;

	assert_int_equal(net_standard_read(&np, net), 0);
	if (net_new_use(&n, np, NET_DEPLOY, &d) < 0)
		fail_msg("%s", err_text());
	buf_init(&module, 1000);
	for (int i = 0; i < n->nlayers; i++) {
		if (n->layers[i].nparams == 0)
			continue;
		buf_reset(&module);
		if (net_names_module(&module, names, np, n->layers[i].p) < 0)
			fail_msg("%s", err_text());
		expect_layer(t, used, n, &n->layers[i], buf_str(&module));
	}
	for (size_t i = 0; i < t->n; i++)
		if (!used[i] && strncmp(t->v[i].name, "AuxLogits.", 10) != 0)
			fail_msg("%s: \"%s\" has no place", path, t->v[i].name);
	if (whose != NULL && strncmp(whose, "torchvision", 11) == 0)
		assert_ptr_equal(net_names_of(np), names);
	buf_clear(&module);
	net_free(n);
	caffe_msg_free(np);
	mem_free(used);
	tensors_close(t);
	mem_free(path);
}

static void
nets(void **state)
{
	static const struct {
		const char *list, *net, *whose;
	} v[] = {
		{ "torchvision/vgg11", "vgg11", "torchvision's VGG-11" },
		{ "torchvision/vgg16", "vgg16", "torchvision's VGG-16" },
		{ "torchvision/vgg19", "vgg19", "torchvision's VGG-19" },
		{ "timm/vgg16", "vgg16", "timm's VGG-16" },
		{ "torchvision/squeezenet1.0", "squeezenet1.0",
		    "torchvision's SqueezeNet 1.0" },
		{ "torchvision/squeezenet", "squeezenet",
		    "torchvision's SqueezeNet 1.1" },
		{ "torchvision/mobilenet-v2", "mobilenet-v2",
		    "torchvision's MobileNet v2" },
		{ "timm/mobilenetv2_100", "mobilenet-v2",
		    "timm's MobileNet v2" },
		{ "torchvision/inception-v3", "inception-v3",
		    "torchvision's Inception v3" },
		{ "torchvision/resnet18", "resnet18-torchvision", NULL },
		{ "torchvision/resnet34", "resnet34-torchvision", NULL },
		{ "torchvision/resnet50", "resnet50-v1.5", NULL },
		{ "torchvision/resnet101", "resnet101-torchvision", NULL },
		{ "torchvision/densenet121", "densenet121-torchvision", NULL },
		{ "torchvision/alexnet", "alexnet-torchvision", NULL },
		{ "torchvision/mobilenet-v3-small", "mobilenet-v3-small",
		    NULL },
		{ "torchvision/mobilenet-v3-large", "mobilenet-v3-large",
		    NULL },
		{ "torchvision/efficientnet-b0", "efficientnet-b0", NULL },
		{ "torchvision/convnext-tiny", "convnext-tiny", NULL },
		{ "timm/efficientnet_b0", "efficientnet-b0",
		    "timm's EfficientNet B0" },
		{ "timm/efficientnet_lite0", "efficientnet-lite0", NULL },
	};

	(void)state;
	for (size_t i = 0; i < LENGTH(v); i++)
		has_all(v[i].list, v[i].net, v[i].whose);
}

/* ---- reading ---- */

struct told {
	size_t n;
	char first[100];
};

static void
unused(void *ctx, const char *array)
{
	struct told *t = ctx;

	if (t->n++ == 0)
		snprintf(t->first, sizeof(t->first), "%s", array);
}

/* Read into that net: whose names, and the blobs of all layers. */
static size_t
take(struct tensors *t, const char *net, const char *whose, struct told *told)
{
	struct net_weights_about about = { .unused = unused, .ctx = told };
	Caffe__NetParameter *np, *w;
	size_t blobs = 0;

	*told = (struct told){ 0 };
	assert_int_equal(net_standard_read(&np, net), 0);
	if (net_weights_from(&w, t, np, &about) < 0)
		fail_msg("%s", err_text());
	assert_ptr_equal(about.names, names_of(whose));
	for (size_t i = 0; i < w->n_layer; i++)
		blobs += w->layer[i]->n_blobs;
	caffe_msg_free(np);
	caffe_msg_free(w);
	return blobs;
}

static void
rename_all(struct tensors *t, const char *prefix)
{
	for (size_t i = 0; i < t->n; i++) {
		char *name = mem_printf("%s%s", prefix, t->v[i].name);

		mem_free(t->v[i].name);
		t->v[i].name = name;
	}
}

static void
whose_names(void **state)
{
	struct tensors *t = list_read(GOLDEN "torchvision/squeezenet");
	struct told told;

	(void)state;
	assert_int_equal(
	    take(t, "squeezenet", "torchvision's SqueezeNet 1.1", &told), 52);
	assert_int_equal(told.n, 0);
	rename_all(t, "module.");
	assert_int_equal(
	    take(t, "squeezenet", "torchvision's SqueezeNet 1.1", &told), 52);
	assert_int_equal(told.n, 0);
	tensors_close(t);

	/* mean, variance and factor of 21 normalisations, weight and bias of the
	 * same */
	t = list_read(GOLDEN "torchvision/resnet18");
	assert_int_equal(take(t, "resnet18-torchvision", NULL, &told),
	    21 + 20 * 3 + 20 * 2 + 1);
	assert_int_equal(told.n, 0);
	rename_all(t, "_orig_mod.");
	mem_free(t->v[0].name);
	t->v[0].name = mem_strdup("other");
	tensors_of = t;
	qsort(t->by_name, t->n, sizeof(*t->by_name), by_name);
	assert_int_equal(
	    take(t, "resnet18-torchvision", NULL, &told), 21 + 20 * 3 + 20 * 2);
	assert_int_equal(told.n, 1);
	assert_string_equal(told.first, "other");
	tensors_close(t);
}

static void
fails(const char *list, const char *net, int code, const char *want)
{
	char *path = mem_printf(GOLDEN "torchvision/%s", list);
	struct tensors *t = list_read(path);
	Caffe__NetParameter *np, *w = NULL;

	assert_int_equal(net_standard_read(&np, net), 0);
	assert_int_equal(net_weights_from(&w, t, np, NULL), code);
	assert_null(w);
	if (strstr(err_text(), want) == NULL)
		fail_msg("\"%s\", not \"%s\"", err_text(), want);
	caffe_msg_free(np);
	tensors_close(t);
	mem_free(path);
}

static void
others(void **state)
{
	(void)state;
	fails("resnet50", "resnet50", ERR_UNSUPPORTED,
	    "torchvision's ResNet, whose first pooling is padded");
	fails("densenet121", "densenet121", ERR_UNSUPPORTED,
	    "Take densenet121-torchvision");
	fails(
	    "alexnet", "alexnet", ERR_UNSUPPORTED, "Take alexnet-torchvision");
	fails("vgg16", "resnet18", ERR_FORMAT, "is another net's");
}

/* Linear layers and convolutions are one another's. */
static void
shapes(void **state)
{
	struct tensors_item v[] = { { .name = (char[]){ "fc6.weight" },
					.ndim = 2,
					.dim = { 8, 4 * 9 },
					.data = &number },
		{ .name = (char[]){ "score.weight" },
		    .ndim = 4,
		    .dim = { 5, 2, 3, 4 },
		    .data = &number } };
	size_t order[] = { 0, 1 };
	struct tensors t = { (char[]){ "x" }, v, 2, order };
	static const char text[] =
	    "layer { name: 'in' type: 'Input' top: 'x' input_param { shape { dim: 1 dim: 4 dim: 3 dim: 3 } } }"
	    "layer { name: 'fc6' type: 'Convolution' bottom: 'x' top: 'y' convolution_param { num_output: 8 kernel_size: 3 bias_term: false } }"
	    "layer { name: 'score' type: 'InnerProduct' bottom: 'y' top: 'z' inner_product_param { num_output: 5 bias_term: false } }";
	Caffe__NetParameter *np, *w;

	(void)state;
	for (int i = 0; i < 2; i++) {
		assert_int_equal(tensors_shape_set(&v[i]), 0);
		memset(v[i].stride, 0, sizeof(v[i].stride));
	}
	assert_int_equal(caffe_net_parse(&np, text, strlen(text), "x"), 0);
	assert_int_equal(net_weights_from(&w, &t, np, NULL), 0);
	assert_int_equal(w->n_layer, 2);
	assert_int_equal(w->layer[0]->blobs[0]->shape->n_dim, 4);
	assert_int_equal(w->layer[0]->blobs[0]->shape->dim[1], 4);
	assert_int_equal(w->layer[0]->blobs[0]->shape->dim[3], 3);
	assert_int_equal(w->layer[1]->blobs[0]->shape->n_dim, 2);
	assert_int_equal(w->layer[1]->blobs[0]->shape->dim[1], 24);
	assert_true(w->layer[1]->blobs[0]->data[119] == number);
	caffe_msg_free(np);
	caffe_msg_free(w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nets),
		cmocka_unit_test(whose_names),
		cmocka_unit_test(others),
		cmocka_unit_test(shapes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
