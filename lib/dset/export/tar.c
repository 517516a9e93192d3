/* ustar headers: POSIX.1-1988, IEEE Std 1003.1. */
#include <string.h>

#include "base/err.h"
#include "dset/export/tar.h"

enum { BLOCK = 512, NAME = 100, PREFIX = 155, PREFIX_AT = 345 };

static int
put_bytes(struct tar *t, const void *p, size_t n)
{
	if (n > 0 && fwrite(p, 1, n, t->f) != n)
		return err_sys("write tar");
	return 0;
}

/* A number in octal, digits wide, and a 0. */
static void
octal(char *p, int digits, unsigned long long v)
{
	int i;

	for (i = digits - 1; i >= 0; i--, v >>= 3)
		p[i] = (char)('0' + (v & 7));
}

/* The name, split at a '/' when it is long. */
static int
put_name(char h[BLOCK], const char *name)
{
	size_t n = strlen(name), at;

	if (n <= NAME) {
		memcpy(h, name, n);
		return 0;
	}
	for (at = n < PREFIX ? n - 1 : PREFIX; at > 0; at--) {
		if (name[at] == '/' && n - at - 1 <= NAME) {
			memcpy(h + PREFIX_AT, name, at);
			memcpy(h, name + at + 1, n - at - 1);
			return 0;
		}
	}
	return err_set(ERR_RANGE, "%s: the name is too long for tar", name);
}

int
tar_add(struct tar *t, const char *name, const void *p, size_t n)
{
	static const char zeros[BLOCK];
	char h[BLOCK] = { 0 };
	unsigned sum = 0;
	int i;

	TRY(put_name(h, name));
	octal(h + 100, 7, 0644);
	octal(h + 108, 7, 0);
	octal(h + 116, 7, 0);
	octal(h + 124, 11, n);
	octal(h + 136, 11, 0);
	memset(h + 148, ' ', 8);
	h[156] = '0';
	memcpy(h + 257, "ustar\00000", 8);
	for (i = 0; i < BLOCK; i++)
		sum += (unsigned char)h[i];
	octal(h + 148, 6, sum);
	h[154] = '\0';
	TRY(put_bytes(t, h, BLOCK));
	TRY(put_bytes(t, p, n));
	return put_bytes(t, zeros, (BLOCK - n % BLOCK) % BLOCK);
}

int
tar_end(struct tar *t)
{
	static const char zeros[2 * BLOCK];

	TRY(put_bytes(t, zeros, sizeof zeros));
	return fflush(t->f) != 0 ? err_sys("write tar") : 0;
}
