/*
 * Bringing a picture to a given size in one of DIGITS's four ways (squash,
 * crop, fill, half-crop), in a letterbox or in its corner, rounding as DIGITS does,
 * half away from zero.
 */
#include <math.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/rng.h"
#include "image/codec.h"
#include "image/image.h"
#include "image/resize/resize.h"

static const char *const mode_names[] = {
	[IMAGE_SQUASH] = "squash",
	[IMAGE_CROP] = "crop",
	[IMAGE_FILL] = "fill",
	[IMAGE_HALF_CROP] = "half_crop",
	[IMAGE_LETTERBOX] = "letterbox",
	[IMAGE_CORNER] = "corner",
};

const char *
image_mode_name(enum image_mode mode)
{
	return mode_names[mode];
}

int
image_mode_find(enum image_mode *out, const char *name)
{
	for (size_t i = 0; i < LENGTH(mode_names); i++)
		if (strcmp(name, mode_names[i]) == 0) {
			*out = (enum image_mode)i;
			return 0;
		}
	if (strcmp(name, "half-crop") == 0) {
		*out = IMAGE_HALF_CROP;
		return 0;
	}
	return err_set(ERR_USAGE,
	    "resize mode \"%s\": squash, crop, fill, half-crop, letterbox or corner are known",
	    name);
}

static const char *const filter_names[] = {
	[IMAGE_BILINEAR] = "bilinear",
	[IMAGE_BICUBIC] = "bicubic",
};

const char *
image_filter_name(enum image_filter filter)
{
	return filter_names[filter];
}

int
image_filter_find(enum image_filter *out, const char *name)
{
	for (size_t i = 0; i < LENGTH(filter_names); i++)
		if (strcmp(name, filter_names[i]) == 0) {
			*out = (enum image_filter)i;
			return 0;
		}
	return err_set(ERR_USAGE,
	    "interpolation \"%s\": bilinear or bicubic are known", name);
}

/* One side: the picture is scaled to size; of it skip.. are used, and noise put
 * before it and behind. */
struct side {
	int size, skip, pad, behind;
};

/* v rounded half away from zero, at least 1, bounded for absurd shapes. */
static int
side_round(double v)
{
	double r = round(v);

	return r < 1 ? 1 : r > 1e9 ? 1000000000 : (int)r;
}

/* Scaled to at least want: cut to the middle. */
static struct side
side_cut(double size, int want)
{
	struct side s = { .size = side_round(size) };

	s.skip = (int)round((s.size - want) / 2.0);
	return s;
}

/* Scaled to at most want: made to differ by an even number, noise around. */
static struct side
side_pad(double size, int want)
{
	struct side s = { .size = side_round(size) };

	s.size += (want - s.size) % 2;
	s.pad = s.behind = (want - s.size) / 2;
	return s;
}

/* All that is left is behind. */
static struct side
side_corner(double size, int want)
{
	struct side s = { .size = side_round(size) };

	if (s.size > want)
		s.size = want;
	s.behind = want - s.size;
	return s;
}

/* DIGITS's rules for the two sides of a w x h picture brought to W x H. */
static void
plan(struct side *across, struct side *down, double w, double h, int W, int H,
    enum image_mode mode)
{
	double rw = w / W, rh = h / H, r = (rw + rh) / 2;

	*across = (struct side){ .size = W };
	*down = (struct side){ .size = H };
	/* Same shape, as many bits as a double has: nothing to cut or fill. */
	if (rw == rh || mode == IMAGE_SQUASH)
		return;
	if (mode == IMAGE_LETTERBOX)
		mode = IMAGE_FILL;
	if (mode == IMAGE_CORNER) {
		*across = side_corner(rw > rh ? W : w / rh, W);
		*down = side_corner(rw > rh ? h / rw : H, H);
		return;
	}
	if (mode == IMAGE_CROP && rw > rh)
		*across = side_cut(w / rh, W);
	else if (mode == IMAGE_CROP)
		*down = side_cut(h / rw, H);
	else if (mode == IMAGE_FILL && rw > rh)
		*down = side_pad(h / rw, H);
	else if (mode == IMAGE_FILL)
		*across = side_pad(w / rh, W);
	else if (rw > rh) {
		*across = side_cut(w / r, W);
		*down = side_pad(h / r, H);
	} else {
		*across = side_pad(w / r, W);
		*down = side_cut(h / r, H);
	}
}

/* Noise 0..254 in every byte. */
static void
fill_noise(struct image *im, uint64_t seed)
{
	size_t n =
	    (size_t)im->width * (size_t)im->height * (size_t)im->channels;
	struct rng r;

	rng_init(&r, seed, 0);
	/* Four bytes of a word: x * 255 >> 16 of 16 random bits. */
	for (size_t i = 0; i < n;) {
		uint64_t v = rng_u64(&r);

		for (int k = 0; k < 4 && i < n; k++, v >>= 16)
			im->data[i++] = (uint8_t)((v & 0xffff) * 255 >> 16);
	}
}

