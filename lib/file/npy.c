/*
 * NumPy's .npy format: a magic, a version, the text of a Python dictionary with
 * descr, fortran_order and shape, then the numbers.
 */
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/num.h"
#include "file/file.h"
#include "file/npy.h"
#include "file/sniff.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
    "numbers are written as the machine has them");

enum { MAGIC_LEN = 6, ALIGN = 64 };
static const char magic[] = "\x93NUMPY";

static const struct {
	char kind;
	size_t size;
} types[] = {
	[NPY_F32] = { 'f', 4 },
	[NPY_F64] = { 'f', 8 },
	[NPY_U8] = { 'u', 1 },
	[NPY_I32] = { 'i', 4 },
	[NPY_I64] = { 'i', 8 },
	[NPY_F16] = { 'f', 2 },
	[NPY_I8] = { 'i', 1 },
	[NPY_I16] = { 'i', 2 },
	[NPY_U16] = { 'u', 2 },
	[NPY_U32] = { 'u', 4 },
	[NPY_U64] = { 'u', 8 },
	[NPY_BOOL] = { 'b', 1 },
};

size_t
npy_size(enum npy_type type)
{
	return types[type].size;
}

/* ---- the dictionary ---- */

struct head {
	const char *at, *end;
	int seen; /* bit 0 descr, 1 fortran_order, 2 shape */
	int swap; /* big-endian */
	int fortran;
};

static void
skip_space(struct head *h)
{
	while (h->at < h->end && (*h->at == ' ' || *h->at == '\n'))
		h->at++;
}

static int
take_char(struct head *h, char c)
{
	skip_space(h);
	if (h->at == h->end || *h->at != c)
		return 0;
	h->at++;
	return 1;
}

/* 'word' into out; 0 when there is none. */
static int
take_quoted(struct head *h, char *out, size_t size)
{
	const char *start;
	char quote;
	size_t n;

	skip_space(h);
	if (h->at == h->end || (*h->at != '\'' && *h->at != '"'))
		return 0;
	quote = *h->at++;
	start = h->at;
	while (h->at < h->end && *h->at != quote)
		h->at++;
	n = (size_t)(h->at - start);
	if (h->at == h->end || n >= size)
		return 0;
	h->at++;
	memcpy(out, start, n);
	out[n] = '\0';
	return 1;
}

static int
take_descr(struct npy *a, struct head *h)
{
	char s[16];
	size_t i;

	if (!take_quoted(h, s, sizeof(s)) || strlen(s) != 3 ||
	    strchr("<>|=", s[0]) == NULL)
		return err_set(
		    ERR_UNSUPPORTED, "not an array of plain numbers");
	h->swap = s[0] == '>';
	for (i = 0; i < LENGTH(types); i++)
		if (types[i].kind == s[1] &&
		    types[i].size == (size_t)(s[2] - '0')) {
			a->type = (enum npy_type)i;
			h->seen |= 1;
			return 0;
		}
	return err_set(
	    ERR_UNSUPPORTED, "elements of type \"%s\" are not supported", s);
}

static int
take_order(struct head *h)
{
	skip_space(h);
	h->fortran = h->end - h->at >= 4 && memcmp(h->at, "True", 4) == 0;
	if (!h->fortran &&
	    (h->end - h->at < 5 || memcmp(h->at, "False", 5) != 0))
		return err_set(
		    ERR_FORMAT, "fortran_order is neither True nor False");
	h->at += h->fortran ? 4 : 5;
	h->seen |= 2;
	return 0;
}

static int
take_shape(struct npy *a, struct head *h)
{
	size_t v;

	if (!take_char(h, '('))
		return err_set(ERR_FORMAT, "the shape is not a tuple");
	while (!take_char(h, ')')) {
		skip_space(h);
		if (a->ndim == NPY_DIMS || h->at == h->end || *h->at < '0' ||
		    *h->at > '9')
			return err_set(ERR_FORMAT, "a broken shape");
		for (v = 0; h->at < h->end && *h->at >= '0' && *h->at <= '9';
		     h->at++)
			if (mem_mul(&v, v, 10) < 0 ||
			    mem_add(&v, v, (size_t)(*h->at - '0')) < 0)
				return err_set(ERR_FORMAT, "a broken shape");
		if (h->at < h->end && *h->at == 'L')
			h->at++; /* Python 2 */
		a->dim[a->ndim++] = v;
		if (mem_mul(&a->count, a->count, v) < 0)
			return err_set(ERR_RANGE, "the array is too large");
		if (!take_char(h, ',') && (h->at == h->end || *h->at != ')'))
			return err_set(ERR_FORMAT, "a broken shape");
	}
	h->seen |= 4;
	return 0;
}

