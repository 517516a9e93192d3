/* dset-show: what is in a data set, is it sound, and out of it again. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "dset-show.h"

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/path.h"
#include "base/stop.h"
#include "caffe/filter.h"
#include "caffe/msg.h"
#include "caffe/upgrade.h"
#include "dset/check.h"
#include "dset/export/export.h"
#include "dset/look/modes.h"
#include "dset/look/sizes.h"
#include "dset/near/near.h"
#include "dset/near/pairs.h"
#include "dset/show.h"
#include "file/file.h"
#include "input/augment/preview.h"
#include "nn/layer.h"
#include "nn/read.h"
#include "plot/bars.h"
#include "plot/sizes.h"
#include "prog/prog.h"

/* Samples of --augment. */
enum { SHOWN = 16, SHOWN_MAX = 256 };

static int
hear_bad(void *ctx, const char *path, int64_t record, const char *reason)
{
	(void)ctx;
	return prog_bad(path, record, reason, 0);
}

static int
verify(struct buf *out, const struct dset *d, const struct dset_show_options *o)
{
	struct dset_verified v;

	TRY(dset_verify(&v, d, o->part, o->threads, o->bad));
	if (o->format == PROG_FMT_JSON)
		return buf_printf(out,
		    "{\"records\": %" PRIu64 ", \"bad\": %" PRIu64
		    ", \"digests_compared\": %d}\n",
		    v.records, v.bad, v.digests);
	return buf_printf(out,
	    "%s: %" PRIu64 " %s, %" PRIu64 " bad, %d %s compared\n", d->path,
	    v.records, num_plural(v.records, "record", "records"), v.bad,
	    v.digests, num_plural((uint64_t)v.digests, "digest", "digests"));
}

static int
diff(struct buf *out, const struct dset *d, const char *other,
    const struct dset_show_options *o)
{
	struct dset_difference s;
	struct dset *b;
	int rc;

	TRY(dset_open(&b, other));
	rc = dset_diff(&s, out, d, b, o->part, o->format);
	dset_close(b);
	if (rc == 0)
		log_info("%" PRIu64 " the same (%" PRIu64
			 " of them stored differently)",
		    s.same, s.encoding);
	fputs(buf_str(out), stdout);
	buf_reset(out);
	if (rc == 0 && s.differ + s.only_a + s.only_b > 0)
		rc = err_set(ERR_ITEMS,
		    "%" PRIu64 " %s, %" PRIu64 " only in %s, %" PRIu64
		    " only in %s",
		    s.differ,
		    num_plural(s.differ, "record differs", "records differ"),
		    s.only_a, d->path, s.only_b, other);
	return rc;
}

/* A class name or a number, as a label. */
static int
parse_label(int *out, const struct dset *d, const char *s)
{
	int64_t n;
	size_t i;

	*out = -1;
	if (s == NULL)
		return 0;
	for (i = 0; i < d->nlabels; i++) {
		if (strcmp(d->labels[i], s) == 0) {
			*out = (int)i;
			return 0;
		}
	}
	if (num_int(&n, s, 0, LABELS_MAX) < 0)
		return err_set(ERR_MISSING, "%s: no class \"%s\"", d->path, s);
	*out = (int)n;
	return 0;
}

/* The transform_param of the layer that gives a training its pictures. */
static int
find_fields(Caffe__TransformationParameter **out,
    const Caffe__NetParameter *net, const char *path)
{
	const Caffe__NetState train = CAFFE__NET_STATE__INIT;
	Caffe__NetState state = train;

	state.has_phase = 1;
	state.phase = CAFFE__PHASE__TRAIN;
	for (size_t i = 0; i < net->n_layer; i++) {
		const Caffe__LayerParameter *l = net->layer[i];

		if (layer_role(l->type) != LAYER_DATA ||
		    layer_gives_labels(l) || caffe_layer_in(l, &state) != 1)
			continue;
		*out = l->transform_param != NULL
		    ? caffe_msg_copy(l->transform_param)
		    : caffe_new(Caffe__TransformationParameter,
			  transformation_parameter);
		return 0;
	}
	return err_set(ERR_FORMAT, "%s: no data layer of a training", path);
}

/* Of --augment: a net's, or those that the text says. */
static int
read_fields(Caffe__TransformationParameter **out, const char *spec)
{
	char *path = file_is_dir(spec) ? path_join(spec, "train_val.prototxt")
				       : mem_strdup(spec);
	const bool file = file_exists(path);
	char *text = mem_printf(
	    "layer { name: 'data' type: 'Data' transform_param { %s\n} }",
	    spec);
	Caffe__NetParameter *net = NULL;
	int rc = file ? net_read(&net, path)
		      : caffe_net_parse(&net, text, strlen(text), "--augment");

	if (rc < 0 && !file)
		rc =
		    err_in(ERR_USAGE, "no file, nor fields of transform_param");
	if (rc >= 0)
		rc = find_fields(out, net, file ? path : "--augment");
	caffe_msg_free(net);
	mem_free(text);
	mem_free(path);
	return rc;
}

