/*
 * WebP through libwebp: lossy, lossless, alpha; of an animation the first
 * frame on its canvas.
 */
#include <limits.h>
#include <string.h>

#include <webp/decode.h>
#include <webp/demux.h>

#include "base/err.h"
#include "image/codec.h"

static int
webp_failed(VP8StatusCode code)
{
	static const char *const texts[] = {
		[VP8_STATUS_OK] = "libwebp cannot read it",
		[VP8_STATUS_OUT_OF_MEMORY] = "no memory to decode a WebP",
		[VP8_STATUS_INVALID_PARAM] = "libwebp cannot read it",
		[VP8_STATUS_BITSTREAM_ERROR] = "the WebP data are damaged",
		[VP8_STATUS_UNSUPPORTED_FEATURE] = "an unknown kind of WebP",
		[VP8_STATUS_SUSPENDED] = "the file is cut short",
		[VP8_STATUS_USER_ABORT] = "libwebp cannot read it",
		[VP8_STATUS_NOT_ENOUGH_DATA] = "the file is cut short",
	};

	return err_set(code == VP8_STATUS_OUT_OF_MEMORY ? ERR_IO : ERR_FORMAT,
	    "%s", texts[code]);
}

static int
features(WebPBitstreamFeatures *f, const struct image_source *s)
{
	VP8StatusCode code = WebPGetFeatures(s->p, s->n, f);

	if (code != VP8_STATUS_OK)
		return webp_failed(code);
	return image_check_size((uint64_t)f->width, (uint64_t)f->height);
}

static int
read_still(struct image *out, const struct image_source *s, int alpha)
{
	size_t pitch = (size_t)out->width * (size_t)out->channels;
	WebPDecoderConfig config;
	VP8StatusCode code;

	if (!WebPInitDecoderConfig(&config))
		return webp_failed(VP8_STATUS_INVALID_PARAM);
	config.output.colorspace = alpha ? MODE_RGBA : MODE_RGB;
	config.output.is_external_memory = 1;
	config.output.u.RGBA.rgba = out->data;
	config.output.u.RGBA.stride = (int)pitch;
	config.output.u.RGBA.size = pitch * (size_t)out->height;
	code = WebPDecode(s->p, s->n, &config);
	WebPFreeDecBuffer(&config.output);
	return code == VP8_STATUS_OK ? 0 : webp_failed(code);
}

static int
read_first_frame(struct image *out, const struct image_source *s)
{
	WebPData data = { .bytes = s->p, .size = s->n };
	WebPAnimDecoder *dec = WebPAnimDecoderNew(&data, NULL);
	uint8_t *frame; /* the decoder's, RGBA */
	int when, rc = 0;

	if (dec == NULL)
		return webp_failed(VP8_STATUS_BITSTREAM_ERROR);
	if (WebPAnimDecoderGetNext(dec, &frame, &when))
		memcpy(out->data, frame,
		    (size_t)out->width * (size_t)out->height * 4);
	else
		rc = webp_failed(VP8_STATUS_BITSTREAM_ERROR);
	WebPAnimDecoderDelete(dec);
	return rc;
}

static int
orientation(const struct image_source *s)
{
	WebPData data = { .bytes = s->p, .size = s->n };
	WebPDemuxer *d = WebPDemux(&data);
	WebPChunkIterator chunk;
	int o = 1;

	if (d == NULL)
		return 1;
	if (WebPDemuxGetChunk(d, "EXIF", 1, &chunk)) {
		o = image_exif_orientation(chunk.chunk.bytes, chunk.chunk.size);
		WebPDemuxReleaseChunkIterator(&chunk);
	}
	WebPDemuxDelete(d);
	return o;
}

static int
webp_decode(struct image *out, const struct image_source *s)
{
	WebPBitstreamFeatures f;

	TRY(features(&f, s));
	TRY(image_take(
	    out, f.width, f.height, f.has_alpha || f.has_animation ? 4 : 3));
	if (f.has_animation)
		TRY(read_first_frame(out, s));
	else
		TRY(read_still(out, s, f.has_alpha));
	image_flatten(out);
	/* Only the extended format has room for EXIF. */
	if (!(s->flags & IMAGE_NO_EXIF) && memcmp(s->p + 12, "VP8X", 4) == 0)
		return image_orient(out, orientation(s));
	return 0;
}

static int
webp_probe(struct image_info *out, const struct image_source *s)
{
	WebPBitstreamFeatures f;

	TRY(features(&f, s));
	out->width = f.width;
	out->height = f.height;
	out->channels = f.has_alpha ? 4 : 3;
	out->bits = 8;
	return 0;
}

static int
webp_match(const uint8_t *p, size_t n)
{
	return n >= 16 && memcmp(p, "RIFF", 4) == 0 &&
	    memcmp(p + 8, "WEBP", 4) == 0;
}

const struct image_codec image_codec_webp = {
	.name = "webp",
	.match = webp_match,
	.probe = webp_probe,
	.decode = webp_decode,
};