static int
take_dictionary(struct npy *a, struct head *h)
{
	char key[32];

	if (!take_char(h, '{'))
		return err_set(ERR_FORMAT, "no dictionary in the header");
	while (!take_char(h, '}')) {
		if (!take_quoted(h, key, sizeof(key)) || !take_char(h, ':'))
			return err_set(ERR_FORMAT, "a broken header");
		if (strcmp(key, "descr") == 0 && !(h->seen & 1))
			TRY(take_descr(a, h));
		else if (strcmp(key, "fortran_order") == 0 && !(h->seen & 2))
			TRY(take_order(h));
		else if (strcmp(key, "shape") == 0 && !(h->seen & 4))
			TRY(take_shape(a, h));
		else
			return err_set(ERR_FORMAT,
			    "unknown key \"%s\" in the header", key);
		take_char(h, ',');
	}
	return h->seen == 7 ? 0 : err_set(ERR_FORMAT, "the header lacks a key");
}

/* ---- reading ---- */

static int
swap_bytes(struct npy *a)
{
	size_t size = npy_size(a->type), i, k;
	const uint8_t *from = a->data;
	uint8_t *to;
	void *p;

	if (size == 1 || a->count == 0)
		return 0;
	TRY(mem_take(&p, a->count, size, SIZE_MAX / 2, "array"));
	to = p;
	for (i = 0; i < a->count; i++)
		for (k = 0; k < size; k++)
			to[i * size + k] = from[i * size + size - 1 - k];
	a->owned = p;
	a->data = p;
	return 0;
}

/* From Fortran order, in which the first index runs fastest, to C's. */
static int
reorder(struct npy *a)
{
	size_t size = npy_size(a->type), at[NPY_DIMS] = { 0 };
	size_t step[NPY_DIMS], from = 0, i;
	const uint8_t *bytes = a->data;
	void *p;
	int k;

	if (a->ndim < 2 || a->count == 0)
		return 0;
	TRY(mem_take(&p, a->count, size, SIZE_MAX / 2, "array"));
	for (k = 0, i = 1; k < a->ndim; i *= a->dim[k++])
		step[k] = i;
	for (i = 0; i < a->count; i++) {
		memcpy((uint8_t *)p + i * size, bytes + from * size, size);
		for (k = a->ndim - 1; k >= 0; k--) {
			from += step[k];
			if (++at[k] < a->dim[k])
				break;
			from -= at[k] * step[k];
			at[k] = 0;
		}
	}
	mem_free(a->owned);
	a->data = a->owned = p;
	return 0;
}

static int
parse_npy(struct npy *a, const uint8_t *p, size_t n)
{
	struct head h = { 0 };
	size_t head, start, bytes;
	int rc;

	if (n < MAGIC_LEN + 4 || memcmp(p, magic, MAGIC_LEN) != 0)
		return err_set(ERR_FORMAT, "not a .npy file");
	if (p[6] < 1 || p[6] > 3)
		return err_set(
		    ERR_UNSUPPORTED, "version %d of .npy is not known", p[6]);
	start = p[6] == 1 ? 10 : 12;
	if (n < start)
		return err_set(ERR_FORMAT, "cut short in the header");
	head = (size_t)p[8] | (size_t)p[9] << 8;
	if (start == 12)
		head |= (size_t)p[10] << 16 | (size_t)p[11] << 24;
	if (head > n - start)
		return err_set(ERR_FORMAT, "cut short in the header");
	h.at = (const char *)p + start;
	h.end = h.at + head;
	a->count = 1;
	TRY(take_dictionary(a, &h));
	rc = mem_mul(&bytes, a->count, npy_size(a->type));
	if (rc < 0 || bytes > n - start - head)
		return err_set(ERR_FORMAT,
		    "%zu bytes of numbers, the shape needs %zu elements of %zu",
		    n - start - head, a->count, npy_size(a->type));
	a->data = p + start + head;
	if (h.swap)
		TRY(swap_bytes(a));
	return h.fortran ? reorder(a) : 0;
}

int
npy_parse(struct npy *out, const void *p, size_t n, const char *name)
{
	int rc;

	memset(out, 0, sizeof(*out));
	rc = parse_npy(out, p, n);
	if (rc < 0)
		npy_clear(out);
	return rc < 0 ? err_in(rc, "%s", name) : 0;
}

