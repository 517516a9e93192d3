/*
 * AnnotatedDatum, the record of SSD's data sets: a Datum and boxes, relative to the
 * picture.  Coded by hand as datum.h is, and as strict.
 *
 *	AnnotatedDatum   1 Datum, 2 kind (0: boxes), 3 groups
 *	a group          1 class, 2 annotations
 *	an annotation    1 number of the instance, 2 box
 *	a box            1..4 left, top, right, bottom (float), 6 difficult
 */
#ifndef CAFFE_ANNOTATED_H
#define CAFFE_ANNOTATED_H

#include "caffe/datum.h"

struct caffe_box {
	int32_t label, instance;
	float left, top, right, bottom; /* as stored: any numbers */
	bool difficult;
};

/* Could these bytes be one?  They begin with a Datum that has data. */
bool caffe_annotated_is(const void *p, size_t n);
/* The Datum, a view into p; and the first `room` boxes into box, *nbox saying how
 * many there are.  ERR_FORMAT. */
int caffe_annotated_read(struct caffe_datum *out, struct caffe_box *box,
    size_t room, size_t *nbox, const void *p, size_t n);

#endif
