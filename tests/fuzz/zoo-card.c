/* readme.md cards: read, given another gist, read again. */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "zoo/card.h"
#include "zoo/zoo.h"

enum { OUT_MAX = 2 * CARD_MAX };

static int
same(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

/* The gist is the one that was set; all else is as it was. */
static void
again(const struct card *c)
{
	static const char id[] = "0123456789abcdef0123";
	struct card back = { 0 };
	struct buf b;

	buf_init(&b, OUT_MAX);
	if (card_with_gist(&b, c, id) == 0 && b.len <= CARD_MAX &&
	    (card_parse(&back, buf_str(&b), b.len, "output") < 0 ||
		!same(back.gist_id, id) || !same(back.name, c->name) ||
		!same(back.caffemodel, c->caffemodel) ||
		!same(back.caffemodel_url, c->caffemodel_url) ||
		!same(back.license, c->license) || !same(back.sha1, c->sha1) ||
		!same(back.caffe_commit, c->caffe_commit)))
		abort();
	card_clear(&back);
	buf_clear(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct card c = { 0 };

	if (card_parse(&c, (const char *)data, size, "input") == 0) {
		again(&c);
		free(zoo_gist_id(c.gist_id != NULL ? c.gist_id : "x"));
	}
	card_clear(&c);
	return 0;
}

void
fuzz_seed(void (*add)(const void *p, size_t n))
{
	static const char *const seeds[] = {
		"---\nname: BVLC CaffeNet\ncaffemodel: c.caffemodel\n"
		"caffemodel_url: http://h/c.caffemodel\nlicense: none\n"
		"sha1: 4c8d77deb20ea792f84eb5e6d0a11ca0a8660a46\n"
		"caffe_commit: 709dc15a\ngist_id: 034c6ac3865563b69e60\n---\n\n"
		"Words.\n",
		"name: 'quoted'\r\n\r\nsha1: \"4c8d\"\r\nWords\r\n",
		"# A title\n\n---\nname: late\n---\n",
		"---\nname: open\n",
	};
	size_t i;

	for (i = 0; i < sizeof(seeds) / sizeof(*seeds); i++)
		add(seeds[i], strlen(seeds[i]));
}
