/*
 * Nets and layers against the outputs and gradients of real Caffe.
 *
 *	golden [DIR]      all cases of DIR (else $GOLDEN, else ../shared/golden)
 *
 * A folder is laid out like ../shared/golden (its INDEX.md): layers/CASE,
 * NAME/ with blob_*.bin, legacy_v1.  tests/golden, a few small cases, is always
 * run.  Each case runs on every backend that was built; a table of the worst
 * relative errors comes last, as TAP comments.
 *
 * The relative error of a tensor is max |a - b| / max(1e-3, max |b|): values far
 * below the largest of their tensor are compared with that one.  Bounds: layers
 * forward 1e-5, their gradients 1e-4, nets 1e-4.
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
#include "base/mem.h"
#include "base/path.h"
#include "caffe/model.h"
#include "caffe/msg.h"
#include "device/device.h"
#include "file/file.h"
#include "json/json.h"
#include "nn/net.h"
#include "nn/read.h"

#define FLOOR 1e-3

enum kind { LAYER, NET, LEGACY };

static const struct {
	const char *net, *weights, *blob; /* blob: prefix of the values */
	double forward, backward;         /* bounds */
} kinds[] = {
	[LAYER] = { "net.prototxt", "net.caffemodel", "mid_", 1e-5, 1e-4 },
	[NET] = { "net.prototxt", "net.caffemodel", "blob_", 1e-4, 0 },
	[LEGACY] = { "net_v1.prototxt", "net_v1.caffemodel", "mid_", 1e-4, 0 },
};

struct golden {
	char *dir, *name;
	enum kind kind;
};

/* One line of the table. */
struct row {
	const char *name;
	char device[24];
	double forward, backward; /* worst; backward < 0: none */
	bool ok;
};

static struct golden *cases;
static size_t ncases, cases_cap;
static struct row *rows;
static size_t nrows, rows_cap;

static const char *const devices[] = { "ref", "cpu", "cuda" };

/* What one case is running on. */
struct run {
	const struct golden *c;
	struct json *manifest;
	const struct json *files; /* name -> shape */
	struct net *net;
	struct device *dev;
	struct plan *plan;
	struct row row;
	char worst[64]; /* the file of the worst error */
};

static void
must(int rc)
{
	if (rc < 0)
		fail_msg("%s", err_text());
}

static float *
load(const struct run *r, const char *file, size_t *n)
{
	char *name = mem_printf("%s.bin", file);
	char *path = path_join(r->c->dir, name);
	struct buf b;
	float *v;

	buf_init(&b, (size_t)1 << 30);
	must(file_read(&b, path));
	*n = b.len / sizeof(float);
	v = mem_array(float, *n + 1);
	if (b.len)
		memcpy(v, b.data, b.len);
	buf_clear(&b);
	mem_free(path);
	mem_free(name);
	return v;
}

static bool
has(const struct run *r, const char *file)
{
	char *name = mem_printf("%s.bin", file);
	char *path = path_join(r->c->dir, name);
	bool yes = file_exists(path);

	mem_free(path);
	mem_free(name);
	return yes;
}

/* max |a - b| / max(FLOOR, max |b|); a may go on with zeros (Filter). */
static double
relative(const float *a, size_t na, const float *b, size_t nb)
{
	double diff = 0, top = FLOOR, d;
	size_t i;

	for (i = 0; i < nb; i++)
		top = fmax(top, fabs(b[i]));
	for (i = 0; i < na; i++) {
		d = fabs((double)a[i] - (i < nb ? b[i] : 0));
		if (isnan(d))
			return INFINITY;
		diff = fmax(diff, d);
	}
	return diff / top;
}

