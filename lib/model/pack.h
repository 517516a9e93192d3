/*
 * Model folders into archives and out of them again, in DIGITS's shape: flat,
 * with info.json at the root.  What DIGITS forgets to pack (the names of
 * classes of masks and boxes, the palette, the licence) is packed too.
 */
#ifndef MODEL_PACK_H
#define MODEL_PACK_H

#include <stddef.h>

#include "model/model.h"

/*
 * Pack the snapshot of an epoch (as model_open takes it) of the folder dir.  out: a name that tells the format (archive.h),
 * "-" for a tar.gz on stdout, NULL for DIGITS's name in the current folder:
 * "<job id>_epoch_<epoch>.tar.gz", the epoch left out where it is not known.
 * Same folder, same bytes.
 * Weights that are not the net's (model/check.h) are ERR_FORMAT.  *made: the name
 * it has, the caller's.
 */
int model_pack(
    char **made, const char *dir, double epoch, const char *out, int force);

struct model_import {
	const char *out; /* the folder to make */
	int force;
	/* an archive or folder, or a file of ONNX; or these files: */
	const char *archive;
	const char *weights; /* a caffemodel, or arrays (nn/torch/torch.h) */
	const char *net;     /* a prototxt, or a standard net */
	const char *labels;  /* or NULL, and so are all below */
	const char *mean;    /* .binaryproto, .npy, or "B,G,R" / "V" numbers */
	const char *name;    /* default: the base name of out */
	const char *resize;  /* squash, crop, fill, half_crop, letterbox */
	const char *filter;  /* bilinear, bicubic */
	int size[2];         /* width, height; 0: what the net says */
	int preset;          /* enum model_preset (imports/prepare.h), or -1 */
	double crop_share; /* of the picture that the net takes; 0: not said */
	int gray;
	int convolutionize; /* model/convolutionize.h */
	int rgb;            /* the net wants R G B; means are in that order */
	int bgr;            /* B G R, whatever is known of it */
	double scale;       /* 0: none */
	const char *std;    /* numbers as mean's, or NULL */
	/* one call for each layer without weights; NULL: they are refused */
	void (*untrained)(void *ctx, const char *file, const char *layer);
	/* one call for each array of the weights that is of no layer of the net; or
	 * NULL */
	void (*unused)(void *ctx, const char *file, const char *array);
	/* one call for each file that info.json names and that is not there */
	void (*missing)(void *ctx, const char *file, const char *key);
	void *ctx;
	/* told how pictures are prepared, of a file of ONNX; or NULL */
	void (*prepared)(void *ctx, const char *text);
};

/* 0, or the number of files that are missing; the folder exists then too.  Weights
 * that are no good for the net (model/check.h) are ERR_FORMAT. */
int model_import(const struct model_import *o);

/* Into the folder dir and info: what o says goes over what the files say. */
int model_import_options(
    const struct model_import *o, const char *dir, struct model_info *info);

/* Fill what info does not say about a folder from what is in it: file names,
 * image size from the net's input, status, name. */
int
model_info_guess(struct model_info *info, const char *dir, const char *name);

/* The first input of a net in prototxt: N, C, H, W, 0 where it does not say.
 * 1 when there is one, 0 when there is none. */
int model_net_input(int dims[4], const char *path);

#endif
