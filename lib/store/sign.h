/*
 * Ed25519 signatures in OpenSSH's format (PROTOCOL.sshsig), so that
 *
 *	ssh-keygen -Y sign -f KEY -n nnutils manifest.json
 *	ssh-keygen -Y verify -f ALLOWED -I WHO -n nnutils \
 *	    -s manifest.json.sig <manifest.json
 *
 * makes what store-pull --verify takes, and checks what store-index --sign
 * makes.
 */
#ifndef STORE_SIGN_H
#define STORE_SIGN_H

#include <stddef.h>

#include "base/buf.h"

#define SIGN_NAMESPACE "nnutils"

/* key: an OpenSSH Ed25519 private key without passphrase.  Appends the
 * armoured signature of the n bytes at p. */
int sign_make(struct buf *out, const char *key, const void *p, size_t n);

/*
 * keys: a .pub file or an allowed_signers file; any of its Ed25519 keys will
 * do.  0 when sig is a signature of the n bytes at p by one of them, else
 * ERR_REFUSED with the reason.
 */
int sign_check(
    const char *keys, const char *sig, size_t sig_n, const void *p, size_t n);

#endif
