/*
 * The table of picture formats, and the functions that pick one of them: by
 * content when reading, by extension when writing.
 */
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/path.h"
#include "file/file.h"
#include "file/sniff.h"
#include "image/codec.h"
#include "image/image.h"

/* Asked in this order. */
static const struct image_codec *const codecs[] = {
	&image_codec_jpeg,
	&image_codec_png,
	&image_codec_pnm,
	&image_codec_bmp,
	&image_codec_tiff,
	&image_codec_webp,
	&image_codec_gif,
	&image_codec_psd,
	&image_codec_hdr,
	&image_codec_tga, /* the last: it has no magic number */
	NULL,
};

/* Of 12 bits in 16 the top byte holds four. */
enum { LOW_MAX = 15 };

static const char *const encoding_names[] = {
	[IMAGE_PNG] = "png",
	[IMAGE_JPEG] = "jpg",
	[IMAGE_RAW] = "none",
};

const char *
image_encoding_name(enum image_encoding encoding)
{
	return encoding_names[encoding];
}

static const struct image_codec *
find_codec(const void *p, size_t n)
{
	for (size_t i = 0; codecs[i] != NULL; i++)
		if (codecs[i]->match(p, n))
			return codecs[i];
	return NULL;
}

bool
image_known(const void *p, size_t n)
{
	return find_codec(p, n) != NULL;
}

static int
unknown(const char *name, size_t n)
{
	if (n == 0)
		return err_set(ERR_FORMAT, "%s: the file is empty", name);
	return err_set(ERR_FORMAT, "%s: not a picture of a known format", name);
}

/* libpng's weights for 0.299 and 0.587, which OpenCV asks for. */
static void
luma(struct image *im)
{
	size_t n = (size_t)im->width * (size_t)im->height;

	for (size_t i = 0; i < n; i++) {
		const uint8_t *p = im->data + 3 * i;

		im->data[i] =
		    (uint8_t)((9797u * p[0] + 19234u * p[1] + 3737u * p[2]) >>
			15);
	}
	im->channels = 1;
}

static int
greatest(const struct image *im)
{
	const size_t n =
	    (size_t)im->width * (size_t)im->height * (size_t)im->channels;
	int most = 0;

	for (size_t i = 0; i < n && most <= LOW_MAX; i++)
		if (im->data[i] > most)
			most = im->data[i];
	return most;
}

/* Is the picture black down to the low bytes of its samples? */
static bool
is_black(const struct image_codec *codec, const struct image_source *s)
{
	struct image_source low = *s;
	struct image im;
	bool black;

	image_init(&im);
	low.flags |= IMAGE_LOW_BYTE;
	black = codec->decode(&im, &low) < 0 || greatest(&im) == 0;
	image_clear(&im);
	return black;
}

/* Of 16 bits the top byte is kept: is it nearly nothing in all samples? */
static int
low_bits(const struct image *im, const struct image_codec *codec,
    const struct image_source *s)
{
	struct image_info info = { 0 };
	const int most = greatest(im);

	if (most > LOW_MAX || codec->probe(&info, s) < 0 || info.bits != 16 ||
	    (most == 0 && is_black(codec, s)))
		return 0;
	return most == 0 ? 8 : most <= 3 ? 10 : 12;
}

int
image_decode(struct image *out, const void *p, size_t n, const char *name,
    int flags, int hint_w, int hint_h)
{
	const struct image_codec *codec = find_codec(p, n);
	struct image_source s = { .p = p,
		.n = n,
		.name = name,
		.flags = flags,
		.hint_w = hint_w,
		.hint_h = hint_h };
	int rc;

	if (codec == NULL)
		return sniff_fail(unknown(name, n), name, p, n, "a picture");
	rc = codec->decode(out, &s);
	if (rc >= 0)
		out->low_bits = low_bits(out, codec, &s);
	if (rc >= 0 && (flags & IMAGE_GREY) && out->channels == 3)
		luma(out);
	return rc < 0 ? err_in(rc, "%s", name) : 0;
}

int
image_decode_deep(struct image *top, struct image *low, const void *p, size_t n,
    const char *name, int flags)
{
	const struct image_codec *codec = find_codec(p, n);
	struct image_source s = {
		.p = p, .n = n, .name = name, .flags = flags | IMAGE_LOW_BYTE
	};
	struct image_info info = { 0 };
	int rc;

	TRY(image_decode(top, p, n, name, flags, 0, 0));
	rc = codec->probe(&info, &s);
	if (rc >= 0 && info.bits != 16)
		return image_copy(low, top);
	if (rc >= 0 && info.channels % 2 == 0)
		rc = err_set(ERR_UNSUPPORTED, "16 bits a sample with alpha");
	if (rc >= 0)
		rc = codec->decode(low, &s);
	return rc < 0 ? err_in(rc, "%s", name) : 0;
}

int
image_probe(struct image_info *out, const void *p, size_t n, const char *name)
{
	const struct image_codec *codec = find_codec(p, n);
	struct image_source s = { .p = p, .n = n, .name = name };
	int rc;

	if (codec == NULL)
		return sniff_fail(unknown(name, n), name, p, n, "a picture");
	*out = (struct image_info){ .format = codec->name, .orientation = 1 };
	rc = codec->probe(out, &s);
	return rc < 0 ? err_in(rc, "%s", name) : 0;
}

int
image_read(struct image *out, const char *path, int flags)
{
	struct buf b;
	int rc;

	buf_init(&b, IMAGE_MAX_FILE);
	rc = file_read(&b, path);
	if (rc >= 0)
		rc = image_decode(out, b.data, b.len,
		    strcmp(path, "-") == 0 ? "standard input" : path, flags, 0,
		    0);
	buf_clear(&b);
	return rc;
}

/* Is ext a word of list (".jpg .jpeg")?  Case does not count. */
static int
in_list(const char *list, const char *ext)
{
	size_t n = strlen(ext);

	while (n > 0 && *list != '\0') {
		size_t m = strcspn(list, " ");

		if (m == n && strncasecmp(list, ext, n) == 0)
			return 1;
		list += m + (list[m] == ' ');
	}
	return 0;
}

int
image_write(const char *path, const struct image *im, int force)
{
	const char *ext = path_ext(path);
	const struct image_codec *codec = NULL;
	struct buf b;
	int rc;

	for (size_t i = 0; codecs[i] != NULL && codec == NULL; i++)
		if (codecs[i]->encode != NULL &&
		    in_list(codecs[i]->extensions, ext))
			codec = codecs[i];
	if (codec == NULL)
		return err_set(ERR_USAGE,
		    "%s: pictures are written as .png, .jpg or .ppm", path);
	buf_init(&b, IMAGE_MAX_FILE);
	rc = codec->encode(&b, im);
	if (rc < 0)
		rc = err_in(rc, "%s", path);
	else
		rc = file_write(path, b.data, b.len, force);
	buf_clear(&b);
	return rc;
}
