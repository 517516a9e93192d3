/*
 * What forks of Caffe write that caffe.proto does not have: parameters of their
 * own layer types, and fields that say how data is made, where a net runs or how
 * its memory is used.  None of it changes what the known layers compute, so it is
 * passed over, and named once the whole text is read.  All other unknown fields
 * are errors, and so is what looks like a slip of the pen.
 */
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "caffe/text/text_reader.h"

#define TYPE(name) &caffe__##name##__descriptor

/* Messages that say how samples are made, or what only layers have that are not
 * here: whatever they hold, no net computes anything else by it. */
static const ProtobufCMessageDescriptor *const loose[] = {
	TYPE(transformation_parameter),
	TYPE(data_parameter),
	TYPE(image_data_parameter),
	TYPE(dense_image_data_parameter),
	TYPE(window_data_parameter),
	TYPE(hdf5_data_parameter),
	TYPE(annotated_data_parameter),
	TYPE(video_data_parameter),
	TYPE(batch_sampler),
	TYPE(sampler),
	TYPE(sample_constraint),
	TYPE(resize_parameter),
	TYPE(noise_parameter),
	TYPE(distortion_parameter),
	TYPE(expansion_parameter),
	TYPE(emit_constraint),
	TYPE(save_output_parameter),
	TYPE(multi_box_loss_parameter),
	TYPE(detection_evaluate_parameter),
};

/* Whose they are: "PROJECT's Caffe" (text_passed_say). */
#define INTEL     "Intel"
#define NVCAFFE   "NVIDIA"
#define DEEPLAB   "DeepLab"
#define RISTRETTO "Ristretto"

/* Single fields of other messages; NULL: of any.  Some make a difference to what
 * the fork computes in numbers of fewer bits, or in a training of its own. */
static const struct {
	const ProtobufCMessageDescriptor *in;
	const char *name, *project;
} idle[] = {
	{ NULL, "engine", NULL },
	/* what is fused when a net is loaded */
	{ TYPE(net_parameter), "bn_scale_remove", INTEL },
	{ TYPE(net_parameter), "bn_scale_merge", INTEL },
	{ TYPE(net_parameter), "compile_net_state", INTEL },
	{ TYPE(net_parameter), "default_cudnn_math_override", NVCAFFE },
	{ TYPE(net_parameter), "reduce_buckets", NVCAFFE },
	{ TYPE(net_parameter), "eltwise_mem_sharing", NVCAFFE },
	{ TYPE(net_parameter), "default_conv_algos_override", NVCAFFE },
	{ TYPE(net_parameter), "quantize", NVCAFFE },
	{ TYPE(net_parameter), "net_quantization_param", NVCAFFE },
	{ TYPE(layer_parameter), "cudnn_math_override", NVCAFFE },
	{ TYPE(layer_parameter), "debug", NVCAFFE },
	{ TYPE(layer_parameter), "quantize", NVCAFFE },
	/* how layers are spread over machines */
	{ TYPE(layer_parameter), "multinode", INTEL },
	/* sharing of memory */
	{ TYPE(net_parameter), "mem_param", "TSN" },
	{ TYPE(net_parameter), "optimize_mem", "TSN" },
	{ TYPE(net_parameter), "profile_info", "Samsung" },
	{ TYPE(net_parameter), "profile_iter", "Samsung" },
	{ TYPE(net_parameter), "profile_warmup", "Samsung" },
	/* caffe of 2014 */
	{ TYPE(layer_parameter), "strict_dim", DEEPLAB },
	{ TYPE(v1_layer_parameter), "strict_dim", DEEPLAB },
	{ TYPE(layer_parameter), "need_backward", NULL },
	{ TYPE(layer_parameter), "force_backward", NULL },
	{ TYPE(layer_parameter), "reshape_every_iter", "FlowNet" },
	{ TYPE(layer_parameter), "debug_info", NULL },
	{ TYPE(convolution_parameter), "cudnn_flag", NULL },
	{ TYPE(convolution_parameter), "force_2d_im2col", NULL },
	{ TYPE(convolution_parameter), "lightpipe", "Samsung" },
	/* numbers of fewer bits */
	{ TYPE(layer_parameter), "precision", RISTRETTO },
	{ TYPE(layer_parameter), "activations_compress", "ULQ" },
	{ TYPE(layer_parameter), "weights_compress", "ULQ" },
	{ TYPE(layer_parameter), "activations_compress_param", "ULQ" },
	{ TYPE(layer_parameter), "weights_compress_param", "ULQ" },
	{ TYPE(convolution_parameter), "input_scale", "Synopsys" },
	{ TYPE(convolution_parameter), "output_scale", "Synopsys" },
	{ TYPE(convolution_parameter), "signed_saturate", "Synopsys" },
	/* read by the layer of the same net's training alone */
	{ TYPE(param_spec), "diff_scale", NULL },
	{ TYPE(param_spec), "fixed_mode", NULL },
	{ TYPE(batch_norm_parameter), "update_global_stats", NULL },
	/* of those that Caffe's own layer never had */
	{ TYPE(batch_norm_parameter), "filler", NULL },
	{ TYPE(prior_box_parameter), "richness", NULL },
	{ TYPE(scale_parameter), "richness", NULL },
	{ TYPE(batch_norm_parameter), "richness", NULL },
};

