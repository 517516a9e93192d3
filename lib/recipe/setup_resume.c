/* From a model folder to the rest of its training: see setup_int.h. */
#include "recipe/setup_int.h"

#include "base/err.h"
#include "base/log.h"
#include "file/lock.h"
#include "ranks/exchange.h"
#include "recipe/given.h"
#include "recipe/job_info.h"
#include "recipe/recipe_solver.h"
#include "train/session.h"

int
setup_from_folder(struct making *k)
{
	const struct setup *s = k->setup;
	const char *dir = s->model;
	int64_t newest;

	if (exchange_leads(s->job.exchange)) {
		k->lock = lock_now(dir);
		TRY(k->lock);
	}
	TRY(folder_read(&k->folder, dir));
	TRY(job_info_read(&k->job, &k->folder.info));
	TRY(given_compare(&k->folder.info));
	k->job.snapshot = NULL;
	TRY(snapshot_newest(&newest, dir));
	k->job.resume = newest >= 0;
	if (!k->job.resume)
		log_warn("%s: no snapshot yet, training starts again", dir);
	if (s->set_epochs && k->job.iters_per_epoch > 0) {
		int64_t max;

		TRY(recipe_iterations(
		    &max, s->recipe.epochs, k->job.iters_per_epoch));
		k->folder.solver->max_iter = (int32_t)max;
	}
	return 0;
}
