/*
 * Names that the user never gave: an output is written under a hidden one, an
 * archive is unpacked somewhere.  Whoever makes such a name says which one the
 * user knows it by; sentences (base/err.h) and messages (base/log.h) then show
 * that one, whoever wrote them.
 *
 *	alias_add("d/.x.tmp-0badcafe", "d/x");
 *	err_set(ERR_IO, "write %s", "d/.x.tmp-0badcafe/big.bin");
 *	err_text() is "write d/x/big.bin"
 *
 * All may be called from any thread.
 */
#ifndef BASE_ALIAS_H
#define BASE_ALIAS_H

/* Both are copied; a second shown name for the same hidden one replaces it. */
void alias_add(const char *hidden, const char *shown);
void alias_drop(const char *hidden); /* fine when it was not added, or NULL */
/* text with the shown names, the caller's; NULL: there is no hidden one in it. */
char *alias_shown(const char *text);

#endif
