/*
 * dset-create: make a data set from pictures: class folders, or lists of paths
 * and labels, into LMDB or HDF5 databases with mean, labels and lists.
 */
#include "dset-create.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/stop.h"
#include "dset/plan/split.h"
#include "dset/table.h"
#include "dset/tasks/task.h"

/* "I/N", I from 1 to N. */
static int
parse_shard(struct dset_plan_options *p, const char *s)
{
	uint64_t i, n;
	char end;

	if (s == NULL)
		return 0;
	if (sscanf(s, "%5" SCNu64 "/%5" SCNu64 "%c", &i, &n, &end) != 2 ||
	    i < 1 || i > n)
		return err_set(ERR_USAGE,
		    "--shard %s: I/N with I from 1 to N is wanted", s);
	p->shard = i;
	p->shards = n;
	return 0;
}

/* Percent for validation unless --val says so, as in DIGITS. */
enum { SEGMENTATION_VAL = 10, IMAGE_VAL = 10 };

/* In the order of DSET_TASK_TYPES. */
enum {
	TASK_CLASSIFICATION,
	TASK_DETECTION,
	TASK_SEGMENTATION,
	TASK_IMAGE,
	TASK_STREAM,
	TASK_LMDB,
};

/* What holds where --images has the pictures; what: "detection". */
static int
check_images(const struct args *a, int argc, const char *what, const char *with)
{
	const struct dset_plan_options *p = &a->set.plan;
	const struct dset_detect_options *d = &a->detect;

	if (argc > 0)
		return err_set(ERR_USAGE,
		    "--images names the pictures for %s, not an operand (%d given)",
		    what, argc);
	if (p->part_folder[DSET_VAL] != NULL ||
	    p->part_folder[DSET_TEST] != NULL)
		return err_set(ERR_USAGE,
		    "--val-folder and --test-folder are for class folders: --val-images DIR --val-%s DIR, or lists",
		    with);
	if (p->list == NULL &&
	    (p->part_list[DSET_TEST] != NULL ||
		(p->part_list[DSET_VAL] != NULL &&
		    d->from[DSET_VAL].images == NULL)))
		return err_set(ERR_USAGE,
		    "without --list the pictures are for training alone: name those for validation with --val-images");
	if (a->exif_asked && a->exif)
		return err_set(ERR_USAGE,
		    "--exif turns pictures, but not the %s that belong to them as they are stored",
		    with[0] == 'l' ? "boxes" : with);
	return 0;
}

static int
check_detection(const struct args *a, int argc)
{
	const struct dset_plan_options *p = &a->set.plan;
	const struct dset_detect_options *d = &a->detect;

	TRY(check_images(a, argc, "detection", "labels"));
	if (d->from[DSET_TRAIN].images == NULL || p->labels == NULL)
		return err_set(ERR_USAGE,
		    "--type detection needs --images DIR and --labels DIR|FILE");
	if (!d->from[DSET_VAL].images != !d->from[DSET_VAL].labels)
		return err_set(
		    ERR_USAGE, "--val-images and --val-labels need each other");
	if (a->set.mode == IMAGE_CROP || a->set.mode == IMAGE_HALF_CROP)
		return err_set(ERR_USAGE,
		    "--resize crop cuts off boxes: use squash, fill or letterbox for detection");
	return dset_split_check(
	    p->percent_asked[DSET_VAL] ? p->percent[DSET_VAL] : 0,
	    p->percent[DSET_TEST]);
}

static int
check_segmentation(const struct args *a, int argc)
{
	const struct dset_plan_options *p = &a->set.plan;
	const struct dset_masks_options *m = &a->masks;

	TRY(check_images(a, argc, "segmentation", "masks"));
	if (a->detect.from[DSET_TRAIN].images == NULL ||
	    m->from[DSET_TRAIN].labels == NULL)
		return err_set(ERR_USAGE,
		    "--type segmentation needs --images DIR and --masks DIR|FILE");
	if (!a->detect.from[DSET_VAL].images != !m->from[DSET_VAL].labels)
		return err_set(
		    ERR_USAGE, "--val-images and --val-masks need each other");
	if (p->labels != NULL)
		return err_set(ERR_USAGE,
		    "--class-labels FILE names the classes of masks, not --labels");
	if (a->backend && !m->same_shape && !a->size_asked)
		return err_set(ERR_USAGE,
		    "--no-same-shape: pictures in HDF5 have one size: --size WxH, or --backend lmdb");
	return dset_split_check(p->percent_asked[DSET_VAL]
		? p->percent[DSET_VAL]
		: SEGMENTATION_VAL,
	    p->percent[DSET_TEST]);
}

