/* A set of names: see names.h. */
#include "onnx/export/names.h"

#include <stdint.h>
#include <string.h>

void
export_names_clear(struct export_names *s)
{
	mem_free(s->slot);
	*s = (struct export_names){ 0 };
}

/* FNV-1a */
static size_t
hash(const char *s)
{
	uint64_t h = 0xcbf29ce484222325;

	for (; *s != '\0'; s++)
		h = (h ^ (unsigned char)*s) * 0x100000001b3;
	return (size_t)h;
}

/* Where the name is or would be. */
static const char **
place(const struct export_names *s, const char *name)
{
	size_t i = hash(name) & (s->cap - 1);

	while (s->slot[i] != NULL && strcmp(s->slot[i], name) != 0)
		i = (i + 1) & (s->cap - 1);
	return &s->slot[i];
}

static void
grow(struct export_names *s)
{
	struct export_names more = { .cap = s->cap > 0 ? 2 * s->cap : 256,
		.n = s->n };

	more.slot = mem_array(const char *, more.cap);
	for (size_t i = 0; i < s->cap; i++)
		if (s->slot[i] != NULL)
			*place(&more, s->slot[i]) = s->slot[i];
	mem_free(s->slot);
	*s = more;
}

const char *
export_names_take(struct export_names *s, struct arena *a, const char *want)
{
	const char *name = want;
	const char **at;

	if (2 * s->n >= s->cap)
		grow(s);
	at = place(s, name);
	for (int i = 2; *at != NULL; i++) {
		char *other = mem_printf("%s_%d", want, i);

		name = arena_strdup(a, other);
		mem_free(other);
		at = place(s, name);
	}
	s->n++;
	return *at = name;
}
