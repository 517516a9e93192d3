/*
 * How pictures become the input of a model that another program made: what is known
 * of it, and as fields of info.json.
 *
 * Numbers are those of info.json: a pixel x of 0 to 255 becomes
 * (x - mean) * scale / std, channel by channel, in the order of the net's channels.
 */
#ifndef MODEL_IMPORTS_PREPARE_H
#define MODEL_IMPORTS_PREPARE_H

#include <stdbool.h>

#include "base/buf.h"
#include "model/model.h"

/* Ways that many models share; what options call them. */
enum model_preset {
	MODEL_PRESET_NONE = -1,
	MODEL_IMAGENET, /* R G B, means and deviations of ImageNet */
	MODEL_CAFFE,    /* B G R less 104, 117, 123 */
	MODEL_YOLOX,    /* B G R as it is, in the corner of a letterbox */
	MODEL_TF,       /* R G B, -1 to 1 */
	MODEL_ZERO_ONE  /* R G B, 0 to 1 */
};
#define MODEL_PRESETS "imagenet|caffe|yolox|tf|zero-one"
const char *model_preset_name(enum model_preset preset);

enum { MODEL_LABELS_MAX = 16 << 20 }; /* bytes */

struct model_prepared {
	char *from;        /* who says so; NULL: nothing is known */
	const char *order; /* "RGB", "BGR"; NULL: not known, or one channel */
	double mean[4], std[4], scale;
	int nmean, nstd; /* 0: none; scale 0: 1 */
	/* height and width of the net's input, and of what the picture is resized
	 * to before its middle is taken; 0: not known */
	int net[2], fit[2];
	double share; /* net over fit, where that is how it is said; or 0 */
	const char *resize, *filter; /* names of image.h; NULL: not known */
	const char *task;            /* or NULL */
	int pad[2];                  /* height, width; 0: none */
	bool digits; /* the middle of fit is taken as DIGITS does */
	bool whiten;
	struct buf labels; /* a line each; empty: not known */
};

void model_prepared_init(struct model_prepared *p);
void model_prepared_clear(struct model_prepared *p);
void model_prepared_preset(struct model_prepared *p, enum model_preset preset);
/* "1,2,3": up to four numbers, or 0 where text is none. */
int model_prepared_numbers(double v[4], const char *text);
/* Can pictures be prepared by these numbers?  ERR_FORMAT names from and the number. */
int model_prepared_check(const struct model_prepared *p);
/* A label more; its line breaks become blanks. */
int model_prepared_label(struct model_prepared *p, const char *text, size_t n);

/* Into info, but the labels; in: height and width of the net's input, or 0. */
void model_prepared_info(
    struct model_info *info, const struct model_prepared *p, const int in[2]);
/* The labels as a file in the folder dir, where there are some. */
int model_prepared_labels(
    const char *dir, struct model_info *info, const struct model_prepared *p);
/* The middle of pictures of in / share. */
void model_crop_share(struct model_info *info, double share, const int in[2]);

/* info.json's "preparation": who says how pictures are prepared. */
void model_prepared_by(struct model_info *info, const char *who);
/* Is it the model of another program, of which that is not known? */
bool model_prepared_unknown(const struct model_info *info);
/* What there is to be told of that. */
extern const char model_prepared_advice[];
/* "R G B, resized by crop to 256x256 (bicubic) …"; the caller's.  in as above. */
char *model_prepared_text(const struct model_info *info, const int in[2]);

#endif
