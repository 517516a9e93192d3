/*
 * Reading JPEG, through libjpeg-turbo's libjpeg interface: baseline, extended,
 * progressive and arithmetic, 8 bits; grey, YCbCr, RGB, CMYK and YCCK.
 *
 * Lossless and 12-bit files are refused by the library, in its words.  Four
 * inks are taken as Adobe writes them, inverted, whether or not an Adobe
 * marker says so; this is what Pillow does, and what such files mean.
 *
 * The scaled path: where the caller is going to shrink, the inverse DCT may
 * give every block at 1/2, 1/4 or 1/8 of its size, which skips most of the
 * transform, of upsampling and of colour conversion.  What remains is at least
 * IMAGE_HINT_GAP times the size asked for, so that the antialiased resize that
 * follows still decides what is seen: photographs brought to 32..128 pixels
 * differ from fully decoded ones by 0.2..0.5 levels on average.
 */
#include <stdbool.h>
#include <string.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "image/codec.h"
#include "image/jpeg_int.h"

/*
 * A progressive file passes over its whole picture once for each scan, however
 * small the scan's data, so scans times pixels are bounded: seconds of work.
 */
#define MAX_SCAN_PIXELS (1.0 * (1ll << 32))

enum { APP1 = JPEG_APP0 + 1, ROWS = 16 };

struct jpeg_reader {
	struct jpeg_decompress_struct cinfo;
	struct jpeg_source_mgr src;
	struct jpeg_progress_mgr progress;
	struct jpeg_failure fail;
	const struct image_source *in;
	struct image *out;
	int orientation;
	uint8_t *inks; /* a row of CMYK */
	bool partial;  /* of several scans, some did not come */
};

static void
fail_exit(j_common_ptr cinfo)
{
	struct jpeg_failure *f = (struct jpeg_failure *)cinfo->err;

	f->mgr.format_message(cinfo, f->text);
	longjmp(f->jump, 1);
}

/* The sentence of a failure: the library's, or a clearer one. */
static int
fail_sentence(const struct jpeg_failure *f)
{
	int sof = f->mgr.msg_parm.i[0];

	if (f->mgr.msg_code == JERR_SOF_UNSUPPORTED)
		return err_set(ERR_UNSUPPORTED,
		    "a %s JPEG (SOF%d), which is not decoded",
		    sof == 0xc3 || sof == 0xcb ? "lossless" : "hierarchical",
		    sof - 0xc0);
	if (f->mgr.msg_code == JERR_BAD_PRECISION)
		return err_set(ERR_UNSUPPORTED,
		    "a JPEG of %d-bit samples; 8 are possible", sof);
	if (!f->ended)
		return err_set(ERR_FORMAT, "%s", f->text);
	if (f->rows == 0)
		return image_cut_short();
	return err_set(ERR_FORMAT,
	    "the file is cut short: %u of its %u rows are there", f->have,
	    f->rows);
}

/* Does a warning mean that pixels are wrong or missing? */
static int
is_grave(int code)
{
	return code == JWRN_HIT_MARKER || code == JWRN_HUFF_BAD_CODE ||
	    code == JWRN_ARITH_BAD_CODE || code == JWRN_MUST_RESYNC;
}

static void
fail_message(j_common_ptr cinfo, int level)
{
	struct jpeg_failure *f = (struct jpeg_failure *)cinfo->err;
	int code = f->mgr.msg_code;

	if (level >= 0) /* a trace */
		return;
	/* No use in filling the rest with grey. */
	if (code == JWRN_HIT_MARKER && f->ended) {
		j_decompress_ptr d = (j_decompress_ptr)cinfo;

		f->have = d->output_scanline;
		f->rows = d->output_scanline > 0 ? d->output_height : 0;
		longjmp(f->jump, 1);
	}
	if (code == JWRN_JPEG_EOF || f->grave ||
	    (f->text[0] != '\0' && !is_grave(code)))
		return;
	f->mgr.format_message(cinfo, f->text);
	f->grave = is_grave(code);
}

struct jpeg_error_mgr *
jpeg_failure_init(struct jpeg_failure *f)
{
	jpeg_std_error(&f->mgr);
	f->mgr.error_exit = fail_exit;
	f->mgr.emit_message = fail_message;
	f->text[0] = '\0';
	f->grave = f->ended = 0;
	f->have = f->rows = 0;
	return &f->mgr;
}

/* The source: the bytes as they lie; then an end marker, as often as asked. */

