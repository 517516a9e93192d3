/* The nets of a recipe, used as model-train and then model-infer use them. */
#ifndef TESTS_RECIPE_USE_H
#define TESTS_RECIPE_USE_H

#include <stdbool.h>

#include "caffe/msg.h"
#include "nn/use.h"
#include "recipe/nets/surgery.h"
#include "recipe/recipe.h"
#include "train/session.h"

static inline void
use_build(const Caffe__NetParameter *deploy, int side)
{
	const struct net_data data = { .chw = { 1, side, side } };
	struct net *n;

	if (deploy != NULL && net_new_use(&n, deploy, NET_DEPLOY, &data) >= 0)
		net_free(n);
}

/* Plans are measured, and the nets for use built: the recipe's, and what surgery
 * makes of train_val.  Could it be trained on the device? */
static inline bool
use_nets(const struct recipe *r, int classes, int side, struct device *device)
{
	const Caffe__NetParameter *tests[] = { r->train_val };
	struct train_job job = { .solver = r->solver,
		.net = r->train_val,
		.test_nets = tests,
		.ntest = r->solver->n_test_iter > 0,
		.val_items = r->val_items,
		.classes = classes };
	Caffe__NetParameter *deploy = NULL;
	struct need need;
	const bool good = session_need(&need, &job, device, 0) >= 0;

	use_build(r->deploy, side);
	if (surgery_deploy(&deploy, r->train_val, NULL) >= 0)
		use_build(deploy, side);
	caffe_msg_free(deploy);
	return good;
}

#endif
