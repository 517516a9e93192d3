/* Bytes in memory as libtiff's file: see tiff_memory.h. */
#include "image/tiff_memory.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "image/codec.h"

static int
on_error(TIFF *tif, void *user, const char *module, const char *fmt, va_list ap)
{
	struct tiff_memory *m = user;

	(void)tif, (void)module;
	if (m->text[0] == '\0')
		vsnprintf(m->text, sizeof(m->text), fmt, ap);
	return 1;
}

/* Without a palette libtiff takes indexes for greys, and only warns. */
static int
on_warning(
    TIFF *tif, void *user, const char *module, const char *fmt, va_list ap)
{
	struct tiff_memory *m = user;
	char text[sizeof(m->text)];

	(void)tif, (void)module;
	vsnprintf(text, sizeof(text), fmt, ap);
	if (strstr(text, "IO error") != NULL &&
	    strstr(text, "ColorMap") != NULL)
		m->no_map = true;
	return 1;
}

static tmsize_t
mem_read(thandle_t h, void *to, tmsize_t n)
{
	struct tiff_memory *m = h;
	size_t left = m->at < m->n ? m->n - (size_t)m->at : 0;

	if ((size_t)n > left)
		n = (tmsize_t)left;
	memcpy(to, m->p + (n > 0 ? m->at : 0), (size_t)n);
	m->at += (toff_t)n;
	return n;
}

static tmsize_t
mem_write(thandle_t h, void *from, tmsize_t n)
{
	(void)h, (void)from, (void)n;
	return 0;
}

static toff_t
mem_seek(thandle_t h, toff_t off, int whence)
{
	struct tiff_memory *m = h;

	if (whence == SEEK_CUR)
		off += m->at;
	else if (whence == SEEK_END)
		off += m->n;
	return m->at = off;
}

static int
mem_close(thandle_t h)
{
	(void)h;
	return 0;
}

static toff_t
mem_size(thandle_t h)
{
	return ((struct tiff_memory *)h)->n;
}

int
tiff_memory_failed(const struct tiff_memory *m)
{
	return err_set(ERR_FORMAT, "%s",
	    m->text[0] != '\0' ? m->text : "libtiff cannot read it");
}

int
tiff_memory_open(
    TIFF **out, struct tiff_memory *m, const struct image_source *s)
{
	TIFFOpenOptions *o = TIFFOpenOptionsAlloc();

	*m = (struct tiff_memory){ .p = s->p, .n = s->n };
	*out = NULL;
	if (o == NULL)
		return err_set(ERR_IO, "no memory to open a TIFF");
	TIFFOpenOptionsSetMaxSingleMemAlloc(o, TIFF_ALLOC_MAX);
	TIFFOpenOptionsSetErrorHandlerExtR(o, on_error, m);
	TIFFOpenOptionsSetWarningHandlerExtR(o, on_warning, m);
	/* m: no mapping; the bytes are there already. */
	*out = TIFFClientOpenExt(s->name, "rm", m, mem_read, mem_write,
	    mem_seek, mem_close, mem_size, NULL, NULL, o);
	TIFFOpenOptionsFree(o);
	return *out == NULL ? tiff_memory_failed(m) : 0;
}
