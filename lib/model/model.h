/*
 * The model folder, as DIGITS packs it: a flat folder (or a tar or zip of one)
 * with info.json, the nets (original, train_val, deploy and solver .prototxt),
 * labels.txt, mean.binaryproto and snapshot_iter_N.caffemodel (.solverstate).
 *
 * This header is about what a folder holds and where; it opens no net and reads
 * no weights.  The keys of info.json are those of DIGITS (docs of version 6);
 * what we add has keys of its own, which DIGITS ignores, and keys we do not
 * know are kept when a file is read and written again.  What is written is
 * byte for byte Python's json.dumps(info, sort_keys=True, indent=4,
 * separators=(',', ': ')), which is how DIGITS writes it (no newline at the
 * end, text outside ASCII as \uXXXX).
 *
 * Strings in the structs are owned by them (set with model_set) and NULL when
 * the key is absent.  Nothing here is shared between threads.
 */
#ifndef MODEL_MODEL_H
#define MODEL_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

struct json;

struct model_extra { /* a key of info.json that is not in struct model_info */
	char *key;
	char *text; /* its value as compact JSON */
};

struct model_info {
	/* DIGITS's keys */
	char *caffe_flavor;   /* "caffe flavor": BVLC, NVIDIA, nnutils */
	char *caffe_version;  /* "caffe version" */
	char *creation_time;  /* "creation time": 2016-08-09 11:24:14.853354 */
	char *dataset_id;     /* "dataset_id" */
	char *deploy_file;    /* "deploy file": deploy.prototxt */
	char *digits_version; /* "digits version" */
	char *framework;      /* "framework": caffe, torch, tensorflow */
	char *id;             /* "id" */
	int dims[3];          /* "image dimensions": H, W, C; 0: unknown */
	/* "image resize mode": squash, crop, fill, half_crop */
	char *resize_mode;
	char *job_id;            /* "job id" */
	char *labels_file;       /* "labels file"; none for detection */
	char *mean_file;         /* "mean file"; may be "" */
	char *mean_subtraction;  /* "mean subtraction": image, pixel, none */
	char *model_file;        /* "model file": original.prototxt */
	char *network_file;      /* "network file": the same before DIGITS 5 */
	char *name;              /* "name" */
	char *python_layer_file; /* "python layer file" */
	char *snapshot_file;     /* "snapshot file", or "no snapshots" */
	char *solver_file;       /* "solver file": solver.prototxt */
	char *status;            /* "status": Init, Running, Done, Error */
	char *train_val_file;    /* "train_val file": train_val.prototxt */
	char *username;          /* "username" */
	char *note;              /* "note" (stores) */
	/* ours */
	char *nnutils_version; /* "nnutils version" */
	/* "task": classification, detection, segmentation, image, generic */
	char *task;
	char *palette_file;   /* "palette file": one "R G B" a line */
	char *class_file;     /* "class names file": names of masks, boxes */
	char *group;          /* "group" (job-list) */
	char *command;        /* "command": how it was made */
	char *licence;        /* "license" */
	char *dataset_path;   /* "dataset path" */
	char *dataset_digest; /* "dataset digest" */
	/* "channel order": RGB; absent: BGR. Means are in it */
	char *channel_order;
	/* "input scale": pixels are multiplied by this after the mean; 0:
	 * absent (1) */
	double input_scale;
	/* "mean pixel": B, G, R (or gray, or as the channel order is), 0..255
	 */
	double mean_pixel[4];
	int mean_pixel_n; /* how many; 0: absent */
	/* "input std": channels are divided by these after mean and scale, in
	 * the order of the mean */
	double input_std[4];
	int input_std_n;       /* how many; 0: absent */
	int64_t max_iter;      /* "max iterations"; 0: absent */
	double epochs;         /* "epochs" asked for; 0: absent */
	double iter_per_epoch; /* "iterations per epoch"; 0: absent */
	int64_t seed;          /* "seed"; -1: absent */

	struct model_extra *extra; /* keys kept as they are */
	size_t n_extra;
};

enum {
	MODEL_INFO_MAX = 8 << 20, /* bytes of an info.json we will read */
	MODEL_EXTRA_MAX = 2000    /* ... and keys that we do not know */
};

void model_info_init(struct model_info *m);  /* all absent */
void model_info_clear(struct model_info *m); /* frees; as after init */
/* What every model of ours says: framework caffe, the versions, the file names
 * deploy.prototxt … mean.binaryproto are NOT set.  Keeps what is set. */
void model_info_defaults(struct model_info *m);
/* Replace an owned string; value is copied, NULL makes the key absent. */
void model_set(char **field, const char *value);
/* Set an extra key; json is a compact JSON value, NULL takes the key away. */
void model_info_extra(struct model_info *m, const char *key, const char *json);
/* Its value as JSON, borrowed; or NULL. */
const char *model_info_find(const struct model_info *m, const char *key);
/* The sentence of a training that failed, under the key "error"; NULL: none.
 * The caller's. */