static int
check_image(const struct args *a, int argc)
{
	const struct dset_plan_options *p = &a->set.plan;
	const struct dset_targets_options *t = &a->targets;
	const bool own = t->from[DSET_TRAIN].labels == NULL;

	TRY(check_images(a, argc, "image", "targets"));
	if (a->detect.from[DSET_TRAIN].images == NULL)
		return err_set(ERR_USAGE,
		    "--type image needs --images DIR, and --targets DIR unless pictures are their own targets");
	if (!own &&
	    !a->detect.from[DSET_VAL].images != !t->from[DSET_VAL].labels)
		return err_set(ERR_USAGE,
		    "--val-images and --val-targets need each other");
	if (p->labels != NULL)
		return err_set(ERR_USAGE,
		    "--labels has no effect: targets have no classes");
	if (a->backend && !a->masks.same_shape &&
	    !(a->size_asked && (own || a->target_size[0] > 0)))
		return err_set(ERR_USAGE,
		    "--no-same-shape: pictures in HDF5 have one size: --size WxH%s, or --backend lmdb",
		    own ? "" : " and --target-size WxH");
	return dset_split_check(
	    p->percent_asked[DSET_VAL] ? p->percent[DSET_VAL] : IMAGE_VAL,
	    p->percent[DSET_TEST]);
}

static int
check_stream(const struct args *a, int argc)
{
	const struct dset_plan_options *p = &a->set.plan;

	if (argc > 1)
		return err_set(ERR_USAGE,
		    "--type stream reads one archive: - or a file (%d given)",
		    argc);
	if (p->list != NULL)
		return err_set(
		    ERR_USAGE, "--list has no place beside --type stream");
	for (int i = DSET_VAL; i < DSET_PARTS; i++)
		if (p->part_folder[i] != NULL || p->part_list[i] != NULL)
			return err_set(ERR_USAGE,
			    "the parts of a stream are its own, or --val and --test percent of it");
	if (a->backend && !a->masks.same_shape)
		return err_set(ERR_USAGE,
		    "--no-same-shape: records in HDF5 have one shape: --backend lmdb");
	return dset_split_check(p->percent[DSET_VAL], p->percent[DSET_TEST]);
}

static int
check_lmdb(const struct args *a, int argc)
{
	const struct dset_adopt_options *d = &a->adopt;

	if (argc > 0)
		return err_set(ERR_USAGE,
		    "--features-db names the database, not an operand (%d given)",
		    argc);
	if (d->features[DSET_TRAIN] == NULL)
		return err_set(ERR_USAGE,
		    "--type lmdb needs --features-db LMDB, and --labels-db LMDB where labels have one of their own");
	if (d->features[DSET_VAL] != NULL &&
	    !d->labels[DSET_TRAIN] != !d->labels[DSET_VAL])
		return err_set(ERR_USAGE,
		    "--labels-db and --val-labels-db need each other");
	return 0;
}

/* Whatever the task. */
static int
check_pictures(const struct args *a)
{
	const struct dset_create_options *o = &a->set;

	if (a->color && a->gray)
		return err_set(
		    ERR_USAGE, "--color and --gray are mutually exclusive");
	if (a->target_color && a->target_gray)
		return err_set(ERR_USAGE,
		    "--target-color and --target-gray are mutually exclusive");
	if (a->compression && !a->backend)
		return err_set(ERR_USAGE, "--compression is for hdf5");
	if (a->depth == 0)
		return 0;
	if (a->size_asked)
		return err_set(ERR_USAGE,
		    "--depth 16 keeps pictures as they are: --size is for those of 8 bits");
	if (!a->backend && o->form.encoding == IMAGE_JPEG)
		return err_set(ERR_USAGE,
		    "--depth 16: a JPEG holds 8 bits (records are numbers, not encoded)");
	return 0;
}

