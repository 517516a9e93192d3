/*
 * What the standard nets cost, as C on stdout: make builds every net once and
 * keeps the figures (net_standard_costs), so that net-show --list need not.
 */
#include <inttypes.h>
#include <stdio.h>

#include "base/err.h"
#include "nn/show/describe.h"

int
main(void)
{
	const struct net_standard *s;
	struct net_line x;

	puts(
	    "/* Made by scripts/net-costs.c. */\n#include \"nn/show/describe.h\"\n"
	    "const struct net_line net_standard_costs[] = {");
	for (s = net_standards; s->name != NULL; s++) {
		if (net_standard_line(s, &x) < 0) {
			fprintf(stderr, "net-costs: %s\n", err_text());
			return 1;
		}
		printf("\t{ %" PRIu64 ", %" PRIu64 ", %" PRIu64 ", %" PRIu64
		       " }, /* %s */\n",
		    x.params, x.learned, x.macs, x.memory, s->name);
	}
	puts("};");
	return ferror(stdout) || fclose(stdout) != 0;
}
