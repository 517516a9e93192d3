/* What a training is, how it was asked for, and how to make it again, for a page. */
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"
#include "file/file.h"
#include "json/json.h"
#include "model/events.h"
#include "plot/read.h"
#include "report/inside.h"

enum { SOLVER_MOST = 1 << 20 };

static void
outcome(struct page *p, const struct report_all *a)
{
	const struct history *h = &a->view.history;
	const struct history_val *best = history_judge(h, &a->view.snapshots);
	char *figures = best != NULL ? history_text(best) : NULL;
	char time[NUM_TEXT_MAX];

	if (figures != NULL)
		page_pair(p, "Best", "%s at epoch %.4g", figures, best->epoch);
	mem_free(figures);
	if (h->n > 0) {
		char *last = history_text(&h->v[h->n - 1]);

		page_pair(
		    p, "Last", "%s at epoch %.4g", last, h->v[h->n - 1].epoch);
		mem_free(last);
	}
	if (h->elapsed >= 0)
		page_pair(p, "Time", "%s", num_time_text(time, h->elapsed));
	page_pair(p, "Snapshots", "%zu", a->view.snapshots.n);
}

void
report_summary(struct page *p, const struct report_all *a)
{
	const struct model_info *m = &a->view.m->info;
	char *failure = model_info_failure(m);

	page_section(p, "Summary");
	page_pairs(p);
	page_pair(p, "Status", "%s", m->status != NULL ? m->status : "");
	page_pair(p, "Failed", "%s", failure != NULL ? failure : "");
	page_pair(p, "Task", "%s", m->task != NULL ? m->task : "");
	outcome(p, a);
	page_pair(p, "Begun", "%.19s",
	    m->creation_time != NULL ? m->creation_time : "");
	page_pair(p, "Group", "%s", m->group != NULL ? m->group : "");
	page_pair(p, "Note", "%s", m->note != NULL ? m->note : "");
	page_pairs_end(p);
	page_section_end(p);
	mem_free(failure);
}

/* What info.json keeps of the options, as it stands there. */
static void
options(struct page *p, const struct model_info *m)
{
	static const char *const keys[] = { "options", "batch", "training" };

	for (size_t i = 0; i < LENGTH(keys); i++) {
		const char *text = model_info_find(m, keys[i]);

		page_pair(p, keys[i], "%s", text != NULL ? text : "");
	}
}

static void
solver(struct page *p, const struct report_all *a)
{
	struct buf b;

	if (a->view.m->solver == NULL)
		return;
	buf_init(&b, SOLVER_MOST);
	if (file_read(&b, a->view.m->solver) >= 0) {
		page_put(p, "<h3>Solver</h3>\n");
		page_code(p, buf_str(&b));
	}
	buf_clear(&b);
}

void
report_parameters(struct page *p, const struct report_all *a)
{
	const struct model_info *m = &a->view.m->info;

	page_section(p, "Parameters");
	page_pairs(p);
	if (m->dims[0] > 0)
		page_pair(p, "Input", "%d x %d x %d (height, width, channels)",
		    m->dims[0], m->dims[1], m->dims[2]);
	page_pair(
	    p, "Resize", "%s", m->resize_mode != NULL ? m->resize_mode : "");
	page_pair(p, "Mean", "%s",
	    m->mean_subtraction != NULL ? m->mean_subtraction : "");
	if (m->epochs > 0)
		page_pair(p, "Epochs", "%g", m->epochs);
	if (m->max_iter > 0)
		page_pair(p, "Iterations", "%lld", (long long)m->max_iter);
	if (m->seed >= 0)
		page_pair(p, "Seed", "%lld", (long long)m->seed);
	options(p, m);
	page_pairs_end(p);
	solver(p, a);
	page_section_end(p);
}

/* The device of the last start in train.ndjson, or NULL. */
struct start {
	char *device;
};

static bool
take_start(void *ctx, struct json *line, size_t bytes)
{
	struct start *s = ctx;
	const char *event, *device;

	(void)bytes;
	event = json_str(line, "event", NULL);
	device = json_str(line, "device", NULL);
	if (event != NULL && device != NULL && strcmp(event, "start") == 0) {
		mem_free(s->device);
		s->device = mem_strdup(device);
	}
	json_free(line);
	return true;
}

static char *
device_of(const struct report_all *a)
{
	char *path = mem_printf("%s/train.ndjson", a->view.m->dir);
	struct start s = { NULL };
	struct events e;
	struct buf b;

	events_init(&e, take_start, &s);
	buf_init(&b, PLOT_FILE_MAX);
	if (file_exists(path) && file_read(&b, path) >= 0)
		events_add(&e, buf_str(&b), b.len);
	buf_clear(&b);
	events_clear(&e);
	mem_free(path);
	return s.device;
}

/* "command" of dataset.json; the caller's, or NULL. */
static char *
dataset_command(const struct report_all *a)
{
	char *path, *text = NULL;
	struct json *j = NULL;

	if (a->dset == NULL)
		return NULL;
	path = mem_printf("%s/dataset.json", a->dset->path);
	if (file_exists(path) && json_read(&j, path) >= 0) {
		const char *command = json_str(j, "command", NULL);

		text = command != NULL ? mem_strdup(command) : NULL;
	}
	json_free(j);
	mem_free(path);
	return text;
}

void
report_commands(struct page *p, const struct report_all *a)
{
	const struct model_info *m = &a->view.m->info;
	char *device = device_of(a), *dset = dataset_command(a);

	page_section(p, "Machine and commands");
	page_pairs(p);
	page_pair(p, "Device", "%s", device != NULL ? device : "");
	page_pair(p, "Load", "%s",
	    a->view.history.panel_text != NULL ? a->view.history.panel_text
					       : "");
	page_pair(p, "nnutils", "%s",
	    m->nnutils_version != NULL ? m->nnutils_version : "");
	page_pair(p, "Data set", "%s",
	    m->dataset_path != NULL ? m->dataset_path : "");
	page_pair(p, "Its digest", "%s",
	    m->dataset_digest != NULL ? m->dataset_digest : "");
	page_pairs_end(p);
	if (dset != NULL || m->command != NULL) {
		char *text = mem_printf("%s%s%s", dset != NULL ? dset : "",
		    dset != NULL && m->command != NULL ? "\n" : "",
		    m->command != NULL ? m->command : "");

		page_put(p, "<h3>Made by</h3>\n");
		page_code(p, text);
		mem_free(text);
	}
	page_section_end(p);
	mem_free(device);
	mem_free(dset);
}
