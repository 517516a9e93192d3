/*
 * Models of ONNX with inputs and the outputs that they must give.
 *
 *	cases [-v] [-d DEVICE] [DIR...]
 *
 * A case is a folder with model.onnx and either test_data_set_N/{input,output}_K.pb
 * (as ONNX's own tests are laid out) or input_K_NAME.npy, output_K_NAME.npy and
 * about.json (../shared/golden/onnx); any folder of such folders is taken.  Without
 * DIR: Debian's libonnx-testdata and ../shared/golden/onnx, as far as they are here.
 *
 * A case passes when all outputs are right on each device; tests/golden/onnx/open
 * lists those that do not, with what is wrong with them, of so many cases as it says.
 * That list may only get shorter: a case that is not in it and fails is an error, and
 * so is one that is in it and passes.  With -v, or DIR, each case that does not pass is told.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/path.h"
#include "device/device.h"
#include "file/file.h"
#include "file/npy.h"
#include "json/json.h"
#include "nn/net.h"
#include "onnx/import.h"

enum { PORTS_MAX = 64, DEVICES_MAX = 2 };

/* What an output may differ by: rel of its largest, or of each number. */
struct bound {
	double rel, floor;
	bool each;
};

struct kase {
	char *dir; /* the case */
	struct onnx_file *file;
	struct onnx_array *in[PORTS_MAX], *want[PORTS_MAX];
	struct onnx_given given[PORTS_MAX];
	size_t nin, nwant;
	struct bound bound;
	bool fixed; /* sizes are those of the data */
	struct onnx_net *net;
};

static struct device *devices[DEVICES_MAX];
static int ndevices;

/* ---- the data of a case ---- */

static int
read_npy(struct onnx_array **out, const char *path, int type)
{
	struct npy a;
	int64_t d[NPY_DIMS];
	float *v;

	TRY(npy_read(&a, path, (size_t)1 << 28));
	for (int i = 0; i < a.ndim; i++)
		d[i] = (int64_t)a.dim[i];
	TRY(onnx_array_new(out, type, a.ndim, d));
	v = mem_array(float, a.count + 1);
	npy_floats(v, &a);
	for (size_t i = 0; i < a.count; i++)
		if (a.type == NPY_I64)
			onnx_put_int(*out, i, ((const int64_t *)a.data)[i]);
		else
			onnx_put(*out, i, v[i]);
	mem_free(v);
	npy_clear(&a);
	return 0;
}

static int
type_of(const Onnx__ValueInfoProto *v)
{
	return v->type != NULL && v->type->tensor_type != NULL
	    ? v->type->tensor_type->elem_type
	    : ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT;
}

static bool
is_initializer(const Onnx__GraphProto *g, const char *name)
{
	for (size_t i = 0; i < g->n_initializer; i++)
		if (g->initializer[i]->name != NULL &&
		    strcmp(g->initializer[i]->name, name) == 0)
			return true;
	return false;
}

/* The file of array k of a kind ("input"); NULL: there is none. */
static char *
data_file(const struct kase *c, const char *set, const char *kind, size_t k)
{
	char *dir = set != NULL ? path_join(c->dir, set) : mem_strdup(c->dir);
	char *begin = mem_printf("%s_%zu%s", kind, k, set != NULL ? "." : "_");
	char **names = NULL, *path = NULL;
	size_t n = 0;

	if (file_list(&names, &n, dir) == 0)
		for (size_t i = 0; i < n && path == NULL; i++)
			if (strncmp(names[i], begin, strlen(begin)) == 0)
				path = path_join(dir, names[i]);
	file_list_free(names, n);
	mem_free(begin);
	mem_free(dir);
	return path;
}

/* ONNX's own tests have bfloat16 as the 16 bits that it is. */
static void
take_bits(struct onnx_array *a, int type)
{
	const int64_t *bits = a->own;
	float *v;

	if (type != ONNX__TENSOR_PROTO__DATA_TYPE__BFLOAT16 ||
	    a->type != ONNX__TENSOR_PROTO__DATA_TYPE__UINT16)
		return;
	v = mem_array(float, a->count + 1);
	for (size_t i = 0; i < a->count; i++)
		v[i] = onnx_from_bfloat((uint16_t)bits[i]);
	mem_free(a->own);
	a->own = v;
	a->data = v;
	a->type = type;
	a->store = ONNX_F32;
}

