/*
 * What the outputs of a net are: the one that it scores (classes and accuracy are
 * about it), and whether numbers are probabilities.
 */
#ifndef NN_SCORE_H
#define NN_SCORE_H

#include <stdbool.h>
#include <stddef.h>

#include "nn/net.h"

/*
 * The output with the scores: the last one that holds probabilities, else the
 * last that is a list of several numbers for each item, else the last.  NULL: the
 * net has no output.
 */
const struct net_blob *net_score_blob(const struct net *n);

/* Made by a Softmax over the channels or a Sigmoid, perhaps reshaped or averaged
 * since? */
bool net_blob_is_probability(const struct net *n, const struct net_blob *b);

/* Numbers for each item where the blob is (N, C), (N, C, 1, 1), …; else 0. */
size_t net_blob_classes(const struct net *n, const struct net_blob *b);

/* 0, or ERR_FORMAT "has 11 lines, the net has 10 outputs (prob)": do that many
 * class names belong to the scores?  Where these are no classes, any do; where they
 * are DetectNet's coverage, more names than maps do, too. */
int net_labels_check(const struct net *n, size_t nlabels);

#endif