static int
augmented(const struct dset *d, const struct args *a)
{
	const struct prog_options *common = prog_options();
	const int part = a->part < 0 ? DSET_TRAIN : a->part;
	const int count = a->count > 0 && a->count < SHOWN_MAX ? a->count
	    : a->count > 0                                     ? SHOWN_MAX
							       : SHOWN;
	Caffe__TransformationParameter *t = NULL;
	struct image im;
	int rc;

	image_init(&im);
	rc = read_fields(&t, a->augment);
	if (rc >= 0 && d->db_path[part] == NULL)
		rc = err_set(ERR_MISSING, "%s has no such part", d->path);
	if (rc >= 0)
		rc = preview_dset(&im, d, (enum dset_part)part, t,
		    common->threads, count, PREVIEW_SIDE);
	if (rc >= 0)
		rc = image_write(a->montage, &im, common->force);
	caffe_msg_free(t);
	image_clear(&im);
	return rc;
}

static int
montage(
    const struct dset *d, const struct args *a, const struct dset_pick *pick)
{
	uint64_t pages;
	int rc =
	    dset_montage(&pages, d, a->montage, prog_options()->force, pick);

	if (rc == 0 && pages > 1)
		log_info("%" PRIu64 " pages", pages);
	return rc;
}

/* The rows of classes that the summary has: records, boxes or pixels. */
static int
histogram(const struct dset *d, const struct args *a,
    const struct dset_show_options *o)
{
	static const char *const parts[] = { "train", "val", "test", NULL };
	struct dset_show_options rows = *o;
	struct bars b = { 0 };
	struct buf text;
	int rc;

	rows.format = PROG_FMT_TSV;
	buf_init(&text, (size_t)1 << 31);
	rc = dset_show_summary(&text, d, &rows);
	if (rc == 0)
		rc = bars_table(&b, buf_str(&text), "class", parts);
	b.title = d->path;
	if (rc == 0)
		rc = bars_write(&b, a->histogram, a->size[0], a->size[1],
		    prog_options()->force);
	bars_clear(&b);
	buf_clear(&text);
	return rc;
}

static int
draw_sizes(const struct dset_sizes *s, const char *name, const struct args *a)
{
	const struct plot_sizes p = { .title = name,
		.width = dset_sizes_figure(s, DSET_SIZE_WIDTH),
		.height = dset_sizes_figure(s, DSET_SIZE_HEIGHT),
		.aspect = dset_sizes_figure(s, DSET_SIZE_ASPECT),
		.n = s->n };
	const int rc = plot_sizes_write(
	    &p, a->out, a->size[0], a->size[1], prog_options()->force);

	mem_free((void *)p.width);
	mem_free((void *)p.height);
	mem_free((void *)p.aspect);
	return rc;
}

/* d: NULL where name is a folder of pictures. */
static int
sizes(struct buf *out, const struct dset *d, const char *name,
    const struct args *a)
{
	const struct prog_options *common = prog_options();
	const struct dset_bad bad = { hear_bad, NULL };
	struct dset_sizes s = { 0 };
	int rc = d != NULL
	    ? dset_sizes_records(&s, d, a->part, common->threads, &bad)
	    : dset_sizes_folder(&s, name, common->threads, &bad);

	if (rc >= 0 && s.n == 0)
		rc = err_set(ERR_FORMAT, "%s: no picture can be read", name);
	if (rc >= 0)
		rc = dset_sizes_show(out, &s, name, common->format);
	if (rc >= 0 && a->out != NULL)
		rc = draw_sizes(&s, name, a);
	dset_sizes_clear(&s);
	return rc;
}

static int
modes(const char *path, const struct args *a)
{
	struct image im;
	int rc;

	image_init(&im);
	rc = dset_modes_draw(&im, path, a->modes[0], a->modes[1]);
	if (rc >= 0)
		rc = image_write(a->out, &im, prog_options()->force);
	image_clear(&im);
	return rc;
}

static int
near(struct buf *out, const struct dset *d, const struct args *a,
    const struct dset_bad *bad)
{
	struct near_options o = { .part = a->part,
		.bits = NEAR_BITS,
		.across = a->across,
		.threads = prog_options()->threads,
		.format = prog_options()->format,
		.require = &a->require,
		.bad = bad };
	int64_t bits;

	if (a->near[0] != '\0') {
		if (num_int(&bits, a->near, 0, PAIRS_BITS_MAX) < 0)
			return err_in(ERR_USAGE, "--near");
		o.bits = (int)bits;
	}
	return near_show(out, d, &o);
}