static int
read_data(struct kase *c, const char *set)
{
	const Onnx__GraphProto *g = c->file->model->graph;

	/* initializers that are listed as inputs have no data */
	for (size_t i = 0; i < g->n_input && c->nin < PORTS_MAX; i++) {
		char *path;
		int rc;

		if (is_initializer(g, g->input[i]->name))
			continue;
		path = data_file(c, set, "input", c->nin);
		if (path == NULL)
			break;
		rc = set != NULL
		    ? onnx_tensor_read(&c->in[c->nin], path)
		    : read_npy(&c->in[c->nin], path, type_of(g->input[i]));
		mem_free(path);
		TRY(rc);
		take_bits(c->in[c->nin], type_of(g->input[i]));
		c->given[c->nin].name = g->input[i]->name;
		c->given[c->nin].value = c->in[c->nin];
		c->nin++;
	}
	for (size_t i = 0; i < g->n_output && i < PORTS_MAX; i++) {
		char *path = data_file(c, set, "output", i);
		int rc;

		if (path == NULL)
			break;
		rc = set != NULL
		    ? onnx_tensor_read(&c->want[i], path)
		    : read_npy(&c->want[i], path, type_of(g->output[i]));
		mem_free(path);
		TRY(rc);
		take_bits(c->want[i], type_of(g->output[i]));
		c->nwant++;
	}
	return c->nwant > 0 ? 0 : err_set(ERR_MISSING, "no outputs are there");
}

static int
read_about(struct kase *c)
{
	char *path = path_join(c->dir, "about.json"), *at;
	const struct json *t;
	struct json *j = NULL;
	struct buf b;
	int rc;

	buf_init(&b, (size_t)1 << 20);
	rc = file_read(&b, path);
	/* as Python writes what JSON has not */
	while (
	    rc >= 0 && (at = strstr((char *)buf_str(&b), "Infinity")) != NULL)
		memcpy(at, "99999999", 8);
	if (rc >= 0)
		rc = json_parse(&j, buf_str(&b), b.len, path);
	buf_clear(&b);
	mem_free(path);
	TRY(rc);
	t = json_find(j, "tolerance");
	c->bound.rel = 1e-4;
	c->bound.floor = 1e-3;
	if (t != NULL) {
		c->bound.rel = json_num(t, "rel_to_max_abs", 1e-4);
		c->bound.floor = json_num(t, "max_abs_at_least", 1e-3);
	}
	json_free(j);
	return 0;
}

static void
clear(struct kase *c)
{
	for (size_t i = 0; i < PORTS_MAX; i++) {
		onnx_array_free(c->in[i]);
		onnx_array_free(c->want[i]);
	}
	onnx_net_free(c->net);
	onnx_file_close(c->file);
}

/* ---- running ---- */

static int64_t
batch_of(const struct kase *c)
{
	for (size_t i = 0; i < c->net->ninputs; i++)
		if (c->net->inputs[i].dims.n > 0 &&
		    c->net->inputs[i].dims.d[0].b != 0 && i < c->nin)
			return c->in[i]->d[0] / c->net->inputs[i].dims.d[0].b;
	return 1;
}

static int
build(struct net **out, const struct kase *c, int64_t batch)
{
	struct net_input in[PORTS_MAX + 1] = { 0 };
	const struct net_opts o = {
		.phase = CAFFE__PHASE__TEST,
		.inputs = in,
	};
	size_t n = 0;

	for (size_t i = 0; i < c->net->ninputs && n < PORTS_MAX; i++) {
		const struct onnx_port *p = &c->net->inputs[i];

		if (!p->used)
			continue;
		in[n].name = p->blob;
		in[n].shape.n = p->dims.n;
		for (int k = 0; k < p->dims.n; k++)
			in[n].shape.d[k] =
			    p->dims.d[k].a + p->dims.d[k].b * batch;
		n++;
	}
	return net_new(out, c->net->net, &o);
}

/* Array a, again and again where the batch is larger than its own. */
static int
write_input(struct plan *p, struct net *net, const struct onnx_port *port,
    const struct onnx_array *a)
{
	const int t = net_input_find(net, port->blob);
	const size_t n = shape_count(graph_shape(net->graph, t));
	float *made, *v = mem_array(float, n + 1);
	const float *from = onnx_floats(a, &made);
	int rc;

	for (size_t i = 0; i < n && a->count > 0; i++)
		v[i] = from[i % a->count];
	rc = plan_write(p, t, v);
	mem_free(made);
	mem_free(v);
	return rc;
}

/* The worst difference over what is allowed, of an output: at most 1 is right. */
static double
worst(const float *have, size_t n, const struct onnx_array *want,
    const struct bound *b)
{
	double top = b->floor, bad = 0;

	for (size_t i = 0; i < want->count; i++)
		if (isfinite(onnx_get(want, i)))
			top = fmax(top, fabs(onnx_get(want, i)));
	for (size_t i = 0; i < n; i++) {
		/* what no float holds is infinite here */
		const double w = (float)onnx_get(want, i % want->count);
		const double h = have[i];
		double room = b->each ? 1e-6 + b->rel * fabs(w) : b->rel * top;

		if (onnx_type_whole(want->type))
			room = 0.25;
		if (isnan(w) ? isnan(h) : h == w)
			continue;
		if (!isfinite(h) || !isfinite(w))
			return INFINITY;
		bad = fmax(bad, fabs(h - w) / room);
	}
	return bad;
}

