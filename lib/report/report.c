/* The order of a report, and what its parts have in common: see report.h. */
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/path.h"
#include "file/file.h"
#include "plot/read.h"
#include "report/inside.h"

const char *
report_class(const struct report_all *a, size_t i, char text[24])
{
	if (a->dset != NULL && i < a->dset->nlabels)
		return a->dset->labels[i];
	snprintf(text, 24, "%zu", i);
	return text;
}

/* The data set that was named, which must be there, or the one that the training
 * says it had, which may have gone. */
static int
open_dataset(struct report_all *a)
{
	const char *path = a->o->dataset != NULL ? a->o->dataset
						 : a->view.m->info.dataset_path;
	int rc;

	if (path == NULL) {
		a->why_no_dset =
		    mem_strdup("the model does not say what it was trained on");
		return 0;
	}
	rc = dset_open(&a->dset, path);
	if (rc >= 0)
		return 0;
	a->dset = NULL;
	if (a->o->dataset != NULL)
		return rc;
	a->why_no_dset = mem_strdup(err_text());
	log_warn("%s: --dataset says where it is now", a->why_no_dset);
	return 0;
}

/* < 0: a signal asked to stop. */
static int
results(struct page *p, const struct report_all *a)
{
	struct report_answers r = { .n = 0 };
	int rc;

	if (a->dset == NULL)
		return 0;
	rc = report_looks(a) ? report_look(&r, a) : report_ask(&r, a);
	if (rc >= 0) {
		report_results(p, a, &r);
	} else if (rc != ERR_STOPPED) {
		log_warn("no results: %s", err_text());
		page_section(p, "Results");
		page_line(p, "Not shown: %s.", err_text());
		page_section_end(p);
	}
	report_answers_clear(&r);
	return rc == ERR_STOPPED ? rc : 0;
}

/* results.csv in the folder of the page; the caller's. */
static char *
csv_path(const char *page)
{
	const char *slash = strrchr(page, '/');

	return slash == NULL
	    ? mem_strdup("results.csv")
	    : mem_printf("%.*s/results.csv", (int)(slash - page), page);
}

static int
fill(struct page *p, const struct report_all *a)
{
	const struct model_info *m = &a->view.m->info;
	const char *name = a->o->title != NULL ? a->o->title
	    : m->name != NULL                  ? m->name
					       : path_base(a->o->model);

	page_begin(p, name, "Report of a training, made by model-plot");
	report_summary(p, a);
	report_curves(p, a);
	TRY(results(p, a));
	report_data(p, a);
	report_net(p, a);
	report_parameters(p, a);
	report_commands(p, a);
	return 0;
}

int
html_report_write(const struct html_report *o)
{
	struct report_all a = { .o = o };
	char *csv = csv_path(o->out);
	struct page p = { .rc = 0 };
	int rc;

	plot_data_init(&a.curves);
	buf_init(&p.b, 0);
	rc = file_out_prove(csv, o->force);
	if (rc >= 0)
		rc = model_view_open(&a.view, o->model, MODEL_NEWEST);
	if (rc >= 0)
		rc = open_dataset(&a);
	if (rc >= 0 && plot_read(&a.curves, o->model, "") < 0)
		log_warn("no curves: %s", err_text());
	a.best = rc >= 0 &&
	    history_best_snapshot(&a.view.history, &a.view.snapshots) >= 0;
	if (rc >= 0)
		rc = fill(&p, &a);
	if (rc >= 0 && a.curves.n > 0)
		rc = report_csv(&a, csv, o->force);
	if (rc >= 0)
		rc = page_write(&p, o->out, o->force);
	page_clear(&p);
	dset_close(a.dset);
	plot_data_clear(&a.curves);
	model_view_close(&a.view);
	mem_free(a.why_no_dset);
	mem_free(csv);
	return rc;
}
