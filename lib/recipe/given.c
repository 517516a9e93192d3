/* Options then and now: see given.h. */
#include "recipe/given.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/num.h"
#include "json/json.h"
#include "prog/prog.h"

enum { OPTIONS_MAX = 1 << 20 };

static void
write_one(void *ctx, const struct prog_given *g)
{
	if (g->lasting)
		json_w_kstr(ctx, g->name, g->text);
}

void
given_write(struct model_info *info)
{
	struct json_w w;
	struct buf b;

	buf_init(&b, OPTIONS_MAX);
	json_w_init(&w, &b, 0);
	json_w_object(&w);
	prog_given_each(write_one, &w);
	json_w_object_end(&w);
	if (json_w_end(&w) >= 0)
		model_info_extra(info, "options", buf_str(&b));
	buf_clear(&b);
}

static bool
same_number(const char *a, const char *b)
{
	double x, y;

	return num_double(&x, a, -1e300, 1e300) >= 0 &&
	    num_double(&y, b, -1e300, 1e300) >= 0 && x == y;
}

static bool
same_file(const char *a, const char *b)
{
	char *x = realpath(a, NULL), *y = realpath(b, NULL);
	const bool same = x != NULL && y != NULL && strcmp(x, y) == 0;

	free(x);
	free(y);
	return same;
}

static void
compare_one(void *ctx, const struct prog_given *g)
{
	const char *then;

	if (!g->lasting)
		return;
	then = json_str(ctx, g->name, g->was);
	if (strcmp(then, g->text) == 0 || same_number(then, g->text) ||
	    same_file(then, g->text))
		return;
	log_warn(
	    "--%s %s has no effect with --resume: the training goes on with %s",
	    g->name, g->text, then[0] != '\0' ? then : "what it has");
}

int
given_compare(const struct model_info *info)
{
	const char *text = model_info_find(info, "options");
	struct json *j = NULL;

	if (text == NULL)
		return 0;
	TRY(json_parse(&j, text, strlen(text), "info.json: options"));
	prog_given_each(compare_one, j);
	json_free(j);
	return 0;
}
