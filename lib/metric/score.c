/* How good a validation is: see score.h. */
#include "metric/score.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"

/* Figures of a whole task that say more than the share of what is right: of
 * segmentation, where most pixels are background, and of boxes. */
static const char *const tasks[] = { "miou", "mean-ap", "ap50" };

static bool
is_task(const char *name)
{
	for (size_t i = 0; i < LENGTH(tasks); i++)
		if (strcasecmp(name, tasks[i]) == 0)
			return true;
	return false;
}

size_t
score_first(const struct gate_value *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (is_task(v[i].name))
			return i;
	for (size_t i = 0; i < n; i++)
		if (strcasestr(v[i].name, "accuracy") != NULL)
			return i;
	return 0;
}

struct score
score_outputs(const struct gate_value *v, size_t n)
{
	const size_t i = score_first(v, n);

	if (n == 0)
		return (struct score){ (double)NAN, false };
	if (is_task(v[i].name) || strcasestr(v[i].name, "accuracy") != NULL)
		return (struct score){ v[i].value, true };
	return (struct score){ -v[i].value, false };
}

bool
score_detail(const char *name)
{
	return strchr(name, '/') != NULL;
}

int
score_compare(double a, double b)
{
	if (isnan(a) || isnan(b))
		return !isnan(a) - !isnan(b);
	return (a > b) - (a < b);
}