int
npy_read(struct npy *out, const char *path, size_t max)
{
	struct buf b;
	size_t bytes;
	void *p;
	int rc;

	memset(out, 0, sizeof(*out));
	buf_init(&b, max);
	rc = file_read(&b, path);
	if (rc >= 0)
		rc = sniff_fail(npy_parse(out, buf_str(&b), b.len, path), path,
		    buf_str(&b), b.len, "a .npy array");
	if (rc >= 0 && out->owned == NULL) {
		/* to an aligned place of its own */
		bytes = out->count * npy_size(out->type);
		rc = mem_take(&p, bytes ? bytes : 1, 1, max + 1, path);
		if (rc >= 0) {
			memcpy(p, out->data, bytes);
			out->data = out->owned = p;
		}
	}
	buf_clear(&b);
	return rc < 0 ? rc : 0;
}

void
npy_clear(struct npy *a)
{
	mem_free(a->owned);
	memset(a, 0, sizeof(*a));
}

#define AS_FLOAT(type)                                                         \
	do {                                                                   \
		type v_;                                                       \
		memcpy(&v_, p, sizeof(v_));                                    \
		return (float)v_;                                              \
	} while (0)

static float
element(const uint8_t *p, enum npy_type type)
{
	uint16_t h;

	switch (type) {
	case NPY_F32: AS_FLOAT(float);
	case NPY_F64: AS_FLOAT(double);
	case NPY_I8: AS_FLOAT(int8_t);
	case NPY_I16: AS_FLOAT(int16_t);
	case NPY_I32: AS_FLOAT(int32_t);
	case NPY_I64: AS_FLOAT(int64_t);
	case NPY_U16: AS_FLOAT(uint16_t);
	case NPY_U32: AS_FLOAT(uint32_t);
	case NPY_U64: AS_FLOAT(uint64_t);
	case NPY_F16: memcpy(&h, p, sizeof(h)); return num_half(h);
	case NPY_BOOL: return *p != 0;
	default: return *p;
	}
}

void
npy_floats(float *out, const struct npy *a)
{
	size_t i, size = npy_size(a->type);
	const uint8_t *p = a->data;

	if (a->count == 0)
		return;
	if (a->type == NPY_F32) {
		memcpy(out, a->data, a->count * sizeof(*out));
		return;
	}
	for (i = 0; i < a->count; i++)
		out[i] = element(p + i * size, a->type);
}

/* ---- writing ---- */

int
npy_add_header(struct buf *b, enum npy_type type, int ndim, const size_t *dim)
{
	size_t start = b->len, head;
	int i;

	TRY(buf_add(b, "\x93NUMPY\1\0\0\0", 10));
	TRY(buf_printf(b,
	    "{'descr': '%c%c%zu', 'fortran_order': False, 'shape': (",
	    npy_size(type) == 1 ? '|' : '<', types[type].kind, npy_size(type)));
	for (i = 0; i < ndim; i++)
		TRY(buf_printf(b, i ? ", %zu" : "%zu", dim[i]));
	TRY(buf_adds(b, ndim == 1 ? ",), }" : "), }"));
	while ((b->len - start + 1) % ALIGN)
		TRY(buf_addc(b, ' '));
	TRY(buf_addc(b, '\n'));
	head = b->len - start - 10; /* NPY_DIMS numbers fit in 16 bits */
	b->data[start + 8] = (char)(head & 255);
	b->data[start + 9] = (char)(head >> 8);
	return 0;
}

int
npy_add(struct buf *b, enum npy_type type, int ndim, const size_t *dim,
    const void *data)
{
	size_t bytes = npy_size(type);
	int i;

	for (i = 0; i < ndim; i++)
		if (mem_mul(&bytes, bytes, dim[i]) < 0)
			return err_set(ERR_RANGE, "the array is too large");
	TRY(npy_add_header(b, type, ndim, dim));
	return buf_add(b, data, bytes);
}

int
npy_write(const char *path, enum npy_type type, int ndim, const size_t *dim,
    const void *data, int force)
{
	struct buf b;
	int rc;

	buf_init(&b, SIZE_MAX / 2);
	rc = npy_add(&b, type, ndim, dim, data);
	if (rc >= 0)
		rc = file_write(path, buf_str(&b), b.len, force);
	buf_clear(&b);
	return rc < 0 ? rc : 0;
}
