/* Digests through libcrypto's EVP interface; hash_fast is our own. */
#include "file/hash.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"
#include "file/deps.h"
#include "file/file.h"

struct hash {
	EVP_MD_CTX *ctx;
	const EVP_MD *md;
};

/* libcrypto fails here only when memory is exhausted. */
static void
must(int ok)
{
	if (!ok)
		abort();
}

struct hash *
hash_new(enum hash_kind kind)
{
	struct hash *h = mem_new(struct hash);

	h->md = kind == HASH_SHA1 ? EVP_sha1() : EVP_sha256();
	h->ctx = EVP_MD_CTX_new();
	must(h->ctx != NULL && EVP_DigestInit_ex(h->ctx, h->md, NULL) == 1);
	return h;
}

void
hash_add(struct hash *h, const void *p, size_t n)
{
	must(EVP_DigestUpdate(h->ctx, p, n) == 1);
}

void
hash_hex(struct hash *h, char out[HASH_HEX_MAX])
{
	static const char digits[] = "0123456789abcdef";
	unsigned char raw[EVP_MAX_MD_SIZE];
	unsigned n = 0, i;

	must(EVP_DigestFinal_ex(h->ctx, raw, &n) == 1 && 2 * n < HASH_HEX_MAX);
	for (i = 0; i < n; i++) {
		out[2 * i] = digits[raw[i] >> 4];
		out[2 * i + 1] = digits[raw[i] & 15];
	}
	out[2 * n] = '\0';
	must(EVP_DigestInit_ex(h->ctx, h->md, NULL) == 1);
}

void
hash_free(struct hash *h)
{
	if (h == NULL)
		return;
	EVP_MD_CTX_free(h->ctx);
	mem_free(h);
}

void
hash_of(enum hash_kind kind, const void *p, size_t n, char out[HASH_HEX_MAX])
{
	struct hash *h = hash_new(kind);

	hash_add(h, p, n);
	hash_hex(h, out);
	hash_free(h);
}

int
hash_file(enum hash_kind kind, const char *path, char out[HASH_HEX_MAX])
{
	enum { CHUNK = 256 << 10 };
	struct hash *h = NULL;
	char *chunk = NULL;
	ssize_t n;
	int fd, rc = 0;

	fd = file_open(path);
	if (fd < 0)
		return fd;
	deps_add(path);
	h = hash_new(kind);
	chunk = mem_calloc(1, CHUNK);
	while ((n = read(fd, chunk, CHUNK)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			rc = err_sys("read %s", path);
			goto done;
		}
		hash_add(h, chunk, (size_t)n);
	}
	hash_hex(h, out);
done:
	mem_free(chunk);
	hash_free(h);
	close(fd);
	return rc;
}

static uint64_t
mix(uint64_t a, uint64_t b)
{
	__uint128_t m = (__uint128_t)a * b;

	return (uint64_t)m ^ (uint64_t)(m >> 64);
}

/* Multiply-and-fold over 8-byte words, little-endian on every machine. */
uint64_t
hash_fast(const void *p, size_t n, uint64_t seed)
{
	const uint64_t k0 = 0x9e3779b97f4a7c15u, k1 = 0xbf58476d1ce4e5b9u;
	const unsigned char *s = p;
	uint64_t h = seed ^ k0, word;
	size_t left = n, i;

	while (left > 0) {
		word = 0;
		if (left >= 8 && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__)
			memcpy(&word, s, 8);
		else
			for (i = 0; i < 8 && i < left; i++)
				word |= (uint64_t)s[i] << (8 * i);
		h = mix(h ^ word, k1) + k0;
		s += left >= 8 ? 8 : left;
		left -= left >= 8 ? 8 : left;
	}
	return mix(h ^ n, k1 ^ seed) ^ h;
}
