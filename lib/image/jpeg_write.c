/* Writing JPEG, through libjpeg-turbo's libjpeg interface: 4:2:0, into a struct buf. */
#include "base/buf.h"
#include "base/err.h"
#include "image/codec.h"
#include "image/jpeg_int.h"

/* The destination: straight into the struct buf. */

struct jpeg_writer {
	struct jpeg_compress_struct cinfo;
	struct jpeg_destination_mgr dest;
	struct jpeg_failure fail;
	struct buf *b;
	size_t room;
	int rc; /* the buffer's refusal */
};

static void
dest_more(struct jpeg_writer *w)
{
	enum { MORE = 32 << 10 };
	void *p = buf_room(w->b, MORE);

	if (p == NULL) {
		w->rc = ERR_RANGE;
		longjmp(w->fail.jump, 1);
	}
	w->room = MORE;
	w->dest.next_output_byte = p;
	w->dest.free_in_buffer = MORE;
}

static void
dest_start(j_compress_ptr cinfo)
{
	dest_more(cinfo->client_data);
}

static boolean
dest_flush(j_compress_ptr cinfo)
{
	struct jpeg_writer *w = cinfo->client_data;

	/* The library means: all of the room is used. */
	buf_grew(w->b, w->room);
	dest_more(w);
	return TRUE;
}

static void
dest_end(j_compress_ptr cinfo)
{
	struct jpeg_writer *w = cinfo->client_data;

	buf_grew(w->b, w->room - w->dest.free_in_buffer);
}

static int
write_all(struct jpeg_writer *w, const struct image *im, int quality)
{
	struct jpeg_compress_struct *c = &w->cinfo;
	size_t pitch = (size_t)im->width * (size_t)im->channels;

	if (setjmp(w->fail.jump))
		return w->rc < 0 ? w->rc
				 : err_set(ERR_FORMAT, "%s", w->fail.text);
	jpeg_create_compress(c);
	c->client_data = w;
	w->dest = (struct jpeg_destination_mgr){
		.init_destination = dest_start,
		.empty_output_buffer = dest_flush,
		.term_destination = dest_end,
	};
	c->dest = &w->dest;
	c->image_width = (JDIMENSION)im->width;
	c->image_height = (JDIMENSION)im->height;
	c->input_components = im->channels;
	c->in_color_space = im->channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
	jpeg_set_defaults(c);
	jpeg_set_quality(c, quality, TRUE);
	jpeg_start_compress(c, TRUE);
	while (c->next_scanline < c->image_height) {
		/* The library takes rows to read as if it might write. */
		JSAMPROW row = (JSAMPROW)(im->data + c->next_scanline * pitch);

		jpeg_write_scanlines(c, &row, 1);
	}
	jpeg_finish_compress(c);
	return 0;
}

int
image_encode_jpeg(struct buf *b, const struct image *im, int quality)
{
	struct jpeg_writer w = { .b = b };
	size_t before = b->len;
	int rc;

	if (quality < 1 || quality > 100)
		return err_set(
		    ERR_RANGE, "JPEG quality %d is not 1..100", quality);
	TRY(image_check_size((uint64_t)im->width, (uint64_t)im->height));
	w.cinfo.err = jpeg_failure_init(&w.fail);
	rc = write_all(&w, im, quality);
	jpeg_destroy_compress(&w.cinfo);
	if (rc < 0)
		b->len = before;
	return rc;
}
