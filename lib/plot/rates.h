/* The curve of a learning-rate range test: loss over the logarithm of the rate. */
#ifndef PLOT_RATES_H
#define PLOT_RATES_H

#include <stddef.h>

struct plot_rates {
	/* n of each; what is not finite is left out */
	const double *rate, *loss, *smooth;
	size_t n;
	/* rates to be marked, NAN: none */
	double steepest, tenth;
	int w, h; /* pixels */
};

/* Into a file: .png, .svg or .pdf. */
int plot_rates_write(const struct plot_rates *r, const char *path, int force);

#endif
