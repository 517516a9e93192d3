/* From a Caffe solver to a training: see setup_int.h. */
#include "recipe/setup_int.h"

#include <math.h>

#include "base/err.h"
#include "base/log.h"
#include "caffe/msg.h"
#include "file/replace.h"
#include "recipe/inputs.h"
#include "recipe/nets/freeze.h"
#include "recipe/nets/judge.h"
#include "recipe/nets/surgery.h"
#include "recipe/solver_file.h"

/* Where the solver's training starts: -p, --snapshot, else its own weights. */
static int
solver_start(struct making *k)
{
	const struct setup *s = k->setup;
	const bool other = s->pretrained.n > 0 || k->job.snapshot != NULL;
	int n;

	solver_file_idle(k->folder.solver, s->solver_file, other);
	if (other)
		return setup_open_weights(k, s->pretrained.v, s->pretrained.n);
	n = solver_file_weights(&k->named, k->folder.solver, s->solver_file);
	for (int i = 0; i < n; i++)
		replace_input(k->named[i]);
	return setup_open_weights(k, (const char *const *)k->named, (size_t)n);
}

/* The net for use is made of the one that validates, and so is what goes with
 * it: mean, labels, the size of pictures. */
static int
solver_deploy(struct making *k)
{
	struct folder *f = &k->folder;
	const Caffe__SolverParameter *sp = f->solver;
	const Caffe__NetParameter *net =
	    f->nets.ntests > 0 ? f->nets.tests[0] : f->train_val;
	const Caffe__NetState *state =
	    sp->n_test_state > 0 ? sp->test_state[0] : NULL;

	TRY(carry_net(&k->data, net, state));
	TRY(surgery_deploy(&f->deploy, net, state));
	if (judge_deploy(f->deploy, NULL, 0, 0) < 0) {
		log_warn("no deploy.prototxt is made: %s", err_text());
		caffe_msg_free(f->deploy);
		f->deploy = NULL;
	}
	if (f->deploy == NULL)
		return 0;
	f->labels = k->data.labels;
	f->mean = k->data.mean;
	carry_info(&f->info, &k->data);
	return 0;
}

void
setup_count_epochs(struct making *k, const struct need *need)
{
	const Caffe__SolverParameter *sp = k->folder.solver;
	struct model_info *m = &k->folder.info;

	if (need->items == 0 || need->batch == 0)
		return;
	k->job.iters_per_epoch =
	    (double)need->items / ((double)need->batch * (double)sp->iter_size);
	k->job.warmup =
	    (int64_t)ceil(k->setup->warmup * k->job.iters_per_epoch);
	m->epochs = (double)sp->max_iter / k->job.iters_per_epoch;
}

/* What options add to the solver's nets. */
static int
augment_nets(struct making *k)
{
	const Caffe__SolverParameter *sp = k->folder.solver;
	const struct augment *a = &k->job.augment;
	struct solver_nets *own = &k->folder.nets;

	TRY(augment_net(k->folder.train_val, sp->train_state, true, a));
	TRY(augment_net(k->folder.train_val,
	    sp->n_test_state > 0 ? sp->test_state[0] : NULL, false, a));
	for (size_t i = 0; i < own->ntests; i++)
		TRY(augment_net(own->tests[i],
		    i < sp->n_test_state ? sp->test_state[i] : NULL, false, a));
	return 0;
}

int
setup_from_solver(struct making *k)
{
	const struct setup *s = k->setup;
	struct folder *f = &k->folder;
	struct solver_nets nets;
	Caffe__SolverParameter *sp;

	k->job.shuffle = false; /* as Caffe: in the order of the records */
	TRY(solver_file_read(&f->solver, &nets, s->solver_file));
	sp = f->solver;
	f->train_val = nets.train;
	nets.train = NULL;
	f->nets = nets;
	inputs_note(f->train_val);
	for (size_t i = 0; i < nets.ntests; i++)
		inputs_note(nets.tests[i]);
	TRY(freeze_layers(f->train_val, &k->job, f->solver->train_state,
	    s->freeze.v, s->freeze.n));
	TRY(solver_start(k));
	f->original = caffe_msg_copy(f->train_val);
	if (sp->has_random_seed && sp->random_seed >= 0 && s->job.seed == 0)
		k->job.seed = (uint64_t)sp->random_seed;
	TRY(augment_nets(k));
	TRY(augment_say_idle(
	    f->train_val, sp->train_state, &k->job.augment, &s->augment, NULL));
	setup_describe(k, NULL);
	TRY(solver_deploy(k));
	return setup_change_losses(k);
}
