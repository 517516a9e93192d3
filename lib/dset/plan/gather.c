/*
 * What a plan is made of: folders, lists, tables and streams, read into one
 * scan for each part.
 */
#include "base/err.h"
#include "base/log.h"
#include "dset/plan/columns.h"
#include "dset/plan/gather.h"
#include "dset/plan/names.h"
#include "dset/plan/numbering.h"
#include "dset/plan/parts.h"

/* The lines of a list, of a table, of a stream. */
static int
read_list(struct dset_plan *p, int part, const char *file,
    const struct dset_plan_options *o, const struct dset_list_options *lo,
    const struct dset_bad *bad)
{
	struct dset_list *l = &p->scan[part].list;
	struct dset_rows_text own;
	int rc;

	if (p->stream != NULL)
		return dset_stream_list(
		    l, p->stream, (enum dset_part)part, lo, bad);
	if (o->columns == NULL)
		return dset_list_read(l, file, lo, bad);
	if (file == o->list)
		return dset_list_text(l, file, &p->rows.part[part], lo, bad);
	rc = dset_columns_read(&own, file, o->columns, bad);
	if (rc == 0)
		rc = dset_list_text(l, file, &own.part[DSET_TRAIN], lo, bad);
	dset_rows_text_clear(&own);
	return rc;
}

int
dset_gather_list(struct dset_plan *p, int part, const char *const *known,
    size_t nknown, const struct dset_plan_options *o,
    const struct dset_bad *bad)
{
	const bool main = part == DSET_TRAIN;
	const char *file = main ? o->list : o->part_list[part];
	struct dset_scan *s = &p->scan[part];
	struct dset_list_options lo = { .root = o->root,
		.nul = o->nul,
		.first_label = o->first_label,
		.task = o->task };
	char **names = NULL;
	size_t n = 0;
	int rc = 0;

	if (o->labels != NULL && o->task->classes) {
		rc = dset_labels_read(&names, &n, o->labels);
		known = (const char *const *)names;
		nknown = n;
	}
	lo.classes = nknown;
	if (o->task->classes)
		lo.names = dset_names_new(known, nknown);
	if (rc == 0)
		rc = read_list(p, part, file, o, &lo, bad);
	if (rc == 0)
		dset_numbering_classes(s, &lo, known);
	if (rc == 0 && o->task->classes)
		dset_numbering_warn(s, file, &lo, main);
	dset_names_free(lo.names);
	dset_labels_free(names, n);
	return rc;
}

int
dset_gather_folder(struct dset_plan *p, int part, const char *where,
    const struct dset_plan_options *o, const struct dset_bad *bad)
{
	const struct dset_source_options so = { .s3_endpoint = o->s3_endpoint,
		.part = (enum dset_part)part,
		.bad = bad,
		.detect = p->detect,
		.masks = p->masks,
		.targets = p->targets };
	struct dset_scan *s = &p->scan[part];
	const struct dset_source *source;
	const size_t first = s->n;

	TRY(dset_source_find(&source, o->task->sources, where));
	TRY(source->scan(s, where, &so));
	dset_parts_warn(s, first, where);
	if (!o->task->classes && s->n == 0)
		dset_scan_class(s, "0", "");
	return 0;
}

int
dset_gather_stream(struct dset_plan *p, struct dset_plan_options *o,
    const struct dset_bad *bad)
{
	TRY(dset_stream_read(&p->stream, o->stream, o->work, bad));
	o->task = dset_stream_task(p->stream);
	o->list = dset_stream_name(p->stream);
	for (int part = DSET_VAL; part < DSET_PARTS; part++) {
		if (!dset_stream_has(p->stream, (enum dset_part)part))
			continue;
		o->part_list[part] = o->list;
		if (o->percent_asked[part])
			log_warn("--%s has no effect: the stream has parts",
			    dset_part_name((enum dset_part)part));
	}
	if (dset_stream_has(p->stream, DSET_TRAIN))
		o->percent[DSET_VAL] = o->percent[DSET_TEST] = 0;
	if (o->task != &dset_task_segment)
		o->masks = NULL;
	if (o->task != &dset_task_image)
		o->targets = NULL;
	return 0;
}

int
dset_gather_table(struct dset_plan *p, struct dset_plan_options *o,
    const struct dset_bad *bad)
{
	TRY(dset_columns_read(&p->rows, o->list, o->columns, bad));
	for (int part = DSET_VAL; part < DSET_PARTS; part++) {
		if (o->columns->split == NULL || o->part_list[part] != NULL ||
		    o->part_folder[part] != NULL)
			continue;
		if (o->percent_asked[part])
			log_warn("--%s has no effect: column %s has the parts",
			    dset_part_name((enum dset_part)part),
			    o->columns->split);
		o->percent[part] = 0;
		if (p->rows.has[part])
			o->part_list[part] = o->list;
	}
	return 0;
}
