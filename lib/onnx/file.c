/* Opening a file of ONNX: see file.h. */
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/path.h"
#include "caffe/wire.h"
#include "file/file.h"
#include "onnx/file.h"

/* A file with data beside the model's. */
struct onnx_beside {
	char *name; /* as the model says it */
	const void *p;
	size_t n;
};

bool
onnx_named(const char *path)
{
	return path_has_ext(path, ".onnx");
}

bool
onnx_own_domain(const char *domain)
{
	return domain == NULL || domain[0] == '\0' ||
	    strcmp(domain, "ai.onnx") == 0;
}

static int
find_opset(struct onnx_file *f)
{
	const Onnx__ModelProto *m = f->model;

	f->opset = 0;
	for (size_t i = 0; i < m->n_opset_import; i++) {
		const int64_t v = m->opset_import[i]->version;

		if (!onnx_own_domain(m->opset_import[i]->domain))
			continue;
		if (v < 1 || v > 1000)
			return err_set(ERR_FORMAT,
			    "%s: opset %lld is not a version of ONNX's operators",
			    f->path, (long long)v);
		f->opset = (int)v;
	}
	/* files of the first IR versions do not say it */
	if (f->opset == 0 && m->n_opset_import == 0)
		f->opset = 1;
	if (f->opset == 0)
		f->opset =
		    ONNX_OPSET_MAX; /* only functions and other domains */
	if (f->opset > ONNX_OPSET_MAX)
		log_warn(
		    "%s: opset %d is newer than %d, the newest that is known here; operators are read as of that one",
		    f->path, f->opset, ONNX_OPSET_MAX);
	return 0;
}

static bool
blank(const char *name)
{
	return name == NULL || name[0] == '\0';
}

static int check_graph(const Onnx__GraphProto *g, int depth);

/* Names that are looked for are there, and graphs are not too deep. */
static int
check_nodes(Onnx__NodeProto *const *v, size_t n, int depth)
{
	for (size_t i = 0; i < n; i++) {
		if (blank(v[i]->op_type))
			return err_set(
			    ERR_FORMAT, "node %zu has no operator", i);
		for (size_t k = 0; k < v[i]->n_attribute; k++) {
			const Onnx__AttributeProto *a = v[i]->attribute[k];

			if (blank(a->name))
				return err_set(ERR_FORMAT,
				    "node %zu (%s): an attribute has no name",
				    i, v[i]->op_type);
			if (a->g != NULL)
				TRY(check_graph(a->g, depth + 1));
		}
	}
	return 0;
}

static int
check_graph(const Onnx__GraphProto *g, int depth)
{
	if (depth > ONNX_DEPTH_MAX)
		return err_set(ERR_UNSUPPORTED, "graphs more than %d deep",
		    ONNX_DEPTH_MAX);
	for (size_t i = 0; i < g->n_input; i++)
		if (blank(g->input[i]->name))
			return err_set(ERR_FORMAT, "input %zu has no name", i);
	for (size_t i = 0; i < g->n_output; i++)
		if (blank(g->output[i]->name))
			return err_set(ERR_FORMAT, "output %zu has no name", i);
	for (size_t i = 0; i < g->n_initializer; i++)
		if (blank(g->initializer[i]->name))
			return err_set(
			    ERR_FORMAT, "initializer %zu has no name", i);
	return check_nodes(g->node, g->n_node, depth);
}

static int
check_function(const Onnx__FunctionProto *f)
{
	if (blank(f->name))
		return err_set(ERR_FORMAT, "a function has no name");
	for (size_t i = 0; i < f->n_attribute_proto; i++)
		if (blank(f->attribute_proto[i]->name))
			return err_set(ERR_FORMAT,
			    "function %s: an attribute has no name", f->name);
	TRY(check_nodes(f->node, f->n_node, 1));
	return 0;
}