/* Tensor t (-1: zeros) against FILE.bin; the worst goes into *worst. */
static void
compare(struct run *r, int t, const char *file, double *worst)
{
	size_t n, have = 0;
	float *want = load(r, file, &n), *got;
	double e;

	if (t >= 0)
		have = shape_count(graph_shape(r->net->graph, t));
	if (t >= 0 && (have < n || (have > n && r->c->kind != LAYER)))
		fail_msg("%s: %zu values, not %zu", file, have, n);
	got = mem_array(float, have + n + 1);
	if (t >= 0)
		must(plan_read(r->plan, t, got));
	e = relative(got, t >= 0 ? have : n, want, n);
	if (e > *worst) {
		*worst = e;
		snprintf(r->worst, sizeof(r->worst), "%s", file);
	}
	mem_free(got);
	mem_free(want);
}

/* "conv/1" for a blob name as file names have it: "conv__1". */
static int
blob_of(const struct run *r, const char *name)
{
	char have[128];
	size_t i, k;
	int b;

	for (b = 0; b < r->net->nblobs; b++) {
		const char *s = r->net->blobs[b].name;

		for (i = k = 0; s[i] && k + 2 < sizeof(have); i++) {
			have[k++] = s[i] == '/' ? '_' : s[i];
			if (s[i] == '/')
				have[k++] = '_';
		}
		have[k] = '\0';
		if (strcmp(have, name) == 0)
			return r->net->blobs[b].tensor;
	}
	fail_msg("the net has no blob %s", name);
	return -1;
}

/* The tensor of "dparam_LAYER_I", LAYER_I given. */
static int
param_of(const struct run *r, const char *name)
{
	const struct net_param *p;
	char *key;
	int i, t = -1;

	for (i = 0; i < r->net->nparams && t < 0; i++) {
		p = &r->net->params[i];
		key = mem_printf(
		    "%s_%d", r->net->layers[p->layer].name, p->index);
		if (strcmp(key, name) == 0)
			t = p->tensor;
		mem_free(key);
	}
	if (t < 0)
		fail_msg("the net has no param %s", name);
	return t;
}

/* What a file of the manifest is, by its prefix. */
struct part {
	const char *prefix;
	bool param; /* of a param, else of a blob */
	bool grad;  /* the gradient of it */
	bool given; /* written before the run, not compared after it */
};

static const struct part parts[] = {
	{ "in_", false, false, true },
	{ "dout_", false, true, true },
	{ "out_", false, false, false },
	{ "mid_", false, false, false },
	{ "blob_", false, false, false },
	{ "after_", true, false, false },
	{ "din_", false, true, false },
	{ "dmid_", false, true, false },
	{ "dparam_", true, true, false },
};

static const struct part *
part_of(const char *file, const char **name)
{
	size_t i;

	for (i = 0; i < LENGTH(parts); i++)
		if (strncmp(file, parts[i].prefix, strlen(parts[i].prefix)) ==
		    0) {
			*name = file + strlen(parts[i].prefix);
			return &parts[i];
		}
	return NULL; /* param_: in the caffemodel */
}

static int
tensor_of(const struct run *r, const struct part *p, const char *name)
{
	return p->param ? param_of(r, name) : blob_of(r, name);
}

static void
build(struct run *r)
{
	struct net_opts o = { .phase = CAFFE__PHASE__TEST };
	char *path = path_join(r->c->dir, kinds[r->c->kind].net);
	Caffe__NetParameter *np;
	const struct json *f;
	const char *name;
	const struct part *p;

	if (strcmp(json_str(r->manifest, "phase", "TEST"), "TRAIN") == 0)
		o.phase = CAFFE__PHASE__TRAIN;
	must(net_read(&np, path));
	must(net_new(&r->net, np, &o));
	caffe_msg_free(np);
	mem_free(path);
	for (f = json_first(r->files); f; f = json_next(f)) {
		p = part_of(json_key(f), &name);
		if (p && !p->param && !p->given)
			graph_tensor(r->net->graph, tensor_of(r, p, name))
			    ->keep = true;
	}
}

