/* Names and sizes of values. */
#include <string.h>

#include "record/value.h"

static const char *const kinds[VALUE_KINDS] = {
	[VALUE_CLASS] = "class",
	[VALUE_NUMBERS] = "numbers",
	[VALUE_BOXES] = "boxes",
	[VALUE_IMAGE] = "image",
	[VALUE_TEXT] = "text",
};

const char *
value_kind_name(enum value_kind kind)
{
	return kinds[kind];
}

int
value_kind_find(const char *name)
{
	int i;

	for (i = 0; i < VALUE_KINDS; i++)
		if (strcmp(name, kinds[i]) == 0)
			return i;
	return -1;
}

size_t
value_count(const struct value *v)
{
	if (v->channels < 1 || v->height < 1 || v->width < 1)
		return 0;
	return (size_t)v->channels * (size_t)v->height * (size_t)v->width;
}
