/*
 * A model ready to answer: the net of a model folder (or tarball), its weights
 * on a device, its class names, and the preparation its pictures were trained
 * with.
 *
 * The preparation comes from the folder, in this order: what info.json states
 * (size, resize mode, mean pixel, scale, deviations), transform_param of the data
 * layer in train_val.prototxt (scale, mean, crop), the shapes of mean and input.  Channels are B G R, or R G B where
 * info.json says so; means are in that order.  A network that
 * crops gets the centre of the resized picture, as in validation (DIGITS squashes
 * the whole picture instead: INFER_SQUASH).
 *
 * Preparing is thread-safe; running is for one thread.
 */
#ifndef INFER_INFER_H
#define INFER_INFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "graph/backend.h"
#include "image/image.h"
#include "infer/place.h"
#include "input/transform.h"
#include "model/model.h"
#include "nn/net.h"
#include "record/db.h"

enum { INFER_MORE = 16 }; /* blobs that are read beside those asked for */

enum infer_crop { INFER_CENTER, INFER_SQUASH, INFER_TEN };

struct infer_opts {
	double epoch; /* as model_open takes it */
	const char *device;
	enum precision precision;
	int threads;
	int batch; /* pictures a run; 0: 16 */
	enum infer_crop crop;
	bool autotune;      /* graph/backend.h, device_opts */
	bool no_resize;     /* each picture at its own size */
	bool rgb;           /* the net wants R G B, whatever info.json says */
	int preset;         /* 1 + enum model_preset, which goes over what the
			     * folder says; 0: none */
	bool allow_missing; /* layers without weights are not refused */
	bool as_stored;     /* no layer that makes boxes is added (rcnn.h) */
	bool unprepared;    /* its inputs are tensors, not pictures */
	int image_flags;    /* IMAGE_NO_EXIF */
	const char *const
	    *outputs; /* blobs to read, or what layers of these names put out;
		       * NULL: the one that the net scores */
	size_t noutputs;
	/* NULL, or asked of each net that is made, before it runs: which blobs to
	 * read beside those (names that live as long as the net; at most
	 * INFER_MORE); how many, or < 0. */
	int (*more)(
	    void *ctx, const struct net *net, const char *blobs[INFER_MORE]);
	void *more_ctx;
};

struct infer;
int
infer_open(struct infer **out, const char *model, const struct infer_opts *o);
void infer_close(struct infer *f); /* accepts NULL */

const struct model *infer_model(const struct infer *f);
/* Class names; n is 0 without labels.txt. */
const char *const *infer_labels(const struct infer *f, size_t *n);
/* The name of class i, or its number in text. */
const char *infer_label(const struct infer *f, int i, char text[24]);
/* Call for each layer that has no weights (opts.allow_missing): it runs with the
 * numbers of its fillers. */
void infer_each_untrained(const struct infer *f,
    void (*found)(void *ctx, const char *layer), void *ctx);
/* Does the net take R G B, not B G R? */
bool infer_is_rgb(const struct infer *f);
/* How many pictures of the net's input one run takes: opts.batch, or 1. */
int infer_batch(const struct infer *f);
/* Views of one picture (10 with INFER_TEN, else 1); their scores are averaged. */
int infer_views(const struct infer *f);

/* A prepared picture: (views, C, h, w) floats. */
struct infer_input {
	float *v;
	size_t cap;
	int c, h, w;
	struct infer_place place; /* from the picture that was prepared; not of
				   * ten crops */
	struct image im[3];       /* scratch */
	uint8_t *planes;
	size_t planes_cap;
	struct transform_scratch scratch;
};
void infer_input_clear(struct infer_input *in);

/* Any thread.  A decoded picture (changed on the way), or a database record. */
int
infer_prepare(const struct infer *f, struct infer_input *in, struct image *im);
int infer_prepare_item(const struct infer *f, struct infer_input *in,
    const struct record_item *item);
/* A record of any size: as it is when it has the size of the preparation, else
 * through a picture (im: scratch). */
int infer_prepare_record(const struct infer *f, struct infer_input *in,
    const struct record_item *item, struct image *im);
/* The w x h pixels at x, y of a picture (whole), warped to the square that the net
 * takes, with so many of its pixels of context on each side, as WindowData does
 * (input/windows.h); opts.crop is INFER_SQUASH.  ERR_UNSUPPORTED: no such net. */
int infer_prepare_window(const struct infer *f, struct infer_input *in,
    const struct image *whole, int x, int y, int w, int h, int context);
int infer_image_flags(const struct infer *f);

/*
 * Run n <= batch prepared pictures of one size.  Afterwards infer_scores gives,
 * for picture i, output k (of opts.outputs): count floats, borrowed until the
 * next run.
 */
int infer_run(struct infer *f, struct infer_input *const *in, int n);
const float *infer_scores(const struct infer *f, int k, int i, size_t *count);
/* Shape of output k for one picture (the batch axis removed when there is one). */
struct shape infer_output_shape(const struct infer *f, int k);
size_t infer_outputs(const struct infer *f);
const char *infer_output_name(const struct infer *f, int k);
/* Blob j of those that opts.more named: all of it, with the axis of the batch, and
 * the part of picture i where that axis is the pictures'. */
const float *infer_more(const struct infer *f, size_t j, struct shape *s);
const float *
infer_more_of(const struct infer *f, size_t j, int i, struct shape *s);
/* The k of the output that the net scores (nn/score.h); infer_outputs, when it is
 * none of those asked for. */
int infer_score_output(const struct infer *f);
/* Is that a list of values, one for each class? */
bool infer_scores_are_list(const struct infer *f);
/* How many classes output k has probabilities for; 0: it holds other numbers. */
size_t infer_output_classes(const struct infer *f, int k);

/* The net that ran last, and all values of one of its tensors that is kept, a PARAM or
 * a GRAD; both until the next run. */
const struct net *infer_net(const struct infer *f);
int infer_read(const struct infer *f, int tensor, float *v);
/* The one picture that ran last once more, now backward too, with v in the INPUT
 * tensor where that begins: GRADs can be read. */
int infer_run_backward(
    struct infer *f, const struct infer_input *in, int seed, const float *v);

/* Tensors as they are: name and NCHW numbers for each input of the net. */
struct infer_tensor {
	const char *name;
	struct shape shape;
	const float *v;
};
/* Run once with these inputs; scores as above, with i = 0 for the whole. */
int infer_run_tensors(struct infer *f, const struct infer_tensor *in, size_t n);

#endif
