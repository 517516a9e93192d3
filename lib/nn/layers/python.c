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
	{ "rpn.proposal_layer", "ProposalLayer", &python_proposal },
	{ "rpn.proposal", "ProposalLayer", &python_proposal },
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
		    "there is no layer type \"Python\" with %s of %s here; --layers FILE.so can bring one, with a type \"%s\"",
		    q->layer, q->module, q->layer);
	return t;
}

static const char *
param_text(const struct layer *l)
{
	const Caffe__PythonParameter *q = l->p->python_param;

	if (q->param_str != NULL && q->param_str[0])
		return q->param_str;
	return q->param_string != NULL ? q->param_string : "";
}

int
python_numbers(const struct layer *l, double *v, int least, int most)
{
	const char *text = param_text(l), *s = text;
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

/* The numbers behind a key, alone or in brackets; where they end, or NULL. */
static const char *
take_numbers(const char *s, const struct python_value *v)
{
	const bool list = *s == '[' || *s == '(';
	const char close = *s == '[' ? ']' : ')';
	int n = 0;

	for (s += list; n < v->most; n++) {
		char *end;
		double x;

		s += list ? strspn(s, " ,\t\n") : 0;
		x = strtod(s, &end);
		if (end == s)
			break;
		v->v[n] = x;
		s = end;
		if (!list) {
			n++;
			break;
		}
	}
	if (list) {
		s += strspn(s, " ,\t\n");
		if (*s++ != close)
			return NULL;
	}
	if (n == 0 || (v->n == NULL && n != v->most))
		return NULL;
	if (v->n != NULL)
		*v->n = n;
	return s;
}

int
python_values(const struct layer *l, const struct python_value *v, size_t n)
{
	static const char between[] = " ,\t\n{}'\"";
	const char *text = param_text(l), *s = text + strspn(text, between);

	while (*s != '\0') {
		const size_t len = strcspn(s, " \t'\":");
		size_t i = 0;

		while (i < n &&
		    (strlen(v[i].key) != len || strncmp(v[i].key, s, len) != 0))
			i++;
		if (i == n)
			return err_set(ERR_UNSUPPORTED,
			    "param_str \"%s\": \"%.*s\" is not known here",
			    text, (int)len, s);
		s += len;
		s += strspn(s, " \t'\"");
		if (*s == ':')
			s = take_numbers(s + 1 + strspn(s + 1, " \t"), &v[i]);
		else
			s = NULL;
		if (s == NULL)
			return err_set(ERR_FORMAT,
			    "param_str \"%s\": %s has no numbers, or too many",
			    text, v[i].key);
		s += strspn(s, between);
	}
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
