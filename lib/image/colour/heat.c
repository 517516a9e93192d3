/* Colours for numbers, between the stops of a table: see heat.h. */
#include "image/colour/heat.h"

#include <math.h>

struct stops {
	int n;
	uint32_t v[9];
};

/* Of heat: L* 4, 17, 30, 43, 56, 69, 82, 95.  Of jet: DIGITS's tables, times 255. */
static const struct stops maps[] = {
	[HEAT_HEAT] = { 8,
	    { 0x090b27, 0x22225f, 0x632e83, 0xaa3b7d, 0xdc5d64, 0xf29047,
		0xf9c456, 0xfcf3a8 } },
	[HEAT_JET] = { 9,
	    { 0x000080, 0x0000ff, 0x0080ff, 0x00ffff, 0x80ff80, 0xffff00,
		0xff8000, 0xff0000, 0x800000 } },
	[HEAT_GRAY] = { 2, { 0x000000, 0xffffff } },
};

uint32_t
heat_colour(enum heat_map map, double share)
{
	const struct stops *s = &maps[map];
	const double at = (share > 0 ? fmin(share, 1) : 0) * (s->n - 1);
	const int i = at >= s->n - 1 ? s->n - 2 : (int)at;
	uint32_t out = 0;

	for (int k = 16; k >= 0; k -= 8) {
		const double a = s->v[i] >> k & 255, b = s->v[i + 1] >> k & 255;

		out = out << 8 | (uint32_t)lround(a + (at - i) * (b - a));
	}
	return out;
}
