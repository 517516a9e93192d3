/* Bytes as letters, by libcrypto: see base64.h. */
#include "file/bytes/base64.h"

#include <openssl/evp.h>

#include "base/err.h"

/* A piece: whole groups of three, so that no padding stands in between. */
enum { PIECE = 3 * 16384 };

int
base64_add(struct buf *b, const void *p, size_t n)
{
	const unsigned char *from = p;

	while (n > 0) {
		size_t m = n < PIECE ? n : PIECE;
		/* and the 0 byte that libcrypto writes behind */
		unsigned char *to = buf_room(b, (m + 2) / 3 * 4 + 1);

		if (to == NULL)
			return ERR_RANGE;
		buf_grew(b, (size_t)EVP_EncodeBlock(to, from, (int)m));
		from += m;
		n -= m;
	}
	return 0;
}
