/* OpenSSH's signatures: see sign.h. */
#include "store/sign.h"

#include <openssl/evp.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "file/file.h"

enum { KEY_FILE_MAX = 1 << 20, ED25519_KEY = 32, ED25519_SIG = 64 };

#define TYPE     "ssh-ed25519"
#define SIG_HEAD "-----BEGIN SSH SIGNATURE-----"
#define SIG_FOOT "-----END SSH SIGNATURE-----"
#define KEY_HEAD "-----BEGIN OPENSSH PRIVATE KEY-----"
#define KEY_FOOT "-----END OPENSSH PRIVATE KEY-----"

/* ---- SSH's wire format -------------------------------------------------- */

struct in {
	const unsigned char *p;
	size_t n;
	int bad;
};

struct text {
	const unsigned char *p;
	size_t n;
};

static unsigned
in_u32(struct in *in)
{
	unsigned v;

	if (in->bad || in->n < 4) {
		in->bad = 1;
		return 0;
	}
	v = (unsigned)in->p[0] << 24 | (unsigned)in->p[1] << 16 |
	    (unsigned)in->p[2] << 8 | in->p[3];
	in->p += 4;
	in->n -= 4;
	return v;
}

static struct text
in_bytes(struct in *in, size_t n)
{
	struct text t = { in->p, n };

	if (in->bad || in->n < n) {
		in->bad = 1;
		t.n = 0;
		return t;
	}
	in->p += n;
	in->n -= n;
	return t;
}

static struct text
in_text(struct in *in)
{
	size_t n = in_u32(in);

	return in_bytes(in, n);
}

static int
is(struct text t, const char *s)
{
	return t.n == strlen(s) && memcmp(t.p, s, t.n) == 0;
}

static void
out_u32(struct buf *b, size_t v)
{
	const unsigned char p[4] = { (unsigned char)(v >> 24),
		(unsigned char)(v >> 16), (unsigned char)(v >> 8),
		(unsigned char)v };

	buf_add(b, p, 4);
}

static void
out_text(struct buf *b, const void *p, size_t n)
{
	out_u32(b, n);
	buf_add(b, p, n);
}

static void
out_str(struct buf *b, const char *s)
{
	out_text(b, s, strlen(s));
}

/* The base64 between head and foot (or all of text) into out. */
static int
armour_read(
    struct buf *out, const char *text, const char *head, const char *foot)
{
	const char *a = strstr(text, head), *z;
	EVP_ENCODE_CTX *ctx;
	unsigned char *to;
	int n = 0, more = 0, ok;

	if (a == NULL)
		return -1;
	a += strlen(head);
	z = strstr(a, foot);
	if (z == NULL)
		return -1;
	to = buf_room(out, (size_t)(z - a) + 64);
	if (to == NULL)
		return -1;
	ctx = EVP_ENCODE_CTX_new();
	EVP_DecodeInit(ctx);
	ok = EVP_DecodeUpdate(
		 ctx, to, &n, (const unsigned char *)a, (int)(z - a)) >= 0 &&
	    EVP_DecodeFinal(ctx, to + n, &more) > 0;
	EVP_ENCODE_CTX_free(ctx);
	if (!ok)
		return -1;
	buf_grew(out, (size_t)(n + more));
	return 0;
}

static void
armour_write(struct buf *out, const struct buf *blob)
{
	char *line = mem_array(char, blob->len * 2 + 8);
	size_t n, i;

	n = (size_t)EVP_EncodeBlock((unsigned char *)line,
	    (const unsigned char *)blob->data, (int)blob->len);
	buf_adds(out, SIG_HEAD "\n");
	for (i = 0; i < n; i += 70)
		buf_printf(out, "%.70s\n", line + i);
	buf_adds(out, SIG_FOOT "\n");
	mem_free(line);
}

/* ---- what is signed ----------------------------------------------------- */

/* "SSHSIG", namespace, "", hash name, hash of the message. */
static int
message(struct buf *b, const char *hash, const void *p, size_t n)
{
	unsigned char md[EVP_MAX_MD_SIZE];
	unsigned md_n = 0;
	const EVP_MD *kind =
	    strcmp(hash, "sha512") == 0 ? EVP_sha512() : EVP_sha256();

	if (EVP_Digest(p, n, md, &md_n, kind, NULL) != 1)
		return err_set(ERR_IO, "libcrypto: no digest");
	buf_add(b, "SSHSIG", 6);
	out_str(b, SIGN_NAMESPACE);
	out_str(b, "");
	out_str(b, hash);
	out_text(b, md, md_n);
	return 0;
}

