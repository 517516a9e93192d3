/* Which of a repository's files are wanted: see repo.h. */
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/path.h"
#include "json/json.h"
#include "store/hub/repo.h"

/* Endings of files with weights, those that tell most first, and what the best of each
 * are called. */
static const struct {
	const char *ending;
	const char *best[4];
} kinds[] = {
	{ ".onnx", { "model.onnx", "onnx/model.onnx", NULL } },
	{ ".safetensors", { "model.safetensors", NULL } },
	{ ".pth", { "model.pth", NULL } },
	{ ".pt", { "model.pt", NULL } },
	{ ".bin", { "pytorch_model.bin", NULL } },
};

/* What goes with any. */
static const char *const beside[] = { "config.json", "preprocessor_config.json",
	"labels.txt", "README.md" };

/* The only one with that ending; *more: there are others. */
static const struct hub_file *
only(const struct hub_repo *r, const char *ending, bool *more)
{
	const struct hub_file *one = NULL;

	for (size_t i = 0; i < r->n; i++) {
		if (!path_has_ext(r->v[i].name, ending))
			continue;
		*more |= one != NULL;
		one = &r->v[i];
	}
	return one;
}

static int
choose_weights(const struct hub_file **out, const struct hub_repo *r)
{
	bool more = false;

	for (size_t k = 0; k < LENGTH(kinds); k++) {
		bool several = false;

		for (size_t i = 0; kinds[k].best[i] != NULL; i++) {
			*out = hub_repo_find(r, kinds[k].best[i]);
			if (*out != NULL)
				return 0;
		}
		/* .bin may be anything */
		if (strcmp(kinds[k].ending, ".bin") == 0)
			break;
		*out = only(r, kinds[k].ending, &several);
		if (*out != NULL && !several)
			return 0;
		more |= several;
	}
	return err_set(more ? ERR_USAGE : ERR_MISSING, "%s",
	    more
		? "it has weights in several files: --file says which"
		: "it has no weights: no file of ONNX, of safetensors, or of torch.save");
}

static void
add(const struct hub_file **v, size_t *n, const struct hub_file *f)
{
	for (size_t i = 0; i < *n; i++)
		if (v[i] == f)
			return;
	if (f != NULL)
		v[(*n)++] = f;
}

/* Files beside X.onnx that hold its tensors. */
static void
add_data(const struct hub_file **v, size_t *n, const struct hub_repo *r)
{
	static const char *const endings[] = { "_data", ".data" };

	for (size_t i = 0; i < LENGTH(endings); i++) {
		char *name = mem_printf("%s%s", v[0]->name, endings[i]);

		add(v, n, hub_repo_find(r, name));
		mem_free(name);
	}
}

int
hub_choose(const struct hub_file ***out, size_t *n, const struct hub_repo *r,
    const char *what)
{
	const struct hub_file **v =
	    mem_array(const struct hub_file *, LENGTH(beside) + 4);
	int rc = 0;

	*n = 0;
	v[0] = what != NULL ? hub_repo_find(r, what) : NULL;
	if (what != NULL && v[0] == NULL)
		rc = err_set(ERR_MISSING, "it has no file %s", what);
	else if (what == NULL)
		rc = choose_weights(&v[0], r);
	if (rc < 0) {
		mem_free(v);
		return rc;
	}
	*n = 1;
	add_data(v, n, r);
	for (size_t i = 0; i < LENGTH(beside); i++)
		add(v, n, hub_repo_find(r, beside[i]));
	*out = v;
	return 0;
}

/* timm's name of a net, and ours. */
static const struct {
	const char *theirs, *ours;
} nets[] = {
	{ "resnet18", "resnet18-torchvision" },
	{ "resnet34", "resnet34-torchvision" },
	{ "resnet50", "resnet50-torchvision" },
	{ "resnet101", "resnet101-torchvision" },
	{ "densenet121", "densenet121-torchvision" },
	{ "vgg11", "vgg11" },
	{ "vgg16", "vgg16" },
	{ "vgg19", "vgg19" },
	{ "mobilenetv2_100", "mobilenet-v2" },
	{ "inception_v3", "inception-v3" },
	{ "efficientnet_b0", "efficientnet-b0" },
	{ "efficientnet_lite0", "efficientnet-lite0" },
};

const char *
hub_standard_net(const char *dir)
{
	char *path = path_join(dir, "config.json");
	struct json *j = NULL;
	const char *net = NULL, *theirs = "";

	if (json_read(&j, path) >= 0 && json_type(j) == JSON_OBJECT)
		theirs = json_str(j, "architecture", "");
	for (size_t i = 0; i < LENGTH(nets); i++)
		if (strcmp(nets[i].theirs, theirs) == 0)
			net = nets[i].ours;
	json_free(j);
	mem_free(path);
	return net;
}
