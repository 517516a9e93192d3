/* first_batch.png: see setup_int.h. */
#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/path.h"
#include "image/image.h"
#include "input/augment/preview.h"
#include "recipe/setup_int.h"

/* So many samples, each of so many pixels at most. */
enum { FIRST_SAMPLES = 16, FIRST_SIDE = 240 };

int
setup_show_first(const struct making *k)
{
	const struct train_job *j = &k->job;
	const struct feed_opts o = { .shuffle = j->shuffle,
		.seed = j->seed,
		.threads = j->threads,
		.augment = &j->augment,
		.arrays = j->inputs,
		.narrays = j->ninputs,
		.inputs = j->sources };
	struct image im;
	char *path;
	int rc;

	image_init(&im);
	rc = preview_draw(&im, j->net, j->solver->train_state, k->d, &o,
	    FIRST_SAMPLES, FIRST_SIDE);
	if (rc < 0) {
		log_info("no %s: %s", MODEL_FIRST_BATCH, err_text());
		image_clear(&im);
		return 0;
	}
	path = path_join(file_dir_path(k->place), MODEL_FIRST_BATCH);
	rc = image_write(path, &im, true);
	mem_free(path);
	image_clear(&im);
	return rc;
}