/* The seed (first half of the private part) and the public key. */
static int
key_parse(unsigned char seed[ED25519_KEY], unsigned char pub[ED25519_KEY],
    struct in *in)
{
	static const char magic[] = "openssh-key-v1";
	struct text t = in_bytes(in, sizeof(magic));
	struct in private;
	unsigned a, b;

	if (t.n != sizeof(magic) || memcmp(t.p, magic, t.n) != 0)
		return err_set(ERR_FORMAT, "not an OpenSSH private key");
	if (!is(in_text(in), "none"))
		return err_set(ERR_UNSUPPORTED,
		    "the key has a passphrase: sign with ssh-keygen -Y sign");
	in_text(in); /* key derivation and its options: none */
	in_text(in);
	if (in_u32(in) != 1)
		return err_set(ERR_UNSUPPORTED, "not one key");
	in_text(in); /* the public key */
	t = in_text(in);
	private = (struct in){ t.p, t.n, in->bad };
	a = in_u32(&private);
	b = in_u32(&private);
	if (a != b || !is(in_text(&private), TYPE))
		return err_set(ERR_UNSUPPORTED, "not an Ed25519 key");
	t = in_text(&private);
	if (t.n == ED25519_KEY)
		memcpy(pub, t.p, ED25519_KEY);
	t = in_text(&private);
	if (private.bad || t.n != 2 * ED25519_KEY)
		return err_set(ERR_FORMAT, "damaged private key");
	memcpy(seed, t.p, ED25519_KEY);
	return 0;
}

static int
key_read(unsigned char seed[ED25519_KEY], unsigned char pub[ED25519_KEY],
    const char *path)
{
	struct buf text, blob;
	struct in in;
	int rc;

	buf_init(&text, KEY_FILE_MAX);
	buf_init(&blob, KEY_FILE_MAX);
	rc = file_read(&text, path);
	if (rc == 0 && armour_read(&blob, buf_str(&text), KEY_HEAD, KEY_FOOT))
		rc = err_set(ERR_FORMAT, "not an OpenSSH private key");
	if (rc == 0) {
		in = (struct in){ (unsigned char *)blob.data, blob.len, 0 };
		rc = key_parse(seed, pub, &in);
	}
	if (text.data != NULL)
		explicit_bzero(text.data, text.len);
	if (blob.data != NULL)
		explicit_bzero(blob.data, blob.len);
	buf_clear(&text);
	buf_clear(&blob);
	return rc < 0 ? err_in(rc, "key %s", path) : 0;
}

static int
ed25519_sign(unsigned char sig[ED25519_SIG],
    const unsigned char seed[ED25519_KEY], const struct buf *b)
{
	EVP_PKEY *key = EVP_PKEY_new_raw_private_key(
	    EVP_PKEY_ED25519, NULL, seed, ED25519_KEY);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	size_t n = ED25519_SIG;
	int ok = key != NULL && ctx != NULL &&
	    EVP_DigestSignInit(ctx, NULL, NULL, NULL, key) == 1 &&
	    EVP_DigestSign(ctx, sig, &n, (unsigned char *)b->data, b->len) == 1;

	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(key);
	return ok ? 0 : err_set(ERR_IO, "libcrypto: cannot sign");
}

static int
ed25519_check(
    const unsigned char *sig, const unsigned char *pub, const struct buf *b)
{
	EVP_PKEY *key = EVP_PKEY_new_raw_public_key(
	    EVP_PKEY_ED25519, NULL, pub, ED25519_KEY);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	int ok = key != NULL && ctx != NULL &&
	    EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, key) == 1 &&
	    EVP_DigestVerify(
		ctx, sig, ED25519_SIG, (unsigned char *)b->data, b->len) == 1;

	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(key);
	return ok;
}

static void
public_blob(struct buf *b, const unsigned char pub[ED25519_KEY])
{
	out_str(b, TYPE);
	out_text(b, pub, ED25519_KEY);
}

int
sign_make(struct buf *out, const char *key, const void *p, size_t n)
{
	unsigned char seed[ED25519_KEY], pub[ED25519_KEY], sig[ED25519_SIG];
	struct buf b, part;
	int rc;

	buf_init(&b, 4096);
	buf_init(&part, 4096);
	rc = key_read(seed, pub, key);
	if (rc == 0)
		rc = message(&b, "sha512", p, n);
	if (rc == 0)
		rc = ed25519_sign(sig, seed, &b);
	explicit_bzero(seed, sizeof(seed));
	if (rc == 0) {
		buf_reset(&b);
		buf_add(&b, "SSHSIG", 6);
		out_u32(&b, 1);
		public_blob(&part, pub);
		out_text(&b, part.data, part.len);
		out_str(&b, SIGN_NAMESPACE);
		out_str(&b, "");
		out_str(&b, "sha512");
		buf_reset(&part);
		out_str(&part, TYPE);
		out_text(&part, sig, sizeof(sig));
		out_text(&b, part.data, part.len);
		armour_write(out, &b);
	}
	buf_clear(&b);
	buf_clear(&part);
	return rc;
}

