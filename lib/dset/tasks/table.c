/* The tasks there are, and what holds for those that do not say. */
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/num.h"
#include "dset/tasks/task.h"
#include "file/quote.h"

static const struct dset_task *const tasks[] = {
	&dset_task_classify,
	&dset_task_regress,
	&dset_task_detect,
	&dset_task_segment,
	&dset_task_image,
};

const struct dset_task *
dset_task_find(const char *name)
{
	size_t i;

	for (i = 0; i < LENGTH(tasks); i++)
		if (strcmp(tasks[i]->name, name) == 0)
			return tasks[i];
	return NULL;
}

int
dset_task_fit(struct value *out, const struct dset_task *t, struct dset_fit *f,
    const struct dset_sample *s)
{
	uint32_t i;

	if (t->fit != NULL)
		return t->fit(out, f, s);
	*out = (struct value){ .kind = VALUE_CLASS, .label = s->label };
	for (i = 0; i < s->nvalues; i++)
		out[i] = s->values[i];
	return 0;
}

/* Numbers after a TAB and then blanks; the name of a file after a TAB. */
int
dset_task_list(
    struct buf *out, const struct dset_task *t, const struct dset_sample *s)
{
	char number[NUM_TEXT_MAX];
	const struct value *v;
	size_t k, n;
	uint32_t i;

	if (t->list != NULL)
		return t->list(out, s);
	if (s->nvalues == 0)
		return buf_printf(out, " %d", s->label);
	for (i = 0; i < s->nvalues; i++) {
		v = &s->values[i];
		if (v->file != NULL) {
			TRY(buf_addc(out, '\t'));
			TRY(quote_name(out, v->file));
		}
		n = v->floats != NULL ? value_count(v) : 0;
		for (k = 0; k < n; k++)
			TRY(buf_printf(out, "%c%s", k ? ' ' : '\t',
			    num_float_text(number, v->floats[k])));
	}
	return 0;
}
