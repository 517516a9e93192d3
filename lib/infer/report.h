/*
 * What model-infer prints and writes: answers as text, TSV or NDJSON, arrays,
 * and the figures over all pictures.
 */
#ifndef INFER_REPORT_H
#define INFER_REPORT_H

#include "infer/stream.h"
#include "prog/prog.h"

#define REPORT_MAPS "pca|tsne" /* --map-method */

struct report_opts {
	int top;
	bool top_given;
	bool summary, per_class;
	const char *npy, *confusion;
	int mistakes;
	const char *calibration, *map; /* files, or NULL */
	int map_method;                /* of REPORT_MAPS */
	int best;                      /* pictures of each class; 0: none */
	struct opt_list require;
	int view;        /* infer/views/view.h; INFER_VIEW_AUTO */
	const char *out; /* the folder of pictures, or NULL */
	/* Of the views that find or draw; threshold -1, nms and line 0: the
	 * view's own. */
	double threshold, nms, opacity;
	int line;
	bool compat; /* boxes as DIGITS has them */
	int decode;  /* enum boxes_layout, if decode_given */
	bool decode_given;
	const char *coco, *yolo, *crops, *masks;
	bool legend, contour;
	const char *range; /* of --view image */
	/* Of the views that look into the net: the layers that are meant, patterns
	 * with commas between, or NULL; the page; and colours for numbers
	 * (image/colour/heat.h). */
	const char *layer, *html;
	int colormap;
	const char *class;    /* that a map is of; NULL: the best */
	int patch[2], stride; /* of --view occlusion; 0: its own */
	int tile[2];          /* W x H; 0: whole pictures */
	double overlap;       /* of two tiles, a share of a side */
	const char
	    *windows; /* the file of --windows (infer/windows.h), or NULL */
	int context;  /* around each, pixels of the net's input */
	/* report_run sets these: */
	bool outputs_asked; /* named, or for a file */
	const char *model;  /* as it was named */
};

/* Open the model, run the stream (answer, bad and ctx are set here) or the tensors
 * of inputs ("BLOB=FILE.npy"), print; outputs: blob names, comma lists. */
int report_run(struct report_opts *o, const char *model, struct infer_opts *io,
    struct stream *s, const struct opt_list *inputs,
    const struct opt_list *outputs);

/* Numbers of classes mean the same only where their names do: 0, or ERR_FORMAT names
 * the first class that is another in the data set than in the model. */
struct dset;
int report_same_classes(
    const struct dset *d, const char *const *labels, size_t nlabels);

/* A share of 0 to 1 as the cell of a table, "-" for NaN: per cent, or as --tsv has
 * it. */
enum { REPORT_CELL = 32 };
void report_share(char out[REPORT_CELL], double v, bool tsv);

struct gate_value;
/* Are all of --require met?  0, or ERR_GATE names the first that is not. */
int
report_gates(const struct report_opts *o, const struct gate_value *v, size_t n);

#endif
