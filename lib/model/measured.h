/*
 * What a training measured, out of the train.ndjson it left in the model folder
 * (train/journal.h writes it):
 *
 *	{"event":"val","iter":938,"epoch":1,"outputs":{"accuracy":0.98,"loss":0.06},
 *	 "panel":{"cpu_percent":198.5,"rss_bytes":42676224}}
 */
#ifndef MODEL_MEASURED_H
#define MODEL_MEASURED_H

#include <stddef.h>
#include <stdint.h>

struct model_val {
	int64_t iter;
	double epoch;
	char *text;   /* "accuracy 0.98, loss 0.06" */
	char *json;   /* the outputs, as a JSON object */
	double score; /* higher is better: the first output whose name has
	                 "accuracy" in it, else minus the first output */
};

struct model_vals {
	struct model_val *v; /* in the order of the file */
	size_t n;
	/* What the hardware panel showed last, for people (device/panel.h) and
	 * as it stands there; or NULL. */
	char *panel_text, *panel_json;
};

/* Nothing measured (or no such file) is not an error; lines that are no JSON
 * are passed over, as the last one of a killed run may be. */
int model_vals_read(struct model_vals *out, const char *dir);
void model_vals_free(struct model_vals *v);
/* The last validation at this iteration, or NULL. */
const struct model_val *model_val_at(const struct model_vals *v, int64_t iter);

#endif