/* The picture's part, with noise (or grey) around it, into out. */
static int
fit_padded(struct image *out, const struct image *in,
    const struct resize_window *win, const struct side *across,
    const struct side *down, const uint64_t *seed, struct image *scratch)
{
	const int w = win->w + across->pad + across->behind;
	const int h = win->h + down->pad + down->behind;
	size_t c = (size_t)in->channels, pitch = (size_t)w * c;
	struct image part;
	int rc;

	image_init(&part);
	rc = resize_window(&part, in, win, scratch, resize_best());
	if (rc >= 0)
		rc = image_resize_buffer(out, w, h, in->channels);
	if (rc >= 0) {
		if (seed != NULL)
			fill_noise(out, *seed);
		else
			memset(out->data, IMAGE_GROUND, (size_t)h * pitch);
		for (int y = 0; y < win->h; y++)
			memcpy(out->data + (size_t)(y + down->pad) * pitch +
				(size_t)across->pad * c,
			    part.data + (size_t)y * (size_t)win->w * c,
			    (size_t)win->w * c);
	}
	image_clear(&part);
	return rc;
}

int
image_fit(struct image *out, const struct image *in, int w, int h,
    enum image_mode mode, uint64_t noise_seed, struct image *scratch)
{
	return image_fit_by(
	    out, in, w, h, mode, IMAGE_BILINEAR, noise_seed, scratch);
}

int
image_fit_by(struct image *out, const struct image *in, int w, int h,
    enum image_mode mode, enum image_filter filter, uint64_t noise_seed,
    struct image *scratch)
{
	double full_w = in->full_width > 0 ? in->full_width : in->width;
	double full_h = in->full_height > 0 ? in->full_height : in->height;
	struct resize_window win;
	struct side across, down;

	TRY(image_check_size((uint64_t)w, (uint64_t)h));
	if (full_w == w && full_h == h)
		return image_copy(out, in);
	plan(&across, &down, full_w, full_h, w, h, mode);
	win = (struct resize_window){
		.full_w = across.size,
		.full_h = down.size,
		.x = across.skip,
		.y = down.skip,
		.w = w - across.pad - across.behind,
		.h = h - down.pad - down.behind,
		.filter = filter,
	};
	if (across.behind > 0 || down.behind > 0)
		return fit_padded(out, in, &win, &across, &down,
		    mode == IMAGE_LETTERBOX || mode == IMAGE_CORNER
			? NULL
			: &noise_seed,
		    scratch);
	return resize_window(out, in, &win, scratch, resize_best());
}

static struct resize_window
middle_window(const double in[2], const int fit[2], const int to[2])
{
	const double rw = in[0] / fit[0], rh = in[1] / fit[1];
	const double r = rw < rh ? rw : rh;
	int full[2], at[2];

	for (int k = 0; k < 2; k++) {
		const double longer = fit[0] == fit[1]
		    ? floor(fit[0] * in[k] / (r == rw ? in[0] : in[1]))
		    : nearbyint(in[k] / r);

		full[k] = longer > 1e9 ? 1000000000 : (int)longer;
		if (full[k] < to[k])
			full[k] = to[k];
		at[k] = (int)nearbyint((full[k] - to[k]) / 2.0);
	}
	return (struct resize_window){ .full_w = full[0],
		.full_h = full[1],
		.x = at[0],
		.y = at[1],
		.w = to[0],
		.h = to[1] };
}

int
image_middle(struct image *out, const struct image *in, int fit_w, int fit_h,
    int w, int h, enum image_filter filter, struct image *scratch)
{
	const double size[2] = { in->full_width > 0 ? in->full_width
						    : in->width,
		in->full_height > 0 ? in->full_height : in->height };
	const int fit[2] = { fit_w, fit_h }, to[2] = { w, h };
	struct resize_window win;

	TRY(image_check_size((uint64_t)w, (uint64_t)h));
	win = middle_window(size, fit, to);
	win.filter = filter;
	return resize_window(out, in, &win, scratch, resize_best());
}

struct image_place
image_middle_place(const int in[2], const int fit[2], const int to[2])
{
	const double size[2] = { in[0], in[1] };
	const struct resize_window win = middle_window(size, fit, to);

	return (struct image_place){
		.scale_x = (double)win.full_w / in[0],
		.scale_y = (double)win.full_h / in[1],
		.left = -win.x,
		.top = -win.y,
	};
}

int
image_pad(struct image *out, const struct image *in, int w, int h)
{
	const size_t c = (size_t)in->channels, row = (size_t)in->width * c;
	const size_t pitch = (size_t)w * c;

	if (w < in->width || h < in->height)
		return err_set(ERR_RANGE,
		    "%dx%d pixels do not fit into the padding of %dx%d",
		    in->width, in->height, w, h);
	TRY(image_resize_buffer(out, w, h, in->channels));
	memset(out->data, 0, pitch * (size_t)h);
	for (int y = 0; y < in->height; y++)
		memcpy(out->data + (size_t)y * pitch,
		    in->data + (size_t)y * row, row);
	return 0;
}

struct image_place
image_fit_place(int w, int h, int to_w, int to_h, enum image_mode mode)
{
	struct side across, down;

	plan(&across, &down, w, h, to_w, to_h, mode);
	return (struct image_place){
		.scale_x = (double)across.size / w,
		.scale_y = (double)down.size / h,
		.left = across.pad - across.skip,
		.top = down.pad - down.skip,
	};
}
