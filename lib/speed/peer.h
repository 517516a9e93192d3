/*
 * onnxruntime beside ours, in a python3 that is started for it: the same machine,
 * threads and batch, random inputs of the same range, in turns with ours so that
 * whatever else the machine does is shared out.
 */
#ifndef SPEED_PEER_H
#define SPEED_PEER_H

#include <stdbool.h>
#include <stdint.h>

#include "speed/child.h"
#include "speed/times.h"

struct peer {
	struct child child;
	char *version;    /* of onnxruntime */
	uint64_t numbers; /* that its first input takes */
	double first;     /* seconds from its start to its first answer */
};

/*
 * A model in ONNX.  gpu: on CUDA, by onnxruntime's provider.  ERR_MISSING: no
 * python3, or one without onnxruntime or numpy; ERR_FORMAT: the model cannot be run
 * so (a fixed batch of another size).
 */
int
peer_open(struct peer *p, const char *path, int threads, int batch, bool gpu);
void peer_close(struct peer *p); /* accepts zeros */

/* So many runs, each timed there and added to t after one that is not. */
int peer_run(struct peer *p, int n, struct times *t);

#endif
