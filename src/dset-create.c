/*
 * dset-create: make a data set from pictures: class folders, or lists of paths
 * and labels, into LMDB or HDF5 databases with mean, labels and lists.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/stop.h"
#include "dset/create.h"
#include "dset/plan/split.h"
#include "dset/sources/source.h"
#include "dset/table.h"
#include "dset/tasks/task.h"
#include "prog/prog.h"

struct args {
	const char *out, *list, *root, *labels, *class_map, *s3_endpoint;
	const char *val_folder, *test_folder, *val_list, *test_list, *shard;
	double val, test;
	int task, size[2], resize, encoding, backend, compression, labels_from;
	int quality, level, duplicates, mean;
	int min, max, val_min, val_max, test_min, test_max;
	bool min_given, val_min_given, val_max_given, test_min_given,
	    test_max_given;
	bool color, gray, shuffle, exif;
};

#define AT(field) offsetof(struct args, field)

static const struct opt opts[] = {
	{ 'o', "output", OPT_STR, AT(out), "DSET", "the data set to make",
	    .flags = OPT_REQUIRED | OPT_OUT_DIR },
	{ 't', "type", OPT_CHOICE, AT(task), "TYPE", "the task that it is for",
	    .choices = "classification" },
	{ .type = OPT_HEAD, .help = "Sources" },
	{ 0, "list", OPT_STR, AT(list), "FILE",
	    "read lines \"path label\" instead of class folders; - is standard input",
	    .flags = OPT_INPUT },
	{ 0, "root", OPT_STR, AT(root), "DIR",
	    "put DIR in front of the paths of lists, also of one that begins with a slash if it is there below DIR",
	    .flags = OPT_INPUT, .needs = "list|val-list|test-list" },
	{ 0, "s3-endpoint", OPT_STR, AT(s3_endpoint), "URL",
	    "server of s3:// sources (default: the environment's, else Amazon's)" },
	{ 0, "labels", OPT_STR, AT(labels), "FILE",
	    "names of the classes, one per line; line i names label i - 1",
	    .flags = OPT_INPUT },
	{ 0, "labels-from", OPT_CHOICE, AT(labels_from), "WHERE",
	    "where labels come from; column: every number after the path in a list",
	    .choices = "class|column", .needs = "list|val-list|test-list" },
	{ 0, "class-map", OPT_STR, AT(class_map), "FILE",
	    "rename and merge classes: lines \"name TAB new name\"",
	    .flags = OPT_INPUT },
	{ 0, "min-per-class", OPT_INT, AT(min), "N",
	    "leave out classes with fewer pictures", .lo = 0, .hi = 1e8,
	    .seen = AT(min_given) },
	{ 0, "max-per-class", OPT_INT, AT(max), "N",
	    "take the first N pictures of a class (0: all)", .lo = 0,
	    .hi = 1e8 },
	{ 0, "shuffle", OPT_FLAG, AT(shuffle), NULL,
	    "shuffle the pictures (--no-shuffle keeps their order)" },
	{ 0, "shard", OPT_STR, AT(shard), "I/N",
	    "make only the I-th of N shares (I from 1)" },
	{ .type = OPT_HEAD, .help = "Validation and test" },
	{ 0, "val", OPT_DOUBLE, AT(val), "PCT",
	    "percent of each class for validation", .lo = 0, .hi = 100,
	    .needs = "!val-folder|val-list", .flags = OPT_PERCENT },
	{ 0, "test", OPT_DOUBLE, AT(test), "PCT",
	    "percent of each class for testing", .lo = 0, .hi = 100,
	    .needs = "!test-folder|test-list", .flags = OPT_PERCENT },
	{ 0, "val-folder", OPT_STR, AT(val_folder), "DIR",
	    "class folders for validation, instead of --val",
	    .flags = OPT_INPUT },
	{ 0, "test-folder", OPT_STR, AT(test_folder), "DIR",
	    "class folders for testing, instead of --test",
	    .flags = OPT_INPUT },
	{ 0, "val-list", OPT_STR, AT(val_list), "FILE",
	    "a list for validation, instead of --val", .flags = OPT_INPUT },
	{ 0, "test-list", OPT_STR, AT(test_list), "FILE",
	    "a list for testing, instead of --test", .flags = OPT_INPUT },
	{ 0, "val-min-per-class", OPT_INT, AT(val_min), "N",
	    "as --min-per-class, for --val-folder", .lo = 0, .hi = 1e8,
	    .seen = AT(val_min_given), .needs = "val-folder" },
	{ 0, "val-max-per-class", OPT_INT, AT(val_max), "N",
	    "as --max-per-class, for --val-folder", .lo = 0, .hi = 1e8,
	    .needs = "val-folder" },
	{ 0, "test-min-per-class", OPT_INT, AT(test_min), "N",
	    "as --min-per-class, for --test-folder", .lo = 0, .hi = 1e8,
	    .seen = AT(test_min_given), .needs = "test-folder" },
	{ 0, "test-max-per-class", OPT_INT, AT(test_max), "N",
	    "as --max-per-class, for --test-folder", .lo = 0, .hi = 1e8,
	    .needs = "test-folder" },
	{ .type = OPT_HEAD, .help = "Pictures" },
	{ 0, "size", OPT_PAIR, AT(size), "WxH", "resize pictures to this size",
	    .lo = 1, .hi = 8192 },
	{ 0, "resize", OPT_CHOICE, AT(resize), "HOW",
	    "what to do when the shape differs: distort, crop, pad with noise, or half of each",
	    .choices = IMAGE_MODES },
	{ 0, "color", OPT_FLAG, AT(color), NULL, "three channels (default)" },
	{ 0, "gray", OPT_FLAG, AT(gray), NULL, "one channel" },
	{ 0, "exif", OPT_FLAG, AT(exif), NULL,
	    "turn pictures as their EXIF data says, which DIGITS does not do" },
	{ 0, "mean", OPT_CHOICE, AT(mean), "KIND",
	    "compute the mean picture of the training data",
	    .choices = "image|none" },
	{ 0, "duplicates", OPT_CHOICE, AT(duplicates), "WHAT",
	    "what to do with duplicate pictures: name them, leave out the later one, or do not look for them",
	    .choices = "report|drop|ignore" },
	{ .type = OPT_HEAD, .help = "Databases" },
	{ 0, "backend", OPT_CHOICE, AT(backend), "KIND",
	    "the kind of database to write", .choices = "lmdb|hdf5" },
	{ 0, "encoding", OPT_CHOICE, AT(encoding), "HOW",
	    "how pictures are stored in LMDB; none: raw pixels",
	    .choices = IMAGE_ENCODINGS, .needs = "backend=lmdb" },
	{ 0, "quality", OPT_INT, AT(quality), "Q", "quality of JPEG", .lo = 1,
	    .hi = 100, .needs = "encoding=jpg backend=lmdb" },
	{ 0, "png-level", OPT_INT, AT(level), "L",
	    "compression level of PNG, 0 to 9; -1: tuned for speed", .lo = -1,
	    .hi = 9, .needs = "encoding=png backend=lmdb" },
	{ 0, "compression", OPT_CHOICE, AT(compression), "HOW",
	    "compression of HDF5 files", .choices = "none|gzip",
	    .needs = "backend=hdf5" },
	{ 0 },
};

static const struct prog_example examples[] = {
	{ "dset-create -o pets photos",
	    "A folder with one folder per class; a quarter is for validation:" },
	{ "dset-create --gray --size 28x28 --test-folder mnist/test -o digits mnist/train",
	    "MNIST, with a separate test folder:" },
	{ "find photos -name '*.jpg' | sed 's/$/ 0/' | dset-create --list - -o one",
	    "A list from a pipe:" },
	{ 0 },
};

/* Files of an input folder that an output must not replace. */
static int
reads(const char *rel)
{
	const char *name = path_base(rel);

	return dset_source_picture(name) || strchr(name, '.') == NULL;
}