/* Seeds from dout_ files, or the net's losses. */
static int
seeds_of(struct run *r, struct graph_seed *seeds)
{
	struct net *n = r->net;
	const struct json *f;
	const char *name;
	struct shape s;
	int k = 0, i, t;

	for (f = json_first(r->files); f; f = json_next(f)) {
		if (strncmp(json_key(f), "dout_", 5) != 0)
			continue;
		name = json_key(f);
		t = blob_of(r, name + 5);
		s = *graph_shape(n->graph, t);
		seeds[k] = (struct graph_seed){ t, 0, -1 };
		seeds[k].grad =
		    graph_add_tensor(n->graph, TENSOR_INPUT, name, &s);
		must(seeds[k++].grad);
	}
	for (i = 0; i < n->nblobs && (k == 0 || seeds[0].grad < 0); i++)
		if (n->blobs[i].loss_weight != 0)
			seeds[k++] = (struct graph_seed){ n->blobs[i].tensor,
				n->blobs[i].loss_weight, -1 };
	return k;
}

static void
add_gradient(struct run *r)
{
	struct graph_seed seeds[64];
	const struct json *f;
	const struct part *p;
	const char *name;
	int want[256], nwant = 0, i, t, nseeds;

	if (!json_bool(r->manifest, "backward", false))
		return;
	nseeds = seeds_of(r, seeds);
	for (f = json_first(r->files); f; f = json_next(f)) {
		p = part_of(json_key(f), &name);
		if (!p || !p->grad || p->given)
			continue;
		t = tensor_of(r, p, name);
		for (i = 0; i < nwant && want[i] != t; i++)
			;
		if (i == nwant && nwant < (int)LENGTH(want))
			want[nwant++] = t;
	}
	must(graph_backward(r->net->graph, seeds, nseeds, want, nwant));
	for (i = 0; i < nwant; i++) {
		t = graph_tensor(r->net->graph, want[i])->grad;
		if (t >= 0)
			graph_tensor(r->net->graph, t)->keep = true;
	}
}

static void
fill(struct run *r)
{
	char *path = path_join(r->c->dir, kinds[r->c->kind].weights);
	Caffe__NetParameter *w;
	const struct json *f;
	const struct part *p;
	const char *name;
	float *v;
	size_t n;
	int t;

	must(caffe_weights_read(&w, path));
	must(net_copy_weights(r->net, r->plan, w, NULL));
	caffe_msg_free(w);
	mem_free(path);
	for (f = json_first(r->files); f; f = json_next(f)) {
		p = part_of(json_key(f), &name);
		if (!p || !p->given)
			continue;
		t = p->grad ? graph_find(r->net->graph, json_key(f))
			    : blob_of(r, name);
		v = load(r, json_key(f), &n);
		assert_int_equal(n, shape_count(graph_shape(r->net->graph, t)));
		must(plan_write(r->plan, t, v));
		mem_free(v);
	}
}

static void
compare_all(struct run *r)
{
	bool grads = json_bool(r->manifest, "backward", false);
	const struct json *f;
	const struct part *p;
	const char *name;
	int t;

	r->row.backward = grads ? 0 : -1;
	for (f = json_first(r->files); f; f = json_next(f)) {
		p = part_of(json_key(f), &name);
		if (!p || p->given || !has(r, json_key(f)))
			continue;
		t = tensor_of(r, p, name);
		if (p->grad)
			t = graph_tensor(r->net->graph, t)->grad;
		compare(r, t, json_key(f),
		    p->grad ? &r->row.backward : &r->row.forward);
	}
}

