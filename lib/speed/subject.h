/*
 * What is measured: a net of a model or by name, on a device, with numbers for its
 * inputs, ready to be run again and again.
 *
 *	struct speed_model m;
 *	struct subject *s;
 *
 *	speed_model_read(&m, opts);                      what is the same for all
 *	subject_open(&s, &m, &o);                          one way to run it
 *	subject_run(s);                                    and again
 *
 * A run is all that an answer takes: inputs to the device, the net, and what it puts
 * out back; or one iteration of a training: forward, backward, the update, and the
 * loss back.
 */
#ifndef SPEED_SUBJECT_H
#define SPEED_SUBJECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "caffe/caffe.pb-c.h"
#include "graph/backend.h"
#include "nn/use.h"

struct speed_model {
	const char *name; /* borrowed */
	bool train;
	enum net_use use;
	Caffe__NetParameter *net, *weights; /* weights NULL: there are none */
	Caffe__SolverParameter *solver;     /* of a training */
	struct net_data data;
	/* Pictures as the net takes them, (pictures, C, H, W); NULL: its inputs are
	 * random. */
	float *pictures;
	size_t npictures, picture_size; /* floats of one */
	double prepare; /* seconds that one took to be read and prepared */
};

/*
 * A model folder or archive, of which the weights are taken if it has some; a
 * prototxt; or a standard net.  Without weights they are drawn as for a training.
 * Of o: model, input, classes, train.
 */
struct speed_opts;
int speed_model_read(struct speed_model *m, const struct speed_opts *o);
/* Pictures of its inputs, prepared as the model's: it must be one that
 * model-infer takes. */
int
speed_model_pictures(struct speed_model *m, const char *const *paths, size_t n);
void speed_model_clear(struct speed_model *m); /* accepts zeros */

/* One way to run it. */
struct speed_setting {
	const char *device;
	enum precision precision;
	int threads, batch;
	bool autotune;
};

struct subject;
int subject_open(struct subject **out, const struct speed_model *m,
    const struct speed_setting *o);
void subject_close(struct subject *s); /* accepts NULL */
int subject_run(struct subject *s);

/* The device's name; the shape of the first input; multiplications of one run
 * forward; bytes of the plan. */
const char *subject_device(const struct subject *s);
const struct shape *subject_input(const struct subject *s);
double subject_macs(const struct subject *s);
uint64_t subject_bytes(const struct subject *s);
struct plan *subject_plan(struct subject *s);

#endif
