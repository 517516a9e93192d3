/*
 * Python: Caffe's door to layers written in Python.  There is no Python here;
 * the layers that DIGITS's and NVcaffe's nets name have native twins, and a
 * plug-in (--layers) may bring others: a type called as the Python class.
 */
#include <stdlib.h>
#include <string.h>

#include "nn/layers/python.h"
#include "nn/plugin.h"

static const struct {
	const char *module, *layer;
	const struct layer_type *type;
} twins[] = {
	{ "digits_python_layers", "BlankSquareLayer", &python_blank_square },
	{ "digits_python_layers", "Dice", &python_dice },
	{ "caffe.layers.detectnet.clustering", "ClusterDetections",
	    &python_cluster_detections },
	{ "caffe.layers.detectnet.clustering", "ClusterGroundtruth",
	    &python_cluster_groundtruth },
	{ "caffe.layers.detectnet.mean_ap", "ScoreDetections",
	    &python_score_detections },
	{ "caffe.layers.detectnet.mean_ap", "mAP", &python_map },
};

static const struct layer_type *
resolve(const Caffe__LayerParameter *p)
{
	const Caffe__PythonParameter *q = p->python_param;
	const struct layer_type *t;
	size_t i;

	if (q == NULL || q->layer == NULL || q->module == NULL) {
		err_set(ERR_FORMAT,
		    "python_param with module and layer is missing");
		return NULL;
	}
	t = layer_plugin_find(q->layer);
	for (i = 0; t == NULL && i < sizeof(twins) / sizeof(twins[0]); i++)
		if (strcmp(twins[i].layer, q->layer) == 0 &&
		    strcmp(twins[i].module, q->module) == 0)
			t = twins[i].type;
	if (t == NULL)
		err_set(ERR_UNSUPPORTED,
		    "Python layer %s.%s has no native twin; a plug-in with a type \"%s\" can be one (--layers FILE.so)",
		    q->module, q->layer, q->layer);
	return t;
}

int
python_numbers(const struct layer *l, double *v, int least, int most)
{
	const Caffe__PythonParameter *q = l->p->python_param;
	const char *text = q->param_str != NULL && q->param_str[0]
	    ? q->param_str
	    : q->param_string != NULL ? q->param_string
				      : "";
	const char *s = text;
	char *end;
	double x;
	int n = 0;

	for (; n < most; n++, s = end) {
		s += strspn(s, " ,\t'\"");
		x = strtod(s, &end);
		if (end == s)
			break;
		v[n] = x;
	}
	if (n < least || s[strspn(s, " ,\t'\"")] != '\0')
		return err_set(ERR_FORMAT,
		    "param_str \"%s\": %d to %d numbers are needed", text,
		    least, most);
	return 0;
}

/* Never emitted itself: resolve() finds who is meant. */
static int
emit(struct layer *l)
{
	(void)l;
	return ERR_UNSUPPORTED;
}

const struct layer_type layer_python = { "Python", 0, -1, 0, -1, .emit = emit,
	.resolve = resolve };