/* Only the first rows along an axis; how many numbers they are. */
static size_t
take_rows(float *v, const struct shape *s, int axis, int64_t rows)
{
	const size_t inner = shape_count_axes(s, axis + 1, s->n);
	const size_t outer = shape_count_axes(s, 0, axis);
	const size_t run = (size_t)rows * inner;

	for (size_t o = 0; o < outer; o++)
		memmove(v + o * run, v + o * (size_t)s->d[axis] * inner,
		    run * sizeof(*v));
	return outer * run;
}

static int
check_output(struct plan *p, struct net *net, const struct kase *c, size_t i,
    int64_t times)
{
	const struct net_blob *b = net_blob_find(net, c->net->outputs[i].blob);
	const struct shape *s = graph_shape(net->graph, b->tensor);
	const struct onnx_array *want = c->want[i];
	char text[SHAPE_TEXT_MAX];
	size_t n = shape_count(s);
	struct shape got = *s;
	float *v, rows;
	double bad;

	if (c->net->outputs[i].rows != NULL) {
		const struct net_blob *r =
		    net_blob_find(net, c->net->outputs[i].rows);

		TRY(plan_read(p, r->tensor, &rows));
		got.d[c->net->outputs[i].rows_axis] = (int64_t)rows;
	}
	for (int k = 0; k < got.n || k < want->n; k++)
		if (got.n != want->n ||
		    got.d[k] != want->d[k] * (k == 0 ? times : 1))
			return err_set(ERR_FORMAT,
			    "WRONG: output %zu has the shape %s", i,
			    shape_text(text, &got));
	v = mem_array(float, n + 1);
	TRY(plan_read(p, b->tensor, v));
	if (c->net->outputs[i].rows != NULL)
		n = take_rows(v, s, c->net->outputs[i].rows_axis,
		    got.d[c->net->outputs[i].rows_axis]);
	bad = worst(v, n, want, &c->bound);
	mem_free(v);
	return bad <= 1
	    ? 0
	    : err_set(ERR_FORMAT,
		  "WRONG: output %zu by %.3g of what is allowed", i, bad);
}

static int
run_on(const struct kase *c, struct device *d, int64_t times)
{
	const struct plan_opts o = { .precision = PRECISION_FP32 };
	const struct plan_run r = { 0 };
	struct net *net = NULL;
	struct plan *p = NULL;
	int rc = build(&net, c, batch_of(c) * times);

	if (rc >= 0)
		rc = device_plan(d, &p, net->graph, &o);
	if (rc >= 0)
		rc = net_copy_weights(net, p, c->net->net, NULL);
	for (size_t i = 0; i < c->net->ninputs && rc >= 0; i++)
		if (c->net->inputs[i].used && i < c->nin)
			rc = write_input(p, net, &c->net->inputs[i], c->in[i]);
	if (rc >= 0)
		rc = plan_run(p, &r);
	for (size_t i = 0; i < c->nwant && rc >= 0; i++)
		rc = check_output(p, net, c, i, times);
	plan_free(p);
	net_free(net);
	return rc < 0 ? rc : 0;
}

static int
run(struct kase *c)
{
	struct onnx_opts o = {
		.given = c->given,
		.ngiven = c->nin,
		.fixed_batch = c->fixed,
	};
	int rc;

	TRY(onnx_import(&c->net, c->file, &o));
	for (int i = 0; i < ndevices; i++) {
		rc = run_on(c, devices[i], 1);
		if (rc >= 0 && c->net->batch_free && batch_of(c) == 1)
			rc = run_on(c, devices[i], 3);
		if (rc < 0)
			return err_in(rc, "%s", devices[i]->name);
	}
	return 0;
}

static int
try_case(const char *dir)
{
	struct kase c = { .dir = (char *)dir };
	char *model = path_join(dir, "model.onnx");
	char *set = path_join(dir, "test_data_set_0");
	const bool npy = !file_is_dir(set);
	int rc = onnx_file_open(&c.file, model);

	c.fixed = !npy;
	c.bound = (struct bound){ 1e-3, 1e-7, true };
	if (rc >= 0 && npy)
		rc = read_about(&c);
	if (rc >= 0 && npy)
		c.bound.each = false;
	if (rc >= 0)
		rc = read_data(&c, npy ? NULL : "test_data_set_0");
	if (rc >= 0)
		rc = run(&c);
	clear(&c);
	mem_free(set);
	mem_free(model);
	return rc < 0 ? rc : 0;
}

/* ---- many of them ---- */

struct tally {
	size_t n, passed, known;
	bool tell, listed;
	char **open; /* lines "GROUP/CASE\tWHY" */
	size_t nopen;
	size_t strange;    /* of which the list says something else */
	unsigned cases[2]; /* of how many of ONNX's own and golden ones it is */
};

