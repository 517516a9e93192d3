/* dset-show: what is in a data set, is it sound, and out of it again. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

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
#include "dset/near/near.h"
#include "dset/near/pairs.h"
#include "dset/product.h"
#include "dset/show.h"
#include "file/file.h"
#include "input/augment/preview.h"
#include "nn/layer.h"
#include "nn/read.h"
#include "plot/bars.h"
#include "prog/prog.h"

/* Samples of --augment. */
enum { SHOWN = 16, SHOWN_MAX = 256 };

struct args {
	const char *montage, *label, *record, *out, *export, *diff, *augment;
	const char *near, *histogram;
	int size[2];
	struct opt_list require;
	int part; /* -1: all */
	int count, label_format;
	bool verify, stats, cat, pnm, across;
};

#define AT(field) offsetof(struct args, field)

static const struct opt opts[] = {
	{ 'p', "part", OPT_CHOICE, AT(part), "PART",
	    "show only this part (default: all)", .choices = DSET_PART_NAMES },
	{ .type = OPT_HEAD, .help = "Instead of the summary" },
	{ 0, "stats", OPT_FLAG, AT(stats), NULL,
	    "show the mean and deviation of each channel, sizes, duplicates" },
	{ 0, "verify", OPT_FLAG, AT(verify), NULL,
	    "decode every record, compare with the digests" },
	{ 0, "near", OPT_STR, AT(near), "BITS",
	    "list pictures that look the same, in groups: perceptual hashes that differ in up to BITS of 64 bits (8), and like colours",
	    .flags = OPT_OPTARG },
	{ 0, "across", OPT_FLAG, AT(across), NULL,
	    "with --near: only groups that stand in several parts",
	    .needs = "near" },
	{ 0, "require", OPT_LIST, AT(require), "GATE",
	    "with --near: exit with status 9 unless GATE holds ('leaks=0')",
	    .flags = OPT_GATE, .needs = "near" },
	{ 0, "diff", OPT_STR, AT(diff), "DSET2",
	    "name the records that differ; status 1 if there are any",
	    .flags = OPT_INPUT },
	{ 0, "histogram", OPT_STR, AT(histogram), "FILE",
	    "draw how many of each class there are, in each part",
	    .choices = "png|svg|pdf", .flags = OPT_OUT },
	{ 0, "size", OPT_PAIR, AT(size), "WxH",
	    "with --histogram: pixels that it is to fit into (default: as large as it takes)",
	    .lo = 100, .hi = 16384, .needs = "histogram" },
	{ 0, "montage", OPT_STR, AT(montage), "FILE.png",
	    "draw many pictures as one", .choices = "png", .flags = OPT_OUT },
	{ 0, "augment", OPT_STR, AT(augment), "FIELDS|MODEL",
	    "with --montage: show what a training sees, with these fields of "
	    "transform_param (nnutils-model(5)), or those of a model folder or a prototxt",
	    .needs = "montage !label" },
	{ 0, "record", OPT_STR, AT(record), "K",
	    "show the record with this key or number" },
	{ 'o', "output", OPT_STR, AT(out), "FILE",
	    "with --record: write the picture to FILE", .flags = OPT_OUT },
	{ 0, "export", OPT_STR, AT(export), "DIR",
	    "write all pictures as files in class folders, and labels of other kinds beside them; masks as PNG files with a palette, which dset-create reads",
	    .flags = OPT_OUT_DIR },
	{ 0, "label-format", OPT_CHOICE, AT(label_format), "FORMAT",
	    "with --export: write boxes as label files, each format as its tools have them; masks as coco has them",
	    .choices = "none|kitti|voc|coco|yolo", .needs = "export" },
	{ 0, "cat", OPT_FLAG, AT(cat), NULL,
	    "write records as a tar stream: KEY.png and KEY.cls, or KEY.label.npy" },
	{ 0, "pnm", OPT_FLAG, AT(pnm), NULL,
	    "with --cat: pictures as PGM or PPM, which need no library to be read",
	    .needs = "cat" },
	{ .type = OPT_HEAD,
	    .help = "Selection of records (montage, export, cat)" },
	{ 0, "label", OPT_STR, AT(label), "L",
	    "only of this class or label, or with a box or a pixel of it",
	    .needs = "montage|export|cat" },
	{ 0, "count", OPT_INT, AT(count), "N",
	    "at most N of each part (0: all; montage: 64)", .lo = 0, .hi = 1e9,
	    .needs = "montage|export|cat" },
	{ 0 },
};

static const struct prog_example examples[] = {
	{ "dset-show digits", "How many pictures of each class?" },
	{ "dset-show digits --montage sevens.png --label 7",
	    "What do they look like?" },
	{ "dset-show digits --montage seen.png --augment 'augment_param { rotate: 15 erase: 0.5 }'",
	    "What would a training with model-train --rotate 15 --erase 0.5 see?" },
	{ "dset-show digits --verify", "Is every record sound?" },
	{ "dset-show digits --histogram classes.svg",
	    "The same as a picture:" },
	{ "dset-show digits --near --across --require 'leaks=0'",
	    "Does the validation have pictures that the training has, too?" },
	{ "dset-show digits --record 00000042_7 -o 42.png",
	    "One picture, by its key:" },
	{ "dset-show cars --export cars.yolo --label-format yolo",
	    "Boxes for other programs, whatever they were made from:" },
	{ "dset-show digits -p val --cat | tar tf - | head",
	    "As a stream for other programs:" },
	{ 0 },
};

