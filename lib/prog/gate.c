/* Gates parsed and tried: see gate.h. */
#include "prog/gate.h"

#include <math.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/num.h"

int
gate_parse(struct gate *out, const char *text)
{
	size_t name = strcspn(text, "<>=");
	size_t op = strspn(text + name, "<>=");
	const char *o = text + name;

	while (name > 0 && text[name - 1] == ' ')
		name--;
	if (name == 0 || name >= sizeof(out->name) || op == 0 || op > 2 ||
	    (op == 2 && (o[1] != '=' || o[0] == '=')))
		return err_set(
		    ERR_USAGE, "gate \"%s\": not NAME>=NUMBER", text);
	memset(out, 0, sizeof(*out));
	memcpy(out->name, text, name);
	memcpy(out->op, o, op);
	o += op;
	while (*o == ' ')
		o++;
	if (num_double(&out->value, o, -INFINITY, INFINITY) < 0)
		return err_set(
		    ERR_USAGE, "gate \"%s\": not NAME>=NUMBER", text);
	return 0;
}

static int
holds(const struct gate *g, double v)
{
	if (g->op[0] == '>')
		return g->op[1] == '=' ? v >= g->value : v > g->value;
	if (g->op[0] == '<')
		return g->op[1] == '=' ? v <= g->value : v < g->value;
	return v == g->value;
}

static const struct gate_value *
find_value(const struct gate *g, const struct gate_value *v, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (strcmp(v[i].name, g->name) == 0)
			return &v[i];
	for (i = 0; i < n; i++)
		if (strncmp(v[i].name, g->name, strlen(g->name)) == 0)
			return &v[i];
	return NULL;
}

int
gate_known(const struct gate *g, const struct gate_value *v, size_t n)
{
	struct buf names;
	int rc;

	if (find_value(g, v, n) != NULL)
		return 0;
	if (n == 0)
		return err_set(ERR_USAGE,
		    "no measurement \"%s\": nothing is measured", g->name);
	buf_init(&names, 512);
	for (size_t i = 0; i < n; i++)
		buf_printf(&names, "%s%s", i > 0 ? ", " : "", v[i].name);
	rc = err_set(ERR_USAGE, "no measurement \"%s\" (there is: %s)", g->name,
	    buf_str(&names));
	buf_clear(&names);
	return rc;
}

int
gate_met(const struct gate *g, const struct gate_value *v, size_t n)
{
	const struct gate_value *found = find_value(g, v, n);

	return found != NULL ? holds(g, found->value) : gate_known(g, v, n);
}