static const struct prog prog = {
	.name = "dset-create",
	.summary = "make a data set from pictures",
	.operands = "[SOURCE...]",
	.reads_operands = true,
	.reads = reads,
	.max_operands = -1,
	.opts = opts,
	.common = PROG_JSON | PROG_FORCE | PROG_SEED | PROG_THREADS |
	    PROG_PROGRESS | PROG_EVENTS | PROG_BAD | PROG_NUL,
	.about =
	    "Each SOURCE is a folder with one folder per class: a local one, "
	    "the URL of one that the server lists, or s3://bucket/prefix. "
	    "Lists may hold URLs too; what is fetched is kept in the cache. "
	    "Pictures (PNG, JPEG, BMP, PPM, PGM, TIFF, WebP, GIF, TGA, PSD, HDR) are found at "
	    "any depth, by their names or, where these do not tell, by their first bytes; names that begin with a dot are skipped. A class is "
	    "named after its folder, with spaces for underscores; classes of the same name in several SOURCEs become one.\n\n"
	    "The pictures of each class are divided among training, validation "
	    "and test by the rule of DIGITS, at random by --seed. The same "
	    "input, options and seed give the same bytes, whatever the number of threads.\n\n"
	    "A picture that cannot be read is named, skipped, and noted in "
	    "dataset.json; the exit status is then 1. The classes and how many "
	    "pictures each part has of them are printed at the end.",
	.examples = examples,
	.files =
	    "DSET/ appears whole or not at all and holds\n"
	    "  train_db/ val_db/ test_db/   the databases\n"
	    "  train.txt val.txt test.txt   path and label of record 0, 1, ...\n"
	    "  labels.txt                   class names\n"
	    "  mean.binaryproto mean.png    the mean of the training pictures\n"
	    "  dataset.json                 options, counts, digests, what was skipped",
	.see_also = "dset-fetch(1), dset-show(1), model-train(1)",
};

