/*
 * A training as TensorBoard reads it: one file of events (train/monitors/event.h) in a
 * folder, "events.out.tfevents.TIME.HOST.nnutils".
 *
 * Each event is written at once and whole, so that the file can be read at any time,
 * and after a kill up to its last whole event.  A training that is resumed goes on in
 * the newest such file of the folder, behind what was written up to its iteration.
 *
 * Once a board cannot be written, that is said, and it is written no more: a training
 * does not end because of it.  All but board_open accept NULL, and do nothing then.
 */
#ifndef TRAIN_MONITORS_BOARD_H
#define TRAIN_MONITORS_BOARD_H

#include <stddef.h>
#include <stdint.h>

#include "caffe/caffe.pb-c.h"
#include "prog/gate.h"

struct board;
struct measurement;

/* from: resume from this iteration, -1: a new training, which begins with its net and
 * with the picture of its first batch, if that is in the folder model.  dir is made. */
int board_open(struct board **out, const char *dir, int64_t from,
    const Caffe__NetParameter *net, const char *model);
void board_close(struct board *b);

/* "PART/NAME" for each of n values. */
void board_scalars(struct board *b, int64_t iter, const char *part,
    const struct gate_value *v, size_t n);
/* The outputs of a step, and its rates. */
void board_train(struct board *b, const struct measurement *m);
/* A histogram of each blob of a snapshot, "LAYER/0". */
void board_weights(struct board *b, int64_t iter, const char *path);

#endif