static bool
is_layer(const ProtobufCMessageDescriptor *type)
{
	return type == TYPE(layer_parameter) ||
	    type == TYPE(v1_layer_parameter);
}

/* Is word the known name with a letter or two wrong?  A longer word around a
 * known one (crelu_param) is a word of its own, and so is a fork's (darknet's
 * yolo_param, beside yolox_param here). */
static bool
is_slip(const char *word, size_t stem, const char *known)
{
	return known != NULL && strcmp(word, "yolo_param") != 0 &&
	    text_distance(word, known) <= 1 + stem / 8 &&
	    strstr(word, known) == NULL;
}

/* Does a message follow the name that is the current token? */
static bool
message_follows(const struct text_reader *r)
{
	struct lex next = r->lex;

	lex_next(&next);
	if (lex_is(&next, ':'))
		lex_next(&next);
	return lex_is(&next, '{') || lex_is(&next, '<');
}

/* Its row, or -1. */
static int
find_idle(const ProtobufCMessageDescriptor *type, const char *word)
{
	for (size_t i = 0; i < LENGTH(idle); i++)
		if ((idle[i].in == NULL || idle[i].in == type) &&
		    strcmp(idle[i].name, word) == 0)
			return (int)i;
	return -1;
}

/* CaffeConTroll: what part of the batch, or of the channels, a GPU takes. */
static bool
is_proportion(const char *word)
{
	const char *end = strrchr(word, '_');

	return strncmp(word, "gpu_", 4) == 0 && end != NULL &&
	    strcmp(end, "_proportion") == 0;
}

static bool
is_loose(const ProtobufCMessageDescriptor *type)
{
	for (size_t i = 0; i < LENGTH(loose); i++)
		if (loose[i] == type)
			return true;
	return false;
}

bool
text_is_fork_field(const struct text_reader *r,
    const ProtobufCMessageDescriptor *type, const char *word, const char *near)
{
	const size_t n = strlen(word), suffix = strlen("_param");

	if (find_idle(type, word) >= 0)
		return true;
	if (is_loose(type))
		return !is_slip(word, n, near);
	if (is_layer(type) && is_proportion(word))
		return true;
	return is_layer(type) && n > suffix &&
	    strcmp(word + n - suffix, "_param") == 0 && message_follows(r) &&
	    !is_slip(word, n - suffix, near);
}

/* ---- passing over ---- */

static void
note_passed(struct text_reader *r, const ProtobufCMessageDescriptor *type,
    const char *word)
{
	struct text_passed *p = r->passed;
	char name[TEXT_PASSED_NAME];

	snprintf(name, sizeof(name), "%s", word);
	while (p < r->passed + r->npassed &&
	    !(p->in == type && strcmp(p->name, name) == 0))
		p++;
	if (p == r->passed + TEXT_PASSED_MAX)
		return;
	if (p == r->passed + r->npassed) {
		r->npassed++;
		*p = (struct text_passed){ .in = type,
			.line = r->lex.tok_line,
			.column = r->lex.tok_column };
		memcpy(p->name, name, sizeof(name));
	}
	p->times++;
}

