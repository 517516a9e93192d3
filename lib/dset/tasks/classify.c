/* Classification: a class for each picture. */
#include "base/err.h"
#include "base/num.h"
#include "dset/plan/classmap.h"
#include "dset/plan/plan.h"
#include "dset/table.h"
#include "dset/tasks/task.h"

/* "path label": the last word is the label. */
static int
class_scan(struct dset_list *l, char *line, const struct dset_list_options *o)
{
	size_t most = (o->classes ? o->classes : LABELS_MAX) - 1;
	char *word = dset_list_last_word(line);
	int64_t label;

	if (word == NULL || *line == '\0')
		return err_set(ERR_FORMAT, "no label after the path");
	if (num_int(&label, word, 0, (int64_t)most) < 0)
		return err_set(ERR_FORMAT,
		    o->classes ? "label \"%s\" is not within 0 to %zu"
			       : "label \"%s\" is not a number from 0 to %zu",
		    word, most);
	dset_list_put(l, o, line, (int32_t)label, NULL, 0);
	return 0;
}

static int
class_settle(struct dset_plan *p, const struct dset_plan_options *o)
{
	struct dset_index *x = dset_index_new(p->labels, p->nlabels);
	long twice = dset_index_twice(x);

	dset_index_free(x);
	if (twice >= 0)
		return err_set(ERR_FORMAT,
		    "%s: two classes with the name \"%s\"",
		    o->labels != NULL ? o->labels : "labels", p->labels[twice]);
	if (o->list == NULL && p->nlabels < 2)
		return err_set(ERR_FORMAT,
		    "%s: %zu %s with enough pictures, two are needed",
		    o->nsources ? o->sources[0] : "sources", p->nlabels,
		    num_plural(p->nlabels, "class", "classes"));
	return 0;
}

static int
class_summary(
    struct buf *out, const struct dset_created *made, enum prog_format format)
{
	if (made->nlabels == 0 || made->per_class[DSET_TRAIN] == NULL)
		return 0;
	return dset_table_classes(
	    out, made->labels, made->nlabels, made->per_class, format);
}

const struct dset_task dset_task_classify = {
	.name = "classification",
	.labels_from = "class",
	.classes = true,
	.scan = class_scan,
	.settle = class_settle,
	.summary = class_summary,
};