/* Files of an input folder that an output must not replace. */
static int
reads(const char *rel)
{
	return replace_holds(&dset_kind, rel);
}

static const struct prog prog = {
	.name = "dset-show",
	.summary = "show, check and export a data set",
	.operands = "DSET",
	.reads_operands = true,
	.reads = reads,
	.min_operands = 1,
	.max_operands = 1,
	.opts = opts,
	.common =
	    PROG_JSON | PROG_FORCE | PROG_THREADS | PROG_PROGRESS | PROG_BAD,
	.about =
	    "DSET is a folder made by dset-create or DIGITS, or an LMDB of "
	    "Caffe's Datums, or a folder of HDF5 files with its list.txt. It "
	    "is only read, never locked or changed; a damaged LMDB is refused, and records that cannot be decoded are named.\n\n"
	    "Boxes of a data set for detection are drawn on the pictures of --montage and --record, and counted in the summary: "
	    "small ones have an area below 32 x 32 pixels, large ones from 96 x 96 on. "
	    "Masks of a data set for segmentation are drawn in the colours of their classes, and the summary has the share of the pixels that each class has.\n\n"
	    "--near finds pictures that look the same: in another size or compression, a little brighter, with a mark upon them; not those that are mirrored, turned or cut. "
	    "Pictures are one group whose perceptual hashes (the signs of the 64 lowest frequencies of 32 x 32 pixels of brightness) differ in at most BITS, and which agree in 8 x 8 pixels in colour, "
	    "and so are those that hang together by others. Rows have the bits in which a picture differs from the first of its group, \"equal\" where all pixels are the same as there, "
	    "and the name in DSET's train.txt, val.txt or test.txt where these have a line for each record. More BITS (up to 15) find pictures that are less alike. "
	    "--require takes these figures: groups; near, pictures that look like an earlier one; equal, those of them that are the same in every pixel; leaks, pictures in another part than the first of their group; conflicts, groups with several labels.",
	.examples = examples,
	.files =
	    "DSET is the folder that nnutils-dataset(5) describes, or one of its databases.",
	.see_also = "dset-create(1), model-infer(1), nnutils-dataset(5)",
	.json =
	    "An object for each part: part, backend, records, encoded, bad, and shapes (channels, height, width, count); columns (name, kind, channels, height, width), if there are more than a class; with --stats also mean and deviation of each channel, duplicates, across_parts and label_conflicts.\n\n"
	    "Then one for each class: label, class, and how many train, val and test have of it; of boxes also how many are small, medium and large, mean_width and mean_height; of masks label, class, and pixels in train, val and test, with train_share, val_share and test_share, the shares of those that are counted, but for label 255, which is not.\n\n"
	    "--near, for each group: group, across_parts, labels_differ, and records (part, record, key, name, label, class, bits, equal); then one with summary: records, bits, groups, near, equal, leaks, conflicts.\n\n"
	    "--verify: records, bad, digests_compared. --diff, for each record that differs: part, key, difference. --record: part, record, key, label, class, channels, height, width, encoded, bytes, and boxes (label, class, left, top, width, height) or pixels (label, class, count).",
};

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
		.pnm = a->pnm };

	TRY(parse_label(&pick.label, d, a->label));
	if (a->cat)
		return dset_cat(d, stdout, &pick);
	if (a->export != NULL)
		return dset_export(d, a->export, common->force, &pick);
	if (a->montage != NULL && a->augment != NULL)
		return augmented(d, a);
	if (a->montage != NULL)
		return dset_montage(d, a->montage, common->force, &pick);
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
	return dset_show_summary(out, d, &o);
}

static int
check(const struct args *a)
{
	int n = a->cat + a->verify + a->stats + (a->export != NULL) +
	    (a->montage != NULL) + (a->record != NULL) + (a->diff != NULL) +
	    (a->near != NULL) + (a->histogram != NULL);

	if (n > 1)
		return err_set(ERR_USAGE,
		    "one of --stats, --verify, --near, --diff, --histogram, --montage, --record, --export, --cat at a time");
	if (a->out != NULL && a->record == NULL)
		return err_set(ERR_USAGE, "-o needs --record");
	/* These put out no text that could be JSON. */
	if ((a->cat || a->export != NULL || a->montage != NULL ||
		a->histogram != NULL) &&
	    prog_options()->format == PROG_FMT_JSON)
		log_warn("--json has no effect beside --%s",
		    a->cat                   ? "cat"
			: a->export != NULL  ? "export"
			: a->montage != NULL ? "montage"
					     : "histogram");
	return 0;
}

static int
run(const struct args *a, const char *path)
{
	struct dset *d;
	struct buf out;
	int rc;

	TRY(check(a));
	TRY(dset_open(&d, path));
	stop_install();
	buf_init(&out, (size_t)1 << 31);
	rc = show(&out, a, d);
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
