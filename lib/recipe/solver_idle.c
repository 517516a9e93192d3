/* Fields of a solver that have no effect here, by a table: solver_file.h. */
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "caffe/msg.h"
#include "recipe/solver_file.h"

enum { LINE_MAX_BYTES = 8192 };

/* Is one of "a|b" the word? */
static bool
is_one(const char *list, const char *word)
{
	size_t n = strlen(word), len;

	for (; *list != '\0'; list += len + (list[len] == '|')) {
		len = strcspn(list, "|");
		if (len == n && strncmp(list, word, n) == 0)
			return true;
	}
	return false;
}

static const struct idle {
	const char *field;
	const char *why;
	/* of these it has one; NULL: it never has */
	const char *policies, *types;
} fields[] = {
	{ "snapshot_prefix", "snapshots are in the model folder" },
	{ "solver_mode", "--device says where" },
	{ "device_id", "--device says where" },
	{ "snapshot_diff", "gradients are not kept" },
	{ "test_compute_loss", "losses are always reported" },
	{ "debug_info", "see -v" },
	{ "average_loss", "losses are averages since the last line" },
	{ "layer_wise_reduce", "GPUs choose the fastest way" },
	{ "min_lr", "of NVcaffe" },
	{ "rampup_interval", "of NVcaffe: use --warmup" },
	{ "rampup_lr", "of NVcaffe: use --warmup" },
	{ "store_blobs_in_old_format", "of NVcaffe" },
	{ "global_grad_scale", "of NVcaffe: fp16 chooses it" },
	{ "stage", "of NVcaffe: use train_state and test_state" },
	{ "eval_type", "of SSD" },
	{ "ap_version", "of SSD" },
	{ "show_per_class_result", "of SSD" },
	{ "plateau_winsize", "of SSD" },
	{ "gamma", "not used by this lr_policy",
	    .policies = "step|exp|inv|multistep|sigmoid" },
	{ "power", "not used by this lr_policy", .policies = "inv|poly" },
	{ "stepsize", "not used by this lr_policy",
	    .policies = "step|sigmoid" },
	{ "stepvalue", "not used by this lr_policy", .policies = "multistep" },
	{ "momentum2", "not used by this type", .types = "Adam|AdamW|LAMB" },
	{ "rms_decay", "not used by this type", .types = "RMSProp" },
	{ "delta", "not used by this type",
	    .types = "AdaGrad|RMSProp|AdaDelta|Adam|AdamW|LAMB" },
};

static void
add_idle(struct buf *b, const char *field, const char *why)
{
	buf_printf(b, "%s%s (%s)", b->len > 0 ? ", " : "", field, why);
}

void
solver_file_idle(
    const Caffe__SolverParameter *sp, const char *path, bool other_start)
{
	const char *policy = sp->lr_policy != NULL ? sp->lr_policy : "";
	struct buf b;

	buf_init(&b, LINE_MAX_BYTES);
	for (size_t i = 0; i < LENGTH(fields); i++) {
		const struct idle *f = &fields[i];
		const ProtobufCFieldDescriptor *d =
		    caffe_msg_field(sp->base.descriptor, f->field);

		if (d == NULL || caffe_msg_count(sp, d) == 0)
			continue;
		if ((f->policies != NULL && is_one(f->policies, policy)) ||
		    (f->types != NULL && is_one(f->types, sp->type)))
			continue;
		add_idle(&b, f->field, f->why);
	}
	if (sp->test_interval > 0 && sp->n_test_iter == 0)
		add_idle(&b, "test_interval", "there is no test_iter");
	if (sp->n_weights > 0 && other_start)
		add_idle(&b, "weights", "-p and --snapshot take precedence");
	if (b.len > 0)
		log_warn("%s: fields that have no effect here: %s", path,
		    buf_str(&b));
	buf_clear(&b);
}