/* Does a line of the keys file hold this public key?  Lines of a .pub file
 * begin with the type; those of allowed_signers have names before it. */
static int
line_has(const char *line, const unsigned char *pub)
{
	const char *at = strstr(line, TYPE " ");
	struct buf blob, want;
	char *text;
	int same = 0;

	if (line[0] == '#' || at == NULL)
		return 0;
	at += strlen(TYPE " ");
	at += strspn(at, " \t");
	text = mem_printf("[%.*s]", (int)strcspn(at, " \t\r"), at);
	buf_init(&blob, 4096);
	buf_init(&want, 4096);
	public_blob(&want, pub);
	if (strlen(text) < 1024 && armour_read(&blob, text, "[", "]") == 0)
		same = blob.len == want.len &&
		    memcmp(blob.data, want.data, want.len) == 0;
	buf_clear(&blob);
	buf_clear(&want);
	mem_free(text);
	return same;
}

static int
key_allowed(const char *keys, const unsigned char *pub)
{
	char *line, *save = NULL;
	struct buf b;
	int rc, found = 0;

	buf_init(&b, KEY_FILE_MAX);
	rc = file_read(&b, keys);
	if (rc < 0) {
		buf_clear(&b);
		return err_in(rc, "keys %s", keys);
	}
	for (line = b.len > 0 ? strtok_r(b.data, "\n", &save) : NULL;
	     line != NULL && !found; line = strtok_r(NULL, "\n", &save))
		found = line_has(line, pub);
	buf_clear(&b);
	return found
	    ? 0
	    : err_set(ERR_REFUSED, "signed by a key that is not in %s", keys);
}

/* The parts of a signature: key, the name of the hash, the 64 bytes. */
static int
signature_parse(
    struct text *pub, struct text *hash, struct text *sig, struct in *in)
{
	struct text t = in_bytes(in, 6), space;
	struct in part;

	if (!is(t, "SSHSIG") || in_u32(in) != 1)
		return err_set(
		    ERR_REFUSED, "not an SSH signature of version 1");
	t = in_text(in);
	part = (struct in){ t.p, t.n, in->bad };
	if (!is(in_text(&part), TYPE))
		return err_set(ERR_REFUSED, "not an Ed25519 signature");
	*pub = in_text(&part);
	space = in_text(in);
	in_text(in);
	*hash = in_text(in);
	t = in_text(in);
	if (in->bad || part.bad || pub->n != ED25519_KEY)
		return err_set(ERR_REFUSED, "damaged signature");
	if (!is(space, SIGN_NAMESPACE))
		return err_set(ERR_REFUSED,
		    "a signature for something else (its namespace is not " SIGN_NAMESPACE
		    ")");
	part = (struct in){ t.p, t.n, 0 };
	if (!is(in_text(&part), TYPE))
		return err_set(ERR_REFUSED, "not an Ed25519 signature");
	*sig = in_text(&part);
	if (part.bad || sig->n != ED25519_SIG)
		return err_set(ERR_REFUSED, "damaged signature");
	if (!is(*hash, "sha512") && !is(*hash, "sha256"))
		return err_set(ERR_REFUSED, "a signature with an unknown hash");
	return 0;
}

int
sign_check(
    const char *keys, const char *sig, size_t sig_n, const void *p, size_t n)
{
	struct text pub = { 0 }, hash = { 0 }, raw = { 0 };
	char *text = mem_strndup(sig, sig_n);
	struct buf blob, b;
	struct in in;
	int rc = 0;

	buf_init(&blob, KEY_FILE_MAX);
	buf_init(&b, 4096);
	if (armour_read(&blob, text, SIG_HEAD, SIG_FOOT) < 0) {
		rc = err_set(ERR_REFUSED, "not an SSH signature");
		goto done;
	}
	in = (struct in){ (unsigned char *)blob.data, blob.len, 0 };
	rc = signature_parse(&pub, &hash, &raw, &in);
	if (rc == 0)
		rc =
		    message(&b, is(hash, "sha512") ? "sha512" : "sha256", p, n);
	if (rc == 0 && !ed25519_check(raw.p, pub.p, &b))
		rc = err_set(ERR_REFUSED, "the signature is not right");
	if (rc == 0)
		rc = key_allowed(keys, pub.p);
done:
	buf_clear(&blob);
	buf_clear(&b);
	mem_free(text);
	return rc;
}
