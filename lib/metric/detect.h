/*
 * How well objects are found: boxes that a net guesses against those that are
 * there.  Pictures are added one at a time; then figures may be asked for, and
 * more pictures added.
 *
 * Which guess has found which truth is settled in each picture, for each class and
 * each threshold T of IoU (metric/box.h), guesses by falling score, of equals the
 * one that came first.  A guess is right, wrong, or counts for nothing.
 *
 * DETECT_VOC (Pascal VOC's devkit; Everingham et al., IJCV 2010, section 4.2):
 *	a guess takes the truth of the highest IoU, if that is >= T: right the
 *	first time, wrong after that (a second guess at one truth); of a truth set
 *	aside ("difficult") it counts for nothing.  Else it is wrong.
 *
 * DETECT_COCO (cocoeval of the COCO API; Lin et al., ECCV 2014):
 *	only the first M guesses of a class in a picture are looked at.  A guess
 *	takes the truth that has the highest IoU of those not yet taken, if that is
 *	>= T, of equals the last; only where none is, one of those set aside
 *	("ignore", "iscrowd"), and then it counts for nothing.  A crowd may be
 *	taken many times, and what is compared with T is the share of the guess
 *	that it covers.  Truths whose area lies outside of the range asked for are
 *	set aside too; guesses that took nothing count for nothing if theirs does.
 *	The ranges, bounds included: small 0..32^2, medium 32^2..96^2, large 96^2
 *	and more.
 *
 * A class without a truth that counts has no figures (NAN) and is left out of
 * means; so are guesses at it.
 *
 * Exact figures need every guess, so memory grows by 40 bytes with each (COCO: at
 * most 100 a class and picture); beyond .most of them detect_add refuses.
 */
#ifndef METRIC_DETECT_H
#define METRIC_DETECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "metric/box.h"
#include "metric/curve.h"

enum detect_rule { DETECT_VOC, DETECT_COCO };
enum detect_area {
	DETECT_ALL,
	DETECT_SMALL,
	DETECT_MEDIUM,
	DETECT_LARGE,
	DETECT_AREAS
};
enum { DETECT_THRESHOLDS = 16, DETECT_MOST = 1 << 25, DETECT_M = 100 };

struct detect_truth {
	struct metric_box box;
	int class;
	bool aside;  /* difficult, or to be ignored */
	bool crowd;  /* many objects in one box; set aside as well (COCO) */
	double area; /* of the object, square pixels; 0: its box's */
};

struct detect_guess {
	struct metric_box box;
	int class;
	double score; /* the higher, the surer */
};

struct detect_options {
	enum detect_rule rule;
	size_t classes;
	size_t nthresholds; /* 0: VOC 0.5, COCO 0.5, 0.55 .. 0.95 */
	double thresholds[DETECT_THRESHOLDS];
	size_t most; /* guesses to be kept; 0: DETECT_MOST */
};

struct detect_kept;

struct detect {
	struct detect_options o;
	uint64_t *truths;         /* (C, DETECT_AREAS): that count */
	struct detect_kept *kept; /* nkept guesses, with what they came to */
	size_t nkept, cap;
	size_t *first; /* (C + 1): of each class in kept, once sorted */
	bool sorted;
	bool *right; /* (caps): of one curve */
	size_t caps;
	uint64_t pictures;
};

/* ERR_RANGE: no classes, thresholds outside of 0..1 (0 itself is none), or too
 * many.  d is valid (to be cleared) whatever is returned. */
int detect_init(struct detect *d, const struct detect_options *o);
void detect_clear(struct detect *d);

/*
 * A picture; of equal scores, those of pictures added before come first.
 * ERR_FORMAT: a box that is none (metric_box_check), a score or an area that is no
 * number; ERR_RANGE: a class that is none, or more guesses than are kept.  Then
 * nothing of the picture is counted.
 */
int detect_add(struct detect *d, const struct detect_truth *truths,
    size_t ntruths, const struct detect_guess *guesses, size_t nguesses);

/* One figure: threshold is an index, m the guesses that are looked at (0: all
 * that are kept; DETECT_VOC always looks at all).  Other areas than DETECT_ALL are for DETECT_COCO. */
struct detect_ask {
	size_t threshold;
	enum detect_area area;
	size_t m;
};

/* Average precision of class c; NAN where it has none. */
double detect_ap(struct detect *d, size_t c, enum curve_kind kind,
    const struct detect_ask *a);
/* The share of the class's truths that its guesses find; NAN where it has none. */
double detect_recall(struct detect *d, size_t c, const struct detect_ask *a);
/* Mean of detect_ap over the classes that have it ("mAP" of VOC); NAN: none has. */
double detect_mean_ap(
    struct detect *d, enum curve_kind kind, const struct detect_ask *a);

struct detect_counts {
	uint64_t right, wrong, missed;
};
/* Of guesses with at least that score: of class c, or with c = C of all of them. */
struct detect_counts detect_counts(
    struct detect *d, size_t c, double score, const struct detect_ask *a);
/* right / (right + wrong), right / (right + missed); 0 where nothing is. */
double detect_counts_precision(const struct detect_counts *n);
double detect_counts_recall(const struct detect_counts *n);

/*
 * COCO's twelve: AP (mean over thresholds and classes of CURVE_COCO101), the same
 * at 0.5 and at 0.75, of small, medium and large objects; AR, the mean of recall,
 * of the first 1, 10, 100 guesses, and of small, medium and large objects.
 */
enum detect_figure {
	DETECT_AP,
	DETECT_AP50,
	DETECT_AP75,
	DETECT_AP_SMALL,
	DETECT_AP_MEDIUM,
	DETECT_AP_LARGE,
	DETECT_AR1,
	DETECT_AR10,
	DETECT_AR100,
	DETECT_AR_SMALL,
	DETECT_AR_MEDIUM,
	DETECT_AR_LARGE,
	DETECT_FIGURES
};
/* "AP", "AP50" .. "ARlarge", in this order. */
extern const char *const detect_names[DETECT_FIGURES];

/* Of class c, or with c = C the means over classes; NAN where there is none, or no
 * such threshold. */
void detect_figures(struct detect *d, size_t c, double out[DETECT_FIGURES]);

#endif