static bool
in_list(const struct tally *t, const char *name)
{
	const size_t n = strlen(name);

	for (size_t i = 0; i < t->nopen; i++)
		if (strncmp(t->open[i], name, n) == 0 && t->open[i][n] == '\t')
			return true;
	return false;
}

static void
one(struct tally *t, const char *dir)
{
	char *up = path_dir(dir);
	char *name = mem_printf("%s/%s", path_base(up), path_base(dir));
	const bool known = t->listed && in_list(t, name);
	const int rc = try_case(dir);
	const char *why = err_text();

	/* without where the file lies */
	if (rc < 0 && strstr(why, "model.onnx: ") != NULL)
		why = strstr(why, "model.onnx: ") + strlen("model.onnx: ");
	t->n++;
	t->passed += rc >= 0;
	t->known += known;
	if (rc < 0 && t->tell)
		printf("# %s\t%s\n", name, why);
	if (t->listed && known == (rc >= 0)) {
		printf("# %s %s: %s\n", name,
		    known ? "passes, and is listed as one that does not"
			  : "does not pass",
		    rc < 0 ? why : "take it out of tests/golden/onnx/open");
		t->strange++;
	}
	mem_free(name);
	mem_free(up);
}

static void
walk(struct tally *t, const char *dir, int depth)
{
	char *model = path_join(dir, "model.onnx"), **names = NULL;
	size_t n = 0;

	if (file_exists(model))
		one(t, dir);
	else if (depth < 3 && file_list(&names, &n, dir) == 0)
		for (size_t i = 0; i < n; i++) {
			char *below = path_join(dir, names[i]);

			if (file_is_dir(below))
				walk(t, below, depth + 1);
			mem_free(below);
		}
	file_list_free(names, n);
	mem_free(model);
}

static void
read_list(struct tally *t)
{
	struct buf b;
	char *p, *line;
	size_t cap = 0;

	buf_init(&b, (size_t)1 << 24);
	t->listed = file_read(&b, "tests/golden/onnx/open") >= 0;
	for (p = (char *)buf_str(&b); (line = strsep(&p, "\n")) != NULL;)
		if (sscanf(line, "# cases %u %u", &t->cases[0], &t->cases[1]) <
			1 &&
		    line[0] != '\0' && line[0] != '#') {
			mem_grow(&t->open, &cap, t->nopen + 1);
			t->open[t->nopen++] = mem_strdup(line);
		}
	buf_clear(&b);
}

static const char *const here[] = {
	"/usr/share/libonnx-testdata/data",
	"../shared/golden/onnx",
};

static void
all(int which)
{
	const char *dir = here[which];
	struct tally t = { 0 };

	if (!file_is_dir(dir)) {
		print_message("skipped: there is no %s\n", dir);
		skip();
	}
	read_list(&t);
	walk(&t, dir, 0);
	printf("# %s: %zu of %zu pass\n", dir, t.passed, t.n);
	for (size_t i = 0; i < t.nopen; i++)
		mem_free(t.open[i]);
	mem_free(t.open);
	assert_true(t.n > 0);
	if (t.n == t.cases[which])
		assert_int_equal(t.strange, 0);
	else
		print_message("# other cases than those of the list\n");
}

static void
debian(void **state)
{
	(void)state;
	all(0);
}

static void
golden(void **state)
{
	(void)state;
	all(1);
}

int
main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(debian),
		cmocka_unit_test(golden),
	};
	static const char *const names[] = { "ref", "cpu" };
	const struct device_opts o = { 0 };
	const char *only = NULL;
	struct tally t = { .tell = true };
	int first = 1, rc = 0;

	if (argc > 2 && strcmp(argv[1], "-d") == 0) {
		only = argv[2];
		first = 3;
	}
	log_init("cases", getenv("ONNX_DEBUG") != NULL ? 2 : -1);
	/* with sanitizers, which are for what reads files, on one device */
	if (only == NULL && getenv("SAN") != NULL &&
	    strcmp(getenv("SAN"), "1") == 0)
		only = "ref";
	for (int i = 0; i < DEVICES_MAX; i++)
		if (only == NULL || strcmp(only, names[i]) == 0) {
			if (device_open(&devices[ndevices], names[i], &o) < 0)
				fprintf(stderr, "%s\n", err_text());
			else
				ndevices++;
		}
	if (first == argc)
		rc = cmocka_run_group_tests(tests, NULL, NULL);
	for (int i = first; i < argc; i++)
		walk(&t, argv[i], 0);
	if (first < argc)
		printf("# %zu of %zu pass\n", t.passed, t.n);
	for (int i = 0; i < ndevices; i++)
		device_close(devices[i]);
	return rc;
}