static void
source_start(j_decompress_ptr cinfo)
{
	(void)cinfo;
}

static boolean
source_fill(j_decompress_ptr cinfo)
{
	static const JOCTET end[] = { 0xff, JPEG_EOI };
	struct jpeg_reader *r = cinfo->client_data;

	r->fail.ended = 1;
	cinfo->src->next_input_byte = end;
	cinfo->src->bytes_in_buffer = sizeof(end);
	return TRUE;
}

static void
source_skip(j_decompress_ptr cinfo, long n)
{
	struct jpeg_source_mgr *src = cinfo->src;

	if (n <= 0)
		return;
	if ((size_t)n > src->bytes_in_buffer) {
		source_fill(cinfo);
		return;
	}
	src->next_input_byte += n;
	src->bytes_in_buffer -= (size_t)n;
}

static void
watch_scans(j_common_ptr common)
{
	j_decompress_ptr cinfo = (j_decompress_ptr)common;
	double pixels = 1.0 * cinfo->image_width * cinfo->image_height;

	if (pixels * cinfo->input_scan_number > MAX_SCAN_PIXELS) {
		struct jpeg_failure *f = (struct jpeg_failure *)cinfo->err;

		snprintf(f->text, sizeof(f->text),
		    "too many scans for its size (%d)",
		    cinfo->input_scan_number);
		longjmp(f->jump, 1);
	}
}

/* Markers up to the frame; the jump is set. */
static void
read_head(struct jpeg_reader *r)
{
	struct jpeg_decompress_struct *c = &r->cinfo;

	jpeg_create_decompress(c);
	c->client_data = r;
	r->src = (struct jpeg_source_mgr){
		.next_input_byte = r->in->p,
		.bytes_in_buffer = r->in->n,
		.init_source = source_start,
		.fill_input_buffer = source_fill,
		.skip_input_data = source_skip,
		.resync_to_restart = jpeg_resync_to_restart,
		.term_source = source_start,
	};
	c->src = &r->src;
	r->progress.progress_monitor = watch_scans;
	if (!(r->in->flags & IMAGE_NO_EXIF))
		jpeg_save_markers(c, APP1, 0xffff);
	jpeg_read_header(c, TRUE);
	for (jpeg_saved_marker_ptr m = c->marker_list; m != NULL; m = m->next)
		if (m->data_length >= 6 &&
		    memcmp(m->data, "Exif\0\0", 6) == 0) {
			r->orientation =
			    image_exif_orientation(m->data, m->data_length);
			break;
		}
}

/* The largest of 8, 4, 2 that leaves enough to shrink from, or 1. */
static unsigned
choose_scale(const struct jpeg_reader *r)
{
	int turned = r->orientation >= 5;
	double w = turned ? r->in->hint_h : r->in->hint_w;
	double h = turned ? r->in->hint_w : r->in->hint_h;
	unsigned d;

	if (r->in->hint_w <= 0 || r->in->hint_h <= 0)
		return 1;
	for (d = 8; d > 1; d /= 2)
		if (r->cinfo.image_width >= d * w * IMAGE_HINT_GAP &&
		    r->cinfo.image_height >= d * h * IMAGE_HINT_GAP)
			break;
	return d;
}

static int
choose_output(struct jpeg_reader *r)
{
	struct jpeg_decompress_struct *c = &r->cinfo;

	TRY(image_check_size(c->image_width, c->image_height));
	switch (c->num_components) {
	case 1: c->out_color_space = JCS_GRAYSCALE; break;
	case 3:
		c->out_color_space = JCS_RGB;
		if ((r->in->flags & IMAGE_GREY) &&
		    c->jpeg_color_space == JCS_YCbCr)
			c->out_color_space = JCS_GRAYSCALE;
		break;
	case 4: c->out_color_space = JCS_CMYK; break;
	default:
		return err_set(ERR_UNSUPPORTED,
		    "a JPEG of %d components; 1, 3 or 4 are possible",
		    c->num_components);
	}
	c->scale_num = 1;
	c->scale_denom = choose_scale(r);
	return 0;
}

/* Did all of the picture come, as far as its scans tell?  Of a progressive file
 * every bit of every coefficient must have; of others, each component. */
static bool
scans_complete(struct jpeg_decompress_struct *c)
{
	int k, i;

	if (!jpeg_has_multiple_scans(c))
		return true;
	if (c->coef_bits == NULL)
		return c->input_scan_number >= c->num_components;
	for (k = 0; k < c->num_components; k++)
		for (i = 0; i < DCTSIZE2; i++)
			if (c->coef_bits[k][i] != 0)
				return false;
	return true;
}