static int
check_args(const struct args *a, int argc)
{
	const struct dset_plan_options *p = &a->set.plan;

	TRY(check_pictures(a));
	if (a->task == TASK_DETECTION)
		return check_detection(a, argc);
	if (a->task == TASK_SEGMENTATION)
		return check_segmentation(a, argc);
	if (a->task == TASK_IMAGE)
		return check_image(a, argc);
	if (a->task == TASK_STREAM)
		return check_stream(a, argc);
	if (a->task == TASK_LMDB)
		return check_lmdb(a, argc);
	if (p->list != NULL && argc > 0)
		return err_set(
		    ERR_USAGE, "--list replaces the folders (%d given)", argc);
	if (p->list == NULL && argc == 0)
		return err_set(ERR_USAGE,
		    "no source: a folder of class folders, or --list FILE");
	if (a->labels_from == 1 && p->list == NULL)
		return err_set(ERR_USAGE, "--labels-from column needs --list");
	for (int i = DSET_VAL; i < DSET_PARTS; i++)
		if (p->part_folder[i] != NULL && p->part_list[i] != NULL)
			return err_set(
			    ERR_USAGE, "a folder and a list for the same part");
	return dset_split_check(p->percent[DSET_VAL], p->percent[DSET_TEST]);
}

static bool
in_s3(const char *where)
{
	return where != NULL && strncmp(where, "s3://", 5) == 0;
}

/* What only some sources make use of.  A list may name any. */
static void
warn_idle(const struct args *a)
{
	const struct dset_plan_options *p = &a->set.plan;
	bool list = p->list != NULL, s3 = list;

	for (int i = DSET_VAL; i < DSET_PARTS; i++)
		list = list || p->part_list[i] != NULL;
	if (a->task == TASK_CLASSIFICATION && a->labels_from && !list)
		log_warn(
		    "--labels-from has no effect: it needs --list, --val-list or --test-list");
	if (a->task == TASK_STREAM && a->labels_from == 1)
		log_warn(
		    "--labels-from column has no effect: a stream says what its labels are");

	for (int i = DSET_VAL; i < DSET_PARTS; i++)
		s3 = s3 || p->part_list[i] != NULL || in_s3(p->part_folder[i]);
	for (size_t i = 0; i < p->nsources && !s3; i++)
		s3 = in_s3(p->sources[i]);
	if (p->s3_endpoint != NULL && !s3)
		log_warn("--s3-endpoint has no effect: no source is in s3://");
}

/* What options say in other words than the library, and the common ones. */
static int
finish_args(struct args *a, int argc, char **argv)
{
	static const char *const backends[] = { "lmdb", "hdf5" };
	const struct prog_options *common = prog_options();
	struct dset_create_options *o = &a->set;
	struct dset_plan_options *p = &o->plan;

	p->sources = (const char *const *)argv;
	p->nsources = (size_t)argc;
	p->nul = common->nul;
	p->task =
	    a->labels_from == 1 ? &dset_task_regress : &dset_task_classify;
	if (p->columns_text != NULL) {
		TRY(dset_columns_parse(&a->columns, p->columns_text));
		p->columns = &a->columns;
		if (dset_columns_several(&a->columns))
			p->task = &dset_task_regress;
	}
	p->first_label = a->labels_from == 2;
	p->seed = (uint64_t)common->seed;
	for (int i = 0; i < DSET_PARTS; i++) {
		p->min[i] = (size_t)a->min[i];
		p->max[i] = (size_t)a->max[i];
	}
	o->force = common->force;
	o->form.width = a->size[0];
	o->form.height = a->size[1];
	o->form.channels = a->gray ? 1 : 3;
	if (a->backend)
		o->form.encoding = IMAGE_RAW;
	o->form.gzip = a->compression == 1;
	o->deep = a->depth == 1;
	if (o->deep)
		o->form.width = o->form.height = 0;
	o->no_exif = !a->exif;
	o->mean = a->mean == 0;
	o->threads = common->threads;
	o->command = prog_command();
	o->bad = prog_bad;
	TRY(record_backend_find(&o->backend, backends[a->backend]));
	return parse_shard(p, a->shard);
}

/* What detection, segmentation and image have in common, in the plan's words; val: the
 * percent for validation that nobody asked for. */
static void
finish_pairs(struct args *a, struct dset_pairs from[DSET_PARTS],
    const struct dset_task *task, double val)
{
	struct dset_create_options *o = &a->set;
	struct dset_plan_options *p = &o->plan;

	from[DSET_TRAIN].list = p->list;
	p->list = NULL;
	p->sources = &from[DSET_TRAIN].images;
	p->nsources = 1;
	p->min[DSET_TRAIN] = 0;
	for (int i = DSET_VAL; i < DSET_PARTS; i++) {
		from[i].list = p->part_list[i];
		p->part_list[i] = NULL;
		if (from[i].images == NULL && from[i].list != NULL) {
			from[i].images = from[DSET_TRAIN].images;
			from[i].labels = from[DSET_TRAIN].labels;
		}
		p->part_folder[i] = from[i].images;
		p->min[i] = 0;
	}
	if (!p->percent_asked[DSET_VAL])
		p->percent[DSET_VAL] = val;
	p->task = task;
	o->no_exif = true;
	if (!a->size_asked)
		o->form.width = o->form.height = 0;
}

