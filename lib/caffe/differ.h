/*
 * How two messages of one kind differ, field by field, as people read it.  What is
 * left out counts as its default, a message that is left out as one in which all is.
 */
#ifndef CAFFE_DIFFER_H
#define CAFFE_DIFFER_H

/*
 * each is called for every field that differs: "convolution_param.num_output", "20",
 * "32"; of lists all values, "3, 5"; "none" of what has no default; "param[1].lr_mult"
 * of a message among several.  skip: names of fields of a and b themselves that are
 * not looked at, with a NULL behind them; or NULL.
 */
void caffe_msg_differ(const void *a, const void *b, const char *const *skip,
    void (*each)(void *ctx, const char *field, const char *a, const char *b),
    void *ctx);

#endif
