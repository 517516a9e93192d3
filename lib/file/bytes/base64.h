/* Bytes as letters (RFC 4648, section 4): for pictures inside pages. */
#ifndef FILE_BYTES_BASE64_H
#define FILE_BYTES_BASE64_H

#include <stddef.h>

#include "base/buf.h"

/* Append n bytes, on one line, with padding; what buf_add returns. */
int base64_add(struct buf *b, const void *p, size_t n);

#endif
