/* The names of what may differ: see diff.h. */
#include "nn/diff/diff.h"

const char *
net_mark_sign(enum net_mark mark)
{
	static const char *const sign[NET_MARKS] = { "", "+ ", "− ", "~ ",
		"→ " };

	return sign[mark];
}
