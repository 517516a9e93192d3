/* The parts of a report: see report.h. */
#ifndef REPORT_INSIDE_H
#define REPORT_INSIDE_H

#include "dset/dset.h"
#include "image/image.h"
#include "metric/confusion.h"
#include "report/rank.h"
#include "model/show.h"
#include "plot/series.h"
#include "report/page.h"
#include "report/report.h"

struct report_all {
	const struct html_report *o;
	struct model_view view;
	struct plot_data curves;
	struct dset *dset; /* or NULL, */
	char *why_no_dset; /* and why */
	bool best;         /* it is known which snapshot is the best */
};

/* about.c: in front, and at the end. */
void report_summary(struct page *p, const struct report_all *a);
void report_parameters(struct page *p, const struct report_all *a);
void report_commands(struct page *p, const struct report_all *a);

/* curves.c */
void report_curves(struct page *p, const struct report_all *a);
/* The numbers of the curves, as plot_csv_table has them. */
int report_csv(const struct report_all *a, const char *path, int force);
/* Curves of ranks, each within 0..1 both ways. */
struct report_rank {
	const char *name;
	const struct rank_line *line;
};
void report_ranks(struct page *p, const struct report_rank *v, size_t n,
    const char *title, const char *x, const char *y);

/* data.c */
void report_data(struct page *p, const struct report_all *a);
/* net.c */
void report_net(struct page *p, const struct report_all *a);

/* A mistake, and the picture that it was about. */
struct report_shown {
	char *name;
	int truth, answer;
	double confidence; /* of other tasks: 1 - how right it is */
	char *words;       /* of other tasks: that in words, or NULL */
	struct image im;
};

/* What a net answered about the part of a data set. */
struct report_answers {
	enum dset_part part;
	struct confusion confusion;
	float *scores; /* (n, C) */
	int *truth;    /* (n) */
	size_t n, cap, cap_truth;
	struct report_shown shown[24]; /* by falling confidence */
	size_t nshown, bad;            /* records that could not be read */
	size_t seen;                   /* of other tasks: pictures */
	bool too_many;                 /* scores were not kept */
	bool other; /* the net's output is no list of classes */
};

/* judge.c: ask the net.  To be cleared whatever is returned. */
int report_ask(struct report_answers *r, const struct report_all *a);
void report_answers_clear(struct report_answers *r);
/* Would it be shown, where `most` are? */
bool
report_shows(const struct report_answers *r, double confidence, size_t most);
/* Keep it if so; what it holds is taken. */
void report_show(struct report_answers *r, struct report_shown *s, size_t most);

/* look.c: boxes, masks and pictures that the best net makes, beside the true ones.
 * Has the data set such a task?  Then what is worst; shown alone is filled. */
bool report_looks(const struct report_all *a);
int report_look(struct report_answers *r, const struct report_all *a);
void report_pictures(
    struct page *p, const struct report_all *a, const struct report_answers *r);
/* results.c */
void report_results(
    struct page *p, const struct report_all *a, const struct report_answers *r);

/* The name of class i of the data set, or its number in text. */
const char *report_class(const struct report_all *a, size_t i, char text[24]);

#endif