/* All rows into r->out; the jump is set. */
static void
read_rows(struct jpeg_reader *r)
{
	struct jpeg_decompress_struct *c = &r->cinfo;
	size_t pitch = (size_t)r->out->width * (size_t)r->out->channels;
	JSAMPROW rows[ROWS];

	while (c->output_scanline < c->output_height) {
		JDIMENSION y = c->output_scanline;
		JDIMENSION n = c->output_height - y;

		if (r->inks != NULL) {
			rows[0] = r->inks;
			jpeg_read_scanlines(c, rows, 1);
			for (size_t i = 0; i < (size_t)r->out->width * 4; i++)
				r->inks[i] = (uint8_t)~r->inks[i];
			image_cmyk_to_rgb(r->out->data + y * pitch, r->inks,
			    (size_t)r->out->width);
			continue;
		}
		if (n > ROWS)
			n = ROWS;
		for (JDIMENSION i = 0; i < n; i++)
			rows[i] = r->out->data + (y + i) * pitch;
		jpeg_read_scanlines(c, rows, n);
	}
	r->partial = !scans_complete(c);
	jpeg_finish_decompress(c);
}

/* Everything that the library may leave with a jump.  Nothing is owned by this
 * frame: what is taken hangs on r. */
static int
read_all(struct jpeg_reader *r)
{
	struct jpeg_decompress_struct *c = &r->cinfo;
	int rc;

	if (setjmp(r->fail.jump))
		return fail_sentence(&r->fail);
	read_head(r);
	rc = choose_output(r);
	if (rc < 0)
		return rc;
	c->progress = &r->progress;
	jpeg_start_decompress(c);
	rc = image_resize_buffer(r->out, (int)c->output_width,
	    (int)c->output_height, c->output_components == 1 ? 1 : 3);
	if (rc < 0)
		return rc;
	if (c->out_color_space == JCS_CMYK)
		r->inks = mem_array(uint8_t, (size_t)c->output_width * 4);
	if (c->scale_denom > 1) {
		r->out->full_width = (int)c->image_width;
		r->out->full_height = (int)c->image_height;
	}
	read_rows(r);
	if (r->fail.ended && r->partial)
		return err_set(ERR_FORMAT,
		    "the file is cut short: some of its scans are missing");
	if (r->fail.ended)
		log_warn("%s: no end marker; all rows are there", r->in->name);
	return 0;
}

static int
jpeg_decode(struct image *out, const struct image_source *s)
{
	struct jpeg_reader r = { .in = s, .out = out, .orientation = 1 };
	int rc;

	r.cinfo.err = jpeg_failure_init(&r.fail);
	rc = read_all(&r);
	if (rc >= 0 && r.fail.text[0] != '\0')
		log_at(r.fail.grave ? LOG_WARN : LOG_INFO, "%s: %s", s->name,
		    r.fail.text);
	jpeg_destroy_decompress(&r.cinfo);
	mem_free(r.inks);
	return rc < 0 ? rc : image_orient(out, r.orientation);
}

static int
probe_head(struct jpeg_reader *r)
{
	if (setjmp(r->fail.jump))
		return fail_sentence(&r->fail);
	read_head(r);
	return 0;
}

static int
jpeg_probe(struct image_info *out, const struct image_source *s)
{
	struct jpeg_reader r = { .in = s, .orientation = 1 };
	int rc;

	r.cinfo.err = jpeg_failure_init(&r.fail);
	rc = probe_head(&r);
	out->width = (int)r.cinfo.image_width;
	out->height = (int)r.cinfo.image_height;
	out->channels = r.cinfo.num_components;
	out->bits = r.cinfo.data_precision;
	out->orientation = r.orientation;
	jpeg_destroy_decompress(&r.cinfo);
	return rc;
}

static int
jpeg_match(const uint8_t *p, size_t n)
{
	return n >= 3 && p[0] == 0xff && p[1] == 0xd8 && p[2] == 0xff;
}

static int
jpeg_encode(struct buf *b, const struct image *im)
{
	return image_encode_jpeg(b, im, 95);
}

const struct image_codec image_codec_jpeg = {
	.name = "jpeg",
	.extensions = ".jpg .jpeg",
	.match = jpeg_match,
	.probe = jpeg_probe,
	.decode = jpeg_decode,
	.encode = jpeg_encode,
};
