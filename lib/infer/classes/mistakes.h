/* The worst mistakes of a classifier: those it was most confident of. */
#ifndef INFER_CLASSES_MISTAKES_H
#define INFER_CLASSES_MISTAKES_H

#include <stddef.h>

struct mistake {
	char *name; /* of the picture */
	int truth, answer;
	double confidence; /* in the answer */
};

struct mistakes {
	struct mistake *v; /* by falling confidence; of equals the first */
	size_t n, keep;
};

/* At most `keep` of them, which may be 0. */
void mistakes_init(struct mistakes *m, size_t keep);
void mistakes_clear(struct mistakes *m);
/* name is copied. */
void mistakes_add(struct mistakes *m, const char *name, int truth, int answer,
    double confidence);

#endif
