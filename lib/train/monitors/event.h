/*
 * One event of TensorBoard, as a message of protobuf and as a record of a file.
 *
 * The messages are those of tensorflow/core/util/event.proto and
 * core/framework/{summary,graph,node_def}.proto; what is used of them:
 *
 *	Event     1 double wall_time  2 int64 step  3 string file_version
 *	          4 bytes graph_def   5 Summary summary
 *	Summary   1 Value value ...
 *	Value     1 string tag  2 float simple_value  4 Image image
 *	          5 HistogramProto histo
 *	Image     1 int32 height  2 int32 width  3 int32 colorspace
 *	          4 bytes encoded_image_string
 *	Histogram 1 min  2 max  3 num  4 sum  5 sum_squares (doubles)
 *	          6 bucket_limit  7 bucket (packed doubles)
 *	GraphDef  1 NodeDef node ...  4 VersionDef (1 int32 producer)
 *	NodeDef   1 string name  2 string op  3 string input ...
 *
 * A record is a TFRecord: the length (8 bytes), its CRC, the bytes, their CRC; all
 * little-endian, CRC-32C rotated by 15 bits to the right plus 0xa282ead8.
 */
#ifndef TRAIN_MONITORS_EVENT_H
#define TRAIN_MONITORS_EVENT_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

enum { EVENT_BYTES_MAX = 1 << 28, EVENT_RECORD = 16 };

/* Fields of a message, appended.  Past the maximum of the buf event_record fails. */
void event_int(struct buf *b, int field, int64_t v);
void event_double(struct buf *b, int field, double v);
void event_float(struct buf *b, int field, float v);
void event_bytes(struct buf *b, int field, const void *p, size_t n);
void event_text(struct buf *b, int field, const char *s);
void event_doubles(struct buf *b, int field, const double *v, size_t n);

/* Append to a Summary a histogram of each blob of a snapshot, "LAYER/0". */
int event_weights(struct buf *summary, const char *path);

/* CRC-32C (Castagnoli) of n bytes. */
uint32_t event_crc(const void *p, size_t n);

/* Append the record of a message. */
int event_record(struct buf *out, const struct buf *message);
/*
 * The step of the event whose record begins at p, of which n bytes are there, and the
 * length of the record; 0: it is not whole, or damaged.
 */
size_t event_step(int64_t *step, const uint8_t *p, size_t n);

#endif
