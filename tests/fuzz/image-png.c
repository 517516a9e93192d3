/*
 * PNGs whose envelope is right and whose inside is the input: width, height,
 * colour type, palette and filtered rows.  The fast reader and libpng must
 * agree on every one, in pixels and in refusal.
 */
#include <stdlib.h>
#include <string.h>

#include <libdeflate.h>

#include "base/buf.h"
#include "base/log.h"
#include "fuzz.h"
#include "image/deflate.h"
#include "image/image.h"

enum { HEAD = 8, PLAIN_MAX = 1 << 16 };

static void
put32(uint8_t *p, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> (24 - 8 * i));
}

/* A chunk; wrong: its checksum is. */
static void
add_chunk(struct buf *b, const char *name, const void *p, size_t n, int wrong)
{
	uint8_t word[4];
	size_t at = b->len + 4;

	put32(word, (uint32_t)n);
	buf_add(b, word, 4);
	buf_add(b, name, 4);
	buf_add(b, p, n);
	put32(word, libdeflate_crc32(0, b->data + at, n + 4) ^ (wrong ? 1 : 0));
	buf_add(b, word, 4);
}

/* The picture described by data.  A comment with a wrong checksum is nothing
 * to libpng and too much for the fast reader. */
static void
make(struct buf *b, const uint8_t *data, size_t size, int comment)
{
	static const uint8_t types[8] = { 0, 2, 3, 4, 6, 0, 2, 3 };
	static const uint8_t bytes[7] = { 1, 0, 3, 1, 2, 0, 4 };
	uint8_t head[13] = { 0 }, *plain, *packed;
	size_t w = 1 + data[0] % 40, h = 1 + data[1] % 40, n, half;

	put32(head, (uint32_t)w);
	put32(head + 4, (uint32_t)h);
	head[8] = 8;
	head[9] = types[data[2] & 7];
	n = h * (1 + w * bytes[head[9]]);
	/* Sometimes too little or too much. */
	n = data[3] == 1 ? n - 1 : data[3] == 2 ? n + 1 : n;
	plain = calloc(n, 1);
	packed = malloc(deflate_bound(n));
	memcpy(plain, data + HEAD, n < size - HEAD ? n : size - HEAD);
	for (size_t i = 0; data[4] & 1 && i < n; i += 1 + w * bytes[head[9]])
		plain[i] %= 5; /* a filter that exists */
	buf_add(b, "\x89PNG\r\n\x1a\n", 8);
	add_chunk(b, "IHDR", head, 13, 0);
	if (comment)
		add_chunk(b, "tEXt", "a", 1, 1);
	if (head[9] == 3)
		add_chunk(b, "PLTE", data, 3 * (1 + data[5] % 2), 0);
	n = deflate_runs(packed, plain, n);
	half = data[6] & 1 ? n / 2 : n;
	add_chunk(b, "IDAT", packed, half, 0);
	if (half < n)
		add_chunk(b, "IDAT", packed + half, n - half, 0);
	add_chunk(b, "IEND", "", 0, 0);
	free(plain);
	free(packed);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct image im[2];
	struct buf b;
	int rc[2];

	if (size < HEAD || size > PLAIN_MAX)
		return 0;
	log_init("fuzz", -1);
	buf_init(&b, 1 << 20);
	for (int i = 0; i < 2; i++) {
		image_init(&im[i]);
		buf_reset(&b);
		make(&b, data, size, i);
		rc[i] = image_decode(&im[i], b.data, b.len, "p", 0, 0, 0);
	}
	if (rc[0] != rc[1])
		abort();
	if (rc[0] == 0 &&
	    (im[0].width != im[1].width || im[0].height != im[1].height ||
		im[0].channels != im[1].channels ||
		memcmp(im[0].data, im[1].data,
		    (size_t)im[0].width * (size_t)im[0].height *
			(size_t)im[0].channels) != 0))
		abort();
	image_clear(&im[0]);
	image_clear(&im[1]);
	buf_clear(&b);
	return 0;
}

void
fuzz_seed(void (*add)(const void *p, size_t n))
{
	uint8_t bytes[4000];

	for (unsigned i = 0; i < 32; i++) {
		for (size_t k = 0; k < sizeof(bytes); k++)
			bytes[k] = (uint8_t)((k * 31 + k / 7 * i) >> (i % 4));
		bytes[2] = (uint8_t)(i & 7);
		bytes[3] = 0;
		bytes[4] = (uint8_t)(i < 24);
		add(bytes, sizeof(bytes));
	}
}
