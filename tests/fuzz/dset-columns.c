/*
 * Tables as lists.  The first byte says what is wanted; as many lines come out as the
 * table has at most, of each part.
 */
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "dset/plan/columns.h"
#include "fuzz.h"

static size_t
lines(const char *p, size_t n)
{
	size_t count = 0;

	for (size_t i = 0; i < n; i++)
		count += p[i] == '\n';
	return count;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const specs[] = { "label=*", "label=2,split=3",
		"path=2,label=a+b", "label=b,path=a" };
	struct dset_rows_text rows;
	struct dset_columns c;
	char *text;

	if (size == 0 ||
	    dset_columns_parse(&c, specs[*data % LENGTH(specs)]) < 0)
		return 0;
	text = mem_strndup((const char *)data + 1, size - 1);
	if (dset_columns_text(&rows, text, strlen(text), "table", &c, NULL) ==
	    0)
		for (int part = 0; part < DSET_PARTS; part++) {
			const struct buf *b = &rows.part[part];

			if (lines(b->data, b->len) >
			    lines(text, strlen(text)) + 1)
				abort();
		}
	dset_rows_text_clear(&rows);
	dset_columns_clear(&c);
	mem_free(text);
	return 0;
}

void
fuzz_seed(void (*add)(const void *p, size_t n))
{
	static const char *const seeds[] = {
		"a2\nx y\nf 1 -1\ng -1 1\n",
		"bf,v,part\na,\"b,\"\"c\",train\nd,e,val\n",
		"cf\ta\tb\nx\t1\t2\r\n",
		"da;b\n1;2\n\n3;\n",
	};

	for (size_t i = 0; i < LENGTH(seeds); i++)
		add(seeds[i], strlen(seeds[i]));
}