static int
check(struct onnx_file *f)
{
	const Onnx__ModelProto *m = f->model;
	int rc;

	if (m->graph == NULL)
		return err_set(ERR_FORMAT,
		    "%s: is not an ONNX model: it has no graph", f->path);
	if (m->graph->n_node > ONNX_NODES_MAX)
		return err_set(ERR_RANGE, "%s: %zu nodes are more than %d",
		    f->path, m->graph->n_node, ONNX_NODES_MAX);
	rc = check_graph(m->graph, 0);
	for (size_t i = 0; i < m->n_functions && rc >= 0; i++)
		rc = check_function(m->functions[i]);
	if (rc < 0)
		return err_in(rc, "%s", f->path);
	return find_opset(f);
}

/* The bytes of f->map as a model. */
static int
parse(struct onnx_file *f)
{
	ProtobufCMessage *m = NULL;

	if (f->size == 0)
		return err_set(ERR_FORMAT, "%s: the file is empty", f->path);
	TRY(caffe_wire_view(
	    &m, &onnx__model_proto__descriptor, f->map, f->size, f->path));
	f->model = (Onnx__ModelProto *)m;
	return check(f);
}

static int
finish(struct onnx_file **out, struct onnx_file *f, int rc)
{
	if (rc >= 0)
		rc = parse(f);
	if (rc < 0)
		onnx_file_close(f);
	else
		*out = f;
	return rc;
}

int
onnx_file_open(struct onnx_file **out, const char *path)
{
	struct onnx_file *f = mem_new(struct onnx_file);

	*out = NULL;
	f->path = mem_strdup(path);
	f->mapped = true;
	return finish(out, f, file_map(&f->map, &f->size, path));
}

int
onnx_file_parse(
    struct onnx_file **out, const void *p, size_t n, const char *name)
{
	struct onnx_file *f = mem_new(struct onnx_file);

	*out = NULL;
	f->path = mem_strdup(name);
	f->map = p;
	f->size = n;
	return finish(out, f, 0);
}

void
onnx_file_close(struct onnx_file *f)
{
	if (f == NULL)
		return;
	caffe_wire_view_free(f->model);
	if (f->mapped)
		file_unmap(f->map, f->size);
	for (size_t i = 0; i < f->nbeside; i++) {
		file_unmap(f->beside[i].p, f->beside[i].n);
		mem_free(f->beside[i].name);
	}
	mem_free(f->beside);
	mem_free(f->path);
	mem_free(f);
}

const char *
onnx_file_note(const struct onnx_file *f, const char *key)
{
	const Onnx__ModelProto *m = f->model;

	for (size_t i = 0; i < m->n_metadata_props; i++)
		if (m->metadata_props[i]->key != NULL &&
		    strcmp(m->metadata_props[i]->key, key) == 0)
			return m->metadata_props[i]->value;
	return NULL;
}

/* Is the file, links followed, in the folder or below? */
static int
stays_inside(const char *dir, const char *path, const char *name)
{
	char *root = realpath(dir, NULL), *real = realpath(path, NULL);
	const size_t n = root != NULL ? strlen(root) : 0;
	int rc = 0;

	if (real == NULL)
		rc = err_sys("%s", path);
	else if (root == NULL)
		rc = err_sys("%s", dir);
	else if (strncmp(real, root, n) != 0 || (real[n] != '/' && n > 1))
		rc = err_set(ERR_REFUSED,
		    "data in \"%s\", a link that leads out of the model's folder",
		    name);
	free(root);
	free(real);
	return rc;
}

