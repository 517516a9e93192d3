/* Classification: a class for each picture. */
#include <math.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/num.h"
#include "dset/plan/classmap.h"
#include "dset/plan/names.h"
#include "dset/plan/parts.h"
#include "dset/plan/plan.h"
#include "dset/sources/source.h"
#include "dset/table.h"
#include "dset/tasks/task.h"

static int
no_label(const char *line)
{
	return err_set(ERR_FORMAT,
	    strchr(line, ',') != NULL
		? "no label after the path (a blank or a TAB parts them, not a comma)"
		: "no label after the path");
}

/* "path name": a TAB parts them where there is one, so that names may hold blanks. */
static int
name_scan(struct dset_list *l, char *line, const struct dset_list_options *o)
{
	char *tab = strrchr(line, '\t'), *word, *clean;
	int32_t label;

	if (tab != NULL) {
		word = tab + 1 + strspn(tab + 1, " ");
		while (tab > line && strchr(" \t", tab[-1]) != NULL)
			tab--;
		*tab = '\0';
	} else {
		word = dset_list_last_word(line);
	}
	if (word == NULL || *line == '\0')
		return no_label(line);
	label = dset_names_number(o->names, word);
	if (label < 0) { /* a folder's name? */
		clean = dset_source_class(word);
		label = dset_names_number(o->names, clean);
		mem_free(clean);
	}
	if (label < 0)
		return err_set(ERR_FORMAT, "no class is called \"%s\"", word);
	dset_list_put(l, o, line, label, NULL, 0);
	return 0;
}

/* Where the number is not to be had: what range it has, and what would help. */
static int
bad_number(const char *word, const struct dset_list_options *o)
{
	size_t most = (o->classes ? o->classes : LABELS_MAX) - 1;
	int first = o->first_label;
	double v;

	if (o->classes == 0 && num_double(&v, word, -1e300, 1e300) == 0 &&
	    v != floor(v))
		return err_set(ERR_FORMAT,
		    "label \"%s\" is not a whole number (--labels-from column is for regression)",
		    word);
	return err_set(ERR_FORMAT,
	    o->classes ? "label \"%s\" is not within %d to %zu"
		       : "label \"%s\" is not a number from %d to %zu",
	    word, first, most + (size_t)first);
}

/* "path label": the last word is the label. */
static int
class_scan(struct dset_list *l, char *line, const struct dset_list_options *o)
{
	size_t most = (o->classes ? o->classes : LABELS_MAX) - 1;
	char *word;
	int64_t label;

	if (o->names != NULL)
		return name_scan(l, line, o);
	word = dset_list_last_word(line);
	if (word == NULL || *line == '\0')
		return no_label(line);
	if (num_int(&label, word, 0, INT32_MAX) < 0)
		return bad_number(word, o);
	if (label < l->least)
		l->least = label;
	if (label > l->most)
		l->most = label;
	label -= o->first_label;
	if (label < 0 || label > (int64_t)most)
		return bad_number(word, o);
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
		return dset_parts_hint(
		    err_set(ERR_FORMAT,
			"%s: %zu %s with enough pictures, two are needed",
			o->nsources ? o->sources[0] : "sources", p->nlabels,
			num_plural(p->nlabels, "class", "classes")),
		    o);
	return 0;
}

static int
class_summary(
    struct buf *out, const struct dset_created *made, enum prog_format format)
{
	if (made->nlabels == 0 || made->per_class[DSET_TRAIN] == NULL)
		return 0;
	return dset_table_classes(out, "pictures", made->labels, made->nlabels,
	    made->per_class, format);
}

const struct dset_task dset_task_classify = {
	.name = "classification",
	.labels_from = "class",
	.classes = true,
	.scan = class_scan,
	.settle = class_settle,
	.summary = class_summary,
};
