/*
 * libhdf5 is loaded when it is needed (h5.c): include hdf5.h and call its
 * functions.  Call h5_load first where a missing library should be told from a
 * file that is bad.
 */
#ifndef CAFFE_H5_H
#define CAFFE_H5_H

/* 0, or ERR_UNSUPPORTED with what is missing. */
int h5_load(void);

#endif