static int
beside_open(struct onnx_beside **out, struct onnx_file *f, const char *name)
{
	struct onnx_beside *b;
	char *dir, *path;
	int rc;

	for (size_t i = 0; i < f->nbeside; i++)
		if (strcmp(f->beside[i].name, name) == 0) {
			*out = &f->beside[i];
			return 0;
		}
	if (path_check_inside(name) < 0)
		return err_set(ERR_REFUSED,
		    "data in \"%s\", which leads out of the model's folder",
		    name);
	dir = path_dir(f->path);
	path = path_join(dir, name);
	mem_grow(&f->beside, &f->beside_cap, f->nbeside + 1);
	b = &f->beside[f->nbeside];
	memset(b, 0, sizeof(*b));
	rc = stays_inside(dir, path, name);
	if (rc >= 0)
		rc = file_map(&b->p, &b->n, path);
	if (rc >= 0) {
		b->name = mem_strdup(name);
		f->nbeside++;
		*out = b;
	} else if (rc != ERR_REFUSED)
		rc = err_in(rc, "the numbers of the model");
	mem_free(dir);
	mem_free(path);
	return rc;
}

static const char *
entry(const Onnx__TensorProto *t, const char *key)
{
	for (size_t i = 0; i < t->n_external_data; i++)
		if (t->external_data[i]->key != NULL &&
		    strcmp(t->external_data[i]->key, key) == 0)
			return t->external_data[i]->value;
	return NULL;
}

/* Where the bytes of a tensor with data_location EXTERNAL lie. */
static int
beside_bytes(
    const void **p, size_t *n, struct onnx_file *f, const Onnx__TensorProto *t)
{
	const char *name = entry(t, "location"), *offset = entry(t, "offset");
	const char *length = entry(t, "length");
	int64_t at = 0, len = -1;
	struct onnx_beside *b = NULL;

	if (f == NULL || name == NULL)
		return err_set(ERR_FORMAT,
		    "its data are in another file, which is not named");
	if ((offset != NULL && num_int(&at, offset, 0, INT64_MAX) < 0) ||
	    (length != NULL && num_int(&len, length, 0, INT64_MAX) < 0))
		return err_set(ERR_FORMAT,
		    "offset \"%s\" and length \"%s\" are not places in %s",
		    offset != NULL ? offset : "", length != NULL ? length : "",
		    name);
	TRY(beside_open(&b, f, name));
	if ((uint64_t)at > b->n)
		return err_set(ERR_FORMAT,
		    "%s has %zu bytes, and its data begin at %lld", name, b->n,
		    (long long)at);
	if (len < 0)
		len = (int64_t)(b->n - (size_t)at);
	if ((uint64_t)len > b->n - (size_t)at)
		return err_set(ERR_FORMAT,
		    "%s has %zu bytes, and its data end at %lld", name, b->n,
		    (long long)(at + len));
	*p = (const char *)b->p + at;
	*n = (size_t)len;
	return 0;
}

int
onnx_file_array(
    struct onnx_array **out, struct onnx_file *f, const Onnx__TensorProto *t)
{
	const void *raw = t->raw_data.data;
	size_t n = t->raw_data.len;
	int rc = 0;

	*out = NULL;
	if (t->data_location == 1)
		rc = beside_bytes(&raw, &n, f, t);
	else if (!t->has_raw_data)
		raw = NULL;
	else if (n == 0)
		raw = ""; /* an array without elements */
	if (rc >= 0)
		rc = onnx_decode(out, t, raw, n);
	return rc < 0
	    ? err_in(rc, "tensor \"%s\"", t->name != NULL ? t->name : "")
	    : 0;
}

int
onnx_tensor_read(struct onnx_array **out, const char *path)
{
	ProtobufCMessage *m = NULL;
	struct onnx_array *a = NULL;
	const void *p = NULL;
	size_t n = 0;
	int rc;

	*out = NULL;
	TRY(file_map(&p, &n, path));
	rc = caffe_wire_view(&m, &onnx__tensor_proto__descriptor, p, n, path);
	if (rc >= 0)
		rc = onnx_file_array(&a, NULL, (Onnx__TensorProto *)m);
	if (rc >= 0)
		*out = onnx_array_copy(a); /* with numbers of its own */
	onnx_array_free(a);
	caffe_wire_view_free(m);
	file_unmap(p, n);
	return rc < 0 ? err_in(rc, "%s", path) : 0;
}
