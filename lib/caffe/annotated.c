/* AnnotatedDatum by hand: see annotated.h. */
#include "caffe/annotated.h"

#include <string.h>

#include "base/err.h"
#include "caffe/piece.h"

enum { DATUM = 1, KIND = 2, GROUP = 3 };
enum { DATUM_DATA = 4 };
enum { GROUP_LABEL = 1, GROUP_ANNOTATION = 2 };
enum { ANNOTATION_INSTANCE = 1, ANNOTATION_BOX = 2 };
enum { BOX_LEFT = 1, BOX_BOTTOM = 4, BOX_DIFFICULT = 6 };

/* Does a message hold data, as a Datum does?  One level, whatever is in it. */
static bool
has_data(const uint8_t *p, size_t n)
{
	const uint8_t *end = p + n;
	bool found = false;
	struct caffe_piece e;

	for (; p < end; p = e.end) {
		memset(&e, 0, sizeof(e));
		if (caffe_piece_take(&e, p, end) != NULL)
			return false;
		found |= e.id == DATUM_DATA && e.wire == PIECE_BYTES;
	}
	return found;
}

bool
caffe_annotated_is(const void *p, size_t n)
{
	struct caffe_piece e = { 0 };

	return n > 0 &&
	    caffe_piece_take(&e, p, (const uint8_t *)p + n) == NULL &&
	    e.id == DATUM && e.wire == PIECE_BYTES &&
	    has_data(e.value, e.number);
}

/* Where boxes go. */
struct boxes {
	struct caffe_box *box;
	size_t room, n;
};

typedef const char *(*each_piece)(
    const struct caffe_piece *e, struct caffe_box *b, struct boxes *out);

/* Every field of a message; NULL, or what is wrong. */
static const char *
walk(const uint8_t *p, size_t n, each_piece take, struct caffe_box *b,
    struct boxes *out)
{
	const uint8_t *end = p + n;
	const char *bad = NULL;
	struct caffe_piece e;

	for (; p < end && bad == NULL; p = e.end) {
		memset(&e, 0, sizeof(e));
		bad = caffe_piece_take(&e, p, end);
		if (bad == NULL)
			bad = take(&e, b, out);
		if (bad != NULL)
			break;
	}
	return bad;
}

static const char *
take_box(const struct caffe_piece *e, struct caffe_box *b, struct boxes *out)
{
	float *const side[4] = { &b->left, &b->top, &b->right, &b->bottom };

	(void)out;
	if (e->id >= BOX_LEFT && e->id <= BOX_BOTTOM) {
		if (e->wire != PIECE_FIXED32)
			return "another wire type for an edge of a box";
		memcpy(side[e->id - BOX_LEFT], e->value, sizeof(float));
	} else if (e->id == BOX_DIFFICULT) {
		if (e->wire != PIECE_VARINT)
			return "another wire type for difficult";
		b->difficult = e->number != 0;
	}
	return NULL;
}

static const char *
take_annotation(
    const struct caffe_piece *e, struct caffe_box *b, struct boxes *out)
{
	if (e->id == ANNOTATION_INSTANCE) {
		if (e->wire != PIECE_VARINT)
			return "another wire type for instance_id";
		b->instance = (int32_t)(uint32_t)e->number;
	} else if (e->id == ANNOTATION_BOX) {
		if (e->wire != PIECE_BYTES)
			return "another wire type for a box";
		return walk(e->value, e->number, take_box, b, out);
	}
	return NULL;
}

/* The class of a group may stand behind its annotations: first the class. */
static const char *
take_label(const struct caffe_piece *e, struct caffe_box *b, struct boxes *out)
{
	(void)out;
	if (e->id != GROUP_LABEL)
		return NULL;
	if (e->wire != PIECE_VARINT)
		return "another wire type for group_label";
	b->label = (int32_t)(uint32_t)e->number;
	return NULL;
}

static const char *
take_member(const struct caffe_piece *e, struct caffe_box *b, struct boxes *out)
{
	struct caffe_box box = { .label = b->label };
	const char *bad;

	if (e->id != GROUP_ANNOTATION)
		return NULL;
	if (e->wire != PIECE_BYTES)
		return "another wire type for an annotation";
	bad = walk(e->value, e->number, take_annotation, &box, out);
	if (bad == NULL && out->n < out->room)
		out->box[out->n] = box;
	out->n++;
	return bad;
}

static const char *
take_record(const struct caffe_piece *e, struct caffe_box *b, struct boxes *out)
{
	struct caffe_box of = { 0 };
	const char *bad;

	(void)b;
	if (e->id == KIND && (e->wire != PIECE_VARINT || e->number != 0))
		return "annotations that are no boxes";
	if (e->id != GROUP)
		return NULL;
	if (e->wire != PIECE_BYTES)
		return "another wire type for a group of boxes";
	bad = walk(e->value, e->number, take_label, &of, out);
	return bad != NULL ? bad
			   : walk(e->value, e->number, take_member, &of, out);
}

int
caffe_annotated_read(struct caffe_datum *out, struct caffe_box *box,
    size_t room, size_t *nbox, const void *p, size_t n)
{
	struct boxes boxes = { box, room, 0 };
	struct caffe_piece e = { 0 };
	const char *bad = "it does not begin with a Datum";

	if (n > 0 && caffe_piece_take(&e, p, (const uint8_t *)p + n) == NULL &&
	    e.id == DATUM && e.wire == PIECE_BYTES) {
		TRY(caffe_datum_read(out, e.value, e.number));
		bad = walk(p, n, take_record, NULL, &boxes);
	}
	if (bad != NULL)
		return err_set(ERR_FORMAT, "AnnotatedDatum: %s", bad);
	*nbox = boxes.n;
	return 0;
}
