/* The rules, applied: see rules.h. */
#include "nn/torch/rules.h"

#include <ctype.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"

static bool
is_digit(char c)
{
	return isdigit((unsigned char)c) != 0;
}

/* Where the name goes on behind the pattern, or NULL; its number, if there is one,
 * is n bytes at *digits. */
static const char *
behind(const char *pattern, const char *name, const char **digits, size_t *n)
{
	for (; *pattern != '\0'; pattern++) {
		if (*pattern != '#') {
			if (*pattern != *name++)
				return NULL;
			continue;
		}
		if (!is_digit(*name))
			return NULL;
		for (*digits = name; is_digit(*name); name++)
			;
		*n = (size_t)(name - *digits);
	}
	return name;
}

static int
put(struct buf *b, const char *module, const char *digits, size_t n)
{
	for (; *module != '\0'; module++)
		if (*module == '$')
			TRY(buf_add(b, digits, n));
		else
			TRY(buf_addc(b, *module));
	return 1;
}

static int
apply(struct buf *b, const struct net_rule *rules, const char *layer)
{
	const char *digits = NULL;
	size_t n = 0;

	for (; rules->layer != NULL; rules++) {
		const char *end = behind(rules->layer, layer, &digits, &n);

		if (end != NULL && *end == '\0')
			return put(b, rules->module, digits, n);
	}
	return 0;
}

static int
apply_blocks(struct buf *b, const struct net_block *blocks, const char *layer)
{
	const char *digits = NULL;
	size_t n = 0;

	for (; blocks->layer != NULL; blocks++) {
		const char *rest = behind(blocks->layer, layer, &digits, &n);
		const size_t before = b->len;
		int rc;

		if (rest == NULL)
			continue;
		TRY(put(b, blocks->module, digits, n));
		rc = apply(b, blocks->parts, rest);
		if (rc != 0)
			return rc;
		b->len = before;
	}
	return 0;
}

int
net_names_apply(struct buf *b, const struct net_names *names, const char *layer)
{
	const size_t n = strlen(layer);
	const bool bn = n > 3 && strcmp(layer + n - 3, "/bn") == 0;
	char *base = mem_strndup(layer, names->units && bn ? n - 3 : n);
	int rc = apply(b, names->rules, base);

	if (rc == 0 && names->blocks != NULL) {
		rc = apply_blocks(b, names->blocks, base);
		if (rc > 0 && names->units)
			rc = buf_adds(b, bn ? ".bn" : ".conv") < 0 ? ERR_RANGE
								   : 1;
	}
	mem_free(base);
	return rc;
}