void model_info_fail(struct model_info *m, const char *sentence);
char *model_info_failure(const struct model_info *m);

/* From text or a parsed document.  name is for error sentences.  The wrong
 * type for a known key is ERR_FORMAT; nothing is required here. */
int model_info_parse(
    struct model_info *m, const char *text, size_t n, const char *name);
int
model_info_from(struct model_info *m, const struct json *j, const char *name);
/* What DIGITS requires of an archive: "snapshot file", "framework", "name"
 * and "model file" or "network file"; and that every named file is a plain
 * name (path_check_inside, no '/').  ERR_FORMAT, or ERR_REFUSED for names. */
int model_info_check(const struct model_info *m, const char *name);
int model_info_text(struct buf *out, const struct model_info *m);

/* DIR/info.json.  A missing file is ERR_MISSING.  Writing replaces it
 * atomically. */
int model_info_read(struct model_info *m, const char *dir);
int model_info_write(const struct model_info *m, const char *dir);
/* How a training ended: also on a full disk, over what stands there. */
int model_info_write_last(const struct model_info *m, const char *dir);

/* "2016-08-09 11:24:14.853354", now, local time, as Python's str(datetime). */
char *model_time_now(void); /* caller's */

/*
 * The file names of one model, without the folder: those that info.json names
 * and, for TensorFlow's .ckpt, its three parts.  "" and "no snapshots" are left
 * out.  Order: snapshot first.
 */
struct model_files {
	char **name;   /* caller's: model_files_free */
	int *required; /* 1: snapshot and network; a model is nothing without */
	size_t n;
};
void model_files_named(struct model_files *f, const struct model_info *m);
void model_files_free(struct model_files *f);

/* ---- snapshots --------------------------------------------------------- */

struct model_snapshot {
	int64_t iter;
	double epoch; /* iter / iterations per epoch, or -1 when unknown */
	char *
	    weights; /* file name in the folder: PREFIX_iter_N.caffemodel[.h5] */
	char *state; /* PREFIX_iter_N.solverstate[.h5] beside it, or NULL */
};

struct model_snapshots {
	struct model_snapshot *v; /* by iteration, lowest first */
	size_t n;
};

/* Those found in the folder.  info may be NULL (epochs unknown); without
 * "iterations per epoch" the epoch is taken from solver.prototxt, where DIGITS
 * has "snapshot" = iterations per snapshot interval of one epoch. */
int model_snapshots_find(
    struct model_snapshots *s, const char *dir, const struct model_info *info);
void model_snapshots_free(struct model_snapshots *s);
/* The snapshot of an epoch (nearest within half an interval), or the newest
 * for epoch < 0.  Borrowed.  NULL with ERR_MISSING's sentence set. */
const struct model_snapshot *
model_snapshot_at(const struct model_snapshots *s, double epoch);

/* What the best of a training's snapshots is also called, a link to its weights:
 * "best.caffemodel", or with .h5.  Whoever copies or counts the files of a folder
 * leaves it out. */
#define MODEL_BEST_LINK "best.caffemodel"
/* samples that the training began with */
#define MODEL_FIRST_BATCH "first_batch.png"
bool model_is_best_link(const char *name);

/* ---- opening ----------------------------------------------------------- */

/*
 * A model ready to be read: a folder, or a snapshot tarball (tar, tar.gz,
 * tar.bz2, tar.xz, zip) unpacked into a hidden temporary folder that
 * model_close removes.  A folder without info.json (a zoo model) is taken as
 * it is: deploy.prototxt, the only .caffemodel, labels.txt, mean.binaryproto.
 * Paths are full and NULL when the model has no such file.
 */
struct model {
	char *dir;
	struct model_info info;
	int has_info; /* 0: guessed from the files */
	char *deploy; /* deploy.prototxt; NULL when there is none */
	char *train_val;
	char *original; /* "model file" or "network file" */
	char *solver;
	char *weights; /* of the epoch asked for; NULL: no snapshots */
	int64_t iter;  /* of those weights; -1 unknown */
	char *labels;
	char *mean; /* mean.binaryproto (or .npy) */
	char *palette;
	char *class_names;
	char *temp; /* folder to remove at close, or NULL */
};

/* Epochs that are none: the snapshot that info.json names, else the newest; and
 * the best (model/history.h). */
#define MODEL_NEWEST -1.0
#define MODEL_BEST   -2.0
/* What -e takes: an epoch, "best", or "-1" for the newest; NULL is that, too. */
int model_epoch_parse(double *epoch, const char *text);
/* Is it a folder, or named like an archive? */
bool model_named(const char *path);
/* ERR_MISSING: no snapshot of that epoch, or none was validated. */
int model_open(struct model **out, const char *path, double epoch);
void model_close(struct model *m); /* accepts NULL */

#endif
