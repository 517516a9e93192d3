/* Parts of web pages: see markup.h. */
#include "json/markup.h"

#include <string.h>

#include "base/err.h"
#include "file/bytes/base64.h"

int
markup_text(struct buf *b, const char *s)
{
	return s != NULL ? buf_add_xml(b, s, strlen(s)) : 0;
}

int
markup_data(struct buf *b, const char *type, const void *p, size_t n)
{
	TRY(buf_printf(b, "data:%s;base64,", type));
	return base64_add(b, p, n);
}
