/*
 * A Caffe solver as it is: the nets that it names or holds.
 *
 * The train net is train_net_param, train_net, net_param or net; exactly one of
 * them.  Test nets are those of test_net_param, then of test_net, then as many
 * instances of net as test_iter has entries left.  Paths count from the working
 * folder, as Caffe's do; where there is nothing, the file of that name beside the
 * solver is taken.
 */
#ifndef RECIPE_SOLVER_FILE_H
#define RECIPE_SOLVER_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "caffe/caffe.pb-c.h"

struct solver_nets {
	Caffe__NetParameter *train;
	Caffe__NetParameter **tests; /* those of their own */
	size_t ntests;
};

/* Afterwards the solver's own net fields name the files that a model folder
 * has: train_val.prototxt and test_0.prototxt …. */
int solver_file_read(
    Caffe__SolverParameter **out, struct solver_nets *nets, const char *path);
/* The test nets of a model folder's solver. */
int solver_file_tests(struct solver_nets *nets,
    const Caffe__SolverParameter *sp, const char *dir);
/* ERR_FORMAT unless test_iter and test_state fit the nets. */
int solver_file_check(
    const Caffe__SolverParameter *sp, const struct solver_nets *nets);
/* The files of the solver's weights, each of which may be several with commas
 * between: as they are named, else beside the solver.  *out ends with NULL;
 * free with solver_weights_free. */
int solver_file_weights(
    char ***out, const Caffe__SolverParameter *sp, const char *path);
void solver_weights_free(char **v);
/* Warns, in one line, of the fields that have no effect here. */
void solver_file_idle(
    const Caffe__SolverParameter *sp, const char *path, bool other_start);
void solver_nets_clear(struct solver_nets *nets);

#endif