static void
finish_detection(struct args *a)
{
	struct dset_plan_options *p = &a->set.plan;
	struct dset_detect_options *d = &a->detect;

	d->from[DSET_TRAIN].labels = p->labels;
	p->labels = NULL;
	d->same_rows = a->backend == 1;
	p->detect = d;
	finish_pairs(a, d->from, &dset_task_detect, 0);
}

static void
finish_segmentation(struct args *a)
{
	struct dset_masks_options *m = &a->masks;

	for (int i = 0; i < DSET_PARTS; i++)
		m->from[i].images = a->detect.from[i].images;
	m->difficult = a->detect.difficult;
	if (a->size_asked)
		m->same_shape = false;
	a->set.plan.masks = m;
	finish_pairs(a, m->from, &dset_task_segment, SEGMENTATION_VAL);
}

/* What is asked for of targets. */
static void
finish_targets(struct args *a)
{
	struct dset_targets_options *t = &a->targets;
	const int channels = a->gray ? 1 : 3;

	t->same_shape = a->masks.same_shape;
	t->any_size = a->size_asked;
	t->width = a->target_size[0];
	t->height = a->target_size[1];
	t->channels = a->target_gray ? 1 : a->target_color ? 3 : channels;
	a->set.plan.targets = t;
}

static void
finish_image(struct args *a)
{
	struct dset_targets_options *t = &a->targets;

	for (int i = 0; i < DSET_PARTS; i++)
		t->from[i].images = a->detect.from[i].images;
	finish_targets(a);
	finish_pairs(a, t->from, &dset_task_image, IMAGE_VAL);
}

static void
finish_stream(struct args *a, int argc, char **argv)
{
	struct dset_stream_options *s = &a->stream;
	struct dset_plan_options *p = &a->set.plan;

	s->from = argc > 0 ? argv[0] : "-";
	s->masks = a->label_pictures == 1;
	s->same_shape = a->masks.same_shape;
	s->any_size = a->size_asked;
	s->any_target = a->target_size[0] > 0;
	p->nsources = 0;
	p->task = NULL;
	p->stream = s;
	p->masks = &a->masks;
	finish_targets(a);
	if (!a->size_asked)
		a->set.form.width = a->set.form.height = 0;
}

/* Databases that are there. */
static int
adopt(struct dset_created *made, struct args *a)
{
	struct dset_adopt_options *o = &a->adopt;

	o->out = a->set.out;
	o->force = a->set.force;
	o->names = a->set.plan.labels;
	o->masks = a->label_pictures == 1;
	o->same_shape = a->masks.same_shape;
	o->threads = a->set.threads;
	o->command = a->set.command;
	return dset_adopt(made, o);
}

static int
run(struct args *a, int argc, char **argv)
{
	struct dset_created made = { 0 };
	struct buf text;
	int rc;

	TRY(check_args(a, argc));
	TRY(finish_args(a, argc, argv));
	if (a->task == TASK_DETECTION)
		finish_detection(a);
	if (a->task == TASK_SEGMENTATION)
		finish_segmentation(a);
	if (a->task == TASK_IMAGE)
		finish_image(a);
	if (a->task == TASK_STREAM)
		finish_stream(a, argc, argv);
	warn_idle(a);
	stop_install();
	buf_init(&text, (size_t)1 << 30);
	rc = a->task == TASK_LMDB ? adopt(&made, a)
				  : dset_create(&made, &a->set);
	if (rc == 0)
		rc = dset_table_created(
		    &text, &made, &a->set, prog_options()->format);
	if (rc == 0) {
		fputs(buf_str(&text), stdout);
		rc = prog_bad_end();
	}
	buf_clear(&text);
	dset_created_clear(&made);
	dset_columns_clear(&a->columns);
	return rc;
}

int
main(int argc, char **argv)
{
	struct args args = {
		.set = {
			.plan = { .percent[DSET_VAL] = 25, .shuffle = true },
			.form = { .quality = 90, .level = -1 },
		},
		.size = { 256, 256 },
		.min = { 2, 2, 2 },
		.detect.min_box = 25,
		.masks.same_shape = true,
		.exif = true,
	};
	int rc = prog_parse(&prog, &args, &argc, &argv);

	if (rc > 0)
		rc = run(&args, argc, argv);
	return prog_end(&prog, rc);
}