static void
run_on(const struct golden *c, struct json *manifest, const char *device)
{
	struct device_opts o = { .threads = 1 };
	struct plan_opts po = { .precision = PRECISION_FP32 };
	struct run r = { .c = c, .manifest = manifest };
	struct plan_run once = { 0 };
	int rc;

	rc = device_open(&r.dev, device, &o);
	if (rc == ERR_DEVICE)
		return;
	must(rc);
	r.files = json_find(manifest, "files");
	r.row.name = c->name;
	snprintf(
	    r.row.device, sizeof(r.row.device), "%s", r.dev->backend->name);
	build(&r);
	add_gradient(&r);
	must(device_plan(r.dev, &r.plan, r.net->graph, &po));
	fill(&r);
	once.backward = json_bool(manifest, "backward", false);
	must(plan_run(r.plan, &once));
	compare_all(&r);
	plan_free(r.plan);
	net_free(r.net);
	device_close(r.dev);
	r.row.ok = r.row.forward <= kinds[c->kind].forward &&
	    r.row.backward <= kinds[c->kind].backward;
	mem_grow(&rows, &rows_cap, nrows + 1);
	rows[nrows++] = r.row;
	if (!r.row.ok)
		fail_msg("%s on %s: %s is out (forward %.2g, gradient %.2g)",
		    c->name, r.row.device, r.worst, r.row.forward,
		    r.row.backward);
}

static void
test_case(void **state)
{
	const struct golden *c = *state;
	char *path = path_join(c->dir, "manifest.json");
	struct json *manifest;
	size_t i;

	must(json_read(&manifest, path));
	mem_free(path);
	for (i = 0; i < LENGTH(devices); i++)
		run_on(c, manifest, devices[i]);
	json_free(manifest);
}

static void
add_case(const char *root, const char *name, const char *shown, enum kind kind)
{
	char *dir = path_join(root, name);
	char *net = path_join(dir, kinds[kind].net);
	char *manifest = path_join(dir, "manifest.json");

	if (file_exists(net) && file_exists(manifest)) {
		mem_grow(&cases, &cases_cap, ncases + 1);
		cases[ncases++] =
		    (struct golden){ dir, mem_strdup(shown), kind };
		dir = NULL;
	}
	mem_free(manifest);
	mem_free(net);
	mem_free(dir);
}

static void
add_layers(const char *root)
{
	char *dir = path_join(root, "layers"), **names = NULL;
	size_t n = 0, i;

	if (file_is_dir(dir) && file_list(&names, &n, dir) >= 0)
		for (i = 0; i < n; i++)
			add_case(dir, names[i], names[i], LAYER);
	file_list_free(names, n);
	mem_free(dir);
}

static void
add_folder(const char *root)
{
	char **names = NULL;
	size_t n = 0, i;

	add_layers(root);
	if (file_list(&names, &n, root) >= 0)
		for (i = 0; i < n; i++) {
			if (strcmp(names[i], "solvers") == 0)
				continue;
			add_case(root, names[i], names[i], NET);
			add_case(root, names[i], names[i], LEGACY);
		}
	file_list_free(names, n);
}

static void
print_table(void)
{
	size_t i;

	printf("# %-28s %-8s %10s %10s\n", "case", "backend", "forward",
	    "gradient");
	for (i = 0; i < nrows; i++) {
		printf("# %-28s %-8s %10.2e ", rows[i].name, rows[i].device,
		    rows[i].forward);
		if (rows[i].backward >= 0)
			printf("%10.2e", rows[i].backward);
		else
			printf("%10s", "-");
		printf("%s\n", rows[i].ok ? "" : "  OUT");
	}
}

int
main(int argc, char **argv)
{
	const char *root = argc > 1 ? argv[1] : getenv("GOLDEN");
	struct CMUnitTest *tests;
	size_t i;
	int failed;

	add_folder("tests/golden");
	if (!root || !root[0])
		root = "../shared/golden";
	if (file_is_dir(root)) {
		add_folder(root);
	} else {
		printf("# skipped: no folder %s\n", root);
		if (argc > 1)
			return EXIT_FAILURE;
	}
	tests = mem_array(struct CMUnitTest, ncases + 1);
	for (i = 0; i < ncases; i++) {
		tests[i].name = cases[i].name;
		tests[i].test_func = test_case;
		tests[i].initial_state = &cases[i];
	}
	failed = _cmocka_run_group_tests("golden", tests, ncases, NULL, NULL);
	print_table();
	for (i = 0; i < ncases; i++) {
		mem_free(cases[i].dir);
		mem_free(cases[i].name);
	}
	mem_free(tests);
	mem_free(cases);
	mem_free(rows);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
