/* onnxruntime in a process of its own: see peer.h. */
#include "speed/peer.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/stop.h"

/*
 * Its lines: first "ready NUMBERS VERSION", with how many numbers its first input
 * takes, or "missing SENTENCE" or "bad SENTENCE"; then, of
 * each line with a number, the seconds of so many runs.
 */
static const char script[] =
    "import sys, time\n"
    "def end(kind, e):\n"
    "    print(kind, ' '.join(str(e).split()), flush=True)\n"
    "    sys.exit(0)\n"
    "try:\n"
    "    import numpy as np\n"
    "    import onnxruntime as ort\n"
    "except Exception as e:\n"
    "    end('missing', e)\n"
    "path, threads, batch, gpu = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4] == '1'\n"
    "types = {'tensor(float)': np.float32, 'tensor(double)': np.float64,\n"
    "    'tensor(float16)': np.float16, 'tensor(int64)': np.int64,\n"
    "    'tensor(int32)': np.int32, 'tensor(uint8)': np.uint8, 'tensor(bool)': np.bool_}\n"
    "try:\n"
    "    ort.set_default_logger_severity(4)\n"
    "    so = ort.SessionOptions()\n"
    "    so.intra_op_num_threads = threads\n"
    "    so.inter_op_num_threads = 1\n"
    "    want = ['CUDAExecutionProvider'] if gpu else ['CPUExecutionProvider']\n"
    "    if want[0] not in ort.get_available_providers():\n"
    "        end('bad', 'this onnxruntime has no ' + want[0])\n"
    "    s = ort.InferenceSession(path, so, providers=want)\n"
    "    r = np.random.default_rng(1)\n"
    "    feed = {}\n"
    "    for i in s.get_inputs():\n"
    "        d = [batch if k == 0 and not isinstance(v, int) else v for k, v in enumerate(i.shape)]\n"
    "        if len(d) > 0 and d[0] != batch and len(feed) == 0:\n"
    "            end('bad', 'its batch is %s, not %d' % (d[0], batch))\n"
    "        if not all(isinstance(v, int) for v in d):\n"
    "            end('bad', 'the size of its input %s is open: %s' % (i.name, i.shape))\n"
    "        feed[i.name] = (r.random(d) - 0.5).astype(types[i.type])\n"
    "    s.run(None, feed)\n"
    "except Exception as e:\n"
    "    end('bad', e)\n"
    "print('ready', next(iter(feed.values())).size, ort.__version__, flush=True)\n"
    "for line in sys.stdin:\n"
    "    out = []\n"
    "    s.run(None, feed)\n"
    "    for k in range(int(line)):\n"
    "        t = time.perf_counter()\n"
    "        s.run(None, feed)\n"
    "        out.append('%.9g' % (time.perf_counter() - t))\n"
    "    print(' '.join(out), flush=True)\n";

/* What it said first. */
static int
hear(struct peer *p, const char *path)
{
	const char *line;

	TRY(child_answer(&p->child));
	line = p->child.line;
	if (strncmp(line, "ready ", 6) == 0) {
		char *at;

		p->numbers = strtoull(line + 6, &at, 10);
		p->version = mem_strdup(at + (*at == ' '));
		return 0;
	}
	if (strncmp(line, "missing ", 8) == 0)
		return err_set(ERR_MISSING,
		    "--vs takes a python3 with onnxruntime and numpy: %s",
		    line + 8);
	return err_set(ERR_FORMAT, "%s: onnxruntime: %s", path,
	    strncmp(line, "bad ", 4) == 0 ? line + 4 : line);
}

int
peer_open(struct peer *p, const char *path, int threads, int batch, bool gpu)
{
	const double start = stop_clock();
	char *n[] = { mem_printf("%d", threads), mem_printf("%d", batch) };
	const char *argv[] = { "python3", "-c", script, path, n[0], n[1],
		gpu ? "1" : "0", NULL };
	int rc;

	memset(p, 0, sizeof(*p));
	rc = child_start(&p->child, "onnxruntime in python3", argv);
	if (rc == ERR_MISSING)
		rc = err_set(ERR_MISSING,
		    "--vs takes a python3 with onnxruntime and numpy, and there is no python3");
	mem_free(n[0]);
	mem_free(n[1]);
	if (rc >= 0)
		rc = hear(p, path);
	p->first = stop_clock() - start;
	if (rc < 0)
		peer_close(p);
	return rc;
}

void
peer_close(struct peer *p)
{
	child_end(&p->child);
	mem_free(p->version);
	memset(p, 0, sizeof(*p));
}

int
peer_run(struct peer *p, int n, struct times *t)
{
	char ask[32], *at, *end;
	int got = 0;

	snprintf(ask, sizeof(ask), "%d", n);
	TRY(child_ask(&p->child, ask));
	TRY(child_answer(&p->child));
	for (at = p->child.line;; at = end, got++) {
		const double v = strtod(at, &end);

		if (end == at)
			break;
		times_add(t, v);
	}
	if (got != n)
		return err_set(
		    ERR_IO, "onnxruntime in python3: %s", p->child.line);
	return 0;
}
