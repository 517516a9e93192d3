/*
 * The views that say which pixels a class was told by: a map of numbers, the higher
 * the more, which is drawn over the picture.
 *
 *	saliency	|d score / d input|, the greatest of a pixel's channels (Simonyan,
 *			Vedaldi, Zisserman 2014); the map has the size of the input
 *	gradcam		max(0, sum_k a_k A_k), A_k the channels of a layer's output and
 *			a_k the mean of d score / d A_k over its places (Selvaraju et al.
 *			2017); of the last layer of filters that still has places, or
 *			what follows it of the same size (a sum, branches put together)
 *	occlusion	how much the score falls when a patch of the mean colour covers the
 *			pixel, the mean of all patches that do (Zeiler, Fergus 2014)
 *
 * The score is what goes into the last Softmax, where there is one; of occlusion what
 * comes out.
 */
#ifndef INFER_SALIENCY_SALIENCY_H
#define INFER_SALIENCY_SALIENCY_H

#include "image/colour/heat.h"
#include "infer/views/view.h"

struct saliency_map {
	int h, w;
	float *v; /* (h, w) */
	size_t cap;
	double min, max;
};

/* Room for h x w zeros. */
int saliency_map_begin(struct saliency_map *m, int h, int w);
void saliency_map_clear(struct saliency_map *m);
/* Fill in min and max, of what is finite. */
void saliency_map_measure(struct saliency_map *m);
/* The value where a point of the picture came to be, between the middles of the four
 * nearest places; NAN where the net has not seen it. */
double saliency_map_at(const struct saliency_map *m,
    const struct infer_place *where, double x, double y);
/* The pixel of the picture with the highest value, of several the first. */
void saliency_map_peak(const struct saliency_map *m,
    const struct infer_place *where, int *x, int *y);

/* The picture in grey, each pixel `by` times, with the colours of the map over it:
 * from 0 (and below) to its highest value, covering so much of it. */
int saliency_draw(struct image *out, const struct image *picture,
    const struct saliency_map *m, const struct infer_place *where,
    enum heat_map colours, double opacity, int by);
/* Below it a bar with these colours, its ends, and what the map is of. */
int saliency_legend(struct image *im, const struct saliency_map *m,
    enum heat_map colours, const char *what);

/* ---- gradient.c: of nets ----------------------------------------------- */

/* Append to a net's graph what is needed for the gradient of a class's score: for
 * gradcam by the output of a layer (of those that the list names, or NULL), else by
 * the input.  1; 0: the net puts out no list of scores; or < 0. */
int saliency_prepare(const struct net *net, bool cam, const char *list);
/* How many classes it has; 0: none. */
size_t saliency_classes(const struct net *net);
/* The layer whose output gradcam looks at; NULL: there is none. */
const struct layer *saliency_layer(const struct net *net, const char *list);
/* The maps of a class, of the picture that ran last (by itself). */
int saliency_gradient(struct saliency_map *m, struct infer *f,
    const struct infer_input *in, int class);
int saliency_cam(struct saliency_map *m, struct infer *f,
    const struct infer_input *in, int class, const char *list);

/* ---- occlude.c --------------------------------------------------------- */

struct saliency_patch {
	int w, h;   /* 0: a fifth of the input's sides */
	int stride; /* 0: half of the patch's */
};
/* score: of the class, without a patch. */
int saliency_occlude(struct saliency_map *m, struct infer *f,
    const struct infer_input *in, int class, double score,
    const struct saliency_patch *patch);

/* ---- print.c ----------------------------------------------------------- */

struct saliency_answer {
	const char *path, *method, *label;
	int class;
	double score;
	const char *layer; /* of gradcam, or NULL */
	const struct saliency_map *map;
	int x, y;                    /* the peak */
	const char *overlay, *array; /* in the folder, or NULL */
};
int saliency_print(const struct saliency_answer *a);

#endif
