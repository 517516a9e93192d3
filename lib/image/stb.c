/* The one file that holds stb_image: see stb.h.  Of its functions most are unused,
 * which the compiler says at the end of the file. */
#include "image/stb.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "image/codec.h"

/* What a call may take: of each pixel 15 bytes for Radiance (three floats, then
 * three bytes), less for the others, and small things. */
enum { PER_PIXEL = 16, SMALL = 1 << 20 };

static _Thread_local size_t room;

static void *
take(size_t n)
{
	if (n > room)
		return NULL;
	room -= n;
	return malloc(n);
}

/* Only its zlib grows things, which is left out. */
static void *
grow(void *p, size_t n)
{
	(void)p;
	(void)n;
	return NULL;
}

#define STB_IMAGE_IMPLEMENTATION
#define STB_IMAGE_STATIC
#define STBI_ONLY_GIF
#define STBI_ONLY_HDR
#define STBI_ONLY_PSD
#define STBI_ONLY_TGA
#define STBI_NO_LINEAR
#define STBI_NO_STDIO
#define STBI_MAX_DIMENSIONS IMAGE_MAX_SIDE
#define STBI_MALLOC(n)      take(n)
#define STBI_REALLOC(p, n)  grow(p, n)
#define STBI_FREE(p)        free(p)
#define STBI_ASSERT(x)      ((void)(x))
#pragma GCC diagnostic ignored "-Wunused-function"
#include <stb/stb_image.h>

struct stream {
	const struct stb_file *f;
	size_t at; /* in both parts */
	bool ended;
};

/* stb_image fills a buffer of this size, where it minds no end, and else reads
 * rows and pixels, which are cut short where there is less. */
enum { BUFFER = sizeof(((stbi__context *)NULL)->buffer_start) };

static int
stream_read(void *ctx, char *to, int size)
{
	struct stream *s = ctx;
	const struct stb_file *f = s->f;
	size_t n = size > 0 ? (size_t)size : 0, left;
	const uint8_t *from;

	/* An empty block of a GIF; to all run lengths a long run, which ends them,
	 * where zeros would not. */
	if (s->at >= f->nhead + f->n) {
		s->ended = true;
		memset(to, f->open_end ? 0 : 255, n);
		return size;
	}
	from = s->at < f->nhead ? f->head + s->at : f->p + (s->at - f->nhead);
	left = s->at < f->nhead ? f->nhead - s->at : f->nhead + f->n - s->at;
	if (n > left) {
		s->ended |= n != BUFFER && s->at >= f->nhead;
		n = left;
	}
	memcpy(to, from, n);
	s->at += n;
	return (int)n;
}

static void
stream_skip(void *ctx, int n)
{
	struct stream *s = ctx;
	size_t left = s->f->nhead + s->f->n - s->at;

	if (n > 0 && (size_t)n > left)
		s->ended = true;
	s->at += n > 0 && (size_t)n > left ? left : (size_t)n;
}

/* The end is dealt with in stream_read. */
static int
stream_eof(void *ctx)
{
	(void)ctx;
	return 0;
}

int
stb_decode(
    struct image *out, const struct stb_file *f, int w, int h, int channels)
{
	static const stbi_io_callbacks calls = { stream_read, stream_skip,
		stream_eof };
	struct stream s = { .f = f };
	size_t n = (size_t)w * (size_t)h;
	int got_w = 0, got_h = 0, own = 0, rc = 0;
	uint8_t *p;

	TRY(image_check_size((uint64_t)w, (uint64_t)h));
	room = PER_PIXEL * n + SMALL;
	p = stbi_load_from_callbacks(
	    &calls, &s, &got_w, &got_h, &own, channels);
	if (s.ended && !f->open_end)
		rc = image_cut_short();
	else if (p == NULL)
		rc = err_set(ERR_FORMAT, "damaged: %s", stbi_failure_reason());
	else if (got_w != w || got_h != h)
		rc = err_set(ERR_FORMAT, "the header contradicts itself");
	if (channels == 0)
		channels = own;
	if (rc == 0)
		rc = image_take(out, w, h, channels);
	if (rc == 0)
		memcpy(out->data, p, n * (size_t)channels);
	free(p);
	return rc;
}