static int
show(struct buf *out, const struct args *a, const struct dset *d)
{
	const struct prog_options *common = prog_options();
	struct dset_bad bad = { hear_bad, NULL };
	struct dset_show_options o = { .part = a->part,
		.pixels = a->stats,
		.threads = common->threads,
		.format = common->format,
		.bad = &bad };
	struct dset_pick pick = { .part = a->part,
		.count = (size_t)a->count,
		.threads = common->threads,
		.label_format = a->label_format,
		.page = (size_t)a->page,
		.pnm = a->pnm };

	TRY(parse_label(&pick.label, d, a->label));
	if (a->cat)
		return dset_cat(d, stdout, &pick);
	if (a->export != NULL)
		return dset_export(d, a->export, common->force, &pick);
	if (a->montage != NULL && a->augment != NULL)
		return augmented(d, a);
	if (a->montage != NULL)
		return montage(d, a, &pick);
	if (a->record != NULL)
		return dset_show_record(
		    out, d, a->record, a->out, common->force, &o);
	if (a->diff != NULL)
		return diff(out, d, a->diff, &o);
	if (a->verify)
		return verify(out, d, &o);
	if (a->histogram != NULL)
		return histogram(d, a, &o);
	if (a->near != NULL)
		return near(out, d, a, &bad);
	if (a->sizes)
		return sizes(out, d, d->path, a);
	return dset_show_summary(out, d, &o);
}

/* What is shown in place of the summary, or NULL; NULL is also returned where *n,
 * how many of these were asked for, is not 1. */
static const char *
shown(const struct args *a, int *n)
{
	const struct {
		bool on;
		const char *name;
	} all[] = { { a->stats, "stats" }, { a->sizes, "sizes" },
		{ a->modes[0] > 0, "modes" }, { a->verify, "verify" },
		{ a->near != NULL, "near" }, { a->diff != NULL, "diff" },
		{ a->histogram != NULL, "histogram" },
		{ a->montage != NULL, "montage" },
		{ a->record != NULL, "record" },
		{ a->export != NULL, "export" }, { a->cat, "cat" } };
	const char *name = NULL;

	*n = 0;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (all[i].on && (*n)++ == 0)
			name = all[i].name;
	return *n == 1 ? name : NULL;
}

static int
check(const struct args *a)
{
	int n;
	const char *name = shown(a, &n);

	if (n > 1)
		return err_set(ERR_USAGE,
		    "one of --stats, --sizes, --modes, --verify, --near, --diff, --histogram, --montage, --record, --export, --cat at a time");
	if (a->out != NULL && a->record == NULL && !a->sizes &&
	    a->modes[0] == 0)
		return err_set(
		    ERR_USAGE, "-o needs --record, --sizes or --modes");
	if (a->modes[0] > 0 && a->out == NULL)
		return err_set(ERR_USAGE, "--modes needs -o FILE.png");
	if (a->sizes && a->out != NULL && !path_has_ext(a->out, ".png") &&
	    !path_has_ext(a->out, ".svg") && !path_has_ext(a->out, ".pdf"))
		return err_set(ERR_USAGE,
		    "-o %s: a chart is a .png, .svg or .pdf", a->out);
	/* These put out no text that could be JSON. */
	if ((a->cat || a->export != NULL || a->montage != NULL ||
		a->histogram != NULL || a->modes[0] > 0) &&
	    prog_options()->format == PROG_FMT_JSON)
		log_warn("--json has no effect beside --%s", name);
	return 0;
}

static int
run(const struct args *a, const char *path)
{
	struct dset *d = NULL;
	struct buf out;
	int rc = 0;

	TRY(check(a));
	stop_install();
	if (a->modes[0] > 0)
		return modes(path, a);
	buf_init(&out, (size_t)1 << 31);
	if (!a->sizes || !file_is_dir(path) || dset_is(path))
		rc = dset_open(&d, path);
	if (rc == 0)
		rc = d != NULL ? show(&out, a, d) : sizes(&out, d, path, a);
	fputs(buf_str(&out), stdout);
	if (rc == 0)
		rc = prog_bad_end();
	buf_clear(&out);
	dset_close(d);
	return rc;
}

int
main(int argc, char **argv)
{
	struct args args = { .part = -1 };
	int rc = prog_parse(&prog, &args, &argc, &argv);

	if (rc > 0)
		rc = run(&args, argv[0]);
	return prog_end(&prog, rc);
}