/* "I/N", I from 1 to N. */
static int
parse_shard(struct dset_plan_options *p, const char *s)
{
	uint64_t i, n;
	char end;

	if (!s)
		return 0;
	if (sscanf(s, "%5" SCNu64 "/%5" SCNu64 "%c", &i, &n, &end) != 2 ||
	    i < 1 || i > n)
		return err_set(ERR_USAGE,
		    "--shard %s: I/N with I from 1 to N is wanted", s);
	p->shard = i;
	p->shards = n;
	return 0;
}

static int
check(const struct args *a, int argc)
{
	if (a->list && argc > 0)
		return err_set(
		    ERR_USAGE, "--list replaces the folders (%d given)", argc);
	if (!a->list && argc == 0)
		return err_set(ERR_USAGE,
		    "no source: a folder of class folders, or --list FILE");
	if (a->color && a->gray)
		return err_set(
		    ERR_USAGE, "--color and --gray are mutually exclusive");
	if (a->labels_from == 1 && !a->list)
		return err_set(ERR_USAGE, "--labels-from column needs --list");
	if ((a->val_folder && a->val_list) || (a->test_folder && a->test_list))
		return err_set(
		    ERR_USAGE, "a folder and a list for the same part");
	if (a->compression && !a->backend)
		return err_set(ERR_USAGE, "--compression is for hdf5");
	return dset_split_check(a->val, a->test);
}

static bool
in_s3(const char *where)
{
	return where != NULL && strncmp(where, "s3://", 5) == 0;
}

/* What only some sources make use of.  A list may name any. */
static void
say_idle(const struct args *a, int argc, char **argv)
{
	bool s3 = a->list || a->val_list || a->test_list ||
	    in_s3(a->val_folder) || in_s3(a->test_folder);

	for (int i = 0; i < argc && !s3; i++)
		s3 = in_s3(argv[i]);
	if (a->s3_endpoint && !s3)
		log_warn("--s3-endpoint has no effect: no source is in s3://");
}

/* The options of the command line as those of the library. */
static int
translate(
    struct dset_create_options *o, const struct args *a, int argc, char **argv)
{
	static const char *const backends[] = { "lmdb", "hdf5" };
	const struct prog_options *common = prog_options();
	struct dset_plan_options *p = &o->plan;

	*p = (struct dset_plan_options){
		.sources = (const char *const *)argv,
		.nsources = (size_t)argc,
		.list = a->list,
		.root = a->root,
		.s3_endpoint = a->s3_endpoint,
		.nul = common->nul,
		.task = a->labels_from == 1 ? &dset_task_regress
					    : &dset_task_classify,
		.labels = a->labels,
		.class_map = a->class_map,
		.percent = { 0, a->val, a->test },
		.part_folder = { NULL, a->val_folder, a->test_folder },
		.part_list = { NULL, a->val_list, a->test_list },
		.min = { (size_t)a->min, (size_t)a->val_min,
		    (size_t)a->test_min },
		.max = { (size_t)a->max, (size_t)a->val_max,
		    (size_t)a->test_max },
		.min_asked = { a->min_given, a->val_min_given,
		    a->test_min_given },
		.shuffle = a->shuffle,
		.seed = (uint64_t)common->seed,
	};
	o->out = a->out;
	o->force = common->force;
	o->form = (struct record_form){ .width = a->size[0],
		.height = a->size[1],
		.channels = a->gray ? 1 : 3,
		.encoding =
		    a->backend ? IMAGE_RAW : (enum image_encoding)a->encoding,
		.quality = a->quality,
		.level = a->level,
		.gzip = a->compression == 1 };
	o->mode = (enum image_mode)a->resize;
	o->no_exif = !a->exif;
	o->mean = a->mean == 0;
	o->duplicates = (enum dset_duplicates)a->duplicates;
	o->threads = common->threads;
	o->command = prog_command();
	o->bad = prog_bad;
	TRY(record_backend_find(&o->backend, backends[a->backend]));
	return parse_shard(p, a->shard);
}

static int
run(const struct args *a, int argc, char **argv)
{
	struct dset_create_options o = { 0 };
	struct dset_created made = { 0 };
	struct buf text;
	int rc;

	TRY(check(a, argc));
	say_idle(a, argc, argv);
	TRY(translate(&o, a, argc, argv));
	stop_install();
	buf_init(&text, (size_t)1 << 30);
	rc = dset_create(&made, &o);
	if (rc == 0)
		rc = dset_table_created(
		    &text, &made, &o, prog_options()->format);
	if (rc == 0) {
		fputs(buf_str(&text), stdout);
		rc = prog_bad_end();
	}
	buf_clear(&text);
	dset_created_clear(&made);
	return rc;
}

int
main(int argc, char **argv)
{
	struct args args = { .size = { 256, 256 },
		.val = 25,
		.min = 2,
		.val_min = 2,
		.test_min = 2,
		.quality = 90,
		.level = -1,
		.shuffle = true,
		.exif = true };
	int rc = prog_parse(&prog, &args, &argc, &argv);

	if (rc > 0)
		rc = run(&args, argc, argv);
	return prog_end(&prog, rc);
}
