/* Logs and tables of trainings, of any kind, and charts of what they hold. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "plot/chart.h"
#include "plot/read.h"
#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = mem_strndup((const char *)data, size);
	struct plot_text t = { "a file", "run", text, 0 };
	static struct chart c;
	struct plot_data d;
	FILE *nowhere = fopen("/dev/null", "w");

	while (t.n < size && text[t.n] != '\0')
		t.n++;
	plot_data_init(&d);
	c.runs = 1;
	c.smooth = size & 1 ? 0.5 : 0;
	c.log = size & 2;
	if (plot_read_text(&d, &t) >= 0 && d.n > 0 &&
	    chart_choose(&c, &d, NULL, 0) >= 0) {
		c.x = (enum plot_x)(size % PLOT_XS);
		chart_print(&c, nowhere, 60, 20, true);
	}
	plot_data_clear(&d);
	fclose(nowhere);
	mem_free(text);
	return 0;
}