/* A message or a list, with whatever it holds, up to the bracket that closes it. */
static int
pass_brackets(struct text_reader *r)
{
	char open[CAFFE_TEXT_DEPTH];
	int depth = 0;

	do {
		const struct lex *l = &r->lex;

		if (l->kind == LEX_END || l->bad != NULL)
			return text_fail_want(r, "a closing bracket");
		if (lex_is(l, '{') || lex_is(l, '<') || lex_is(l, '[')) {
			if (depth == CAFFE_TEXT_DEPTH)
				return text_fail(r,
				    "more than %d messages deep",
				    CAFFE_TEXT_DEPTH);
			open[depth++] = *l->tok == '{' ? '}'
			    : *l->tok == '<'           ? '>'
						       : ']';
		} else if (lex_is(l, '}') || lex_is(l, '>') || lex_is(l, ']')) {
			if (*l->tok != open[depth - 1])
				return text_fail(r,
				    "\"%c\" is missing before \"%c\"",
				    open[depth - 1], *l->tok);
			depth--;
		}
		lex_next(&r->lex);
	} while (depth > 0);
	return 0;
}

int
text_pass_field(struct text_reader *r, const ProtobufCMessageDescriptor *type,
    const char *word)
{
	struct lex *l = &r->lex;
	bool string;

	note_passed(r, type, word);
	lex_next(l);
	if (lex_is(l, ':'))
		lex_next(l);
	if (lex_is(l, '{') || lex_is(l, '<') || lex_is(l, '['))
		return pass_brackets(r);
	if (lex_is(l, '-'))
		lex_next(l);
	string = l->kind == LEX_STRING;
	if (!string && l->kind != LEX_WORD && l->kind != LEX_NUMBER)
		return text_fail_want(r, "a value");
	do
		lex_next(l);
	while (string && l->kind == LEX_STRING);
	return 0;
}

bool
text_pass_value(struct text_reader *r, const ProtobufCMessageDescriptor *type,
    const ProtobufCFieldDescriptor *f)
{
	char word[TEXT_PASSED_NAME], value[TEXT_PASSED_NAME + 64];

	if (f->type != PROTOBUF_C_TYPE_ENUM || r->lex.kind != LEX_WORD ||
	    r->lex.len >= sizeof(word) || !is_loose(type))
		return false;
	memcpy(word, r->lex.tok, r->lex.len);
	word[r->lex.len] = '\0';
	if (protobuf_c_enum_descriptor_get_value_by_name(f->descriptor, word) !=
	    NULL)
		return false;
	snprintf(value, sizeof(value), "%s: %s", f->name, word);
	note_passed(r, type, value);
	lex_next(&r->lex);
	return true;
}

void
text_passed_say(const struct text_reader *r)
{
	for (int i = 0; i < r->npassed; i++) {
		const struct text_passed *p = &r->passed[i];
		const int row = find_idle(p->in, p->name);
		const char *project = row >= 0 ? idle[row].project : NULL;
		char times[40] = "";

		if (p->times > 1)
			snprintf(times, sizeof(times), " (%d times)", p->times);
		/* how an engine computes is everywhere its own affair */
		log_at(strcmp(p->name, "engine") == 0 ? LOG_DEBUG : LOG_WARN,
		    "%s:%d:%d: %s is a field of %s%s Caffe, and has no effect%s",
		    r->name, p->line, p->column, p->name,
		    project != NULL ? project : "another",
		    project != NULL ? "'s" : "", times);
	}
}

bool
text_take_fork_type(
    struct text_reader *r, void *m, const ProtobufCFieldDescriptor *f)
{
	Caffe__V1LayerParameter *l = m;
	const ProtobufCEnumDescriptor *e = f->descriptor;
	char *word;

	if (l->base.descriptor != TYPE(v1_layer_parameter) ||
	    strcmp(f->name, "type") != 0 || r->lex.kind != LEX_WORD)
		return false;
	word = mem_strndup(r->lex.tok, r->lex.len);
	if (protobuf_c_enum_descriptor_get_value_by_name(e, word) != NULL) {
		mem_free(word);
		return false;
	}
	l->fork_type = word;
	lex_next(&r->lex);
	return true;
}
