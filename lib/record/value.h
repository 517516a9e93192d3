/*
 * What one column of a record holds: a class, numbers, boxes, a picture, a text.
 *
 * A shape is (C, H, W).  Boxes are rows of numbers, (1, N, W): one box a row.
 * Pointers are borrowed: from the map of a file, from the scratch that it was
 * read with, or from whoever made the value.
 */
#ifndef RECORD_VALUE_H
#define RECORD_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum value_kind {
	VALUE_CLASS,
	VALUE_NUMBERS,
	VALUE_BOXES,
	VALUE_IMAGE,
	VALUE_TEXT,
	VALUE_KINDS
};

struct value {
	enum value_kind kind;
	/* Its class; beside a picture, the label of its Datum. */
	int32_t label;
	/* The shape.  Of an encoded picture as its record says, or 0. */
	int channels, height, width;
	/* Of a picture, numbers and boxes exactly one is set: bytes or floats
	 * (C, H, W), or an encoded picture (PNG, JPEG, …) as a file has it.  A
	 * text is a blob. */
	const uint8_t *data;
	const float *floats;
	const uint8_t *blob;
	size_t blob_len;
	/* In a plan: the file that it is to be read from, or NULL. */
	const char *file;
	/* It is stored encoded; data may have been decoded. */
	bool encoded;
	/* The planes of three are R G B (HDF5), not B G R. */
	bool rgb;
};

/* "class" "numbers" "boxes" "image" "text"; and back, -1: none. */
const char *value_kind_name(enum value_kind kind);
int value_kind_find(const char *name);

/* C * H * W, or 0 when a side is not positive. */
size_t value_count(const struct value *v);

#endif
