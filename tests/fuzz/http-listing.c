/* The pages that servers make of folders. */
#include <stdlib.h>
#include <string.h>

#include "base/path.h"
#include "fuzz.h"
#include "http/listing.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct listing l;
	size_t i;

	listing_init(&l);
	if (listing_parse(&l, (const char *)data, size,
		"http://h.example/a%20b/c/?x=1") == 0)
		for (i = 0; i < l.n; i++)
			/* names that can be made, each once */
			if (path_check_inside(l.v[i].name) < 0 ||
			    strchr(l.v[i].name, '/') != NULL ||
			    (i > 0 &&
				strcmp(l.v[i - 1].name, l.v[i].name) >= 0))
				abort();
	listing_clear(&l);
	return 0;
}

void
fuzz_seed(void (*add)(const void *p, size_t n))
{
	/* nginx; Apache; lighttpd, absolute; python */
	static const char *const seeds[] = {
		("<html><head><title>Index of /a b/c/</title></head><body>\n"
		 "<h1>Index of /a b/c/</h1><hr><pre><a href=\"../\">../</a>\n"
		 "<a href=\"d%20e/\">d e/</a>  30-Nov-2026 06:11   -\n"
		 "<a href=\"x.png\">x.png</a>  30-Nov-2026 06:11  12\n</pre>"),
		("<table><tr><th><a href=\"?C=N;O=D\">Name</a></th></tr>\n"
		 "<tr><td><a href=\"/a%20b/\">Parent Directory</a></td></tr>\n"
		 "<tr><td><img src=\"/i/f.gif\" alt=\"[DIR]\"></td>"
		 "<td><a href=\"pets/\">pets/</a></td><td>&nbsp;</td></tr>\n"),
		("<td class=\"n\"><a "
		 "href=\"http://h.example/a%20b/c/w&amp;v.bin\">"
		 "w&amp;v.bin</a></td><td>pets/</td>"),
		("<li><a href=\"%C3%A4.txt\">&#228;.txt</a></li>\n"
		 "<li><a href='b%2fc'>b</a><!-- <a href=\"no\"> --></li>"),
	};
	size_t i;

	for (i = 0; i < sizeof(seeds) / sizeof(*seeds); i++)
		add(seeds[i], strlen(seeds[i]));
}
