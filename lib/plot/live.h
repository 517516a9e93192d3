/* Is there more to be drawn, and will there be? */
#ifndef PLOT_LIVE_H
#define PLOT_LIVE_H

#include <stdbool.h>
#include <stdint.h>

/* When the files of these operands (plot/read.h) were written and how large they are,
 * in one number that changes with them. */
uint64_t plot_fingerprint(char **operands, int n);
/* May one of them get more?  A file always may; a folder while its training is at
 * work, which that of a killed one is not. */
bool plot_any_runs(char **operands, int n);

#endif
