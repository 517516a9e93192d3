/* Inside caffe/: one field of a protobuf message as it lies in its bytes. */
#ifndef CAFFE_PIECE_H
#define CAFFE_PIECE_H

#include <stdint.h>

enum {
	PIECE_VARINT = 0,
	PIECE_FIXED64 = 1,
	PIECE_BYTES = 2,
	PIECE_FIXED32 = 5
};

struct caffe_piece {
	uint64_t id;
	int wire;
	uint64_t number;      /* VARINT: the value; BYTES: the length */
	const uint8_t *value; /* FIXED32, FIXED64, BYTES */
	const uint8_t *start;
	const uint8_t *end; /* NULL: it is cut short */
};

/* The field at p; NULL, or what is wrong. */
const char *
caffe_piece_take(struct caffe_piece *e, const uint8_t *p, const uint8_t *end);

#endif
